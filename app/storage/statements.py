"""A unit's statements: in its own thread and transaction, with errors translated."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import contextmanager
from itertools import chain
from threading import get_ident
from typing import TYPE_CHECKING, Any, override

from sqlalchemy import and_, insert, select, update

from app.storage.failures import translated
from app.storage.migrations import MOVING_TO, NEWEST, unknown
from app.storage.tables import log

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Engine, Executable, Row, Select, Table

    from app.domain.audit import Entry

type Values = Mapping[str, Any]


class Statements(ABC):
    """The connection of one unit of work, between ``open`` and ``close``.

    Once a statement was refused nothing more can be done in the unit: what came before it would
    stay without it.
    """

    def __init__(self, engine: Engine, *, writes: bool, any_revision: bool = False) -> None:
        self._engine = engine
        self._writes = writes
        self._any_revision = any_revision
        self._open: Connection | None = None
        self._thread = 0
        self._is_over = False
        self.destroyed_secrets = False

    def open(self) -> None:
        """Begin the transaction; a reading one fixes its snapshot."""
        if self._open is not None:
            raise RuntimeError("a unit of work begins once")
        with translated():
            self._open = self._engine.connect()
        self._thread = get_ident()
        try:
            with translated():
                self._open.begin()
            if not self._any_revision:
                self._check_revision(self._open)
        except BaseException:
            self.close()
            raise

    @property
    def connection(self) -> Connection:
        """The open connection, in the thread that opened it."""
        return self._connection()

    @property
    def has_logins(self) -> bool:
        """Whether somebody enters the database with a login of her own."""
        return False

    def head_at_begin(self) -> tuple[int, str, datetime | None] | None:
        """Return the log's last entry (number, hash, time) as the transaction found it.

        None where nobody knows without looking.
        """
        return None

    def workspace_at_begin(self) -> str | None:
        """Return the workspace's id as the transaction found it; None where nobody knows it yet."""
        return None

    def commit(self, entry: int = 0) -> str | None:
        """Keep what was written; return the hash of the log's ``entry``, if it was asked for."""
        connection = self._checked()
        with self._refusable():
            found = self._finish(connection, entry)
        if self.destroyed_secrets:
            self.destroyed_secrets = False
            self._forget(connection)
        return found

    def _finish(self, connection: Connection, entry: int) -> str | None:
        found: str | None = None
        if entry:
            found = connection.execute(select(log.c.hash).where(log.c.number == entry)).scalar()
        connection.commit()
        return found

    def close(self) -> None:
        """Undo what was not committed and give the connection back."""
        connection, self._open = self._open, None
        self._is_over = False
        if connection is not None:
            with translated():
                connection.close()

    def run(self, statement: Executable, rows: Values | Sequence[Values] | None = None) -> int:
        """Run a statement that changes something and return how many rows it changed."""
        if not self._writes:
            raise TypeError("a unit of work that reads cannot change anything")
        connection = self._connection()
        with self._refusable():
            return connection.execute(statement, rows).rowcount

    def add(self, table: Table, rows: Values | Sequence[Values]) -> None:
        """Insert one row or many."""
        if rows:
            self.run(insert(table), rows)

    def add_entry(self, entry: Entry) -> None:
        """Add to the log, before the next statement or the commit; only then it may be refused."""
        self.add(log, vars(entry))

    def put(self, table: Table, row: Values) -> None:
        """Insert a row, or replace the one with the same primary key."""
        keys = table.primary_key.columns
        same = and_(*(column == row[column.key] for column in keys))
        rest = {name: value for name, value in row.items() if name not in keys}
        if not self.run(update(table).where(same).values(rest)):
            self.add(table, row)

    def returning(self, statement: Executable, rows: Sequence[Values]) -> Sequence[Row[Any]]:
        """Run a statement that changes something and return the rows it gives back."""
        if not self._writes:
            raise TypeError("a unit of work that reads cannot change anything")
        connection = self._connection()
        with self._refusable():
            return connection.execute(statement, rows).all()

    def all(self, select: Select[*tuple[Any, ...]]) -> Sequence[Row[*tuple[Any, ...]]]:
        """Return every row."""
        connection = self._connection()
        with self._refusable():
            return connection.execute(select).all()

    def first(self, select: Select[*tuple[Any, ...]]) -> Row[*tuple[Any, ...]] | None:
        """Return the first row, if any."""
        connection = self._connection()
        with self._refusable():
            return connection.execute(select).first()

    def value(self, select: Select[*tuple[Any, ...]]) -> Any:  # noqa: ANN401 - what the column holds
        """Return the first column of the first row, or None."""
        connection = self._connection()
        with self._refusable():
            return connection.execute(select).scalar()

    def each(
        self, select: Select[*tuple[Any, ...]], *, at_once: int
    ) -> Iterator[Row[*tuple[Any, ...]]]:
        """Yield every row, ``at_once`` of them in memory."""
        connection = self._connection()
        with self._refusable():
            result = connection.execute(select, execution_options={"yield_per": at_once})
        try:
            while True:
                self._connection()
                with self._refusable():
                    rows = result.fetchmany(at_once)
                if not rows:
                    return
                yield from rows
        finally:
            result.close()

    @abstractmethod
    def stream(
        self, select: Select[*tuple[Any, ...]], *, at_once: int, text_as_bytes: bool = False
    ) -> Iterator[tuple[Any, ...]]:
        """Yield the driver's own tuples, ``at_once`` of them in memory."""

    def _connection(self) -> Connection:
        """Return the open connection to whoever has a statement for it."""
        return self._checked()

    def _checked(self) -> Connection:
        if self._open is None:
            raise RuntimeError("a unit of work is used between its beginning and its end")
        if self._thread != get_ident():
            raise RuntimeError("a unit of work is used in the thread that opened it")
        if self._is_over:
            raise RuntimeError("a unit of work is over once something in it was refused")
        return self._open

    @contextmanager
    def _refusable(self) -> Iterator[None]:
        try:
            with translated():
                yield
        except BaseException:
            self._is_over = True
            raise

    @abstractmethod
    def _check_revision(self, connection: Connection) -> None:
        """Raise ``workspace.newer`` (or ``older``) for a schema that this program does not know."""

    @abstractmethod
    def _forget(self, connection: Connection) -> None:
        """See to it that destroyed secrets do not linger, as far as that is in our hands."""


class EmbeddedStatements(Statements):
    """Statements to an SQLite file.

    ``moving_to`` is where its workspace may be on its way to: whoever moves it opens it none the
    less.
    """

    def __init__(
        self, engine: Engine, *, writes: bool, any_revision: bool = False, moving_to: str = ""
    ) -> None:
        super().__init__(engine, writes=writes, any_revision=any_revision)
        self._revisions = {NEWEST, MOVING_TO + moving_to} if moving_to else {NEWEST}

    @override
    def stream(
        self, select: Select[*tuple[Any, ...]], *, at_once: int, text_as_bytes: bool = False
    ) -> Iterator[tuple[Any, ...]]:
        parts = self._parts(select, at_once=at_once, text_as_bytes=text_as_bytes)
        return chain.from_iterable(parts)

    def _parts(
        self, select: Select[*tuple[Any, ...]], *, at_once: int, text_as_bytes: bool
    ) -> Iterator[list[tuple[Any, ...]]]:
        connection = self._connection()
        with self._refusable():
            # SQLite's cursor reads as it is asked; with stream_results SQLAlchemy takes rows first.
            result = connection.execute(select)
            cursor: sqlite3.Cursor = result.cursor  # type: ignore[assignment]  # the driver's own
        try:
            while True:
                self._connection()
                with self._refusable(), _texts(cursor.connection, as_bytes=text_as_bytes):
                    rows = cursor.fetchmany(at_once)
                if not rows:
                    return
                yield rows
        finally:
            result.close()

    @override
    def _check_revision(self, connection: Connection) -> None:
        """Refuse to work on a database that a newer program upgraded while we had it open.

        SQLite takes a snapshot at the first read, not at BEGIN: this is that read.
        """
        with translated():
            found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        if found not in self._revisions:
            raise unknown(found)

    @override
    def _forget(self, connection: Connection) -> None:
        """Move what was committed out of the write-ahead log, where old pages would linger.

        While somebody reads an older state it stays; then the last one to close the file does it.
        """
        driver = connection.connection.driver_connection
        if driver is not None:
            waits = driver.execute("PRAGMA busy_timeout").fetchone()[0]
            driver.execute("PRAGMA busy_timeout = 0")
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            driver.execute(f"PRAGMA busy_timeout = {waits}")


@contextmanager
def _texts(connection: sqlite3.Connection, *, as_bytes: bool) -> Iterator[None]:
    """Take texts as their bytes while rows are fetched: the driver asks at each value."""
    if not as_bytes:
        yield
        return
    before = connection.text_factory
    connection.text_factory = bytes
    try:
        yield
    finally:
        connection.text_factory = before
