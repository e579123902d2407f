"""The picture of maps: walked by arrow keys, zoomed, printed."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, override

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsItem,
    QGraphicsScene,
    QGraphicsView,
    QStyleOptionGraphicsItem,
    QWidget,
)

from app.ui.models.map_layout import IDENTITY, Box, Link, MapPicture
from app.ui.theme import current
from app.ui.theme.fonts import bold_font, small_font

if TYPE_CHECKING:
    from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QResizeEvent, QWheelEvent
    from PySide6.QtPrintSupport import QPrinter

_CLOSER = 1.2
_ZOOMS = (0.2, 3.0)
_LEAST_FITTED = 0.7
"""Smaller than this nobody can read it: then it is scrolled."""
_MARGIN = 24
_RADIUS = 9
_STEPS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class _BoxItem(QGraphicsItem):
    """One collection, drawn in the colours of the scheme that is current."""

    def __init__(self, box: Box) -> None:
        super().__init__()
        self.box = box
        self.is_marked = False
        self.is_current = False
        self.setPos(box.x - box.width / 2, box.y - box.height / 2)
        self.setToolTip(box.spoken)
        self.setZValue(1)

    @override
    def boundingRect(self) -> QRectF:
        return QRectF(0, 0, self.box.width, self.box.height).adjusted(-4, -4, 4, 4)

    @override
    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        tokens, box = current(), self.box
        shape = QRectF(0.5, 0.5, box.width - 1, box.height - 1)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if box.key == IDENTITY:
            self._paint_identity(painter, shape)
        else:
            pen = QPen(QColor(tokens.accent if self.is_marked else tokens.line), 1.6)
            if not box.is_reached:
                pen = QPen(QColor(tokens.faint), 1.4, Qt.PenStyle.DashLine)
            painter.setPen(pen)
            painter.setBrush(QColor(tokens.surface))
            painter.drawRoundedRect(shape, _RADIUS, _RADIUS)
            self._paint_texts(painter, shape)
        if self.is_current:
            painter.setPen(QPen(QColor(tokens.accent), 2.4))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(shape.adjusted(-3, -3, 3, 3), _RADIUS + 3, _RADIUS + 3)

    def _paint_identity(self, painter: QPainter, shape: QRectF) -> None:
        tokens = current()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.accent))
        painter.drawRoundedRect(shape, shape.height() / 2, shape.height() / 2)
        painter.setPen(QColor(tokens.on_accent))
        painter.setFont(bold_font())
        upper = QRectF(shape.left(), shape.top() + 6, shape.width(), 20)
        painter.drawText(upper, Qt.AlignmentFlag.AlignCenter, self.box.title)
        painter.setFont(small_font())
        lower = QRectF(shape.left() + 12, shape.top() + 25, shape.width() - 24, 17)
        text = _elided(painter, self.box.lines[0][0], lower.width())
        painter.drawText(lower, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_texts(self, painter: QPainter, shape: QRectF) -> None:
        tokens, box = current(), self.box
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        head = QRectF(shape.left() + 11, shape.top() + 7, shape.width() - 22, 19)
        painter.setFont(bold_font())
        painter.setPen(QColor(tokens.ink))
        painter.drawText(head, left, _elided(painter, box.title, head.width()))
        painter.setFont(small_font())
        for number, (text, tone) in enumerate(((box.source_title, "muted"), *box.lines)):
            line = QRectF(head.left(), shape.top() + 26 + number * 17, head.width(), 17)
            painter.setPen(QColor(getattr(tokens, tone)))
            painter.drawText(line, left, _elided(painter, text, line.width()))


class _LinkItem(QGraphicsItem):
    """One reference: whole where it is followed, dashed where it is not."""

    def __init__(self, link: Link, *, told: str) -> None:
        super().__init__()
        self.link = link
        self._path = _curve(link.points)
        self._label = _middle(link.points)
        self.setToolTip(told)

    @override
    def boundingRect(self) -> QRectF:
        return self._path.boundingRect().adjusted(-60, -14, 60, 14)

    @override
    def shape(self) -> QPainterPath:
        box = QPainterPath()
        box.addRect(QRectF(self._label.x() - 40, self._label.y() - 9, 80, 18))
        return box

    @override
    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        tokens, link = current(), self.link
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = QColor(tokens.accent if link.is_followed else tokens.faint)
        style = Qt.PenStyle.SolidLine if link.is_followed else Qt.PenStyle.DashLine
        painter.setPen(QPen(colour, 1.5, style))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(self._path)
        end = QPointF(*link.points[-1])
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(end, 3.2, 3.2)
        if link.label:
            painter.setFont(small_font())
            metrics = QFontMetricsF(small_font())
            text = metrics.elidedText(link.label, Qt.TextElideMode.ElideRight, 78)
            wide = metrics.horizontalAdvance(text) + 8
            ground = QRectF(self._label.x() - wide / 2, self._label.y() - 9, wide, 18)
            painter.setBrush(QColor(tokens.surface))
            painter.drawRoundedRect(ground, 4, 4)
            painter.setPen(QColor(tokens.muted))
            painter.drawText(ground, Qt.AlignmentFlag.AlignCenter, text)


class MapView(QGraphicsView):
    """Arrow keys go from box to box, Enter opens one, + and - go nearer and farther."""

    opened = Signal(str)
    """The key of a box that was chosen."""

    def __init__(self, *, name: str) -> None:
        super().__init__()
        self._boxes: dict[str, _BoxItem] = {}
        self._picture: MapPicture | None = None
        self._is_fitted = True
        self._at = ""
        self.setScene(QGraphicsScene(self))
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setDragMode(QGraphicsView.DragMode.ScrollHandDrag)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.AnchorUnderMouse)
        self.viewport().setCursor(Qt.CursorShape.ArrowCursor)

    def show_picture(self, picture: MapPicture, *, told: dict[str, str]) -> None:
        """Show ``picture``, unless it is shown already; ``told`` says why links are dashed."""
        if picture == self._picture:
            return
        self._picture = picture
        scene = self.scene()
        scene.clear()
        self._boxes = {}
        for link in picture.links:
            scene.addItem(_LinkItem(link, told=told.get(link.why, "") or link.label))
        for box in picture.boxes:
            item = self._boxes[box.key] = _BoxItem(box)
            scene.addItem(item)
        scene.setSceneRect(
            QRectF(0, 0, picture.width, picture.height).adjusted(
                -_MARGIN, -_MARGIN, _MARGIN, _MARGIN
            )
        )
        self._go_to(self._at if self._at in self._boxes else "")
        if self._is_fitted:
            self.fit()

    def mark(self, source: str) -> None:
        """Mark the boxes of one source."""
        for item in self._boxes.values():
            item.is_marked = bool(source) and item.box.source == source
            item.update()

    def choose(self, key: str) -> None:
        """Go to a box, without telling."""
        self._go_to(key)

    def redraw(self) -> None:
        """Draw everything anew: the colours changed."""
        self.viewport().update()

    def fit(self) -> None:
        """Show all of it, as far as it can be read, not larger than it is."""
        self._is_fitted = True
        room, whole = self.viewport().rect(), self.sceneRect()
        if whole.isEmpty() or room.isEmpty():
            return
        scale = min(room.width() / whole.width(), room.height() / whole.height(), 1.0)
        self.resetTransform()
        scale = max(scale, _LEAST_FITTED)
        self.scale(scale, scale)
        self.centerOn(whole.center())

    def closer(self) -> None:
        """Go nearer."""
        self._zoom(_CLOSER)

    def farther(self) -> None:
        """Go farther."""
        self._zoom(1 / _CLOSER)

    def _zoom(self, factor: float) -> None:
        now = self.transform().m11()
        factor = max(_ZOOMS[0], min(_ZOOMS[1], now * factor)) / now
        self._is_fitted = False
        self.scale(factor, factor)

    def print_on(self, printer: QPrinter) -> None:
        """Print all of it on one page."""
        painter = QPainter(printer)
        self.scene().render(painter)
        painter.end()

    def _go_to(self, key: str) -> None:
        self._at = key
        for name, item in self._boxes.items():
            item.is_current = name == key and self.hasFocus()
            item.update()
        if key in self._boxes:
            self.setAccessibleDescription(self._boxes[key].box.spoken)
            self.ensureVisible(self._boxes[key], 30, 30)

    def _neighbour(self, across: int, down: int) -> str:
        here = self._boxes.get(self._at)
        if here is None:
            return next(iter(self._boxes), "")
        best, nearest = self._at, float("inf")
        for key, item in self._boxes.items():
            dx, dy = item.box.x - here.box.x, item.box.y - here.box.y
            along, aside = (dx * across, abs(dy)) if across else (dy * down, abs(dx))
            if key != self._at and along > 1:
                distance = along + 2.5 * aside
                if distance < nearest:
                    best, nearest = key, distance
        return best

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in _STEPS:
            self._go_to(self._neighbour(*_STEPS[key]))
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space} and self._at:
            self.opened.emit(self._at)
        elif key in {Qt.Key.Key_Plus, Qt.Key.Key_Equal}:
            self.closer()
        elif key == Qt.Key.Key_Minus:
            self.farther()
        elif key == Qt.Key.Key_0:
            self.fit()
        else:
            super().keyPressEvent(event)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        item = self.itemAt(event.position().toPoint())
        if isinstance(item, _BoxItem):
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self._go_to(item.box.key)
            self.opened.emit(item.box.key)
            return
        super().mousePressEvent(event)

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._zoom(_CLOSER if event.angleDelta().y() > 0 else 1 / _CLOSER)
            event.accept()
            return
        super().wheelEvent(event)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._is_fitted:
            self.fit()

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._go_to(self._at or next(iter(self._boxes), ""))

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._go_to(self._at)


def _elided(painter: QPainter, text: str, width: float) -> str:
    metrics = QFontMetricsF(painter.font())
    return metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)


def _curve(points: tuple[tuple[float, float], ...]) -> QPainterPath:
    """Return a line that leaves and arrives level, and bends softly between."""
    path = QPainterPath(QPointF(*points[0]))
    for (x1, y1), (x2, y2) in pairwise(points):
        reach = (x2 - x1) / 2
        path.cubicTo(QPointF(x1 + reach, y1), QPointF(x2 - reach, y2), QPointF(x2, y2))
    return path


def _middle(points: tuple[tuple[float, float], ...]) -> QPointF:
    (x1, y1), (x2, y2) = points[0], points[1]
    return QPointF((x1 + x2) / 2, (y1 + y2) / 2)
