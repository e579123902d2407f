"""Counting deadlines: by ids for the window, from plain mappings for files and commands."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app.domain.clock import ClockCase, Deadline, count
from app.domain.errors import InputError
from app.services._deadline_cases import CaseReader

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from app.domain.calendars import Calendar, DayChange
    from app.domain.clock import Pause, Rule
    from app.ports.calendars import Calendars, Rules


class Deadlines:
    """What the law says about time, for every request of a workspace."""

    def __init__(self, rules: Rules, calendars: Calendars) -> None:
        self._rules = rules
        self._calendars = calendars

    def rules(self) -> Sequence[Rule]:
        """Return every rule."""
        return self._rules.all()

    def rule(self, rule_id: str) -> Rule:
        """Return one rule; InputError ``clock.unknown_rule`` if there is none."""
        return self._rules.get(rule_id)

    def calendar_ids(self) -> Sequence[str]:
        """Return the id of every calendar."""
        return self._calendars.ids()

    def calendar(self, calendar_id: str, changes: Iterable[DayChange] = ()) -> Calendar:
        """Return one calendar with the days that the workspace added or removed."""
        return self._calendars.get(calendar_id).changed(*changes)

    def count(
        self,
        rule_id: str,
        calendar_id: str,
        *,
        received: date | datetime,
        zone: str | None = None,
        identity_received: date | None = None,
        fee_paid: date | None = None,
        costs_notified: date | None = None,
        pauses: Iterable[Pause] = (),
        extended: bool = False,
        as_of: date | None = None,
        changes: Iterable[DayChange] = (),
    ) -> Deadline:
        """Count one deadline; ``changes`` are the workspace's own holidays."""
        return count(
            ClockCase(
                rule=self.rule(rule_id),
                calendar=self.calendar(calendar_id, changes),
                received=received,
                zone=zone,
                identity_received=identity_received,
                fee_paid=fee_paid,
                costs_notified=costs_notified,
                pauses=tuple(pauses),
                extended=extended,
                as_of=as_of,
            )
        )

    def recount(self, deadline: Deadline, as_of: date) -> Deadline:
        """Count a deadline again as of another day, which moves it only while a pause is open."""
        return count(replace(deadline.case, as_of=as_of))

    def count_case(self, case: object) -> Deadline:
        """Count a case given as a plain mapping with the fields of ``_deadline_cases.FIELDS``.

        Raises InputError that names the field which cannot be used.
        """
        reader = CaseReader(case)
        return count(
            ClockCase(
                rule=self.rule(reader.text("rule")),
                calendar=self.calendar(reader.text("calendar")),
                received=reader.received(),
                zone=reader.zone,
                identity_received=reader.day("identity_received"),
                fee_paid=reader.day("fee_paid"),
                costs_notified=reader.day("costs_notified"),
                pauses=reader.pauses(),
                extended=reader.flag("extended"),
                as_of=reader.day("as_of"),
            )
        )

    def count_cases(self, cases: Iterable[object]) -> Iterator[Deadline | InputError]:
        """Count each case on its own: one that cannot be used does not hold up the others."""
        for case in cases:
            try:
                yield self.count_case(case)
            except InputError as problem:
                yield problem


def answer(deadline: Deadline) -> Mapping[str, str | bool | None]:
    """Return the dates of ``deadline`` as ISO text, only those that its rule gives."""
    dates = {
        "internal_target": deadline.internal_target,
        "extension_notice_by": deadline.extension_notice_by if deadline.case.extended else None,
        "if_rolled": deadline.if_rolled,
        "unrolled": deadline.unrolled,
    }
    return {
        "due": deadline.due.isoformat() if deadline.due else None,
        "safe_by": deadline.safe_by.isoformat(),
        **{name: day.isoformat() for name, day in dates.items() if day is not None},
        **({"provisional": True} if deadline.is_provisional else {}),
    }
