"""A letter: chosen, edited, kept, and recorded as sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QDialog, QVBoxLayout, QWidget

from app.domain.responses import LetterKind
from app.i18n import _
from app.ui.dialogs.ask import ask
from app.ui.widgets.button import Button
from app.ui.widgets.card import row
from app.ui.widgets.field import Field
from app.ui.widgets.form import FormItem
from app.ui.widgets.long_text import LongText
from app.ui.widgets.notice import Notice
from app.ui.widgets.text import Text
from app.wording.terms import LETTERS, in_words

if TYPE_CHECKING:
    from app.domain.responses import Letter
    from app.services.request_views import RequestView
    from app.ui.page import Room
    from app.wording.errors import Sentence

_LANGUAGES = (("en", "English"), ("de", "Deutsch"), ("fr", "Français"), ("es", "Español"))


class LetterDialog(QDialog):
    """Drafts a letter of any kind from its template; nothing goes out by itself."""

    written = Signal()

    def __init__(
        self,
        parent: QWidget,
        room: Room,
        view: RequestView,
        *,
        kind: LetterKind = LetterKind.ACKNOWLEDGEMENT,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Letter"))
        self.resize(720, 680)
        self._room, self._request = room, view.request.id
        self._drafted = ""
        self.notice = Notice()
        self.kind = QComboBox()
        for each in LetterKind:
            self.kind.addItem(in_words(LETTERS, each.value), each.value)
        self.kind.setCurrentIndex(self.kind.findData(kind.value))
        self.language = QComboBox()
        for code, name in _LANGUAGES:
            self.language.addItem(name, code)
        self.language.setCurrentIndex(max(0, self.language.findData(view.request.subject.language)))
        self.text = LongText()
        hint = _("Fill in every […]. Lines that begin with # or ## are headings.")
        self._save = Button(_("Keep"), self._on_save)
        self._sent = Button(_("Keep and record as sent…"), self._on_sent, kind="primary")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 18)
        layout.setSpacing(12)
        heading = _("Letter to {name}").format(name=view.request.subject.name)
        layout.addWidget(Text(heading, "heading"))
        layout.addWidget(self.notice)
        layout.addLayout(row(Field(_("Kind"), self.kind), Field(_("Language"), self.language)))
        layout.addWidget(Field(_("Text"), self.text, hint=hint), 1)
        layout.addLayout(row(1, Button(_("Cancel"), self.reject), self._save, self._sent))
        self.kind.currentIndexChanged.connect(self._draft)
        self.language.currentIndexChanged.connect(self._draft)
        self._draft()

    def _chosen(self) -> tuple[LetterKind, str]:
        return LetterKind(self.kind.currentData()), str(self.language.currentData())

    def _draft(self) -> None:
        if self.text.toPlainText() != self._drafted:
            self.notice.say(
                _("Your text was kept as it is: it has been edited."),
                action=_("Use the template"),
                do=self._draft_anew,
            )
            return
        self._draft_anew()

    def _draft_anew(self) -> None:
        kind, language = self._chosen()
        self.notice.clear()
        self._room.run(
            self,
            lambda _work: self._room.desk.responding.draft_letter(
                self._request, kind, language=language
            ),
            done=self._on_drafted,
            failed=self._on_failed,
        )

    def _on_drafted(self, text: str) -> None:
        self._drafted = text
        self.text.setPlainText(text)

    def _on_save(self) -> None:
        kind, language = self._chosen()
        text = self.text.toPlainText()
        self._room.run(
            self,
            lambda _work: self._room.desk.responding.save_letter(
                self._request, kind, text, language=language
            ),
            done=self._on_kept,
            failed=self._on_failed,
        )

    def _on_kept(self, _letter: Letter) -> None:
        self._room.tell(_("The letter was kept."))
        self.written.emit()
        self.accept()

    def _on_sent(self) -> None:
        kind, language = self._chosen()
        text = self.text.toPlainText()
        responding = self._room.desk.responding
        request = self._request

        def keep_and_send(how: str) -> Letter:
            letter = responding.save_letter(request, kind, text, language=language)
            return responding.letter_sent(request, letter.id, how=how)

        ask(
            self,
            self._room,
            title=_("Record that this letter was sent"),
            text=_("Sandglass sends nothing itself. Send the letter, then say how it went."),
            confirm=_("Record as sent"),
            fields=(
                FormItem(
                    "how",
                    _("How"),
                    value=_("e-mail"),
                    is_required=True,
                    suggestions=(_("e-mail"), _("post"), _("portal"), _("in person")),
                ),
            ),
            work=lambda values, _work: keep_and_send(values["how"]),
            done=self._on_recorded,
        )

    def _on_recorded(self, _letter: object) -> None:
        self.written.emit()
        self.accept()

    def _on_failed(self, sentence: Sentence) -> None:
        self.notice.say_error(sentence)
