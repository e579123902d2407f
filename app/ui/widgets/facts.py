"""Rows of a label and what it is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from app.ui.widgets.card import clear
from app.ui.widgets.text import Text
from app.ui.widgets.value import Value


class Facts(QWidget):
    """A grid of facts: a muted label, and beside it a text or a widget."""

    def __init__(self, *, label_width: int = 96) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnMinimumWidth(0, label_width)
        self._grid.setColumnStretch(1, 1)
        self._shown: tuple[tuple[str, str], ...] = ()

    def show_facts(self, *facts: tuple[str, str | QWidget]) -> None:
        """Show these facts instead; texts that are the same as before are not touched."""
        as_text = tuple((label, value) for label, value in facts if isinstance(value, str))
        if len(as_text) == len(facts) and as_text == self._shown:
            return
        self._shown = as_text if len(as_text) == len(facts) else ()
        clear(self._grid)
        for number, (label, value) in enumerate(facts):
            name = Text(label, "muted", wraps=False)
            widget = Value(value) if isinstance(value, str) else value
            if not widget.accessibleName():
                widget.setAccessibleName(f"{label}: {value}" if isinstance(value, str) else label)
            top = Qt.AlignmentFlag.AlignTop
            self._grid.addWidget(name, number, 0, top | Qt.AlignmentFlag.AlignLeft)
            if isinstance(value, str):
                self._grid.addWidget(widget, number, 1)
            else:
                self._grid.addWidget(widget, number, 1, top | Qt.AlignmentFlag.AlignLeft)
