"""How far each collection is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QProgressBar, QWidget

from app.i18n import _
from app.ui.widgets.card import clear
from app.ui.widgets.pill import Pill
from app.ui.widgets.text import Text, restyle

if TYPE_CHECKING:
    from collections.abc import Sequence

_BAR = 170


@dataclass(frozen=True)
class Reading:
    """One line: ``state`` is waiting, reading, complete or incomplete."""

    name: str
    rows: int
    state: str
    why: str = ""


class ProgressList(QWidget):
    """Lines with a bar, a number of rows and a word; updated in place."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 6, 0)
        self._grid.setHorizontalSpacing(14)
        self._grid.setVerticalSpacing(9)
        self._grid.setColumnStretch(0, 1)
        self._names: tuple[str, ...] = ()
        self._lines: list[tuple[QProgressBar, Text, Pill]] = []

    def show_readings(self, readings: Sequence[Reading]) -> None:
        """Show these lines."""
        names = tuple(each.name for each in readings)
        if names != self._names:
            self._names = names
            self._rebuild()
        for each, parts in zip(readings, self._lines, strict=True):
            _show(each, *parts)

    def _rebuild(self) -> None:
        clear(self._grid)
        self._lines = []
        for number, name in enumerate(self._names):
            bar = QProgressBar()
            bar.setTextVisible(False)
            bar.setFixedWidth(_BAR)
            bar.setAccessibleName(name)
            rows = Text("", "figure", wraps=False)
            pill = Pill("")
            self._grid.addWidget(Text(name), number, 0)
            self._grid.addWidget(bar, number, 1, Qt.AlignmentFlag.AlignVCenter)
            self._grid.addWidget(rows, number, 2, Qt.AlignmentFlag.AlignRight)
            self._grid.addWidget(pill, number, 3)
            self._lines.append((bar, rows, pill))


def _show(each: Reading, bar: QProgressBar, rows: Text, pill: Pill) -> None:
    words = {
        "waiting": (_("waiting"), "grey", ""),
        "reading": (_("reading"), "blue", "accent"),
        "complete": (_("complete"), "green", "green"),
        "incomplete": (_("incomplete"), "red", "red"),
    }
    word, tone, bar_tone = words[each.state]
    is_busy = each.state == "reading"
    bar.setRange(0, 0 if is_busy else 1)
    bar.setValue(1 if each.state in {"complete", "incomplete"} else 0)
    if bar.property("tone") != bar_tone:
        bar.setProperty("tone", bar_tone)
        restyle(bar)
    rows.setText(f"{each.rows:,}")
    pill.show_text(word, tone)
    pill.setToolTip(each.why)
    bar.setAccessibleDescription(f"{word}, {each.rows:,}. {each.why}".strip())
