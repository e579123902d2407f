"""The one table: rows with room to breathe, pills in cells, everything by keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, override

from PySide6.QtCore import (
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from app.ui.theme import current
from app.ui.theme.cells import CellRole, Style
from app.ui.theme.fonts import bold_font, figure_font, mono_font, text_font
from app.ui.theme.icons import paint_icon
from app.ui.widgets.pill import paint_pill

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent

    from app.ui.models.paged import PagedModel

_ROW = 36
_PAD = 8
_LEAST_REST = 190
_BAR = 3
_FIRST = {
    QStyleOptionViewItem.ViewItemPosition.Beginning,
    QStyleOptionViewItem.ViewItemPosition.OnlyOne,
}


class CellDelegate(QStyledItemDelegate):
    """Draws a cell: text or pill, a line below, the chosen row on a soft ground."""

    @override
    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        tokens = current()
        rect: QRect = option.rect
        painter.save()
        paint_ground(painter, option)
        text = str(index.data(Qt.ItemDataRole.DisplayRole) or "")
        tone = index.data(CellRole.TONE)
        if drawn := index.data(CellRole.ICON):
            name, token = drawn
            middle = QRectF(rect.left() + _PAD, rect.center().y() - 7, 15, 15)
            paint_icon(painter, name, middle, colour=getattr(tokens, token))
        elif tone and text:
            paint_pill(painter, text, tone, left=rect.left() + _PAD, middle=rect.center().y() + 0.5)
        elif text:
            self._write(painter, rect, text, Style(index.data(CellRole.STYLE) or 0))
        painter.restore()

    @staticmethod
    def _write(painter: QPainter, rect: QRect, text: str, style: Style) -> None:
        tokens = current()
        font = font_of(style)
        painter.setFont(font)
        painter.setPen(QColor(tokens.muted if style is Style.MUTED else tokens.ink))
        inner = rect.adjusted(_PAD, 0, -_PAD, 0)
        if style is Style.WRAPPED:
            flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(inner, int(flags), text)
            return
        shown = QFontMetrics(font).elidedText(
            text.replace("\n", " "), Qt.TextElideMode.ElideRight, inner.width()
        )
        side = Qt.AlignmentFlag.AlignRight if style is Style.FIGURE else Qt.AlignmentFlag.AlignLeft
        painter.drawText(inner, side | Qt.AlignmentFlag.AlignVCenter, shown)

    @override
    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        text = str(index.data(Qt.ItemDataRole.DisplayRole) or "")
        font = font_of(Style(index.data(CellRole.STYLE) or 0))
        room = 2 * _PAD + (18 if index.data(CellRole.TONE) else 0)
        return QSize(QFontMetrics(font).horizontalAdvance(text) + room, _ROW)


def paint_ground(painter: QPainter, option: QStyleOptionViewItem) -> None:
    """Draw what is below a cell: a line, and the chosen row; a bar where keys go to it."""
    tokens = current()
    rect: QRect = option.rect
    view: QWidget = option.widget
    has_focus: bool = view.hasFocus()
    if option.state & QStyle.StateFlag.State_Selected:
        painter.fillRect(rect, QColor(tokens.accent_soft if has_focus else tokens.background))
        if has_focus and option.viewItemPosition in _FIRST:
            painter.fillRect(rect.left(), rect.top(), _BAR, rect.height(), QColor(tokens.accent))
    painter.setPen(QPen(QColor(tokens.line), 1))
    painter.drawLine(rect.bottomLeft(), rect.bottomRight())


def select_current(view: QAbstractItemView) -> None:
    """Choose the row on which the keys are: Qt goes to the first one without choosing it."""
    selection = view.selectionModel()
    if not selection.hasSelection() and view.model().rowCount():
        here = view.currentIndex()
        here = here if here.isValid() else view.model().index(0, 0)
        rows = QItemSelectionModel.SelectionFlag.Rows
        selection.setCurrentIndex(here, QItemSelectionModel.SelectionFlag.ClearAndSelect | rows)
    view.scrollTo(view.currentIndex())


def font_of(style: Style) -> QFont:
    """Return the font of a style."""
    match style:
        case Style.STRONG:
            return bold_font()
        case Style.FIGURE | Style.FIGURE_LEFT:
            return figure_font()
        case Style.MONO:
            return mono_font()
        case _:
            return text_font()


class Table(QTableView):
    """A table over a ``PagedModel``; keeps what is chosen when rows come anew.

    Enter, Return and a double click open a row; typing goes to the row that begins so, or is a
    search where the rows are asked for in pages.
    """

    opened = Signal(str)
    """The key of a row that was activated."""
    chosen = Signal(str)
    """The key of the row that became the current one."""
    typed = Signal(str)
    """Letters were typed into a list that is only here in part: somebody wants to search."""

    def __init__(self, model: PagedModel[Any], *, name: str, row_height: int = _ROW) -> None:
        super().__init__()
        self._row_height = row_height
        self._paged = model
        self._kept = ""
        self._wanted = {column.key for column in model.columns}
        self.setModel(model)
        self.setAccessibleName(name)
        self.setItemDelegate(CellDelegate(self))
        self.setShowGrid(False)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self._set_headers()
        model.given.connect(self._on_given)
        self.activated.connect(self._on_activated)

    def _set_headers(self) -> None:
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(self._row_height)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setMinimumSectionSize(28)
        for number, column in enumerate(self._paged.columns):
            if column.width:
                self.setColumnWidth(number, column.width)
            else:
                header.setSectionResizeMode(number, QHeaderView.ResizeMode.Stretch)
        if any(column.order for column in self._paged.columns):
            self._show_order()
            self.setSortingEnabled(True)
        header.setSectionsClickable(any(column.order for column in self._paged.columns))

    def _show_order(self) -> None:
        order = self._paged.order
        for number, column in enumerate(self._paged.columns):
            if column.order and column.order == order.removeprefix("-"):
                way = (
                    Qt.SortOrder.DescendingOrder
                    if order.startswith("-")
                    else Qt.SortOrder.AscendingOrder
                )
                self.horizontalHeader().setSortIndicator(number, way)
                return
        self.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)

    @property
    def key(self) -> str:
        """The key of the current row, or the empty text."""
        return self._paged.key_at(self.currentIndex().row())

    def choose(self, key: str) -> None:
        """Make the row with ``key`` current, now or as soon as it comes."""
        self._kept = key
        self._on_given()

    def show_columns(self, keys: Iterable[str]) -> None:
        """Show these columns, as far as there is room for them."""
        self._wanted = set(keys)
        self._fit()

    def _fit(self) -> None:
        """Leave out what can be spared, so that the column that takes the rest has some."""
        columns = self._paged.columns
        shown = [each for each in columns if each.key in self._wanted]
        room = self.viewport().width()
        while sum(each.width or _LEAST_REST for each in shown) > room:
            spare = max(shown, key=lambda each: each.spare, default=None)
            if spare is None or not spare.spare:
                break
            shown.remove(spare)
        keys = {each.key for each in shown}
        for number, column in enumerate(columns):
            self.setColumnHidden(number, column.key not in keys)

    def sort_by(self, order: str) -> None:
        """Ask in this order from now on, and show it; nothing is asked yet."""
        self._paged.order = order
        self.setSortingEnabled(False)
        self._show_order()
        self.setSortingEnabled(True)

    def _on_given(self) -> None:
        if not self._kept:
            return
        place = self._paged.place_of(self._kept)
        if place is None or self._paged.key_at(self.currentIndex().row()) == self._kept:
            return
        bar = self.verticalScrollBar().value()
        kept = self._kept
        self.setCurrentIndex(self._paged.index(place, 0))
        self._kept = kept
        if bar:
            self.verticalScrollBar().setValue(bar)

    @override
    def currentChanged(
        self,
        current: QModelIndex | QPersistentModelIndex,
        previous: QModelIndex | QPersistentModelIndex,
    ) -> None:
        super().currentChanged(current, previous)
        key = self._paged.key_at(current.row()) if current.isValid() else ""
        if key and key != self._kept:
            self._kept = key
            self.chosen.emit(key)

    def _on_activated(self, index: QModelIndex) -> None:
        if key := self._paged.key_at(index.row()):
            self.opened.emit(key)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.currentIndex().isValid():
            self._on_activated(self.currentIndex())
            event.accept()
            return
        super().keyPressEvent(event)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    @override
    def keyboardSearch(self, search: str) -> None:
        if self._paged.is_whole:
            super().keyboardSearch(search)
        elif search.strip():
            # Going through the rows would ask for every one of them.
            self.typed.emit(search)

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        select_current(self)
