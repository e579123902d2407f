"""Ctrl+K: find a request, open a page, do something, by typing a few letters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, override

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.i18n import _
from app.ui.theme.icons import icon
from app.ui.widgets.text import Text
from app.wording.standing import due_in_short
from app.wording.terms import REQUEST_TITLES, STAGE_TITLES, in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from app.services.overview import RequestRow, Requests
    from app.ui.page import Room
    from app.wording.errors import Sentence

_PAUSE_MS = 120
_WIDTH = 560


@dataclass(frozen=True)
class Target:
    """One thing that can be gone to or done."""

    title: str
    note: str
    icon: str
    do: Callable[[], object]


class SearchDialog(QDialog):
    """What is typed filters pages and actions at once, and requests as soon as they are found."""

    def __init__(self, parent: QWidget, room: Room, *, targets: Iterable[Target]) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Search and go anywhere"))
        self._room = room
        self._targets = tuple(targets)
        self._found: tuple[Target, ...] = ()
        self._shown: tuple[Target, ...] = ()
        self.edit = QLineEdit()
        self.edit.setPlaceholderText(_("Request, person, page or action"))
        self.edit.setAccessibleName(_("Search"))
        self.edit.addAction(icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        self.list = QListWidget()
        self.list.setAccessibleName(_("What was found"))
        self.list.setObjectName("found")
        self.list.setUniformItemSizes(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.list.itemClicked.connect(self._on_item)
        self._note = Text("", "small")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 14, 14, 12)
        layout.setSpacing(8)
        layout.addWidget(self.edit)
        layout.addWidget(self.list, 1)
        layout.addWidget(self._note)
        self.resize(_WIDTH, 420)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._ask)
        self.edit.textChanged.connect(self._on_text)
        self.edit.installEventFilter(self)
        self.list.installEventFilter(self)
        self._show()

    def _on_text(self) -> None:
        self._found = ()
        self._show()
        self._pause.start()

    def _ask(self) -> None:
        text = self.edit.text().strip()
        if not text:
            return
        self._room.run(
            self,
            lambda _work: (text, self._room.desk.overview.find(text)),
            done=self._on_found,
            failed=self._on_failed,
        )

    def _on_found(self, found: tuple[str, Requests]) -> None:
        text, requests = found
        if text != self.edit.text().strip():
            return
        self._found = tuple(self._target(each, requests) for each in requests.rows)
        self._show()

    def _on_failed(self, sentence: Sentence) -> None:
        self._note.setText(sentence.text())

    def _target(self, each: RequestRow, requests: Requests) -> Target:
        request = each.request
        stage = in_words(STAGE_TITLES, request.stage)
        due = each.dates.due
        is_open = request.closed_at is None
        note = due_in_short(due, requests.today) if due is not None and is_open else ""
        return Target(
            f"{request.id}  {in_words(REQUEST_TITLES, request.right)}",
            ", ".join(part for part in (stage, note) if part),
            "file-text",
            lambda: self._room.go("request", request.id),
        )

    def _show(self) -> None:
        words = self.edit.text().casefold().split()
        fits = tuple(
            each for each in self._targets if all(word in each.title.casefold() for word in words)
        )
        self._shown = (*self._found, *fits)
        self.list.clear()
        for each in self._shown:
            item = QListWidgetItem(icon(each.icon), "")
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{each.title}, {each.note}")
            line = QWidget()
            inside = QHBoxLayout(line)
            inside.setContentsMargins(26, 0, 8, 0)
            inside.addWidget(Text(each.title, wraps=False), 1)
            inside.addWidget(Text(each.note, "muted", wraps=False))
            item.setSizeHint(line.sizeHint().expandedTo(self.edit.sizeHint()))
            self.list.addItem(item)
            self.list.setItemWidget(item, line)
        self.list.setCurrentRow(0)
        text = _("Nothing has these words.") if words and not self._shown else ""
        self._note.setText(text or _("Arrows to move, Enter to open, Escape to leave"))

    def _on_item(self, item: QListWidgetItem) -> None:
        self._open(self.list.row(item))

    def _open(self, number: int) -> None:
        if 0 <= number < len(self._shown):
            target = self._shown[number]
            self.accept()
            target.do()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            steps = {
                Qt.Key.Key_Down: 1,
                Qt.Key.Key_Up: -1,
                Qt.Key.Key_PageDown: 8,
                Qt.Key.Key_PageUp: -8,
            }
            key = Qt.Key(event.key())
            if key in steps:
                last = self.list.count() - 1
                self.list.setCurrentRow(max(0, min(last, self.list.currentRow() + steps[key])))
                return True
            if key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
                self._open(self.list.currentRow())
                return True
        return super().eventFilter(watched, event)
