"""Deciding access requests: the queue, the signed yes or no, taking it back."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from app.domain.access import AccessCase, AccessState, Decision, Ending, EndReason
from app.domain.audit import Action, Details, Event
from app.domain.errors import (
    AppError,
    ConflictError,
    InputError,
    NotAllowedError,
    SourceError,
    StorageError,
)
from app.domain.people import Verb
from app.domain.policy import approvers_needed, refusals
from app.domain.requests import Stage
from app.ports.storage import RequestFilter
from app.services.casework import move
from app.services.checkpoints import sign_log
from app.services.deciders import Deciders
from app.services.scoping import active_maps, hash_of, verdict_on
from app.services.sessions import end_in

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from app.domain.policy import Policy, Verdict
    from app.domain.requests import Request
    from app.domain.verification import Verification
    from app.ports.security import Certificates
    from app.ports.storage import UnitOfWork
    from app.services.opening import Opening
    from app.services.signed_in import SignedIn


@dataclass(frozen=True)
class Waiting:
    """One access request in an approver's queue."""

    case: AccessCase
    verdict: Verdict
    request: Request
    requester: str
    """The name of who asks."""
    verification: Verification | None
    due: date | None
    now: datetime
    unattested: Mapping[str, int] = field(default_factory=dict)
    """Fields of sources without an airlock whose keys would be taken on their word, and how many
    at most."""
    weaker: tuple[str, ...] = ()
    """Titles of the sources that are entered without an airlock, by a login on their tables."""
    approvers: Mapping[str, str] = field(default_factory=dict)
    """The names of those who said yes already, where several must, by their ids."""


@dataclass(frozen=True)
class DecidedLately:
    """What was decided in the last hours, and whether its grant can still be taken back.

    ``approvers`` are the names of all who decided; the state is ``waiting`` while others must.
    """

    case: AccessCase
    requester: str
    approvers: tuple[str, ...]
    state: AccessState
    not_opened: tuple[str, ...] = ()
    """Titles of the sources that could not be opened yet."""


class Granting:
    """What approvers do, and what requesters take back."""

    def __init__(self, here: SignedIn, *, certificates: Certificates, opening: Opening) -> None:
        self._here = here
        self._certificates = certificates
        self._opening = opening

    def queue(self) -> tuple[Waiting, ...]:
        """Return what waits for this member's decision, oldest first.

        Never her own requests, nor what she decided already, nor what she could not open.
        """
        with self._here.workspace.read() as unit:
            member = unit.members.get(self._here.member)
            if not member.may(Verb.DECIDE_ACCESS):
                return ()
            now = unit.now()
            deciders = Deciders(unit)
            return tuple(
                self._waiting(unit, case, now)
                for case in unit.access.undecided()
                if case.state(now) is AccessState.WAITING
                and case.waits_for(member.id)
                and deciders.may(member.id, case.asked.scope)
            )

    def _waiting(self, unit: UnitOfWork, case: AccessCase, now: datetime) -> Waiting:
        request = case.asked.request
        which = RequestFilter(text=request, limit=10)
        dates = {each.request.id: each.dates for each in unit.requests.listed(which).rows}
        looks = [each for each in unit.requests.verifications(request) if each.verified]
        return Waiting(
            case,
            # The one on record is what the officer's machine said.
            verdict_on(unit, case.asked.requester, case.asked.scope, minutes=case.asked.minutes),
            unit.requests.get(request),
            requester=unit.members.get(case.asked.requester).name,
            verification=looks[-1] if looks else None,
            due=dates[request].due if request in dates else None,
            now=now,
            unattested=self._opening.unattested(unit, case.asked.id),
            weaker=self._opening.weaker(unit, case.asked.id),
            approvers={each.approver: unit.members.get(each.approver).name for each in case.grants},
        )

    def decided_since(self, since: datetime) -> tuple[DecidedLately, ...]:
        """Return what anybody decided from ``since`` on, newest first."""
        with self._here.workspace.read() as unit:
            now = unit.now()
            names = {each.id: each.name for each in unit.members.all()}
            found = [
                DecidedLately(
                    case,
                    names.get(case.asked.requester, ""),
                    tuple(names.get(each.approver, "") for each in case.decisions),
                    case.state(now),
                    tuple(
                        unit.sources.get(key).title
                        for key in self._opening.not_opened(unit, case.asked.id)
                    ),
                )
                for case in unit.access.decided()
                if case.decisions[-1].decided_at >= since
            ]
        return tuple(reversed(found))

    def now(self) -> datetime:
        """Return the workspace's time."""
        with self._here.workspace.read() as unit:
            return unit.now()

    def get(self, access_request_id: str) -> AccessCase:
        """Return one access request with all that followed."""
        with self._here.workspace.read() as unit:
            return unit.access.get(access_request_id)

    def grant(
        self,
        access_request_id: str,
        *,
        seen_hash: str,
        minutes: int | None = None,
        start_by: datetime | None = None,
        note: str = "",
    ) -> AccessCase:
        """Say yes to the scope with ``seen_hash``, for as many minutes as asked, or fewer.

        Where several must agree, the last one's yes opens it, for the least that anybody allowed.
        """
        case = self._decide(
            access_request_id,
            granted=True,
            seen_hash=seen_hash,
            minutes=minutes,
            start_by=start_by,
            note=note,
        )
        if case.grant is not None:
            self.open_sources(access_request_id)
        return case

    def open_sources(self, access_request_id: str) -> None:
        """Open the sources of a grant that are not open yet; the grant stands in any case.

        Raises ``SourceError("airlock.not_opened")`` for the first that could not be opened.
        """
        failed = self._opening.open(access_request_id)
        if failed:
            raise SourceError(
                "airlock.not_opened",
                source=failed[0].source,
                why=failed[0].failure,
                access_request=access_request_id,
            )

    def counts(self, access_request_id: str) -> dict[str, int]:
        """Return how many rows would become readable, as the sources themselves count them."""
        return self._opening.count(access_request_id)

    def deny(self, access_request_id: str, *, seen_hash: str, note: str) -> AccessCase:
        """Say no, with the reason."""
        return self._decide(access_request_id, granted=False, seen_hash=seen_hash, note=note)

    def withdraw(self, access_request_id: str, *, reason: str) -> AccessCase:
        """Take one's own request back before a window was opened."""
        with self._here.workspace.write() as unit:
            case = unit.access.get(access_request_id)
            ending = Ending(self._here.member, unit.now(), reason)
            case = case.withdraw(ending)
            unit.access.add_withdrawal(access_request_id, ending)
            self._record(unit, Action.ACCESS_WITHDRAWN, case)
            self._back_to_scope(unit, case)
            unit.commit()
        self._opening.end(access_request_id, reason="withdrawn")
        return case

    def revoke(self, access_request_id: str, *, reason: str) -> AccessCase:
        """Take a grant back; a window that is open closes at once, wherever it is used."""
        if not reason.strip():
            raise InputError("access.revocation_needs_reason")
        try:
            revoked = self._revoke(access_request_id, reason)
        except StorageError:
            # Who keeps others from writing must not keep a source open by that.
            with suppress(AppError):
                self._opening.end(access_request_id, reason="revoked")
            raise
        self._opening.end(access_request_id, reason="revoked")
        return revoked

    def _revoke(self, access_request_id: str, reason: str) -> AccessCase:
        with self._here.workspace.write() as unit:
            unit.members.get(self._here.member).must(Verb.END_ACCESS)
            case = unit.access.get(access_request_id)
            ending = Ending(self._here.member, unit.now(), reason)
            revoked = case.revoke(ending)
            unit.access.add_revocation(access_request_id, ending)
            self._record(unit, Action.ACCESS_REVOKED, revoked)
            if case.window is not None:
                revoked = end_in(unit, case, by=self._here.member, reason=EndReason.REVOKED)
            else:
                self._back_to_scope(unit, revoked)
            sign_log(unit, self._here, about=case.asked.id)
            unit.commit()
        return revoked

    def _decide(
        self,
        access_request_id: str,
        *,
        granted: bool,
        seen_hash: str,
        minutes: int | None = None,
        start_by: datetime | None = None,
        note: str,
    ) -> AccessCase:
        with self._here.workspace.write() as unit:
            unit.members.get(self._here.member).must(Verb.DECIDE_ACCESS)
            case = unit.access.get(access_request_id)
            if hash_of(unit, case.asked.scope) != case.asked.scope_hash:
                raise ConflictError("access.map_changed", access_request=access_request_id)
            if case.denial is not None or case.grant is not None:
                raise ConflictError("access.already_decided", access_request=access_request_id)
            if granted and not Deciders(unit).may(self._here.member, case.asked.scope):
                raise NotAllowedError("access.not_a_decider")
            if granted and not unit.members.get(case.asked.requester).may(Verb.ASK_FOR_ACCESS):
                raise NotAllowedError("access.requester_left", access_request=access_request_id)
            now = unit.now()
            if granted:
                self._here.check_clock(unit)
            policy = unit.workspace.facts().policy
            needed = case.asked.approvers_needed
            if granted:
                allowed = case.asked.minutes if minutes is None else minutes
                self._must_be_allowed(unit, case, policy, minutes=allowed)
            # Whoever says yes first cannot know when the last one will.
            from_ = now if case.yes_missing == 1 else case.asked.not_after
            entries, head, _at = unit.log.head()
            decision = Decision(
                id=self._decision_id(unit, granted=granted),
                access_request=access_request_id,
                requester=case.asked.requester,
                approver=self._here.member,
                granted=granted,
                scope_hash=seen_hash,
                minutes=(case.asked.minutes if minutes is None else minutes) if granted else 0,
                start_by=(start_by or from_ + timedelta(hours=policy.start_within_hours))
                if granted
                else None,
                note=note.strip(),
                decided_at=now,
                number=len(case.decisions) + 1,
                approvers_needed=needed,
                entries=entries,
                head=head,
            )
            case.decide(decision)
            signature = self._here.keys.sign(decision.signed_bytes())
            case = case.decide(replace(decision, signature=signature))
            unit.access.add_decision(case.decisions[-1])
            self._record(unit, Action.ACCESS_GRANTED if granted else Action.ACCESS_DENIED, case)
            request = unit.requests.get(case.asked.request)
            if case.grant is not None:
                self._opening.allow(unit, request, case)
                move(unit, request, Stage.PULL, by=self._here.member)
            elif not granted:
                move(unit, request, Stage.SCOPE, by=self._here.member)
            sign_log(unit, self._here, about=decision.id)
            unit.commit()
            return case

    @staticmethod
    def _must_be_allowed(
        unit: UnitOfWork, case: AccessCase, policy: Policy, *, minutes: int
    ) -> None:
        """Hold what was asked against the policy of now: it was the officer's machine that asked,
        and said what the policy says.
        """
        maps, asked = active_maps(unit), case.asked
        if asked.approvers_needed < approvers_needed(policy, maps=maps, scope=asked.scope):
            raise ConflictError("access.more_must_agree", access_request=asked.id)
        # Too few minutes, or more than were asked, is what the decision itself is refused for.
        within = min(max(1, minutes), asked.minutes)
        if found := refusals(policy, maps=maps, scope=asked.scope, minutes=within):
            raise NotAllowedError("access.refused_by_policy", findings=found)

    @staticmethod
    def _decision_id(unit: UnitOfWork, *, granted: bool) -> str:
        letter, counter = ("G", "grant") if granted else ("D", "denial")
        return f"{letter}-{unit.workspace.next_number(counter):04d}"

    def _record(self, unit: UnitOfWork, action: Action, case: AccessCase) -> None:
        details: Details = {"scope_hash": case.asked.scope_hash}
        if case.decisions:
            decision = case.decisions[-1]
            details |= {
                "number": decision.number,
                "approvers_needed": decision.approvers_needed,
                "decision": decision.id,
                "minutes": decision.minutes,
                "note_characters": len(decision.note),
                "start_by": decision.start_by.isoformat() if decision.start_by else None,
                "signature": decision.signature[:16].hex(),
            }
        unit.record(
            Event(action, self._here.member, case.asked.request, case.asked.id, details=details)
        )

    def _back_to_scope(self, unit: UnitOfWork, case: AccessCase) -> None:
        request = unit.requests.get(case.asked.request)
        if request.stage in {Stage.APPROVAL, Stage.PULL}:
            move(unit, request, Stage.SCOPE, by=self._here.member)
