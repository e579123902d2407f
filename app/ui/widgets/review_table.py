"""Records under review: masks as dots, what stands out on amber, what is covered in black."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, override

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QPainter,
    QPen,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from app.ui.theme import current
from app.ui.theme.cells import CellRole, Spans
from app.ui.theme.fonts import text_font
from app.ui.widgets.positions import to_qt
from app.ui.widgets.table import CellDelegate, Table, paint_ground

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QResizeEvent

    from app.ui.models.paged import PagedModel

_ROW = 48
_PAD = 8
_LINES = 2
_DOT = 4.5
_MEASURED_ROWS = 30
_MEASURED_LETTERS = 60
_NARROWEST = 92
_WIDEST = 300


class ReviewDelegate(CellDelegate):
    """Draws a value in at most two lines; the current cell has a frame."""

    @override
    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        spans = index.data(CellRole.SPANS)
        if not isinstance(spans, Spans):
            super().paint(painter, option, index)
            return
        tokens = current()
        rect: QRect = option.rect
        painter.save()
        paint_ground(painter, option)
        if spans.is_masked:
            _paint_mask(painter, rect)
        else:
            _paint_text(painter, rect, str(index.data() or ""), spans)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(QColor(tokens.accent), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(rect).adjusted(1.5, 1.5, -1.5, -2.5), 5, 5)
        painter.restore()

    @override
    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(super().sizeHint(option, index).width(), _ROW)


def _paint_mask(painter: QPainter, rect: QRect) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(current().faint))
    middle = rect.center().y()
    for number in range(7):
        place = QPointF(rect.left() + _PAD + 3 + number * 7, middle)
        painter.drawEllipse(place, _DOT / 2, _DOT / 2)


def _paint_text(painter: QPainter, rect: QRect, text: str, spans: Spans) -> None:
    tokens = current()
    layout = QTextLayout(text.replace("\n", " "), text_font())
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    formats = []
    for start, end, kind in spans.passages:
        style = QTextCharFormat()
        if kind == "cover":
            style.setBackground(QColor(tokens.ink))
            style.setForeground(QColor(tokens.ink))
        else:
            style.setBackground(QColor(tokens.amber_soft))
            style.setForeground(QColor(tokens.amber))
        found = QTextLayout.FormatRange()
        at, to = to_qt(text, start), to_qt(text, min(end, len(text)))
        found.start, found.length, found.format = at, to - at, style
        formats.append(found)
    layout.setFormats(formats)
    layout.beginLayout()
    top, lines = 0.0, 0
    while lines < _LINES:
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(rect.width() - 2 * _PAD)
        line.setPosition(QPointF(0, top))
        top += line.height()
        lines += 1
    layout.endLayout()
    painter.setPen(QColor(tokens.ink))
    painter.setClipRect(rect)
    origin = QPointF(rect.left() + _PAD, rect.top() + (rect.height() - top) / 2)
    layout.draw(painter, origin)


class ReviewTable(Table):
    """A ``Table`` whose current cell matters: arrows go from value to value.

    Columns are as wide as what stands in the first rows; the widest takes what is left.
    """

    space_pressed = Signal()

    def __init__(self, model: PagedModel[Any], *, name: str) -> None:
        super().__init__(model, name=name, row_height=_ROW)
        self._model = model
        self._wide: list[int] = []
        self.setItemDelegate(ReviewDelegate(self))
        model.given.connect(self._measure)

    def _measure(self) -> None:
        """Look at the first rows, once."""
        if self._wide or not self._model.total:
            return
        metrics = QFontMetrics(text_font())
        rows = range(min(_MEASURED_ROWS, self._model.total))
        for number, column in enumerate(self._model.columns):
            texts = [column.title, *(str(self._model.index(row, number).data()) for row in rows)]
            widest = max(metrics.horizontalAdvance(text[:_MEASURED_LETTERS]) for text in texts)
            self._wide.append(max(_NARROWEST, min(_WIDEST, widest + 2 * _PAD + 8)))
        self._spread()

    def _spread(self) -> None:
        if not self._wide:
            return
        widths = list(self._wide)
        spare = self.viewport().width() - sum(widths)
        if spare > 0:
            widths[widths.index(max(widths[1:], default=widths[0]))] += spare
        elif (least := sum(min(width, _NARROWEST) for width in widths)) < self.viewport().width():
            part = (self.viewport().width() - least) / (sum(widths) - least)
            widths = [
                width - int((width - min(width, _NARROWEST)) * (1 - part)) for width in widths
            ]
        for number, width in enumerate(widths):
            self.setColumnWidth(number, width)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Not a shortcut of the stage: there Space presses whatever button has the focus.
        if event.key() == Qt.Key.Key_Space and not event.modifiers():
            self.space_pressed.emit()
            return
        super().keyPressEvent(event)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._spread()
