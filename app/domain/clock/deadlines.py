"""A counted deadline with its working, and how it stands on a given day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from app.domain.calendars import DayOff
from app.domain.clock.zones import last_second
from app.domain.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from app.domain.clock.cases import ClockCase

_CLOSE_DAYS = 5

type StepValue = str | int | bool | date | tuple[DayOff, ...] | None


class StepCode(StrEnum):
    """What happened in one step of the count."""

    RECEIVED = "received"
    NOT_IN_FORCE = "not_in_force"
    START_MOVED = "start_moved"
    START_NOT_MOVED = "start_not_moved"
    PERIOD = "period"
    BUSINESS_DAYS = "business_days"
    NO_NUMBER = "no_number"
    PAUSED = "paused"
    PAUSE_IGNORED = "pause_ignored"
    PAUSES_ADDED = "pauses_added"
    ROLLED = "rolled"
    NOT_ROLLED = "not_rolled"
    EXTENSION_NOTICE = "extension_notice"
    SAFE_BY = "safe_by"
    PROVISIONAL = "provisional"


class Standing(StrEnum):
    """Where a deadline stands on a day, from calm to late."""

    CALM = "calm"
    CLOSE = "close"
    PAST_SAFE_BY = "past_safe_by"
    LAST_DAY = "last_day"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the working, as a code and the values that a sentence needs."""

    code: StepCode
    values: Mapping[str, StepValue]


@dataclass(frozen=True)
class Deadline:
    """What a case comes to.

    ``due`` is the lawful limit, None where the law gives no number; then ``internal_target`` is
    set. ``safe_by`` is the strictest reading on a working day. ``unrolled`` is the end before
    weekends and holidays; ``if_rolled`` is where they would move it if the law allowed that.
    ``extension_notice_by`` is the last day to tell of an extension, set whenever one is possible.
    ``is_provisional`` says that an open pause will still move the dates.
    """

    case: ClockCase
    start: date
    due: date | None
    safe_by: date
    working: tuple[Step, ...]
    unrolled: date | None = None
    if_rolled: date | None = None
    extension_notice_by: date | None = None
    internal_target: date | None = None
    paused_days: int = 0
    is_provisional: bool = False

    @property
    def limit(self) -> date:
        """Return the day that counts as the end: due, or the internal target."""
        limit = self.due or self.internal_target
        return limit or self.safe_by


def days_left(deadline: Deadline, today: date) -> int:
    """Return the days from ``today`` to the limit: 0 on the last day, negative once it is over."""
    return (deadline.limit - today).days


def days_to_safe_by(deadline: Deadline, today: date) -> int:
    """Return the days from ``today`` to the safe-by date, negative once it is over."""
    return (deadline.safe_by - today).days


def standing(deadline: Deadline, today: date) -> Standing:
    """Return how worried to be on ``today``."""
    left = days_left(deadline, today)
    if left < 0:
        return Standing.OVERDUE
    if left == 0:
        return Standing.LAST_DAY
    safe = days_to_safe_by(deadline, today)
    if safe < 0:
        return Standing.PAST_SAFE_BY
    return Standing.CLOSE if safe <= _CLOSE_DAYS else Standing.CALM


def share_used(deadline: Deadline, today: date) -> float:
    """Return how much of the time from start to limit is gone, from 0.0 to 1.0."""
    whole = (deadline.limit - deadline.start).days
    gone = (today - deadline.start).days
    return 1.0 if whole <= 0 else min(max(gone / whole, 0.0), 1.0)


def ends_at(deadline: Deadline) -> datetime:
    """Return the last second of the limit in the controller's time zone, as UTC."""
    if deadline.case.zone is None:
        raise InputError("clock.zone_missing")
    return last_second(deadline.limit, deadline.case.zone)
