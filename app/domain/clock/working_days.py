"""Steps from day to day over weekends and holidays; each gives the days it passed over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.calendars import Calendar, DayOff, is_sunday, is_weekend, shift
from app.domain.clock.rules import Roll

if TYPE_CHECKING:
    from datetime import date


def roll(day: date, policy: Roll, calendar: Calendar) -> tuple[date, tuple[DayOff, ...]]:
    """Return the first day from ``day`` on that may be the last, and the days passed over."""
    skipped: list[DayOff] = []
    while policy is not Roll.NONE:
        off = day_off(day, calendar, saturdays=policy is Roll.SAT_SUN_HOLIDAY)
        if off is None:
            break
        skipped.append(off)
        day = shift(day, 1)
    return day, tuple(skipped)


def back_to_working_day(day: date, calendar: Calendar) -> tuple[date, tuple[DayOff, ...]]:
    """Return the last working day up to ``day``, and the days passed over."""
    passed: list[DayOff] = []
    while (off := day_off(day, calendar, saturdays=True)) is not None:
        passed.append(off)
        day = shift(day, -1)
    return day, tuple(passed)


def day_off(day: date, calendar: Calendar, *, saturdays: bool) -> DayOff | None:
    """Return ``day`` as a day off; None if it is one to work on, as Saturdays may be."""
    name = calendar.holiday(day)
    is_off = name is not None or (is_weekend(day) if saturdays else is_sunday(day))
    return DayOff(day, name or "") if is_off else None


def after_business_days(
    start: date, n: int, *, calendar: Calendar | None
) -> tuple[date, tuple[DayOff, ...]]:
    """Return the ``n``-th working day after ``start``, and the holidays skipped on weekdays."""
    day, left, skipped = start, n, list[DayOff]()
    while left:
        day = shift(day, 1)
        if is_weekend(day):
            continue
        name = calendar.holiday(day) if calendar is not None else None
        if name is None:
            left -= 1
        else:
            skipped.append(DayOff(day, name))
    return day, tuple(skipped)
