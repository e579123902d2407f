"""The logins of a MariaDB airlock: who installs it, who keeps watch, who opens."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.domain.cautions import cautions_of
from app.domain.errors import SourceError
from app.ports.airlocks import GrantState, Installed
from app.sources._airlock_script import REFUSALS
from app.sources._mariadb_airlock_script import make_script, runnable, uninstall_script
from app.sources._mariadb_errors import MariadbError, reading_failed
from app.sources._mariadb_schema import database, find_tables
from app.sources._mariadb_wire import literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.airlock import Blueprint
    from app.domain.secrets import Secret
    from app.ports.airlocks import Script, Verifiers
    from app.sources._airlock_script import Names
    from app.sources._mariadb_wire import Address, Connection, Texts

_REFUSALS = {
    **REFUSALS,
    "SG013": "airlock.half_installed",
    "SG014": "airlock.events_off",
    "SG015": "airlock.clock_frozen",
    "SG016": "airlock.not_granted",
    "SG017": "airlock.would_lock",
}
_READ_ONLY = frozenset({1290, 1836})
_MISSING = frozenset({1049, 1305, 1370})
"""No such database or verb, or none that this login may call."""


def native_hash(password: Secret) -> str:
    """Return what MariaDB keeps of a password, so that it never sees it (mysql_native_password).

    A hash of a hash without salt: enough for passwords of 24 random bytes, for nothing less.
    """
    once = hashlib.sha1(password.reveal().encode(), usedforsecurity=False).digest()
    return "*" + hashlib.sha1(once, usedforsecurity=False).hexdigest().upper()


def verb_failed(error: MariadbError) -> SourceError:
    """Return the error to raise for what a verb raised."""
    if error.state in _REFUSALS:
        return SourceError(_REFUSALS[error.state])
    if error.number in _READ_ONLY:
        return SourceError("source.read_only")
    if error.number in _MISSING:
        return SourceError("airlock.not_installed")
    return reading_failed(error)


def ask(connection: Connection, query: str, *values: object) -> list[Texts]:
    """Return the rows of a verb's answer; what it refuses comes as ours."""
    try:
        return connection.run(query, *values)
    except MariadbError as error:
        failure = verb_failed(error)
    raise failure


@dataclass(frozen=True)
class Keeper:
    """A login of the airlock that holds no row: each verb runs on a connection of its own."""

    address: Address
    names: Names

    def installed(self) -> Installed:
        """Return what is installed."""
        (found,) = self._call("installed")
        keys = [(_text(kind), _text(digest), is_set == b"1") for kind, digest, is_set in
                self._call("keys_held")]  # fmt: skip
        return Installed(
            int(_text(found[0])),
            _text(found[1]),
            _text(found[2]),
            _moment(found[3]),
            is_as_installed=found[4] == b"1",
            keys={kind: digest for kind, digest, _ in keys},
            waits_for=tuple(sorted(kind for kind, _, is_set in keys if not is_set)),
            is_standby=found[5] != b"0",
            has_fuse=found[6] == b"1",
            cautions=cautions_of(
                (_text(kind), _text(name)) for kind, name in self._call("cautions")
            ),
        )

    def now(self) -> datetime:
        """Return the server's own time, in UTC."""
        with self.address.connect() as connection:
            ((now,),) = ask(connection, "SELECT UNIX_TIMESTAMP(SYSDATE(6))")
        return _moment(now)

    def set_key(self, kind: str, key: bytes) -> bool:
        """Hand over a key; False when the airlock was made for another one.

        It goes covered: what this login says is seen by everybody who shares it.
        """
        verbs = self.names.schema
        with self.address.connect() as connection:
            ((pad,),) = ask(connection, f"CALL {verbs}.`pad`()")
            covered = bytes(a ^ b for a, b in zip(key, pad or b"", strict=False))
            ((taken,),) = ask(connection, f"CALL {verbs}.`set_key`(?, ?)", kind, covered)
        return taken == b"1"

    def set_password(self, verifier: str) -> None:
        """Replace this login's own password; the server learns the verifier only."""
        with self.address.connect() as connection:
            ask(connection, f"SET PASSWORD = {literal(verifier)}")

    def status(self) -> tuple[GrantState, ...]:
        """Return the grants in the ledger."""
        return tuple(_state(row) for row in self._call("status"))

    def close(self, grant: str, *, token: str, reason: str) -> GrantState:
        """Close a grant with the token of its officer."""
        self._call("close", grant, token or None, reason)
        found = [each for each in self.status() if each.grant == grant]
        if not found:
            raise SourceError("airlock.no_grant")
        return found[0]

    def sweep(self) -> None:
        """Close everything that is due."""
        self._call("sweep")

    def light(self, grant: str) -> None:
        """Light the fuse; it burns on the server whatever becomes of us."""
        connection = self.address.connect()
        try:
            ask(connection, "SET SESSION max_statement_time = 0")
        except BaseException:
            connection.close()
            raise
        burning = threading.Thread(
            target=self._burn, args=(connection, grant), name="sandglass-fuse", daemon=True
        )
        burning.start()

    def _burn(self, connection: Connection, grant: str) -> None:
        with contextlib.suppress(SourceError), connection:
            # Where it is cut off the server's own event closes what is due.
            ask(connection, f"CALL {self.names.schema}.`fuse`(?)", grant)

    def _call(self, verb: str, *values: object) -> list[Texts]:
        marks = ", ".join("?" for _ in values)
        with self.address.connect() as connection:
            return ask(connection, f"CALL {self.names.schema}.`{verb}`({marks})", *values)


@dataclass(frozen=True)
class GateKeeper(Keeper):
    """The approvers' login."""

    def open(self, asked: str, asked_mac: bytes, *, allowed: str, allowed_mac: bytes) -> datetime:
        """Open a grant, or find it open; return until when it must begin."""
        ((until,),) = self._call("open", asked, asked_mac, allowed, allowed_mac)
        return _moment(until)

    def count(self, asked: str, asked_mac: bytes) -> Mapping[str, int]:
        """Return how many rows each collection would give, without a value."""
        found = self._call("count", asked, asked_mac)
        return {_text(name): int(_text(rows)) for name, rows in found}

    def end(self, grant: str, *, reason: str) -> GrantState:
        """Close any grant, now."""
        return self.close(grant, token="", reason=reason)

    def rekey(self, digests: Mapping[str, bytes], macs: Mapping[str, bytes]) -> None:
        """Let go of both keys, and wait for those with these SHA-256."""
        self._call(
            "rekey", digests["officers"], digests["approvers"], macs["officers"], macs["approvers"]
        )


@dataclass(frozen=True)
class DbaLogin:
    """A DBA's login, for this moment."""

    address: Address

    def script(self, plan: Blueprint, *, map_sha256: str, verifiers: Verifiers) -> Script:
        """Return the script for the database as it is now."""
        try:
            with self.address.connect() as connection:
                home = database(connection)
                tables = find_tables(connection, plan.columns(), home=home)
        except MariadbError as error:
            failure = reading_failed(error)
        else:
            return make_script(plan, tables, map_sha256=map_sha256, verifiers=verifiers)
        raise failure

    def run(self, script: str) -> None:
        """Run a script; this server changes accounts at once, so one that failed is run again."""
        try:
            with self.address.connect() as connection:
                connection.run_script(runnable(script))
        except MariadbError as error:
            failure = verb_failed(error)
        else:
            return
        raise failure

    def uninstall_script(self, source: str) -> str:
        """Return what takes the airlock away again."""
        return uninstall_script(source)


def _state(row: Texts) -> GrantState:
    return GrantState(
        grant=_text(row[0]),
        reference=_text(row[1]),
        state=_text(row[2]),
        start_by=_moment(row[3]),
        deadline=_moment(row[4]) if row[4] else None,
        closed_at=_moment(row[5]) if row[5] else None,
        reason=_text(row[6]),
        gone_at=_moment(row[7]) if row[7] else None,
        ended_sessions=int(_text(row[8])),
        sessions=int(_text(row[9])),
        has_role=row[10] == b"1",
    )


def _text(cell: bytes | None) -> str:
    return (cell or b"").decode()


def _moment(epoch: bytes | None) -> datetime:
    return datetime.fromtimestamp(float(_text(epoch)), UTC)
