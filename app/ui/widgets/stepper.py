"""The stages of a request in a row: done, current, still to come."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, override

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QWidget

from app.i18n import _
from app.ui.theme import current
from app.ui.theme.fonts import bold_font, text_font
from app.ui.theme.icons import paint_icon

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QResizeEvent

_CIRCLE = 20
_GAP = 8
_LINE = 30
_SHORTEST_LINE = 6


class Step(QAbstractButton):
    """One stage: a circle with a number or a tick, and its name."""

    def __init__(self, number: int, name: str) -> None:
        super().__init__()
        self.setText(name)
        self._number = number
        self._state = "later"
        self._is_open = False
        self._is_short = False
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_state(self, state: str, *, is_open: bool) -> None:
        """``state`` is done, here or later; ``is_open`` marks the panel that is shown."""
        self._state, self._is_open = state, is_open
        words = {"done": _("done"), "here": _("the request is here"), "later": _("to come")}
        shown = _(", shown now") if is_open else ""
        self.setAccessibleName(f"{self._number}. {self.text()}, {words[state]}{shown}")
        self.setToolTip(f"{self.text()}: {words[state]}")
        self.updateGeometry()
        self.update()

    def shorten(self, *, is_short: bool) -> None:
        """Show the number alone, unless its panel is open."""
        if self._is_short != is_short:
            self._is_short = is_short
            self.updateGeometry()
            self.update()

    @property
    def whole_width(self) -> int:
        """How wide it is with its name."""
        return _CIRCLE + _GAP + QFontMetrics(bold_font()).horizontalAdvance(self.text()) + 10

    @override
    def sizeHint(self) -> QSize:
        has_name = self._is_open or not self._is_short
        return QSize(self.whole_width if has_name else _CIRCLE + 8, 28)

    @override
    def paintEvent(self, arg__1: QPaintEvent) -> None:
        tokens = current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.height() / 2
        circle = QRectF(3, middle - _CIRCLE / 2, _CIRCLE, _CIRCLE)
        self._paint_circle(painter, circle)
        if self._is_open or not self._is_short:
            painter.setFont(bold_font() if self._is_open else text_font())
            painter.setPen(QColor(tokens.ink if self._is_open else tokens.muted))
            text = QRectF(circle.right() + _GAP, 0, self.width(), self.height())
            left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(text, left, self.text())
        if self.hasFocus():
            painter.setPen(QPen(QColor(tokens.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
        painter.end()

    def _paint_circle(self, painter: QPainter, circle: QRectF) -> None:
        tokens = current()
        if self._state == "done":
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.green_soft))
            painter.drawEllipse(circle)
            paint_icon(painter, "check", circle.adjusted(4, 4, -4, -4), colour=tokens.green)
            return
        is_here = self._state == "here"
        painter.setPen(QPen(QColor(tokens.accent if is_here else tokens.faint), 1))
        painter.setBrush(QColor(tokens.accent if is_here else tokens.background))
        painter.drawEllipse(circle)
        font = bold_font()
        font.setPixelSize(11)
        painter.setFont(font)
        painter.setPen(QColor(tokens.on_accent if is_here else tokens.muted))
        painter.drawText(circle, Qt.AlignmentFlag.AlignCenter, str(self._number))


class _Line(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setMaximumWidth(_LINE)

    @override
    def sizeHint(self) -> QSize:
        return QSize(_LINE, 28)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(_SHORTEST_LINE, 28)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QPen(QColor(current().line), 2))
        painter.drawLine(0, self.height() // 2, self.width(), self.height() // 2)
        painter.end()


class Stepper(QWidget):
    """The stages in their order; ``picked`` tells which one somebody wants to see.

    Where there is no room for all names, only the open one has its.
    """

    picked = Signal(str)

    def __init__(self, stages: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self.setAccessibleName(_("Stages"))
        self._steps: dict[str, Step] = {}
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for number, (key, name) in enumerate(stages, 1):
            if number > 1:
                layout.addWidget(_Line())
            step = Step(number, name)
            step.clicked.connect(partial(self.picked.emit, key))
            self._steps[key] = step
            layout.addWidget(step)
        layout.addStretch(1)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        steps = self._steps.values()
        gaps = (len(self._steps) - 1) * (_SHORTEST_LINE + 12)
        is_short = sum(step.whole_width for step in steps) + gaps > self.width()
        for step in steps:
            step.shorten(is_short=is_short)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(200, 28)

    def show_stage(self, here: str, *, opened: str, is_over: bool = False) -> None:
        """Mark where the request stands and whose panel is shown."""
        keys = list(self._steps)
        at = keys.index(here) if here in keys else 0
        for number, (key, step) in enumerate(self._steps.items()):
            is_done = number < at or is_over
            state = "done" if is_done else "here" if number == at else "later"
            step.show_state(state, is_open=key == opened)
