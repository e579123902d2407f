"""What the ways in share: a form in the middle of the window, and what it leads to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.i18n import _
from app.ui.errors import sentence_of
from app.ui.shell.welcome.login_fields import ask_for_what_is_wrong
from app.ui.widgets.busy import Busy
from app.ui.widgets.button import Button
from app.ui.widgets.card import Card, clear, column, row, scrolled
from app.ui.widgets.form import Form, FormItem, PathInput
from app.ui.widgets.notice import Notice
from app.ui.widgets.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from PySide6.QtWidgets import QLayout

    from app.ports.storage import Workspace
    from app.services.entering import Entering
    from app.services.joining import Joining
    from app.services.key_exchange import Lost
    from app.services.membership import Membership
    from app.services.recovering import Recovering
    from app.services.signed_in import SignedIn
    from app.ui.runner import Runner

_WIDTH = 640


class Services(NamedTuple):
    """What the ways in call; they are loaded after the window is drawn."""

    membership: Membership
    joining: Joining
    entering: Entering
    recovering: Recovering
    calendars: tuple[str, ...]


class Entered(NamedTuple):
    """Somebody who came in: where, and whether the server asked for no password.

    ``kit`` is where the recovery kit of a workspace goes that was just made; ``lost`` is what was
    sealed to the old keys of somebody who came back with a kit.
    """

    here: SignedIn
    place: str
    is_passwordless: bool = False
    kit: Path | None = None
    lost: Lost | None = None


class Door(QObject):
    """One way in: its pages, shown one after the other."""

    shown = Signal(object)
    """The page that is to be looked at now."""
    entered = Signal(object)
    """An ``Entered``."""
    failed = Signal(object)
    """What went wrong before there was a page to say it on."""
    left = Signal()
    """The person goes back to the beginning."""

    def __init__(
        self, *, runner: Runner, services: Callable[[], Services], parent: QObject
    ) -> None:
        super().__init__(parent)
        self.runner = runner
        self._services = services
        self.pages: tuple[FormPage, ...] = ()

    def forget(self) -> None:
        """Drop what was typed, passwords among it, and what was opened for it."""
        for page in self.pages:
            page.forget()

    def close_quietly(self, workspace: Workspace) -> None:
        """Let go of a workspace that nobody entered."""
        self.runner.run(
            self,
            lambda _work: workspace.close(),
            done=lambda _nothing: None,
            failed=lambda _error: None,
        )


_KEYS_LOST = frozenset({"keys.not_here", "keys.replaced", "keys.keyring_empty", "keys.damaged"})


class FormPage(QWidget):
    """One form with its button, in the middle of the window; ``above`` stands before it.

    With ``on_kit`` the recovery kit is offered under it, and beside what says that keys are lost.
    """

    def __init__(
        self,
        title: str,
        confirm: str,
        *,
        runner: Runner,
        on_confirm: Callable[[dict[str, str]], object],
        on_back: Callable[[], object],
        on_kit: Callable[[], object] | None = None,
    ) -> None:
        super().__init__()
        self.form: Form | None = None
        self._runner = runner
        self._on_confirm = on_confirm
        self._on_kit = on_kit
        self._title = Text(title, "title")
        self._text = Text("", "muted")
        self._notice = Notice()
        self._busy = Busy()
        self.above = QVBoxLayout()
        self.above.setSpacing(10)
        self._holder = QVBoxLayout()
        self.confirm = Button(confirm, self.submit, kind="primary")
        self.confirm.setAutoDefault(True)
        self.kit = Button(_("I have the recovery kit…"), on_kit, kind="link")
        self.kit.setVisible(on_kit is not None)
        self._back = Button(_("Back"), on_back)
        card = Card(margin=22)
        card.body.setSpacing(12)
        for part in (self._title, self._text, self._notice):
            card.body.addWidget(part)
        card.body.addLayout(self.above)
        card.body.addLayout(self._holder)
        card.body.addLayout(row(self.kit, 1))
        card.body.addWidget(self._busy)
        card.body.addLayout(row(self._back, 1, self.confirm))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(in_the_middle(column(1, card, 2)))

    def ask(self, title: str, text: str, fields: Sequence[FormItem], *, first: str = "") -> None:
        """Begin with empty fields; ``first`` takes the focus, which else stays where it is."""
        self._title.setText(title)
        self._text.setText(text)
        self._text.setVisible(bool(text))
        self._notice.clear()
        clear(self._holder)
        self.form = Form(fields)
        for each in fields:
            entry = self.form.input(each.key)
            entry = entry.edit if isinstance(entry, PathInput) else entry
            if isinstance(entry, QLineEdit):
                entry.returnPressed.connect(self.submit)
        self._holder.addWidget(self.form)
        if fields:  # Tab goes by age, and the buttons are older than the form
            self.setTabOrder(self.form.input(fields[-1].key), self.kit)
            self.setTabOrder(self.kit, self._back)
            self.setTabOrder(self._back, self.confirm)
        self._set_busy("")
        self._go_to(first)

    def forget(self) -> None:
        """Drop what was typed, passphrases among it."""
        clear(self._holder)
        self.form = None

    def submit(self) -> None:
        """Do it, if everything is filled in."""
        if self.form is not None and self.confirm.isEnabled() and self.form.validate():
            self._on_confirm(self.form.values())

    def say_error(self, error: BaseException, *, first: str = "") -> None:
        """Say here what could not be done; what was typed stays, ``first`` is to be mended."""
        self._set_busy("")
        sentence = replace(sentence_of(error), saved="")  # nobody is in, nothing was done
        if self._on_kit is not None and sentence.code in _KEYS_LOST:
            text = _("I have the recovery kit…")
            self._notice.say_error(sentence, action=text, do=self._on_kit)
        else:
            self._notice.say_error(sentence)
        if self.form is not None and "way" in self.form.rows:
            first = ask_for_what_is_wrong(self.form, sentence.code) or first
        self._go_to(first)

    def tell(
        self,
        text: str,
        *,
        tone: str = "green",
        action: str = "",
        do: Callable[[], object] | None = None,
    ) -> None:
        """Say something above the form, with a button beside it that does ``do``."""
        self._notice.say(text, tone=tone, action=action, do=do)

    def run[T](
        self, work: Callable[[], T], done: Callable[[T], None], *, busy: str, first: str = ""
    ) -> None:
        """Work in a thread; a failure is said here, and what was typed stays."""
        self._notice.clear()
        self._set_busy(busy)

        def finished(result: T) -> None:
            self._set_busy("")
            done(result)

        def failed(error: Exception) -> None:
            self.say_error(error, first=first)

        self._runner.run(self, lambda _work: work(), done=finished, failed=failed)

    def _go_to(self, field: str) -> None:
        """Give a field the focus, or, where it is not asked, what says how a login is proved."""
        if field and self.form is not None:
            self.form.input(field if self.form.is_asked(field) else "way").setFocus()

    def _set_busy(self, text: str) -> None:
        self.confirm.setEnabled(not text)
        self._back.setEnabled(not text)
        if text:
            self._busy.start(text)
        else:
            self._busy.stop()


def in_the_middle(inside: QLayout) -> QWidget:
    """Return a page with ``inside`` as a narrow column in the middle."""
    holder = QWidget()
    holder.setObjectName("scrolled")
    narrow = QWidget()
    narrow.setMaximumWidth(_WIDTH)
    narrow.setLayout(inside)
    layout = QHBoxLayout(holder)
    layout.setContentsMargins(24, 24, 24, 24)
    layout.addStretch(1)
    layout.addWidget(narrow, 100)
    layout.addStretch(1)
    layout.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    return scrolled(holder)
