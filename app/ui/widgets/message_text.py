"""What arrived, as text; what is asked in it stands out."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QTextCharFormat
from PySide6.QtWidgets import QTextEdit

from app.i18n import _
from app.ui.theme import current
from app.ui.widgets.long_text import LongText
from app.ui.widgets.positions import to_qt

if TYPE_CHECKING:
    from collections.abc import Sequence


class MessageText(LongText):
    """Takes files that are dropped on it."""

    dropped = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setAcceptDrops(True)
        self.setAccessibleName(_("What arrived"))

    @override
    def dragEnterEvent(self, e: QDragEnterEvent) -> None:
        if e.mimeData().hasUrls():
            e.acceptProposedAction()
        else:
            super().dragEnterEvent(e)

    @override
    def dropEvent(self, e: QDropEvent) -> None:
        if e.mimeData().hasUrls():
            self.dropped.emit(e.mimeData().urls()[0].toLocalFile())
        else:
            super().dropEvent(e)

    def highlight(self, passages: Sequence[tuple[int, int]]) -> None:
        """Mark passages, each from its first character up to its last: the first in accent, others
        in amber.
        """
        text, marks, tokens = self.toPlainText(), [], current()
        for number, (start, end) in enumerate(passages):
            mark = QTextEdit.ExtraSelection()
            cursor = self.textCursor()
            cursor.setPosition(to_qt(text, start))
            cursor.setPosition(to_qt(text, end), cursor.MoveMode.KeepAnchor)
            style = QTextCharFormat()
            style.setBackground(QColor(tokens.amber_soft if number else tokens.accent_soft))
            mark.cursor = cursor
            mark.format = style
            marks.append(mark)
        self.setExtraSelections(marks)
