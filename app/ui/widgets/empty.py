"""What a page shows while there is nothing to show."""

from __future__ import annotations

from typing import override

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from app.ui.theme import current
from app.ui.theme.icons import paint_icon
from app.ui.widgets.text import Text

_ICON = 36


class _Drawing(QWidget):
    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self.setFixedSize(QSize(_ICON, _ICON))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_icon(painter, self._name, self.rect(), colour=current().faint)
        painter.end()


class EmptyState(QWidget):
    """Says what will be here, and offers the first step."""

    def __init__(self, icon: str, title: str, text: str = "", *actions: QWidget) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        layout.addStretch(2)
        middle = Qt.AlignmentFlag.AlignHCenter
        layout.addWidget(_Drawing(icon), 0, middle)
        self._title = Text(title, "heading")
        self._text = Text(text, "muted")
        for part in (self._title, self._text):
            part.setAlignment(middle)
            part.setMaximumWidth(460)
            part.setMinimumWidth(min(240, part.fontMetrics().horizontalAdvance(part.text()) + 8))
            layout.addWidget(part, 0, middle)
        self._text.setVisible(bool(text))
        layout.addSpacing(4)
        for action in actions:
            layout.addWidget(action, 0, middle)
        layout.addStretch(3)
