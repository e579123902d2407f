"""What cells tell their delegate beyond their text."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from PySide6.QtCore import Qt


class CellRole(IntEnum):
    """Item data roles of our own."""

    TONE = Qt.ItemDataRole.UserRole + 1
    """The tone of the pill in which the text is shown; none means no pill."""
    STYLE = Qt.ItemDataRole.UserRole + 2
    """A ``Style``."""
    KEY = Qt.ItemDataRole.UserRole + 3
    """What the row is known by."""
    KIND = Qt.ItemDataRole.UserRole + 4
    """A grey pill behind the text: what kind of thing it is."""
    ICON = Qt.ItemDataRole.UserRole + 6
    """(icon, token): drawn in place of the text, which is told to screen readers."""
    SPANS = Qt.ItemDataRole.UserRole + 5
    """``Spans``: what is marked in the text."""


@dataclass(frozen=True)
class Spans:
    """Passages of a cell's text, each as (start, end, kind).

    Kinds: flag (to look at), cover (will be blackened). ``is_masked``: the text is a mask.
    """

    passages: tuple[tuple[int, int, str], ...] = ()
    is_masked: bool = False


class Style(IntEnum):
    """How the text of a cell is written."""

    PLAIN = 0
    STRONG = 1
    MUTED = 2
    FIGURE = 3
    MONO = 4
    FIGURE_LEFT = 5
    WRAPPED = 6
