"""What sessions read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, override

from sqlalchemy import insert, select, update

from app.domain.errors import ConflictError, NotFoundError
from app.domain.pulls import Notice, NotReached, PulledCollection
from app.ports.storage import PullStore
from app.storage.rows import columns_of, from_pulled, to_pulled, values_of
from app.storage.tables import not_reached, notices, pulled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement

    from app.storage.statements import Statements


class SqlPullStore(PullStore):
    """Pulled collections in the workspace's database; their rows are in the vault."""

    def __init__(self, statements: Statements) -> None:
        self._run = statements

    @override
    def start(self, pulled: PulledCollection) -> PulledCollection:
        rows = self._run.returning(insert(_PULLED).returning(_PULLED.c.id), [from_pulled(pulled)])
        return replace(pulled, id=rows[0][0])

    @override
    def replace(self, pulled: PulledCollection) -> None:
        mine = _PULLED.c.id == pulled.id
        if not self._run.run(update(_PULLED).where(mine).values(from_pulled(pulled))):
            raise NotFoundError("pull.not_found")

    @override
    def of_request(self, request_id: str) -> tuple[PulledCollection, ...]:
        return self._pulled(_PULLED.c.request == request_id)

    @override
    def of_session(self, session: str) -> tuple[PulledCollection, ...]:
        return self._pulled(_PULLED.c.session == session)

    @override
    def add_notices(self, notices: Iterable[Notice]) -> None:
        rows = [values_of(each) for each in notices]
        for row in rows:
            del row["id"]
        self._run.add(_NOTICES, rows)

    @override
    def notices(self, request_id: str) -> tuple[Notice, ...]:
        rows = self._run.all(
            select(*columns_of(_NOTICES, Notice))
            .where(_NOTICES.c.request == request_id)
            .order_by(_NOTICES.c.id)
        )
        return tuple(Notice(*row) for row in rows)

    @override
    def settle(self, notice: Notice) -> None:
        mine = _NOTICES.c.id == notice.id
        values: dict[str, Any] = {
            name: getattr(notice, name) for name in ("settled_by", "settled_how", "settled_at")
        }
        is_open = _NOTICES.c.settled_by == ""
        if not self._run.run(update(_NOTICES).where(mine, is_open).values(values)):
            if self._run.first(select(_NOTICES.c.id).where(mine)) is None:
                raise NotFoundError("notice.not_found")
            raise ConflictError("notice.already_settled")

    @override
    def add_not_reached(self, session: str, items: Iterable[NotReached]) -> None:
        rows = [{"session": session, **values_of(each)} for each in items]
        self._run.add(not_reached, rows)

    @override
    def not_reached(self, session: str) -> tuple[NotReached, ...]:
        rows = self._run.all(
            select(*columns_of(not_reached, NotReached))
            .where(not_reached.c.session == session)
            .order_by(not_reached.c.id)
        )
        return tuple(NotReached(*row) for row in rows)

    def _pulled(self, wanted: ColumnElement[bool]) -> tuple[PulledCollection, ...]:
        rows = self._run.all(select(_PULLED).where(wanted).order_by(_PULLED.c.id))
        return tuple(to_pulled(row) for row in rows)


# Arguments of the port have the same names.
_PULLED, _NOTICES = pulled, notices
