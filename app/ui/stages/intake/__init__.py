"""Stage intake: what arrived, what is asked, who asks."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, override

from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.domain.requests import Stage, Subject, SubjectIdentity
from app.i18n import _, ngettext
from app.services.messages import find_rights, read_message
from app.ui.dialogs.ask import ask
from app.ui.dialogs.document import open_document
from app.ui.page import Room, StagePanel, StageWidget
from app.ui.stages.intake.new_request import NewRequestForm
from app.ui.widgets.button import Button
from app.ui.widgets.card import Card, column, row, scrolled
from app.ui.widgets.facts import Facts
from app.ui.widgets.form import FormItem
from app.ui.widgets.long_text import TYPED_AT_MOST
from app.ui.widgets.message_text import MessageText
from app.ui.widgets.notice import Notice
from app.ui.widgets.text import Text
from app.wording.moments import bytes_in_words, moment_in_words
from app.wording.terms import CHANNELS, RIGHTS, identity_in_words, in_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.requests import Request
    from app.services.messages import Message
    from app.services.request_views import RequestView
    from app.wording.errors import Sentence

_CHANGEABLE = (Stage.INTAKE, Stage.IDENTITY, Stage.SCOPE)


class IntakeStage(StageWidget):
    """A form while the request is new; what was recorded afterwards."""

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self._view: RequestView | None = None
        self._loaded_for = ""
        self.new = NewRequestForm(room)
        self.new.recorded.connect(self._on_recorded)
        self._recorded = QWidget()
        self._build_recorded()
        self._stack = QStackedWidget()
        self._stack.addWidget(self.new)
        self._stack.addWidget(self._recorded)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)

    def _build_recorded(self) -> None:
        self.notice = Notice()
        self._asked = Facts(label_width=120)
        self._person = Facts(label_width=120)
        self._original = Text("", "muted")
        self.go_on = Button(_("Go on to identity"), self._on_go_on, kind="primary")
        self._change = Button(_("Correct who asks…"), self._on_change)
        self._show = Button(_("Show the original"), self._on_show, icon="paperclip")
        self._message = MessageText()
        self._message.setReadOnly(True)
        self._from = Text("", "strong")
        self._arrived = Card(_("What arrived"))
        self._arrived.body.addWidget(self._original)
        self._arrived.body.addWidget(self._from)
        self._arrived.body.addWidget(self._message, 1)
        self._arrived.body.addLayout(row(self._show, 1))
        told = Card(_("What is asked"))
        inside = column(
            self._asked,
            Text(_("Who asks"), "heading"),
            self._person,
            row(self._change, 1),
            1,
            spacing=10,
        )
        inside.setContentsMargins(0, 0, 8, 0)
        told.body.addWidget(scrolled(inside, name=_("What is asked")), 1)
        told.body.addLayout(row(1, self.go_on))
        cards = QHBoxLayout()
        cards.setSpacing(14)
        cards.addWidget(self._arrived, 1)
        cards.addWidget(told, 1)
        layout = QVBoxLayout(self._recorded)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.notice)
        layout.addLayout(cards, 1)

    @override
    def show_new(self) -> None:
        self._view = None
        self._stack.setCurrentWidget(self.new)
        self.new.start()

    @override
    def show_view(self, view: RequestView) -> None:
        self._view = view
        request = view.request
        self._stack.setCurrentWidget(self._recorded)
        self._asked.show_facts(
            (_("Right"), in_words(RIGHTS, request.right.value)),
            (_("Law"), f"{view.regime.title}, {view.regime.citation}"),
            (_("Received"), moment_in_words(request.received_at, request.timezone)),
            (_("Time zone"), request.timezone),
            (_("How"), in_words(CHANNELS, request.channel.value)),
            (_("Calendar"), request.calendar),
            (_("Recorded by"), view.names.get(request.created_by, "")),
            *([(_("Linked"), ", ".join(request.linked))] if request.linked else []),
        )
        subject = request.subject
        self._person.show_facts(
            (_("Name"), subject.name),
            *((identity_in_words(each.kind), each.value) for each in subject.identities),
            (_("Language"), subject.language),
            (_("Country"), subject.country),
            *([(_("Address"), ", ".join(subject.address))] if subject.address else []),
        )
        files = view.files
        self._original.setText(
            _("{name}, {size}, kept sealed. SHA-256 {hash}…").format(
                name=files[0][0], size=bytes_in_words(files[0][1]), hash=files[0][2][:16]
            )
            if files
            else _("No original was kept.")
        )
        self._show.setVisible(bool(files))
        self._load_message(view)
        self.go_on.setVisible(request.stage is Stage.INTAKE)
        self.go_on.allow("" if view.may_handle else _("Only privacy officers move requests."))
        may_change = view.may_handle and request.stage in _CHANGEABLE and request.is_open
        self._change.allow("" if may_change else _("Who asks can be corrected before approval."))

    def _load_message(self, view: RequestView) -> None:
        """Show what arrived as text, to those for whom it is sealed."""
        request, files = view.request.id, view.files
        self._arrived.setVisible(bool(files))
        if request == self._loaded_for:
            return
        self._loaded_for = request
        self._from.hide()
        self._message.hide()
        if not files:
            return
        name = files[0][0]
        self._room.run(
            self,
            lambda _work: (
                request,
                read_message(self._room.desk.intake.read_original(request, name), name=name),
            ),
            done=self._on_message,
            failed=self._on_sealed,
        )

    def _on_message(self, found: tuple[str, Message]) -> None:
        request, message = found
        if request != self._loaded_for or not _is_text(message):
            return
        heads = (message.subject, f"{message.from_name} {message.from_email}".strip())
        self._from.setText("\n".join(each for each in heads if each))
        self._from.setVisible(bool(self._from.text()))
        self._message.setPlainText(message.text[:TYPED_AT_MOST])
        self._message.highlight([(each.start, each.end) for each in find_rights(message.text)])
        self._message.show()

    def _on_sealed(self, sentence: Sentence) -> None:
        """Say in place of the message why it is not shown."""
        self._from.setText(sentence.happened)
        self._from.show()

    @override
    def settle(self) -> None:
        self.new.settle()

    def _on_recorded(self, requests: tuple[Request, ...]) -> None:
        text = ngettext(
            "{id} was recorded.", "{id} and the linked requests were recorded.", len(requests)
        )
        self._room.tell(text.format(id=requests[0].id))
        self._room.go("request", requests[0].id)

    def _on_go_on(self) -> None:
        if self._view is None:
            return
        request = self._view.request.id
        self._room.run(
            self,
            lambda _work: self._room.desk.casework.move(request, Stage.IDENTITY),
            done=self._on_changed,
            failed=self.notice.say_error,
        )

    def _on_changed(self, _result: object) -> None:
        self.notice.clear()
        self.changed.emit()

    def _on_show(self) -> None:
        if self._view is None or not self._view.files:
            return
        request, name = self._view.request.id, self._view.files[0][0]
        self._room.run(
            self,
            lambda _work: self._room.desk.intake.read_original(request, name),
            done=partial(self._on_original, name),
            failed=self._on_failed,
        )

    def _on_original(self, name: str, content: bytes) -> None:
        open_document(self, self._room, title=name, content=content)

    def _on_failed(self, sentence: Sentence) -> None:
        self.notice.say_error(sentence)

    def _on_change(self) -> None:
        view = self._view
        if view is None:
            return
        subject, version = view.request.subject, view.request.version
        lines = "\n".join(f"{each.kind}: {each.value}" for each in subject.identities)
        casework, request = self._room.desk.casework, view.request.id

        def change(values: Mapping[str, str], version: int) -> Request:
            changed = _changed(subject, dict(values))
            return casework.change_subject(request, changed, version=version)

        ask(
            self,
            self._room,
            title=_("Correct who asks"),
            text=_("What was verified must be verified again for new identities."),
            confirm=_("Save"),
            fields=(
                FormItem("name", _("Name"), value=subject.name, is_required=True),
                FormItem("salutation", _("Salutation in letters"), value=subject.salutation),
                FormItem("address", _("Postal address"), "long", "\n".join(subject.address)),
                FormItem(
                    "identities",
                    _("Known by"),
                    "long",
                    lines,
                    hint=_("One a line, as kind: value. Kinds are those of the maps, as email."),
                ),
            ),
            work=lambda values, _work: change(values, version),
            mine=lambda values, _work: change(values, casework.get(request).version),
            done=self._on_changed,
        )


def _is_text(message: Message) -> bool:
    """Say whether something was understood: of a picture hardly a letter can be read."""
    odd = sum(1 for each in message.text if not each.isprintable() and not each.isspace())
    return odd * 20 < len(message.text)


def _changed(subject: Subject, values: dict[str, str]) -> Subject:
    verified = {(each.kind, each.value) for each in subject.identities if each.verified}
    identities = []
    for each in values["identities"].splitlines():
        kind, _colon, value = each.partition(":")
        if value.strip():
            pair = (kind.strip(), value.strip())
            identities.append(SubjectIdentity(*pair, verified=pair in verified))
    return Subject(
        name=values["name"].strip(),
        language=subject.language,
        country=subject.country,
        address=tuple(each for each in values["address"].splitlines() if each.strip()),
        salutation=values["salutation"].strip(),
        identities=tuple(identities),
    )


STAGE = StagePanel(Stage.INTAKE, IntakeStage)
