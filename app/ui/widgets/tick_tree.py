"""A tree whose lines can be ticked, by mouse and with Space."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyleOptionViewItem,
    QTreeView,
)

from app.ui.theme import current
from app.ui.theme.cells import CellRole, Style
from app.ui.theme.icons import paint_icon
from app.ui.widgets.pill import paint_pill
from app.ui.widgets.table import CellDelegate, font_of, paint_ground, select_current

if TYPE_CHECKING:
    from PySide6.QtCore import QAbstractItemModel
    from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent

    from app.ui.models.scope_tree import ScopeTree

_BOX = 15
_ROW = 31


class TickDelegate(CellDelegate):
    """Draws the box before the text, and a pill with the kind behind it."""

    @override
    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        if index.column() != 0:
            super().paint(painter, option, index)
            return
        tokens = current()
        rect: QRect = option.rect
        painter.save()
        paint_ground(painter, option)
        state = index.data(Qt.ItemDataRole.CheckStateRole)
        paint_box(painter, box_in(rect), None if state is None else Qt.CheckState(state))
        font = font_of(Style(index.data(CellRole.STYLE) or 0))
        painter.setFont(font)
        painter.setPen(QColor(tokens.ink if state is not None else tokens.muted))
        left = rect.left() + _BOX + 14
        text = str(index.data() or "")
        room = rect.right() - left
        shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, room)
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(QRect(left, rect.top(), room, rect.height()), middle, shown)
        if kind := index.data(CellRole.KIND):
            after = left + QFontMetrics(font).horizontalAdvance(shown) + 8
            paint_pill(painter, kind, "grey", left=after, middle=rect.center().y() + 0.5)
        painter.restore()

    @override
    def editorEvent(
        self,
        event: QEvent,
        model: QAbstractItemModel,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> bool:
        if isinstance(event, QMouseEvent) and event.type() is QEvent.Type.MouseButtonRelease:
            place = event.position().toPoint()
            if index.column() == 0 and box_in(option.rect).adjusted(-5, -8, 5, 8).contains(place):
                model.toggle(index)  # type: ignore[attr-defined]  # a ScopeTree
                return True
        return False


def box_in(rect: QRect) -> QRect:
    """Return where the box of a line is drawn."""
    return QRect(rect.left() + 4, rect.center().y() - _BOX // 2, _BOX, _BOX)


def paint_box(painter: QPainter, box: QRect, state: Qt.CheckState | None) -> None:
    """Draw a box: ticked, partly ticked, empty, or (None) one that cannot be ticked."""
    tokens = current()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    shape = QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5)
    if state is Qt.CheckState.Checked:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.accent))
        painter.drawRoundedRect(shape, 4, 4)
        paint_icon(painter, "check", shape.adjusted(2, 2, -2, -2), colour=tokens.on_accent)
    else:
        painter.setPen(QPen(QColor(tokens.faint if state is not None else tokens.line), 1.2))
        painter.setBrush(QColor(tokens.surface))
        painter.drawRoundedRect(shape, 4, 4)
        if state is Qt.CheckState.PartiallyChecked:
            painter.setPen(QPen(QColor(tokens.accent), 2))
            middle = shape.center().y()
            painter.drawLine(
                int(shape.left() + 4), int(middle + 0.5), int(shape.right() - 4), int(middle + 0.5)
            )
    painter.restore()


class TickTree(QTreeView):
    """Shows a ``ScopeTree``; arrows move and fold, Space ticks, typing finds."""

    def __init__(self, model: ScopeTree, *, name: str) -> None:
        super().__init__()
        self._tree = model
        self.setModel(model)
        self.setAccessibleName(name)
        self.setItemDelegate(TickDelegate(self))
        self.setFrameShape(QTreeView.Shape.NoFrame)
        self.setUniformRowHeights(True)
        self.setIndentation(22)
        self.setRootIsDecorated(True)
        self.setAlternatingRowColors(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        header = self.header()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionsMovable(False)
        header.setStretchLastSection(True)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        width = self.viewport().width()
        self.setColumnWidth(0, int(width * 0.48))
        self.setColumnWidth(1, int(width * 0.28))

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        select_current(self)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and self.currentIndex().isValid():
            self._tree.toggle(self.currentIndex().siblingAtColumn(0))
            event.accept()
            return
        super().keyPressEvent(event)

    @override
    def sizeHintForRow(self, row: int) -> int:
        return _ROW
