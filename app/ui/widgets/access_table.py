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
            self._add(2 + 3 * number, each)

    def _add(self, place: int, each: AccessRow) -> None:
        source = column(Text(each.source), spacing=3)
        if each.kind:
            source.addLayout(row(Pill(each.kind), 1))
        self._grid.addLayout(source, place, 0, 2, 1, Qt.AlignmentFlag.AlignTop)
        # Wrapped labels stand in the grid itself: an inner layout would not tell their height.
        for number, text in enumerate((each.collection, each.fields, each.categories), 1):
            label = Text(text)
            label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
            self._grid.addWidget(label, place, number)
        if each.stands_out:
            self._grid.addLayout(row(Pill(_("sensitive"), "amber"), 1), place + 1, 3)
        self._grid.addWidget(line(), place + 2, 0, 1, len(_WIDTHS))
