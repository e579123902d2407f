"""A MariaDB connection that ends in time: at the deadline, by a stop, or when it stalls."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from functools import partial
from typing import TYPE_CHECKING

from app.domain.errors import SourceError
from app.sources._mariadb_errors import MariadbError, reading_failed

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.sources._mariadb_wire import Address, Connection
    from app.sources._window import Patience, Window

type Explain = Callable[[SourceError], SourceError]
"""What a failure really means, by somebody who can ask the server."""

_SIDE_SECONDS = 10
_DRAIN_SECONDS = 0.05
_LONGEST_SECONDS = 365 * 24 * 3600

_IS_WORKING = """
SELECT COMMAND <> 'Sleep' AND STATE NOT IN ('Writing to net', 'Reading from net')
FROM information_schema.PROCESSLIST WHERE ID = ?
"""


def _as_it_is(failure: SourceError) -> SourceError:
    return failure


class Wire:
    """One connection under watch; used by one thread at a time, cut from any."""

    def __init__(
        self,
        address: Address,
        window: Window,
        *,
        patience: Patience,
        explain: Explain = _as_it_is,
    ) -> None:
        self._explain = explain
        self._address = address
        self._window = window
        self._patience = patience
        self._lock = threading.RLock()
        self._ended = threading.Event()
        self._busy_since: float | None = None
        self._is_stalled = False
        window.check()
        self.connection: Connection = address.connect()
        self._session = self.connection.number
        left = window.remaining()
        self._fuse = threading.Timer(left or 0.0, self.cut)
        self._fuse.daemon = True
        if left is not None:
            self._fuse.start()
        threading.Thread(target=self._watch, name="sandglass-wire", daemon=True).start()

    def begin(self) -> None:
        """Begin the one read-only snapshot of this connection."""
        left = self._window.remaining()
        limit = _LONGEST_SECONDS if left is None else min(math.ceil(left) + 1, _LONGEST_SECONDS)
        lock_limit = max(1, math.ceil(self._patience.lock_seconds))
        settings = (
            f"SET SESSION lock_wait_timeout = {lock_limit},"
            f" innodb_lock_wait_timeout = {lock_limit},"
            f" max_statement_time = {0 if left is None else limit},"
            f" idle_transaction_timeout = {0 if left is None else limit},"
            f" net_write_timeout = {limit}, in_predicate_conversion_threshold = 0,"
            " default_regex_flags = ''"
        )
        for statement in (
            settings,
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
            "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
        ):
            self.run(partial(self.connection.run, statement))

    def run[T](self, work: Callable[[], T], *, collection: str = "") -> T:
        """Return what ``work`` on the connection returns; what it raises comes out as ours."""
        with self._lock:
            self.check()
            self._busy_since = time.monotonic()
            try:
                return work()
            except MariadbError as error:
                failure = self._failure(error, collection=collection)
            finally:
                self._busy_since = None
        raise failure

    def check(self) -> None:
        """Raise when nothing may be read any more."""
        if self._ended.is_set():
            raise SourceError("source.closed")
        self._window.check()
        if self._is_stalled:
            raise self._stalled()

    def give_up(self) -> None:
        """End a stream, read to its end or not; the snapshot stays if it may still be read from."""
        with self._lock, contextlib.suppress(MariadbError):
            if self._window.closed() or self._is_stalled or self._ended.is_set():
                self.connection.close()
            elif not self.connection.drained(_DRAIN_SECONDS):
                self._aside(self._stop(whole=False))
                with contextlib.suppress(MariadbError):
                    self.connection.drained(self._patience.stall_seconds)
                self.connection.run("DO 0")  # takes what is left of the kill, if it came late

    def cut(self) -> None:
        """End whatever runs, here at once, and on the server as soon as it hears of it."""
        self.connection.cut()
        kill = threading.Thread(
            target=self._aside, args=[self._stop(whole=True)], name="sandglass-kill", daemon=True
        )
        kill.start()

    def close(self) -> None:
        """Give the connection back, after ending what still runs."""
        if self._ended.is_set():
            return
        self._ended.set()
        self._fuse.cancel()
        if self._busy_since is not None or self.connection.is_streaming:
            self.cut()
        with self._lock:
            self.connection.close()

    def _failure(self, error: MariadbError, *, collection: str) -> SourceError:
        if self._ended.is_set():
            return SourceError("source.closed")
        if self._window.closed():
            return self._window.error()
        if self._is_stalled:
            return self._stalled()
        return self._explain(reading_failed(error, collection=collection))

    def _stalled(self) -> SourceError:
        return SourceError("source.stalled", seconds=self._patience.stall_seconds)

    def _aside(self, sql: str) -> list[tuple[bytes | None, ...]]:
        """Run a statement over a second connection, as far as the server allows it one."""
        seconds = min(_SIDE_SECONDS, max(2, self._patience.stall_seconds))
        with (
            contextlib.suppress(MariadbError, SourceError),
            self._address.connect(timeout_seconds=seconds) as side,
        ):
            fuse = threading.Timer(seconds, side.cut)
            fuse.start()
            try:
                return side.run(sql)
            finally:
                fuse.cancel()
        return []

    def _watch(self) -> None:
        """Cut when nothing has come for long though the server waits for us or is not there.

        A query that computes for minutes is silent too, so we ask over a second connection.
        """
        while not self._ended.wait(self._patience.stall_seconds / 4):
            since = self._busy_since
            if since is None or time.monotonic() - since < self._patience.stall_seconds:
                continue
            is_working = self._is_server_working()
            if self._busy_since != since:
                continue
            if not is_working:
                self._is_stalled = True
                self.cut()
                return
            self._busy_since = time.monotonic()

    def _is_server_working(self) -> bool:
        """Ask whether the server still works on our statement."""
        return self._aside(self._is_working()) == [(b"1",)]

    def _stop(self, *, whole: bool) -> str:
        """Return the statement that ends what runs, or the whole session, from another one."""
        return f"KILL {'' if whole else 'QUERY '}{self._session}"

    def _is_working(self) -> str:
        """Return the statement that asks whether the session works on something."""
        return _IS_WORKING.replace("?", str(self._session))
