"""What stands in front of a member's work while she is away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.i18n import _
from app.ui.widgets.busy import Busy
from app.ui.widgets.button import Button
from app.ui.widgets.card import Card, row
from app.ui.widgets.form import Form, FormItem
from app.ui.widgets.notice import Notice
from app.ui.widgets.text import Text

if TYPE_CHECKING:
    from app.wording.errors import Sentence

_WIDTH = 420


class LockScreen(QWidget):
    """Shows nothing of the work; an open session's time goes on in the bar above it."""

    unlock_wanted = Signal(str)
    """The passphrase as typed; empty where the keys rest in the desktop's keyring."""
    leave_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.above = QVBoxLayout()
        self.above.setContentsMargins(0, 0, 0, 0)
        self._title = Text("", "title")
        self._text = Text("", "muted")
        self.notice = Notice()
        self.form = Form((FormItem("passphrase", _("Passphrase"), kind="secret"),))
        self.busy = Busy()
        self._unlock = Button(_("Unlock"), self._on_unlock, kind="primary")
        self._unlock.setDefault(True)
        card = Card(margin=22)
        card.setFixedWidth(_WIDTH)
        for part in (self._title, self._text, self.notice, self.form, self.busy):
            card.body.addWidget(part)
        card.body.addLayout(row(Button(_("Leave"), self.leave_wanted.emit), 1, self._unlock))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(self.above)
        layout.addStretch(1)
        layout.addWidget(card, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(2)
        self.form.input("passphrase").returnPressed.connect(self._on_unlock)  # type: ignore[attr-defined]

    def ask(self, name: str, *, needs_passphrase: bool) -> None:
        """Wait for ``name``."""
        self._title.setText(_("Locked"))
        if needs_passphrase:
            text = _("{name}, your work is as you left it. Type your passphrase to go on.")
        else:
            text = _("{name}, your work is as you left it.")
        self._text.setText(text.format(name=name))
        self.form.setVisible(needs_passphrase)
        self.form.set_text("passphrase", "")
        self.notice.clear()
        self._set_busy(is_busy=False)
        (self.form.input("passphrase") if needs_passphrase else self._unlock).setFocus()

    def refuse(self, sentence: Sentence) -> None:
        """Stay, and say why."""
        self._set_busy(is_busy=False)
        self.form.set_text("passphrase", "")
        self.notice.say_error(sentence)
        self.form.show()
        self.form.input("passphrase").setFocus()

    def _on_unlock(self) -> None:
        if self._unlock.isEnabled():
            self._set_busy(is_busy=True)
            self.unlock_wanted.emit(self.form.text("passphrase"))

    def _set_busy(self, *, is_busy: bool) -> None:
        self._unlock.setEnabled(not is_busy)
        if is_busy:
            self.busy.start(_("Unlocking…"))
        else:
            self.busy.stop()
