"""Days in a row, with a dot for each thing that falls on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, override

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.ui.theme import current
from app.ui.theme.fonts import small_font

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPaintEvent

_DOT = 10
_STEP = 13
_FOOT = 22
_STACKED_AT_MOST = 6


@dataclass(frozen=True)
class Day:
    """One place in the row; ``tone`` is the colour of its dots, ``spoken`` all of it in words."""

    key: str
    label: str
    count: int
    tone: str
    spoken: str


class Dots(QWidget):
    """Days that can be walked with the arrow keys; Enter or a click opens one that has dots."""

    opened = Signal(str)
    """The key of the day."""

    def __init__(self, *, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self._days: tuple[Day, ...] = ()
        self._at = 0

    def show_days(self, days: Sequence[Day]) -> None:
        """Show these days instead."""
        self._days = tuple(days)
        self._at = min(self._at, max(0, len(self._days) - 1))
        self._speak()
        self.update()

    def _speak(self) -> None:
        if not self._days:
            self.setAccessibleDescription("")
        elif self.hasFocus():
            self.setAccessibleDescription(self._days[self._at].spoken)
        else:
            self.setAccessibleDescription(
                "; ".join(each.spoken for each in self._days if each.count)
            )

    @override
    def sizeHint(self) -> QSize:
        return QSize(420, _STACKED_AT_MOST * _STEP + _FOOT + 8)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(200, self.sizeHint().height())

    def _day_at(self, x: float) -> int:
        if not self._days:
            return -1
        return max(0, min(len(self._days) - 1, int(x / (self.width() / len(self._days)))))

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._at = self._day_at(event.position().x())
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._open()

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = self._day_at(event.position().x())
        has_dots = at >= 0 and self._days[at].count > 0
        self.setCursor(
            Qt.CursorShape.PointingHandCursor if has_dots else Qt.CursorShape.ArrowCursor
        )

    @override
    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and self._days:
            day = self._days[self._day_at(event.pos().x())]
            QToolTip.showText(event.globalPos(), day.spoken, self)
            return True
        return super().event(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        key = Qt.Key(event.key())
        if key in steps and self._days:
            self._at = max(0, min(len(self._days) - 1, self._at + steps[key]))
            self._speak()
            self.update()
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            self._open()
        else:
            super().keyPressEvent(event)

    def _open(self) -> None:
        self.update()
        if self._days and self._days[self._at].count:
            self.opened.emit(self._days[self._at].key)

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._speak()
        self.update()

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._speak()
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        base = self.height() - _FOOT
        painter.setPen(QPen(QColor(tokens.line), 1.5))
        painter.drawLine(QPointF(0, base), QPointF(self.width(), base))
        if self._days:
            width = self.width() / len(self._days)
            for number, day in enumerate(self._days):
                self._paint_day(painter, day, QRectF(number * width, 0, width, base))
            if self.hasFocus():
                box = QRectF(self._at * width + 1, 1, width - 2, self.height() - 2)
                painter.setPen(QPen(QColor(tokens.accent), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(box, 6, 6)
        painter.end()

    @staticmethod
    def _paint_day(painter: QPainter, day: Day, box: QRectF) -> None:
        tokens = current()
        middle = box.center().x()
        painter.setFont(small_font())
        painter.setPen(QColor(tokens.muted))
        foot = QRectF(box.left(), box.bottom() + 4, box.width(), _FOOT - 4)
        painter.drawText(foot, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, day.label)
        if not day.count:
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.tone(day.tone)[0]))
        shown = day.count if day.count <= _STACKED_AT_MOST else _STACKED_AT_MOST - 1
        for number in range(shown):
            place = QPointF(middle, box.bottom() - 9 - number * _STEP)
            painter.drawEllipse(place, _DOT / 2, _DOT / 2)
        if day.count > shown:
            painter.setPen(QColor(tokens.ink))
            top = box.bottom() - 9 - shown * _STEP - 8
            painter.drawText(
                QRectF(box.left(), top, box.width(), 16),
                Qt.AlignmentFlag.AlignCenter,
                f"+{day.count - shown}",
            )
