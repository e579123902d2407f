"""PostgreSQL's errors as ours; what server and driver say stays out, it quotes values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.errors import SourceError

if TYPE_CHECKING:
    import psycopg

AIRLOCK_EXPIRED = "SG007"
"""What an airlock's gate raises at the deadline."""

_BY_STATE = {
    "42501": "source.not_permitted",
    "42P01": "source.changed",
    "42703": "source.changed",
    "3F000": "source.changed",
    "55P03": "source.locked",
    "53100": "source.disk_full",
    "53300": "source.too_many_connections",
    "57014": "source.cancelled",
    "40001": "source.cancelled",
    "28P01": "source.login_refused",
    "28000": "source.login_refused",
    "3D000": "source.no_database",
    "XX001": "source.corrupt",
    "XX002": "source.corrupt",
}
_BY_CLASS = {
    "08": "source.gone",
    "57": "source.gone",
    "25": "source.gone",
    "58": "source.unreadable",
}

_BY_WORDS = (
    ("password authentication failed", "source.login_refused"),
    ("no password supplied", "source.login_refused"),
    ("fe_sendauth", "source.login_refused"),
    ("no encryption", "source.tls_required"),
    ("no pg_hba.conf entry", "source.login_refused"),
    ("is not permitted to log in", "source.login_refused"),
    ("authentication failed", "source.login_refused"),
    ("too many", "source.too_many_connections"),
    ("remaining connection slots", "source.too_many_connections"),
    ("starting up", "source.not_ready"),
    ("shutting down", "source.not_ready"),
    ("in recovery mode", "source.not_ready"),
    ("certificate verify failed", "source.certificate"),
    ("does not match host name", "source.certificate"),
    ("root certificate file", "source.certificate"),
    ("ssl", "source.tls"),
    ("certificate", "source.tls"),
    ("translate host name", "source.no_host"),
    ("name or service not known", "source.no_host"),
    ("failed to resolve host", "source.no_host"),
    ("getaddrinfo", "source.no_host"),
    ("no such file or directory", "source.unreachable"),
    ("refused", "source.unreachable"),
    ("timeout", "source.unreachable"),
    ("timed out", "source.unreachable"),
    ("unreachable", "source.unreachable"),
    ("no route", "source.unreachable"),
    ("closed the connection", "source.unreachable"),
    ("reset by peer", "source.unreachable"),
)
"""libpq gives no code for a connection that did not come about, only words, the server's among
them. Words of a server in another language end at ``source.refused``."""


def reading_failed(error: psycopg.Error, *, collection: str = "") -> SourceError:
    """Return the error to raise for what a statement raised, without any of its text."""
    state = error.sqlstate
    if state is None:
        gone = type(error).__name__ == "OperationalError"
        code = "source.gone" if gone else "source.failed"
        return SourceError(code, error=type(error).__name__, collection=collection)
    if state == AIRLOCK_EXPIRED:
        return SourceError("source.window_closed", reason="expired")
    code = _BY_STATE.get(state) or _BY_CLASS.get(state[:2], "source.failed")
    if code == "source.changed":
        return SourceError(code, collection=collection, field="")
    return SourceError(code, error=f"{state} {type(error).__name__}", collection=collection)


def connecting_failed(error: psycopg.Error, *, host: str, port: str) -> SourceError:
    """Return the error to raise when no connection came about, without any of its text."""
    if error.sqlstate is not None:
        return reading_failed(error)
    said = str(error).lower()
    if "database" in said and "does not exist" in said:
        code = "source.no_database"
    elif "role" in said and "does not exist" in said:
        code = "source.login_refused"
    else:
        code = next((code for words, code in _BY_WORDS if words in said), "source.refused")
    return SourceError(code, host=host, port=port, error=type(error).__name__)
