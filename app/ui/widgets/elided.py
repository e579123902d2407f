"""One line of text that ends in an ellipsis where there is no room for all of it."""

from __future__ import annotations

from typing import override

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy

from app.ui.widgets.text import Text


class Elided(Text):
    """A title of any length; the whole of it is in the tooltip and told to screen readers."""

    def __init__(self, text: str = "", role: str = "title") -> None:
        super().__init__("", role, wraps=False)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setText(text)

    @override
    def setText(self, arg__1: str) -> None:
        super().setText(arg__1)
        self.setAccessibleName(arg__1)
        self.setToolTip(arg__1)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(min(180, self.sizeHint().width()), self.sizeHint().height())

    @override
    def paintEvent(self, arg__1: QPaintEvent) -> None:
        painter = QPainter(self)
        shown = self.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideRight, self.width()
        )
        painter.setPen(self.palette().windowText().color())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, shown)
        painter.end()
