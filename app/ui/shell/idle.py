"""Notices that nobody is at the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

from PySide6.QtCore import QEvent, QObject, QTimer, Signal

if TYPE_CHECKING:
    from collections.abc import Callable

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

    They are asked for at each sign of life, for the policy may change.
    """

    idle = Signal()

    def __init__(self, app: QApplication, parent: QObject, *, seconds: Callable[[], int]) -> None:
        super().__init__(parent)
        self._seconds = seconds
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.idle)
        app.installEventFilter(self)
        self._timer.start(self._seconds() * 1000)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _SIGNS:
            self._timer.start(self._seconds() * 1000)
        return False
