"""The logins of a PostgreSQL airlock: who installs it, who keeps watch, who opens."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, LiteralString

import psycopg
from psycopg import sql

from app.domain.cautions import cautions_of
from app.domain.errors import SourceError
from app.ports.airlocks import GrantState, Installed
from app.sources._airlock_script import REFUSALS, Names
from app.sources._postgresql_airlock_script import make_script, objects_query, uninstall_script
from app.sources._postgresql_cautions import cautions_query
from app.sources._postgresql_direct_script import leaving_part, uninstall_direct_script
from app.sources._postgresql_errors import reading_failed
from app.sources._postgresql_schema import dialect, find_tables, search_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from app.domain.airlock import Blueprint
    from app.domain.secrets import Secret
    from app.ports.airlocks import Script, ScriptPart, Verifiers
    from app.sources._postgresql_statements import Dialect
    from app.sources._postgresql_wire import Address
    from app.sources._sql import Table

_REFUSALS = {
    **REFUSALS,
    "25006": "source.read_only",
}
_MISSING = frozenset({"3F000", "42P01", "42883"})
_STATUS: LiteralString = (
    "SELECT grant_id, reference, state, extract(epoch FROM start_by),"
    " extract(epoch FROM deadline), extract(epoch FROM closed_at), coalesce(close_reason, ''),"
    " extract(epoch FROM gone_at), ended_sessions, sessions, has_role FROM {}.status()"
)


def verb_failed(error: psycopg.Error) -> SourceError:
    """Return the error to raise for what a verb raised, without any of its text."""
    state = error.sqlstate or ""
    if state in _REFUSALS:
        return SourceError(_REFUSALS[state])
    if state in _MISSING:
        return SourceError("airlock.not_installed")
    return reading_failed(error)


def set_own_password(connection: psycopg.Connection[Any], verifier: str) -> None:
    """Replace the password of who is connected; the server learns the verifier only."""
    try:
        connection.execute(sql.SQL("ALTER ROLE CURRENT_USER PASSWORD {}").format(verifier))
    except psycopg.Error as error:
        failure = verb_failed(error)
    else:
        return
    raise failure


@dataclass(frozen=True)
class Keeper:
    """A login of the airlock that holds no row: each verb runs on a connection of its own."""

    address: Address
    names: Names

    def installed(self) -> Installed:
        """Return what is installed."""
        with self._connected() as connection:
            found = self._one(
                connection,
                "SELECT format, map_sha256, definition, extract(epoch FROM installed_at), objects"
                " FROM {}.about",
            )
            # Definitions are written as the search path has it: the script's own.
            self._run(connection, "SET search_path = pg_catalog, pg_temp")
            (objects,) = self._one(connection, sql.SQL(objects_query(self.names.schema)))
            query: LiteralString = "SELECT kind, sha256, is_set FROM {}.keys_held()"
            keys = self._run(connection, query)
            (is_standby,) = self._one(connection, "SELECT pg_is_in_recovery()")
            found_cautions = self._run(connection, sql.SQL(cautions_query(self.names.schema)))
        return Installed(
            int(found[0]),
            found[1],
            found[2],
            _moment(found[3]),
            is_as_installed=found[4] == objects,
            keys={kind: digest for kind, digest, _ in keys},
            waits_for=tuple(sorted(kind for kind, _, is_set in keys if is_set != "t")),
            is_standby=is_standby == "t",
            cautions=cautions_of(found_cautions),
        )

    def now(self) -> datetime:
        """Return the server's own time, in UTC."""
        with self._connected() as connection:
            (now,) = self._one(connection, "SELECT extract(epoch FROM clock_timestamp())")
        return _moment(now)

    def set_key(self, kind: str, key: bytes) -> bool:
        """Hand over a key; False when the airlock was made for another one."""
        with self._connected() as connection:
            (taken,) = self._one(connection, "SELECT {}.set_key(%s, %s)", kind, key)
        return bool(taken == "t")

    def set_password(self, verifier: str) -> None:
        """Replace this login's own password; the server learns the verifier only."""
        with self._connected() as connection:
            set_own_password(connection, verifier)

    def status(self) -> tuple[GrantState, ...]:
        """Return the grants in the ledger."""
        with self._connected() as connection:
            return self._status(connection)

    def close(self, grant: str, *, token: str, reason: str) -> GrantState:
        """Close a grant with the token of its officer."""
        with self._connected() as connection:
            self._run(connection, "CALL {}.close(%s, %s, %s)", grant, token, reason)
            found = [each for each in self._status(connection) if each.grant == grant]
        if not found:
            raise SourceError("airlock.no_grant")
        return found[0]

    def sweep(self) -> None:
        """Close everything that is due."""
        with self._connected() as connection:
            self._run(connection, "CALL {}.sweep()")

    def light(self, grant: str) -> None:
        """Light the fuse; it burns on the server whatever becomes of us."""
        connection = self.address.connect()
        try:
            self._run(connection, "SET statement_timeout = 0")
            self._run(connection, "SET client_connection_check_interval = 0")
        except BaseException:
            connection.close()
            raise
        burning = threading.Thread(
            target=self._burn, args=(connection, grant), name="sandglass-fuse", daemon=True
        )
        burning.start()

    def _burn(self, connection: psycopg.Connection[Any], grant: str) -> None:
        try:
            self._run(connection, "CALL {}.fuse(%s)", grant)
        except SourceError:
            pass  # the server goes on without us, or whoever sweeps next closes what is due
        finally:
            connection.close()

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection[Any]]:
        connection = self.address.connect()
        try:
            yield connection
        finally:
            connection.close()

    def _run(
        self, connection: psycopg.Connection[Any], query: LiteralString | sql.SQL, *values: object
    ) -> list[tuple[Any, ...]]:
        text = sql.SQL(query) if isinstance(query, str) else query
        try:
            cursor = connection.execute(
                text.format(sql.Identifier(self.names.schema)), values or None
            )
            return list(cursor.fetchall()) if cursor.description else []
        except psycopg.Error as error:
            failure = verb_failed(error)
        raise failure

    def _one(
        self, connection: psycopg.Connection[Any], query: LiteralString | sql.SQL, *values: object
    ) -> tuple[Any, ...]:
        found = self._run(connection, query, *values)
        if not found:
            raise SourceError("airlock.not_installed")
        return found[0]

    def _status(self, connection: psycopg.Connection[Any]) -> tuple[GrantState, ...]:
        return tuple(
            GrantState(
                grant=row[0],
                reference=row[1],
                state=row[2],
                start_by=_moment(row[3]),
                deadline=_moment(row[4]) if row[4] else None,
                closed_at=_moment(row[5]) if row[5] else None,
                reason=row[6],
                gone_at=_moment(row[7]) if row[7] else None,
                ended_sessions=int(row[8]),
                sessions=int(row[9]),
                has_role=row[10] == "t",
            )
            for row in self._run(connection, _STATUS)
        )


@dataclass(frozen=True)
class GateKeeper(Keeper):
    """The approvers' login."""

    def open(self, asked: str, asked_mac: bytes, *, allowed: str, allowed_mac: bytes) -> datetime:
        """Open a grant, or find it open; return until when it must begin."""
        with self._connected() as connection:
            (until,) = self._one(
                connection,
                "SELECT extract(epoch FROM start_by) FROM {}.open(%s, %s, %s, %s)",
                asked, asked_mac, allowed, allowed_mac,
            )  # fmt: skip
        return _moment(until)

    def count(self, asked: str, asked_mac: bytes) -> Mapping[str, int]:
        """Return how many rows each collection would give, without a value."""
        with self._connected() as connection:
            query: LiteralString = "SELECT collection, row_count FROM {}.count(%s, %s)"
            found = self._run(connection, query, asked, asked_mac)
        return {name: int(rows) for name, rows in found}

    def end(self, grant: str, *, reason: str) -> GrantState:
        """Close any grant, now."""
        return self.close(grant, token="", reason=reason)

    def rekey(self, digests: Mapping[str, bytes], macs: Mapping[str, bytes]) -> None:
        """Let go of both keys, and wait for those with these SHA-256."""
        with self._connected() as connection:
            self._run(
                connection,
                "SELECT {}.rekey(%s, %s, %s, %s)",
                digests["officers"], digests["approvers"], macs["officers"], macs["approvers"],
            )  # fmt: skip


@dataclass(frozen=True)
class DbaLogin:
    """A DBA's login, for this moment."""

    address: Address
    schema: str

    def script(self, plan: Blueprint, *, map_sha256: str, verifiers: Verifiers) -> Script:
        """Return the script for the database as it is now."""
        connection = self.address.connect()
        try:
            path = search_path(connection, self.schema)
            tables = find_tables(connection, plan.columns(), path=path)
            made = self._made(
                plan,
                tables,
                dialect=dialect(connection),
                map_sha256=map_sha256,
                verifiers=verifiers,
            )
            before = self._other_way(connection, plan.source)
            return replace(made, parts=(*before, *made.parts))
        except psycopg.Error as error:
            failure = reading_failed(error)
        finally:
            connection.close()
        raise failure

    def run(self, script: str) -> None:
        """Run a script in one transaction."""
        connection = self.address.connect()
        try:
            with connection.transaction():
                connection.execute("SET LOCAL client_min_messages = warning")
                connection.execute(script.encode())
        except psycopg.Error as error:
            failure = verb_failed(error)
        else:
            return
        finally:
            connection.close()
        raise failure

    def uninstall_script(self, source: str) -> str:
        """Return what takes the airlock away again."""
        return uninstall_script(source)

    def _made(
        self,
        plan: Blueprint,
        tables: Mapping[str, Table],
        *,
        dialect: Dialect,
        map_sha256: str,
        verifiers: Verifiers,
    ) -> Script:
        return make_script(
            plan, tables, dialect=dialect, map_sha256=map_sha256, verifiers=verifiers
        )

    def _other_way(
        self, connection: psycopg.Connection[Any], source: str
    ) -> tuple[ScriptPart, ...]:
        """Return what must go before: the weaker way, if it is there."""
        is_there = "SELECT FROM pg_catalog.pg_roles WHERE rolname = %s"
        if not connection.execute(is_there, [Names.of(source).scope]).fetchall():
            return ()
        return (leaving_part(source, uninstall_direct_script(source)),)


def as_login(address: Address, user: str, password: Secret | None) -> Address:
    """Return the address of the same database for another login."""
    return replace(address, user=user, secret=password)


def _moment(epoch: str) -> datetime:
    return datetime.fromtimestamp(float(epoch), UTC)
