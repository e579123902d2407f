"""Reads one subject's rows from a PostgreSQL server, each cell as the server's own text."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Self

from app.domain.errors import SourceError
from app.ports.sources import Column, Rows
from app.sources._postgresql_schema import dialect, find_tables, search_path
from app.sources._postgresql_statements import PostgresqlStatements
from app.sources._postgresql_wire import ChunkCursor, Wire
from app.sources._sql import require, require_comparable
from app.sources._window import Window, batches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.domain.plan import Selection
    from app.ports.sources import Batch, Capability
    from app.sources._postgresql_wire import Address, Explain
    from app.sources._sql import Statement
    from app.sources._window import Patience

_CHUNK_ROWS = 1000
_CHUNK_BYTES = 16 * 2**20


class PostgresqlReader:
    """A way into one database for one capability; read from one thread, stop from any.

    One read at a time: the rows of a read must be taken to their end, or their iterator closed,
    before the next read begins.
    """

    def __init__(
        self,
        address: Address,
        capability: Capability,
        *,
        schema: str,
        patience: Patience,
        explain: Explain | None = None,
    ) -> None:
        self._capability = capability
        self._window = Window(capability.deadline)
        self._is_reading = False
        more = {"explain": explain} if explain is not None else {}
        self._wire = Wire(address, self._window, patience=patience, **more)
        try:
            self._wire.begin()
            self._wire.run(partial(self._look_around, schema))
        except BaseException:
            self._wire.close()
            raise

    def _look_around(self, schema: str) -> None:
        connection = self._wire.connection
        names = dict.fromkeys((*self._capability.disclosed, *self._capability.joined))
        path = search_path(connection, schema)
        self._tables = find_tables(connection, names, path=path)
        self._dialect = dialect(connection)
        # A read that fails or is given up rolls back to here: the others keep the one snapshot.
        connection.execute("SAVEPOINT sandglass")

    def read(self, selection: Selection, *, batch_rows: int = 1000) -> Rows:
        """Return the selected rows, streamed, from the snapshot taken when the reader opened."""
        self._wire.check()
        statement = self._statement(selection)
        table = self._tables[selection.collection]
        found = [(name, table.find(name)) for name in selection.fields]
        columns = tuple(Column(name, column.type) for name, column in found if column)
        chunk_rows = _CHUNK_BYTES // table.row_bytes if table.row_bytes else _CHUNK_ROWS
        chunk_rows = max(1, min(chunk_rows, _CHUNK_ROWS))
        rows = self._rows(
            statement, selection.collection, batch_rows=batch_rows, chunk_rows=chunk_rows
        )
        return Rows(columns, rows)

    def _statement(self, selection: Selection) -> Statement:
        require(self._capability, selection)
        return PostgresqlStatements(self._tables, dialect=self._dialect).rows(selection)

    def count_shared(
        self, selection: Selection, holder: Selection, pairs: tuple[tuple[str, str], ...]
    ) -> int:
        """Return how many rows of ``selection`` other people's rows in ``holder`` point to."""
        self._wire.check()
        ours, theirs = [our for _, our in pairs], [their for their, _ in pairs]
        require_comparable(self._capability, selection, names=ours)
        require_comparable(self._capability, holder, names=theirs)
        statements = PostgresqlStatements(self._tables, dialect=self._dialect)
        statement = statements.shared(selection, holder, pairs=pairs)
        rows = self._rows(statement, selection.collection, batch_rows=2, chunk_rows=2)
        ((count,),) = [row for batch in rows for row in batch]
        return int(str(count))

    def stop(self) -> None:
        """End every read at once; may be called from any thread, and more than once."""
        if not self._window.closed():
            self._window.stop()
            self._wire.cut()

    def close(self) -> None:
        """Give the connection back. Nothing can be read afterwards."""
        self._wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _rows(
        self, statement: Statement, collection: str, *, batch_rows: int, chunk_rows: int
    ) -> Iterator[Batch]:
        if self._is_reading:
            raise SourceError("source.busy", collection=collection)
        self._is_reading = True
        run = partial(self._wire.run, collection=collection)
        stream: Iterator[Batch] = iter(())
        try:
            run(lambda: self._wire.connection.execute("ROLLBACK TO SAVEPOINT sandglass"))
            cursor = ChunkCursor(self._wire.connection)
            stream = cursor.chunks(statement.sql, statement.values or None, size=chunk_rows)
            chunk: Batch = []
            taken = 0

            def fill(batch: Batch, wanted: int) -> None:
                nonlocal chunk, taken
                while wanted:
                    if taken == len(chunk):
                        chunk, taken = run(lambda: next(stream, [])), 0
                        if not chunk:
                            return
                    part = chunk[taken : taken + wanted]
                    batch += part
                    taken += len(part)
                    wanted -= len(part)

            yield from batches(fill, batch_rows=batch_rows, check=self._wire.check)
        finally:
            self._is_reading = False
            self._wire.give_up(stream)
