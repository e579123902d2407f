"""Short messages over the page that go by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

from PySide6.QtCore import QEvent, QObject, QRect, Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

from app.ui.widgets.text import Text, restyle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.ui.page import Toast

_SHOWN_MS = 4_500
_WIDEST, _LEAST = 520, 180
_TOP, _AROUND = 8, 8
_BAND = 60
"""How high the head of a page is, with what lies in it."""
_ACTED_ON = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
)


class Toasts(QFrame):
    """The newest message, in the head of the page that ``shown`` holds: over a title perhaps, never
    over what one presses. It lies on ``over``, which holds everything; screen readers hear it.
    """

    def __init__(self, over: QWidget, shown: QWidget) -> None:
        super().__init__(over)
        self.setObjectName("toast")
        self.setProperty("tone", "green")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._over, self._shown = over, shown
        self._text = Text("")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 9, 14, 9)
        layout.addWidget(self._text)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SHOWN_MS)
        self._timer.timeout.connect(self.hide)
        shown.installEventFilter(self)
        self.hide()

    def say(self, toast: Toast) -> None:
        """Show a message in place of the one before."""
        self._text.setText(toast.text)
        self.setAccessibleName(toast.text)
        self.setProperty("tone", toast.tone)
        restyle(self)
        self.place()
        self.show()
        self.raise_()
        self._timer.start()
        QTimer.singleShot(0, self, self.place)  # the page may only just have been opened
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def place(self) -> None:
        """Go where there is room on the page that is shown now."""
        page = QRect(self._shown.mapTo(self._over, self._shown.rect().topLeft()),
                     self._shown.size())  # fmt: skip
        left, right = self._gap(page)
        width = min(_WIDEST, right - left, self._wanted())
        height = self._text.heightForWidth(width - 28) + 20
        middle = page.center().x() - width // 2
        x = max(left, min(middle, right - width))
        self.setGeometry(x, page.top() + _TOP, width, height)

    def _gap(self, page: QRect) -> tuple[int, int]:
        """Return from where to where nothing is pressed in the head of the page: of the gaps that
        are wide enough the one nearest its middle.
        """
        gaps, left = [], page.left() + _AROUND
        for each in sorted(self._pressed(page), key=QRect.left):
            gaps.append((left, each.left() - _AROUND))
            left = max(left, each.right() + _AROUND)
        gaps.append((left, page.right() - _AROUND))
        wide = [each for each in gaps if each[1] - each[0] >= min(_WIDEST, self._wanted())]
        middle = page.center().x()
        if wide:
            return min(wide, key=lambda gap: max(gap[0] - middle, middle - gap[1], 0))
        return max((*gaps, (middle, middle + _LEAST)), key=lambda gap: gap[1] - gap[0])

    def _wanted(self) -> int:
        return self._text.fontMetrics().horizontalAdvance(self._text.text()) + 36

    def _pressed(self, page: QRect) -> Iterator[QRect]:
        head = QRect(page.left(), page.top(), page.width(), _BAND)
        for kind in _ACTED_ON:
            for each in self._shown.findChildren(kind):
                if each.isVisible():
                    place = QRect(each.mapTo(self._over, each.rect().topLeft()), each.size())
                    if place.intersects(head):
                        yield place

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in {QEvent.Type.Resize, QEvent.Type.Move} and self.isVisible():
            self.place()
        return super().eventFilter(watched, event)
