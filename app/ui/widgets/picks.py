"""A short list to pick from, each with a number beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from app.i18n import _
from app.ui.theme import current
from app.ui.theme.cells import CellRole
from app.ui.theme.fonts import bold_font, figure_font, text_font

if TYPE_CHECKING:
    from collections.abc import Sequence

_ROW = 34


class _Delegate(QStyledItemDelegate):
    @override
    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        tokens = current()
        rect: QRect = option.rect.adjusted(1, 1, -1, -1)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        has_focus = bool(option.state & QStyle.StateFlag.State_HasFocus)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen:
            painter.setPen(QPen(QColor(tokens.accent if has_focus else tokens.line), 1.5))
            painter.setBrush(QColor(tokens.accent_soft if has_focus else tokens.background))
            painter.drawRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        count = str(index.data(CellRole.KIND) or "")
        is_urgent = bool(index.data(CellRole.TONE))
        width = 0
        if count:
            font = figure_font(12, bold=True)
            width = max(22, QFontMetrics(font).horizontalAdvance(count) + 14)
            box = QRectF(rect.right() - width - 6, rect.center().y() - 9, width, 19)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.amber if is_urgent else tokens.line))
            painter.drawRoundedRect(box, 9.5, 9.5)
            painter.setFont(font)
            painter.setPen(QColor(tokens.surface if is_urgent else tokens.ink))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, count)
        font = bold_font() if chosen else text_font()
        painter.setFont(font)
        painter.setPen(QColor(tokens.ink if chosen else tokens.muted))
        room = rect.adjusted(10, 0, -width - 14, 0)
        text = QFontMetrics(font).elidedText(
            str(index.data() or ""), Qt.TextElideMode.ElideRight, room.width()
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        painter.restore()

    @override
    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(60, _ROW)


class Picks(QListWidget):
    """Lines of (key, text, number, whether the number is urgent)."""

    picked = Signal(str)

    def __init__(self, *, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setItemDelegate(_Delegate(self))
        self.setFrameShape(QListWidget.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._shown: tuple[tuple[str, str, int, bool], ...] = ()
        self._is_filling = False
        self.currentItemChanged.connect(self._on_current)

    def show_picks(self, picks: Sequence[tuple[str, str, int, bool]]) -> None:
        """Show these lines; what is chosen stays chosen."""
        if tuple(picks) == self._shown:
            return
        self._shown = tuple(picks)
        chosen = self.key
        self._is_filling = True
        self.clear()
        for key, text, number, is_urgent in self._shown:
            item = QListWidgetItem(text)
            item.setData(Qt.ItemDataRole.UserRole, key)
            item.setData(CellRole.KIND, f"{number:,}" if number else "")
            item.setData(CellRole.TONE, is_urgent)
            item.setToolTip(text)
            spoken = _("{text}, {n} to decide") if is_urgent else _("{text}, {n}")
            item.setData(
                Qt.ItemDataRole.AccessibleTextRole, spoken.format(text=text, n=f"{number:,}")
            )
            self.addItem(item)
        self._is_filling = False
        self.choose(chosen)

    @property
    def key(self) -> str:
        """The key of the chosen line."""
        chosen = self.selectedItems()
        return str(chosen[0].data(Qt.ItemDataRole.UserRole)) if chosen else ""

    def choose(self, key: str) -> None:
        """Choose a line without telling."""
        self._is_filling = True
        for number in range(self.count()):
            if str(self.item(number).data(Qt.ItemDataRole.UserRole)) == key:
                self.setCurrentRow(number)
        self._is_filling = False

    def _on_current(self) -> None:
        if not self._is_filling and self.key:
            self.picked.emit(self.key)
