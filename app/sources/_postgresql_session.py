"""A PostgreSQL source as one grant opens it: through its airlock, with a login of its own."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, override

import psycopg

from app.domain.airlock import check_name
from app.domain.errors import SourceError
from app.ports.airlocks import Attested
from app.sources._airlock_session import SessionSource
from app.sources._postgresql_airlock import Keeper, verb_failed
from app.sources._postgresql_reader import PostgresqlReader
from app.sources._postgresql_schema import dialect, find_tables, rows
from app.sources._postgresql_wire import Address
from app.sources._sql import Statement, quoted, require

if TYPE_CHECKING:
    from app.domain.plan import Selection
    from app.ports.sources import Capability


class PostgresqlSession(SessionSource[Address]):
    """One grant's way into a PostgreSQL database."""

    @override
    def _keeper(self, address: Address) -> Keeper:
        return Keeper(address, self._names)

    @override
    def _reader(self, capability: Capability) -> SessionReader:
        return SessionReader(
            self._address,
            capability,
            schema=self._names.schema,
            patience=self._patience,
            explain=self._explain,
        )

    @override
    def _begin(self) -> float:
        connection = self._address.connect()
        try:
            ((left,),) = rows(
                connection,
                "SELECT extract(epoch FROM b.ends - clock_timestamp())"  # noqa: S608 - our own name
                f" FROM (SELECT {self._names.schema}.begin() AS ends) AS b",
            )
            return float(left)
        except psycopg.Error as error:
            failure = verb_failed(error)
        finally:
            connection.close()
        raise failure

    @override
    def _knock(self) -> None:
        self._address.connect().close()


class SessionReader(PostgresqlReader):
    """Reads views; whose rows they give is between the server and its ledger."""

    _schema = ""

    @override
    def _look_around(self, schema: str) -> None:
        self._schema = schema
        connection = self._wire.connection
        shapes = rows(
            connection,
            f"SELECT collection, view_name, row_bytes FROM {schema}.shape()",  # noqa: S608
        )
        called = {collection: (view, int(width)) for collection, view, width in shapes}
        views = find_tables(connection, [view for view, _ in called.values()], path=[schema])
        self._tables = {
            collection: replace(views[view], row_bytes=width)
            for collection, (view, width) in called.items()
            if view in views
        }
        self._dialect = dialect(connection)
        connection.execute("SAVEPOINT sandglass")

    @override
    def _statement(self, selection: Selection) -> Statement:
        require(self._capability, replace(selection, ways=()))
        table = self._tables.get(selection.collection)
        if table is None:
            raise SourceError("airlock.missing_view", collection=selection.collection)
        for name in selection.fields:
            if table.find(name) is None:
                raise SourceError("airlock.missing_view", collection=selection.collection)
        columns = ", ".join(quoted(name) for name in selection.fields)
        return Statement(f"SELECT {columns} FROM {table.sql}")  # noqa: S608 - names are quoted

    @override
    def count_shared(
        self, selection: Selection, holder: Selection, pairs: tuple[tuple[str, str], ...]
    ) -> int:
        self._wire.check()
        name = check_name(selection.collection, holder.collection, pairs)
        ((count,),) = self._ask(f"SELECT {self._schema}.shared($1)", name)
        return int(count)

    def attest(self, origin: str) -> Attested:
        """Return the keys called ``origin`` that lead from here into another source."""
        ((text, mac),) = self._ask(
            f"SELECT a.attested, encode(a.mac, 'hex') FROM {self._schema}.attest($1) AS a",  # noqa: S608
            origin,
        )
        keys = tuple(tuple(key) for key in json.loads(text)["keys"])
        return Attested(keys, text, bytes.fromhex(mac or ""))

    def bring(self, text: str, mac: bytes | None) -> None:
        """Hand over keys of another source; what is read from now on sees them."""
        self._wire.run(lambda: self._wire.connection.execute("COMMIT"))
        try:
            self._ask(f"SELECT {self._schema}.bring($1, $2)", text, mac)
        finally:
            self._wire.begin()
            self._wire.run(lambda: self._wire.connection.execute("SAVEPOINT sandglass"))

    def _ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        try:
            return self._wire.run(lambda: self._answer(query, values))
        except _VerbError as error:
            failure = error.failure
        raise failure

    def _answer(self, query: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
        try:
            cursor = psycopg.RawCursor(self._wire.connection)
            return list(cursor.execute(query.encode(), values).fetchall())
        except psycopg.Error as error:
            failure = verb_failed(error)
            if not failure.code.startswith("airlock."):
                raise
        raise _VerbError(failure)


class _VerbError(Exception):
    """Carries what an airlock refused past the wire, which knows only the driver's errors."""

    def __init__(self, failure: SourceError) -> None:
        super().__init__(failure.code)
        self.failure = failure
