"""The whole window over real workspaces, with everything in it that can be opened."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QFileDialog,
    QMenu,
    QPushButton,
    QWidget,
)

import app.ui.pages
import app.ui.stages
from app.bootstrap import build
from app.domain.people import Role
from app.domain.requests import Stage
from app.domain.secrets import Secret
from app.domain.workspace import Controller
from app.plugins import load
from app.services.membership import NewMember, NewWorkspace
from app.ui.page import Page, Place, StagePanel
from app.ui.shell.main_window import MainWindow, PreferenceFile
from app.ui.shell.shortcuts import ShortcutsDialog
from tests.ui.windows import finish_work
from tests.ui.worlds import LosableWorkspace, Person, fill

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.ui.shell.seat import Seat

_PASSPHRASE = Secret("river candle orbit maple")
_OPENS = "…"
_WORLD = "world.json"
_PARTS = ("officer", "approver", "administrator")
_ADMINISTRATOR = "Inés Duarte"
_ON_A_SERVER = "For a team: on a PostgreSQL server"


@dataclass
class Studio:
    """A window in which three people can work; ``requests`` has one at each stage, if any."""

    window: MainWindow
    workspace: LosableWorkspace
    officer: Seat
    approver: Seat
    administrator: Seat
    requests: dict[Stage, str] = field(default_factory=dict)

    def settle(self) -> None:
        """Let everything that runs end and be shown, and what it starts as well."""
        finish_work(self.window)

    def go(self, seat: Seat, page: str, item: str = "", *, stage: str = "") -> QWidget:
        """Let somebody open a page; return it when all of it is there."""
        self.window.sit(seat)
        self.window.activateWindow()
        seat.room.go(page, item, stage=stage)
        self.settle()
        shown = seat.workbench.page
        assert shown is not None
        return shown

    def close(self) -> None:
        """Leave nothing behind."""
        for dialog in open_dialogs():
            dialog.reject()
        self.window.leave()
        self.settle()
        self.window.close()
        self.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@dataclass(frozen=True)
class World:
    """A folder with a workspace, what belongs to it, and this machine's own files in ``home``.

    ``keys`` is the folder with the keys of who sits there: id and passphrase. Made once, opened
    as a copy.
    """

    root: Path
    workspace: str
    keys: str
    people: list[tuple[str, str]]
    requests: dict[str, str] = field(default_factory=dict)

    def keep(self) -> World:
        """Write down what it takes to open it, for another process too."""
        facts = {
            each.name: getattr(self, each.name) for each in fields(self) if each.name != "root"
        }
        (self.root / _WORLD).write_text(json.dumps(facts), encoding="utf-8")
        return self

    @classmethod
    def at(cls, root: Path) -> World:
        """Return the world that was kept in a folder."""
        return cls(root, **json.loads((root / _WORLD).read_text(encoding="utf-8")))

    def copy(self, root: Path) -> World:
        """Copy everything to another folder."""
        shutil.copytree(self.root, root, dirs_exist_ok=True)
        return replace(self, root=root)


def full_world(root: Path) -> World:
    """Make a demo with a request at each stage."""
    made, place = build(root / "home"), root / "demo"
    company, cast, _request = made.demo.prepare(place)
    officer, approver = made.desk(cast.officer), made.desk(cast.approver)
    with closing(sqlite3.connect(company.sources["shop"].settings["path"])) as shop:
        found = shop.execute("SELECT name, email FROM customers LIMIT 8").fetchall()
    people = [Person(name, email) for name, email in found]
    requests = fill(officer, approver, people, now=datetime.now(UTC), folder=root / "papers")
    cast.officer.workspace.close()
    return World(
        root,
        "demo/workspace.sqlite",
        "demo",
        [(getattr(cast, part).member, cast.passphrases[part]) for part in _PARTS],
        {stage.value: request for stage, request in requests.items()},
    ).keep()


def empty_world(root: Path) -> World:
    """Make a workspace in which nothing happened."""
    made = build(root / "home")
    controller = Controller("Northwind Stores GmbH", country="DE")
    new = NewWorkspace("Northwind Stores", controller, timezone="Europe/Berlin", calendar="DE")
    first = made.membership.create(
        root / "workspace.sqlite", new, first=_member(_ADMINISTRATOR, Role.ADMINISTRATOR)
    )
    officer = made.membership.add(first, _member("Nadia Roth", Role.OFFICER))
    approver = made.membership.add(first, _member("Omar Haddad", Role.APPROVER))
    first.workspace.close()
    ids = (officer.id, approver.id, first.member)
    people = [(each, _PASSPHRASE.reveal()) for each in ids]
    return World(root, "workspace.sqlite", "home", people).keep()


def open_studio(world: World) -> Studio:
    """Open a window over a world; it may change in it what it likes.

    ``SANDGLASS_HOME`` says where this machine's own files are; set it to the world's home first.
    """
    made, doors = build(), build(world.root / world.keys).membership
    window = MainWindow(preferences=PreferenceFile(world.root / "window.json"))
    window.use(made)
    workspace = LosableWorkspace(made.membership.open(world.root / world.workspace))
    desks = [
        made.desk(doors.sign_in(workspace, member, passphrase=Secret(phrase)))
        for member, phrase in world.people
    ]
    seats = [window.take_seat(each) for each in desks]
    requests = {Stage(stage): request for stage, request in world.requests.items()}
    studio = Studio(window, workspace, *seats, requests=requests)
    for seat, page in zip(seats, ("today", "approvals", "today"), strict=True):
        seat.begin(Place(page))
    window.sit(studio.officer)
    window.show()
    studio.settle()
    return studio


def _member(name: str, role: Role) -> NewMember:
    return NewMember(name, f"{role.value}@northwind.example", frozenset({role}), _PASSPHRASE)


@dataclass(frozen=True)
class Scene:
    """Something that the window shows; ``show`` goes there and returns what is to be seen."""

    name: str
    show: Callable[[Studio], QWidget]


def _seat_for(studio: Studio, page: Page) -> Seat:
    """Return who sees most of a page."""
    seats = (studio.administrator, studio.officer, studio.approver)
    allowed = (
        seat for seat in seats if not page.verbs or any(seat.me.may(verb) for verb in page.verbs)
    )
    if page.key in {"today", "requests", "request"}:
        return studio.officer
    return next(allowed)


def page_scenes() -> tuple[Scene, ...]:
    """Return a scene for every page that is found; the request has those of its stages."""
    pages = sorted(load(app.ui.pages, "PAGE", Page), key=lambda each: each.order)
    return tuple(_page_scene(page) for page in pages)


def _page_scene(page: Page) -> Scene:
    def show(studio: Studio) -> QWidget:
        return studio.go(_seat_for(studio, page), page.key)

    return Scene("new-request" if page.key == "request" else page.key, show)


def stage_scenes() -> tuple[Scene, ...]:
    """Return a scene for every stage panel that is found."""
    return tuple(_stage_scene(each.stage) for each in load(app.ui.stages, "STAGE", StagePanel))


def _stage_scene(stage: Stage) -> Scene:
    def show(studio: Studio) -> QWidget:
        request = studio.requests.get(stage, "DSR-2026-0001")
        return studio.go(studio.officer, "request", request, stage=stage.value)

    return Scene(f"stage-{stage.value}", show)


def shell_scenes() -> tuple[Scene, ...]:
    """Return what the window shows around its pages."""

    def lock(studio: Studio) -> QWidget:
        studio.go(studio.officer, "today")
        studio.window.lock()
        studio.settle()
        return studio.window.lock_screen

    def search(studio: Studio) -> QWidget:
        studio.go(studio.officer, "today")
        studio.window.search()
        studio.settle()
        return open_dialogs()[-1]

    def shortcuts(studio: Studio) -> QWidget:
        studio.go(studio.officer, "today")
        dialog = ShortcutsDialog(studio.window)
        dialog.open()
        studio.settle()
        return dialog

    return (Scene("lock", lock), Scene("search", search), Scene("shortcuts", shortcuts))


def welcome_scenes() -> tuple[Scene, ...]:
    """Return what is seen before anybody is signed in, and the demo as it begins.

    Nobody can go back from here: they are the last scenes of a studio.
    """

    def ways(studio: Studio) -> QWidget:
        studio.window.stack.setCurrentWidget(studio.window.welcome)
        studio.window.welcome.show_ways()
        studio.settle()
        return studio.window.welcome

    def pressed(*names: str) -> Callable[[Studio], QWidget]:
        def show(studio: Studio) -> QWidget:
            welcome = ways(studio)
            for name in names:
                named(welcome, name).click()
                studio.settle()
            return welcome

        return show

    def sign_in(studio: Studio) -> QWidget:
        welcome = studio.window.welcome
        welcome.open_file(Path(studio.workspace.place), studio.officer.me.id)
        studio.settle()
        return welcome

    def recover(studio: Studio) -> QWidget:
        welcome = sign_in(studio)
        form = studio.window.welcome.file.pages[0].form
        assert form is not None
        who = form.input("member")
        assert isinstance(who, QComboBox)
        who.setCurrentText(_ADMINISTRATOR)
        named(welcome, "I have the recovery kit…").click()
        studio.settle()
        return welcome

    def demo(studio: Studio) -> QWidget:
        studio.window.open_demo()
        studio.settle()
        return studio.window.work

    return (
        Scene("welcome", ways),
        Scene("welcome-create", pressed("Create…")),
        Scene("welcome-create-on-a-server", pressed("Create…", _ON_A_SERVER)),
        Scene("welcome-join", pressed("Paste the invitation…")),
        Scene("welcome-open-on-a-server", pressed("a workspace on a server")),
        Scene("welcome-sign-in", sign_in),
        Scene("welcome-recover", recover),
        Scene("demo", demo),
    )


def named(root: QWidget, name: str) -> QAbstractButton:
    """Return the button of ``root`` that says ``name`` and can be seen."""
    for button in root.findChildren(QAbstractButton):
        if button.isVisibleTo(root) and button.text().replace("&&", "&").strip() == name:
            return button
    raise AssertionError(f"no button says {name}")


def open_dialogs() -> list[QDialog]:
    """Return the dialogs that are open, the newest last."""
    return [
        each
        for each in QApplication.topLevelWidgets()
        if isinstance(each, QDialog) and each.isVisible()
    ]


def opened_from(studio: Studio, page: QWidget) -> Iterator[tuple[str, QDialog]]:
    """Press everything on ``page`` that promises a dialog by its "…"; yield each while open.

    The desktop's own dialogs for files and printers are dismissed.
    """
    for name, do in _openers(page):
        dismissing = QTimer()
        dismissing.timeout.connect(_dismiss_file_dialog)
        dismissing.start(20)
        do()
        studio.settle()
        dismissing.stop()
        for dialog in open_dialogs():
            yield name, dialog
            with suppress(RuntimeError):
                dialog.reject()
        studio.settle()


def _openers(page: QWidget) -> list[tuple[str, Callable[[], object]]]:
    found: list[tuple[str, Callable[[], object]]] = []
    for button in page.window().findChildren(QPushButton):
        if not button.isVisible():
            continue
        if button.text().endswith(_OPENS) and button.isEnabled():
            found.append((_plain(button.text()), button.click))
        for menu in button.findChildren(QMenu):
            found += [
                (_plain(action.text()), action.trigger)
                for action in menu.actions()
                if action.text().endswith(_OPENS) and action.isEnabled() and action.isVisible()
            ]
    return found


def _plain(text: str) -> str:
    kept = "".join(each if each.isalnum() else " " for each in text)
    return "-".join(kept.lower().split())


def _dismiss_file_dialog() -> None:
    dialog = QApplication.activeModalWidget()
    if isinstance(dialog, QFileDialog) or type(dialog).__name__.startswith("QPrint"):
        dialog.close()
