"""One value as text, in which a passage can be chosen by mouse and by keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QTextCharFormat
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit

from app.i18n import _
from app.ui.theme import current
from app.ui.widgets.positions import from_qt, to_qt

if TYPE_CHECKING:
    from app.ui.theme.cells import Spans

_SHOWN_AT_MOST = 100_000


class Passage(QPlainTextEdit):
    """Shows a value; what stands out is amber, what is covered is black and cannot be read."""

    def __init__(self) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setAccessibleName(_("The value"))
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByKeyboard
            | Qt.TextInteractionFlag.TextSelectableByMouse
        )
        self._shown: tuple[str, object] = ("", None)
        self._text = ""

    def show_value(self, text: str, spans: Spans) -> None:
        """Show a value, with the first passage chosen that stands out and is not covered."""
        if (text, spans) == self._shown:
            return
        self._shown = (text, spans)
        self._text = text[:_SHOWN_AT_MOST]
        self.setPlainText(self._text)
        tokens = current()
        marks = []
        for start, end, kind in spans.passages:
            mark = QTextEdit.ExtraSelection()
            cursor = self.textCursor()
            cursor.setPosition(to_qt(self._text, start))
            cursor.setPosition(to_qt(self._text, end), cursor.MoveMode.KeepAnchor)
            style = QTextCharFormat()
            is_cover = kind == "cover"
            style.setBackground(QColor(tokens.ink if is_cover else tokens.amber_soft))
            style.setForeground(QColor(tokens.ink if is_cover else tokens.amber))
            mark.cursor = cursor
            mark.format = style
            marks.append(mark)
        self.setExtraSelections(marks)
        self._choose_first(spans)

    def _choose_first(self, spans: Spans) -> None:
        covered = [(start, end) for start, end, kind in spans.passages if kind == "cover"]
        for start, end, kind in spans.passages:
            is_done = any(a <= start and end <= b for a, b in covered)
            if kind == "flag" and not is_done and end <= _SHOWN_AT_MOST:
                cursor = self.textCursor()
                cursor.setPosition(to_qt(self._text, start))
                cursor.setPosition(to_qt(self._text, end), cursor.MoveMode.KeepAnchor)
                self.setTextCursor(cursor)
                return

    def chosen(self) -> tuple[int, int, str]:
        """Return start, end and text of what is chosen; an empty text when nothing is.

        Places count characters, as everything but Qt does.
        """
        cursor = self.textCursor()
        start = from_qt(self._text, cursor.selectionStart())
        end = from_qt(self._text, cursor.selectionEnd())
        return start, end, self._text[start:end]
