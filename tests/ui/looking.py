"""Looks at a window as somebody without a mouse, with a screen reader, or with large text does."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSlider,
    QApplication,
    QLabel,
    QPushButton,
    QScrollArea,
    QWidget,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROUNDING = 2


def shown(root: QWidget) -> Iterator[QWidget]:
    """Yield every widget of ``root`` that a person can see or scroll to."""
    for widget in root.findChildren(QWidget):
        if widget.isVisibleTo(root):
            yield widget


def by_tab(root: QWidget) -> list[QWidget]:
    """Return what Tab reaches in ``root``, in the order in which it does."""
    found: list[QWidget] = []
    widget = root.nextInFocusChain()
    while widget is not None and widget is not root:
        takes_tab = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
        is_proxied = widget.focusProxy() is not None
        if (
            takes_tab
            and not is_proxied
            and widget.isEnabled()
            and root.isAncestorOf(widget)
            and widget.isVisibleTo(root)
        ):
            found.append(widget)
        widget = widget.nextInFocusChain()
    return found


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
        and not isinstance(widget.parentWidget(), QAbstractSlider | QAbstractItemView)
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
    wrong = []
    reached = by_tab(root)
    for before, after in itertools.pairwise(reached):
        one, other = _place(before, root), _place(after, root)
        same_column = one[0] < other[2] and other[0] < one[2]
        goes_up = other[3] <= one[1] + _ROUNDING
        goes_left = abs(other[1] - one[1]) <= _ROUNDING and other[2] <= one[0]
        if (same_column and goes_up) or goes_left:
            wrong.append(f"{told(before)} then {told(after)}")
    return wrong


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
