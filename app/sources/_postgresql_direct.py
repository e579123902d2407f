"""The logins of the weaker way into a PostgreSQL database: roles do it, and no function of ours.

What an airlock's ledger would hold stands in the comments of the roles, and is gone with them.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, override

import psycopg
from psycopg import sql

from app.domain.airlock import Allowed, Asked, mac
from app.domain.errors import InputError, SourceError
from app.ports.airlocks import GrantState, Installed
from app.sources._airlock_script import FORMAT, Names
from app.sources._postgresql_airlock import DbaLogin, set_own_password, verb_failed
from app.sources._postgresql_airlock_script import uninstall_script
from app.sources._postgresql_direct_script import (
    direct_objects_query,
    leaving_part,
    make_direct_script,
    uninstall_direct_script,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import LiteralString

    from app.domain.airlock import Blueprint
    from app.ports.airlocks import Script, ScriptPart, Verifiers
    from app.sources._postgresql_statements import Dialect
    from app.sources._postgresql_wire import Address
    from app.sources._sql import Table

type _Connection = psycopg.Connection[tuple[Any, ...]]

_LIVE_AT_MOST = 50
_CONNECTIONS = 3
_IDLE_SECONDS = 120
_NEW_OPTIONS_FROM = 160000
"""The version from which a membership says whether it may be inherited, and be switched to."""
_VERIFIER = re.compile(
    r"SCRAM-SHA-256\$[1-9][0-9]{3,5}:[A-Za-z0-9+/]{22}==\$[A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}="
)
"""Exactly so: PostgreSQL takes anything else for a password in clear."""
_LOOKS = 200
_LOOK_SECONDS = 0.05
_STATUS: LiteralString = """
SELECT r.rolname, pg_catalog.shobj_description(r.oid, 'pg_authid'), r.rolcanlogin,
       extract(epoch FROM clock_timestamp()),
       (SELECT count(*) FROM pg_catalog.pg_stat_activity a WHERE a.usesysid = r.oid)
FROM pg_catalog.pg_roles r WHERE r.rolname ~ %s ORDER BY r.rolname
"""


@dataclass(frozen=True)
class DirectKeeper:
    """The login that every member may use: it sees which logins there are, and can do nothing."""

    address: Address
    names: Names

    def installed(self) -> Installed:
        """Return what is installed."""
        with self._connected() as connection:
            about = self._about(connection)
            _run(connection, "SET search_path = pg_catalog, pg_temp")
            ((objects,),) = _run(connection, sql.SQL(direct_objects_query(self.names)))
            ((is_standby,),) = _run(connection, "SELECT pg_is_in_recovery()")
        return Installed(
            FORMAT,
            str(about["map_sha256"]),
            str(about["definition"]),
            datetime.fromtimestamp(float(about["installed_at"]), UTC),
            is_as_installed=about["objects"] == objects,
            keys=dict(about["keys"]),
            waits_for=(),
            is_standby=is_standby == "t",
        )

    def now(self) -> datetime:
        """Return the server's own time, in UTC."""
        with self._connected() as connection:
            return _now(connection)

    def set_key(self, kind: str, key: bytes) -> bool:
        """Take no key: this source checks none."""
        del kind, key
        return True

    def set_password(self, verifier: str) -> None:
        """Replace this login's own password; the server learns the verifier only."""
        with self._connected() as connection:
            set_own_password(connection, verifier)

    def status(self) -> tuple[GrantState, ...]:
        """Return the grants that have a login; those that are over have left nothing."""
        with self._connected() as connection:
            return tuple(state for state, _oid in self._states(connection))

    def close(self, grant: str, *, token: str, reason: str) -> GrantState:
        """Refuse: nobody but the broker takes a login away."""
        del grant, token, reason
        raise SourceError("source.not_permitted")

    def sweep(self) -> None:
        """Do nothing: nobody but the broker takes a login away."""

    def light(self, grant: str) -> None:
        """Do nothing: without functions no fuse burns on the server."""

    @contextmanager
    def _connected(self) -> Iterator[_Connection]:
        connection = self.address.connect()
        try:
            yield connection
        finally:
            connection.close()

    def _about(self, connection: _Connection) -> dict[str, Any]:
        found = _run(
            connection,
            "SELECT shobj_description(oid, 'pg_authid'), current_database() FROM pg_roles"
            " WHERE rolname = %s",
            self.names.scope,
        )
        about = _read(found[0][0]) if found else {}
        if about.get("sandglass") != FORMAT or about.get("database") != found[0][1]:
            raise SourceError("airlock.not_installed")
        return about

    def _states(self, connection: _Connection, grant: str = "") -> list[tuple[GrantState, str]]:
        """Return the grants that have a login, each with the name of that."""
        wanted = f"^{self.names.session(grant)}$" if grant else self.names.session_pattern
        states = []
        for role, comment, can_login, now, sessions in _run(connection, _STATUS, wanted):
            about = _read(comment)
            deadline = about.get("deadline")
            is_over = deadline is None or can_login != "t" or float(now) >= deadline
            state = GrantState(
                grant=role.removeprefix(self.names.session("")),
                reference=str(about.get("reference", "")),
                state="closing" if is_over else "open",
                start_by=_moment(about.get("start_by") or 0),
                deadline=_moment(deadline) if deadline is not None else None,
                sessions=int(sessions),
                has_role=True,
            )
            states.append((state, role))
        return states


@dataclass(frozen=True)
class Broker(DirectKeeper):
    """The approvers' login: it makes the logins of grants, and takes them away.

    The source checks nothing. So this object, on the approver's machine, opens only for what is
    written under the approvers' key.
    """

    _keys: dict[str, bytes] = field(default_factory=dict, compare=False, repr=False)

    @override
    def set_key(self, kind: str, key: bytes) -> bool:
        """Keep a key while this object lives, to check with it what is to be opened."""
        self._keys[kind] = key
        return True

    def open(self, asked: str, asked_mac: bytes, *, allowed: str, allowed_mac: bytes) -> datetime:
        """Make the login of a grant, or find it made; return until when it must begin.

        Nothing on the server notes when a session begins, so the login lasts until the granted
        minutes after the last moment to begin, and Sandglass counts the minutes themselves.
        """
        wanted, given = self._checked(asked, asked_mac, allowed=allowed, allowed_mac=allowed_mac)
        role, until = self.names.session(wanted.grant), given.start_by + given.minutes * 60
        about = json.dumps(
            {
                "sandglass": FORMAT,
                "reference": wanted.reference,
                "start_by": given.start_by,
                "deadline": until,
                "asked_sha256": hashlib.sha256(asked.encode()).hexdigest(),
            }
        )
        with self._connected() as connection:
            self._about(connection)
            live = self._states(connection)
            if any(state.grant == wanted.grant for state, _ in live):
                ((comment,),) = _run(
                    connection,
                    "SELECT shobj_description(%s::regrole, 'pg_authid')",
                    f'"{role}"',
                )
                if comment != about:
                    raise SourceError("airlock.spent")
                return _moment(given.start_by)
            now = _now(connection).timestamp()
            if now >= given.start_by or now >= wanted.not_after:
                raise SourceError("airlock.too_late")
            if len(live) >= _LIVE_AT_MOST:
                raise SourceError("airlock.too_many_grants")
            self._make(connection, role, wanted.verifier, until=until, about=about)
        return _moment(given.start_by)

    def _checked(
        self, asked: str, asked_mac: bytes, *, allowed: str, allowed_mac: bytes
    ) -> tuple[Asked, Allowed]:
        key = self._keys.get("approvers")
        if key is None:
            raise SourceError("airlock.no_key")
        if not hmac.compare_digest(mac(key, allowed), allowed_mac):
            raise SourceError("airlock.not_genuine")
        wanted = given = None
        with suppress(InputError):
            wanted, given = Asked.read(asked), Allowed.read(allowed)
        if wanted is None or given is None or not self._fit(wanted, given, asked_mac):
            raise SourceError("airlock.documents_differ")
        return wanted, given

    def _fit(self, asked: Asked, allowed: Allowed, asked_mac: bytes) -> bool:
        return (
            allowed.asked_mac == asked_mac
            and Names.of(asked.source) == self.names
            and re.fullmatch("[0-9a-f]{16}", asked.grant) is not None
            and _VERIFIER.fullmatch(asked.verifier) is not None
            and 1 <= allowed.minutes <= asked.minutes
            and allowed.approver != asked.requester
        )

    def _make(
        self, connection: _Connection, role: str, verifier: str, *, until: int, about: str
    ) -> None:
        login = sql.Identifier(role)
        statements = [
            sql.SQL(
                "CREATE ROLE {} LOGIN INHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION"
                " NOBYPASSRLS CONNECTION LIMIT {} PASSWORD {} VALID UNTIL {}"
            ).format(login, _CONNECTIONS, verifier, _moment(until).isoformat()),
            sql.SQL("GRANT {} TO {}").format(sql.Identifier(self.names.scope), login)
            + _with(connection, "INHERIT TRUE, SET FALSE"),
            # For whom goes through Sandglass; who does not can set them otherwise.
            sql.SQL("ALTER ROLE {} SET default_transaction_read_only = on").format(login),
            sql.SQL("ALTER ROLE {} SET idle_session_timeout = {}").format(
                login, f"{_IDLE_SECONDS}s"
            ),
            sql.SQL("ALTER ROLE {} SET idle_in_transaction_session_timeout = {}").format(
                login, f"{_IDLE_SECONDS}s"
            ),
            sql.SQL("COMMENT ON ROLE {} IS {}").format(login, about),
        ]
        with connection.transaction():
            for each in statements:
                _run(connection, each)

    def count(self, asked: str, asked_mac: bytes) -> Mapping[str, int]:
        """Count nothing: this login reads no row, and there is no function that would for it."""
        del asked, asked_mac
        return {}

    def end(self, grant: str, *, reason: str) -> GrantState:
        """Take a grant's login away, now; repeatable, each step by itself."""
        with self._connected() as connection:
            now = _now(connection)
            found = self._states(connection, grant)
            if not found:
                return GrantState(grant, "", "closed", start_by=now, closed_at=now, reason=reason)
            state, role = found[0]
            self._disable(connection, role)
            ended = self._end_sessions(connection, role)
            over = _now(connection)
            has_role = not self._drop(connection, role)
            sessions = self._sessions(connection, role) if has_role else 0
        # When nobody was there, the last session went nobody knows when, but before this.
        is_known = ended or (state.deadline is not None and over < state.deadline)
        return GrantState(
            grant,
            state.reference,
            "closing" if has_role or sessions else "closed",
            start_by=state.start_by,
            deadline=state.deadline,
            closed_at=over,
            reason=reason,
            gone_at=over if is_known and not sessions else None,
            ended_sessions=ended,
            sessions=sessions,
            has_role=has_role,
        )

    @override
    def close(self, grant: str, *, token: str, reason: str) -> GrantState:
        """Close as ``end``: this login needs no token."""
        del token
        return self.end(grant, reason=reason)

    @override
    def sweep(self) -> None:
        """Take away every login whose time is over."""
        for state in self.status():
            if state.state != "open":
                self.end(state.grant, reason="expired")

    def rekey(self, digests: Mapping[str, bytes], macs: Mapping[str, bytes]) -> None:
        """Note which keys are in use: this source checks neither old nor new ones."""
        del macs
        with self._connected() as connection:
            about = self._about(connection)
            about["keys"] |= {kind: digest.hex() for kind, digest in digests.items()}
            text = sql.SQL("COMMENT ON ROLE {} IS {}")
            _run(connection, text.format(sql.Identifier(self.names.scope), json.dumps(about)))

    def _disable(self, connection: _Connection, role: str) -> None:
        login = sql.Identifier(role)
        for text in (
            sql.SQL("ALTER ROLE {} NOLOGIN PASSWORD NULL CONNECTION LIMIT 0").format(login),
            sql.SQL("REVOKE {} FROM {}").format(sql.Identifier(self.names.scope), login),
        ):
            _run(connection, text)

    def _end_sessions(self, connection: _Connection, role: str) -> int:
        """End what is connected, as the role itself: so the broker needs no right over others."""
        ended, quiet = 0, 0
        for attempt in range(_LOOKS):
            if attempt:
                time.sleep(_LOOK_SECONDS)
            if not self._sessions(connection, role):
                quiet += 1
                if quiet > 1:  # a login that was in the middle shows a moment later
                    break
                continue
            quiet = 0
            with self._as(connection, role):
                found = _run(
                    connection,
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s",
                    role,
                )
            ended = max(ended, len(found))
        return ended

    def _drop(self, connection: _Connection, role: str) -> bool:
        """Drop a role, with what it may have made; say whether it is gone."""
        drop = sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role))
        try:
            connection.execute(drop)
        except psycopg.errors.DependentObjectsStillExist:
            with self._as(connection, role):
                _run(connection, sql.SQL("DROP OWNED BY {}").format(sql.Identifier(role)))
        except psycopg.Error:
            return False
        else:
            return True
        try:
            connection.execute(drop)
        except psycopg.Error:  # it made something in another database
            return False
        return True

    @staticmethod
    def _sessions(connection: _Connection, role: str) -> int:
        query: LiteralString = "SELECT count(*) FROM pg_stat_activity WHERE usename = %s"
        ((count,),) = _run(connection, query, role)
        return int(count)

    @contextmanager
    def _as(self, connection: _Connection, role: str) -> Iterator[None]:
        login = sql.Identifier(role)
        grant = sql.SQL("GRANT {} TO {}").format(login, sql.Identifier(self.names.broker))
        _run(connection, grant + _with(connection, "INHERIT FALSE, SET TRUE"))
        _run(connection, sql.SQL("SET ROLE {}").format(login))
        try:
            yield
        finally:
            _run(connection, "RESET ROLE")


@dataclass(frozen=True)
class DirectDbaLogin(DbaLogin):
    """A DBA's login, for this moment; it installs the weaker way."""

    @override
    def _made(
        self,
        plan: Blueprint,
        tables: Mapping[str, Table],
        *,
        dialect: Dialect,
        map_sha256: str,
        verifiers: Verifiers,
    ) -> Script:
        return make_direct_script(plan, tables, map_sha256=map_sha256, verifiers=verifiers)

    @override
    def _other_way(
        self, connection: psycopg.Connection[Any], source: str
    ) -> tuple[ScriptPart, ...]:
        is_there = "SELECT FROM pg_catalog.pg_namespace WHERE nspname = %s"
        if not connection.execute(is_there, [Names.of(source).schema]).fetchall():
            return ()
        return (leaving_part(source, uninstall_script(source)),)

    @override
    def uninstall_script(self, source: str) -> str:
        return uninstall_direct_script(source)


def _with(connection: _Connection, options: LiteralString) -> sql.SQL:
    is_new = connection.info.server_version >= _NEW_OPTIONS_FROM
    return sql.SQL(f" WITH {options}" if is_new else "")


def _run(
    connection: _Connection, query: LiteralString | sql.SQL | sql.Composed, *values: object
) -> list[tuple[Any, ...]]:
    try:
        cursor = connection.execute(query, values or None)
        return list(cursor.fetchall()) if cursor.description else []
    except psycopg.Error as error:
        failure = verb_failed(error)
    raise failure


def _now(connection: _Connection) -> datetime:
    ((now,),) = _run(connection, "SELECT extract(epoch FROM clock_timestamp())")
    return _moment(now)


def _read(comment: str | None) -> dict[str, Any]:
    """Return what a comment of ours says; nothing where it is somebody else's."""
    try:
        data = json.loads(comment or "")
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _moment(epoch: str | float) -> datetime:
    return datetime.fromtimestamp(float(epoch), UTC)
