"""Logins that a company's directory, its Kerberos and its certificates prove, on real servers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from app.bootstrap import App, build, real_adapters
from app.domain.addresses import WorkspaceAddress
from app.domain.errors import StorageError
from app.domain.people import Role
from app.domain.secrets import KeyedSecret, Secret
from app.domain.workspace import Controller
from app.ports.servers import FirstLogin
from app.services.membership import NewMember, NewPlace, NewWorkspace
from app.storage.engine.shared import connect
from app.ui.shell.main_window import MainWindow
from app.ui.shell.preferences import PreferenceFile
from app.ui.widgets.notice import Notice
from app.wording.errors import error_in_words
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
from tests.ui.hands import Keyboard
from tests.ui.windows import finish_work

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QApplication

    from app.domain.secrets import LoginSecret
    from app.services.desk import Desk

pytestmark = pytest.mark.server

HOST = "db.example"
WORD = "directory-word"
KEY_WORD = "opens carla's key"
PHRASE = Secret("river candle orbit maple")
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


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    folder = tmp_path_factory.mktemp("company")
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


# What each method says


@dataclass(frozen=True)
class Try:
    """Somebody who knocks, and what she is told: the code, and a part of what she reads."""

    login: str
    code: str
    words: str
    secret: LoginSecret | None = None
    options: dict[str, str] = field(default_factory=dict)


def told(company: Company, each: Try) -> tuple[str, str]:
    with pytest.raises(StorageError) as caught:
        connect(company.address(each.login, **each.options), each.secret)
    assert caught.value.__cause__ is None
    return caught.value.code.removeprefix("workspace."), error_in_words(caught.value).text()


def check(company: Company, *tries: Try) -> None:
    for each in tries:
        code, words = told(company, each)
        assert code == each.code
        assert each.words in words


def test_a_directory_takes_its_passwords_and_no_others(
    company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(connect(company.address("lena"), Secret(WORD))) as one:
        query = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
        assert one.execute(query).fetchone() == (True,)
    refused = "refused the login “lena” or its password"
    check(company, Try("lena", "login_refused", refused, Secret("another")))
    # What lies in clear on this machine is not a password that anybody gave.
    kept = tmp_path / "pgpass"
    kept.write_text(f"*:*:*:lena:{WORD}\n")
    kept.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(kept))
    monkeypatch.setenv("PGPASSWORD", WORD)
    check(company, Try("lena", "password_needed", "asks for the password of the login “lena”"))


def test_a_ticket_lets_in_whose_it_is_while_it_lasts(company: Company) -> None:
    company.realm.sign_out()
    check(company, Try("gita", "ticket_needed", "there is none on this machine"))
    company.realm.sign_in("gita", WORD)
    connect(company.address("gita"), None).close()
    check(
        company,
        Try("gero", "ticket_of_other", "the login “gero”"),
        Try("gita", "kerberos", "no ticket for the server", options={"krbsrvname": "nobody"}),
    )
    company.realm.let_expire()
    check(company, Try("gita", "ticket_expired", "Your Kerberos ticket has expired."))
    company.realm.sign_out()


def test_a_ticket_says_who_somebody_is_and_tls_encrypts(company: Company) -> None:
    query = (
        "SELECT ssl, encrypted, gss_authenticated FROM pg_stat_ssl JOIN pg_stat_gssapi"
        " USING (pid) WHERE pid = pg_backend_pid()"
    )
    company.realm.sign_in("gita", WORD)
    at = company.address("gita")
    with psycopg.connect(
        host=HOST, hostaddr="127.0.0.1", port=at.port, user="gita", dbname="postgres",
        gssencmode="require",
    ) as unchecked:  # fmt: skip
        assert unchecked.execute(query).fetchone() == (False, True, True)
    with closing(connect(at, None)) as checked:
        assert checked.execute(query).fetchone() == (True, False, True)
    check(company, Try("gitte", "no_rule", "in no way that is encrypted by TLS"))
    company.realm.sign_out()


def test_a_certificate_lets_in_whom_it_names(company: Company) -> None:
    right = company.files("carla")
    both = company.files("twice", passphrase=KEY_WORD)
    connect(company.address("carla", **right), None).close()
    connect(company.address("twice", **both), KeyedSecret(Secret(KEY_WORD), Secret(BOSS))).close()
    check(
        company,
        Try("carla", "certificate_needed", "a client certificate of the login “carla”"),
        Try("carl", "certificate_of_other", "another login than “carl”", options=right),
        Try("twice", "password_needed", "asks for the password",
            KeyedSecret(Secret(KEY_WORD)), both),
    )  # fmt: skip
    old = company.files("carla", ends=timedelta(days=-1))
    check(company, Try("carla", "certificate_expired", "has expired", options=old))
    unknown = company.put("carla", certificate("carla"))
    check(company, Try("carla", "certificate_refused", "who issued", options=unknown))


def test_files_that_are_no_certificate_and_no_key_are_named(company: Company) -> None:
    right, other = company.files("carla"), company.files("carl")
    junk = company.folder / "does not exist.pem"  # a name says nothing
    junk.touch(mode=0o600)
    files = [
        Try("carla", "certificate_file", str(junk), options={**right, "sslcert": str(junk)}),
        Try("carla", "key_file", str(junk), options={**right, "sslkey": str(junk)}),
        Try("carla", "key_of_other", other["sslkey"],
            options={**right, "sslkey": other["sslkey"]}),
        Try("carla", "authority_file", str(junk), options={**right, "sslrootcert": str(junk)}),
    ]  # fmt: skip
    check(company, *files)
    os.chmod(right["sslkey"], 0o644)  # noqa: PTH101 - an address has texts
    check(company, Try("carla", "key_file_open", "chmod 600", options=right))
    locked = company.files("carla", passphrase=KEY_WORD)
    for secret in (None, Secret(KEY_WORD), KeyedSecret(Secret("another"))):
        check(company, Try("carla", "key_locked", locked["sslkey"], secret, locked))


@pytest.mark.skipif(not shutil.which("script"), reason="script is not installed")
def test_no_passphrase_is_asked_for_on_the_terminal(company: Company) -> None:
    files = company.files("carla", passphrase=KEY_WORD)
    at = company.address("carla", **files)
    program = (
        "import psycopg\nfrom app.postgresql.reaching import identifying\n"
        f"psycopg.connect(host={HOST!r}, port={at.port}, user='carla', dbname='postgres',"
        f" **{dict(at.options)!r}, sslmode='verify-full', **identifying(None, key=None))\n"
    )
    (company.folder / "program.py").write_text(program)
    run = f"{sys.executable} {company.folder / 'program.py'}"
    said = subprocess.run(
        ["script", "-qec", run, "/dev/null"], input=b"", capture_output=True, timeout=60,
        check=False, env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    ).stdout.decode()  # fmt: skip
    assert "could not load private key file" in said
    assert "phrase:" not in said


# The whole way


def a_machine(home: Path, passwords: FakePasswords) -> App:
    keys = FakeMemberKeys()
    tools = replace(
        real_adapters(home),
        keys=lambda _folder: keys,
        certificates=FakeCertificates(),
        signatures=FakeSignatures(),
        sealing=FakeSealing(),
        passwords=passwords,
    )
    return build(home, adapters=tools)


@pytest.fixture
def machines(tmp_path: Path) -> tuple[App, App]:
    here, there = (a_machine(tmp_path / name, FakePasswords()) for name in ("here", "there"))
    return here, there


@pytest.mark.parametrize("method", LOGINS)
def test_a_workspace_is_made_joined_and_worked_in_without_a_password_of_its_own(
    company: Company, machines: tuple[App, App], method: str
) -> None:
    here, there = machines
    administrator, officer = LOGINS[method]
    options, secret = company.prove(method, administrator)
    place = NewPlace(
        company.address(BOSS, f"by_{method}"),
        Secret(BOSS),
        FirstLogin(administrator, secret, exists=True, options=options),
    )
    new = NewWorkspace("Northwind", Controller("Northwind GmbH"), "Europe/Berlin", "DE")
    first = NewMember("Ines", "ines@example.org", frozenset({Role.ADMINISTRATOR}), PHRASE)
    desk = here.desk(here.entering.begin(place, new, first=first))
    joins = NewMember("Olga", "olga@example.org", frozenset({Role.OFFICER}))
    invitation = desk.inviting.invite(joins, login=officer)
    answer = there.joining.answer(invitation, passphrase=PHRASE)
    desk.inviting.confirm(answer.text())
    desk.here.workspace.close()
    options, secret = company.prove(method, officer)
    hers = WorkspaceAddress.read(invitation.address).with_options(**options)
    signed = there.joining.enter(invitation, secret, passphrase=PHRASE, at=hers)
    desk = there.desk(signed)
    desk.drawer.put("draft", "Hers.")
    assert desk.drawer.get("draft") == "Hers."
    condition = signed.workspace.condition()
    assert condition.server is not None
    assert (condition.server.login, condition.server.is_encrypted) == (officer, True)
    signed.workspace.close()
    company.realm.sign_out()
    with pytest.raises(StorageError):
        there.entering.knock(company.address(officer, f"by_{method}"), None)
