"""A wide part between two narrow ones, which stand below each other where there is no room."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, override

from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent


class Widths(NamedTuple):
    """Pixels of a ``Columns``."""

    left: int
    """The least of the left part; ``left_share`` of the whole where that is more."""
    right: int = 0
    left_share: float = 0.0
    narrow_below: int = 900
    """The width of the whole below which left and right share one column."""
    narrow: int = 224
    """The width of that column."""


class Columns(QWidget):
    """``left`` and ``right`` are as wide as is said, ``middle`` has the rest."""

    def __init__(
        self, left: QWidget, middle: QWidget, right: QWidget | None = None, *, widths: Widths
    ) -> None:
        super().__init__()
        self._left, self._middle, self._right = left, middle, right
        self._widths = widths
        self._is_narrow: bool | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(14)
        self._grid.setColumnStretch(1, 1)
        for part in (left, middle, right):
            if part is not None:
                part.setParent(self)
        self._arrange(is_narrow=False)

    def _arrange(self, *, is_narrow: bool) -> None:
        if is_narrow == self._is_narrow:
            return
        self._is_narrow = is_narrow
        while self._grid.count():
            self._grid.takeAt(0)
        parts = [self._left] if self._right is None else [self._left, self._right]
        rows = len(parts) if is_narrow else 1
        for row in range(2):
            self._grid.setRowStretch(row, 1 if row < rows else 0)
        self._grid.addWidget(self._left, 0, 0)
        self._grid.addWidget(self._middle, 0, 1, rows, 1)
        if self._right is not None:
            self._grid.addWidget(self._right, *((1, 0) if is_narrow else (0, 2)))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        width, widths = event.size().width(), self._widths
        is_narrow = width < widths.narrow_below
        left = max(widths.left, int(width * widths.left_share))
        self._left.setFixedWidth(widths.narrow if is_narrow else left)
        if self._right is not None:
            self._right.setFixedWidth(widths.narrow if is_narrow else widths.right)
        self._arrange(is_narrow=is_narrow)
        super().resizeEvent(event)
