"""An icon that stands by itself, in a colour of the scheme."""

from __future__ import annotations

from typing import override

from PySide6.QtCore import QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.ui.theme import current
from app.ui.theme.icons import paint_icon


class Picture(QWidget):
    """The icon ``name`` in the token ``colour``, ``pixels`` wide and high; it says nothing."""

    def __init__(self, name: str, colour: str, pixels: int) -> None:
        super().__init__()
        self._name, self._colour = name, colour
        self.setFixedSize(QSize(pixels, pixels))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colour = getattr(current(), self._colour)
        paint_icon(painter, self._name, self.rect(), colour=colour)
        painter.end()
