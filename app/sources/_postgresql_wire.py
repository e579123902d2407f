"""A connection that can be cut from outside: at the deadline, by a stop, or when it stalls."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, override

import psycopg
from psycopg import generators, waiting
from psycopg.conninfo import make_conninfo
from psycopg.pq import TransactionStatus
from psycopg.types.string import TextLoader

from app.domain.errors import SourceError
from app.postgresql.reaching import ALWAYS
from app.sources._postgresql_errors import connecting_failed, reading_failed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from psycopg.abc import Buffer

    from app.domain.secrets import Secret
    from app.sources._window import Patience, Window

type Explain = Callable[[SourceError], SourceError]
"""What a failure really means, by somebody who can ask the server."""

_CONNECT_SECONDS = 10
_MOST_MILLISECONDS = 2**31 - 1

_SESSION = """
SET DateStyle = 'ISO, YMD';
SET IntervalStyle = 'iso_8601';
SET TimeZone = 'UTC';
SET bytea_output = 'hex';
SET extra_float_digits = 3;
SET standard_conforming_strings = on;
SET random_page_cost = 1.1;
"""
"""One spelling for every value, whatever the server or the login is set to.

One person's rows are few, which the planner cannot know; at this price it takes an index for them,
where it would else read small tables whole (14 ms for 18 of 36,000 rows, with it 0.4).
"""

_WHO_ANSWERS = """
SELECT pg_catalog.pg_backend_pid(), count(pg_catalog.set_config(name, '0', false))
FROM pg_catalog.pg_settings
WHERE name IN ('statement_timeout', 'transaction_timeout', 'idle_session_timeout')
"""
"""Asked of every new connection: no limit that a DBA set for others cuts a read or a fuse short,
and whether it is the server itself that answers."""

_IS_WORKING = """
SELECT state = 'active' AND wait_event_type IS DISTINCT FROM 'Client'
FROM pg_catalog.pg_stat_activity WHERE pid = %s
"""


class _CutConnection(psycopg.Connection[tuple[Any, ...]]):
    """A connection that asks no server to cancel anything once it is cut: it could wait for long.

    ``Cursor.stream`` cancels whenever it ends early, and does not see that the socket is gone.
    """

    is_cut = False

    @override
    def cancel_safe(self, *, timeout: float = 30.0) -> None:
        if not self.is_cut:
            super().cancel_safe(timeout=timeout)


class ChunkCursor(psycopg.RawCursor[tuple[Any, ...]]):
    """Streams whole chunks: row by row, Python alone takes as long as the server (measured)."""

    def chunks(
        self, query: str, values: list[object] | None, *, size: int
    ) -> Generator[list[tuple[Any, ...]]]:
        """Yield the rows of a query in lists of at most ``size``; as ``stream`` does otherwise."""
        connection, take = self._conn, self._stream_fetchone_gen
        with connection.lock:
            try:
                text = query.encode()
                connection.wait(self._stream_send_gen(text, values, binary=False, size=size))
                is_first = True
                while found := connection.wait(take(is_first)):
                    yield self._tx.load_rows(0, found.ntuples, self._make_row)
                    is_first = False
            finally:
                if self._pgconn.transaction_status == TransactionStatus.ACTIVE:
                    connection.cancel_safe()
                    with contextlib.suppress(psycopg.Error):
                        while connection.wait(take(first=False)):
                            pass
                    with contextlib.suppress(psycopg.Error):
                        connection.wait(take(first=False))


@dataclass(frozen=True)
class Address:
    """Where a server is and as whom to enter."""

    host: str
    port: str
    database: str
    user: str
    ssl_mode: str
    ssl_root_certificate: str
    secret: Secret | None

    def connect(self, *, timeout_seconds: int = _CONNECT_SECONDS) -> _CutConnection:
        """Return a connection whose values are the server's own texts."""
        given = {
            "host": self.host,
            "port": self.port,
            "dbname": self.database,
            "user": self.user,
            "password": self.secret.reveal() if self.secret else "",
            "sslmode": self.ssl_mode,
            "sslrootcert": self.ssl_root_certificate,
            **ALWAYS,
        }
        try:
            connection = _CutConnection.connect(
                make_conninfo(**{key: value for key, value in given.items() if value}),
                connect_timeout=timeout_seconds,
                application_name="sandglass",
                autocommit=True,
            )
        except psycopg.Error as error:
            failure = connecting_failed(error, host=self.host, port=self.port)
        else:
            _keep_texts(connection)
            self._look_who_answers(connection)
            return connection
        raise failure

    def _look_who_answers(self, connection: _CutConnection) -> None:
        """Refuse a pooler: what is set, begun or cancelled there may be somebody else's."""
        try:
            found = connection.execute(_WHO_ANSWERS).fetchone()
        except psycopg.Error as error:
            failure = connecting_failed(error, host=self.host, port=self.port)
        else:
            if found is not None and int(found[0]) == connection.info.backend_pid:
                return
            failure = SourceError("source.pooled", host=self.host, port=self.port)
        connection.close()
        raise failure


class _BrokenTextLoader(psycopg.adapt.Loader):
    """Texts of a server that does not know its own encoding, so that no byte is lost."""

    @override
    def load(self, data: Buffer) -> str:
        return bytes(data).decode("utf-8", "surrogateescape")


def _keep_texts(connection: _CutConnection) -> None:
    """Let every type come as the server's own text: the default loaders change values."""
    loader: type[psycopg.adapt.Loader] = TextLoader
    if connection.info.parameter_status("server_encoding") == "SQL_ASCII":
        loader = _BrokenTextLoader
    for known in psycopg.adapters.types:
        for oid in (known.oid, known.array_oid):
            if oid:
                connection.adapters.register_loader(oid, loader)
    connection.adapters.register_loader(0, loader)


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
        self.connection = address.connect()
        # A descriptor of our own: psycopg may close its own while another thread cuts this one.
        self._plug = socket.fromfd(self.connection.fileno(), socket.AF_INET, socket.SOCK_STREAM)
        self._process = self.connection.info.backend_pid
        self._canceller = self.connection.pgconn.cancel_conn()
        left = window.remaining()
        self._fuse = threading.Timer(left or 0.0, self.cut)
        self._fuse.daemon = True
        if left is not None:
            self._fuse.start()
        threading.Thread(target=self._watch, name="sandglass-wire", daemon=True).start()

    def begin(self) -> None:
        """Begin the one read-only snapshot of this connection."""
        left = self._window.remaining()
        limit = 0 if left is None else min(int(left * 1000) + 1000, _MOST_MILLISECONDS)
        lock_limit = int(self._patience.lock_seconds * 1000)
        encoding = self.connection.info.parameter_status("server_encoding")
        client_encoding = "SQL_ASCII" if encoding == "SQL_ASCII" else "UTF8"
        self.run(
            lambda: self.connection.execute(
                f"SET client_encoding = '{client_encoding}';{_SESSION}"
                f"SET lock_timeout = {lock_limit}; SET statement_timeout = {limit};"
                f"SET idle_in_transaction_session_timeout = {limit};"
                "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
            )
        )

    def run[T](self, work: Callable[[], T], *, collection: str = "") -> T:
        """Return what ``work`` on the connection returns; what it raises comes out as ours."""
        with self._lock:
            self.check()
            self._busy_since = time.monotonic()
            try:
                return work()
            except psycopg.Error as error:
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

    def give_up(self, stream: Iterator[object]) -> None:
        """End a stream, read to its end or not; the snapshot stays if it may still be read from."""
        if self._window.closed() or self._is_stalled:
            with self._lock:  # first, or the driver would try to come to terms with the server
                self.connection.close()
        if isinstance(stream, Generator):
            with self._lock, contextlib.suppress(psycopg.Error):
                stream.close()

    def cut(self) -> None:
        """End whatever runs, here at once, and on the server as soon as it hears of it."""
        self.connection.is_cut = True
        with contextlib.suppress(OSError):
            self._plug.shutdown(socket.SHUT_RDWR)
        threading.Thread(target=self._cancel, name="sandglass-cancel", daemon=True).start()

    def close(self) -> None:
        """Give the connection back, after ending what still runs."""
        if self._ended.is_set():
            return
        self._ended.set()
        self._fuse.cancel()
        if self.connection.info.transaction_status == TransactionStatus.ACTIVE:
            self.cut()
        with self._lock:
            self.connection.close()
            self._plug.close()

    def _failure(self, error: psycopg.Error, *, collection: str) -> SourceError:
        if self._ended.is_set():
            return SourceError("source.closed")
        if self._window.closed():
            return self._window.error()
        if self._is_stalled:
            return self._stalled()
        return self._explain(reading_failed(error, collection=collection))

    def _stalled(self) -> SourceError:
        return SourceError("source.stalled", seconds=self._patience.stall_seconds)

    def _cancel(self) -> None:
        # Not blocking(): that holds up every thread of the process, up to the connect timeout.
        with contextlib.suppress(psycopg.Error):
            self._canceller.start()
            waiting.wait_conn(
                generators.cancel(self._canceller), interval=0.1, timeout=_CONNECT_SECONDS
            )

    def _watch(self) -> None:
        """Cut when nothing has come for long though the server waits for us or is not there.

        Neither keep-alives nor timeouts of server and driver end a connection through a proxy that
        swallows everything; a query that computes for minutes is silent too, so we ask.
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
        """Ask over a second connection whether the server still works on our statement."""
        seconds = max(2, int(self._patience.stall_seconds))
        try:
            with self._address.connect(timeout_seconds=seconds) as probe:
                plug = socket.fromfd(probe.fileno(), socket.AF_INET, socket.SOCK_STREAM)
                fuse = threading.Timer(seconds, plug.shutdown, [socket.SHUT_RDWR])
                fuse.start()
                try:
                    found = probe.execute(_IS_WORKING, [self._process]).fetchone()
                finally:
                    fuse.cancel()
                    plug.close()
        except (psycopg.Error, SourceError):
            return False
        return found == ("t",)
