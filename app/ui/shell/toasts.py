"""Short messages over the page that go by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from app.ui.widgets.text import Text, restyle

if TYPE_CHECKING:
    from app.ui.page import Toast

_SHOWN_MS = 4_500
_WIDEST = 460


class Toasts(QFrame):
    """The newest message at the foot of ``over``; screen readers hear it."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self.setObjectName("toast")
        self.setProperty("tone", "green")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._over = over
        self._text = Text("")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 9, 14, 9)
        layout.addWidget(self._text)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SHOWN_MS)
        self._timer.timeout.connect(self.hide)
        over.installEventFilter(self)
        self.hide()

    def say(self, toast: Toast) -> None:
        """Show a message in place of the one before."""
        self._text.setText(toast.text)
        self.setAccessibleName(toast.text)
        self.setProperty("tone", toast.tone)
        restyle(self)
        self._place()
        self.show()
        self.raise_()
        self._timer.start()
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def _place(self) -> None:
        widest = min(_WIDEST, self._over.width() - 40)
        text = self._text
        width = min(widest, text.fontMetrics().horizontalAdvance(text.text()) + 36)
        height = text.heightForWidth(width - 28) + 20
        self.setGeometry((self._over.width() - width) // 2, self._over.height() - height - 22,
                         width, height)  # fmt: skip

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)
