"""A document in a window of its own, and a way to save a copy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QVBoxLayout, QWidget

from app.i18n import _
from app.services.scratch import exporting
from app.ui.widgets.button import Button
from app.ui.widgets.card import row
from app.ui.widgets.document_view import DocumentView

if TYPE_CHECKING:
    from app.ui.page import Room
    from app.wording.errors import Sentence


class DocumentDialog(QDialog):
    """Shows one document; what is shown is forgotten when it closes."""

    def __init__(self, parent: QWidget, room: Room, *, title: str, content: bytes) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.resize(860, 760)
        self._room, self._title = room, title
        self.view = DocumentView()
        self.view.show_document(title, content)
        close = Button(_("Close"), self.accept, kind="primary")
        close.setDefault(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.addWidget(self.view, 1)
        layout.addLayout(row(1, Button(_("Save a copy…"), self._on_save), close))
        self.finished.connect(self.view.clear)

    def _on_save(self) -> None:
        path, _kind = QFileDialog.getSaveFileName(self, _("Save a copy"), self._title)
        if not path:
            return
        content = self.view.content
        self._room.run(
            self,
            lambda _work: _write(Path(path), content),
            done=self._on_saved,
            failed=self._on_failed,
        )

    def _on_saved(self, _size: int) -> None:
        self._room.tell(_("A copy was saved."))

    def _on_failed(self, sentence: Sentence) -> None:
        self._room.tell(sentence.text(), tone="red")


def _write(path: Path, content: bytes) -> int:
    with exporting():
        return path.write_bytes(content)


def open_document(parent: QWidget, room: Room, *, title: str, content: bytes) -> DocumentDialog:
    """Open a document over ``parent`` and return the dialog; nothing waits for it."""
    dialog = DocumentDialog(parent, room, title=title, content=content)
    dialog.open()
    return dialog
