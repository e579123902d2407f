"""A connection to MariaDB: statements in, the server's own bytes out; cut from any thread.

The driver is made of coroutines; each connection has an event loop of its own, which runs in
whichever thread calls.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import socket
import ssl
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from asyncmy.connection import Connection as Driver
from asyncmy.constants import CLIENT
from asyncmy.cursors import SSCursor
from asyncmy.errors import OperationalError

from app.sources._mariadb_errors import (
    FAILURES,
    NO_TLS,
    NOT_CONNECTED,
    MariadbError,
    connecting_failed,
)

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

    from app.domain.secrets import Secret

type Texts = tuple[bytes | None, ...]
"""A row as the server's own bytes, texts in UTF-8; None for NULL."""

_CONNECT_SECONDS = 10
_LEAVE_SECONDS = 1
_CHUNK_ROWS = 1000

# The server's warnings quote values, and the driver would log them.
logging.getLogger("asyncmy").disabled = True

_SESSION = (
    "SET NAMES utf8mb4,"
    " sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION',"
    " time_zone = '+00:00', autocommit = 1, sql_big_selects = 1,"
    " sql_select_limit = 18446744073709551615"
)
"""One spelling for every value, whatever the server or the login is set to."""

_PART = re.compile(
    r"`[^`]*`|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|--\s[^\n]*|/\*.*?\*/|(\?)", re.DOTALL
)
_PLAIN = re.compile(r"[A-Za-z0-9_ .:@*+-]*")


class _NotInTheClear:
    """Refuses the ways to log in that would show the password to whoever listens."""

    def __init__(self, _connection: object) -> None: ...

    def authenticate(self, _packet: object) -> object:
        number = 2059
        raise OperationalError(number, "")


@dataclass(frozen=True)
class Address:
    """Where a server is and as whom to enter; a host that begins with / is a socket's path."""

    host: str
    port: str
    database: str
    user: str
    ssl_mode: str
    ssl_root_certificate: str
    secret: Secret | None

    def connect(self, *, timeout_seconds: float = _CONNECT_SECONDS) -> Connection:
        """Return a connection in which every value has one spelling."""
        try:
            return self._connect(timeout_seconds)
        except MariadbError as error:
            failure = connecting_failed(error, host=self.host, port=self.port)
        raise failure

    def _connect(self, seconds: float) -> Connection:
        if self.host.startswith("/") or self.ssl_mode == "disable":
            return self._enter(None, seconds)
        if self.ssl_mode == "prefer":
            with contextlib.suppress(_NoTlsError):
                return self._enter(self._tls(), seconds)
            return self._enter(None, seconds)
        return self._enter(self._tls(), seconds)

    def _tls(self) -> ssl.SSLContext:
        """Return what the server must show; as with libpq, a given certificate is looked at."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = self.ssl_mode == "verify-full"
        if self.ssl_mode == "prefer" or (
            self.ssl_mode == "require" and not self.ssl_root_certificate
        ):
            context.verify_mode = ssl.CERT_NONE
            return context
        try:
            if self.ssl_root_certificate:
                context.load_verify_locations(self.ssl_root_certificate)
            else:
                context.load_default_certs()
        except OSError as error:
            failure = MariadbError(NO_TLS, kind=type(error).__name__)
        else:
            return context
        raise failure

    def _enter(self, tls: ssl.SSLContext | None, seconds: float) -> Connection:
        is_socket = self.host.startswith("/")
        refused = {"mysql_old_password": _NotInTheClear}
        if tls is None and not is_socket:
            refused |= {"mysql_clear_password": _NotInTheClear, "dialog": _NotInTheClear}
        given = {
            **({"unix_socket": self.host} if is_socket else {"host": self.host}),
            "port": int(self.port) if self.port.isdigit() else 0,
            "database": self.database or None,
            "user": self.user,
            "password": self.secret.reveal().encode() if self.secret else b"",
            "ssl": tls,
            "auth_plugin_map": refused,
            "connect_timeout": seconds,
            "program_name": "sandglass",
            "charset": "utf8mb4",
            "use_unicode": False,
            "conv": {},
            "autocommit": None,
        }
        return Connection(given, seconds=seconds)


class _NoTlsError(MariadbError):
    """The server speaks no TLS."""


class _Driver(Driver):
    """The driver, where it is wrong put right before it answers the server's greeting."""

    async def _get_server_information(self: Any) -> None:
        await super()._get_server_information()  # type: ignore[misc]
        if self._ssl_context is not None and not self.server_capabilities & CLIENT.SSL:
            raise _NoTlsError(NO_TLS)
        # Without the old end mark it takes a row that begins with 16 MB for the end of all rows.
        self.server_capabilities &= ~CLIENT.DEPRECATE_EOF


class Connection:
    """One session of a server; used by one thread at a time, cut from any."""

    def __init__(self, given: dict[str, Any], *, seconds: float) -> None:
        self._loop = asyncio.SelectorEventLoop()
        self._driver: Any = None
        self._plug: socket.socket | None = None
        self._is_closed = False
        self._stream: SSCursor | None = None
        self._drainage: asyncio.Task[None] | None = None
        try:
            self._await(asyncio.wait_for(self._enter(given), seconds))
            self.run(_SESSION)
        except BaseException:
            self._leave()
            raise

    async def _enter(self, given: dict[str, Any]) -> None:
        make: Any = _Driver
        self._driver = make(**given)
        await self._driver.connect()
        transport = self._driver._transport  # noqa: SLF001 - the driver has no other way to it
        self._plug = transport.get_extra_info("socket").dup()

    @property
    def number(self) -> int:
        """The server's number of this session."""
        return int(self._driver.thread_id())

    @property
    def is_streaming(self) -> bool:
        """Whether rows of a statement are still to come."""
        return self._stream is not None

    def run(self, sql: str, *values: object) -> list[Texts]:
        """Return the rows of the first result of a statement, each ``?`` a value.

        Values are written as hexadecimal literals, which no SQL mode reads in another way.
        """
        return self._await(self._all(bound(sql, values)))

    def run_script(self, sql: str) -> None:
        """Run statements that ; separates, as the server parses them: no DELIMITER is needed."""
        self._await(self._all(sql))

    def stream(self, sql: str, *values: object, size: int = _CHUNK_ROWS) -> Iterator[list[Texts]]:
        """Yield the rows of a statement in lists of at most ``size``, as they come in.

        Nothing else can be run until they are taken to their end or ``drained``.
        """
        self._stream = self._await(self._begin(bound(sql, values)))
        while rows := self._await(self._take()):
            for start in range(0, len(rows), size):
                yield rows[start : start + size]

    def drained(self, seconds: float) -> bool:
        """Throw away what is still to come of a stream, for so long; say whether all came."""
        return self._await(self._drain(seconds))

    def cut(self) -> None:
        """End whatever runs, at once, from any thread; the connection is lost."""
        if self._plug is not None:
            with contextlib.suppress(OSError):
                self._plug.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Take leave of the server, or end the connection where it still sends."""
        if self._is_closed:
            return
        if self._stream is None:
            with contextlib.suppress(MariadbError):
                self._await(asyncio.wait_for(self._driver.ensure_closed(), _LEAVE_SECONDS))
        self._leave()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def _all(self, sql: str) -> list[Texts]:
        cursor: Any = self._driver.cursor(SSCursor)
        await cursor.execute(sql)
        rows: list[Texts] | None = None
        while True:
            if cursor.description:
                found = await cursor.fetchall()
                rows = found if rows is None else rows
            if not await cursor.nextset():
                return rows or []

    async def _begin(self, sql: str) -> SSCursor:
        cursor: Any = self._driver.cursor(SSCursor)
        await cursor.execute(sql)
        return cursor  # type: ignore[no-any-return]

    async def _take(self) -> list[Texts]:
        """Return what has come in; all of it, or the driver's buffer would grow at every call."""
        cursor: Any = self._stream
        row = await cursor.fetchone() if cursor.description else None
        if row is not None:
            return [row, *cursor._result._take_pending_rows()]  # noqa: SLF001 - see above
        while await cursor.nextset():
            pass
        self._stream = None
        return []

    async def _drain(self, seconds: float) -> bool:
        if self._drainage is None:
            self._drainage = self._loop.create_task(self._take_all())
        # Never cut short: what has come of a packet would be lost, and with it the connection.
        await asyncio.wait({self._drainage}, timeout=seconds)
        if not self._drainage.done():
            return False
        drainage, self._drainage = self._drainage, None
        drainage.result()
        return True

    async def _take_all(self) -> None:
        while self._stream is not None:
            await self._take()

    def _await[T](self, work: Coroutine[Any, Any, T]) -> T:
        if self._is_closed:
            work.close()
            raise MariadbError(NOT_CONNECTED)
        try:
            return self._loop.run_until_complete(work)
        except MariadbError as error:
            failure = type(error)(error.number, state=error.state, kind=error.kind)
        except FAILURES as error:
            failure = MariadbError.of(error)
        self._stream = None
        raise failure

    def _leave(self) -> None:
        """Let go of everything, whatever state it is in."""
        self._is_closed = True
        if self._drainage is not None:
            self._drainage.cancel()
        transport = getattr(self._driver, "_transport", None)
        if transport is not None:
            transport.abort()
        for _ in range(3):  # the rounds in which a transport lets go of its socket
            self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()
        if self._plug is not None:
            self._plug.close()


def bound(sql: str, values: tuple[object, ...]) -> str:
    """Return ``sql`` with each ``?`` outside quotes and comments replaced by the next value."""
    waiting = iter(values)

    def fill(part: re.Match[str]) -> str:
        return literal(next(waiting)) if part.group(1) else part.group()

    return _PART.sub(fill, sql) if values else sql


def literal(value: object) -> str:
    """Return a value as SQL that every mode of the server reads in the same way."""
    if value is None:
        return "NULL"
    if isinstance(value, (int, Decimal)):
        return f"{value:f}" if isinstance(value, Decimal) else str(int(value))
    if isinstance(value, float):
        return f"{value:.17e}"
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"_binary x'{bytes(value).hex()}'"
    text = str(value)
    if _PLAIN.fullmatch(text):  # some statements take a text but no expression
        return f"'{text}'"
    return f"_utf8mb4 x'{text.encode('utf-8', 'surrogateescape').hex()}'"
