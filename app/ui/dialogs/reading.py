"""A few paragraphs to read, and to copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QPlainTextEdit, QVBoxLayout, QWidget

from app.i18n import _
from app.ui.theme.fonts import mono_font
from app.ui.widgets.button import Button
from app.ui.widgets.card import row
from app.ui.widgets.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence


class Reading(QDialog):
    """Shows paragraphs as plain text that can be selected by keyboard."""

    def __init__(
        self, parent: QWidget, *, title: str, paragraphs: Sequence[str], is_code: bool = False
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.resize(600, 460)
        self.text = QPlainTextEdit("\n".join(paragraphs))
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(title)
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByKeyboard
            | Qt.TextInteractionFlag.TextSelectableByMouse
        )
        if is_code:
            self.text.setFont(mono_font())
            self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
            self.resize(820, 640)
        close = Button(_("Close"), self.accept, kind="primary")
        close.setDefault(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 18)
        layout.setSpacing(12)
        layout.addWidget(Text(title, "heading"))
        layout.addWidget(self.text, 1)
        layout.addLayout(row(1, close))


def open_reading(
    parent: QWidget, *, title: str, paragraphs: Sequence[str], is_code: bool = False
) -> Reading:
    """Open the text over ``parent`` and return the dialog; nothing waits for it."""
    dialog = Reading(parent, title=title, paragraphs=paragraphs, is_code=is_code)
    dialog.open()
    return dialog
