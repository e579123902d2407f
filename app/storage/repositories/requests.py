"""Requests and what belongs to each."""

from __future__ import annotations

from dataclasses import replace
from itertools import batched
from typing import TYPE_CHECKING, Any, override

from sqlalchemy import delete, select, update

from app.domain.errors import ConflictError, NotFoundError
from app.domain.requests import Note, PauseRecord, SubjectIdentity
from app.domain.verification import Verification
from app.ports.storage import Listed, Page, RequestStore
from app.storage.columns import is_storable
from app.storage.failures import FOREIGN_KEY, meaning
from app.storage.repositories.request_filter import conditions, count, ordering
from app.storage.rows import (
    DATES,
    columns_of,
    from_identities,
    from_request,
    to_dates,
    to_request,
    values_of,
)
from app.storage.tables import (
    notes,
    pauses,
    request_identities,
    requests,
    verifications,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row, Select, Table

    from app.domain.requests import Request, RequestDates
    from app.ports.storage import RequestFilter
    from app.storage.statements import Statements

_OWN = [column for column in requests.columns if column.name not in DATES]
"""What a request is, without its dates: a file of revision 0001 has no columns for them."""
_AT_ONCE = 500
"""Requests whose parts are asked for in one statement."""


class SqlRequestStore(RequestStore):
    """Requests in the workspace's database."""

    def __init__(self, statements: Statements) -> None:
        self._run = statements

    @override
    def add(self, request: Request) -> None:
        self._run.add(requests, from_request(request))
        self._run.add(request_identities, from_identities(request))
        rows = [{"request": request.id, **values_of(each)} for each in request.pauses]
        self._run.add(pauses, rows)

    @override
    def get(self, request_id: str) -> Request:
        rows = self._run.all(select(*_OWN).where(requests.c.id == request_id))
        if not rows:
            raise _not_found()
        return self._whole(rows)[0]

    @override
    def replace(self, request: Request) -> Request:
        before = self.get(request.id)
        newer = replace(request, version=request.version + 1)
        same = (requests.c.id == request.id) & (requests.c.version == request.version)
        # Who may move a request need not be one who may change who it is about.
        was, becomes = from_request(before), from_request(newer)
        changed = {name: value for name, value in becomes.items() if value != was[name]}
        if before.version != request.version or not self._run.run(
            update(requests).where(same).values(changed)
        ):
            raise ConflictError("request.changed_meanwhile", request=request.id)
        if before.subject.identities != newer.subject.identities:
            mine = request_identities.c.request == request.id
            self._run.run(delete(request_identities).where(mine))
            self._run.add(request_identities, from_identities(newer))
        return newer

    @override
    def find(self, which: RequestFilter) -> Page[Request]:
        rows, total = self._page(select(*_OWN), which)
        return Page(tuple(self._whole(rows)), total)

    @override
    def listed(self, which: RequestFilter) -> Page[Listed]:
        rows, total = self._page(select(requests), which)
        listed = zip(self._whole(rows), map(to_dates, rows), strict=True)
        return Page(tuple(Listed(*each) for each in listed), total)

    def _page(
        self, what: Select[*tuple[Any, ...]], which: RequestFilter
    ) -> tuple[Sequence[Row[*tuple[Any, ...]]], int]:
        wanted = conditions(which)
        rows = self._run.all(
            what.where(*wanted)
            .order_by(*ordering(which.order))
            .offset(which.offset)
            .limit(which.limit)
        )
        if len(rows) < which.limit and (rows or not which.offset):
            return rows, which.offset + len(rows)  # the last of them: nothing needs counting
        return rows, self._run.value(count(wanted))

    @override
    def count(self, which: RequestFilter) -> int:
        found: int = self._run.value(count(conditions(which)))
        return found

    @override
    def count_closed(self, since: datetime, until: datetime) -> int:
        within = (requests.c.closed_at >= since) & (requests.c.closed_at < until)
        found: int = self._run.value(count([within]))
        return found

    @override
    def put_dates(self, request_id: str, dates: RequestDates) -> None:
        mine = requests.c.id == request_id
        if not self._run.run(update(requests).where(mine).values(values_of(dates))):
            raise _not_found()

    @override
    def undated(self) -> tuple[Request, ...]:
        missing = requests.c.closed_at.is_(None) & requests.c.is_paused.is_(None)
        return tuple(self._whole(self._run.all(select(*_OWN).where(missing))))

    @override
    def known_by(self, values: Iterable[str]) -> tuple[Request, ...]:
        wanted = [each for each in values if is_storable(each)]
        owners = select(request_identities.c.request).where(request_identities.c.value.in_(wanted))
        rows = self._run.all(
            select(*_OWN)
            .where(requests.c.id.in_(owners))
            .order_by(requests.c.received_at.desc(), requests.c.id)
        )
        return tuple(self._whole(rows))

    @override
    def add_note(self, request_id: str, note: Note) -> None:
        self._add_to(notes, {"request": request_id, **values_of(note)})

    @override
    def notes(self, request_id: str) -> tuple[Note, ...]:
        rows = self._run.all(
            select(*columns_of(notes, Note))
            .where(notes.c.request == request_id)
            .order_by(notes.c.number)
        )
        return tuple(Note(*row) for row in rows)

    @override
    def put_pause(self, request_id: str, pause: PauseRecord) -> None:
        with meaning({FOREIGN_KEY: _not_found()}):
            self._run.put(pauses, {"request": request_id, **values_of(pause)})

    @override
    def add_verification(self, verification: Verification) -> None:
        self._add_to(verifications, values_of(verification))

    @override
    def verifications(self, request_id: str) -> tuple[Verification, ...]:
        rows = self._run.all(
            select(*columns_of(verifications, Verification))
            .where(verifications.c.request == request_id)
            .order_by(verifications.c.number)
        )
        return tuple(Verification(*row) for row in rows)

    def _add_to(self, table: Table, row: dict[str, Any]) -> None:
        with meaning({FOREIGN_KEY: _not_found()}):
            self._run.add(table, row)

    def _whole(self, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[Request]:
        """Return the requests of ``rows`` with their identities and pauses."""
        identities: dict[str, list[SubjectIdentity]] = {row.id: [] for row in rows}
        paused: dict[str, list[PauseRecord]] = {row.id: [] for row in rows}
        for ids in batched(identities, _AT_ONCE):
            for owner, *values in self._parts(request_identities, SubjectIdentity, ids):
                identities[owner].append(SubjectIdentity(*values))
            for owner, *values in self._parts(pauses, PauseRecord, ids):
                paused[owner].append(PauseRecord(*values))
        return [
            to_request(row, identities=tuple(identities[row.id]), pauses=tuple(paused[row.id]))
            for row in rows
        ]

    def _parts(
        self, table: Table, kind: type[SubjectIdentity | PauseRecord], ids: tuple[str, ...]
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        of_these: ColumnElement[bool] = table.c.request.in_(ids)
        return self._run.all(
            select(table.c.request, *columns_of(table, kind))
            .where(of_these)
            .order_by(*table.primary_key.columns)
        )


def _not_found() -> NotFoundError:
    return NotFoundError("request.not_found")
