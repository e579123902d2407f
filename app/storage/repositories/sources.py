"""Sources and their maps."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

from sqlalchemy import select

from app.domain.errors import NotFoundError
from app.domain.workspace import SourceRecord
from app.ports.storage import SourceStore
from app.storage.rows import columns_of, values_of
from app.storage.tables import sources

if TYPE_CHECKING:
    from app.storage.statements import Statements

_SOURCES = select(*columns_of(sources, SourceRecord))


class SqlSourceStore(SourceStore):
    """Sources in the workspace's database."""

    def __init__(self, statements: Statements) -> None:
        self._run = statements

    @override
    def put(self, source: SourceRecord) -> None:
        self._run.put(sources, values_of(source))

    @override
    def get(self, key: str) -> SourceRecord:
        row = self._run.first(_SOURCES.where(sources.c.key == key))
        if row is None:
            raise NotFoundError("source.not_in_workspace", source=key)
        return SourceRecord(*row)

    @override
    def all(self) -> tuple[SourceRecord, ...]:
        rows = self._run.all(_SOURCES.order_by(sources.c.key))
        return tuple(SourceRecord(*row) for row in rows)
