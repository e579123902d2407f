"""Two ways to use the window: with a mouse, and with nothing but keys."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QWidget,
)

from tests.ui.studio import open_dialogs
from tests.ui.windows import finish_work, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.ui.shell.main_window import MainWindow

_TABS_AT_MOST = 200
_KINDS = (
    QAbstractButton,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QAbstractSpinBox,
    QAbstractItemView,
)


class Hands(ABC):
    """Somebody at the window; waits, as people do, until what is wanted is there."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    @property
    def window(self) -> MainWindow:
        """Return the window."""
        return self._window

    def wait(self, is_so: Callable[[], bool]) -> None:
        """Wait until ``is_so``."""
        until(self._window, is_so)

    @property
    def front(self) -> QWidget:
        """Return the dialog that is open, or the window."""
        dialogs = open_dialogs()
        return dialogs[-1] if dialogs else self._window

    def sees(self, name: str) -> bool:
        """Say whether something that is called ``name`` can be used now."""
        return self.find(name) is not None

    def press(self, name: str) -> None:
        """Press the button, or choose the line, that is called ``name``."""
        self.wait(lambda: self.sees(name))
        found = self.find(name)
        assert found is not None
        self._press(found)
        finish_work(self._window)

    def write(self, name: str, text: str) -> None:
        """Put ``text`` into the input that is called ``name``, in place of what is there."""
        self.wait(lambda: self.sees(name))
        found = self.find(name)
        assert isinstance(found, QLineEdit | QPlainTextEdit | QAbstractSpinBox)
        self._go_to(found)
        QTest.keyClick(found, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(found, text)
        finish_work(self._window)

    def choose(self, name: str, option: str) -> None:
        """Choose ``option`` in the list that is called ``name``, by its first letters."""
        self.wait(lambda: self.sees(name))
        found = self.find(name)
        assert isinstance(found, QComboBox)
        self._go_to(found)
        while found.currentText() != option:
            before = found.currentIndex()
            QTest.keyClick(found, Qt.Key.Key_Down)
            assert found.currentIndex() != before, f"{name} has no {option}"
        finish_work(self._window)

    def key(self, key: Qt.Key) -> None:
        """Press a key where the focus is."""
        QTest.keyClick(QApplication.focusWidget() or self.front, key)
        finish_work(self._window)

    def find(self, name: str) -> QWidget | None:
        """Return what is called ``name`` and can be used now."""
        for widget in self._usable():
            if name in _names_of(widget):
                return widget
        return None

    def names(self) -> list[str]:
        """Return what everything is called that can be used now."""
        return [name for each in self._usable() for name in _names_of(each) if name]

    def texts(self) -> list[str]:
        """Return everything that is written there now, and what screen readers say of it."""
        labels = [each for each in self.front.findChildren(QLabel) if each.isVisible()]
        return [text for each in labels for text in (each.text(), each.accessibleName()) if text]

    def _usable(self) -> Iterator[QWidget]:
        # Asked for all widgets, PySide would keep something of each that Qt made for itself.
        found = (each for kind in _KINDS for each in self.front.findChildren(kind))
        for widget in found:
            if widget.isVisible() and widget.isEnabled() and not widget.focusProxy():
                yield widget

    @abstractmethod
    def _press(self, widget: QWidget) -> None: ...

    @abstractmethod
    def _go_to(self, widget: QWidget) -> None: ...


class Mouse(Hands):
    """Clicks, and scrolls to what is to be clicked."""

    def _press(self, widget: QWidget) -> None:
        _scroll_to(widget)
        middle = widget.rect().center()
        if isinstance(widget, QAbstractButton):
            middle = QPoint(min(12, middle.x()), middle.y())
        # The topmost there must be what is meant, or else a person could not click it.
        hit = widget.window().childAt(widget.mapTo(widget.window(), middle))
        assert hit is widget or widget.isAncestorOf(hit), f"{hit} lies over {widget}"
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=middle)

    def _go_to(self, widget: QWidget) -> None:
        _scroll_to(widget)
        inner = widget.viewport() if isinstance(widget, QAbstractScrollArea) else widget
        if isinstance(widget, QComboBox):
            widget.setFocus(Qt.FocusReason.MouseFocusReason)  # a click would open its list
            return
        QTest.mouseClick(inner, Qt.MouseButton.LeftButton)

    def point(self, widget: QWidget, at: QPoint) -> None:
        """Click ``widget`` at a point of it."""
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=at)
        finish_work(self._window)

    def drag(self, widget: QWidget, start: QPoint, end: QPoint) -> None:
        """Draw over ``widget`` with the button down."""
        QTest.mousePress(widget, Qt.MouseButton.LeftButton, pos=start)
        move = QMouseEvent(
            QMouseEvent.Type.MouseMove,
            QPointF(end),
            QPointF(widget.mapToGlobal(end)),
            Qt.MouseButton.NoButton,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(widget, move)
        QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=end)
        finish_work(self._window)


class Keyboard(Hands):
    """Goes by Tab, and presses with Space."""

    def _press(self, widget: QWidget) -> None:
        self._go_to(widget)
        QTest.keyClick(widget, Qt.Key.Key_Space)

    def _go_to(self, widget: QWidget) -> None:
        front = self.front
        front.activateWindow()  # a desktop does that when a dialog closes
        self.wait(front.isActiveWindow)
        for _ in range(_TABS_AT_MOST):
            if QApplication.focusWidget() is widget:
                return
            here = QApplication.focusWidget()
            if here is None or here.window() is not front:
                here = front
                front.setFocus()
            if isinstance(widget, QAbstractButton) and _is_neighbour(here, widget):
                QTest.keyClick(here, Qt.Key.Key_Down)  # arrows go through a group of choices
            else:
                QTest.keyClick(here, Qt.Key.Key_Tab)
        raise AssertionError(f"Tab does not reach {widget.accessibleName()}")


def _names_of(widget: QWidget) -> tuple[str, str]:
    text = widget.text() if isinstance(widget, QAbstractButton) else ""
    return widget.accessibleName(), text.replace("&&", "&").strip()


def _is_neighbour(here: QWidget, widget: QAbstractButton) -> bool:
    return (
        isinstance(here, QAbstractButton)
        and here.autoExclusive()
        and widget.autoExclusive()
        and here.parent() is widget.parent()
    )


def _scroll_to(widget: QWidget) -> None:
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QScrollArea):
            parent.ensureWidgetVisible(widget)
        parent = parent.parentWidget()
    QApplication.processEvents()
