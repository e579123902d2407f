"""Which pauses stop the clock of a case, and for how many days."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from app.domain.calendars import shift
from app.domain.clock.rules import PauseCount

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from app.domain.clock.cases import ClockCase, Pause


class Ignored(StrEnum):
    """Why a pause does not stop the clock."""

    NOT_IN_LAW = "not_in_law"
    OTHER_KIND = "other_kind"
    NOT_APPROVED = "not_approved"
    TOO_LATE = "too_late"


@dataclass(frozen=True, slots=True)
class Counted:
    """A pause that stops the clock, with the days it adds to those before it."""

    pause: Pause
    days: int


@dataclass(frozen=True, slots=True)
class Stops:
    """The pauses of a case, sorted into those that count and those that do not."""

    counted: tuple[Counted, ...]
    ignored: tuple[tuple[Pause, Ignored], ...]

    @property
    def days(self) -> int:
        """Return the days that the clock stood."""
        return sum(each.days for each in self.counted)

    @property
    def pauses(self) -> tuple[Pause, ...]:
        """Return the pauses that count."""
        return tuple(each.pause for each in self.counted)


def sort_pauses(case: ClockCase, start: date, *, last_day: Callable[[int], date]) -> Stops:
    """Sort the pauses of ``case``; a question asked after the last day cannot bring it back.

    ``last_day`` gives the end of the period after so many paused days.
    """
    counted: list[Counted] = []
    ignored: list[tuple[Pause, Ignored]] = []
    days = 0
    for pause in sorted(case.pauses, key=lambda each: each.asked):
        why = _why_ignored(case, pause)
        if why is None and pause.asked > last_day(days):
            why = Ignored.TOO_LATE
        if why is not None or case.rule.pause is None:
            ignored.append((pause, why or Ignored.NOT_IN_LAW))
            continue
        pauses = [*(each.pause for each in counted), pause]
        total = paused_days(pauses, case.rule.pause.count, start=start, as_of=case.as_of)
        counted.append(Counted(pause, total - days))
        days = total
    return Stops(tuple(counted), tuple(ignored))


def paused_days(
    pauses: Sequence[Pause], how: PauseCount, *, start: date, as_of: date | None
) -> int:
    """Return the days in ``pauses`` from ``start`` on, a day in two pauses counted once.

    Inclusive: the day asked and the day answered both count; elapsed: only the latter.
    """
    total = 0
    free_from = start
    for pause in sorted(pauses, key=lambda each: each.asked):
        last = pause.answered or max(as_of or pause.asked, pause.asked)
        first = max(pause.asked, start)
        if how is PauseCount.ELAPSED:
            first = shift(first, 1)
        first = max(first, free_from)
        if last >= first:
            total += (last - first).days + 1
            free_from = shift(last, 1)
    return total


def _why_ignored(case: ClockCase, pause: Pause) -> Ignored | None:
    rule = case.rule.pause
    if rule is None:
        return Ignored.NOT_IN_LAW
    if pause.kind not in rule.kinds:
        return Ignored.OTHER_KIND
    if rule.needs_approval and not pause.approved:
        return Ignored.NOT_APPROVED
    return None
