"""Notices that nobody is at the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

from PySide6.QtCore import QEvent, QObject, QTimer, Signal

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QWindow
    from PySide6.QtWidgets import QApplication

_SIGNS = {
    QEvent.Type.KeyPress,
    QEvent.Type.MouseButtonPress,
    QEvent.Type.MouseMove,
    QEvent.Type.Wheel,
    QEvent.Type.TouchBegin,
}


class IdleWatch(QObject):
    """Emits ``idle`` once nothing was typed, moved or pressed for ``seconds``.

    They are asked for at each sign of life, for the policy may change. Only windows are watched,
    which get every key and every move first: watching the application would run Python for each
    event there is, and keep something of every widget that ever got one (measured).
    """

    idle = Signal()

    def __init__(self, app: QApplication, parent: QObject, *, seconds: Callable[[], int]) -> None:
        super().__init__(parent)
        self._seconds = seconds
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.idle)
        app.focusWindowChanged.connect(self._on_window)
        self._on_window(app.focusWindow())

    def _on_window(self, window: QWindow | None) -> None:
        if window is not None:
            window.installEventFilter(self)
        self._timer.start(self._seconds() * 1000)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _SIGNS:
            self._timer.start(self._seconds() * 1000)
        return False
