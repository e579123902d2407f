"""Looks at a window as somebody without a mouse, with a screen reader, or with large text does."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSlider,
    QApplication,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QWidget,
)

from app.ui.widgets.elided import Elided

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROUNDING = 2
_TABS_AT_MOST = 300
_PARTS_OF_A_DATE = 5


def shown(root: QWidget) -> Iterator[QWidget]:
    """Yield every widget of ``root`` that a person can see or scroll to."""
    for widget in root.findChildren(QWidget):
        if widget.isVisibleTo(root):
            yield widget


def by_tab(root: QWidget) -> list[QWidget]:
    """Return what Tab reaches in the window ``root``, in the order in which it does.

    Presses Tab until it comes round. Fails where a widget keeps it: nobody could go on.
    """
    root.activateWindow()
    QApplication.processEvents()
    root.setFocus()
    found: list[QWidget] = []
    stays = 0
    for _ in range(_TABS_AT_MOST):
        before = QApplication.focusWidget() or root
        QTest.keyClick(before, Qt.Key.Key_Tab)
        widget = QApplication.focusWidget()
        if widget is None or (found and widget is found[0] is not before):
            break
        stays = stays + 1 if widget is before else 0
        if stays > _PARTS_OF_A_DATE and len(_takers(root)) == 1:
            return [widget]
        if stays > _PARTS_OF_A_DATE:
            raise AssertionError(f"Tab stays in {told(widget)}")
        if widget not in found:
            found.append(widget)
    return found


def _takers(root: QWidget) -> list[QWidget]:
    return [
        widget
        for widget in shown(root)
        if widget.isEnabled() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]


def told(widget: QWidget) -> str:
    """Return what names ``widget`` in a report of a test: its class, name and text."""
    text = getattr(widget, "text", None)
    shown_text = str(text()) if callable(text) else ""
    return f"{type(widget).__name__}({widget.accessibleName() or shown_text[:40]!r})"


def nameless(root: QWidget) -> list[str]:
    """Return what Tab reaches and a screen reader has no name for."""
    return [told(widget) for widget in by_tab(root) if not _name(widget) and not _is_frame(widget)]


def _name(widget: QWidget) -> str:
    interface = QAccessible.queryAccessibleInterface(widget)
    return str(interface.text(QAccessible.Text.Name)) if interface is not None else ""


def _is_frame(widget: QWidget) -> bool:
    """Say whether it only scrolls what is in it, and takes the focus to be scrolled by keys."""
    return type(widget) is QScrollArea


def out_of_reach(root: QWidget) -> list[str]:
    """Return buttons and lists that the mouse can use and the keyboard cannot."""
    reached = set(map(id, by_tab(root)))
    return [
        told(widget)
        for widget in shown(root)
        if isinstance(widget, QAbstractButton | QAbstractItemView)
        and not isinstance(widget.parentWidget(), QAbstractSlider | QAbstractItemView | QLineEdit)
        and type(widget).__name__ not in {"QHeaderView", "QTableCornerButton"}
        and widget.isEnabled()
        and widget.focusProxy() is None
        and id(widget) not in reached
        and not _in_checked_group(widget)
    ]


def _in_checked_group(widget: QWidget) -> bool:
    """Say whether arrows reach it from the member of its group that Tab reaches."""
    return isinstance(widget, QAbstractButton) and (
        widget.group() is not None or type(widget).__name__ == "QRadioButton"
    )


def against_reading_order(root: QWidget) -> list[str]:
    """Return where Tab goes up within a column, though reading goes down."""
    reached = [widget for widget in by_tab(root) if not _is_frame(widget)]
    wrong = [
        f"{told(before)} then {told(after)}"
        for before, after in itertools.pairwise(reached)
        if _goes_back(before, after, root)
    ]
    if len(wrong) == 1 and not _goes_back(reached[-1], reached[0], root):
        return []  # Tab was pressed first in the middle of the round
    return wrong


def _goes_back(before: QWidget, after: QWidget, root: QWidget) -> bool:
    one, other = _place(before, root), _place(after, root)
    same_column = one[0] < other[2] and other[0] < one[2]
    goes_up = other[3] <= one[1] + _ROUNDING
    goes_left = abs(other[1] - one[1]) <= _ROUNDING and other[2] <= one[0]
    return (same_column and goes_up) or goes_left


def _place(widget: QWidget, root: QWidget) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom."""
    corner = widget.mapTo(root, QPoint(0, 0))
    return corner.x(), corner.y(), corner.x() + widget.width(), corner.y() + widget.height()


def cut_off(root: QWidget) -> list[str]:
    """Return texts that have less room than they need."""
    return [
        f"{told(widget)} has {widget.width()} x {widget.height()}"
        for widget in shown(root)
        if _is_cut(widget)
    ]


def _is_cut(widget: QWidget) -> bool:
    if isinstance(widget, QLabel):
        if isinstance(widget, Elided):
            return False  # the whole of it is in the tooltip
        if not widget.text() or widget.textFormat() is not Qt.TextFormat.PlainText:
            return False
        if widget.wordWrap():
            return widget.heightForWidth(widget.width()) > widget.height() + _ROUNDING
        return widget.sizeHint().width() > widget.width() + _ROUNDING
    if isinstance(widget, QPushButton) and widget.text():
        return widget.sizeHint().width() > widget.width() + _ROUNDING
    return False


def outside(root: QWidget) -> list[str]:
    """Return controls that lie outside the window and in nothing that scrolls."""
    wrong = []
    for widget in by_tab(root):
        if _scrolls(widget, root):
            continue
        left, top, right, bottom = _place(widget, root)
        if left < 0 or top < 0 or right > root.width() or bottom > root.height():
            wrong.append(told(widget))
    return wrong


def _scrolls(widget: QWidget, root: QWidget) -> bool:
    parent = widget.parentWidget()
    while parent is not None and parent is not root:
        if isinstance(parent, QAbstractScrollArea):
            return True
        parent = parent.parentWidget()
    return False


def without_visible_focus(root: QWidget) -> list[str]:
    """Return what looks the same with the focus as without it."""
    wrong = []
    for widget in by_tab(root):
        if _is_frame(widget):
            continue
        root.setFocus()
        QApplication.processEvents()
        plain = widget.grab().toImage()
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        QApplication.processEvents()
        if widget.hasFocus() and widget.grab().toImage() == plain:
            wrong.append(told(widget))
    return wrong
