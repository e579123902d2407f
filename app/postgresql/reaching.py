"""Connecting, and what it means when no connection comes about: libpq says that in words only."""

from __future__ import annotations

import os
import re
import ssl
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psycopg

    from app.domain.secrets import Secret

CONNECT_SECONDS = 10
ALWAYS = {
    # Encrypted by Kerberos no certificate would be checked: it only says who somebody is.
    "gssencmode": "disable",
    # Instead of no passphrase of a certificate's key: OpenSSL would ask on the terminal.
    "sslpassword": "-",
}
"""libpq's settings for every connection."""


class Unreached(StrEnum):
    """Why there is no connection."""

    AUTHORITY_FILE = "authority_file"
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_FILE = "certificate_file"
    CERTIFICATE_NEEDED = "certificate_needed"
    CERTIFICATE_OF_OTHER = "certificate_of_other"
    CERTIFICATE_REFUSED = "certificate_refused"
    KERBEROS = "kerberos"
    KEY_FILE = "key_file"
    KEY_FILE_OPEN = "key_file_open"
    KEY_LOCKED = "key_locked"
    KEY_OF_OTHER = "key_of_other"
    LOGIN_REFUSED = "login_refused"
    NOT_A_MEMBER = "not_a_member"
    NO_DATABASE = "no_database"
    NO_HOST = "no_host"
    NO_RULE = "no_rule"
    NO_TLS = "no_tls"
    NOT_READY = "not_ready"
    OTHER_HOST = "other_host"
    PASSWORD_NEEDED = "password_needed"  # noqa: S105 - a reason, not a password
    REFUSED = "connection_refused"
    TICKET_EXPIRED = "ticket_expired"
    TICKET_NEEDED = "ticket_needed"
    TICKET_OF_OTHER = "ticket_of_other"
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
    # The client's own words of its files and its ticket.
    ("key values mismatch", Unreached.KEY_OF_OTHER),
    ("group or world access", Unreached.KEY_FILE_OPEN),
    ("private key file", Unreached.KEY_FILE),
    ("root certificate file", Unreached.AUTHORITY_FILE),
    ("certificate file", Unreached.CERTIFICATE_FILE),
    ("no kerberos credentials", Unreached.TICKET_NEEDED),
    ("no credentials were supplied", Unreached.TICKET_NEEDED),
    ("ticket expired", Unreached.TICKET_EXPIRED),
    ("gssapi authentication failed", Unreached.TICKET_OF_OTHER),
    ("gss", Unreached.KERBEROS),
    # What the server says of the client's certificate; alerts are the other side's complaints.
    ("requires a valid client certificate", Unreached.CERTIFICATE_NEEDED),
    ("alert certificate required", Unreached.CERTIFICATE_NEEDED),
    ("certificate authentication failed", Unreached.CERTIFICATE_OF_OTHER),
    ("alert certificate expired", Unreached.CERTIFICATE_EXPIRED),
    ("alert unknown ca", Unreached.CERTIFICATE_REFUSED),
    ("alert bad certificate", Unreached.CERTIFICATE_REFUSED),
    ("alert certificate revoked", Unreached.CERTIFICATE_REFUSED),
    ("alert certificate unknown", Unreached.CERTIFICATE_REFUSED),
    ("alert unsupported certificate", Unreached.CERTIFICATE_REFUSED),
    ("no password supplied", Unreached.PASSWORD_NEEDED),
    ("no pg_hba.conf entry", Unreached.NO_RULE),
    ("pg_hba.conf rejects", Unreached.NO_RULE),
    ("database does not exist", Unreached.NO_DATABASE),
    ("does not exist", Unreached.LOGIN_REFUSED),
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
_NAMES = re.compile(r' "[^"]*"')


def why_not(error: psycopg.Error, *, key_file: str = "") -> Unreached:
    """Return why ``connect`` raised ``error``, without any of its text.

    Names of logins, hosts and files say nothing, whatever words are in them. ``key_file`` is that
    of a client's certificate.
    """
    if error.sqlstate is not None:
        return _BY_STATE.get(error.sqlstate, Unreached.REFUSED)
    said = _NAMES.sub("", str(error)).lower()
    reason = next((found for words, found in _BY_WORDS if words in said), Unreached.REFUSED)
    if reason is Unreached.KEY_FILE and _is_locked(key_file):
        return Unreached.KEY_LOCKED  # one in 256 wrong ones opens it, to what is no key
    return reason


def _is_locked(key_file: str) -> bool:
    try:
        return b"ENCRYPTED" in Path(key_file).read_bytes()
    except OSError:
        return False


def verified_tls(*, is_here: bool) -> dict[str, str]:
    """Return libpq's settings for a server whose certificate must be right unless it is here."""
    if is_here:
        return {"sslmode": "prefer"}
    # libpq's own "system" is that of the OpenSSL it came with, which may look elsewhere.
    authorities = ssl.get_default_verify_paths().cafile
    return {"sslmode": "verify-full", "sslrootcert": authorities or "system"}


def identifying(password: Secret | None, *, key: Secret | None) -> dict[str, str]:
    """Return libpq's settings for who is asked to prove a login: with what is given, nothing else.

    ``key`` is the passphrase of a client certificate's key file. libpq would else take a password
    from a file in clear or from the environment.
    """
    found = {
        **ALWAYS,
        "password": password.reveal() if password is not None else "",
        "passfile": str(Path(os.devnull, "none")),
    }
    return found if key is None else {**found, "sslpassword": key.reveal()}
