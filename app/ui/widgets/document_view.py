"""A document inside the window: PDF pages, or plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
from PySide6.QtPdf import QPdfDocument, QPdfSearchModel
from PySide6.QtPdfWidgets import QPdfView
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.i18n import _
from app.ui.theme.fonts import mono_font
from app.ui.widgets.button import IconButton
from app.ui.widgets.text import Text

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QWheelEvent

_CLOSER = 1.2
_ZOOMS = (0.25, 5.0)
_TEXT_AT_MOST = 1_000_000
_PDF = b"%PDF"


class _Pages(QPdfView):
    """Pages that scroll; Ctrl with the wheel or with + and - goes nearer."""

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.closer(_CLOSER if event.angleDelta().y() > 0 else 1 / _CLOSER)
            event.accept()
            return
        super().wheelEvent(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            match event.key():
                case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                    return self.closer(_CLOSER)
                case Qt.Key.Key_Minus:
                    return self.closer(1 / _CLOSER)
                case Qt.Key.Key_0:
                    return self.setZoomMode(QPdfView.ZoomMode.FitToWidth)
        return super().keyPressEvent(event)

    def closer(self, factor: float) -> None:
        """Show everything larger or smaller."""
        before = self.zoomFactor()
        self.setZoomMode(QPdfView.ZoomMode.Custom)
        self.setZoomFactor(max(_ZOOMS[0], min(_ZOOMS[1], before * factor)))


class DocumentView(QWidget):
    """Shows a document from memory; nothing is written to disk."""

    def __init__(self) -> None:
        super().__init__()
        self._name = ""
        self._bytes = QByteArray()
        self._buffer: QBuffer | None = None
        self.pdf = QPdfDocument(self)
        self._search = QPdfSearchModel(self)
        self._search.setDocument(self.pdf)
        self.pages = _Pages(self)
        self.pages.setDocument(self.pdf)
        self.pages.setSearchModel(self._search)
        self.pages.setPageMode(QPdfView.PageMode.MultiPage)
        self.pages.setZoomMode(QPdfView.ZoomMode.FitToWidth)
        self.pages.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        # A bar that comes and goes changes the width to fit, which makes it come and go for ever.
        self.pages.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.plain = QPlainTextEdit()
        self.plain.setReadOnly(True)
        self.plain.setFont(mono_font())
        self._wrong = Text("", "muted")
        self._wrong.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedWidget()
        for part in (self._wrong, self.pages, self.plain):
            self._stack.addWidget(part)
        self._page = Text("", "muted", wraps=False)
        self._find = QLineEdit()
        self._find.setPlaceholderText(_("Find in the document"))
        self._find.setAccessibleName(_("Find in the document"))
        self._find.setMaximumWidth(200)
        self._find.textChanged.connect(self._on_find)
        self._find.returnPressed.connect(self._on_next)
        self._found = -1
        self._bar = QWidget()
        bar = QHBoxLayout(self._bar)
        bar.setContentsMargins(0, 0, 0, 0)
        bar.addWidget(self._find)
        bar.addWidget(self._page, 1)
        bar.addWidget(IconButton("zoom-out", _("Smaller"), self._on_smaller))
        bar.addWidget(IconButton("zoom-in", _("Larger"), self._on_larger))
        bar.addWidget(IconButton("maximize", _("Fit the width"), self._on_fit))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self._bar)
        layout.addWidget(self._stack, 1)
        self.pages.pageNavigator().currentPageChanged.connect(self._on_page)

    @property
    def content(self) -> bytes:
        """The bytes of what is shown."""
        return bytes(self._bytes.data())

    def show_document(self, name: str, content: bytes) -> None:
        """Show a PDF as pages and anything else as text."""
        if name == self._name and content == self.content:
            return
        is_same = name == self._name
        place = self.pages.verticalScrollBar().value()
        self._name = name
        self._bytes = QByteArray(content)
        self.setAccessibleName(name)
        self.pages.setAccessibleName(name)
        self.plain.setAccessibleName(name)
        if content.startswith(_PDF):
            self._show_pdf()
        else:
            self._show_text(content)
        if is_same:
            self.pages.verticalScrollBar().setValue(place)

    def clear(self) -> None:
        """Show nothing, and keep nothing."""
        self._name = ""
        self._bytes = QByteArray()
        self.pdf.close()
        self.plain.clear()
        self._say("")

    def _show_pdf(self) -> None:
        self.pdf.close()
        self._buffer = QBuffer(self._bytes, self)
        self._buffer.open(QIODevice.OpenModeFlag.ReadOnly)
        self.pdf.load(self._buffer)
        if self.pdf.status() is not QPdfDocument.Status.Ready:
            self._say(_("This document cannot be shown here: it is damaged or locked."))
            return
        self._bar.show()
        self._stack.setCurrentWidget(self.pages)
        self._on_page(0)

    def _show_text(self, content: bytes) -> None:
        text = content[:_TEXT_AT_MOST].decode("utf-8", errors="replace")
        if len(content) > _TEXT_AT_MOST:
            text += "\n\n" + _("Only the first megabyte is shown.")
        self.plain.setPlainText(text)
        self._bar.hide()
        self._stack.setCurrentWidget(self.plain)

    def _say(self, text: str) -> None:
        self._wrong.setText(text)
        self._bar.hide()
        self._stack.setCurrentWidget(self._wrong)

    def _on_page(self, number: int) -> None:
        shown = _("Page {n} of {m}").format(n=number + 1, m=self.pdf.pageCount())
        self._page.setText(shown)
        self.pages.setAccessibleDescription(shown)

    def _on_find(self, text: str) -> None:
        self._found = -1
        self._search.setSearchString(text)

    def _on_next(self) -> None:
        count = self._search.rowCount(self._search.index(-1, -1))
        if not count:
            self._page.setText(_("Not found"))
            return
        self._found = (self._found + 1) % count
        self.pages.setCurrentSearchResultIndex(self._found)
        link = self._search.resultAtIndex(self._found)
        self.pages.pageNavigator().jump(link.page(), link.location())

    def _on_smaller(self) -> None:
        self.pages.closer(1 / _CLOSER)

    def _on_larger(self) -> None:
        self.pages.closer(_CLOSER)

    def _on_fit(self) -> None:
        self.pages.setZoomMode(QPdfView.ZoomMode.FitToWidth)
