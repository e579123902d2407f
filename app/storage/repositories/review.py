"""Flags and marks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, override

from sqlalchemy import delete, insert, select

from app.domain.errors import NotFoundError
from app.domain.review import Flag
from app.ports.storage import ReviewStore
from app.storage.failures import FOREIGN_KEY, meaning
from app.storage.rows import columns_of, from_mark, to_mark
from app.storage.tables import mark_undos, marks, review_finishes, review_flags

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select

    from app.domain.review import Mark
    from app.storage.statements import Statements

_FLAGS_AT_ONCE = 5000
_MARKS: Select[*tuple[Any, ...]] = (
    select(
        *marks.c,
        mark_undos.c.by.label("undone_by"),
        mark_undos.c.at.label("undone_at"),
    )
    .select_from(marks.outerjoin(mark_undos, mark_undos.c.mark == marks.c.id))
    .order_by(marks.c.id)
)


class SqlReviewStore(ReviewStore):
    """The review in the workspace's database; undoing a mark adds a row."""

    def __init__(self, statements: Statements) -> None:
        self._run = statements

    @override
    def add_flags(self, flags: Iterable[Flag]) -> None:
        self._run.add(review_flags, [vars(each) for each in flags])

    @override
    def flags(
        self, pulled: int, *, from_row: int = 0, to_row: int | None = None
    ) -> tuple[Flag, ...]:
        row = review_flags.c.row
        wanted: list[ColumnElement[bool]] = [review_flags.c.pulled == pulled, row >= from_row]
        if to_row is not None:
            wanted.append(row < to_row)
        query = select(*columns_of(review_flags, Flag)).where(*wanted)
        found = self._run.stream(query.order_by(row, review_flags.c.id), at_once=_FLAGS_AT_ONCE)
        return tuple(Flag(*each) for each in found)

    @override
    def flagged_rows(self, pulled: int) -> tuple[int, ...]:
        row = review_flags.c.row
        query = select(row).where(review_flags.c.pulled == pulled).distinct().order_by(row)
        return tuple(found for (found,) in self._run.stream(query, at_once=_FLAGS_AT_ONCE))

    @override
    def add_marks(self, marks: Iterable[Mark]) -> tuple[Mark, ...]:
        made = list(marks)
        if not made:
            return ()
        ids = self._run.returning(
            insert(_TABLE).returning(_TABLE.c.id, sort_by_parameter_order=True),
            [from_mark(each) for each in made],
        )
        return tuple(replace(each, id=row[0]) for each, row in zip(made, ids, strict=True))

    @override
    def undo(self, mark_id: int, *, by: str, at: datetime) -> Mark:
        with meaning({FOREIGN_KEY: _no_such_mark()}):
            self._run.add(mark_undos, {"mark": mark_id, "by": by, "at": at})
        row = self._run.first(_MARKS.where(_TABLE.c.id == mark_id))
        if row is None:
            raise _no_such_mark()
        return to_mark(row)

    @override
    def marks(
        self, request_id: str, *, pulled: int | None = None, span: tuple[int, int] | None = None
    ) -> tuple[Mark, ...]:
        query = _MARKS.where(_TABLE.c.request == request_id)
        if pulled is not None:
            query = query.where(_TABLE.c.pulled == pulled)
        if span is not None:
            row = _TABLE.c.row
            query = query.where(row.is_(None) | ((row >= span[0]) & (row < span[1])))
        return tuple(to_mark(row) for row in self._run.all(query))

    @override
    def finish(self, request_id: str, *, by: str, at: datetime) -> None:
        self._run.put(review_finishes, {"request": request_id, "by": by, "at": at})

    @override
    def reopen(self, request_id: str) -> None:
        self._run.run(delete(review_finishes).where(review_finishes.c.request == request_id))

    @override
    def finished(self, request_id: str) -> tuple[str, datetime] | None:
        row = self._run.first(
            select(review_finishes.c.by, review_finishes.c.at).where(
                review_finishes.c.request == request_id
            )
        )
        return (row[0], row[1]) if row is not None else None


# A method of the port and one of its arguments have the same name.
_TABLE = marks


def _no_such_mark() -> NotFoundError:
    return NotFoundError("review.no_such_mark")
