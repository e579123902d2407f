"""The window: who is not signed in is welcomed, who is works, who is away is locked out."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, override

from PySide6.QtCore import QByteArray, QTimer
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QMainWindow,
    QMenu,
    QStackedWidget,
    QSystemTrayIcon,
)

from app.domain.errors import AppError
from app.domain.people import Verb
from app.domain.secrets import Secret
from app.i18n import _
from app.paths import user_data
from app.ui.dialogs.ask import ask
from app.ui.errors import sentence_of
from app.ui.page import Place
from app.ui.runner import Runner
from app.ui.shell.arriving import arrive, tell, who
from app.ui.shell.clipboard import ForgetfulClipboard
from app.ui.shell.demo import Demo
from app.ui.shell.demo_folder import new_demo_folder
from app.ui.shell.idle import IdleWatch
from app.ui.shell.leaving import SwitchButton, leave_after_asking
from app.ui.shell.lock_screen import LockScreen
from app.ui.shell.memory import Collector, keep_what_is_loaded
from app.ui.shell.preferences import PreferenceFile, Recent
from app.ui.shell.search import SearchDialog
from app.ui.shell.seat import Seat
from app.ui.shell.shortcuts import ShortcutsDialog
from app.ui.shell.targets import targets_at
from app.ui.shell.welcome import Welcome
from app.ui.theme import Scheme, apply_theme
from app.ui.theme.icons import app_icon
from app.ui.widgets.button import Button

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.bootstrap import App
    from app.domain.people import Member
    from app.domain.requests import Request
    from app.domain.workspace import WorkspaceFacts
    from app.ports.companies import Company
    from app.services.demo import Cast
    from app.services.desk import Desk
    from app.ui.shell.arriving import Arrived
    from app.ui.shell.welcome.frame import Entered
    from app.ui.shell.workbench import Workbench
    from app.wording.errors import Sentence

_LEAST = (1024, 700)
_USUAL = (1360, 860)
_PAGES_BY_NUMBER = 8
_IDLE_MINUTES = 10


class MainWindow(QMainWindow):
    """One window, one workspace, one member at a time; in the demo two who take turns."""

    def __init__(self, *, preferences: PreferenceFile, runner: Runner | None = None) -> None:
        super().__init__()
        self._built: App | None = None
        self.preferences = preferences
        self.runner = runner or Runner(self)
        self.seats: list[Seat] = []
        self._seat: Seat | None = None
        self.demo: Demo | None = None
        self._company: Company | None = None  # what runs for it ends with it, or with the program
        self._hidden: list[QDialog] = []
        self._may_close = False
        self.clipboard = ForgetfulClipboard(self)
        self.setWindowTitle("Sandglass")
        self.setWindowIcon(app_icon())
        self.setMinimumSize(*_LEAST)
        self.resize(*_USUAL)
        self.welcome = Welcome(runner=self.runner)
        self.lock_screen = LockScreen()
        self.work = QStackedWidget()
        self.stack = QStackedWidget()
        for each in (self.welcome, self.work, self.lock_screen):
            self.stack.addWidget(each)
        self.setCentralWidget(self.stack)
        self.welcome.demo_wanted.connect(self.open_demo)
        self.welcome.signed_in.connect(self._on_signed_in)
        self.lock_screen.unlock_wanted.connect(self._on_unlock)
        self.lock_screen.leave_wanted.connect(self.sign_out)
        self._tray: QSystemTrayIcon | None = None
        self._bind()
        self.restoreGeometry(QByteArray.fromHex(preferences.current.geometry.encode()))
        self.welcome.show_recent(preferences.current.recent)

    def prepare(self, build: Callable[[], App]) -> None:
        """Load the services while the window is on the screen already, then use them."""

        def load() -> App:
            app = build()
            keep_what_is_loaded()
            return app

        self.runner.run(self, lambda _work: load(), done=self.use, failed=self.welcome.say_error)

    def use(self, app: App) -> None:
        """Work with these services from now on."""
        self._built = app
        self.welcome.use(app)

    @property
    def _app(self) -> App:
        if self._built is None:
            raise RuntimeError("asked before the services are there")
        return self._built

    def watch(self, app: QApplication) -> None:
        """Lock when nobody is there, and close access when the desktop is left."""
        Collector(self, is_quiet=self.runner.is_idle)
        IdleWatch(app, self, seconds=self._idle_seconds).idle.connect(self.lock)
        app.commitDataRequest.connect(self._on_desktop_left)
        app.aboutToQuit.connect(self._on_desktop_left)
        app.styleHints().colorSchemeChanged.connect(self._on_scheme)

    def _idle_seconds(self) -> int:
        facts = self._seat.room.facts if self._seat is not None else None
        minutes = facts.policy.lock_after_minutes if facts is not None else _IDLE_MINUTES
        return minutes * 60

    def _bind(self) -> None:
        for keys, do in (
            ("Ctrl+K", self.search),
            ("Ctrl+N", self.begin_request),
            ("Ctrl+L", self.lock),
            ("Ctrl+Shift+E", self._on_session),
            ("F1", self.show_shortcuts),
            ("F6", self._on_other_side),
        ):
            QShortcut(QKeySequence(keys), self).activated.connect(do)
        for number in range(1, _PAGES_BY_NUMBER + 1):
            shortcut = QShortcut(QKeySequence(f"Ctrl+{number}"), self)
            shortcut.activated.connect(partial(self._on_number, number))

    @property
    def seat(self) -> Seat | None:
        """Who is at work and not locked out."""
        return self._seat if self.stack.currentWidget() is self.work else None

    # Coming in

    def open_demo(self, *, on_servers: bool = False) -> None:
        """Make a demo and sit down as its officer."""
        self.welcome.once_ready(partial(self._make_demo, on_servers=on_servers))

    def _make_demo(self, *, on_servers: bool) -> None:
        self.welcome.set_busy(
            _("Starting two database servers and making a company…")
            if on_servers
            else _("Making a company…")
        )
        folder = new_demo_folder()
        self.runner.run(
            self,
            lambda _work: self._app.demo.prepare(folder, on_servers=on_servers),
            done=self._on_demo,
            failed=self.welcome.say_error,
        )

    def _on_demo(self, made: tuple[Company, Cast, Request]) -> None:
        self._company, cast, request = made
        officer, approver = (
            self.take_seat(self._app.desk(here)) for here in (cast.officer, cast.approver)
        )
        self.welcome.show_ways()
        officer.begin(Place("today"))
        approver.begin(Place("approvals"))
        is_closed = self.preferences.current.is_guide_closed
        self.demo = Demo(officer, approver, request=request.id, is_guided=not is_closed)
        self.demo.sit_wanted.connect(self.sit)
        self.demo.guide_closed.connect(self._on_guide_closed)
        self.sit(officer)

    def _on_guide_closed(self) -> None:
        self.preferences.change(replace(self.preferences.current, is_guide_closed=True))

    def _on_signed_in(self, entered: Entered) -> None:
        self.welcome.set_busy(_("Opening…"))

        self.runner.run(
            self,
            lambda _work: arrive(self._app, entered),
            done=partial(self._on_arrived, entered),
            failed=self.welcome.say_error,
        )

    def _on_arrived(self, entered: Entered, arrived: Arrived) -> None:
        me, facts = arrived.me, arrived.facts
        seat = self._take_seat(arrived.desk, me=me, facts=facts)
        recent = Recent(entered.place, facts.title, me.id, entered.is_passwordless)
        self.preferences.change(self.preferences.current.with_recent(recent))
        self.welcome.show_ways()
        seat.begin(Place("today"))
        self._furnish(seat)
        self.sit(seat)
        tell(seat, entered, arrived)

    def _furnish(self, seat: Seat) -> None:
        foot = seat.workbench.navigation.foot
        foot.addWidget(SwitchButton(self.others, self.switch_to))
        foot.addWidget(Button(_("Sign out"), self.sign_out, kind="link"))

    def take_seat(self, desk: Desk) -> Seat:
        """Make room for the member whose desk it is; ``sit`` lets her work."""
        me, facts = who(desk)
        return self._take_seat(desk, me=me, facts=facts)

    def _take_seat(self, desk: Desk, *, me: Member, facts: WorkspaceFacts) -> Seat:
        seat = Seat(desk, me=me, facts=facts, runner=self.runner)
        seat.room.scheme = self.preferences.current.scheme
        seat.room.copied.connect(self.clipboard.put)
        seat.room.scheme_wanted.connect(self.use_scheme)
        seat.room.search_wanted.connect(self.search)
        seat.notified.connect(self._notify)
        seat.retaken.connect(partial(self._on_retaken, seat))
        seat.ended.connect(partial(self._on_ended, seat))
        self.seats.append(seat)
        self.work.addWidget(seat.workbench)
        return seat

    def sit(self, seat: Seat) -> None:
        """Let ``seat``'s member work."""
        if self._seat is not None and self._seat is not seat:
            self._seat.workbench.settle()
            self._seat.desk.reviewing.forget()
            self.clipboard.forget()
        self._seat = seat
        self.work.setCurrentWidget(seat.workbench)
        self.stack.setCurrentWidget(self.work)
        self.setWindowTitle(f"{seat.room.facts.title} · {seat.me.name} · Sandglass")
        if self.demo is not None:
            self.demo.show_at(seat)
        if seat.workbench.page is not None:
            seat.workbench.page.setFocus()

    def _on_retaken(self, seat: Seat, before: Workbench) -> None:
        """Show what she sees with other roles in the place of what she saw."""
        self.work.addWidget(seat.workbench)
        if self.demo is None:
            self._furnish(seat)
        else:
            self.demo.furnish(seat)
        if self.work.currentWidget() is before:
            self.work.setCurrentWidget(seat.workbench)
        if self.stack.currentWidget() is self.lock_screen and seat is self._seat:
            self.lock_screen.above.addWidget(seat.bars)
        elif self.seat is seat:
            self.sit(seat)
        self.work.removeWidget(before)
        before.deleteLater()

    def _on_ended(self, seat: Seat, sentence: Sentence) -> None:
        """Leave: access is closed, what was typed is saved as far as that is possible."""
        if seat in self.seats:
            self.leave()
            self.welcome.notice.say_error(sentence)

    # Going

    def sign_out(self) -> None:
        """Leave, after a question where access is open."""
        leave_after_asking(self, self.seats, self.leave)

    def switch_to(self, recent: Recent | None) -> None:
        """Leave likewise, for a workspace that was open before or to choose any."""
        leave_after_asking(self, self.seats, partial(self._switch, recent))

    def _switch(self, recent: Recent | None) -> None:
        self.leave()
        if recent is not None:
            self.welcome.open_recent(recent)

    def others(self) -> tuple[Recent, ...]:
        """Return the workspaces that were open here besides the one that is."""
        here = self._seat.desk.here.workspace.place if self._seat is not None else ""
        return tuple(each for each in self.preferences.current.recent if each.path != here)

    def leave(self) -> None:
        """Sign out: access is closed, what was typed is saved, the welcome is shown."""
        seats, self.seats, self._seat = self.seats, [], None
        self._hidden.clear()
        for seat in seats:
            seat.leave()
        if self.demo is not None:
            self.demo.deleteLater()
            self.demo = None
        company, self._company = self._company, None
        self.clipboard.forget()
        self.setWindowTitle("Sandglass")
        self.welcome.show_recent(self.preferences.current.recent)
        self.welcome.show_ways()
        self.stack.setCurrentWidget(self.welcome)
        self._when_idle(partial(self._drop, seats, company))

    def _drop(self, seats: list[Seat], company: Company | None) -> None:
        workspaces = {id(seat.desk.here.workspace): seat.desk.here.workspace for seat in seats}

        def end() -> None:
            for seat in seats:
                _end_quietly(seat)
            for workspace in workspaces.values():
                workspace.close()
            if company is not None:
                company.close()

        def ended(_nothing: object) -> None:
            for seat in seats:
                seat.deleteLater()

        for seat in seats:
            self.work.removeWidget(seat.workbench)
            seat.workbench.deleteLater()
        self.runner.run(self, lambda _work: end(), done=ended, failed=self.welcome.say_error)

    def _when_idle(self, do: Callable[[], object]) -> None:
        if self.runner.is_idle():
            do()
        else:
            QTimer.singleShot(30, self, partial(self._when_idle, do))

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        geometry = bytes(self.saveGeometry().toHex().data()).decode()
        self.preferences.change(replace(self.preferences.current, geometry=geometry))
        if self._may_close or not any(each.pulls.any_runs() for each in self.seats):
            self._shut()
            event.accept()
            return
        event.ignore()
        seat = next(each for each in self.seats if each.pulls.any_runs())
        ask(
            self,
            seat.room,
            title=_("Stop reading and close?"),
            text=_(
                "A pull is running. Closing ends access now: collections that are "
                "complete stay, the others are marked incomplete."
            ),
            confirm=_("End access and close"),
            kind="danger",
            work=lambda _values, _work: None,
            done=self._on_close_confirmed,
        )

    def _on_close_confirmed(self, _nothing: object) -> None:
        self._may_close = True
        self.close()

    def _shut(self) -> None:
        for seat in self.seats:
            seat.leave()
        self.clipboard.forget()
        self.runner.drain()
        for seat in self.seats:
            _end_quietly(seat)

    def _on_desktop_left(self, *_manager: object) -> None:
        for seat in self.seats:
            seat.pulls.cancel_all()
            seat.workbench.settle()
            _end_quietly(seat)

    # Being away

    def lock(self) -> None:
        """Hide everything; reading goes on, and so does its countdown."""
        seat = self.seat
        if seat is None:
            return
        seat.workbench.settle()
        seat.desk.reviewing.forget()
        self.clipboard.forget()
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, QMenu) and widget.isVisible():
                widget.close()
            if isinstance(widget, QDialog) and widget.isVisible():
                self._hidden.append(widget)
                widget.hide()
        self.lock_screen.above.addWidget(seat.bars)
        self.lock_screen.ask(seat.me.name, needs_passphrase=self._needs_passphrase(seat))
        self.stack.setCurrentWidget(self.lock_screen)

    def _needs_passphrase(self, seat: Seat) -> bool:
        if self.demo is not None:
            return False
        here = seat.desk.here
        return self._app.membership.keys_rest_in(here.workspace_id, here.member) == "file"

    def _on_unlock(self, passphrase: str) -> None:
        seat = self._seat
        if seat is None:
            return
        if self.demo is not None:
            self._unlocked(seat)
            return
        here = seat.desk.here
        secret = Secret(passphrase) if passphrase else None
        self.runner.run(
            seat,
            lambda _work: self._app.membership.sign_in(
                here.workspace, here.member, passphrase=secret
            ),
            done=lambda _here: self._unlocked(seat),
            failed=lambda error: self.lock_screen.refuse(sentence_of(error)),
        )

    def _unlocked(self, seat: Seat) -> None:
        seat.workbench.above.insertWidget(0, seat.bars)
        self.sit(seat)
        hidden, self._hidden = self._hidden, []
        for dialog in hidden:
            dialog.show()
        if seat.workbench.page is not None:
            seat.workbench.page.refresh()

    # Getting about

    def search(self) -> None:
        """Find something, or go somewhere."""
        seat = self.seat
        if seat is not None:
            SearchDialog(self, seat.room, targets=targets_at(self, seat)).open()

    def _on_number(self, number: int) -> None:
        if (seat := self.seat) is not None and number <= len(seat.workbench.listed_pages):
            seat.room.go(seat.workbench.listed_pages[number - 1].key)

    def begin_request(self) -> None:
        """Open the page on which a request is recorded, for those who may."""
        if (seat := self.seat) is not None and seat.me.may(Verb.HANDLE_REQUESTS):
            seat.room.go("request")

    def _on_session(self) -> None:
        if (seat := self.seat) is not None:
            seat.go_to_session()

    def show_shortcuts(self) -> None:
        """Open the list of keys."""
        ShortcutsDialog(self).open()

    def _on_other_side(self) -> None:
        seat = self.seat
        if seat is None:
            return
        navigation = seat.workbench.navigation
        if (focus := QApplication.focusWidget()) is not None and navigation.isAncestorOf(focus):
            if seat.workbench.page is not None:
                seat.workbench.page.focusNextChild()
        else:
            navigation.focus_current()

    # Looks

    def use_scheme(self, scheme: str) -> None:
        """Draw everything in ``scheme`` from now on, and remember it."""
        self.preferences.change(replace(self.preferences.current, scheme=scheme))
        self._on_scheme()

    def _on_scheme(self) -> None:
        app = QApplication.instance()
        if isinstance(app, QApplication):
            apply_theme(app, Scheme(self.preferences.current.scheme))

    def _notify(self, text: str) -> None:
        if not QSystemTrayIcon.isSystemTrayAvailable():
            QApplication.alert(self)
            return
        if self._tray is None:
            self._tray = QSystemTrayIcon(app_icon(), self)
            self._tray.show()
        self._tray.showMessage("Sandglass", text, app_icon())


def _end_quietly(seat: Seat) -> None:
    """Close access; where the workspace is gone it closes by its own deadline."""
    try:
        seat.end_own_access()
    except AppError:
        return


def preference_file() -> PreferenceFile:
    """Return this machine's preferences."""
    return PreferenceFile(user_data() / "window.json")
