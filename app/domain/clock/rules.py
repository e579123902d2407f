"""What a law says about time: period, extension, start of the clock, pauses, weekends."""

from __future__ import annotations

import calendar as months
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from app.domain.calendars import check_day, shift

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

_MONTHS_A_YEAR = 12


class Unit(StrEnum):
    """What a period counts; ``NONE`` where the law gives no number."""

    MONTH = "month"
    DAY = "day"
    BUSINESS_DAY = "business_day"
    NONE = "none"


class Roll(StrEnum):
    """Which last days move on to the next working day."""

    NONE = "none"
    SUN_HOLIDAY = "sun_holiday"
    SAT_SUN_HOLIDAY = "sat_sun_holiday"


class ClockStart(StrEnum):
    """The event that starts the clock."""

    RECEIPT = "receipt"
    LATEST = "latest_of_receipt_identity_fee"
    COST_REFLECTION = "receipt_or_cost_reflection"


class PauseCount(StrEnum):
    """Whether the day of the question counts as paused, as the day of the answer always does."""

    INCLUSIVE = "inclusive"
    ELAPSED = "elapsed"


@dataclass(frozen=True, slots=True)
class Period:
    """A number of months or days; ``n`` is 0 where the law gives no number."""

    n: int
    unit: Unit

    def end_from(self, start: date) -> date:
        """Return the last day of months or calendar days from ``start``, which is not in them.

        Months end on the day with the same number, else on the last of that month
        (Reg 1182/71 Art 3(2)(c)).
        """
        if self.unit is Unit.MONTH:
            return check_day(_add_months(start, self.n))
        return shift(start, self.n)


@dataclass(frozen=True, slots=True)
class Extension:
    """The whole period once it is extended, counted from the original start, never chained."""

    total: Period
    ground: str
    notice: str


@dataclass(frozen=True, slots=True)
class PauseRule:
    """What stops the clock, how the stopped days count, and how far to rely on it."""

    kinds: frozenset[str]
    count: PauseCount
    needs_approval: bool
    is_relied_on_for_safe_by: bool
    basis: str


@dataclass(frozen=True)
class Rule:
    """One deadline of one law, with where it stands and how sure we are.

    ``cites`` gives the article for a topic (``start``, ``period``, ``extension``, ``pause``,
    ``roll``, ``receipt_day``) where it differs from ``authority`` as a whole.
    """

    id: str
    regime: str
    right: str
    period: Period
    extension: Extension | None
    roll: Roll
    clock_start: ClockStart
    pause: PauseRule | None
    strict_reading_counts_receipt_day: bool
    authority: tuple[str, ...]
    confidence: str
    note: str
    version: str
    checked_on: date
    in_force: date | None = None
    cites: Mapping[str, str] = field(default_factory=dict, hash=False)

    def cite(self, topic: str) -> str:
        """Return the article that carries ``topic``."""
        return self.cites.get(topic) or "; ".join(self.authority)


def _add_months(day: date, n: int) -> date:
    year, month = divmod(day.year * _MONTHS_A_YEAR + day.month - 1 + n, _MONTHS_A_YEAR)
    last = months.monthrange(year, month + 1)[1]
    return day.replace(year=year, month=month + 1, day=min(day.day, last))
