"""PostgreSQL databases: opened by a grant through their airlock, which enforces it.

For a DBA who installs no functions there is a weaker way, by roles alone. Without either
``enforcement`` is nobody, so no grant can open such a source. What then reads does so with a login
that the person typed in for that very moment, to try a map, and with all that this login may do.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.domain.airlock import Entrance
from app.domain.fields import FormField
from app.ports.airlocks import AirlockType
from app.ports.sources import Enforcement, SourceType
from app.sources._airlock_script import Names, compared_identities
from app.sources._differences import differences
from app.sources._postgresql_airlock import DbaLogin, GateKeeper, Keeper
from app.sources._postgresql_airlock_script import scram_verifier
from app.sources._postgresql_direct import Broker, DirectDbaLogin, DirectKeeper
from app.sources._postgresql_direct_session import DirectSource
from app.sources._postgresql_reader import PostgresqlReader
from app.sources._postgresql_schema import find_tables, fits, other_tables, rows, search_path
from app.sources._postgresql_session import PostgresqlSession
from app.sources._postgresql_values import decode
from app.sources._postgresql_wire import Address, Wire
from app.sources._servers import encryption, read_url, require_settings, server_fields
from app.sources._window import Patience, Window

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.domain.datamap import SourceMap
    from app.domain.secrets import Secret
    from app.ports.airlocks import SessionKeys
    from app.ports.sources import Capability, Difference, Settings

_PATIENCE = Patience()


class PostgresqlSource:
    """One database, entered with a login that the person gave for this moment."""

    def __init__(
        self, address: Address, *, schema: str = "", patience: Patience = _PATIENCE
    ) -> None:
        self.address = address
        self._schema = schema
        self._patience = patience

    def now(self) -> datetime:
        """Return the server's own time, in UTC."""
        with self._wire() as wire:
            query = "SELECT extract(epoch FROM clock_timestamp())"
            found = wire.run(lambda: rows(wire.connection, query))
        return datetime.fromtimestamp(float(found[0][0]), UTC)

    def check(self, source_map: SourceMap) -> tuple[Difference, ...]:
        """Compare the database's schema with the map; reads no row."""
        wanted = [collection.name for collection in source_map.collections]
        with self._wire() as wire:
            path = wire.run(lambda: search_path(wire.connection, self._schema))
            tables = wire.run(lambda: find_tables(wire.connection, wanted, path=path))
            others = wire.run(lambda: other_tables(wire.connection, tables.values(), path=path))
        return differences(source_map, tables, others=others, fits=fits)

    def open(self, capability: Capability) -> PostgresqlReader:
        """Open a reader that reads no more than ``capability`` says; the server would let it."""
        return PostgresqlReader(
            self.address, capability, schema=self._schema, patience=self._patience
        )

    @contextmanager
    def _wire(self) -> Iterator[Wire]:
        wire = Wire(self.address, Window(None), patience=self._patience)
        try:
            wire.begin()
            yield wire
        finally:
            wire.close()


def _connect(settings: Settings, secret: Secret | None) -> PostgresqlSource:
    require_settings(settings, "host", "database", "user")
    address = Address(
        host=settings["host"].strip(),
        port=settings.get("port", "").strip() or "5432",
        database=settings["database"],
        user=settings["user"],
        ssl_mode=encryption(settings),
        ssl_root_certificate=settings.get("sslrootcert", ""),
        secret=secret,
    )
    return PostgresqlSource(address, schema=settings.get("schema", "").strip())


def _from_url(url: str) -> tuple[Settings, Secret | None]:
    return read_url(url, scheme="postgresql", known={field.key for field in _FIELDS})


_FIELDS = server_fields(
    FormField(
        "schema", "Schema", required=False, is_short=True, help="Where tables are looked for first"
    ),
    port="5432",
    host_help="Name, address or socket folder",
)


def _address(settings: Settings, user: str, secret: Secret | None) -> Address:
    return _connect({**settings, "user": user}, secret).address


def _keys_of(settings: Settings, source: str, keys: SessionKeys) -> PostgresqlSession:
    address = _address(settings, "-", None)
    return PostgresqlSession(address, Names.of(source), keys, source=source, patience=_PATIENCE)


def _login_of(settings: Settings, source: str, keys: SessionKeys) -> DirectSource:
    return DirectSource(
        _address(settings, "-", None),
        Names.of(source),
        keys,
        source=source,
        schema=settings.get("schema", "").strip(),
        patience=_PATIENCE,
    )


_AIRLOCK = AirlockType(
    installer=lambda settings, user, secret: DbaLogin(
        _address(settings, user, secret), settings.get("schema", "").strip()
    ),
    gatekeeper=lambda settings, source, secret: GateKeeper(
        _address(settings, Names.of(source).gatekeeper, secret), Names.of(source)
    ),
    watchman=lambda settings, source, secret: Keeper(
        _address(settings, Names.of(source).watchman, secret), Names.of(source)
    ),
    session=_keys_of,
    verifier=scram_verifier,
    identities=compared_identities,
)

_DIRECT = replace(
    _AIRLOCK,
    installer=lambda settings, user, secret: DirectDbaLogin(
        _address(settings, user, secret), settings.get("schema", "").strip()
    ),
    gatekeeper=lambda settings, source, secret: Broker(
        _address(settings, Names.of(source).broker, secret), Names.of(source)
    ),
    watchman=lambda settings, source, secret: DirectKeeper(
        _address(settings, Names.of(source).watchman, secret), Names.of(source)
    ),
    session=_login_of,
    entrance=Entrance.DIRECT.value,
    enforces=Enforcement.FIELDS,
)

SOURCE = SourceType(
    key="postgresql",
    title="PostgreSQL",
    fields=_FIELDS,
    enforcement=Enforcement.NOBODY,
    connect=_connect,
    decode=decode,
    schemes=("postgresql", "postgres"),
    from_url=_from_url,
    airlock=_AIRLOCK,
    direct=_DIRECT,
)
