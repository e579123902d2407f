"""A company whose directory, Kerberos and certificates prove logins to its PostgreSQL server."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from app.bootstrap import App, build, real_adapters
from app.domain.addresses import WorkspaceAddress
from app.domain.secrets import KeyedSecret, Secret
from tests.certificates import certificate
from tests.directories import PEOPLE, REALM, Kerberos, kerberos_realm, ldap_directory
from tests.fakes import (
    FakeCertificates,
    FakeMemberKeys,
    FakePasswords,
    FakeSealing,
    FakeSignatures,
)
from tests.servers import Mortal, home_of_a_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.domain.secrets import LoginSecret

HOST = "db.example"
WORD = "directory-word"
KEY_WORD = "opens carla's key"
BOSS = "boss"
LOGINS = {"ldap": ("lena", "lukas"), "gss": ("gita", "gero"), "cert": ("carla", "carl")}
"""An administrator and an officer for each method."""
RULES = """
host all owner 127.0.0.1/32 scram-sha-256
hostssl all boss 127.0.0.1/32 scram-sha-256
hostssl all lena,lukas 127.0.0.1/32 ldap ldapserver=127.0.0.1 ldapport={port} ldapprefix="uid=" \
ldapsuffix=",{people}"
host all gita,gero 127.0.0.1/32 gss include_realm=0 krb_realm={realm}
hostssl all carla,carl 127.0.0.1/32 cert
hostssl all twice 127.0.0.1/32 scram-sha-256 clientcert=verify-full
hostgssenc all gitte 127.0.0.1/32 trust
"""


@dataclass
class Company:
    """A server that asks a directory, tickets or certificates; this machine's files and ticket."""

    server: Mortal
    realm: Kerberos
    folder: Path
    authority: tuple[bytes, bytes]

    def address(self, login: str, database: str = "postgres", **options: str) -> WorkspaceAddress:
        """Return an address off this machine, as far as anybody can tell by its name."""
        here = {"hostaddr": "127.0.0.1", "sslrootcert": str(self.folder / "authority.pem")}
        port = self.server.server.port
        return WorkspaceAddress(HOST, database, login, port, here | options)

    def files(
        self, login: str, *, ends: timedelta = timedelta(days=1), passphrase: str = ""
    ) -> dict[str, str]:
        """Return the options that name a certificate for ``login``, made anew, and its key."""
        return self.put(login, certificate(login, by=self.authority, ends=ends,
                                           passphrase=passphrase))  # fmt: skip

    def put(self, name: str, made: tuple[bytes, bytes]) -> dict[str, str]:
        paths = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        for path, content in zip(paths, made, strict=True):
            path.unlink(missing_ok=True)
            path.touch(mode=0o600)
            path.write_bytes(content)
        return {"sslcert": str(paths[0]), "sslkey": str(paths[1])}

    def prove(self, method: str, login: str) -> tuple[dict[str, str], LoginSecret | None]:
        """Do what ``login`` does to be known; return her options and secret."""
        if method == "ldap":
            return {}, Secret(WORD)
        if method == "gss":
            self.realm.sign_in(login, WORD)
            return {}, None
        return self.files(login, passphrase=KEY_WORD), KeyedSecret(Secret(KEY_WORD))


@contextmanager
def a_company(folder: Path) -> Iterator[Company]:
    """Start the servers, and set this process's environment as for its people meanwhile."""
    with (
        ldap_directory(dict.fromkeys(LOGINS["ldap"], WORD)) as port,
        kerberos_realm() as realm,
        home_of_a_server() as (home, as_user),
        pytest.MonkeyPatch.context() as environment,
    ):
        for name, value in realm.environment.items():
            environment.setenv(name, value)
        realm.add(*LOGINS["gss"], word=WORD)
        authority = certificate("authority.example")
        (folder / "authority.pem").write_bytes(authority[0])
        theirs, key = certificate(HOST, by=authority)
        server = Mortal(home, as_user)
        rules = RULES.format(port=port, people=PEOPLE, realm=REALM)
        server.start(
            ssl="on",
            ssl_cert_file=server.put("theirs.crt", theirs),
            ssl_key_file=server.put("theirs.key", key),
            ssl_ca_file=server.put("authority.crt", authority[0]),
            krb_server_keyfile=server.put("keytab", realm.keytab(f"postgres/{HOST}")),
            hba_file=server.put("rules", rules.encode()),
        )
        try:
            with server.server.connect() as owner:
                logins = [login for pair in LOGINS.values() for login in pair]
                for login in (*logins, "gitte"):
                    owner.execute(f"CREATE ROLE {login} LOGIN".encode())
                owner.execute(f"CREATE ROLE boss LOGIN CREATEROLE PASSWORD '{BOSS}'".encode())
                owner.execute(f"CREATE ROLE twice LOGIN PASSWORD '{BOSS}'".encode())
                for method in LOGINS:
                    owner.execute(f"CREATE DATABASE by_{method} OWNER boss".encode())
            yield Company(server, realm, folder, authority)
        finally:
            server.stop()


def a_machine(home: Path, passwords: FakePasswords | None = None) -> App:
    """Return the program on a machine of somebody's own, with keys that cost nothing to make."""
    keys = FakeMemberKeys()
    tools = replace(
        real_adapters(home),
        keys=lambda _folder: keys,
        certificates=FakeCertificates(),
        signatures=FakeSignatures(),
        sealing=FakeSealing(),
        passwords=passwords or FakePasswords(),
    )
    return build(home, adapters=tools)
