"""Reads one subject's rows from a MariaDB server, each cell as the server's own text or bytes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Self

from app.domain.errors import SourceError
from app.ports.sources import Column, Rows
from app.sources._mariadb_schema import database, find_tables
from app.sources._mariadb_statements import MariadbStatements, quoted
from app.sources._mariadb_values import cells, kind_of
from app.sources._mariadb_watch import Wire
from app.sources._sql import require, require_comparable
from app.sources._window import Window, batches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.domain.plan import Selection
    from app.ports.sources import Batch, Capability
    from app.sources._mariadb_watch import Explain
    from app.sources._mariadb_wire import Address, Texts
    from app.sources._sql import Statement
    from app.sources._window import Patience

_CHUNK_ROWS = 1000
_COUNT = "bigint"


class MariadbReader:
    """A way into one server for one capability; read from one thread, stop from any.

    One read at a time: the rows of a read must be taken to their end, or their iterator closed,
    before the next read begins.
    """

    def __init__(
        self,
        address: Address,
        capability: Capability,
        *,
        patience: Patience,
        explain: Explain | None = None,
    ) -> None:
        self._capability = capability
        self._window = Window(capability.deadline)
        self._is_reading = False
        more = {"explain": explain} if explain is not None else {}
        self._wire = self._connect(address, patience=patience, **more)
        try:
            self._wire.begin()
            self._wire.run(self._look_around)
        except BaseException:
            self._wire.close()
            raise

    def _connect(self, address: Address, *, patience: Patience, **more: Explain) -> Wire:
        return Wire(address, self._window, patience=patience, **more)

    def _look_around(self) -> None:
        connection = self._wire.connection
        names = dict.fromkeys((*self._capability.disclosed, *self._capability.joined))
        self._home = database(connection)
        self._tables = find_tables(connection, names, home=self._home)
        # A read that fails or is given up goes back to here: its tables are not held any longer.
        connection.run("SAVEPOINT sandglass")

    def read(self, selection: Selection, *, batch_rows: int = 1000) -> Rows:
        """Return the selected rows, streamed, from the snapshot taken when the reader opened."""
        self._wire.check()
        statement = self._statement(selection)
        table = self._tables[selection.collection]
        found = [(name, table.find(name)) for name in selection.fields]
        columns = tuple(Column(name, column.type) for name, column in found if column)
        rows = self._rows(statement, selection.collection, columns=columns, batch_rows=batch_rows)
        return Rows(columns, rows)

    def _statement(self, selection: Selection) -> Statement:
        require(self._capability, selection)
        self._require_visible(selection.collection)
        return MariadbStatements(self._tables).rows(selection)

    def _require_visible(self, collection: str) -> None:
        """Tell a table that this login may not read, which looks as if it were not there."""
        if collection in self._tables:
            return
        table = f"{quoted(self._home)}.{quoted(collection)}"
        query = f"SELECT 1 FROM {table} LIMIT 0"  # noqa: S608 - the name is quoted
        self._wire.run(lambda: self._wire.connection.run(query), collection=collection)

    def count_shared(
        self, selection: Selection, holder: Selection, pairs: tuple[tuple[str, str], ...]
    ) -> int:
        """Return how many rows of ``selection`` other people's rows in ``holder`` point to."""
        self._wire.check()
        ours, theirs = [our for _, our in pairs], [their for their, _ in pairs]
        require_comparable(self._capability, selection, names=ours)
        require_comparable(self._capability, holder, names=theirs)
        statement = MariadbStatements(self._tables).shared(selection, holder, pairs=pairs)
        columns = (Column("count", _COUNT),)
        rows = self._rows(statement, selection.collection, columns=columns, batch_rows=2)
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
        self,
        statement: Statement,
        collection: str,
        *,
        columns: tuple[Column, ...],
        batch_rows: int,
    ) -> Iterator[Batch]:
        self._wire.check()
        if self._is_reading:
            raise SourceError("source.busy", collection=collection)
        self._is_reading = True
        run = partial(self._wire.run, collection=collection)
        kinds = [kind_of(column.type) for column in columns]
        connection = self._wire.connection
        try:
            run(lambda: connection.run("ROLLBACK TO SAVEPOINT sandglass"))
            stream = connection.stream(statement.sql, size=_CHUNK_ROWS)
            chunk: list[Texts] = []
            taken = 0

            def fill(batch: Batch, wanted: int) -> None:
                nonlocal chunk, taken
                while wanted:
                    if taken == len(chunk):
                        chunk, taken = run(lambda: next(stream, [])), 0
                        if not chunk:
                            return
                    part = chunk[taken : taken + wanted]
                    batch += cells(part, kinds)
                    taken += len(part)
                    wanted -= len(part)

            yield from batches(fill, batch_rows=batch_rows, check=self._wire.check)
        finally:
            self._is_reading = False
            self._wire.give_up()
