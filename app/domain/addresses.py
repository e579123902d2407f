"""Where a shared workspace is: a database on a PostgreSQL server, and as whom to enter it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from app.domain.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

_SCHEMES = ("postgresql", "postgres")
_USUAL_PORT = 5432
_VERIFYING = "verify-full"
OPTIONS = frozenset({"sslmode", "sslrootcert", "sslcert", "sslkey", "krbsrvname", "hostaddr"})
"""What an address may say besides: of TLS, of a client's certificate, of Kerberos (libpq)."""


_OWN = {"sslcert": "", "sslkey": ""}
"""Which of them are one person's: her certificate's file, and that of its key."""


def is_here(host: str) -> bool:
    """Say whether a server is on this machine: nothing then goes over a network."""
    if host.startswith("/") or host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True)
class WorkspaceAddress:
    """A workspace on a server, without any password. ``options`` are among ``OPTIONS``."""

    host: str
    database: str
    login: str = ""
    port: int = _USUAL_PORT
    options: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str) -> WorkspaceAddress:
        """Read ``postgresql://login@host:port/database?sslrootcert=…``.

        ``InputError``: workspace.address_unreadable, workspace.address_has_password,
        workspace.address_unknown_option, workspace.address_not_encrypted.
        """
        try:
            parts = urlsplit(text.strip())
            port = parts.port or _USUAL_PORT
            given = dict(parse_qsl(parts.query, keep_blank_values=True))
        except ValueError:
            raise InputError("workspace.address_unreadable") from None
        if parts.password or "password" in given:
            raise InputError("workspace.address_has_password")
        host = unquote(parts.hostname or "") or given.pop("host", "")
        database = unquote(parts.path.removeprefix("/"))
        if parts.scheme not in _SCHEMES or not host or not database:
            raise InputError("workspace.address_unreadable")
        if unknown := sorted(given.keys() - OPTIONS):
            raise InputError("workspace.address_unknown_option", option=unknown[0])
        found = cls(host, database, unquote(parts.username or ""), port, given)
        if not found.is_here and found.options.get("sslmode", _VERIFYING) != _VERIFYING:
            raise InputError("workspace.address_not_encrypted")
        return found

    @property
    def is_here(self) -> bool:
        """Whether the server is on this machine, wherever its name says it is."""
        return is_here(self.host) and is_here(self.options.get("hostaddr") or self.host)

    @property
    def text(self) -> str:
        """The address as ``read`` takes it."""
        in_a_folder = self.host.startswith("/")
        options = {"host": self.host, **self.options} if in_a_folder else dict(self.options)
        host = "" if in_a_folder else f"[{self.host}]" if ":" in self.host else self.host
        login = f"{quote(self.login, safe='')}@" if self.login else ""
        port = f":{self.port}" if self.port != _USUAL_PORT else ""
        query = f"?{urlencode(sorted(options.items()))}" if options else ""
        return f"postgresql://{login}{host}{port}/{quote(self.database, safe='')}{query}"

    def for_login(self, login: str) -> WorkspaceAddress:
        """Return the same place for somebody else, who has her own certificate, if any."""
        return replace(self.with_options(**_OWN), login=login)

    def without_files(self) -> WorkspaceAddress:
        """Return the same place without what is only on one machine: files of certificates."""
        return self.with_options(**_OWN, sslrootcert="")

    def with_options(self, **given: str) -> WorkspaceAddress:
        """Return the same place with these options too; an empty one is taken out."""
        options = {key: each for key, each in {**self.options, **given}.items() if each}
        return replace(self, options=options)
