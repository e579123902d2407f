"""A unit's statements to a shared workspace."""

from __future__ import annotations

import time
from itertools import chain
from typing import TYPE_CHECKING, Any, override

from app.domain.errors import StorageError
from app.storage.engine.shared import TURN, Turn, finish, parts_as_bytes
from app.storage.migrations import NEWEST, is_known
from app.storage.statements import Statements
from app.storage.tables import log

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from sqlalchemy import Connection, Engine, Select

    from app.domain.audit import Entry

_AGAIN = frozenset({"workspace.gone", "workspace.not_ready"})
_AT_ONCE_SECONDS = 3.0
_FETCHED_AT_ONCE = 2000
"""Each part costs a way to the server and back."""


class SharedStatements(Statements):
    """Statements to a PostgreSQL database; ``changed`` is told of every commit of a change."""

    def __init__(
        self, engine: Engine, *, writes: bool, changed: Callable[[], None] | None = None
    ) -> None:
        super().__init__(engine, writes=writes)
        self._changed = changed
        self._last: Entry | None = None

    @override
    def commit(self, entry: int = 0) -> str | None:
        found = super().commit(entry)
        if self._changed is not None:
            self._changed()
        return found

    @override
    def close(self) -> None:
        self._last = None
        super().close()

    @override
    def add_entry(self, entry: Entry) -> None:
        if not self._writes:
            raise TypeError("a unit of work that reads cannot change anything")
        self._connection()
        self._last = entry

    @override
    def workspace_at_begin(self) -> str | None:
        return self.turn.workspace

    @override
    def _connection(self) -> Connection:
        connection = super()._connection()
        if self._last is not None:
            last, self._last = self._last, None
            self.add(log, vars(last))
        return connection

    @override
    def _finish(self, connection: Connection, entry: int) -> str | None:
        last, self._last = self._last, None
        return finish(connection, last, entry)

    @override
    def open(self) -> None:
        began = time.monotonic()
        try:
            super().open()
        except StorageError as error:
            # A connection that lay unused may be dead, and says so at once; nothing was said on it
            # yet. Where it took long, somebody has waited long enough.
            if error.code not in _AGAIN or time.monotonic() - began > _AT_ONCE_SECONDS:
                raise
            super().open()

    @property
    def turn(self) -> Turn:
        """What the transaction found when it began."""
        connection = self._checked()
        if not connection.in_transaction():  # after a commit
            with self._refusable():
                connection.begin()
        found = connection.info[TURN]
        if not isinstance(found, Turn):
            raise TypeError(found)
        return found

    def now(self) -> datetime:
        """Return the server's time when the transaction began, or its turn came."""
        return self.turn.now

    @property
    @override
    def has_logins(self) -> bool:
        return True

    @override
    def head_at_begin(self) -> tuple[int, str, datetime | None] | None:
        return self.turn.head if self._writes else None

    @override
    def stream(
        self, select: Select[*tuple[Any, ...]], *, at_once: int, text_as_bytes: bool = False
    ) -> Iterator[tuple[Any, ...]]:
        if text_as_bytes:
            return chain.from_iterable(self._parts_as_bytes(select))
        return map(tuple, self.each(select, at_once=at_once))

    def _parts_as_bytes(self, select: Select[*tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
        parts = parts_as_bytes(self._connection(), select, at_once=_FETCHED_AT_ONCE)
        try:
            while True:
                self._connection()
                with self._refusable():
                    rows = next(parts, None)
                if rows is None:
                    return
                yield rows
        finally:
            parts.close()

    @override
    def _check_revision(self, connection: Connection) -> None:
        found = connection.info[TURN].revision
        if found == NEWEST:
            return
        code = "workspace.older" if is_known(found) else "workspace.newer"
        raise StorageError(code, found=found, known=NEWEST)

    @override
    def _forget(self, connection: Connection) -> None:
        """Do nothing: what the server keeps of deleted rows is its own; it was sealed besides."""
