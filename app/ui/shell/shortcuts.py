"""Every shortcut, in one list: the window's own are bound from it, and F1 shows all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QGridLayout, QVBoxLayout, QWidget

from app.i18n import _
from app.ui.widgets.button import Button
from app.ui.widgets.card import Card, row, scrolled
from app.ui.widgets.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Keys:
    """One shortcut as people read it; ``keys`` is Qt's portable text, or several of them."""

    keys: tuple[str, ...]
    text: str


def shortcut_groups() -> tuple[tuple[str, Sequence[Keys]], ...]:
    """Return where which shortcuts work."""
    return (
        (
            _("Everywhere"),
            (
                Keys(("Ctrl+K",), _("Search, and go anywhere")),
                Keys(("Ctrl+N",), _("New request")),
                Keys(("Ctrl+1", "Ctrl+8"), _("Open a page, in the order of the list at the left")),
                Keys(("Ctrl+L",), _("Lock the window")),
                Keys(("Ctrl+Shift+E",), _("Go to the open session")),
                Keys(("F1",), _("This list")),
                Keys(("F6",), _("Between the list of pages and the page")),
            ),
        ),
        (
            _("Lists"),
            (
                Keys(("Up", "Down"), _("Move")),
                Keys(("Return",), _("Open")),
                Keys(("Ctrl+F",), _("Find in the list")),
            ),
        ),
        (
            _("A request"),
            (Keys(("Ctrl+Return",), _("Take the step that the stage is for")),),
        ),
        (
            _("Approvals"),
            (
                Keys(("J", "K"), _("Next and previous")),
                Keys(("A",), _("Approve")),
                Keys(("D",), _("Deny")),
            ),
        ),
        (
            _("Review"),
            (
                Keys(("N",), _("Next to decide")),
                Keys(("Space",), _("Disclose")),
                Keys(("X",), _("Redact")),
                Keys(("W",), _("Withhold the record")),
                Keys(("R",), _("Reveal a column, with a reason")),
                Keys(("U", "Ctrl+Z"), _("Undo")),
            ),
        ),
    )


class ShortcutsDialog(QDialog):
    """The list under F1."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Keyboard shortcuts"))
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 8, 0)
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(6)
        line = 0
        for title, entries in shortcut_groups():
            heading = Text(title, "heading")
            heading.setContentsMargins(0, 8 if line else 0, 0, 2)
            grid.addWidget(heading, line, 0, 1, 2)
            for each in entries:
                line += 1
                grid.addLayout(_keycaps(each), line, 0)
                grid.addWidget(Text(each.text), line, 1)
            line += 1
        grid.setColumnStretch(1, 1)
        grid.setRowStretch(line, 1)
        card = Card()
        card.body.addWidget(scrolled(grid, name=_("Keyboard shortcuts")))
        close = Button(_("Close"), self.accept, kind="primary")
        close.setDefault(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 18)
        layout.setSpacing(12)
        layout.addWidget(Text(_("Keyboard shortcuts"), "title"))
        layout.addWidget(card, 1)
        layout.addLayout(row(1, close))
        self.resize(520, 560)
        close.setFocus()


def _keycaps(each: Keys) -> QVBoxLayout:
    texts = [
        QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText) for keys in each.keys
    ]
    joined = " … ".join(texts) if each.keys[0] == "Ctrl+1" else "   ".join(texts)
    cap = Text(joined, "key", wraps=False)
    cap.setAccessibleName(_("{keys}: {text}").format(keys=" ".join(texts), text=each.text))
    layout = QVBoxLayout()
    layout.addWidget(cap, 0, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    return layout
