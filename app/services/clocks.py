"""The clock of a request: its deadline, pauses and extension."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app.domain.audit import Action, Event
from app.domain.clock import Deadline, Pause, PauseKind, local_day
from app.domain.errors import InputError, NotAllowedError, NotFoundError
from app.domain.people import Verb
from app.domain.requests import PauseRecord, Request

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from app.domain.workspace import WorkspaceFacts
    from app.ports.regimes import Regime
    from app.ports.storage import UnitOfWork
    from app.services.dates import Dates
    from app.services.deadlines import Deadlines
    from app.services.signed_in import SignedIn


def deadline_of(
    request: Request,
    *,
    facts: WorkspaceFacts,
    regime: Regime,
    deadlines: Deadlines,
    today: date,
    rule: str = "",
) -> Deadline:
    """Count the deadline of ``request`` (of its answer, or under ``rule``)."""
    rule_id = rule or regime.rules[request.right]
    as_of = min(today, request.closed_at.date()) if request.closed_at else today
    return deadlines.count(
        rule_id,
        request.calendar,
        received=request.received_at,
        zone=request.timezone,
        identity_received=request.identity_received,
        fee_paid=request.fee_paid,
        pauses=[
            Pause(PauseKind(each.kind), each.asked, each.answered, approved=bool(each.approved_by))
            for each in request.pauses
        ],
        # Only the answer can be extended, not the acknowledgement.
        extended=request.extended_at is not None and not rule,
        as_of=max(as_of, local_day(request.received_at, request.timezone)),
        changes=[each.as_change() for each in facts.overrides if each.calendar == request.calendar],
    )


class Clocks:
    """Reads and changes the clocks of requests."""

    def __init__(
        self,
        here: SignedIn,
        *,
        deadlines: Deadlines,
        regimes: Mapping[str, Regime],
        dates: Dates,
    ) -> None:
        self._here = here
        self._dates = dates
        self._deadlines = deadlines
        self._regimes = regimes

    def deadline(self, request_id: str) -> Deadline:
        """Return the deadline of the answer, with its working."""
        with self._here.workspace.read() as unit:
            return self._count(unit, unit.requests.get(request_id))

    def acknowledge_by(self, request_id: str) -> Deadline | None:
        """Return the deadline of the acknowledgement, where the regime has one."""
        with self._here.workspace.read() as unit:
            request = unit.requests.get(request_id)
            rule = self._regimes[request.regime].acknowledge
            return self._count(unit, request, rule=rule) if rule else None

    def pause(
        self, request_id: str, *, kind: str, asked: date, reason: str, approved_by: str = ""
    ) -> Request:
        """Stop the clock while the subject is asked for something.

        Where a regime's pause rests on guidance alone it counts only with an approver's name.
        """
        with self._here.workspace.write() as unit:
            request = self._changeable(unit, request_id)
            regime = self._regimes[request.regime]
            if kind not in regime.pause_kinds:
                raise NotAllowedError("clock.no_such_pause", regime=regime.title, kind=kind)
            if not reason.strip():
                raise InputError("clock.pause_needs_reason")
            if any(each.answered is None for each in request.pauses):
                raise NotAllowedError("clock.already_paused")
            if approved_by:
                self._check_approver(unit, approved_by)
            pause = PauseRecord(
                len(request.pauses) + 1, kind, asked, None, reason, self._here.member, approved_by
            )
            self._count(unit, replace(request, pauses=(*request.pauses, pause)))
            unit.requests.put_pause(request_id, pause)
            self._dates.keep(unit, unit.requests.get(request_id))
            unit.record(
                Event(
                    Action.CLOCK_PAUSED,
                    self._here.member,
                    request_id,
                    details={
                        "kind": kind,
                        "asked": asked.isoformat(),
                        "approved_by": approved_by or None,
                    },
                )
            )
            unit.commit()
            return unit.requests.get(request_id)

    def resume(self, request_id: str, *, answered: date) -> Request:
        """Let the clock go on from the day of the subject's answer."""
        with self._here.workspace.write() as unit:
            request = self._changeable(unit, request_id)
            running = next((each for each in request.pauses if each.answered is None), None)
            if running is None:
                raise NotFoundError("clock.not_paused")
            done = replace(running, answered=answered)
            Pause(PauseKind(done.kind), done.asked, done.answered)
            unit.requests.put_pause(request_id, done)
            self._dates.keep(unit, unit.requests.get(request_id))
            unit.record(
                Event(
                    Action.CLOCK_RESUMED,
                    self._here.member,
                    request_id,
                    details={"kind": done.kind, "answered": answered.isoformat()},
                )
            )
            unit.commit()
            return unit.requests.get(request_id)

    def extend(self, request_id: str, *, reason: str) -> Request:
        """Take the extension that the law allows, with reasons, while notice can still be given."""
        if not reason.strip():
            raise InputError("clock.extension_needs_reason")
        with self._here.workspace.write() as unit:
            request = self._changeable(unit, request_id)
            if request.extended_at is not None:
                raise NotAllowedError("clock.already_extended")
            now = unit.now()
            changed = replace(request, extended_at=now, extension_reason=reason)
            deadline = self._count(unit, changed)
            notice_by = deadline.extension_notice_by
            if notice_by is not None and local_day(now, request.timezone) > notice_by:
                raise NotAllowedError("clock.extension_too_late", notice_by=notice_by)
            changed = unit.requests.replace(changed)
            self._dates.keep(unit, changed)
            unit.record(
                Event(
                    Action.CLOCK_EXTENDED,
                    self._here.member,
                    request_id,
                    details={"due": deadline.due.isoformat() if deadline.due else None},
                )
            )
            unit.commit()
            return changed

    def _count(self, unit: UnitOfWork, request: Request, *, rule: str = "") -> Deadline:
        return deadline_of(
            request,
            facts=unit.workspace.facts(),
            regime=self._regimes[request.regime],
            deadlines=self._deadlines,
            today=local_day(unit.now(), request.timezone),
            rule=rule,
        )

    def _changeable(self, unit: UnitOfWork, request_id: str) -> Request:
        unit.members.get(self._here.member).must(Verb.HANDLE_REQUESTS)
        request = unit.requests.get(request_id)
        if not request.is_open:
            raise NotAllowedError("request.is_closed", request=request_id)
        return request

    def _check_approver(self, unit: UnitOfWork, member_id: str) -> None:
        if member_id == self._here.member:
            raise NotAllowedError("clock.pause_own_approval")
        unit.members.get(member_id).must(Verb.DECIDE_ACCESS)
