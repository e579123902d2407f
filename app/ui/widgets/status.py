"""A dot and what it means."""

from __future__ import annotations

from typing import override

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.ui.theme import current
from app.ui.widgets.text import Text

_DOT = 7


class _Dot(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.tone = "grey"
        self.setFixedSize(QSize(_DOT + 4, _DOT + 10))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(current().tone(self.tone)[0]))
        middle = QPointF(_DOT / 2, self.height() / 2)
        painter.drawEllipse(middle, _DOT / 2, _DOT / 2)
        painter.end()


class Status(QWidget):
    """How something is, in words; the colour of the dot only says it again."""

    def __init__(self, role: str = "muted") -> None:
        super().__init__()
        self._dot = _Dot()
        self._text = Text("", role)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._dot, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._text, 1)

    @property
    def text(self) -> str:
        """What it says."""
        return self._text.text()

    def show_status(self, text: str, tone: str) -> None:
        """Say ``text`` with a green, amber, red, blue or grey dot."""
        self._text.setText(text)
        self.setAccessibleName(text)
        self._dot.tone = tone
        self._dot.update()
