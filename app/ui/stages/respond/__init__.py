"""Stage respond: the checklist, the letter, the package, the release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, override

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QComboBox, QStackedWidget, QVBoxLayout

from app.domain.requests import Stage
from app.domain.responses import ANSWER_LETTERS, Answered, LetterKind
from app.i18n import _, ngettext
from app.ui.dialogs.ask import ask
from app.ui.dialogs.package import PackageDialog
from app.ui.models.paged import Column, ListModel
from app.ui.page import Room, StagePanel, StageWidget
from app.ui.stages.respond.side import RespondSide
from app.ui.theme.cells import Style
from app.ui.widgets.busy import Busy
from app.ui.widgets.button import Button
from app.ui.widgets.card import Card, row
from app.ui.widgets.columns import Columns, Widths
from app.ui.widgets.document_view import DocumentView
from app.ui.widgets.flow import Flow
from app.ui.widgets.form import FormItem
from app.ui.widgets.long_text import LongText
from app.ui.widgets.notice import Notice
from app.ui.widgets.table import Table
from app.ui.widgets.text import Text
from app.wording.errors import error_in_words
from app.wording.terms import ANSWERED, LETTERS, in_words

if TYPE_CHECKING:
    from app.domain.errors import AppError
    from app.domain.responses import ChecklistLine, Letter
    from app.services.drawer import JsonValue
    from app.services.request_views import RequestView
    from app.wording.errors import Sentence

_SHOW_AFTER_MS = 500
_ROW = 42
_LETTER = "letter.pdf"
_WIDTHS = Widths(300, 258, left_share=0.32, narrow_below=1000, narrow=240)
_KINDS = tuple(each for each in LetterKind if each in ANSWER_LETTERS)
_ICONS = {
    Answered.DONE: ("check", "green"),
    Answered.NOT_APPLICABLE: ("minus", "muted"),
    Answered.OPEN: ("circle-alert", "amber"),
}


class _Ground(NamedTuple):
    lines: tuple[ChecklistLine, ...]
    refusal: AppError | None
    documents: tuple[str, ...]
    kind: LetterKind
    letter: str
    draft: JsonValue


class RespondStage(StageWidget):
    """What must be answered, the documents as they will be, and the way out."""

    wants_side = False

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self._view: RequestView | None = None
        self._loaded_for = ""
        self._lines: dict[str, ChecklistLine] = {}
        self._document = _LETTER
        self._previews = 0
        self._is_filling = False
        self._is_next_wanted = False
        self.notice = Notice()
        self._busy = Busy()
        self.checklist: ListModel[ChecklistLine] = ListModel(
            (
                Column[Any](
                    "state",
                    "",
                    lambda each: in_words(ANSWERED, each.state.value),
                    width=30,
                    tip=lambda each: in_words(ANSWERED, each.state.value),
                    icon=lambda each: _ICONS[each.state],
                ),
                Column[Any](
                    "line", _("Line"), lambda each: each.item.title, tip=_tip, style=Style.WRAPPED
                ),
                Column[Any](
                    "article", _("Article"), _article, width=70, style=Style.MUTED, spare=1
                ),
            ),
            key=lambda each: each.item.key,
        )
        self.lines = Table(self.checklist, name=_("Before it can go"), row_height=_ROW)
        self.lines.opened.connect(self._on_line)
        self._foot = Text("", "muted")
        self.answer = Button(_("Answer the line…"), self._on_answer)
        self.letter = LongText()
        self.letter.setAccessibleName(_("Text of the letter"))
        self.letter.textChanged.connect(self._on_typed)
        self.kind = QComboBox()
        self.kind.setAccessibleName(_("Kind of letter"))
        for each in _KINDS:
            self.kind.addItem(in_words(LETTERS, each.value), each.value)
        self.kind.currentIndexChanged.connect(self._on_kind)
        self.document = DocumentView()
        self.edit = Button(_("Edit the letter"), self._on_edit, icon="pencil")
        self.keep = Button(_("Keep the letter"), self._on_keep, kind="primary")
        self._letter_state = Text("", "small", wraps=False)
        self.side = RespondSide()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SHOW_AFTER_MS)
        self._timer.timeout.connect(self._save_draft)
        self._build()

    def _build(self) -> None:
        left = Card(_("Before it can go"))
        left.body.addWidget(self.lines, 1)
        left.body.addWidget(self._foot)
        left.body.addLayout(row(self.answer, 1))
        middle = Card(margin=12)
        middle.body.addLayout(Flow(self.kind, self.edit, self.keep, self._letter_state))
        self._stack = QStackedWidget()
        self._stack.addWidget(self.document)
        self._stack.addWidget(self.letter)
        middle.body.addWidget(self._busy)
        middle.body.addWidget(self._stack, 1)
        self.side.picked.connect(self._on_document)
        self.side.make.connect(self._on_make)
        self.side.release.connect(self._on_release)
        self.side.go_on.connect(self._on_go_on)
        cards = Columns(left, middle, self.side, widths=_WIDTHS)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(self.notice)
        layout.addWidget(cards, 1)

    @override
    def show_view(self, view: RequestView) -> None:
        is_other = self._loaded_for != view.request.id
        self._view = view
        self._loaded_for = view.request.id
        if is_other:
            self.notice.clear()
            self._document = _LETTER
            self._stack.setCurrentWidget(self.document)
            self.document.clear()
        self.side.show_view(view)
        self._load(is_other=is_other)

    @override
    def settle(self) -> None:
        if self._timer.isActive():
            self._timer.stop()
            self._save_draft()

    def _load(self, *, is_other: bool) -> None:
        view, desk = self._view, self._room.desk
        if view is None:
            return
        request = view.request.id
        kept = [each for each in view.letters if each.kind in ANSWER_LETTERS]

        def load() -> _Ground:
            kind = kept[-1].kind if kept else self._suggested(view)
            text = kept[-1].text if kept else desk.responding.draft_letter(request, kind)
            return _Ground(
                desk.responding.checklist(request),
                desk.responding.why_not_release(request),
                desk.packages.documents(),
                kind,
                text,
                desk.drawer.get(_draft_key(request)),
            )

        self._room.run(
            self,
            lambda _work: (is_other, load()),
            done=self._on_loaded,
            failed=self._on_failed,
        )

    @staticmethod
    def _suggested(view: RequestView) -> LetterKind:
        rows = sum(each.rows for each in view.pulled)
        return LetterKind.FULL_ANSWER if rows or not view.pulled else LetterKind.NO_DATA

    def _on_loaded(self, answer: tuple[bool, _Ground]) -> None:
        is_other, ground = answer
        view = self._view
        if view is None:
            return
        self._lines = {each.item.key: each for each in ground.lines}
        self.checklist.show_rows(ground.lines)
        left = [each for each in ground.lines if each.state is Answered.OPEN]
        if left:
            text = ngettext(
                "{n} line is open. Fill it, or say why it does not apply.",
                "{n} lines are open. Fill them, or say why they do not apply.",
                len(left),
            )
            self._foot.setText(text.format(n=len(left)))
        else:
            self._foot.setText(_("Every line is answered."))
        if left and (is_other or self._is_next_wanted):
            to_fill = [each for each in left if not each.item.derived]
            self.lines.choose((to_fill or left)[0].item.key)
        self._is_next_wanted = False
        reason = error_in_words(ground.refusal).happened if ground.refusal is not None else ""
        is_here = view.request.stage is Stage.RESPOND and view.may_handle
        self.side.allow(reason, is_here=is_here)
        self.side.show_documents(ground.documents, chosen=self._document)
        for part in (self.answer, self.edit, self.keep):
            part.allow("" if is_here else _("The answer is written at the stage Respond."))
        if is_other:
            self._fill(ground)
        self._show_document()

    def _fill(self, ground: _Ground) -> None:
        self._is_filling = True
        self.kind.setCurrentIndex(max(0, self.kind.findData(ground.kind.value)))
        text, state = ground.letter, ""
        if isinstance(ground.draft, dict):
            text = str(ground.draft.get("text", text))
            kind = str(ground.draft.get("kind", ground.kind.value))
            self.kind.setCurrentIndex(max(0, self.kind.findData(kind)))
            state = _("Your draft is back")
        self.letter.setPlainText(text)
        self._letter_state.setText(state or self._kept_in_words())
        self._is_filling = False

    def _kept_in_words(self) -> str:
        letters = self._view.letters if self._view is not None else ()
        is_kept = any(
            each.kind in ANSWER_LETTERS and each.text == self.letter.toPlainText()
            for each in letters
        )
        return _("kept") if is_kept else _("not kept yet")

    def _on_kind(self) -> None:
        if self._is_filling or self._view is None:
            return
        kind, request = LetterKind(self.kind.currentData()), self._view.request.id
        self._room.run(
            self,
            lambda _work: self._room.desk.responding.draft_letter(request, kind),
            done=self._on_drafted,
            failed=self._on_failed,
        )

    def _on_drafted(self, text: str) -> None:
        self.letter.setPlainText(text)
        self._show_document()

    def _on_typed(self) -> None:
        if not self._is_filling:
            self._letter_state.setText(_("not kept yet"))
            self._timer.start()

    def _save_draft(self) -> None:
        request = self._loaded_for
        draft: dict[str, JsonValue] = {
            "text": self.letter.toPlainText(),
            "kind": str(self.kind.currentData()),
        }
        self._room.run(
            self,
            lambda _work: self._room.desk.drawer.put(_draft_key(request), draft),
            done=self._on_draft_saved,
            failed=self._on_failed,
        )

    def _on_draft_saved(self, _nothing: None) -> None:
        self._letter_state.setText(_("draft saved, not kept yet"))

    def _on_edit(self) -> None:
        is_editing = self._stack.currentWidget() is self.letter
        self._stack.setCurrentWidget(self.document if is_editing else self.letter)
        self.edit.set_text(_("Edit the letter") if is_editing else _("Preview"))
        if is_editing:
            self._document = _LETTER
            self._show_document()
        else:
            self.letter.setFocus()

    def _on_keep(self) -> None:
        view = self._view
        if view is None:
            return
        kind, text = LetterKind(self.kind.currentData()), self.letter.toPlainText()
        request, desk = view.request.id, self._room.desk
        self._timer.stop()

        def keep() -> Letter:
            letter = desk.responding.save_letter(request, kind, text)
            desk.drawer.drop(_draft_key(request))
            return letter

        self._room.run(self, lambda _work: keep(), done=self._on_kept, failed=self._on_failed)

    def _on_kept(self, _letter: Letter) -> None:
        self.notice.clear()
        self._letter_state.setText(_("kept"))
        self.changed.emit()

    def _on_document(self, name: str) -> None:
        self._document = name
        self._stack.setCurrentWidget(self.document)
        self.edit.set_text(_("Edit the letter"))
        self.side.mark(name)
        self._show_document()

    def _show_document(self) -> None:
        view = self._view
        if view is None or self._stack.currentWidget() is not self.document:
            return
        if not view.may_handle:
            self.notice.say(_("Only privacy officers see an answer before it is released."))
            return
        self._previews += 1
        number, name, text = self._previews, self._document, self.letter.toPlainText()
        request, packages = view.request.id, self._room.desk.packages
        self._busy.start(_("Drawing the document…"))
        self._room.run(
            self,
            lambda work: (
                number,
                name,
                packages.preview(request, name, letter=text, task=work),
            ),
            done=self._on_preview,
            failed=self._on_failed,
        )

    def _on_preview(self, answer: tuple[int, str, bytes]) -> None:
        number, name, content = answer
        if number != self._previews:
            return
        self._busy.stop()
        self.document.show_document(name, content)
        self.side.show_size(name, len(content), pages=self.document.pdf.pageCount())

    def _on_line(self, key: str) -> None:
        line = self._lines.get(key)
        if line is None or self._view is None or not self.answer.isEnabled():
            return
        if line.item.derived:
            self.notice.say(_("Sandglass answers this line itself."))
            return
        request = self._view.request.id
        states = (
            (Answered.DONE.value, _("answered")),
            (Answered.NOT_APPLICABLE.value, _("does not apply")),
        )
        ask(
            self,
            self._room,
            title=line.item.title,
            text=_("The text goes into the answer, or says why the line does not apply."),
            confirm=_("Answer"),
            fields=(
                FormItem("state", _("State"), "choice", line.state.value, states),
                FormItem("text", _("Text"), "long", line.text, is_required=True),
            ),
            work=lambda values, _work: self._room.desk.responding.answer(
                request, key, state=Answered(values["state"]), text=values["text"]
            ),
            done=self._on_line_answered,
        )

    def _on_line_answered(self, nothing: object) -> None:
        self._is_next_wanted = True
        self._on_answered(nothing)

    def _on_answer(self) -> None:
        if self.lines.key:
            self._on_line(self.lines.key)

    def _on_answered(self, _nothing: object) -> None:
        self.notice.clear()
        self.changed.emit()

    def _on_make(self) -> None:
        if self._view is None:
            return
        if self._kept_in_words() != _("kept"):
            self.notice.say(
                _("Keep the letter first: the package holds it as it was kept."),
                tone="amber",
                action=_("Keep the letter"),
                do=self._on_keep,
            )
            return
        dialog = PackageDialog(self, self._room, self._view)
        dialog.made.connect(self.changed)
        dialog.back.connect(self._on_back)
        dialog.open()

    def _on_back(self) -> None:
        if self._view is None:
            return
        request = self._view.request.id
        self._room.run(
            self,
            lambda _work: self._room.desk.casework.move(request, Stage.REVIEW),
            done=self._on_answered,
            failed=self._on_failed,
        )

    def _on_release(self) -> None:
        view = self._view
        if view is None or not view.packages:
            return
        package, request = view.packages[-1], view.request.id
        letters = [each for each in view.letters if each.kind in ANSWER_LETTERS]
        desk, channel = self._room.desk, self.side.channel

        def release() -> object:
            released = desk.responding.release(request, package.id, channel=channel)
            if letters:
                desk.responding.letter_sent(request, letters[-1].id, how=channel)
            return released

        ask(
            self,
            self._room,
            title=_("Release package {id}?").format(id=package.id),
            text=_("You deliver it: {how}. To: {to}. The passphrase goes by another way.").format(
                how=channel, to=self.side.address
            ),
            confirm=_("Release"),
            work=lambda _values, _work: release(),
            done=self._on_released,
        )

    def _on_released(self, _package: object) -> None:
        self._room.tell(_("The release is recorded."))
        self.changed.emit()

    def _on_go_on(self) -> None:
        if self._view is not None:
            self._room.go("request", self._view.request.id, stage=Stage.CLOSE.value)

    def _on_failed(self, sentence: Sentence) -> None:
        self._busy.stop()
        self.notice.say_error(sentence)


def _draft_key(request: str) -> str:
    return f"draft.answer.{request}"


def _article(line: ChecklistLine) -> str:
    return line.item.article


def _tip(line: ChecklistLine) -> str:
    return f"{line.item.title}\n{line.text}".strip()


STAGE = StagePanel(Stage.RESPOND, RespondStage)
