"""Windows: opened once under a grant, closed by whoever is first, swept after a crash."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from app.domain.access import AccessCase, AccessState, EndReason, Window
from app.domain.audit import Action, Details, Event
from app.domain.errors import AppError, ConflictError, NotAllowedError
from app.domain.people import Verb
from app.domain.pulls import Notice, PullState
from app.domain.requests import Stage
from app.services.checkpoints import sign_log
from app.services.scoping import hash_of
from app.services.signatures import check_signature

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.ports.clocks import Clock
    from app.ports.security import Certificates
    from app.ports.storage import Lease, UnitOfWork, Workspace
    from app.services.opening import Opening
    from app.services.signed_in import SignedIn

_LOOK_EVERY_SECONDS = 0.02


@dataclass(frozen=True)
class OpenWindow:
    """A window that this process holds. ``deadline`` is on the monotonic clock."""

    case: AccessCase
    window: Window
    deadline: float
    lease: Lease


class Sessions:
    """Opens, watches and closes windows."""

    def __init__(
        self, here: SignedIn, *, certificates: Certificates, clock: Clock, opening: Opening
    ) -> None:
        self._here = here
        self._opening = opening
        self._certificates = certificates
        self._clock = clock

    def open_now(self) -> tuple[AccessCase, ...]:
        """Return the cases whose window is open at this moment."""
        with self._here.workspace.read() as unit:
            now = unit.now()
            return tuple(
                case for case in unit.access.unended() if case.state(now) is AccessState.OPEN
            )

    def begin(
        self, unit: UnitOfWork, access_request_id: str, *, enforcement: Mapping[str, str]
    ) -> OpenWindow:
        """Open the window of a grant, in ``unit``: once, by its requester, in time.

        The approvers' signatures, the scope and the maps are checked again. ``enforcement`` says of
        each source who keeps rows, fields and deadline.
        """
        self._here.check_clock(unit)
        case = unit.access.get(access_request_id)
        unit.members.get(self._here.member).must(Verb.ASK_FOR_ACCESS)
        unit.requests.get(case.asked.request).must_be_at(Stage.PULL)
        session = f"S-{unit.workspace.next_number('session'):04d}"
        case = case.begin(session=session, officer=self._here.member, at=unit.now())
        grant = case.grant
        if grant is None or case.window is None:
            raise NotAllowedError("access.not_granted", access_request=access_request_id)
        for each in case.grants:
            check_signature(unit, each, self._certificates)
        if hash_of(unit, case.asked.scope) != case.asked.scope_hash:
            raise ConflictError("access.map_changed", access_request=access_request_id)
        lease = self._here.workspace.lease(session)
        if lease is None:
            raise ConflictError("access.already_begun", access_request=access_request_id)
        unit.access.add_window(access_request_id, case.window)
        unit.record(
            Event(
                Action.SESSION_OPENED,
                self._here.member,
                case.asked.request,
                session,
                details={
                    "grant": grant.id,
                    "access_request": access_request_id,
                    "minutes": grant.minutes,
                    "deadline": case.window.deadline.isoformat(),
                    "enforcement": dict(sorted(enforcement.items())),
                },
            )
        )
        sign_log(unit, self._here, about=session)
        deadline = self._clock.monotonic() + grant.minutes * 60
        return OpenWindow(case, case.window, deadline, lease)

    def end(self, session: str, *, reason: EndReason = EndReason.ENDED_EARLY) -> AccessCase:
        """Close a window now; whoever is entitled can, from anywhere, and again."""
        with self._here.workspace.write() as unit:
            case = unit.access.by_session(session)
            if case.asked.requester != self._here.member:
                unit.members.get(self._here.member).must(Verb.END_ACCESS)
            if case.window is None or case.window.ended_at is not None:
                return case
            case = end_in(unit, case, by=self._here.member, reason=reason)
            unit.commit()
        self._opening.end(case.asked.id, reason=reason.value)
        return case

    def sweep(self) -> tuple[AccessCase, ...]:
        """Close what dead processes left open, and mark what they read as incomplete."""
        swept: list[AccessCase] = []
        with self._here.workspace.read() as unit:
            if not unit.members.get(self._here.member).may(Verb.END_ACCESS):
                return ()
            sessions = [case.window.session for case in unit.access.unended() if case.window]
        for session in sessions:
            lease = self._here.workspace.lease(session)
            if lease is None:
                continue
            try:
                if case := self._close_dead(session):
                    swept.append(case)
            finally:
                lease.release()
        return tuple(swept)

    def close_sources(self) -> None:
        """Close at their sources the grants that are over; it waits for servers, so not first."""
        self._opening.sweep()

    def _close_dead(self, session: str) -> AccessCase | None:
        with self._here.workspace.write() as unit:
            case = unit.access.by_session(session)
            if case.window is None or case.window.ended_at is not None:
                return None
            case = end_in(unit, case, by=self._here.member, reason=EndReason.PROCESS_ENDED)
            unit.commit()
            return case


def end_in(
    unit: UnitOfWork,
    case: AccessCase,
    *,
    by: str,
    reason: EndReason,
    overshoot_ms: int | None = None,
    why: str = "",
    refused_after: bool | None = None,
) -> AccessCase:
    """Record the end of a window in ``unit``, with everything that its pull left incomplete.

    ``why`` is the code of what went wrong. ``refused_after`` says whether the dead reader was
    tried and refused: the proof of death.
    """
    now = unit.now()
    ended = case.end(at=now, by=by, reason=reason, overshoot_ms=overshoot_ms)
    if ended.window is None:
        return case
    unit.access.end_window(ended.window)
    request, session = case.asked.request, ended.window.session
    missing = 0
    for pulled in unit.pulls.of_session(session):
        if pulled.state is not PullState.RUNNING:
            continue
        missing += 1
        broken = replace(
            pulled,
            state=PullState.INCOMPLETE,
            ended_at=now,
            incomplete_why=why or f"window.{reason.value}",
        )
        unit.pulls.replace(broken)
        details: Details = {
            "collection": str(pulled.collection),
            "rows": pulled.rows,
            "why": reason.value,
        }
        unit.record(Event(Action.PULL_INCOMPLETE, by, request, session, details=details))
    if missing:
        unit.pulls.add_notices([Notice(0, request, session, "incomplete", "", missing)])
    unit.record(
        Event(
            Action.SESSION_ENDED,
            by,
            request,
            session,
            details={
                "reason": reason.value,
                "seconds": ended.window.seconds_used,
                "overshoot_ms": overshoot_ms,
                "incomplete": missing,
                "refused_after_end": refused_after,
            },
        )
    )
    return ended


class WindowWatch:
    """Looks after an open window from its own thread: an end that anybody recorded stops the pull.

    ``stop`` is called once, with the reason, within a few hundredths of a second.
    """

    def __init__(
        self, workspace: Workspace, session: str, stop: Callable[[EndReason], None]
    ) -> None:
        self._workspace = workspace
        self._session = session
        self._stop = stop
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, name=f"window {session}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        seen = -1
        while not self._done.wait(_LOOK_EVERY_SECONDS):
            try:
                changes = self._workspace.changes()
                if changes == seen:
                    continue
                seen = changes
                reason = self._end_recorded()
            except AppError:
                # Who cannot see whether access was taken back must not go on reading.
                reason = EndReason.FAILED
            if reason is not None:
                self._stop(reason)
                return

    def _end_recorded(self) -> EndReason | None:
        with self._workspace.read() as unit:
            window = unit.access.by_session(self._session).window
        if window is None or window.ended_at is None:
            return None
        return window.reason or EndReason.ENDED_EARLY
