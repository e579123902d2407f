"""Before anybody is signed in: look around, join, start, or go back to a recent workspace."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QStackedWidget, QWidget

from app.domain.errors import AppError
from app.i18n import _
from app.ui.errors import sentence_of
from app.ui.shell.welcome.file_door import FileDoor
from app.ui.shell.welcome.frame import Services
from app.ui.shell.welcome.invitation_door import InvitationDoor
from app.ui.shell.welcome.server_door import ServerDoor
from app.ui.shell.welcome.start_door import FILE_KINDS, StartDoor
from app.ui.shell.welcome.ways import Ways

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.bootstrap import App
    from app.services.joining import Pending
    from app.ui.runner import Runner
    from app.ui.shell.preferences import Recent
    from app.ui.shell.welcome.frame import Entered


class Welcome(QStackedWidget):
    """The three ways in, what is open to members already, and the pages that follow."""

    demo_wanted = Signal()
    signed_in = Signal(object)
    """An ``Entered``."""

    def __init__(self, *, runner: Runner) -> None:
        super().__init__()
        self._runner = runner
        self._services: Services | None = None
        self._waiting: Callable[[], object] | None = None
        self._ways = Ways(
            on_join=partial(self.once_ready, self._on_join),
            on_start=partial(self.once_ready, self._on_start),
            on_file=partial(self.once_ready, self._on_file),
            on_server=partial(self.once_ready, self.open_server),
        )
        self._ways.demo_wanted.connect(self.demo_wanted)
        self._ways.recent_wanted.connect(self.open_recent)
        self._ways.pending_wanted.connect(self._on_pending)
        self.addWidget(self._ways)
        self.file = FileDoor(runner=runner, services=self._ready, parent=self)
        self.server = ServerDoor(runner=runner, services=self._ready, parent=self)
        self.invitation = InvitationDoor(runner=runner, services=self._ready, parent=self)
        self.start = StartDoor(runner=runner, services=self._ready, parent=self)
        self._doors = (self.file, self.server, self.invitation, self.start)
        for door in self._doors:
            door.shown.connect(self._on_shown)
            door.failed.connect(self.say_error)
            door.left.connect(self.show_ways)
            door.entered.connect(self._on_entered)
            for page in door.pages:
                self.addWidget(page)
        self.invitation.changed.connect(self._look_for_pending)
        self.notice = self._ways.notice

    def use(self, app: App) -> None:
        """Work from now on; what was pressed meanwhile is done."""
        self._services = Services(
            app.membership,
            app.joining,
            app.entering,
            app.recovering,
            tuple(app.deadlines.calendar_ids()),
        )
        self._look_for_pending()
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            self.set_busy("")
            waiting()

    def once_ready(self, do: Callable[[], object]) -> None:
        """Do it now, or as soon as there are services to do it with."""
        if self._services is not None:
            do()
            return
        self._waiting = do
        self.set_busy(_("Starting…"))

    def _ready(self) -> Services:
        if self._services is None:
            raise RuntimeError("asked before the services are there")
        return self._services

    def show_recent(self, recent: tuple[Recent, ...]) -> None:
        """Offer what was open here before."""
        self._ways.show_recent(recent)

    def show_ways(self) -> None:
        """Go back to the beginning; what was typed is forgotten."""
        for door in self._doors:
            door.forget()
        self.setCurrentIndex(0)
        self.set_busy("")

    def say_error(self, error: BaseException) -> None:
        """Say what could not be done."""
        self.set_busy("")
        sentence = sentence_of(error)
        if isinstance(error, AppError) and sentence.code == "workspace.moved":
            go = partial(self.open_server, str(error.values["place"]))
            self.notice.say_error(sentence, action=_("Open it there"), do=go)
        else:
            self.notice.say_error(sentence)

    def set_busy(self, text: str) -> None:
        """Show that something is being prepared, and take nothing else meanwhile."""
        self._ways.set_busy(text)

    def open_file(self, path: Path, member: str = "") -> None:
        """Open a workspace file and ask who signs in; ``member`` is chosen beforehand."""
        self.once_ready(partial(self._open_file, path, member))

    def open_server(self, address: str = "", *, is_passwordless: bool = False) -> None:
        """Open a workspace on a server: at once where the keyring has the password."""
        self.once_ready(partial(self._open_server, address, is_passwordless=is_passwordless))

    def open_recent(self, recent: Recent) -> None:
        """Go back to a workspace that was open here before."""
        if recent.is_shared:
            self.open_server(recent.path, is_passwordless=recent.is_passwordless)
        else:
            self.open_file(Path(recent.path), recent.member)

    def _open_file(self, path: Path, member: str) -> None:
        self.set_busy(_("Opening…"))
        self.file.open(path, member)

    def _open_server(self, address: str, *, is_passwordless: bool) -> None:
        self.set_busy(_("Opening…"))
        self.server.open(address, is_passwordless=is_passwordless)

    def _on_file(self) -> None:
        path, _kind = QFileDialog.getOpenFileName(self, _("Open a workspace"), "", FILE_KINDS)
        if path:
            self.open_file(Path(path))

    def _on_join(self) -> None:
        self.invitation.begin()

    def _on_pending(self, pending: Pending) -> None:
        self.once_ready(partial(self.invitation.go_on, pending))

    def _on_start(self) -> None:
        self.set_busy(_("Looking for a keyring…"))
        self.start.begin()

    def _look_for_pending(self) -> None:
        joining = self._ready().joining
        self._runner.run(
            self,
            lambda _work: joining.pending(),
            done=self._ways.show_pending,
            failed=self.say_error,
        )

    def _on_shown(self, page: QWidget) -> None:
        self.set_busy("")
        self.setCurrentWidget(page)

    def _on_entered(self, entered: Entered) -> None:
        self.show_ways()
        self.notice.clear()
        self.signed_in.emit(entered)
