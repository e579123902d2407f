"""The records of one collection, and below them the value that is looked at."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from app.i18n import _
from app.ui.models.paged import Ask, PagedModel
from app.ui.models.review_columns import review_columns, shown_text, spans_of
from app.ui.theme.cells import Spans
from app.ui.widgets.card import column
from app.ui.widgets.passage import Passage
from app.ui.widgets.review_table import ReviewTable
from app.ui.widgets.text import Text
from app.wording.review import flag_in_words

if TYPE_CHECKING:
    from app.domain.datamap import Collection
    from app.domain.pulls import PulledCollection
    from app.services.reviewing import SeenRecord
    from app.ui.page import Room

_NOWHERE = (-1, "")


class ReviewRecords(QSplitter):
    """Reads page by page; ``failed`` carries a sentence."""

    value_changed = Signal()
    """Another value is looked at, or another part of it is chosen."""
    space_pressed = Signal()
    failed = Signal(object)

    def __init__(self, room: Room) -> None:
        super().__init__(Qt.Orientation.Vertical)
        self._room = room
        self._request = ""
        self._pulled: PulledCollection | None = None
        self._only_open = False
        self._open_rows: tuple[int, ...] = ()
        self._labels: tuple[str, ...] = ()
        self.model: PagedModel[Any] | None = None
        self.table: ReviewTable | None = None
        self._place = QVBoxLayout()
        self._place.setContentsMargins(0, 0, 0, 0)
        above = QWidget()
        above.setLayout(self._place)
        self._title = Text("", "small")
        self.passage = Passage()
        self.passage.selectionChanged.connect(self.value_changed)
        below = QWidget()
        below.setLayout(column(self._title, self.passage, spacing=4))
        self.addWidget(above)
        self.addWidget(below)
        self.setStretchFactor(0, 3)
        self.setStretchFactor(1, 1)
        self.setChildrenCollapsible(False)
        self.setSizes([460, 150])

    def open(
        self, request: str, pulled: PulledCollection, collection: Collection | None, *, name: str
    ) -> None:
        """Show what was read of a collection; ``collection`` is what the map says of it."""
        self._request, self._pulled = request, pulled
        self._labels = tuple(_label(collection, path) for path, _type in pulled.columns)
        self.model = PagedModel[Any](
            review_columns(pulled, list(self._labels)),
            key=lambda each: str(each.number),
            parent=self,
        )
        self.model.asked.connect(self._on_asked)
        self.model.given.connect(self._on_given)
        if self.table is not None:
            self._place.removeWidget(self.table)
            self.table.deleteLater()
        self.table = ReviewTable(self.model, name=name)
        self.table.selectionModel().currentChanged.connect(self._show_value)
        self.table.opened.connect(self.look)
        self.table.space_pressed.connect(self.space_pressed)
        self._place.addWidget(self.table)
        self._restart()

    def show_all(self, *, only_open: bool) -> None:
        """Show every record, or only those that are to decide."""
        self._only_open = only_open
        self._restart()

    def ask_again(self) -> None:
        """Read anew what is shown; the place stays."""
        if self.model is not None:
            self.model.ask_again()

    def look(self) -> None:
        """Go into the value, to choose a part of it."""
        self.passage.setFocus()

    @property
    def seen(self) -> SeenRecord | None:
        """The record that is looked at."""
        if self.table is None or self.model is None:
            return None
        found: SeenRecord | None = self.model.row_at(self.table.currentIndex().row())
        return found

    @property
    def field(self) -> tuple[int, str]:
        """Number and name of the field that is looked at; -1 and "" at the decision."""
        if self.table is None or self._pulled is None:
            return _NOWHERE
        number = self.table.currentIndex().column() - 1
        if not 0 <= number < len(self._pulled.columns):
            return _NOWHERE
        return number, self._pulled.columns[number][0]

    @property
    def label(self) -> str:
        """What the field that is looked at is called."""
        number, _name = self.field
        return self._labels[number] if number >= 0 else ""

    def go_next(self, rows: tuple[int, ...]) -> None:
        """Go to the next of ``rows``, the records to decide; after the last comes the first."""
        if self.table is None or self.model is None:
            return
        here = self.table.currentIndex().row()
        if self._only_open:
            self._go_to(min(here + 1, self.model.rowCount() - 1))
        else:
            self._go_to(next((each for each in rows if each > here), rows[0]))
        self.table.setFocus()

    def _restart(self) -> None:
        if self.model is None or self._pulled is None:
            return
        if not self._only_open:
            self.model.restart()
            return
        request, pulled = self._request, self._pulled.id
        self._room.run(
            self,
            lambda _work: self._room.desk.reviewing.undecided(request, pulled),
            done=self._on_open_rows,
            failed=self.failed.emit,
        )

    def _on_open_rows(self, rows: tuple[int, ...]) -> None:
        self._open_rows = rows
        if self.model is not None:
            self.model.restart()

    def _on_asked(self, wanted: Ask) -> None:
        if self._pulled is None:
            return
        request, pulled, reviewing = self._request, self._pulled.id, self._room.desk.reviewing
        rows = self._open_rows[wanted.offset : wanted.offset + wanted.limit]
        read = (
            partial(reviewing.records_at, request, pulled, rows)
            if self._only_open
            else partial(reviewing.page, request, pulled, offset=wanted.offset, limit=wanted.limit)
        )
        total = len(self._open_rows) if self._only_open else self._pulled.rows
        self._room.run(
            self,
            lambda _work: read(),
            done=partial(self._on_rows, self.model, wanted, total),
            failed=self.failed.emit,
        )

    def _on_rows(
        self, model: object, wanted: Ask, total: int, rows: tuple[SeenRecord, ...]
    ) -> None:
        if self.model is not None and model is self.model:  # else another collection is open
            self.model.give(wanted, rows, total)

    def _on_given(self) -> None:
        if self.table is not None and not self.table.currentIndex().isValid():
            self._go_to(0)
        self._show_value()

    def _go_to(self, row: int) -> None:
        """Make the value current that wants to be looked at; without one, stay in the column."""
        if self.table is None or self.model is None or self._pulled is None:
            return
        seen: SeenRecord | None = self.model.row_at(row)
        flagged = {each.field for each in seen.flags} if seen is not None else set()
        names = [name for name, _type in self._pulled.columns]
        place = next((n for n, name in enumerate(names, 1) if name in flagged), 0)
        place = place or max(1, self.table.currentIndex().column())
        self.table.setCurrentIndex(self.model.index(row, place))

    def _show_value(self) -> None:
        seen, (number, name) = self.seen, self.field
        if seen is None or number < 0:
            self._title.setText("")
            self.passage.show_value("", Spans())
            return
        flags = [flag_in_words(each.kind) for each in seen.flags if each.field == name]
        title = _("{field}, record {n}").format(field=self.label, n=seen.number + 1)
        if flags:
            title += ": " + ", ".join(dict.fromkeys(flags))
        self._title.setText(title)
        self.passage.show_value(shown_text(seen.values[number]), spans_of(seen, number, name))
        self.value_changed.emit()


def _label(collection: Collection | None, path: str) -> str:
    field = collection.find(path) if collection is not None else None
    return (field.label or field.name) if field is not None else path
