"""The clipboard, which forgets what was revealed."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QGuiApplication

FORGETS_AFTER_SECONDS = 30


class ForgetfulClipboard(QObject):
    """Puts texts on the desktop's clipboard; what was revealed is taken back after a while.

    What somebody else put there meanwhile stays.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._secret = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(FORGETS_AFTER_SECONDS * 1000)
        self._timer.timeout.connect(self.forget)

    def put(self, text: str, is_revealed: bool) -> None:  # noqa: FBT001 - a slot
        """Copy ``text``."""
        QGuiApplication.clipboard().setText(text)
        self._secret = text if is_revealed else ""
        if is_revealed:
            self._timer.start()
        else:
            self._timer.stop()

    def forget(self) -> None:
        """Take back what was revealed, now."""
        self._timer.stop()
        clipboard = QGuiApplication.clipboard()
        if self._secret and clipboard.text() == self._secret:
            clipboard.clear()
        self._secret = ""
