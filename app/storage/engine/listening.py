"""The two connections that stay: one hears of changes, one holds leases."""

from __future__ import annotations

import hashlib
import threading
import time
from contextlib import suppress
from itertools import chain, repeat
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from app.domain.errors import StorageError
from app.storage.engine.shared import connect
from app.storage.failures import translated

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.domain.addresses import WorkspaceAddress
    from app.domain.secrets import LoginSecret
    from app.storage.engine.shared import PatientConnection

_HEARTBEAT_SECONDS = 3.0
_ANSWER_SECONDS = 3.0
_GRACE_SECONDS = 2.0
_REST_SECONDS = 0.05
"""Eight people who write would wake each other's machines for every entry: the first change is told
at once, and those of the next moment in one.
"""
_PAUSES = (0.1, 0.3, 0.5, 1.0, 2.0, 5.0)


class Listener:
    """Counts changes that anybody commits, from its own thread; connects again as often as it must.

    While it cannot hear, nobody knows what changed: after a few seconds ``count`` says so. It calls
    ``again`` once it is back, and ``beat`` with every change and every few seconds.
    """

    def __init__(
        self,
        address: WorkspaceAddress,
        secret: LoginSecret | None,
        *,
        channel: str,
        again: Callable[[], None],
        beat: Callable[[], None],
    ) -> None:
        self._address = address
        self._secret = secret
        self._channel = channel
        self._again = again
        self._beat = beat
        self._count = 0
        self._news = threading.Condition()
        self._lost_at: float | None = None
        self._is_over = threading.Event()
        self._connection = self._connect()
        threading.Thread(target=self._listen, name="sandglass-feed", daemon=True).start()

    def count(self) -> int:
        """Return a number that grows with every change; ``StorageError("workspace.gone")``."""
        lost_at = self._lost_at
        if lost_at is not None and time.monotonic() - lost_at > _GRACE_SECONDS:
            raise StorageError("workspace.gone", host=self._address.host, port=self._address.port)
        return self._count

    def wait(self, seen: int, *, seconds: float) -> int:
        """Return ``count()`` as soon as it is not ``seen``, or once those seconds have passed."""
        with self._news:
            self._news.wait_for(lambda: self._count != seen or self._is_over.is_set(), seconds)
        return self.count()

    def bump(self) -> None:
        """Count a change, and wake who waits for one.

        One of our own is counted at once, before the server tells it.
        """
        with self._news:
            self._count += 1
            self._news.notify_all()

    def close(self) -> None:
        """Hear no more."""
        self._is_over.set()
        with self._news:
            self._news.notify_all()
        self._connection.cut()

    def _connect(self) -> PatientConnection:
        connection = connect(self._address, self._secret)
        connection.stall_seconds = _ANSWER_SECONDS
        try:
            with translated():
                connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(self._channel)))
        except BaseException:
            connection.close()
            raise
        return connection

    def _listen(self) -> None:
        while not self._is_over.is_set():
            connection = self._connection
            with suppress(psycopg.Error, OSError):
                self._hear(connection)
            connection.close()
            if not self._is_over.is_set():
                self._lost_at = time.monotonic()
                self._reconnect()

    def _hear(self, connection: PatientConnection) -> None:
        while not self._is_over.is_set():
            heard = list(connection.notifies(timeout=_HEARTBEAT_SECONDS, stop_after=1))
            if heard:
                self.bump()
            self._beat()
            if heard:  # what follows at once is heard together
                self._is_over.wait(_REST_SECONDS)
            else:  # a network that swallows everything is quiet too
                connection.execute("SELECT 1")

    def _reconnect(self) -> None:
        for pause in chain(_PAUSES, repeat(_PAUSES[-1])):
            if self._is_over.wait(pause):
                return
            try:
                self._connection = self._connect()
                self._again()
            except (psycopg.Error, StorageError):
                continue
            self._lost_at = None
            self.bump()  # whatever we did not hear of
            return


class Leases:
    """Locks that the server frees when this process ends, held by a connection of their own.

    Anybody who may enter the database can take such a lock and be in the way of a session with it;
    nobody gets anything by that.
    """

    def __init__(
        self, address: WorkspaceAddress, secret: LoginSecret | None, *, scope: str
    ) -> None:
        self._address = address
        self._secret = secret
        self._scope = scope
        self._guard = threading.Lock()
        self._held: set[str] = set()
        self._connection: PatientConnection | None = None

    def take(self, name: str) -> bool:
        """Take a lease; False while anybody, this process too, holds it."""
        with self._guard:
            if name in self._held or not self._lock(name):
                return False
            self._held.add(name)
            return True

    def release(self, name: str) -> None:
        """Give a lease back."""
        with self._guard:
            self._held.discard(name)
            if self._connection is None:
                return
            # Said, not only hung up: the server sees the end of a connection some time later.
            with suppress(psycopg.Error):
                self._connection.execute("SELECT pg_advisory_unlock(%s)", [self._number(name)])
            if not self._held:
                self._connection.close()
                self._connection = None

    def take_again(self) -> None:
        """Take what was held on a connection that broke; what somebody else has by now is lost."""
        with self._guard:
            if self._connection is None or not self._held:
                return
            self._connection.close()
            self._connection = None
            self._held = {name for name in self._held if self._lock(name)}

    def close(self) -> None:
        """Free everything."""
        with self._guard:
            self._held.clear()
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _lock(self, name: str) -> bool:
        with translated():
            if self._connection is None or self._connection.closed:
                self._connection = connect(self._address, self._secret)
                self._connection.stall_seconds = _ANSWER_SECONDS
            found = self._connection.execute(
                "SELECT pg_try_advisory_lock(%s)", [self._number(name)]
            ).fetchone()
        return bool(found and found[0])

    def _number(self, name: str) -> int:
        digest = hashlib.sha256(f"{self._scope} {name}".encode()).digest()
        return int.from_bytes(digest[:8], "big", signed=True)
