"""An invitation: read, answered with keys made here, and entered once it is confirmed."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication, QTextOption
from PySide6.QtWidgets import QFileDialog

from app.domain.addresses import WorkspaceAddress
from app.domain.errors import AppError
from app.domain.joining import Invitation
from app.i18n import _
from app.ui.errors import sentence_of
from app.ui.shell.welcome.frame import Door, Entered, FormPage
from app.ui.shell.welcome.login_fields import login_items, login_of, secret_of
from app.ui.theme.fonts import mono_font
from app.ui.widgets.button import Button
from app.ui.widgets.card import row
from app.ui.widgets.facts import Facts
from app.ui.widgets.form import FormItem
from app.ui.widgets.long_text import LongText
from app.ui.widgets.passphrase import passphrase_items
from app.ui.widgets.text import Text
from app.wording.workspaces import short_place

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QObject

    from app.services.joining import Joining, Pending
    from app.ui.runner import Runner
    from app.ui.shell.welcome.frame import Services

_ANSWER_HEIGHT = 92
_HALF = 3


class _Read(NamedTuple):
    """An invitation, and how far it has come on this machine."""

    invitation: Invitation
    pending: Pending | None
    has_keyring: bool


class _Waiting(NamedTuple):
    """An answer that is out, and what is needed to enter."""

    pending: Pending
    kept_in: str
    has_keyring: bool


class InvitationDoor(Door):
    """Three pages: the invitation, the keys, the answer with the way in."""

    changed = Signal()
    """Another invitation is answered, or one was given up."""

    def __init__(
        self, *, runner: Runner, services: Callable[[], Services], parent: QObject
    ) -> None:
        super().__init__(runner=runner, services=services, parent=parent)
        self._invitation: Invitation | None = None
        self._pending: Pending | None = None
        self._paste = FormPage(
            _("Join my team"),
            _("Continue"),
            runner=runner,
            on_confirm=self._on_pasted,
            on_back=self.left.emit,
        )
        self._paste.above.addLayout(row(Button(_("Choose a file…"), self._on_choose), 1))
        self._keys = FormPage(
            _("Make your keys"),
            _("Make my keys"),
            runner=runner,
            on_confirm=self._on_make,
            on_back=self._on_back,
        )
        self._where = Facts(label_width=120)
        self._keys.above.addWidget(self._where)
        self._answer = FormPage(
            _("Your answer"),
            _("Enter"),
            runner=runner,
            on_confirm=self._on_enter,
            on_back=self.left.emit,
        )
        self._words = Text("", "title", selectable=True)
        self._text = LongText()
        self._text.setReadOnly(True)
        self._text.setAccessibleName(_("Your answer"))
        self._text.setFont(mono_font())
        self._text.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        self._text.setFixedHeight(_ANSWER_HEIGHT)
        self._lay_out_answer()
        self.pages = (self._paste, self._keys, self._answer)

    def _lay_out_answer(self) -> None:
        above = self._answer.above
        above.addWidget(Text(_("1. Send this answer back to the administrator."), "strong"))
        above.addWidget(self._text)
        above.addLayout(
            row(
                Button(_("Copy"), self._on_copy, icon="copy"),
                Button(_("Save as file…"), self._on_save),
                1,
                Button(_("Give this invitation up"), self._on_drop, kind="link"),
            )
        )
        above.addWidget(Text(_("2. Call her, and read these six words to her."), "strong"))
        above.addWidget(self._words)
        said = Text(_("She sees the same words, if nobody exchanged anything on its way."), "muted")
        above.addWidget(said)
        above.addWidget(Text(_("3. When she has confirmed you, enter."), "strong"))

    def begin(self) -> None:
        """Ask for an invitation."""
        self._paste.ask(
            _("Join my team"),
            _("Paste the invitation that an administrator sent you, or choose its file."),
            (FormItem("invitation", _("Invitation"), "long", is_required=True, check=_problem),),
            first="invitation",
        )
        self.shown.emit(self._paste)

    def go_on(self, pending: Pending) -> None:
        """Show an answer again that waits to be confirmed."""
        services = self._services()
        self.runner.run(
            self,
            lambda _work: _waiting(services, pending),
            done=self._on_waiting,
            failed=self.failed.emit,
        )

    def _on_choose(self) -> None:
        path, _kind = QFileDialog.getOpenFileName(self._paste, _("Invitation"))
        if path:
            self.read_file(Path(path))

    def read_file(self, path: Path) -> None:
        """Take the invitation from a file."""
        joining = self._services().joining
        self._paste.run(lambda: joining.read(path), self._on_read, busy=_("Reading…"))

    def _on_read(self, text: str) -> None:
        if self._paste.form is not None:
            self._paste.form.set_text("invitation", text)
            self._paste.submit()

    def _on_pasted(self, values: dict[str, str]) -> None:
        invitation, joining = Invitation.read(values["invitation"]), self._services().joining
        self._paste.run(
            lambda: _Read(invitation, joining.pending_to(invitation), joining.keyring_usable()),
            self._on_invitation,
            busy=_("Reading…"),
        )

    def _on_invitation(self, read: _Read) -> None:
        if read.pending is not None:
            self.go_on(read.pending)
            return
        self._invitation = read.invitation
        address = WorkspaceAddress.read(read.invitation.address)
        self._where.show_facts(
            (_("Server"), f"{address.host}:{address.port}"),
            (_("Database"), address.database),
            (_("Your login"), address.login),
            (_("Its authority"), read.invitation.fingerprint),
        )
        self._keys.ask(
            _("Make your keys"),
            _(
                "They are made on this machine and never leave it. With them you sign, and only "
                "with them can be read what is sealed to you."
            ),
            passphrase_items(is_required=not read.has_keyring),
            first="passphrase",
        )
        self.shown.emit(self._keys)

    def _on_back(self) -> None:
        self.shown.emit(self._paste)

    def _on_make(self, values: dict[str, str]) -> None:
        invitation, services = self._invitation, self._services()
        if invitation is None:
            return
        passphrase = secret_of(values["passphrase"])

        def make() -> _Waiting | None:
            services.joining.answer(invitation, passphrase=passphrase)
            pending = services.joining.pending_to(invitation)
            return _waiting(services, pending) if pending is not None else None

        self._keys.run(make, self._on_waiting, busy=_("Making keys…"))

    def _on_waiting(self, waiting: _Waiting | None) -> None:
        if waiting is None:
            return
        self.changed.emit()
        self._pending = waiting.pending
        words = waiting.pending.words
        self._words.setText("\n".join((" ".join(words[:_HALF]), " ".join(words[_HALF:]))))
        self._words.setAccessibleName(_("Six words: {words}").format(words=" ".join(words)))
        self._text.setPlainText(waiting.pending.answer.text())
        address = WorkspaceAddress.read(waiting.pending.invitation.address)
        fields = list(
            login_items(
                _("Password of the login {login}").format(login=address.login),
                address=address,
                has_keyring=waiting.has_keyring,
            )
        )
        if waiting.kept_in == "file":
            fields.append(FormItem("passphrase", _("Passphrase"), "secret", is_required=True))
        self._answer.ask(_("Your answer"), short_place(waiting.pending.invitation.address), fields)
        self._text.setFocus()
        self.shown.emit(self._answer)

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text.toPlainText())

    def _on_save(self) -> None:
        path, _kind = QFileDialog.getSaveFileName(self._answer, _("Your answer"), "answer.txt")
        if path:
            self.save_to(Path(path))

    def save_to(self, path: Path) -> None:
        """Write the answer to a file."""
        pending, joining = self._pending, self._services().joining
        if pending is not None:
            self._answer.run(lambda: joining.save(pending, path), self._on_saved, busy=_("Saving…"))

    def _on_saved(self, _nothing: object) -> None:
        self._answer.tell(_("The answer is saved. Send it back to the administrator."))

    def _on_drop(self) -> None:
        pending, joining = self._pending, self._services().joining
        if pending is not None:
            self._answer.tell(
                _("The keys that were made for it are destroyed; the answer is then worthless."),
                tone="amber",
                action=_("Give it up"),
                do=partial(self._drop, joining, pending),
            )

    def _drop(self, joining: Joining, pending: Pending) -> None:
        self._answer.run(lambda: joining.drop(pending), self._on_dropped, busy=_("Working…"))

    def _on_dropped(self, _nothing: object) -> None:
        self._pending = None
        self.changed.emit()
        self.left.emit()

    def _on_enter(self, values: dict[str, str]) -> None:
        pending, form, services = self._pending, self._answer.form, self._services()
        if pending is None or form is None:
            return
        invitation = pending.invitation
        login = login_of(WorkspaceAddress.read(invitation.address).without_files(), form)
        passphrase = secret_of(values.get("passphrase", ""))

        def enter() -> Entered:
            here = services.joining.enter(
                invitation, login.secret, passphrase=passphrase, at=login.address
            )
            services.entering.keep_password(login.address, login.secret, wanted=login.is_kept)
            return Entered(here, login.address.text, login.secret is None)

        self._answer.run(enter, self._on_entered, busy=_("Entering…"), first="password")

    def _on_entered(self, entered: Entered) -> None:
        self._pending = self._invitation = None
        self.changed.emit()
        self.entered.emit(entered)


def _waiting(services: Services, pending: Pending) -> _Waiting:
    kept_in = services.joining.keys_rest_in(pending)
    return _Waiting(pending, kept_in, services.entering.keyring_usable())


def _problem(text: str) -> str:
    try:
        WorkspaceAddress.read(Invitation.read(text).address)
    except AppError as error:
        sentence = sentence_of(error)
        return f"{sentence.happened} {sentence.next_step}"
    return ""
