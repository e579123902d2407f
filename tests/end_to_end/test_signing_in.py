"""Logins that a company's directory, its Kerberos and its certificates prove, on real servers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from PySide6.QtWidgets import QApplication, QLineEdit

from app.bootstrap import App
from app.domain.addresses import WorkspaceAddress
from app.domain.errors import StorageError
from app.domain.people import Role
from app.domain.secrets import KeyedSecret, Secret
from app.domain.workspace import Controller
from app.ports.servers import FirstLogin
from app.services.membership import NewMember, NewPlace, NewWorkspace
from app.storage.engine.shared import connect
from app.ui.shell.main_window import MainWindow
from app.ui.shell.preferences import PreferenceFile, Preferences, Recent
from app.ui.widgets.long_text import LongText
from app.wording.errors import error_in_words
from tests.certificates import certificate
from tests.end_to_end.company import (
    BOSS,
    HOST,
    KEY_WORD,
    LOGINS,
    WORD,
    Company,
    a_company,
    a_machine,
)
from tests.fakes import FakePasswords
from tests.ui.hands import Keyboard
from tests.ui.windows import finish_work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.domain.secrets import LoginSecret
    from app.services.desk import Desk

pytestmark = pytest.mark.server

PHRASE = Secret("river candle orbit maple")


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with a_company(tmp_path_factory.mktemp("company")) as company:
        yield company


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


type Offices = Callable[[str], App]


@pytest.fixture(scope="module")
def made(company: Company, tmp_path_factory: pytest.TempPathFactory) -> Offices:
    """Return what makes a workspace by a method, once, and gives its administrator's machine."""

    @cache
    def made_by(method: str) -> App:
        here = a_machine(tmp_path_factory.mktemp(method))
        options, secret = company.prove(method, LOGINS[method][0])
        first = FirstLogin(LOGINS[method][0], secret, exists=True, options=options)
        signed = here.entering.begin(
            NewPlace(company.address(BOSS, f"by_{method}"), Secret(BOSS), first),
            NewWorkspace("Northwind", Controller("Northwind GmbH"), "Europe/Berlin", "DE"),
            first=NewMember("Ines", "ines@example.org", frozenset({Role.ADMINISTRATOR}), PHRASE),
        )
        signed.workspace.close()
        return here

    return made_by


@pytest.mark.parametrize("method", ["ldap", "gss"])
def test_a_workspace_is_made_joined_and_worked_in_with_a_login_of_the_company(
    company: Company, made: Offices, tmp_path: Path, method: str
) -> None:
    here, there, (administrator, officer) = made(method), a_machine(tmp_path), LOGINS[method]
    options, secret = company.prove(method, administrator)
    door = here.entering.knock(company.address(administrator, f"by_{method}", **options), secret)
    desk = here.desk(here.entering.enter(door, passphrase=PHRASE))
    joins = NewMember("Olga", "olga@example.org", frozenset({Role.OFFICER}))
    invitation = desk.inviting.invite(joins, login=officer)
    desk.inviting.confirm(there.joining.answer(invitation, passphrase=PHRASE).text())
    desk.here.workspace.close()
    options, secret = company.prove(method, officer)
    hers = WorkspaceAddress.read(invitation.address).with_options(**options)
    signed = there.joining.enter(invitation, secret, passphrase=PHRASE, at=hers)
    desk = there.desk(signed)
    desk.drawer.put("draft", "Hers.")
    assert desk.drawer.get("draft") == "Hers."
    server = signed.workspace.condition().server
    assert server is not None
    assert (server.login, server.is_encrypted) == (officer, True)
    signed.workspace.close()
    company.realm.sign_out()
    with pytest.raises(StorageError):
        there.entering.knock(hers, None)


# In the window


@contextmanager
def at_a_window(home: Path, app: App, *recent: Recent) -> Iterator[Keyboard]:
    """Let somebody sit down at a window, and go away again."""
    preferences = PreferenceFile(home / "window.json")
    if recent:
        preferences.change(Preferences(recent=recent))
    window = MainWindow(preferences=preferences)
    window.use(app)
    window.show()
    window.activateWindow()
    finish_work(window)
    yield Keyboard(window)
    window.leave()
    finish_work(window)
    window.close()
    window.deleteLater()


def reads(hands: Keyboard, text: str) -> None:
    """Wait until ``text`` stands somewhere."""
    hands.wait(lambda: any(text in each for each in hands.texts()))


def test_a_ticket_opens_what_was_open_here_and_is_asked_for_where_there_is_none(
    qapp: QApplication, company: Company, made: Offices, tmp_path: Path
) -> None:
    del qapp
    app, place = made("gss"), company.address("gita", "by_gss").text
    company.realm.sign_out()
    recent = Recent(place, "Northwind", "m1", is_passwordless=True)
    with at_a_window(tmp_path, app, recent) as hands:
        hands.press(f"Northwind, by_gss@{HOST}")
        reads(hands, "there is none on this machine")
        assert not hands.sees("Password of the login")
        assert hands.find("The server knows me by") is QApplication.focusWidget()
        company.realm.sign_in("gita", WORD)
        hands.press("Continue")
        hands.write("Passphrase", PHRASE.reveal())
        hands.press("Sign in")
        hands.wait(lambda: hands.sees("Sign out"))
        (kept,) = hands.window.preferences.current.recent
        assert (kept.path, kept.is_passwordless) == (place, True)
    company.realm.sign_out()


def start(hands: Keyboard, company: Company, kit: Path) -> None:
    """Make a workspace as an administrator whom the server knows by her certificate."""
    port, files = company.server.server.port, company.files("carla", passphrase=KEY_WORD)
    hands.press("Create…")
    hands.press("For a team: on a PostgreSQL server")
    place = f"postgresql://{BOSS}@{HOST}:{port}/by_cert?hostaddr=127.0.0.1"
    hands.write("Address of an empty database", place)
    hands.write("Password of that login", BOSS)
    hands.write("Your own login", "carla")
    hands.press("The server has my login already")
    hands.choose("The server knows me by", "a client certificate")
    assert not hands.sees("Password of your login")
    hands.write("File of my certificate", files["sslcert"])
    hands.write("File of its key", f"{files['sslkey']}.not")
    hands.write("Passphrase of the key file", KEY_WORD)
    hands.write("Name of the workspace", "Northwind")
    hands.write("Controller", "Northwind GmbH")
    hands.write("Your name", "Ines Duarte")
    hands.write("Your e-mail address", "ines@example.org")
    hands.write("Passphrase", PHRASE.reveal())
    hands.write("Passphrase again", PHRASE.reveal())
    hands.write("Save the recovery kit as", str(kit))
    hands.press("Create")
    reads(hands, "There is no such file.")
    hands.write("File of its key", files["sslkey"])
    hands.press("Create")
    reads(hands, "nobody here vouches for it")
    authority = str(company.folder / "authority.pem")
    hands.write("Certificate of the server's authority", authority)
    hands.press("Create")
    hands.wait(lambda: hands.window.seat is not None)


def join(hands: Keyboard, company: Company, desk: Desk) -> None:
    """Answer an invitation and enter, with a certificate and its key in one file."""
    who = NewMember("Carl Novak", "carl@example.org", frozenset({Role.OFFICER}))
    hands.press("Paste the invitation…")
    hands.write("Invitation", desk.inviting.invite(who, login="carl").text())
    hands.press("Continue")
    hands.write("Passphrase", PHRASE.reveal())
    hands.write("Passphrase again", PHRASE.reveal())
    hands.press("Make my keys")
    hands.wait(lambda: hands.sees("Enter"))
    (answer,) = (each for each in hands.front.findChildren(LongText) if each.isVisible())
    desk.inviting.confirm(answer.toPlainText())
    hands.choose("The server knows me by", "a Kerberos ticket, or rules of its own: no password")
    hands.write("Passphrase", PHRASE.reveal())
    hands.press("Enter")
    reads(hands, "asks for a client certificate")  # and where to choose it
    both = company.folder / "carl-both.pem"
    both.touch(mode=0o600)
    files = company.files("carl", passphrase=KEY_WORD)
    both.write_bytes(b"".join(Path(each).read_bytes() for each in files.values()))
    hands.write("File of my certificate", str(both))
    hands.write("Passphrase of the key file", "another")
    hands.press("Enter")
    reads(hands, "opens with another passphrase")
    hands.write("Passphrase of the key file", KEY_WORD)
    hands.press("Enter")
    hands.wait(lambda: hands.window.seat is not None)


def test_a_certificate_is_chosen_in_the_window_and_its_passphrase_is_the_keyrings(
    qapp: QApplication, company: Company, tmp_path: Path
) -> None:
    del qapp
    (tmp_path / "here").mkdir()
    with at_a_window(tmp_path / "here", a_machine(tmp_path / "here")) as administrator:
        start(administrator, company, tmp_path / "kit.pdf")
        seat = administrator.window.seat
        assert seat is not None
        home, passwords = tmp_path / "there", FakePasswords()
        home.mkdir()
        app = a_machine(home, passwords)
        with at_a_window(home, app) as hands:
            join(hands, company, seat.desk)
    assert list(passwords.kept.values()) == [KeyedSecret(Secret(KEY_WORD))]
    written = [each.read_bytes() for each in home.rglob("*") if each.is_file()]
    assert not any(KEY_WORD.encode() in each for each in written)
    both = company.folder / "carl-both.pem"
    files = company.files("carl", ends=timedelta(days=-1), passphrase=KEY_WORD)
    both.write_bytes(b"".join(Path(each).read_bytes() for each in files.values()))
    with at_a_window(home, app) as hands:
        hands.press(f"Northwind, by_cert@{HOST}")
        reads(hands, "Your client certificate has expired.")  # her key was opened, so
        found = hands.find("File of my certificate")
        assert isinstance(found, QLineEdit)
        assert found.text() == str(both)
        files = company.files("carl", passphrase="a new one")
        hands.write("File of my certificate", files["sslcert"])
        hands.write("File of its key", files["sslkey"])
        hands.write("Passphrase of the key file", "a new one")
        hands.press("Continue")
        hands.write("Passphrase", PHRASE.reveal())
        hands.press("Sign in")
        hands.wait(lambda: hands.window.seat is not None)
        assert len(hands.window.preferences.current.recent) == 1
    assert list(passwords.kept.values()) == [KeyedSecret(Secret("a new one"))]
