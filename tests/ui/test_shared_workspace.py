"""A team's workspace on a real server, started, joined, entered and left through the window."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QLabel

from app.bootstrap import build, real_adapters
from app.domain.people import Role
from app.domain.secrets import Secret
from app.services.membership import NewMember
from app.ui.pages.workspace import WorkspacePage
from app.ui.shell.main_window import MainWindow
from app.ui.shell.preferences import PreferenceFile
from app.ui.widgets.notice import Notice
from tests.fakes import FakePasswords
from tests.reports.reading import text_of
from tests.servers import newest_programs
from tests.ui.hands import Keyboard, Mouse
from tests.ui.studio import named
from tests.ui.windows import finish_work, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication, QWidget

    from app.domain.joining import Invitation
    from app.services.desk import Desk
    from tests.servers import PostgresqlServer
    from tests.ui.hands import Hands

pytestmark = pytest.mark.server

PHRASE = "river candle orbit maple"
DATABASE = "team_window"
OWNER, OWNERS_WORD = "team_owner", "an owner's word"
WORDS = {"team_ines": "ines' word", "team_olga": "olga's word", "team_stranger": "a word"}


@dataclass
class Team:
    """A workspace that was started in a window, and the machines of its people."""

    server: PostgresqlServer
    home: Path
    window: MainWindow
    passwords: FakePasswords = field(default_factory=FakePasswords)

    @property
    def administrator(self) -> Desk:
        assert self.window.seat is not None
        return self.window.seat.desk

    def address(self, login: str) -> str:
        place = f"{self.server.host}:{self.server.port}/{DATABASE}"
        return f"postgresql://{login}@{place}"

    def invite(self) -> Invitation:
        who = NewMember("Olga Novak", "olga@example.org", frozenset({Role.OFFICER}))
        return self.administrator.inviting.invite(who, login="team_olga")

    @contextmanager
    def at_olgas(self) -> Iterator[MainWindow]:
        """Start the program on the newcomer's machine, and end it."""
        window = open_window(self.home / "olga", self.passwords)
        yield window
        close(window)


def open_window(home: Path, passwords: FakePasswords) -> MainWindow:
    home.mkdir(exist_ok=True)
    window = MainWindow(preferences=PreferenceFile(home / "window.json"))
    window.use(build(home, adapters=replace(real_adapters(home), passwords=passwords)))
    window.show()
    window.activateWindow()
    finish_work(window)
    return window


def close(window: MainWindow) -> None:
    window.leave()
    finish_work(window)
    window.close()
    window.deleteLater()


def said(window: MainWindow) -> str:
    """Return what the page that is shown says of an error."""
    page = window.welcome.currentWidget()
    return " ".join(each.text for each in page.findChildren(Notice) if each.isVisible())


def words_on(page: QWidget) -> str:
    return "\n".join(each.text() for each in page.findChildren(QLabel) if each.isVisible())


def start(hands: Hands, team: Team) -> None:
    hands.press("Create…")
    hands.press("For a team: on a PostgreSQL server")
    hands.write("Address of an empty database", team.address(OWNER))
    hands.write("Password of that login", OWNERS_WORD)
    hands.write("Your own login", "team_ines")
    hands.write("Password of your login", WORDS["team_ines"])
    hands.press("The server has my login already")
    hands.write("Name of the workspace", "Northwind")
    hands.write("Controller", "Northwind GmbH")
    hands.write("Your name", "Ines Duarte")
    hands.write("Your e-mail address", "ines@example.org")
    hands.write("Passphrase", PHRASE)
    hands.write("Passphrase again", PHRASE)
    hands.press("Create")
    assert team.window.seat is None  # without a place for the recovery kit
    hands.write("Save the recovery kit as", str(team.home / "kit"))
    hands.press("Create")
    hands.wait(lambda: team.window.seat is not None)
    assert team.window.seat is not None
    assert "Print it, put it into a safe" in team.window.seat.todo.text


@pytest.fixture(scope="module")
def team(
    qapp: QApplication,
    postgresql_server: PostgresqlServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Team]:
    del qapp
    server = postgresql_server
    with server.connect() as connection:
        for login, word in {OWNER: OWNERS_WORD, **WORDS}.items():
            more = "CREATEROLE" if login == OWNER else ""
            quoted = word.replace("'", "''")
            connection.execute(f"CREATE ROLE {login} LOGIN {more} PASSWORD '{quoted}'".encode())
    server.make_database(DATABASE, owner=OWNER)
    home = tmp_path_factory.mktemp("team")
    team = Team(server, home, open_window(home / "ines", FakePasswords()))
    start(Keyboard(team.window), team)
    yield team
    close(team.window)


def test_an_invitation_is_answered_survives_a_restart_and_opens_the_workspace(team: Team) -> None:
    invitation = team.invite()
    with team.at_olgas() as window:
        hands = Keyboard(window)
        hands.press("Paste the invitation…")
        hands.write("Invitation", invitation.text()[:-9])
        hands.press("Continue")
        assert not hands.sees("Make my keys")
        hands.write("Invitation", invitation.text())
        hands.press("Continue")
        hands.write("Passphrase", PHRASE)
        hands.write("Passphrase again", PHRASE)
        hands.press("Make my keys")
        hands.wait(lambda: hands.sees("Enter"))
        hands.write("Password of the login team_olga", WORDS["team_olga"])
        hands.write("Passphrase", PHRASE)
        hands.press("Enter")
        hands.wait(lambda: bool(said(window)))
        assert "opens this workspace for nobody" in said(window)
    with team.at_olgas() as window:
        hands = Keyboard(window)
        (pending,) = build(team.home / "olga").joining.pending()
        seen = team.administrator.inviting.look(pending.answer.text())
        hands.press(f"Go on with {DATABASE}@127.0.0.1: your answer waits")
        hands.wait(lambda: hands.sees("Enter"))
        shown = words_on(window.welcome.currentWidget())
        assert " ".join(seen.words[:3]) in shown
        assert " ".join(seen.words[3:]) in shown
        team.administrator.inviting.confirm(pending.answer.text())
        hands.write("Password of the login team_olga", WORDS["team_olga"])
        hands.write("Passphrase", PHRASE)
        hands.press("Enter")
        hands.wait(lambda: window.seat is not None)
        assert window.seat is not None
        assert window.seat.me.name == "Olga Novak"
        assert team.passwords.get(team.address("team_olga")) == Secret(WORDS["team_olga"])
    kept = (team.home / "olga" / "window.json").read_text(encoding="utf-8")
    assert WORDS["team_olga"] not in kept
    assert build(team.home / "olga").joining.pending() == ()


def test_a_recent_workspace_opens_with_the_password_of_the_keyring(team: Team) -> None:
    with team.at_olgas() as window:
        hands = Mouse(window)
        hands.press(f"Northwind, {DATABASE}@127.0.0.1")
        hands.wait(lambda: hands.sees("Passphrase"))
        assert "Olga Novak, privacy officer" in words_on(window.welcome.currentWidget())
        hands.write("Passphrase", "something else entirely")
        hands.press("Sign in")
        hands.wait(lambda: bool(said(window)))
        assert "The passphrase is wrong." in said(window)
        hands.write("Passphrase", PHRASE)
        hands.press("Sign in")
        hands.wait(lambda: window.seat is not None)
        window.switch_to(window.preferences.current.recent[0])
        hands.wait(lambda: hands.sees("Passphrase"))
        assert window.stack.currentWidget() is window.welcome


def test_a_password_that_changed_is_asked_for_and_what_was_typed_stays(team: Team) -> None:
    address = team.address("team_olga")
    team.passwords.keep(address, Secret("the old one"))
    with team.at_olgas() as window:
        hands = Mouse(window)
        hands.press(f"Northwind, {DATABASE}@127.0.0.1")
        hands.wait(lambda: bool(said(window)))
        assert "refused the login “team_olga” or its password" in said(window)
        form = window.welcome.server.pages[0].form
        assert form is not None
        assert form.text("address") == address
        hands.write("Password of the login", WORDS["team_olga"])
        hands.press("Continue")
        hands.wait(lambda: hands.sees("Passphrase"))


def test_who_is_no_member_is_told_so(team: Team) -> None:
    with team.at_olgas() as window:
        hands = Mouse(window)
        hands.press("a workspace on a server")
        hands.write("Address", team.address("team_stranger"))
        hands.write("Password of the login", WORDS["team_stranger"])
        hands.press("Continue")
        hands.wait(lambda: bool(said(window)))
        assert "The server knows the login “team_stranger”" in said(window)
        hands.write("Address", f"{team.address('team_ines')}")
        hands.write("Password of the login", WORDS["team_ines"])
        hands.press("Continue")
        hands.wait(lambda: "not on this machine" in said(window))


def test_an_authority_that_this_machine_has_not_met_is_compared_first(team: Team) -> None:
    pins = team.home / "olga" / "authorities"
    for each in pins.iterdir():
        each.unlink()
    with team.at_olgas() as window:
        hands = Mouse(window)
        hands.press("a workspace on a server")
        hands.write("Address", team.address("team_olga"))
        hands.write("Password of the login", WORDS["team_olga"])
        hands.press("Continue")
        hands.write("Passphrase", PHRASE)
        hands.press("Sign in")
        assert window.seat is None
        fingerprint = team.administrator.membership.authority_fingerprint(team.administrator.here)
        assert fingerprint in words_on(window.welcome.currentWidget()).replace("\u200b", "")
        hands.press("An administrator told me this fingerprint")
        hands.press("Sign in")
        hands.wait(lambda: window.seat is not None)
    (pin,) = pins.iterdir()
    pin.write_text(pin.read_text().replace(fingerprint, "ANOTHER"))
    with team.at_olgas() as window:
        hands = Mouse(window)
        hands.press(f"Northwind, {DATABASE}@127.0.0.1")
        hands.wait(lambda: bool(said(window)))
        assert "another authority" in said(window)
        assert window.seat is None


def test_who_lost_her_keys_gets_new_ones_and_what_changes_for_her_reaches_her_window(
    team: Team,
) -> None:
    desk = team.administrator
    changes = desk.changes
    (olga,) = (each for each in desk.membership.members(desk.here.workspace) if "Olga" in each.name)
    for folder in ("authorities", "keys"):
        shutil.rmtree(team.home / "olga" / folder)
    with team.at_olgas() as window:
        hands = Keyboard(window)
        hands.press(f"Northwind, {DATABASE}@127.0.0.1")
        hands.wait(lambda: "ask an administrator for new keys" in said(window))
        hands.press("I have the recovery kit…")
        hands.wait(lambda: "brings back administrators" in said(window))
        hands.press("Back")
        hands.press("Paste the invitation…")
        hands.write("Invitation", desk.inviting.invite_again(olga.id).text())
        hands.press("Continue")
        hands.write("Passphrase", PHRASE)
        hands.write("Passphrase again", PHRASE)
        hands.press("Make my keys")
        hands.wait(lambda: hands.sees("Enter"))
        (pending,) = build(team.home / "olga").joining.pending()
        desk.inviting.confirm(pending.answer.text())
        hands.write("Password of the login team_olga", WORDS["team_olga"])
        hands.write("Passphrase", PHRASE)
        hands.press("Enter")
        hands.wait(lambda: window.seat is not None)
        seat = window.seat
        assert seat is not None
        assert not hands.sees("Approvals")
        changes.change_roles(seat.me.id, frozenset({Role.OFFICER, Role.APPROVER}))
        Mouse(window).press("Approvals")
        assert hands.sees("Sign out")
        changes.leave(seat.me.id)
        hands.wait(lambda: window.seat is None)
        assert "This member has left the workspace." in said(window)


def test_the_page_tells_how_the_server_and_its_guard_are(team: Team) -> None:
    seat = team.window.seat
    assert seat is not None
    seat.room.go("workspace")
    finish_work(team.window)
    page = seat.workbench.page
    assert isinstance(page, WorkspacePage)
    until(team.window, lambda: "as it should be" in page.guard.status.text)
    shown = words_on(page).replace("\u200b", "")
    for fact in ("team_ines", DATABASE, "not encrypted: the server is on this machine"):
        assert fact in shown
    with team.server.connect(DATABASE) as superuser:
        superuser.execute("ALTER TABLE sandglass.log DISABLE TRIGGER USER")
    try:
        named(page, "Check now").click()
        until(team.window, lambda: "1 thing is not" in page.guard.status.text)
        assert "table log" in words_on(page)
    finally:
        with team.server.connect(DATABASE) as superuser:
            superuser.execute("ALTER TABLE sandglass.log ENABLE TRIGGER USER")


def test_the_page_names_who_keeps_others_from_writing(team: Team) -> None:
    seat = team.window.seat
    assert seat is not None
    earlier = "SELECT setval('sandglass.turn_taken', last_value - (60::bigint << 22))"
    with team.server.connect(DATABASE) as superuser, superuser.transaction():
        superuser.execute("SELECT sandglass.take_turn()")
        superuser.execute(f"{earlier} FROM sandglass.turn_taken".encode())
        seat.room.go("workspace")
        page = seat.workbench.page
        assert isinstance(page, WorkspacePage)
        page.refresh()
        until(team.window, lambda: "has been changing the workspace" in page.turn.text)
        assert page.turn.text.startswith(f"{team.server.user} has been")
        named(page, "End it").click()  # a superuser is beyond the guard
        pid = superuser.info.backend_pid
        until(team.window, lambda: f"SELECT pg_terminate_backend({pid})" in page.turn.text)
    page.refresh()
    until(team.window, page.turn.isHidden)


def test_the_commands_of_the_page_make_a_backup(team: Team, tmp_path: Path) -> None:
    programs = newest_programs()
    if programs is None or not (programs / "pg_dump").exists():
        pytest.skip("pg_dump is not installed")
    seat = team.window.seat
    assert seat is not None
    seat.room.go("workspace")
    finish_work(team.window)
    page = seat.workbench.page
    assert isinstance(page, WorkspacePage)
    superuser = {"PGUSER": team.server.user, "PGPASSWORD": team.server.password}
    done = subprocess.run(
        ["bash", "-e", "-c", page.backup.commands.toPlainText()],
        cwd=tmp_path,
        env={"PATH": f"{programs}:{os.environ['PATH']}", **superuser},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "team_ines" in (tmp_path / "roles.sql").read_text(encoding="utf-8")
    assert (tmp_path / f"{DATABASE}.dump").stat().st_size > 0


def test_an_administrator_comes_back_on_another_machine_with_the_kit(team: Team) -> None:
    team.passwords = FakePasswords()
    window = open_window(team.home / "another", team.passwords)
    hands = Keyboard(window)
    hands.press("a workspace on a server")
    hands.write("Address", team.address("team_ines"))
    hands.write("Password of the login", WORDS["team_ines"])
    hands.press("Continue")
    hands.wait(lambda: "not on this machine" in said(window))
    hands.press("I have the recovery kit…")
    hands.wait(lambda: hands.sees("Make new keys"))
    hands.press("Back")
    hands.press("Continue")
    hands.press("I have the recovery kit…")
    hands.wait(lambda: hands.sees("Make new keys"))
    form = window.welcome.server.kit.form
    assert form is not None
    form.set_text("kit", text_of(team.home / "kit.pdf", layout=True))
    hands.write("Passphrase", PHRASE)
    hands.write("Passphrase again", PHRASE)
    hands.press("Make new keys")
    hands.wait(lambda: window.seat is not None)
    assert team.passwords.get(team.address("team_ines")) == Secret(WORDS["team_ines"])
    hands.wait(lambda: team.window.seat is None)
    assert "they were replaced, and count no more" in said(team.window)
    window.leave()
    finish_work(window)
    hands.press(f"Northwind, {DATABASE}@127.0.0.1")
    hands.write("Passphrase", PHRASE)
    hands.press("Sign in")
    hands.wait(lambda: window.seat is not None)
    close(window)
