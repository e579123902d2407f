"""Reads one subject's rows from a SQLite file: fields by authorizer, deadline by interruption."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Self

from app.domain.errors import SourceError
from app.ports.sources import Column, Rows
from app.sources._sql import require, require_comparable
from app.sources._sqlite_authorizer import authorizer
from app.sources._sqlite_errors import guarded, translated
from app.sources._sqlite_schema import find_tables
from app.sources._sqlite_statements import (
    SqliteKey,
    SqliteStatements,
    digits_of_cell,
    fold_cell,
    is_broken,
    number_or_text,
)
from app.sources._window import Window, batches

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.domain.plan import Selection
    from app.ports.sources import Batch, Capability
    from app.sources._sql import Statement

_STEPS_BETWEEN_LOOKS = 1000
_TRY_SECONDS = 0.05


def keep_broken(text: bytes) -> str:
    """Return a text that may not be valid UTF-8, so that its bytes can be had again."""
    return text.decode("utf-8", "surrogateescape")


def connect(path: Path, *, window: Window, patience_seconds: float) -> sqlite3.Connection:
    """Return a read-only connection whose snapshot has begun.

    While it is open, writers of a file without write-ahead log wait: close it soon. A file that is
    locked for longer than ``patience_seconds`` raises ``source.locked``.
    """
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro",
        uri=True,
        timeout=_TRY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=0,  # a cached statement outlives authorizer and deadline
    )
    connection.text_factory = keep_broken
    try:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        connection.execute("PRAGMA temp_store = MEMORY")  # keys of people never touch the disk
        connection.execute("BEGIN DEFERRED")
        _take_snapshot(connection, window=window, patience_seconds=patience_seconds)
    except BaseException:
        connection.close()
        raise
    return connection


def _take_snapshot(
    connection: sqlite3.Connection, *, window: Window, patience_seconds: float
) -> None:
    give_up = time.monotonic() + patience_seconds
    while True:
        window.check()
        try:
            connection.execute("SELECT count(*) FROM main.sqlite_master").fetchone()
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() >= give_up:
                raise
        else:
            return


class SqliteReader:
    """A way into one file for one capability; read from one thread, stop from any."""

    def __init__(self, path: Path, capability: Capability, *, patience_seconds: float) -> None:
        self._path = path
        self._capability = capability
        self._window = Window(capability.deadline)
        self._lock = threading.Lock()
        self._life = threading.Lock()
        self._is_closed = False
        self._lists = 0
        self._keys: dict[int, list[tuple[SqliteKey, ...]]] = {}
        self._connection = guarded(
            partial(connect, path, window=self._window, patience_seconds=patience_seconds),
            path=path,
            window=self._window,
        )
        try:
            guarded(self._confine, path=path, window=self._window)
        except BaseException:
            self._connection.close()
            raise
        left = self._window.remaining()
        self._fuse = threading.Timer(left or 0.0, self._interrupt)
        self._fuse.daemon = True
        if left is not None:
            self._fuse.start()

    def _confine(self) -> None:
        connection = self._connection
        names = dict.fromkeys((*self._capability.disclosed, *self._capability.joined))
        self._tables = find_tables(connection, names)
        rules = authorizer(connection, self._capability, self._tables)
        connection.text_factory = str
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)  # noqa: FBT003
        connection.create_function("sandglass_key", 3, self._key)
        for name, function in (
            ("sandglass_number", number_or_text),
            ("sandglass_fold", fold_cell),
            ("sandglass_digits", digits_of_cell),
        ):
            connection.create_function(name, 1, function, deterministic=True)
        connection.set_authorizer(rules)
        connection.set_progress_handler(self._must_end, _STEPS_BETWEEN_LOOKS)

    def _key(self, number: int, row: int, part: int) -> SqliteKey:
        key = self._keys[number][row][part]
        if isinstance(key, str) and is_broken(key):
            return key.encode("utf-8", "surrogateescape")
        return key

    def read(self, selection: Selection, *, batch_rows: int = 1000) -> Rows:
        """Return the selected rows, streamed, from the snapshot taken when the reader opened."""
        self._check()
        require(self._capability, selection)
        statements = SqliteStatements(self._tables, first_list=self._lists)
        statement = statements.rows(selection)
        self._lists += len(statements.key_lists)
        table = self._tables[selection.collection]
        found = [(name, table.find(name)) for name in selection.fields]
        columns = tuple(Column(name, column.type) for name, column in found if column)
        return Rows(columns, self._batches(statement, statements, batch_rows=batch_rows))

    def count_shared(
        self, selection: Selection, holder: Selection, pairs: tuple[tuple[str, str], ...]
    ) -> int:
        """Return how many rows of ``selection`` other people's rows in ``holder`` point to."""
        self._check()
        ours, theirs = [our for _, our in pairs], [their for their, _ in pairs]
        require_comparable(self._capability, selection, names=ours)
        require_comparable(self._capability, holder, names=theirs)
        statements = SqliteStatements(self._tables, first_list=self._lists)
        statement = statements.shared(selection, holder, pairs=pairs)
        self._lists += len(statements.key_lists)
        found = self._batches(statement, statements, batch_rows=2)
        ((count,),) = [row for batch in found for row in batch]
        return int(str(count))

    def stop(self) -> None:
        """End every read at once; may be called from any thread, and more than once."""
        self._window.stop()
        self._interrupt()

    def close(self) -> None:
        """Give the file back, after ending what still reads."""
        self._is_closed = True
        self._fuse.cancel()
        self._interrupt()
        with self._lock, self._life:
            self._connection.close()

    def _interrupt(self) -> None:
        """End a running statement at its next row, sooner than the progress handler looks.

        With cells of megabytes a thousand steps take a second. The handler stays all the same: an
        interruption that falls between two statements would be forgotten.
        """
        with self._life, contextlib.suppress(sqlite3.ProgrammingError):  # closed already
            self._connection.interrupt()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _must_end(self) -> bool:
        return self._is_closed or self._window.closed()

    def _check(self) -> None:
        if self._is_closed:
            raise SourceError("source.closed")
        self._window.check()

    def _batches(
        self, statement: Statement, statements: SqliteStatements, *, batch_rows: int
    ) -> Iterator[Batch]:
        numbers = range(statements.first_list, statements.first_list + len(statements.key_lists))
        self._keys.update(zip(numbers, statements.key_lists, strict=True))
        try:
            cursor = self._run(statement)
            fill = partial(self._fill, cursor)
            yield from batches(fill, batch_rows=batch_rows, check=self._check)
        finally:
            for number in numbers:
                del self._keys[number]

    def _run(self, statement: Statement) -> sqlite3.Cursor:
        values = {f"p{number}": value for number, value in enumerate(statement.values, start=1)}
        with self._lock:
            self._check()
            execute = partial(self._connection.execute, statement.sql, values)
            return guarded(execute, path=self._path, window=self._window)

    def _fill(self, cursor: sqlite3.Cursor, batch: Batch, wanted: int) -> None:
        """Append up to ``wanted`` rows.

        The driver decodes valid UTF-8 twice as fast as any function of ours. When a cell is not, it
        raises and stays on the row, and the rows before it are in the batch already: so we change
        the decoder and go on from there.
        """
        goal = len(batch) + wanted
        with self._lock:
            self._check()
            while True:
                try:
                    batch.extend(islice(cursor, goal - len(batch)))
                except sqlite3.Error as error:
                    if _is_undecodable(error) and self._connection.text_factory is str:
                        self._connection.text_factory = keep_broken
                        continue
                    failure = translated(error, path=self._path, window=self._window)
                else:
                    return
                break
        raise failure


def _is_undecodable(error: sqlite3.Error) -> bool:
    """Say whether the driver, not SQLite, failed: its own errors carry no code."""
    return isinstance(error, sqlite3.OperationalError) and not hasattr(error, "sqlite_errorcode")
