"""How access is asked for, decided, opened and closed: states and invariants.

Everything here is derived from immutable facts; nothing stores a state that could disagree.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from app.domain.errors import ConflictError, InputError, NotAllowedError

if TYPE_CHECKING:
    from datetime import datetime

    from app.domain.scope import Scope

PURPOSE_CHARACTERS_AT_LEAST = 8


class AccessState(StrEnum):
    """Where an access request stands."""

    WAITING = "waiting"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    GRANTED = "granted"
    REVOKED = "revoked"
    OPEN = "open"
    ENDED = "ended"

    @property
    def is_final(self) -> bool:
        """Whether nothing can follow."""
        return self not in {AccessState.WAITING, AccessState.GRANTED, AccessState.OPEN}


class EndReason(StrEnum):
    """Why a window closed."""

    FINISHED = "finished"
    EXPIRED = "expired"
    ENDED_EARLY = "ended_early"
    REVOKED = "revoked"
    CANCELLED = "cancelled"
    FAILED = "failed"
    PROCESS_ENDED = "process_ended"


@dataclass(frozen=True)
class AccessRequest:
    """An officer's demand for a scope, a purpose and a number of minutes.

    ``approvers_needed`` is how many people must say yes, each for herself.
    """

    id: str
    request: str
    requester: str
    purpose: str
    minutes: int
    scope: Scope
    scope_hash: str
    asked_at: datetime
    not_after: datetime
    approvers_needed: int = 1


@dataclass(frozen=True)
class Decision:
    """An approver's signed yes (a grant) or no (a denial) to the scope that she saw.

    ``signature`` is over ``signed_bytes`` by the key of the approver's certificate. ``number`` is
    the place of this decision among those on the same request, from 1; ``approvers_needed`` is how
    many grants open it, as this approver saw it. ``entries`` and ``head`` are where the log ended
    then, so that one which was rewritten contradicts it; decisions of older versions have none.
    """

    id: str
    access_request: str
    requester: str
    approver: str
    granted: bool
    scope_hash: str
    minutes: int
    start_by: datetime | None
    note: str
    decided_at: datetime
    signature: bytes = b""
    number: int = 1
    approvers_needed: int = 1
    entries: int | None = None
    head: str | None = None

    def signed_bytes(self) -> bytes:
        """Return what the approver signs: RFC 8785 JSON of the decision without its signature.

        Number and number of approvers are in it where several must agree; a decision that is the
        only one reads as it always did. So does one that names no head of the log.
        """
        among = {"approvers_needed": self.approvers_needed, "number": self.number}
        after = {"entries": self.entries, "head": self.head}
        return json.dumps(
            {
                **(among if self.approvers_needed > 1 else {}),
                **(after if self.head is not None else {}),
                "access_request": self.access_request,
                "approver": self.approver,
                "decided_at": self.decided_at.isoformat(),
                "granted": self.granted,
                "id": self.id,
                "minutes": self.minutes,
                "note_sha256": hashlib.sha256(self.note.encode()).hexdigest(),
                "requester": self.requester,
                "scope_hash": self.scope_hash,
                "start_by": self.start_by.isoformat() if self.start_by else None,
            },
            ensure_ascii=False,
            separators=(",", ":"),
            sort_keys=True,
        ).encode()


@dataclass(frozen=True)
class Grant:
    """What all approvers together allow: the least of what each of them does.

    ``id`` is that of the decision that completed it, ``at`` when that was.
    """

    id: str
    approvers: tuple[str, ...]
    minutes: int
    start_by: datetime
    at: datetime


@dataclass(frozen=True)
class Ending:
    """A withdrawal or a revocation: who took it back, when, why."""

    by: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class Window:
    """The time between opening and closing of a grant, by the source's clock."""

    session: str
    grant: str
    officer: str
    opened_at: datetime
    deadline: datetime
    ended_at: datetime | None = None
    reason: EndReason | None = None
    ended_by: str = ""
    overshoot_ms: int | None = None

    @property
    def seconds_used(self) -> int | None:
        """Whole seconds between opening and closing; None while it is open."""
        if self.ended_at is None:
            return None
        return max(0, int((self.ended_at - self.opened_at).total_seconds()))


@dataclass(frozen=True)
class AccessCase:
    """An access request with everything that followed. Each step returns a new case or raises."""

    asked: AccessRequest
    decisions: tuple[Decision, ...] = ()
    """In the order in which they were made."""
    withdrawal: Ending | None = None
    revocation: Ending | None = None
    window: Window | None = None

    @property
    def grants(self) -> tuple[Decision, ...]:
        """The decisions that say yes."""
        return tuple(each for each in self.decisions if each.granted)

    @property
    def denial(self) -> Decision | None:
        """The decision that says no, which ends it."""
        return next((each for each in self.decisions if not each.granted), None)

    @property
    def grant(self) -> Grant | None:
        """What is allowed, once as many people as must have said yes and nobody no."""
        grants = self.grants
        if self.denial is not None or len(grants) < self.asked.approvers_needed:
            return None
        return Grant(
            id=grants[-1].id,
            approvers=tuple(each.approver for each in grants),
            minutes=min(each.minutes for each in grants),
            start_by=min(each.start_by or each.decided_at for each in grants),
            at=grants[-1].decided_at,
        )

    @property
    def yes_missing(self) -> int:
        """How many people must still say yes."""
        return max(0, self.asked.approvers_needed - len(self.grants))

    def state(self, now: datetime) -> AccessState:
        """Return the state at ``now``."""
        if self.window is not None:
            # The window closes by the clock whether or not anybody wrote that down.
            is_open = self.window.ended_at is None and now < self.window.deadline
            return AccessState.OPEN if is_open else AccessState.ENDED
        if self.withdrawal is not None:
            return AccessState.WITHDRAWN
        if self.revocation is not None:
            return AccessState.REVOKED
        if self.denial is not None:
            return AccessState.DENIED
        if (grant := self.grant) is None:
            return AccessState.WAITING if now < self.asked.not_after else AccessState.LAPSED
        return AccessState.GRANTED if now <= grant.start_by else AccessState.LAPSED

    def waits_for(self, member: str) -> bool:
        """Say whether ``member``, an approver, has not had her say; nobody decides on her own."""
        return member != self.asked.requester and all(
            each.approver != member for each in self.decisions
        )

    def decide(self, decision: Decision) -> AccessCase:
        """Add the decision of somebody else than the requester on exactly this scope.

        Each person has one say, in whatever roles she is; one no ends it.
        """
        self._must_be(AccessState.WAITING, at=decision.decided_at)
        if decision.approver == self.asked.requester:
            raise NotAllowedError("access.own_request")
        if not self.waits_for(decision.approver):
            raise ConflictError("access.decided_by_you", access_request=self.asked.id)
        if decision.scope_hash != self.asked.scope_hash:
            raise ConflictError("access.scope_changed", access_request=self.asked.id)
        among = (decision.number, decision.approvers_needed)
        if among != (len(self.decisions) + 1, self.asked.approvers_needed):
            raise ConflictError("access.already_decided", access_request=self.asked.id)
        if decision.granted:
            self._check_grant(decision)
        elif not decision.note.strip():
            raise InputError("access.denial_needs_note")
        case = replace(self, decisions=(*self.decisions, decision))
        if case.grant is not None and case.grant.start_by <= decision.decided_at:
            raise InputError("access.start_by_passed")
        return case

    def withdraw(self, ending: Ending) -> AccessCase:
        """Take the request back before a window was opened."""
        self._must_be(AccessState.WAITING, AccessState.GRANTED, at=ending.at)
        if ending.by != self.asked.requester:
            raise NotAllowedError("access.not_yours", access_request=self.asked.id)
        return replace(self, withdrawal=ending)

    def revoke(self, ending: Ending) -> AccessCase:
        """Take a grant back, also while another one is still missing; an open window closes."""
        early = (AccessState.WAITING,) if self.grants else ()
        self._must_be(*early, AccessState.GRANTED, AccessState.OPEN, at=ending.at)
        case = replace(self, revocation=ending)
        if self.window is None:
            return case
        return case.end(at=ending.at, by=ending.by, reason=EndReason.REVOKED)

    def begin(self, *, session: str, officer: str, at: datetime) -> AccessCase:
        """Open the window: once, by the requester, not later than start-by."""
        self._must_be(AccessState.GRANTED, at=at)
        if officer != self.asked.requester:
            raise NotAllowedError("access.not_yours", access_request=self.asked.id)
        if (grant := self.grant) is None:  # GRANTED says otherwise; this is for the type checker
            raise NotAllowedError("access.not_granted", access_request=self.asked.id)
        deadline = at + timedelta(minutes=grant.minutes)
        window = Window(session, grant.id, officer, opened_at=at, deadline=deadline)
        return replace(self, window=window)

    def end(
        self, *, at: datetime, by: str, reason: EndReason, overshoot_ms: int | None = None
    ) -> AccessCase:
        """Close the window; what is closed stays closed as it was."""
        if self.window is None:
            raise NotAllowedError("access.not_open", access_request=self.asked.id)
        if self.window.ended_at is not None:
            return self
        closed = replace(
            self.window, ended_at=at, ended_by=by, reason=reason, overshoot_ms=overshoot_ms
        )
        return replace(self, window=closed)

    def _must_be(self, *states: AccessState, at: datetime) -> None:
        state = self.state(at)
        if state not in states:
            raise NotAllowedError(
                "access.wrong_state", access_request=self.asked.id, state=state.value
            )

    def _check_grant(self, decision: Decision) -> None:
        if not 1 <= decision.minutes <= self.asked.minutes:
            raise InputError("access.minutes_beyond_asked", minutes=self.asked.minutes)
        start_by = decision.start_by
        if start_by is None or not decision.decided_at < start_by:
            raise InputError("access.start_by_passed")
