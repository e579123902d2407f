"""The top of a page: its title, a line about it, and what can be done on it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.ui.widgets.text import Text


class PageHeader(QWidget):
    """Title and subtitle at the left, buttons at the right."""

    def __init__(self, title: str, *actions: QWidget) -> None:
        super().__init__()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        texts = QVBoxLayout()
        texts.setSpacing(2)
        self._title = Text(title, "title", wraps=False)
        self._subtitle = Text("", "muted")
        self._subtitle.hide()
        self._texts = texts
        texts.addWidget(self._title)
        texts.addWidget(self._subtitle)
        layout.addLayout(texts, 1)
        for action in actions:
            layout.addWidget(action, 0, Qt.AlignmentFlag.AlignVCenter)

    def put_below(self, widget: QWidget) -> None:
        """Put something below the title, in place of words."""
        self._texts.addWidget(widget)

    def set_title(self, title: str) -> None:
        """Change the title."""
        self._title.setText(title)

    def set_subtitle(self, text: str) -> None:
        """Say something below the title; nothing takes no room."""
        self._subtitle.setText(text)
        self._subtitle.setVisible(bool(text))
