"""The white boxes that a page is made of."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLayout,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.ui.widgets.text import Text, restyle


class Card(QFrame):
    """A box with an optional heading; put things into ``body``, small ones into ``head``."""

    def __init__(self, title: str = "", *, kind: str = "true", margin: int = 16) -> None:
        super().__init__()
        self.setProperty("card", kind)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(margin, margin, margin, margin)
        self.body.setSpacing(8)
        self.head = QHBoxLayout()
        self.head.setSpacing(8)
        self.title = Text(title, "heading")
        if title:
            self.setAccessibleName(title)
            self.head.addWidget(self.title, 1)
            self.body.addLayout(self.head)

    def set_kind(self, kind: str) -> None:
        """Become a quiet, chosen or plain ("true") card."""
        if self.property("card") != kind:
            self.setProperty("card", kind)
            restyle(self)


def row(*parts: QWidget | QLayout | int, spacing: int = 8) -> QHBoxLayout:
    """Return a row of widgets and layouts; a number is stretch."""
    layout = QHBoxLayout()
    layout.setSpacing(spacing)
    layout.setContentsMargins(0, 0, 0, 0)
    _fill(layout, parts)
    return layout


def column(*parts: QWidget | QLayout | int, spacing: int = 8) -> QVBoxLayout:
    """Return a column of widgets and layouts; a number is stretch."""
    layout = QVBoxLayout()
    layout.setSpacing(spacing)
    layout.setContentsMargins(0, 0, 0, 0)
    _fill(layout, parts)
    return layout


def _fill(layout: QHBoxLayout | QVBoxLayout, parts: tuple[QWidget | QLayout | int, ...]) -> None:
    for part in parts:
        if isinstance(part, int):
            layout.addStretch(part)
        elif isinstance(part, QWidget):
            layout.addWidget(part)
        else:
            layout.addLayout(part)


def scrolled(inside: QLayout | QWidget, *, name: str = "") -> QScrollArea:
    """Return a frameless area that scrolls ``inside`` up and down."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
    if isinstance(inside, QWidget):
        holder = inside
    else:
        holder = QWidget()
        holder.setLayout(inside)
    if not holder.objectName():
        holder.setObjectName("scrolled")
    area.setWidget(holder)
    if name:
        area.setAccessibleName(name)
    return area


def clear(layout: QLayout) -> None:
    """Remove and delete everything in ``layout``."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()
        elif (inner := item.layout()) is not None:
            clear(inner)
            inner.deleteLater()
