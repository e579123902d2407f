"""The facts of one request that its deadline depends on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from app.domain.calendars import Calendar, check_day
from app.domain.clock.zones import find_zone, local_day
from app.domain.errors import InputError

if TYPE_CHECKING:
    from app.domain.clock.rules import Rule


class PauseKind(StrEnum):
    """What the subject was asked for."""

    CLARIFICATION = "clarification"
    IDENTITY = "identity"


@dataclass(frozen=True, slots=True)
class Pause:
    """A question to the subject; open while ``answered`` is None.

    ``approved`` says that an approver accepted the reason; only some rules ask for it.
    """

    kind: PauseKind
    asked: date
    answered: date | None = None
    approved: bool = False

    def __post_init__(self) -> None:
        check_day(self.asked)
        if self.answered is None:
            return
        check_day(self.answered)
        if self.answered < self.asked:
            raise InputError(
                "clock.answered_before_asked", asked=self.asked, answered=self.answered
            )


@dataclass(frozen=True)
class ClockCase:
    """One request under one rule and one calendar.

    ``received`` is a day, or an instant that ``zone``, the controller's time zone, turns into one.
    ``costs_notified`` is when a person was told of a fee that they may think over (Swiss DPO 19).
    ``as_of`` is the day up to which an open pause counts; without it an open pause counts as if
    answered on the day it was asked.
    """

    rule: Rule
    calendar: Calendar
    received: date | datetime
    zone: str | None = None
    identity_received: date | None = None
    fee_paid: date | None = None
    costs_notified: date | None = None
    pauses: tuple[Pause, ...] = ()
    extended: bool = False
    as_of: date | None = None

    def __post_init__(self) -> None:
        received = self.received_on
        days = (received, self.identity_received, self.fee_paid, self.costs_notified, self.as_of)
        for day in days:
            if day is not None:
                check_day(day)
        for pause in self.pauses:
            if pause.asked < received:
                raise InputError(
                    "clock.asked_before_received", asked=pause.asked, received=received
                )
        if self.extended and self.rule.extension is None:
            raise InputError("clock.no_extension", rule=self.rule.id)

    @property
    def received_on(self) -> date:
        """Return the local day of receipt."""
        if isinstance(self.received, datetime):
            if self.zone is None:
                raise InputError("clock.zone_missing")
            return local_day(self.received, self.zone)
        if self.zone is not None:
            find_zone(self.zone)
        return self.received
