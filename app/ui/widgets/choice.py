"""A button that says what is chosen, and opens a menu to choose something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from app.ui.widgets.button import Button

if TYPE_CHECKING:
    from collections.abc import Sequence


class Choice(Button):
    """One of several: "Stage: open". ``picked`` tells the key of what was chosen."""

    picked = Signal(str)

    def __init__(self, label: str, options: Sequence[tuple[str, str]]) -> None:
        super().__init__(label)
        self._label = label
        self._options: tuple[tuple[str, str], ...] = ()
        self._key = ""
        self._menu = QMenu(self)
        self.setMenu(self._menu)
        self.set_options(options)

    @property
    def key(self) -> str:
        """What is chosen."""
        return self._key

    def set_options(self, options: Sequence[tuple[str, str]]) -> None:
        """Offer (key, text) pairs; what was chosen stays chosen where it is still there."""
        if tuple(options) == self._options:
            return
        self._options = tuple(options)
        self._menu.clear()
        group = QActionGroup(self._menu)
        for key, text in self._options:
            action = QAction(text.replace("&", "&&"), group)
            action.setCheckable(True)
            action.setData(key)
            action.triggered.connect(self._on_triggered)
            self._menu.addAction(action)
        keys = [key for key, _text in self._options]
        self.choose(self._key if self._key in keys else (keys[0] if keys else ""))

    def choose(self, key: str) -> None:
        """Choose ``key`` without telling anybody."""
        self._key = key
        text = dict(self._options).get(key, "")
        self.set_text(f"{self._label}: {text}" if self._label else text)
        for action in self._menu.actions():
            action.setChecked(action.data() == key)

    def _on_triggered(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self.choose(str(action.data()))
            self.picked.emit(self._key)
