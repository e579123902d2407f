"""SQL to read: in a fixed width, with its words told apart by colour."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

from pygments.lexers.sql import PostgresLexer
from pygments.token import Comment, Keyword, Literal, Name, String
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextCharFormat
from PySide6.QtWidgets import QPlainTextEdit

from app.ui.theme import current
from app.ui.theme.fonts import mono_font

if TYPE_CHECKING:
    from PySide6.QtGui import QTextDocument

_COLORS = (
    (Comment, "muted", False),
    (String, "accent", False),
    (Literal, "amber", False),
    (Keyword, "blue", True),
    (Name.Builtin, "blue", False),
)


class _Highlighter(QSyntaxHighlighter):
    """Colours the words of a whole text, which is read once."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._spans: dict[int, list[tuple[int, int, QTextCharFormat]]] = {}

    def read(self, text: str) -> None:
        """Find what every word of ``text`` is."""
        self._spans = {}
        line = start = 0
        for kind, value in PostgresLexer().get_tokens(text):
            look = _look_of(kind)
            for number, part in enumerate(value.split("\n")):
                if number:
                    line, start = line + 1, 0
                if part and look is not None:
                    self._spans.setdefault(line, []).append((start, len(part), look))
                start += len(part)

    @override
    def highlightBlock(self, text: str) -> None:
        for start, length, look in self._spans.get(self.currentBlock().blockNumber(), ()):
            self.setFormat(start, length, look)


def _look_of(kind: object) -> QTextCharFormat | None:
    for group, token, is_strong in _COLORS:
        if kind in group:
            look = QTextCharFormat()
            look.setForeground(QColor(getattr(current(), token)))
            if is_strong:
                look.setFontWeight(QFont.Weight.DemiBold)
            return look
    return None


class CodeView(QPlainTextEdit):
    """A script that can be read and copied."""

    def __init__(self, *, name: str) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setAccessibleName(name)
        self.setFont(mono_font())
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByKeyboard
            | Qt.TextInteractionFlag.TextSelectableByMouse
        )
        self._highlighter = _Highlighter(self.document())

    def show_code(self, text: str) -> None:
        """Show a script from its beginning."""
        self._highlighter.read(text)
        self.setPlainText(text)
        self._highlighter.rehighlight()
