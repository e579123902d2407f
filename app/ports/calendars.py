"""Where the rules of the laws and the public holidays come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.domain.calendars import Calendar
    from app.domain.clock import Rule


class Rules(Protocol):
    """The deadlines that the laws set."""

    def all(self) -> Sequence[Rule]:
        """Return every rule, in the order of the laws."""
        ...

    def get(self, rule_id: str) -> Rule:
        """Return one rule; InputError ``clock.unknown_rule`` if there is none."""
        ...


class Calendars(Protocol):
    """The public holidays of every place that is known."""

    def ids(self) -> Sequence[str]:
        """Return the ids that ``get`` takes."""
        ...

    def get(self, calendar_id: str) -> Calendar:
        """Return one calendar; InputError ``clock.unknown_calendar`` if there is none."""
        ...
