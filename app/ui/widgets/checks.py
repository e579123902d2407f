"""A list of what was checked: a tick, or a mark where somebody should look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from app.i18n import _
from app.ui.theme.icons import icon
from app.ui.widgets.card import clear
from app.ui.widgets.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

_SIZE = 15


class Checks(QWidget):
    """Lines of (ok, look or wrong; sentence)."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        self._shown: tuple[tuple[str, str], ...] = ()

    def show_checks(self, checks: Sequence[tuple[str, str]]) -> None:
        """Show these lines instead, unless they are shown already."""
        if tuple(checks) == self._shown:
            return
        self._shown = tuple(checks)
        clear(self._grid)
        signs = {
            "ok": ("check", "green", _("fine")),
            "look": ("triangle-alert", "amber", _("look at this")),
            "wrong": ("x", "red", _("wrong")),
        }
        for number, (state, sentence) in enumerate(self._shown):
            name, tone, spoken = signs[state]
            sign = QLabel()
            sign.setPixmap(icon(name, tone).pixmap(_SIZE, _SIZE))
            sign.setAccessibleName(spoken)
            self._grid.addWidget(sign, number, 0, Qt.AlignmentFlag.AlignTop)
            text = Text(sentence, "strong" if state == "look" else "body")
            text.setAccessibleName(f"{spoken}: {sentence}")
            self._grid.addWidget(text, number, 1)
