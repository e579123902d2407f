"""What happened, newest first: a dot, a sentence, when and by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.ui.theme import current
from app.ui.widgets.card import clear
from app.ui.widgets.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

_DOT = 7
_INDENT = 16


class _Event(QWidget):
    def __init__(self, what: str, when: str, *, is_last: bool) -> None:
        super().__init__()
        self._is_last = is_last
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_INDENT, 0, 0, 12)
        layout.setSpacing(1)
        layout.addWidget(Text(what))
        layout.addWidget(Text(when, "small"))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self._is_last:
            painter.setPen(QPen(QColor(tokens.line), 2))
            painter.drawLine(4, 12, 4, self.height() + 6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.accent))
        painter.drawEllipse(QRectF(0.5, 5, _DOT, _DOT))
        painter.end()


class Timeline(QWidget):
    """Events as (what, when and by whom)."""

    def __init__(self) -> None:
        super().__init__()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._shown: tuple[tuple[str, str], ...] = ()

    def show_events(self, events: Sequence[tuple[str, str]]) -> None:
        """Show these events instead, unless they are shown already."""
        if tuple(events) == self._shown:
            return
        self._shown = tuple(events)
        clear(self._layout)
        for number, (what, when) in enumerate(self._shown, 1):
            self._layout.addWidget(_Event(what, when, is_last=number == len(self._shown)))
