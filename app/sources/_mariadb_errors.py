"""MariaDB's errors as ours; what server and driver say stays out, it quotes values."""

from __future__ import annotations

import socket
import ssl
import struct
from typing import Self

from asyncmy.errors import MySQLError

from app.domain.errors import SourceError

AIRLOCK_EXPIRED = "SG007"
"""The SQLSTATE that an airlock's gate signals at the deadline."""

FAILURES = (
    MySQLError, OSError, EOFError, RuntimeError, ValueError, TypeError, LookupError,
    AssertionError, AttributeError, struct.error,
)  # fmt: skip
"""What the driver raises, be it for what a server answers that is none."""

LOST = 2013
NOT_CONNECTED = 2006
NO_HOST = 2005
NO_CONNECTION = 2003
NO_TLS = 2026
"""Errors that the MariaDB client numbers itself, without any server."""

_BY_NUMBER = {
    1040: "source.too_many_connections",
    1044: "source.login_refused",
    1045: "source.login_refused",
    1046: "source.no_database",
    1049: "source.no_database",
    1053: "source.not_ready",
    1129: "source.login_refused",
    1130: "source.login_refused",
    1142: "source.not_permitted",
    1143: "source.not_permitted",
    1227: "source.not_permitted",
    1370: "source.not_permitted",
    1021: "source.disk_full",
    1114: "source.disk_full",
    1034: "source.corrupt",
    1035: "source.corrupt",
    1194: "source.corrupt",
    1195: "source.corrupt",
    1712: "source.corrupt",
    1030: "source.unreadable",
    1051: "source.changed",
    1054: "source.changed",
    1146: "source.changed",
    1356: "source.changed",
    1412: "source.changed",
    1203: "source.too_many_connections",
    1226: "source.too_many_connections",
    1205: "source.locked",
    1213: "source.cancelled",
    1317: "source.cancelled",
    1969: "source.cancelled",
    1290: "source.read_only",
    1792: "source.gone",
    1152: "source.gone",
    1158: "source.gone",
    1159: "source.gone",
    1160: "source.gone",
    1161: "source.gone",
    1927: "source.gone",
    LOST: "source.gone",
    NOT_CONNECTED: "source.gone",
    1251: "source.login_refused",
    1275: "source.login_refused",
    1396: "source.login_refused",
    1524: "source.login_refused",
    1698: "source.login_refused",
    1820: "source.login_refused",
    1862: "source.login_refused",
    2059: "source.login_refused",
    4151: "source.login_refused",
    3159: "source.tls",
    NO_TLS: "source.tls",
    NO_HOST: "source.no_host",
    NO_CONNECTION: "source.unreachable",
}


class MariadbError(Exception):
    """What a statement or a connection failed of: numbers only, no word of the server's."""

    def __init__(self, number: int, *, state: str = "", kind: str = "") -> None:
        super().__init__(number, state, kind)
        self.number = number
        self.state = state
        self.kind = kind

    @classmethod
    def of(cls, error: BaseException) -> Self:
        """Return what the driver raised, without its text."""
        kind = type(error).__name__
        reason = error.__cause__
        if isinstance(error, MySQLError):
            number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
            if number == NO_CONNECTION and reason is not None:
                return cls(_of_connecting(reason), kind=type(reason).__name__)
            return cls(number, state=str(error.sqlstate or ""), kind=kind)
        if isinstance(error, OSError):
            return cls(_of_connecting(error), kind=kind)
        return cls(0, kind=kind)


def _of_connecting(error: BaseException) -> int:
    if isinstance(error, socket.gaierror):
        return NO_HOST
    return NO_TLS if isinstance(error, ssl.SSLError) else NO_CONNECTION


def reading_failed(error: MariadbError, *, collection: str = "") -> SourceError:
    """Return the error to raise for what a statement raised."""
    if error.state == AIRLOCK_EXPIRED:
        return SourceError("source.window_closed", reason="expired")
    code = _BY_NUMBER.get(error.number, "source.failed")
    if code == "source.changed":
        return SourceError(code, collection=collection, field="")
    return SourceError(code, error=f"{error.number} {error.kind}", collection=collection)


def connecting_failed(error: MariadbError, *, host: str, port: str) -> SourceError:
    """Return the error to raise when no connection came about."""
    code = _BY_NUMBER.get(error.number, "source.refused")
    if code == "source.gone":
        code = "source.unreachable"
    return SourceError(code, host=host, port=port, error=f"{error.number} {error.kind}")
