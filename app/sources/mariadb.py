"""MariaDB databases, 10.6 and later: tried with a login that the person gave for that moment.

Without an airlock ``enforcement`` is nobody, so no grant can open such a source. What then reads
does so with all that this login may do.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.ports.airlocks import AirlockType
from app.ports.sources import Enforcement, SourceType
from app.sources._airlock_script import Names
from app.sources._differences import differences
from app.sources._mariadb_airlock import DbaLogin, GateKeeper, Keeper, native_hash
from app.sources._mariadb_airlock_script import identities_as_compared
from app.sources._mariadb_reader import MariadbReader
from app.sources._mariadb_schema import database, find_tables, fits, other_tables, rows
from app.sources._mariadb_session import MariadbSession
from app.sources._mariadb_values import decode
from app.sources._mariadb_watch import Wire
from app.sources._mariadb_wire import Address
from app.sources._servers import encryption, read_url, require_settings, server_fields
from app.sources._window import Patience, Window

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.domain.datamap import SourceMap
    from app.domain.secrets import Secret
    from app.ports.airlocks import SessionKeys
    from app.ports.sources import Capability, Difference, Settings

_PATIENCE = Patience()


class MariadbSource:
    """One database, entered with a login that the person gave for this moment."""

    def __init__(self, address: Address, *, patience: Patience = _PATIENCE) -> None:
        self.address = address
        self._patience = patience

    def now(self) -> datetime:
        """Return the server's own time, in UTC."""
        with self._wire() as wire:
            found = wire.run(lambda: rows(wire.connection, "SELECT UTC_TIMESTAMP(6)"))
        return datetime.fromisoformat(found[0][0]).replace(tzinfo=UTC)

    def check(self, source_map: SourceMap) -> tuple[Difference, ...]:
        """Compare the database's schema with the map; reads no row."""
        wanted = [collection.name for collection in source_map.collections]
        with self._wire() as wire:
            home = wire.run(lambda: database(wire.connection))
            tables = wire.run(lambda: find_tables(wire.connection, wanted, home=home))
            others = wire.run(lambda: other_tables(wire.connection, tables.values(), home=home))
        return differences(source_map, tables, others=others, fits=fits)

    def open(self, capability: Capability) -> MariadbReader:
        """Open a reader that reads no more than ``capability`` says; the server would let it."""
        return MariadbReader(self.address, capability, patience=self._patience)

    @contextmanager
    def _wire(self) -> Iterator[Wire]:
        wire = Wire(self.address, Window(None), patience=self._patience)
        try:
            wire.begin()
            yield wire
        finally:
            wire.close()


def _connect(settings: Settings, secret: Secret | None) -> MariadbSource:
    require_settings(settings, "host", "database", "user")
    address = Address(
        host=settings["host"].strip(),
        port=settings.get("port", "").strip() or "3306",
        database=settings["database"],
        user=settings["user"],
        ssl_mode=encryption(settings),
        ssl_root_certificate=settings.get("sslrootcert", ""),
        secret=secret,
    )
    return MariadbSource(address)


def _from_url(url: str) -> tuple[Settings, Secret | None]:
    return read_url(url, scheme="mariadb", known={field.key for field in _FIELDS})


_FIELDS = server_fields(
    port="3306",
    host_help="Name, address or socket",
)


def _address(settings: Settings, user: str, secret: Secret | None) -> Address:
    return _connect({**settings, "user": user}, secret).address


def _session(settings: Settings, source: str, keys: SessionKeys) -> MariadbSession:
    address = replace(_address(settings, "-", None), database="")
    return MariadbSession(address, Names.of(source), keys, source=source, patience=_PATIENCE)


def _verbs(settings: Settings, user: str, secret: Secret) -> Address:
    """Return where verbs are called: such a login may not even enter the database of the rows."""
    return replace(_address(settings, user, secret), database="")


_AIRLOCK = AirlockType(
    installer=lambda settings, user, secret: DbaLogin(_address(settings, user, secret)),
    gatekeeper=lambda settings, source, secret: GateKeeper(
        _verbs(settings, Names.of(source).gatekeeper, secret), Names.of(source)
    ),
    watchman=lambda settings, source, secret: Keeper(
        _verbs(settings, Names.of(source).watchman, secret), Names.of(source)
    ),
    session=_session,
    verifier=native_hash,
    identities=identities_as_compared,
)

SOURCE = SourceType(
    key="mariadb",
    title="MariaDB",
    fields=_FIELDS,
    enforcement=Enforcement.NOBODY,
    connect=_connect,
    decode=decode,
    schemes=("mariadb", "mysql"),
    from_url=_from_url,
    airlock=_AIRLOCK,
)
