"""A whole number, typed or stepped."""

from __future__ import annotations

from PySide6.QtWidgets import QSpinBox


class Number(QSpinBox):
    """A spin box whose figure stands where texts stand: its style leaves no room before it."""

    def __init__(self, least: int = 0, most: int = 1_000_000, value: int = 0) -> None:
        super().__init__()
        self.lineEdit().setTextMargins(8, 0, 4, 0)
        self.setRange(least, most)
        self.setValue(value)
