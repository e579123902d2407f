"""Shared workspaces: a schema in a PostgreSQL database, entered by each member as herself."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, override

from app.domain.errors import StorageError
from app.ports.storage import Condition, Lease, Workspace
from app.storage.engine import shared as engine
from app.storage.engine.listening import Leases, Listener
from app.storage.failures import translated
from app.storage.guard import inspecting
from app.storage.migrations import NEWEST
from app.storage.repositories.workspace import Identity
from app.storage.shared_statements import SharedStatements
from app.storage.unit_of_work import SqlUnitOfWork

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from app.domain.addresses import WorkspaceAddress
    from app.domain.secrets import LoginSecret
    from app.ports.servers import Flaw
    from app.storage.heads import RememberedHeads
    from app.storage.unit_of_work import Now

REST_SECONDS = 20.0
"""How long a connection is kept that no unit of work uses: who only looks holds one, to hear."""


class SharedWorkspace(Workspace):
    """A workspace in a PostgreSQL database, as one login sees it.

    The time is the server's; ``clock`` takes its place in tests.
    """

    def __init__(
        self,
        address: WorkspaceAddress,
        secret: LoginSecret | None,
        *,
        heads: RememberedHeads,
        clock: Now | None = None,
        rest_seconds: float = REST_SECONDS,
        lock_seconds: float = engine.LOCK_SECONDS,
    ) -> None:
        channel = engine.channel_of(address, secret)
        self._address, self._secret = address, secret
        self._heads = heads
        self._clock = clock
        self._identity = Identity()
        self._leases = Leases(address, secret, scope=channel)
        self._reader = engine.pool(address, secret, writes=False, lock_seconds=lock_seconds)
        self._writer = engine.pool(address, secret, writes=True, lock_seconds=lock_seconds)
        self._rest_seconds = rest_seconds
        self._used_at = {self._reader: time.monotonic(), self._writer: time.monotonic()}
        self._listener = Listener(
            address, secret, channel=channel, again=self._leases.take_again, beat=self._rest
        )
        self._is_open = True

    @property
    @override
    def place(self) -> str:
        return self._address.text

    @property
    @override
    def is_shared(self) -> bool:
        return True

    @override
    def write(self) -> SqlUnitOfWork:
        return self._unit(self._writer, writes=True)

    @override
    def read(self) -> SqlUnitOfWork:
        return self._unit(self._reader, writes=False)

    @override
    def changes(self) -> int:
        self._must_be_open()
        return self._listener.count()

    @override
    def wait_for_change(self, seen: int, *, seconds: float) -> int:
        self._must_be_open()
        return self._listener.wait(seen, seconds=seconds)

    @override
    def lease(self, name: str) -> SharedLease | None:
        self._must_be_open()
        return SharedLease(self._leases, name) if self._leases.take(name) else None

    @override
    def condition(self) -> Condition:
        self._must_be_open()
        statements = SharedStatements(self._reader, writes=False)
        statements.open()
        try:
            with translated():
                connection = statements.connection
                return Condition(
                    NEWEST,
                    server=engine.server_facts(connection),
                    turn=engine.turn_holder(connection),
                )
        finally:
            statements.close()

    @override
    def end_turn(self) -> tuple[str, int] | None:
        self._must_be_open()
        return engine.end_turn(self._address, self._secret)

    @override
    def flaws(self) -> tuple[Flaw, ...]:
        self._must_be_open()
        return inspecting.flaws_at(self._address, self._secret)

    @override
    def close(self) -> None:
        self._is_open = False
        self._listener.close()
        self._leases.close()
        self._reader.dispose()
        self._writer.dispose()

    def _unit(self, shared: Engine, *, writes: bool) -> SqlUnitOfWork:
        self._must_be_open()
        self._used_at[shared] = time.monotonic()
        statements = SharedStatements(shared, writes=writes, changed=self._listener.bump)
        return SqlUnitOfWork(
            statements,
            clock=self._clock or statements,
            heads=self._heads,
            identity=self._identity,
        )

    def _rest(self) -> None:
        """Close connections that no unit of work uses: a server has room for so many only."""
        for each, used_at in list(self._used_at.items()):
            if time.monotonic() - used_at >= self._rest_seconds:
                engine.rest(each)

    def _must_be_open(self) -> None:
        if not self._is_open:
            raise StorageError("workspace.closed", path=self.place)


class SharedLease(Lease):
    """A lock on the server that ends with the process that holds it."""

    def __init__(self, leases: Leases, name: str) -> None:
        self._leases = leases
        self._name = name

    @override
    def release(self) -> None:
        self._leases.release(self._name)
