"""A few bars beside each other, each with its number in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.ui.theme import current
from app.ui.theme.fonts import small_font

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPaintEvent

_HEIGHT = 108
_FOOT = 20
_WIDEST = 22


class Bars(QWidget):
    """Numbers over time; the last one is now. All of them are told to screen readers."""

    def __init__(self, *, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._bars: tuple[tuple[str, int, str], ...] = ()

    def show_bars(self, bars: Sequence[tuple[str, int, str]]) -> None:
        """Show (label, number, in words) of each bar; an empty label is left out."""
        self._bars = tuple(bars)
        self.setAccessibleDescription("; ".join(spoken for _label, _number, spoken in self._bars))
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(260, _HEIGHT)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(140, _HEIGHT)

    @override
    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and self._bars:
            at = int(event.pos().x() / (self.width() / len(self._bars)))
            spoken = self._bars[max(0, min(len(self._bars) - 1, at))][2]
            QToolTip.showText(event.globalPos(), spoken, self)
            return True
        return super().event(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        base = self.height() - _FOOT
        painter.setPen(QPen(QColor(tokens.line), 1.5))
        painter.drawLine(QPointF(0, base), QPointF(self.width(), base))
        most = max((number for _label, number, _spoken in self._bars), default=0)
        width = self.width() / max(1, len(self._bars))
        for at, (label, number, _spoken) in enumerate(self._bars):
            middle = (at + 0.5) * width
            if number:
                high = max(3.0, (base - 18) * number / most)
                wide = min(_WIDEST, width * 0.62)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(tokens.accent))
                painter.drawRoundedRect(QRectF(middle - wide / 2, base - high, wide, high), 3, 3)
            painter.setFont(small_font())
            painter.setPen(QColor(tokens.muted))
            if number and number == most:
                top = QRectF(middle - 30, base - (base - 18) - 17, 60, 16)
                painter.drawText(top, Qt.AlignmentFlag.AlignCenter, f"{number:,}")
            foot = QRectF(min(middle - 40, self.width() - 80), base + 3, 80, _FOOT - 3)
            is_last = foot.left() < middle - 40
            side = Qt.AlignmentFlag.AlignRight if is_last else Qt.AlignmentFlag.AlignHCenter
            painter.drawText(foot, side | Qt.AlignmentFlag.AlignTop, label)
        painter.end()
