"""What becomes readable: one line for each collection, whole, never elided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from app.i18n import _
from app.ui.widgets.card import clear, column, row
from app.ui.widgets.pill import Pill
from app.ui.widgets.text import Text, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.ui.models.access_rows import AccessRow

_WIDTHS = (3, 3, 4, 4)


class AccessTable(QWidget):
    """A table of labels: an approver must be able to read every word of it."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(7)
        for number, width in enumerate(_WIDTHS):
            self._grid.setColumnStretch(number, width)
        self._shown: tuple[AccessRow, ...] = ()
        self.setAccessibleName(_("What becomes readable"))

    def show_rows(self, rows: Sequence[AccessRow]) -> None:
        """Show these rows instead, unless they are shown already."""
        if tuple(rows) == self._shown:
            return
        self._shown = tuple(rows)
        clear(self._grid)
        titles = (_("Source"), _("Collection"), _("Fields"), _("Categories"))
        for number, title in enumerate(titles):
            self._grid.addWidget(Text(title, "small", wraps=False), 0, number)
        self._grid.addWidget(line(), 1, 0, 1, len(titles))
        for number, each in enumerate(self._shown):
            self._add(2 + 2 * number, each)

    def _add(self, place: int, each: AccessRow) -> None:
        top = Qt.AlignmentFlag.AlignTop
        source = column(Text(each.source), row(Pill(each.kind), 1), spacing=3)
        if not each.kind:
            source = column(Text(each.source))
        categories = column(Text(each.categories), spacing=3)
        if each.stands_out:
            categories.addLayout(row(Pill(_("sensitive"), "amber"), 1))
        self._grid.addLayout(source, place, 0, top)
        self._grid.addWidget(Text(each.collection), place, 1, top)
        self._grid.addWidget(Text(each.fields), place, 2, top)
        self._grid.addLayout(categories, place, 3, top)
        self._grid.addWidget(line(), place + 1, 0, 1, len(_WIDTHS))
