"""Connecting, and what it means when no connection comes about: libpq says that in words only."""

from __future__ import annotations

import ssl
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psycopg

CONNECT_SECONDS = 10


class Unreached(StrEnum):
    """Why there is no connection."""

    LOGIN_REFUSED = "login_refused"
    NOT_A_MEMBER = "not_a_member"
    NO_DATABASE = "no_database"
    NO_HOST = "no_host"
    NO_TLS = "no_tls"
    NOT_READY = "not_ready"
    OTHER_HOST = "other_host"
    REFUSED = "connection_refused"
    TLS = "tls"
    TOO_MANY_CONNECTIONS = "too_many_connections"
    UNREACHABLE = "unreachable"


_BY_STATE = {
    "28P01": Unreached.LOGIN_REFUSED,
    "28000": Unreached.LOGIN_REFUSED,
    "3D000": Unreached.NO_DATABASE,
    "53300": Unreached.TOO_MANY_CONNECTIONS,
    "57P03": Unreached.NOT_READY,
}
_BY_WORDS = (
    ("password authentication failed", Unreached.LOGIN_REFUSED),
    ("no password supplied", Unreached.LOGIN_REFUSED),
    ("fe_sendauth", Unreached.LOGIN_REFUSED),
    ("no pg_hba.conf entry", Unreached.LOGIN_REFUSED),
    ("is not permitted to log in", Unreached.LOGIN_REFUSED),
    ("authentication failed", Unreached.LOGIN_REFUSED),
    ("permission denied for database", Unreached.NOT_A_MEMBER),
    ("too many", Unreached.TOO_MANY_CONNECTIONS),
    ("remaining connection slots", Unreached.TOO_MANY_CONNECTIONS),
    ("starting up", Unreached.NOT_READY),
    ("shutting down", Unreached.NOT_READY),
    ("in recovery mode", Unreached.NOT_READY),
    ("not yet accepting connections", Unreached.NOT_READY),
    ("does not support ssl", Unreached.NO_TLS),
    ("does not match host name", Unreached.OTHER_HOST),
    ("ssl", Unreached.TLS),
    ("certificate", Unreached.TLS),
    ("translate host name", Unreached.NO_HOST),
    ("name or service not known", Unreached.NO_HOST),
    ("failed to resolve host", Unreached.NO_HOST),
    ("getaddrinfo", Unreached.NO_HOST),
    ("no such file or directory", Unreached.UNREACHABLE),
    ("refused", Unreached.UNREACHABLE),
    ("timeout", Unreached.UNREACHABLE),
    ("timed out", Unreached.UNREACHABLE),
    ("unreachable", Unreached.UNREACHABLE),
    ("no route", Unreached.UNREACHABLE),
    ("closed the connection", Unreached.UNREACHABLE),
    ("reset by peer", Unreached.UNREACHABLE),
)
"""The server's own words among them; those of a server in another language end at ``REFUSED``."""


def why_not(error: psycopg.Error) -> Unreached:
    """Return why ``connect`` raised ``error``, without any of its text."""
    if error.sqlstate is not None:
        return _BY_STATE.get(error.sqlstate, Unreached.REFUSED)
    said = str(error).lower()
    if "does not exist" in said:
        return Unreached.NO_DATABASE if "database" in said else Unreached.LOGIN_REFUSED
    return next((found for words, found in _BY_WORDS if words in said), Unreached.REFUSED)


def verified_tls(*, is_here: bool) -> dict[str, str]:
    """Return libpq's settings for a server whose certificate must be right unless it is here."""
    if is_here:
        return {"sslmode": "prefer"}
    # libpq's own "system" is that of the OpenSSL it came with, which may look elsewhere.
    authorities = ssl.get_default_verify_paths().cafile
    return {"sslmode": "verify-full", "sslrootcert": authorities or "system"}
