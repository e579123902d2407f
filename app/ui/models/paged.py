"""A list of any length that is asked for in pages; filtering and sorting are the database's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, override

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from app.ui.theme.cells import CellRole, Style

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

type Index = QModelIndex | QPersistentModelIndex

_PAGE = 100
_NO_INDEX = QModelIndex()


@dataclass(frozen=True)
class Column[T]:
    """One column: what it says of a row, and how.

    ``key`` names it in settings; ``order`` is what the database sorts by, empty for a column that
    cannot be sorted. ``width`` is in pixels, 0 for the column that takes what is left. Where there
    is no room for all, those with the highest ``spare`` go first; 0 always stays.
    """

    key: str
    title: str
    text: Callable[[T], str]
    width: int = 0
    order: str = ""
    tone: Callable[[T], str] | None = None
    style: Style = Style.PLAIN
    tip: Callable[[T], str] | None = None
    spans: Callable[[T], object] | None = None
    spare: int = 0
    icon: Callable[[T], tuple[str, str]] | None = None


@dataclass(frozen=True)
class Ask:
    """A page that the model wants; it is handed back with the rows."""

    offset: int
    limit: int
    order: str
    generation: int


class PagedModel[T](QAbstractTableModel):
    """Shows rows as they come, and asks for those that are looked at.

    Whoever listens to ``asked`` fetches the rows and calls ``give``. ``restart`` is for another
    filter: everything is forgotten. ``ask_again`` is for "something changed": rows stay until the
    new ones are there.
    """

    asked = Signal(object)
    """An ``Ask``."""
    given = Signal()
    """Rows came."""
    is_whole = False
    """Whether all rows are here."""

    def __init__(
        self,
        columns: Sequence[Column[T]],
        *,
        key: Callable[[T], str],
        order: str = "",
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self.order = order
        self._key = key
        self._rows: dict[int, T] = {}
        self._places: dict[str, int] = {}
        self._total = 0
        self._generation = 0
        self._pending: set[int] = set()
        self._looked_at = 0

    @property
    def total(self) -> int:
        """How many rows there are."""
        return self._total

    def restart(self) -> None:
        """Forget everything and ask for the first page."""
        self.beginResetModel()
        self._rows.clear()
        self._places.clear()
        self._total = 0
        self._looked_at = 0
        self.endResetModel()
        self._renew()

    def ask_again(self) -> None:
        """Ask anew for what is looked at; what is shown stays until it comes."""
        self._renew()

    def _renew(self) -> None:
        self._generation += 1
        self._pending.clear()
        first = max(0, self._looked_at - _PAGE // 2) // _PAGE
        self._want(first)
        if self._looked_at % _PAGE >= _PAGE // 2:
            self._want(first + 1)

    def give(self, ask: Ask, rows: Sequence[T], total: int) -> None:
        """Take the rows of a page; those of an older question are dropped."""
        if ask.generation != self._generation:
            return
        self._pending.discard(ask.offset // _PAGE)
        self._resize(total)
        stale = range(ask.offset, ask.offset + ask.limit)
        for row in stale:
            if (old := self._rows.pop(row, None)) is not None:
                self._places.pop(self._key(old), None)
        for number, each in enumerate(rows, start=ask.offset):
            self._rows[number] = each
            self._places[self._key(each)] = number
        if rows:
            top = self.index(ask.offset, 0)
            bottom = self.index(ask.offset + len(rows) - 1, len(self.columns) - 1)
            self.dataChanged.emit(top, bottom)
        self.given.emit()

    def row_at(self, row: int) -> T | None:
        """Return the row, if it is here."""
        return self._rows.get(row)

    def place_of(self, key: str) -> int | None:
        """Return where the row with ``key`` stands, if it is here."""
        return self._places.get(key)

    def key_at(self, row: int) -> str:
        """Return the key of a row that is here, else the empty text."""
        found = self._rows.get(row)
        return self._key(found) if found is not None else ""

    def _resize(self, total: int) -> None:
        if total > self._total:
            self.beginInsertRows(QModelIndex(), self._total, total - 1)
            self._total = total
            self.endInsertRows()
        elif total < self._total:
            self.beginRemoveRows(QModelIndex(), total, self._total - 1)
            for row in [each for each in self._rows if each >= total]:
                self._places.pop(self._key(self._rows.pop(row)), None)
            self._total = total
            self.endRemoveRows()

    def _want(self, page: int) -> None:
        if page in self._pending:
            return
        self._pending.add(page)
        self.asked.emit(Ask(page * _PAGE, _PAGE, self.order, self._generation))

    @override
    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else self._total

    @override
    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self.columns)

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= self._total:
            return None
        row = self._rows.get(index.row())
        if row is None:
            self._looked_at = index.row()
            self._want(index.row() // _PAGE)
            return "…" if role == Qt.ItemDataRole.DisplayRole and index.column() == 0 else None
        if role == Qt.ItemDataRole.DisplayRole:
            self._looked_at = index.row()
        return self._cell(self.columns[index.column()], row, role)

    def _cell(self, column: Column[T], row: T, role: int) -> Any:  # noqa: ANN401 - as data()
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return column.text(row)
        if role == CellRole.STYLE:
            return int(column.style)
        if role == CellRole.KEY:
            return self._key(row)
        optional = {
            int(Qt.ItemDataRole.ToolTipRole): column.tip,
            int(CellRole.TONE): column.tone,
            int(CellRole.SPANS): column.spans,
            int(CellRole.ICON): column.icon,
        }
        ask = optional.get(role)
        return ask(row) if ask is not None else None

    @override
    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal or section >= len(self.columns):
            return None
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return self.columns[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            is_figure = self.columns[section].style is Style.FIGURE
            side = Qt.AlignmentFlag.AlignRight if is_figure else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    @override
    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        if not 0 <= column < len(self.columns) or not self.columns[column].order:
            return
        sign = "-" if order is Qt.SortOrder.DescendingOrder else ""
        wanted = sign + self.columns[column].order
        if wanted != self.order:
            self.order = wanted
            self.restart()


class ListModel[T](PagedModel[T]):
    """A short list that is here as a whole."""

    is_whole = True

    def show_rows(self, rows: Sequence[T]) -> None:
        """Show these rows instead; the selection is kept by whoever shows the model."""
        self._generation += 1
        self._pending.clear()
        self._rows.clear()
        self._places.clear()
        ask = Ask(0, max(len(rows), 1), self.order, self._generation)
        self.give(ask, rows, len(rows))

    @override
    def restart(self) -> None:
        """Show the same rows: there is nobody to ask."""

    @override
    def ask_again(self) -> None:
        """Show the same rows: there is nobody to ask."""
