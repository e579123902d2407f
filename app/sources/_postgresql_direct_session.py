"""A PostgreSQL source as one grant enters it without an airlock: by a login on the tables.

The server keeps the fields, of everybody, and lets nobody log in after the login's last moment.
Whose rows are read, and when reading ends, is Sandglass's alone.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psycopg

from app.domain.airlock import Proof
from app.domain.errors import SourceError
from app.sources._postgresql_direct import DirectKeeper
from app.sources._postgresql_errors import reading_failed
from app.sources._postgresql_reader import PostgresqlReader

if TYPE_CHECKING:
    from datetime import datetime

    from app.domain.datamap import SourceMap
    from app.ports.airlocks import GrantState, SessionKeys
    from app.ports.sources import Capability, Difference
    from app.sources._airlock_script import Names
    from app.sources._postgresql_wire import Address
    from app.sources._window import Patience

_ENDED_LOOKS_LIKE = frozenset(
    {
        "source.gone",
        "source.login_refused",
        "source.not_permitted",
        "source.refused",
        "source.unreachable",
    }
)
_LOOKS = 40
_LOOK_SECONDS = 0.05


class DirectSource:
    """One grant's way into a database, by its login."""

    def __init__(
        self,
        address: Address,
        names: Names,
        keys: SessionKeys,
        *,
        source: str,
        schema: str,
        patience: Patience,
    ) -> None:
        self._source = source
        self._schema = schema
        self._patience = patience
        self._grant = keys.grant
        self._address = replace(address, user=names.session(keys.grant), secret=keys.password)
        watchman = replace(address, user=names.watchman, secret=keys.watchman)
        self._keeper = DirectKeeper(watchman, names)

    def now(self) -> datetime:
        """Return the server's own time, in UTC."""
        return self._keeper.now()

    def check(self, source_map: SourceMap) -> tuple[Difference, ...]:
        """Return nothing: the service compares what is installed with the map."""
        del source_map
        return ()

    def open(self, capability: Capability) -> PostgresqlReader:
        """Open a reader of the capability's rows; the login itself could read more of them."""
        state, now = self._state(), self._keeper.now()
        if state is None or state.state != "open" or state.deadline is None:
            raise _closed(state, now)
        theirs = time.monotonic() + (state.deadline - now).total_seconds()
        ours = theirs if capability.deadline is None else min(capability.deadline, theirs)
        try:
            return PostgresqlReader(
                self._address,
                replace(capability, deadline=ours),
                schema=self._schema,
                patience=self._patience,
                explain=self._explain,
            )
        except SourceError as error:
            failure = self._explain(error)
        raise failure

    def end(self, reason: str) -> Proof:
        """Make the login useless, end its sessions, try it, and say what is left.

        The login can take its own password away and end its own sessions; the role itself goes when
        an approver's machine takes it away.
        """
        del reason
        failure = ""
        try:
            self._lock()
        except SourceError as error:
            if error.code != "source.login_refused":
                failure = error.code
        refused, state = self._is_refused(), None
        try:
            state = self._gone()
            now = self._keeper.now()
        except SourceError as error:
            return Proof(self._source, refused=refused, failure=failure or error.code)
        sessions = state.sessions if state is not None else 0
        late = None
        if state is not None and state.deadline is not None and not sessions:
            late = max(0, round((now - state.deadline).total_seconds() * 1000))
        return Proof(
            self._source,
            refused=refused,
            role_absent=state is None,
            sessions=sessions,
            overshoot_ms=late,
            failure="" if refused else failure,
        )

    def _lock(self) -> None:
        connection = self._address.connect()
        try:
            connection.execute("SET default_transaction_read_only = off")
            connection.execute("ALTER ROLE CURRENT_USER PASSWORD NULL")
            self._end_others(connection)
        except psycopg.Error as error:
            failure = reading_failed(error)
        else:
            return
        finally:
            connection.close()
        raise failure

    @staticmethod
    def _end_others(connection: psycopg.Connection[Any]) -> None:
        query = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename = current_user AND pid <> pg_backend_pid()"
        )
        quiet = 0
        for attempt in range(_LOOKS):
            if attempt:
                time.sleep(_LOOK_SECONDS)
            quiet = 0 if connection.execute(query).fetchall() else quiet + 1
            if quiet > 1:  # a login that was in the middle shows a moment later
                return

    def _gone(self) -> GrantState | None:
        """Return the state of the login when its last session has left, or will not."""
        state = self._state()
        for _attempt in range(_LOOKS):
            if state is None or not state.sessions:
                break
            time.sleep(_LOOK_SECONDS)
            state = self._state()
        return state

    def _state(self) -> GrantState | None:
        states = self._keeper.status()
        return next((each for each in states if each.grant == self._grant), None)

    def _is_refused(self) -> bool:
        try:
            self._address.connect().close()
        except SourceError as error:
            return error.code == "source.login_refused"
        return False

    def _explain(self, failure: SourceError) -> SourceError:
        """Say whether this access was ended: a login taken away is refused like a wrong one."""
        if failure.code not in _ENDED_LOOKS_LIKE:
            return failure
        try:
            state, now = self._state(), self._keeper.now()
        except SourceError:
            return failure
        return failure if state is not None and state.state == "open" else _closed(state, now)


def _closed(state: GrantState | None, now: datetime) -> SourceError:
    """Return why a login no longer works: its last moment has passed, or it was taken away."""
    is_over = state is not None and state.deadline is not None and now >= state.deadline
    return SourceError("source.window_closed", reason="expired" if is_over else "stopped")
