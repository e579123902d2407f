"""Text of several lines, as much as a person writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QPlainTextEdit, QToolTip

from app.i18n import ngettext

if TYPE_CHECKING:
    from PySide6.QtCore import QMimeData

TYPED_AT_MOST = 100_000


class LongText(QPlainTextEdit):
    """Tab leaves it. What is pasted beyond ``most`` characters is cut, and that is said."""

    was_cut = Signal(str)
    """The whole of what was pasted."""

    def __init__(self, text: str = "", *, most: int = TYPED_AT_MOST) -> None:
        super().__init__(text)
        self._most = most
        self.setTabChangesFocus(True)

    @override
    def insertFromMimeData(self, source: QMimeData) -> None:
        pasted = source.text()
        room = max(0, self._most - self.document().characterCount())
        if len(pasted) <= room:
            super().insertFromMimeData(source)
            return
        self.textCursor().insertText(pasted[:room])
        text = ngettext(
            "Only the first {n} character has room here.",
            "Only the first {n} characters have room here.",
            self._most,
        ).format(n=f"{self._most:,}")
        self.setAccessibleDescription(text)
        QToolTip.showText(self.mapToGlobal(QPoint(8, 8)), text, self)
        self.was_cut.emit(pasted)
