"""Which keys do what here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.ui.widgets.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence


class KeyHints(QWidget):
    """Keys in small boxes, each followed by what it does."""

    def __init__(self, hints: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for key, what in hints:
            layout.addWidget(Text(key, "key", wraps=False))
            if what:
                layout.addWidget(Text(what, "muted", wraps=False))
                layout.addSpacing(6)
        spoken = ", ".join(f"{key} {what}".strip() for key, what in hints)
        self.setAccessibleName(spoken)
