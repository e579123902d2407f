"""Access requests and all that follows; rows are only ever added."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, override

from sqlalchemy import exists, select

from app.domain.access import AccessCase, AccessRequest, Decision, Ending, Window
from app.domain.errors import (
    AppError,
    ConflictError,
    InputError,
    NotAllowedError,
    NotFoundError,
)
from app.ports.storage import AccessStore
from app.storage.failures import FOREIGN_KEY, meaning
from app.storage.rows import columns_of, values_of
from app.storage.tables import (
    access_requests,
    decisions,
    revocations,
    window_ends,
    windows,
    withdrawals,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Row, Select, Table

    from app.domain.policy import Verdict
    from app.storage.statements import Statements

_WINDOW = ("session", "grant", "officer", "opened_at", "deadline")
_END = ("ended_at", "reason", "ended_by", "overshoot_ms")
_PARTS = (
    columns_of(access_requests, AccessRequest),
    columns_of(decisions, Decision),
    columns_of(withdrawals, Ending),
    columns_of(revocations, Ending),
    [windows.c[name] for name in _WINDOW],
    [window_ends.c[name] for name in _END],
)
_CASES_AT_ONCE = 200
_CASES: Select[*tuple[Any, ...]] = (
    select(*(column for part in _PARTS for column in part))
    .select_from(
        access_requests.outerjoin(decisions, decisions.c.access_request == access_requests.c.id)
        .outerjoin(withdrawals, withdrawals.c.access_request == access_requests.c.id)
        .outerjoin(revocations, revocations.c.access_request == access_requests.c.id)
        .outerjoin(windows, windows.c.access_request == access_requests.c.id)
        .outerjoin(window_ends, window_ends.c.session == windows.c.session)
    )
    .order_by(access_requests.c.asked_at, access_requests.c.id, decisions.c.number)
)
_SETTLING = decisions.alias()
_IS_SETTLED = exists().where(
    (_SETTLING.c.access_request == access_requests.c.id)
    & (~_SETTLING.c.granted | (_SETTLING.c.number == _SETTLING.c.approvers_needed))
)
"""Whether somebody said no, or all said yes who had to."""


class SqlAccessStore(AccessStore):
    """Access cases in the workspace's database, put together from immutable facts."""

    def __init__(self, statements: Statements) -> None:
        self._run = statements

    @override
    def add(self, asked: AccessRequest, verdict: Verdict) -> None:
        with meaning({FOREIGN_KEY: NotFoundError("request.not_found")}):
            self._run.add(access_requests, {**values_of(asked), "verdict": verdict})

    @override
    def get(self, access_request_id: str) -> AccessCase:
        return self._case(_CASES.where(access_requests.c.id == access_request_id))

    @override
    def verdict(self, access_request_id: str) -> Verdict:
        mine = access_requests.c.id == access_request_id
        found: Verdict | None = self._run.value(select(access_requests.c.verdict).where(mine))
        if found is None:
            raise _not_found()
        return found

    @override
    def of_request(self, request_id: str) -> tuple[AccessCase, ...]:
        return self._cases(_CASES.where(access_requests.c.request == request_id))

    @override
    def undecided(self) -> tuple[AccessCase, ...]:
        taken_back = (withdrawals.c.access_request, revocations.c.access_request)
        stands = (each.is_(None) for each in taken_back)
        return self._cases(_CASES.where(~_IS_SETTLED, *stands))

    @override
    def decided(self) -> Iterator[AccessCase]:
        query = _CASES.where(decisions.c.id.is_not(None))
        return _to_cases(self._run.each(query, at_once=_CASES_AT_ONCE))

    @override
    def unended(self) -> tuple[AccessCase, ...]:
        running = windows.c.session.is_not(None) & window_ends.c.session.is_(None)
        return self._cases(_CASES.where(running))

    @override
    def by_session(self, session: str) -> AccessCase:
        return self._case(_CASES.where(windows.c.session == session))

    @override
    def add_decision(self, decision: Decision) -> None:
        asked = self.get(decision.access_request)
        if asked.denial is not None:
            raise ConflictError("access.already_decided", access_request=decision.access_request)
        minutes = asked.asked.minutes
        rules: dict[str, AppError] = {
            FOREIGN_KEY: ConflictError(
                "access.scope_changed", access_request=decision.access_request
            ),
            "grant_within_asked": InputError("access.minutes_beyond_asked", minutes=minutes),
        }
        row = {
            **values_of(decision),
            "asked_minutes": minutes,
            "follows": decision.number - 1 or None,
            "follows_a_grant": True,
        }
        with meaning(rules):
            self._run.add(decisions, row)

    @override
    def add_withdrawal(self, access_request_id: str, ending: Ending) -> None:
        self._end(withdrawals, access_request_id, ending)

    @override
    def add_revocation(self, access_request_id: str, ending: Ending) -> None:
        self._end(revocations, access_request_id, ending)

    @override
    def add_window(self, access_request_id: str, window: Window) -> None:
        row = {name: getattr(window, name) for name in _WINDOW}
        needed = self.get(access_request_id).asked.approvers_needed
        row |= {"approvers_needed": needed}
        no_grant = NotAllowedError("access.not_granted", access_request=access_request_id)
        with meaning({FOREIGN_KEY: no_grant}):
            self._run.add(windows, {"access_request": access_request_id, "granted": True, **row})

    @override
    def end_window(self, window: Window) -> None:
        row = {name: getattr(window, name) for name in _END}
        with meaning({FOREIGN_KEY: _not_found()}):
            self._run.add(window_ends, {"session": window.session, **row})

    def _end(self, table: Table, access_request_id: str, ending: Ending) -> None:
        not_yours = NotAllowedError("access.not_yours", access_request=access_request_id)
        with meaning({FOREIGN_KEY: not_yours}):
            self._run.add(table, {"access_request": access_request_id, **values_of(ending)})

    def _cases(self, query: Select[*tuple[Any, ...]]) -> tuple[AccessCase, ...]:
        return tuple(_to_cases(self._run.all(query)))

    def _case(self, query: Select[*tuple[Any, ...]]) -> AccessCase:
        found = self._cases(query)
        if not found:
            raise _not_found()
        return found[0]


def _to_cases(rows: Iterable[Row[*tuple[Any, ...]]]) -> Iterator[AccessCase]:
    """Yield the cases of rows, of which each has one for each of its decisions, in order."""
    for _id, same in groupby(rows, key=itemgetter(0)):
        first, *more = same
        case = _to_case(first)
        later = tuple(Decision(*_decision(row)) for row in more)
        yield replace(case, decisions=(*case.decisions, *later)) if later else case


def _decision(row: Row[*tuple[Any, ...]]) -> tuple[Any, ...]:
    return tuple(_split(tuple(row)))[1]


def _to_case(row: Row[*tuple[Any, ...]]) -> AccessCase:
    asked, decision, withdrawal, revocation, window, end = _split(tuple(row))
    ended = end if end[0] is not None else ()
    return AccessCase(
        AccessRequest(*asked),
        (Decision(*decision),) if decision[0] is not None else (),
        Ending(*withdrawal) if withdrawal[0] is not None else None,
        Ending(*revocation) if revocation[0] is not None else None,
        Window(*window, *ended) if window[0] is not None else None,
    )


def _split(values: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    at = 0
    for part in _PARTS:
        yield values[at : at + len(part)]
        at += len(part)


def _not_found() -> NotFoundError:
    return NotFoundError("access.not_found")
