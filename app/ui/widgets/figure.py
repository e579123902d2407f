"""One number that matters, what it counts, and a line about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

from PySide6.QtCore import Qt, Signal

from app.ui.theme.fonts import figure_font
from app.ui.widgets.card import Card
from app.ui.widgets.text import Text, restyle

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QMouseEvent

_PIXELS = 25


class Figure(Card):
    """A card with a number; a click, Enter or Space goes to what it counts."""

    pressed = Signal()

    def __init__(self, label: str) -> None:
        super().__init__(margin=14)
        self._label = label
        self.body.setSpacing(3)
        self._number = Text("", wraps=False)
        self._number.setFont(figure_font(_PIXELS, bold=True))
        self._note = Text("", "muted")
        self._note.setAlignment(Qt.AlignmentFlag.AlignTop)
        for part in (Text(label, "muted", wraps=False), self._number, self._note):
            self.body.addWidget(part)
        self.body.addStretch(1)
        self.setProperty("pressable", "true")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(label)

    def show_figure(self, number: int, *, note: str = "", tone: str = "") -> None:
        """Show ``number``; ``tone`` (amber, red) where it wants to be looked at."""
        self._number.setText(f"{number:,}")
        self._note.setText(note)
        if self._number.property("hue") != tone:
            self._number.setProperty("hue", tone)
            restyle(self._number)
        self.setAccessibleName(f"{self._label}: {number:,}")
        self.setAccessibleDescription(note)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(event.pos()):
            self.pressed.emit()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            self.pressed.emit()
            return
        super().keyPressEvent(event)
