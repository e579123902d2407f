"""Making the package: where, under which passphrase, and what the leak test says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, override

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QLineEdit, QVBoxLayout, QWidget

from app.i18n import _, ngettext
from app.ui.widgets.busy import Busy
from app.ui.widgets.button import Button
from app.ui.widgets.card import row
from app.ui.widgets.field import Field
from app.ui.widgets.form import Form, FormItem
from app.ui.widgets.notice import Notice
from app.ui.widgets.text import Text
from app.wording.leaks import leak_in_words

if TYPE_CHECKING:
    from app.domain.secrets import Secret
    from app.ports.progress import Progress
    from app.services.packages import MadePackage
    from app.services.request_views import RequestView
    from app.ui.page import Room
    from app.ui.runner import Work
    from app.wording.errors import Sentence

_LEAKS_SHOWN = 8


class PackageDialog(QDialog):
    """Makes a package; its passphrase is shown once, here."""

    made = Signal()
    back = Signal()
    """Something still leaks: the person wants to go back to the review."""

    def __init__(self, parent: QWidget, room: Room, view: RequestView) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Make the package"))
        self.setMinimumWidth(560)
        self._room, self._request = room, view.request.id
        self._running: Work | None = None
        self._passphrase: Secret = room.desk.packages.new_passphrase()
        number = len(view.packages) + 1
        proposed = Path.home() / f"{view.request.id}-answer-{number}.zip"
        self.form = Form(
            (
                FormItem(
                    "archive",
                    _("Save the ZIP as"),
                    "new_file",
                    str(proposed),
                    is_required=True,
                    hint=_("A folder with the same files is written beside it."),
                    file_kinds="ZIP (*.zip)",
                ),
            )
        )
        self.phrase = QLineEdit(self._passphrase.reveal())
        self.phrase.setReadOnly(True)
        hint = _("Shown once. Give it to the person by another way than the package.")
        self.notice = Notice()
        self.busy = Busy()
        self.make = Button(_("Make package"), self._on_make, kind="primary")
        self.make.setDefault(True)
        self._copy = Button(_("Copy"), self._on_copy)
        self._close = Button(_("Cancel"), self.reject)
        self._back = Button(_("Back to review"), self._on_back)
        self._back.hide()
        phrase = row(Field(_("Passphrase"), self.phrase, hint=hint))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 18)
        layout.setSpacing(12)
        layout.addWidget(Text(_("Make the package"), "heading"))
        text = _("Everything in it is tested for what was covered before it is kept.")
        layout.addWidget(Text(text, "muted"))
        layout.addWidget(self.notice)
        layout.addWidget(self.form)
        layout.addLayout(phrase)
        layout.addLayout(row(self._copy, 1))
        layout.addWidget(self.busy)
        layout.addLayout(row(1, self._back, self._close, self.make))

    def _on_copy(self) -> None:
        self._room.copy(self._passphrase.reveal(), is_revealed=True)
        self._room.tell(_("Copied. It leaves the clipboard by itself."))

    def _on_make(self) -> None:
        if self._running is not None or not self.form.validate():
            return
        archive = Path(self.form.text("archive")).expanduser()
        if archive.suffix.lower() != ".zip":
            archive = archive.with_name(archive.name + ".zip")
        self.notice.clear()
        self.make.setEnabled(False)
        request, passphrase = self._request, self._passphrase
        self._running = self._room.run(
            self,
            lambda work: self._room.desk.packages.make(
                request,
                folder=archive.with_suffix(""),
                archive=archive,
                passphrase=passphrase,
                task=work,
            ),
            done=self._on_made,
            failed=self._on_failed,
            progress=self._on_progress,
        )
        self.busy.start(_("Making the package…"), cancel=self._running.cancel)

    def _on_progress(self, progress: Progress) -> None:
        self.busy.show_progress(progress.done, progress.total, text=progress.what)

    def _on_made(self, made: MadePackage) -> None:
        self._running = None
        self.busy.stop()
        if made.package is None:
            self._say_leaks(made)
            return
        n = made.package.files
        text = ngettext(
            "{id} is made: {n} file. Nothing that was covered is left in it.",
            "{id} is made: {n} files. Nothing that was covered is left in them.",
            n,
        )
        self.notice.say(text.format(id=made.package.id, n=n), tone="green")
        self.make.hide()
        self.form.setEnabled(False)
        self._close.set_text(_("I have the passphrase"))
        self._close.setFocus()
        self.made.emit()

    def _say_leaks(self, made: MadePackage) -> None:
        lines = [leak_in_words(each) for each in made.leaks[:_LEAKS_SHOWN]]
        more = len(made.leaks) - len(lines)
        if more > 0:
            lines.append(ngettext("And {n} more.", "And {n} more.", more).format(n=more))
        self.notice.say(
            _("No package was kept: something would leak.") + "\n" + "\n".join(lines), tone="red"
        )
        self._back.show()
        self.make.setEnabled(True)

    def _on_failed(self, sentence: Sentence) -> None:
        self._running = None
        self.busy.stop()
        self.make.setEnabled(True)
        self.notice.say_error(sentence)

    def _on_back(self) -> None:
        self.back.emit()
        self.reject()

    @override
    def reject(self) -> None:
        if self._running is not None:
            self._running.cancel()
        super().reject()
