"""What database servers have in common: their addresses, and whether the way there is private."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

from app.domain.errors import InputError
from app.domain.fields import FieldKind, FormField
from app.domain.secrets import Secret

if TYPE_CHECKING:
    from collections.abc import Collection

    from app.ports.sources import Settings

_SSL_MODES = ("disable", "prefer", "require", "verify-ca", "verify-full")
"""As libpq names them."""


def server_fields(*more: FormField, port: str, host_help: str) -> tuple[FormField, ...]:
    """Return the form of a source on a server, with ``more`` before its encryption."""
    return (
        FormField("host", "Server", is_short=True, help=host_help),
        FormField(
            "port", "Port", kind=FieldKind.NUMBER, required=False, default=port, is_short=True
        ),
        FormField("database", "Database", is_short=True),
        FormField("user", "Login", required=False, for_the_moment=True),
        FormField(
            "password", "Password", kind=FieldKind.SECRET, required=False, for_the_moment=True
        ),
        *more,
        FormField(
            "sslmode",
            "Encryption",
            kind=FieldKind.CHOICE,
            required=False,
            default="prefer",
            choices=_SSL_MODES,
            is_short=True,
            help="prefer: required, unless the server is on this machine",
        ),
        FormField(
            "sslrootcert",
            "Authority's certificate",
            kind=FieldKind.FILE,
            required=False,
            is_short=True,
        ),
    )


def require_settings(settings: Settings, *names: str) -> None:
    """Refuse settings without these."""
    for name in names:
        if not settings.get(name, "").strip():
            raise InputError("source.setting_missing", setting=name)


def encryption(settings: Settings) -> str:
    """Return the encryption; what is only preferred is required unless the server is here."""
    mode = settings.get("sslmode") or "prefer"
    return "require" if mode == "prefer" and not _is_here(settings["host"].strip()) else mode


def _is_here(host: str) -> bool:
    if host.startswith("/") or host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def read_url(url: str, *, scheme: str, known: Collection[str]) -> tuple[Settings, Secret | None]:
    """Read ``scheme://user:password@host:port/database?sslmode=…``; the password goes apart."""
    try:
        parts = urlsplit(url)
        port = str(parts.port or "")
        given = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:
        parts = None
    if parts is None:
        raise InputError("source.url_unreadable", scheme=scheme)
    settings = {
        "host": unquote(parts.hostname or ""),
        "port": port,
        "database": unquote(parts.path.removeprefix("/")),
        "user": unquote(parts.username or ""),
    }
    password = unquote(parts.password) if parts.password else ""
    for key, value in given:
        name = {"dbname": "database"}.get(key, key)
        if name == "password":
            password = value
        elif name in known:
            settings[name] = value
        else:
            raise InputError("source.url_unknown_parameter", parameter=key)
    return {key: value for key, value in settings.items() if value}, (
        Secret(password) if password else None
    )
