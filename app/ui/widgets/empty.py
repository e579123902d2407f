"""What a page shows while there is nothing to show."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from app.ui.widgets.picture import Picture
from app.ui.widgets.text import Text

_ICON = 36


class EmptyState(QWidget):
    """Says what will be here, and offers the first step."""

    def __init__(self, icon: str, title: str, text: str = "", *actions: QWidget) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        layout.addStretch(2)
        middle = Qt.AlignmentFlag.AlignHCenter
        layout.addWidget(Picture(icon, "faint", _ICON), 0, middle)
        self._title = Text(title, "heading")
        self._text = Text(text, "muted")
        for part in (self._title, self._text):
            part.setAlignment(middle)
            # As wide as the page: a label that is centred itself would be cut, not wrapped.
            layout.addWidget(part)
        self._text.setVisible(bool(text))
        layout.addSpacing(4)
        for action in actions:
            layout.addWidget(action, 0, middle)
        layout.addStretch(3)
