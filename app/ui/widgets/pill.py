"""A word on a coloured ground."""

from __future__ import annotations

from typing import override

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.theme import current
from app.ui.theme.fonts import bold_font

_SIDE = 9
_HEIGHT = 19
_PIXELS = 12


def pill_width(text: str) -> int:
    """Return how wide a pill with ``text`` is, in pixels."""
    return QFontMetrics(_font()).horizontalAdvance(text) + 2 * _SIDE


def paint_pill(painter: QPainter, text: str, tone: str, *, left: float, middle: float) -> int:
    """Draw a pill from ``left``, centred on the height ``middle``, and return its width."""
    ink, ground = current().tone(tone)
    width = pill_width(text)
    box = QRectF(left, middle - _HEIGHT / 2, width, _HEIGHT)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(ground))
    painter.drawRoundedRect(box, _HEIGHT / 2, _HEIGHT / 2)
    painter.setPen(QColor(ink))
    painter.setFont(_font())
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()
    return width


class Pill(QWidget):
    """A word on a coloured ground; ``tone`` is accent, amber, red, green, blue or grey."""

    def __init__(self, text: str = "", tone: str = "grey") -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._text = text
        self._tone = tone
        self.setAccessibleName(text)
        if not text:
            self.hide()  # never shown before it has a parent: it would be a window of its own

    @property
    def text(self) -> str:
        """What it says."""
        return self._text

    def show_text(self, text: str, tone: str | None = None) -> None:
        """Say something else; nothing hides the pill."""
        self._text = text
        self._tone = tone or self._tone
        self.setAccessibleName(text)
        self.setVisible(bool(text))
        self.updateGeometry()
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(pill_width(self._text), _HEIGHT + 2)

    @override
    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_pill(painter, self._text, self._tone, left=0, middle=self.height() / 2)
        painter.end()


def _font() -> QFont:
    font = bold_font()
    font.setPixelSize(_PIXELS)
    return font
