"""How far long work has come, and a way to stop it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QSizePolicy, QWidget

from app.i18n import _
from app.ui.widgets.button import Button
from app.ui.widgets.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable

_SHOWN_AFTER_MS = 300


class Busy(QWidget):
    """A line with a bar that appears once work takes longer than 0.3 s."""

    def __init__(self) -> None:
        super().__init__()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        self._text = Text("", "muted", wraps=False)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._bar.setAccessibleName(_("Progress"))
        self._stop = Button(_("Stop"), self._on_stop)
        self._cancel: Callable[[], object] | None = None
        layout.addWidget(self._text)
        layout.addWidget(self._bar, 1)
        layout.addWidget(self._stop)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SHOWN_AFTER_MS)
        self._timer.timeout.connect(self.show)
        self.hide()

    def start(self, text: str, *, cancel: Callable[[], object] | None = None) -> None:
        """Say what is being done; ``cancel`` is what Stop does."""
        self._cancel = cancel
        self._stop.setVisible(cancel is not None)
        self._stop.setEnabled(True)
        self._text.setText(text)
        self._bar.setRange(0, 0)
        self._timer.start()

    def show_progress(self, done: int, total: int, *, text: str = "") -> None:
        """Show how far it is; a total of 0 means that nobody knows."""
        self._bar.setRange(0, max(total, 0))
        self._bar.setValue(done)
        if text:
            self._text.setText(text)

    def stop(self) -> None:
        """Go away: the work is over."""
        self._timer.stop()
        self.hide()

    def _on_stop(self) -> None:
        self._stop.setEnabled(False)
        if self._cancel is not None:
            self._cancel()
