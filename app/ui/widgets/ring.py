"""The countdown: a ring that closes, and the time left in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.i18n import _
from app.ui.theme import current
from app.ui.theme.fonts import figure_font, small_font
from app.wording.moments import countdown_in_words, span_in_words

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from app.ui.models.countdown import Countdown

_SIZE = 208
_THICK = 11
_TICK_MS = 250
_WHOLE = 360 * 16


class Ring(QWidget):
    """Draws a ``Countdown`` four times a second while it runs."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._countdown: Countdown | None = None
        self._spoken = ""
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)
        self.setAccessibleName(_("Time left"))

    def count(self, countdown: Countdown | None) -> None:
        """Show this countdown from now on; None shows an empty ring."""
        self._countdown = countdown
        if countdown is None:
            self._timer.stop()
        else:
            self._timer.start()
        self._tick()

    def _tick(self) -> None:
        countdown = self._countdown
        if countdown is not None:
            spoken = _("{time} left").format(time=span_in_words(int(countdown.left)))
            if spoken != self._spoken:  # by the minute: a reader must not talk all the time
                self._spoken = spoken
                self.setAccessibleDescription(spoken)
            if countdown.left <= 0:
                self._timer.stop()
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(_SIZE + 8, _SIZE + 8)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(0, 0, _SIZE, _SIZE)
        box.moveCenter(QRectF(self.rect()).center())
        inner = box.adjusted(_THICK / 2, _THICK / 2, -_THICK / 2, -_THICK / 2)
        pen = QPen(QColor(tokens.line), _THICK)
        painter.setPen(pen)
        painter.drawEllipse(inner)
        left, share, tone = "", 0.0, tokens.muted
        if self._countdown is not None:
            left = countdown_in_words(self._countdown.left)
            share, tone = self._countdown.share, tokens.tone(self._countdown.tone)[0]
        pen.setColor(QColor(tone))
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        if share > 0:
            painter.drawArc(inner, 90 * 16, -int(_WHOLE * share))
        middle = Qt.AlignmentFlag.AlignCenter
        painter.setFont(figure_font(46 if len(left) <= 5 else 34, bold=True))  # noqa: PLR2004
        painter.setPen(QColor(tokens.ink))
        painter.drawText(box.adjusted(0, -16, 0, -16), middle, left)
        painter.setFont(small_font())
        painter.setPen(QColor(tokens.muted))
        caption = _("until access\ncloses by itself") if left else _("not open")
        below = 42 if left else 0
        painter.drawText(box.adjusted(0, below, 0, below), middle, caption)
        painter.end()
