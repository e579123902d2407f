"""The doors of a workspace on a server, as they are on machines that nobody has used yet."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from app.bootstrap import build, real_adapters
from app.domain.people import Role
from app.services.membership import NewMember
from app.ui.shell.main_window import MainWindow
from app.ui.shell.preferences import PreferenceFile, Recent
from tests.fakes import FakePasswords
from tests.guard.office import BOSS, SOMEBODY, password_of
from tests.office import PASSPHRASE
from tests.ui.studio import named, open_dialogs
from tests.ui.windows import finish_work

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.ui.shell.welcome.frame import Door, FormPage
    from app.ui.widgets.form import Form
    from tests.guard.office import SharedOffice

type Shown = tuple[str, MainWindow]
"""What a picture is called, and the window that it shows, with a dialog over it if one is open."""

DATABASE = "privacy"
NEWCOMER = NewMember(
    "Maximiliane von Hohenberg-Schaumburg",
    "maximiliane.von.hohenberg-schaumburg@northwind.example",
    frozenset({Role.OFFICER, Role.APPROVER}),
)


def open_window(home: Path, size: tuple[int, int]) -> MainWindow:
    """Return a window of a machine whose files are in ``home``."""
    home.mkdir(exist_ok=True)
    window = MainWindow(preferences=PreferenceFile(home / "window.json"))
    window.use(build(home, adapters=replace(real_adapters(home), passwords=FakePasswords())))
    window.resize(*size)
    window.show()
    window.activateWindow()
    finish_work(window)
    return window


def close(window: MainWindow) -> None:
    """Leave nothing of a window behind."""
    for dialog in open_dialogs():
        dialog.reject()
    window.leave()
    finish_work(window)
    window.close()
    window.deleteLater()


def door_pictures(office: SharedOffice, home: Path, size: tuple[int, int]) -> Iterator[Shown]:
    """Yield every door from its first page to the last, and what it says when it stays shut."""
    with _machine(home / "first", size) as window:
        for name in _start(window, office):
            yield f"welcome-create-{name}", window
    with _machine(home / "joining", size) as window:
        for name in _join(window, office):
            yield f"welcome-join-{name}", window
    with _machine(home / "another", size) as window:
        for name in _open(window, office):
            yield f"welcome-open-{name}", window


@contextmanager
def _machine(home: Path, size: tuple[int, int]) -> Iterator[MainWindow]:
    window = open_window(home, size)
    try:
        yield window
    finally:
        close(window)


def _address(office: SharedOffice, login: str) -> str:
    return f"postgresql://{login}@{office.server.host}:{office.server.port}/{DATABASE}"


def _press(window: MainWindow, *names: str) -> None:
    for name in names:
        named(window, name).click()
        finish_work(window)


def _fill(door: Door, **values: str) -> Form:
    page = _page(door)
    assert page.form is not None
    for key, text in values.items():
        page.form.set_text(key, text)
    return page.form


def _page(door: Door) -> FormPage:
    return next(each for each in door.pages if each.isVisible())


def _start(window: MainWindow, office: SharedOffice) -> Iterator[str]:
    door = window.welcome.start
    _press(window, "Create…", "For a team: on a PostgreSQL server")
    yield "on-a-server"
    _fill(door, way="itself")
    yield "on-a-server-with-kerberos"
    _fill(door, way="certificate")
    yield "on-a-server-with-a-certificate"
    _page(door).submit()
    finish_work(window)
    yield "on-a-server-what-is-missing"
    _fill(
        door, way="password", address=_address(office, BOSS), owner="not the owner's word",
        login="ines", password=password_of("ines"), title="Northwind Privacy",
        controller="Northwind GmbH", name="Ines Duarte", email="ines@northwind.example",
        passphrase=PASSPHRASE.reveal(), again=PASSPHRASE.reveal(),
        kit=str(office.server.socket_folder / "kit.pdf"),
    )  # fmt: skip
    _page(door).submit()
    finish_work(window)
    yield "on-a-server-wrong-password"
    _fill(door, address="postgresql://owner@privacy.northwind.example:5432/privacy")
    _page(door).submit()
    finish_work(window)
    yield "on-a-server-not-reached"


def _join(window: MainWindow, office: SharedOffice) -> Iterator[str]:
    door = window.welcome.invitation
    invitation = office.administrator.inviting.invite(NEWCOMER, login=SOMEBODY)
    _press(window, "Paste the invitation…")
    yield "paste"
    _fill(door, invitation=invitation.text()[:-9])
    _page(door).submit()
    finish_work(window)
    yield "cut-off"
    _fill(door, invitation=invitation.text())
    _page(door).submit()
    finish_work(window)
    yield "make-keys"
    _fill(door, passphrase=PASSPHRASE.reveal(), again=PASSPHRASE.reveal())
    _page(door).submit()
    finish_work(window)
    yield "answer"
    _fill(door, password=password_of(SOMEBODY), passphrase=PASSPHRASE.reveal())
    _page(door).submit()
    finish_work(window)
    yield "not-let-in-yet"
    _press(window, "Give this invitation up")
    yield "give-up"
    _press(window, "Back")
    yield "go-on-later"


def _open(window: MainWindow, office: SharedOffice) -> Iterator[str]:
    door = window.welcome.server
    window.welcome.show_recent((Recent(_address(office, "ines"), "Northwind Privacy", ""),))
    yield "recent"
    window.welcome.open_server(_address(office, "ines"))
    finish_work(window)
    yield "a-recent-one"
    _fill(door, way="certificate")
    yield "with-a-certificate"
    _fill(door, way="password", password="not her word")
    _page(door).submit()
    finish_work(window)
    yield "wrong-password"
    _fill(door, password=password_of("ines"))
    _page(door).submit()
    finish_work(window)
    yield "keys-are-not-here"
    _press(window, "I have the recovery kit…")
    yield "recover"
    _fill(door, kit="01 not a line of a kit", passphrase=PASSPHRASE.reveal())
    _page(door).submit()
    finish_work(window)
    yield "recover-with-a-wrong-line"
