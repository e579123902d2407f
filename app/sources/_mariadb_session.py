"""A MariaDB source as one grant opens it: through its airlock, with a login of its own."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, override

from app.domain.airlock import check_name
from app.domain.errors import SourceError
from app.ports.airlocks import Attested
from app.sources._airlock_session import SessionSource
from app.sources._mariadb_airlock import Keeper, ask, verb_failed
from app.sources._mariadb_errors import MariadbError
from app.sources._mariadb_reader import MariadbReader
from app.sources._mariadb_schema import rows
from app.sources._mariadb_values import kind_of
from app.sources._mariadb_watch import Wire
from app.sources._mariadb_wire import Address, bound
from app.sources._sql import SourceColumn, Statement, Table, require

if TYPE_CHECKING:
    from app.domain.plan import Selection
    from app.ports.sources import Capability
    from app.sources._mariadb_watch import Explain
    from app.sources._mariadb_wire import Texts
    from app.sources._window import Patience, Window


class MariadbSession(SessionSource[Address]):
    """One grant's way into a MariaDB database."""

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
        with self._address.connect() as connection:
            ((left,),) = ask(connection, f"CALL {self._names.schema}.`begin`()")
        return int(left or b"0") / 1_000_000

    @override
    def _knock(self) -> None:
        self._address.connect().close()


class SessionReader(MariadbReader):
    """Calls verbs; whose rows they give is between the server and its ledger."""

    def __init__(
        self,
        address: Address,
        capability: Capability,
        *,
        schema: str,
        patience: Patience,
        explain: Explain,
    ) -> None:
        self._schema = schema
        super().__init__(address, capability, patience=patience, explain=explain)

    @override
    def _connect(self, address: Address, *, patience: Patience, **more: Explain) -> Wire:
        return _VerbWire(address, self._window, schema=self._schema, patience=patience, **more)

    @override
    def _look_around(self) -> None:
        connection = self._wire.connection
        connection.run(f"CALL {self._schema}.`snapshot`()")
        columns: dict[str, dict[str, SourceColumn]] = {}
        widths: dict[str, int] = {}
        for collection, name, named, collation, width in rows(
            connection, f"CALL {self._schema}.`shape`()"
        ):
            column = SourceColumn(name, named, kind_of(named), collation=collation)
            columns.setdefault(collection, {})[name] = column
            widths[collection] = int(width)
        self._tables = {
            name: Table(name, name, found, row_bytes=widths[name])
            for name, found in columns.items()
        }

    @override
    def _statement(self, selection: Selection) -> Statement:
        require(self._capability, replace(selection, ways=()))
        table = self._tables.get(selection.collection)
        if table is None or any(table.find(name) is None for name in selection.fields):
            raise SourceError("airlock.missing_view", collection=selection.collection)
        wanted = (selection.collection, json.dumps(selection.fields, ensure_ascii=False))
        return Statement(bound(f"CALL {self._schema}.`read`(?, ?)", wanted))

    @override
    def count_shared(
        self, selection: Selection, holder: Selection, pairs: tuple[tuple[str, str], ...]
    ) -> int:
        self._wire.check()
        name = check_name(selection.collection, holder.collection, pairs)
        ((count,),) = self._ask("shared", name)
        return int(count or b"0")

    def attest(self, origin: str) -> Attested:
        """Return the keys called ``origin`` that lead from here into another source."""
        ((written, mac),) = self._ask("attest", origin)
        text = (written or b"").decode()
        keys = tuple(tuple(key) for key in json.loads(text)["keys"])
        return Attested(keys, text, bytes.fromhex((mac or b"").decode()))

    def bring(self, text: str, mac: bytes | None) -> None:
        """Hand over keys of another source; what is read from now on sees them."""
        try:
            self._ask("bring", text, mac)
        finally:
            self._ask("snapshot")

    def _ask(self, verb: str, *values: object) -> list[Texts]:
        marks = ", ".join("?" for _ in values)
        query = bound(f"CALL {self._schema}.`{verb}`({marks})", values)
        try:
            return self._wire.run(lambda: self._answer(query))
        except _VerbError as error:
            failure = error.failure
        raise failure

    def _answer(self, query: str) -> list[Texts]:
        try:
            return self._wire.connection.run(query)
        except MariadbError as error:
            failure = verb_failed(error)
            if not failure.code.startswith("airlock."):
                raise
        raise _VerbError(failure)


class _VerbWire(Wire):
    """In a verb a session goes by the owner's name: only verbs may look at it, or end it."""

    def __init__(
        self,
        address: Address,
        window: Window,
        *,
        schema: str,
        patience: Patience,
        **more: Explain,
    ) -> None:
        self._schema = schema
        super().__init__(address, window, patience=patience, **more)

    @override
    def _stop(self, *, whole: bool) -> str:
        return f"CALL {self._schema}.`stop`({self._session}, {int(whole)})"

    @override
    def _is_working(self) -> str:
        return f"CALL {self._schema}.`is_working`({self._session})"


class _VerbError(Exception):
    """Carries what an airlock refused past the wire, which knows only the driver's errors."""

    def __init__(self, failure: SourceError) -> None:
        super().__init__(failure.code)
        self.failure = failure
