"""Coming in where the server says no: each refusal beside the form, nothing typed is lost."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NoReturn

import pytest
from PySide6.QtWidgets import QApplication, QCheckBox

from app.bootstrap import build, real_adapters
from app.domain.errors import AppError, NotAllowedError, StorageError
from app.domain.secrets import Secret
from app.ui.shell.leaving import SwitchButton
from app.ui.shell.main_window import MainWindow
from app.ui.shell.preferences import PreferenceFile, Preferences, Recent
from tests.fakes import FakePasswords
from tests.office import open_office
from tests.ui.hands import Keyboard
from tests.ui.windows import finish_work

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.domain.addresses import WorkspaceAddress

ADDRESS = "postgresql://olga@127.0.0.1/privacy"
REFUSALS = {
    "workspace.login_refused": "refused the login “olga” or its password",
    "workspace.tls": "its certificate is not right",
    "workspace.unreachable": "cannot be reached at 127.0.0.1:5432",
    "workspace.too_many_connections": "takes no more connections",
    "workspace.not_ready": "starting or stopping",
    "workspace.no_database": "no database “privacy”",
    "workspace.older": "is older (0005) than this Sandglass (0006)",
    "workspace.newer": "made by a newer Sandglass (0005; this one knows 0006)",
    "workspace.read_only": "standby",
    "workspace.other_authority": "another authority (AB) than the one that this machine knows (CD)",
}
VALUES = {
    "login": "olga", "host": "127.0.0.1", "port": 5432, "database": "privacy",
    "found": "0005", "known": "0006",
}  # fmt: skip


@dataclass
class RefusingServers:
    """``SharedWorkspaces``, as far as somebody knocks: each is answered with ``error``."""

    error: AppError = field(default_factory=lambda: StorageError("workspace.gone"))
    asked: list[tuple[str, Secret | None]] = field(default_factory=list)

    def open(self, address: WorkspaceAddress, secret: Secret | None) -> NoReturn:
        self.asked.append((address.text, secret))
        raise self.error


@dataclass
class Desktop:
    """A window, the servers that it reaches, and the desktop's keyring."""

    window: MainWindow
    servers: RefusingServers
    passwords: FakePasswords

    @property
    def said(self) -> str:
        return self.window.welcome.server.pages[0]._notice.text


def open_desktop(home: Path, *, passwords: FakePasswords, recent: tuple[Recent, ...]) -> Desktop:
    preferences = PreferenceFile(home / "window.json")
    preferences.change(Preferences(recent=recent))
    window, servers = MainWindow(preferences=preferences), RefusingServers()
    tools = replace(real_adapters(home), servers=servers, passwords=passwords)  # type: ignore[arg-type]
    window.use(build(home, adapters=tools))
    window.show()
    finish_work(window)
    return Desktop(window, servers, passwords)


@pytest.fixture
def desktop(qapp: QApplication, tmp_path: Path) -> Iterator[Desktop]:
    del qapp
    passwords = FakePasswords()
    passwords.keep(ADDRESS, Secret("kept"))
    recent = (Recent(ADDRESS, "Northwind", "m1"),)
    desktop = open_desktop(tmp_path, passwords=passwords, recent=recent)
    yield desktop
    desktop.window.close()
    desktop.window.deleteLater()


def test_every_refusal_has_its_sentence_and_loses_nothing_that_was_typed(desktop: Desktop) -> None:
    hands = Keyboard(desktop.window)
    hands.press("a workspace on a server")
    hands.write("Address", ADDRESS)
    hands.write("Password of the login", "a word")
    form = desktop.window.welcome.server.pages[0].form
    assert form is not None
    for code, sentence in REFUSALS.items():
        values = {**VALUES, "found": "AB", "known": "CD"} if "authority" in code else VALUES
        desktop.servers.error = StorageError(code, **values)
        hands.press("Continue")
        hands.wait(lambda sentence=sentence: sentence in desktop.said)
        typed = {"address": ADDRESS, "way": "password", "password": "a word", "keep": "yes"}
        assert {key: text for key, text in form.values().items() if text} == typed
    desktop.servers.error = NotAllowedError("member.has_left")
    hands.press("Continue")
    hands.wait(lambda: "has left" in desktop.said)
    assert {secret for _, secret in desktop.servers.asked} == {Secret("a word")}
    hands.press("Back")
    assert desktop.window.welcome.server.pages[0].form is None


def test_a_password_in_an_address_is_refused_before_anybody_is_asked(desktop: Desktop) -> None:
    hands = Keyboard(desktop.window)
    hands.press("a workspace on a server")
    hands.write("Address", "postgresql://olga:secret@127.0.0.1/privacy")
    hands.press("Continue")
    row = desktop.window.welcome.server.pages[0].form.rows["address"]  # type: ignore[union-attr]
    assert "The address holds a password." in row._note.text()
    assert desktop.servers.asked == []


def test_the_password_of_the_keyring_is_tried_and_asked_for_when_it_is_not_right(
    desktop: Desktop,
) -> None:
    desktop.servers.error = StorageError("workspace.login_refused", **VALUES)
    hands = Keyboard(desktop.window)
    hands.press("Northwind, privacy@127.0.0.1")
    hands.wait(lambda: "refused the login" in desktop.said)
    assert desktop.servers.asked == [(ADDRESS, Secret("kept"))]
    form = desktop.window.welcome.server.pages[0].form
    assert form is not None
    assert form.text("address") == ADDRESS
    assert form.text("password") == ""


def test_without_a_keyring_the_password_is_asked_each_time_and_why_is_said(
    qapp: QApplication, tmp_path: Path
) -> None:
    del qapp
    recent = (Recent(ADDRESS, "Northwind", "m1"),)
    desktop = open_desktop(tmp_path, passwords=FakePasswords(is_usable=False), recent=recent)
    hands = Keyboard(desktop.window)
    hands.press("Northwind, privacy@127.0.0.1")
    hands.wait(lambda: hands.sees("Continue"))
    form = desktop.window.welcome.server.pages[0].form
    assert form is not None
    box = form.input("keep")
    assert isinstance(box, QCheckBox)
    assert (box.isEnabled(), box.isChecked()) == (False, False)
    assert "has no keyring that works" in form.rows["keep"]._note.text()
    assert desktop.servers.asked == []
    desktop.window.close()
    desktop.window.deleteLater()


def test_a_server_that_needs_no_password_is_opened_at_once(
    qapp: QApplication, tmp_path: Path
) -> None:
    del qapp
    recent = (Recent(ADDRESS, "Northwind", "m1", is_passwordless=True),)
    desktop = open_desktop(tmp_path, passwords=FakePasswords(is_usable=False), recent=recent)
    Keyboard(desktop.window).press("Northwind, privacy@127.0.0.1")
    Keyboard(desktop.window).wait(lambda: bool(desktop.said))
    assert desktop.servers.asked == [(ADDRESS, None)]
    desktop.window.close()
    desktop.window.deleteLater()


def test_a_file_that_moved_to_a_server_leads_there(qapp: QApplication, tmp_path: Path) -> None:
    del qapp
    file = tmp_path / "workspace.sqlite"
    open_office(tmp_path).workspace.close()
    with closing(sqlite3.connect(file)) as connection:
        there = "moved to postgresql://127.0.0.1:5432/privacy"
        connection.execute("UPDATE alembic_version SET version_num = ?", (there,))
        connection.commit()
    recent = (Recent(str(file), "Northwind", "m1"),)
    desktop = open_desktop(tmp_path / "home", passwords=FakePasswords(), recent=recent)
    hands = Keyboard(desktop.window)
    hands.press("Northwind")
    hands.press("Open it there")
    hands.wait(lambda: hands.sees("Continue"))
    form = desktop.window.welcome.server.pages[0].form
    assert form is not None
    assert form.text("address") == "postgresql://127.0.0.1/privacy"
    assert desktop.said == ""
    assert hands.find("Address") is QApplication.focusWidget()  # her login is missing
    desktop.window.close()
    desktop.window.deleteLater()


def test_the_other_workspaces_are_offered_where_one_is_left(qapp: QApplication) -> None:
    del qapp
    chosen: list[Recent | None] = []
    recent = Recent(ADDRESS, "Northwind & Sons", "m1")
    button = SwitchButton(lambda: (recent,), chosen.append)
    menu = button.choices
    menu.aboutToShow.emit()
    first, _line, last = menu.actions()
    assert first.text().replace("&&", "&") == "Northwind & Sons, privacy@127.0.0.1"
    first.trigger()
    last.trigger()
    assert chosen == [recent, None]
    button.deleteLater()
