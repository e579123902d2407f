"""Which days are working days: a calendar of public holidays that a workspace can correct."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from app.domain.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FIRST_DAY = date(1970, 1, 1)
LAST_DAY = date(2100, 12, 31)

_SATURDAY = 5
_SUNDAY = 6


@dataclass(frozen=True, slots=True)
class DayChange:
    """A holiday that the workspace adds to a calendar, or one that it takes away, and why."""

    day: date
    name: str
    reason: str
    is_holiday: bool = True

    def __post_init__(self) -> None:
        check_day(self.day)
        if not self.reason.strip():
            raise InputError("clock.change_without_reason", day=self.day)


@dataclass(frozen=True, slots=True)
class DayOff:
    """A day on which nobody works; ``name`` is that of the holiday, empty on a plain weekend."""

    day: date
    name: str = ""


@dataclass(frozen=True)
class Calendar:
    """The public holidays of one place, with where they come from.

    ``days_of`` gives the holidays of a year as day and English name. ``source`` names the
    provider with its version and every change that the workspace made.
    """

    id: str
    title: str
    source: str
    days_of: Callable[[int], Mapping[date, str]] = field(repr=False, compare=False)
    changes: tuple[DayChange, ...] = ()

    def holiday(self, day: date) -> str | None:
        """Return the name of the public holiday on ``day``; None if it is not one."""
        for change in reversed(self.changes):
            if change.day == day:
                return change.name if change.is_holiday else None
        return self.days_of(day.year).get(day)

    def holidays_in(self, year: int) -> dict[date, str]:
        """Return all public holidays of ``year`` in order, as changed by the workspace."""
        days = dict(self.days_of(year))
        for change in self.changes:
            if change.day.year == year:
                days.pop(change.day, None)
                if change.is_holiday:
                    days[change.day] = change.name
        return dict(sorted(days.items()))

    def is_working_day(self, day: date) -> bool:
        """Tell whether ``day`` is no Saturday, Sunday or public holiday (Reg 1182/71 Art 2(2))."""
        return not is_weekend(day) and self.holiday(day) is None

    def changed(self, *changes: DayChange) -> Calendar:
        """Return this calendar with days added or removed; the source says so, the last word wins.

        Removing a day that is no holiday does nothing: a new version of the provider may have
        dropped it since, and that must not stop the count.
        """
        source = "; ".join([self.source, *(_in_brief(change) for change in changes)])
        return replace(self, source=source, changes=(*self.changes, *changes))

    def check(self, change: DayChange) -> None:
        """Refuse a change that a person enters and that would change nothing, by InputError."""
        if not change.is_holiday and self.holiday(change.day) is None:
            raise InputError("clock.no_such_holiday", day=change.day, calendar=self.id)


def is_weekend(day: date) -> bool:
    """Tell whether ``day`` is a Saturday or a Sunday."""
    return day.weekday() >= _SATURDAY


def is_sunday(day: date) -> bool:
    """Tell whether ``day`` is a Sunday."""
    return day.weekday() == _SUNDAY


def check_day(day: date) -> date:
    """Return ``day`` if calendars reach that far, else raise InputError."""
    if not FIRST_DAY <= day <= LAST_DAY:
        raise InputError("clock.date_out_of_range", first=FIRST_DAY, last=LAST_DAY)
    return day


def shift(day: date, days: int) -> date:
    """Return the day that lies ``days`` after ``day``; InputError where calendars do not reach."""
    try:
        return check_day(day + timedelta(days=days))
    except OverflowError:
        raise InputError("clock.date_out_of_range", first=FIRST_DAY, last=LAST_DAY) from None


def _in_brief(change: DayChange) -> str:
    sign = "+" if change.is_holiday else "-"
    return f"{sign} {change.day.isoformat()} {change.name} ({change.reason})"
