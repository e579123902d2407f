"""What waits at the side of People: an invitation to send, an answer to compare, others to come."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QTextOption
from PySide6.QtWidgets import QFileDialog

from app.i18n import _
from app.ui.theme.fonts import mono_font
from app.ui.widgets.button import Button
from app.ui.widgets.card import Card, clear, column, row
from app.ui.widgets.long_text import LongText
from app.ui.widgets.text import Text
from app.wording.moments import moment_in_words
from app.wording.terms import ROLES, in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from app.domain.people import Role
    from app.services.joining import Answered, Waiting

_WORDS_A_LINE = 3
_TEXT_HEIGHT = 92


class InvitationCard(Card):
    """An invitation that was just made: it goes to its person by any way, and is then forgotten."""

    copied = Signal(str)
    saved = Signal(str, object)
    """The text, and the ``Path`` to write it to."""

    def __init__(self) -> None:
        super().__init__(_("Invitation"))
        self._told = Text("", "muted")
        self._text = LongText()
        self._text.setReadOnly(True)
        self._text.setFont(mono_font())
        self._text.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        self._text.setFixedHeight(_TEXT_HEIGHT)
        self._text.setAccessibleName(_("Text of the invitation"))
        self.copy = Button(_("Copy"), self._on_copy, kind="primary")
        save, done = Button(_("Save…"), self._on_save), Button(_("Done"), self.hide)
        self.body.addWidget(self._told)
        self.body.addWidget(self._text)
        self.body.addLayout(row(self.copy, save, 1, done))
        self.hide()

    def show_invitation(self, name: str, text: str) -> None:
        """Show what to send to ``name``."""
        self.title.setText(_("Invitation for {name}").format(name=name))
        self._told.setText(
            _(
                "Send this to {name} now; it is not shown again. It is worth one answer, within a "
                "week. What comes back goes into “Answer…”."
            ).format(name=name)
        )
        self._text.setPlainText(text)
        self.show()
        self.copy.setFocus()

    def _on_copy(self) -> None:
        self.copied.emit(self._text.toPlainText())

    def _on_save(self) -> None:
        path, _kind = QFileDialog.getSaveFileName(
            self, _("Save the invitation"), str(Path.home() / "invitation.txt"), "Text (*.txt)"
        )
        if path:
            self.saved.emit(self._text.toPlainText(), Path(path))


class AnswerCard(Card):
    """An answer whose six words are to be compared."""

    same = Signal()
    different = Signal()

    def __init__(self) -> None:
        super().__init__("…", kind="chosen")
        self._told = Text("", "muted")
        self._words = Text("", "brand", selectable=True)
        self._what = Text("", "muted")
        self.yes = Button(_("The words are the same"), self.same.emit, kind="primary")
        self.no = Button(_("They differ: refuse"), self.different.emit, kind="danger")
        for part in (self._told, self._words, self._what):
            self.body.addWidget(part)
        self.body.addLayout(column(row(self.yes, 1), row(self.no, 1)))
        self.hide()

    def show_answer(self, answered: Answered) -> None:
        """Show who answers, and the words."""
        name = answered.name
        self.title.setText(_("{name} answers").format(name=name))
        self._told.setText(_("Call {name} and let the six words be read to you:").format(name=name))
        words = answered.words
        lines = [
            " ".join(words[at : at + _WORDS_A_LINE]) for at in range(0, len(words), _WORDS_A_LINE)
        ]
        self._words.setText("\n".join(lines))
        self._words.setAccessibleName(_("Words: {words}").format(words=", ".join(words)))
        what = (
            _("Then her new keys are certified, and her old ones count no more: {roles}.")
            if answered.is_for_new_keys
            else _("Then {name} is let in and certified as: {roles}.")
        )
        self._what.setText(what.format(name=name, roles=_roles(answered.roles)))
        for button in (self.yes, self.no):
            button.allow()
        self.show()
        self.yes.setFocus()

    def wait(self) -> None:
        """Let nothing be pressed while it is being done."""
        for button in (self.yes, self.no):
            button.setEnabled(False)


class WaitingCard(Card):
    """The invitations that nobody has answered yet, each with what withdraws it."""

    withdraw_wanted = Signal(str)

    def __init__(self, *, zone: str) -> None:
        super().__init__(_("Invitations that wait"))
        self._zone = zone
        self._rows = column(spacing=10)
        self.body.addLayout(self._rows)
        self.hide()

    def show_waiting(self, waiting: Iterable[Waiting]) -> None:
        """Show these."""
        clear(self._rows)
        count = 0
        for each in waiting:
            count += 1
            until = moment_in_words(each.until, self._zone)
            kind = _("new keys") if each.is_for_new_keys else _roles(each.roles)
            told = _("{kind}; expired {until}") if each.has_expired else _("{kind}; until {until}")
            withdraw = Button(_("Withdraw"), self._withdraw(each.member))
            withdraw.setAccessibleName(
                _("Withdraw the invitation for {name}").format(name=each.name)
            )
            texts = column(
                Text(each.name, "strong"),
                Text(told.format(kind=kind, until=until), "muted"),
                spacing=2,
            )
            line = row(texts, withdraw)
            line.setStretch(0, 1)
            self._rows.addLayout(line)
        self.setVisible(count > 0)

    def _withdraw(self, member: str) -> Callable[[], None]:
        def emit() -> None:
            self.withdraw_wanted.emit(member)

        return emit


def _roles(roles: Iterable[Role]) -> str:
    return ", ".join(in_words(ROLES, each.value) for each in sorted(roles))
