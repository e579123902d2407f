"""The one dialog for one question: a sentence, perhaps a few fields, and what will be done."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, override

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from app.i18n import _
from app.ui.widgets.busy import Busy
from app.ui.widgets.button import Button
from app.ui.widgets.card import row
from app.ui.widgets.form import Form, FormItem
from app.ui.widgets.notice import Notice
from app.ui.widgets.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from PySide6.QtGui import QKeyEvent

    from app.ui.page import Room
    from app.ui.runner import Work
    from app.wording.errors import Sentence

_WIDTH = 460
_CHANGED_MEANWHILE = "request.changed_meanwhile"


class Ask(QDialog):
    """Asks once, does it in a worker, and stays open with a sentence when it cannot be done.

    ``work`` gets the values of the fields by key; its result goes out with ``succeeded``. Where
    somebody else changed the same meanwhile, ``mine`` is offered: it does it all the same, on what
    there is now.
    """

    succeeded = Signal(object)

    def __init__(
        self,
        parent: QWidget,
        room: Room,
        *,
        title: str,
        text: str = "",
        fields: Sequence[FormItem] = (),
        confirm: str,
        kind: str = "primary",
        work: Callable[[Mapping[str, str], Work], object],
        mine: Callable[[Mapping[str, str], Work], object] | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setMinimumWidth(_WIDTH)
        self._room, self._work, self._mine = room, work, mine
        self._running: Work | None = None
        self.form = Form(fields)
        self.notice = Notice()
        self.busy = Busy()
        self.confirm = Button(confirm, self._on_confirm, kind=kind)
        self.confirm.setDefault(True)
        self.cancel = Button(_("Cancel"), self.reject)
        self.body = QVBoxLayout()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 18)
        layout.setSpacing(12)
        layout.addWidget(Text(title, "heading"))
        if text:
            layout.addWidget(Text(text, "muted"))
        layout.addWidget(self.notice)
        layout.addWidget(self.form)
        layout.addLayout(self.body)
        layout.addWidget(self.busy)
        layout.addStretch(1)
        layout.addLayout(row(1, self.cancel, self.confirm))
        if not fields:
            self.form.hide()

    def _on_confirm(self) -> None:
        self._do(self._work)

    def _do(self, do: Callable[[Mapping[str, str], Work], object]) -> None:
        if self._running is not None or not self.form.validate():
            return
        self.notice.clear()
        self.confirm.setEnabled(False)
        values = self.form.values()
        self.busy.start(_("Working…"))
        self._running = self._room.run(
            self,
            lambda work: do(values, work),
            done=self._on_done,
            failed=self._on_failed,
        )

    def _on_done(self, result: object) -> None:
        self._running = None
        self.busy.stop()
        self.succeeded.emit(result)
        self.accept()

    def _on_failed(self, sentence: Sentence) -> None:
        self._running = None
        self.busy.stop()
        self.confirm.setEnabled(True)
        if self._mine is None or sentence.code != _CHANGED_MEANWHILE:
            self.notice.say_error(sentence)
            return
        self.notice.say_error(sentence, action=_("Keep mine"), do=partial(self._do, self._mine))
        self.cancel.set_text(_("Take theirs"))

    @override
    def keyPressEvent(self, arg__1: QKeyEvent) -> None:
        is_enter = arg__1.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if is_enter and arg__1.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._on_confirm()
            return
        super().keyPressEvent(arg__1)


def ask(
    parent: QWidget,
    room: Room,
    *,
    title: str,
    confirm: str,
    work: Callable[[Mapping[str, str], Work], object],
    mine: Callable[[Mapping[str, str], Work], object] | None = None,
    text: str = "",
    fields: Sequence[FormItem] = (),
    kind: str = "primary",
    done: Callable[[object], None] | None = None,
) -> Ask:
    """Open the question over ``parent`` and return it; nothing waits for it."""
    dialog = Ask(
        parent,
        room,
        title=title,
        text=text,
        fields=fields,
        confirm=confirm,
        kind=kind,
        work=work,
        mine=mine,
    )
    if done is not None:
        dialog.succeeded.connect(done)
    dialog.open()
    return dialog
