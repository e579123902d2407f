"""The form of a request that is not recorded yet, beside the message that brought it."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from app.domain.errors import AppError, InputError
from app.domain.requests import Channel, Right, Subject, SubjectIdentity
from app.i18n import _, ngettext
from app.services.identifying import search_values
from app.services.intake import NewRequest
from app.services.messages import find_rights, read_message
from app.services.scratch import exporting
from app.ui.widgets.button import Button
from app.ui.widgets.card import Card, column, row, scrolled
from app.ui.widgets.columns import Columns, Widths
from app.ui.widgets.facts import Facts
from app.ui.widgets.form import Form, FormItem
from app.ui.widgets.message_text import MessageText
from app.ui.widgets.notice import Notice
from app.ui.widgets.text import Text
from app.wording.clock import safe_by_in_words
from app.wording.clock_days import short_day
from app.wording.errors import error_in_words
from app.wording.terms import CHANNELS, RIGHTS, in_words

if TYPE_CHECKING:
    from app.domain.clock import Deadline
    from app.domain.requests import Request
    from app.ports.regimes import Regime
    from app.services.drawer import JsonValue
    from app.services.messages import FoundRight, Message
    from app.ui.page import Room
    from app.wording.errors import Sentence

DRAFT = "draft.intake"
_WIDTHS = Widths(280, 250, left_share=0.36, narrow_below=980, narrow=270)
_SAVE_AFTER_MS = 800
_LOOK_AFTER_MS = 250
_LARGEST_FILE = 20_000_000
_LANGUAGES = (("en", "English"), ("de", "Deutsch"), ("fr", "Français"), ("es", "Español"))


@dataclass(frozen=True)
class _Original:
    name: str = ""
    content: bytes = b""


class NewRequestForm(QWidget):
    """Everything that is known of a new request; saves itself as a draft."""

    recorded = Signal(object)
    """The ``Request`` values that were recorded, as a tuple."""

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self._regimes: dict[str, Regime] = {}
        self._original = _Original()
        self._found: tuple[FoundRight, ...] = ()
        self._is_filled = False
        self._is_ready = False
        self._suggested_for = ""
        self._compared = ""
        self._save_timer = _timer(self, _SAVE_AFTER_MS, self._save)
        self._look_timer = _timer(self, _LOOK_AFTER_MS, self._look)
        self.notice = Notice()
        self.saved = Text("", "small", wraps=False)
        self.text = MessageText()
        self.text.setPlaceholderText(_("Paste the message here, or drop a file."))
        self.text.textChanged.connect(self._on_text)
        self.text.was_cut.connect(self._on_cut)
        self.text.dropped.connect(self._open_file)
        self._file = Text("", "muted")
        self.form = Form(self._items())
        self.form.edited.connect(self._on_edited)
        self.second = Notice()
        self._similar = Notice()
        self.record = Button(_("Record"), self._on_record, kind="primary", shortcut="Ctrl+Return")
        self._clock = Facts(label_width=78)
        self._clock_note = Text("", "muted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(self.notice)
        cards = Columns(self._arrived(), self._asked(), self._deadline(), widths=_WIDTHS)
        layout.addWidget(cards, 1)

    def _arrived(self) -> Card:
        card = Card(_("What arrived"))
        card.body.addWidget(Text(_("The original is kept, sealed, with its hash."), "muted"))
        card.body.addWidget(self.text, 1)
        card.body.addWidget(self._file)
        card.body.addLayout(row(Button(_("Open a file…"), self._on_open, icon="paperclip"), 1))
        return card

    def _asked(self) -> Card:
        card = Card(_("What is asked"))
        inside = column(self.second, self.form, self._similar, 1, spacing=10)
        inside.setContentsMargins(0, 0, 8, 0)
        card.body.addWidget(scrolled(inside, name=_("What is asked")), 1)
        card.body.addLayout(row(self.saved, 1, Button(_("Discard"), self._on_discard), self.record))
        return card

    def _deadline(self) -> QWidget:
        card = Card(_("Deadline"))
        card.body.addWidget(self._clock)
        card.body.addWidget(self._clock_note)
        holder = QWidget()
        holder.setLayout(column(card, 1))
        return holder

    def _items(self) -> tuple[FormItem, ...]:
        rights = tuple((each.value, in_words(RIGHTS, each.value).capitalize()) for each in Right)
        channels = tuple((each.value, in_words(CHANNELS, each.value)) for each in Channel)
        several = _("Several are separated by commas.")
        return (
            FormItem("right", _("Right"), "choice", "access", rights),
            FormItem("country", _("Country"), value=self._room.facts.controller.country,
                     hint=_("Two letters, with the state where it matters: DE, GB, US-CA."),
                     is_half=True),
            FormItem("regime", _("Law"), "choice", "", (), is_half=True),
            FormItem("received", _("Received"), "moment", hint=self._room.facts.timezone,
                     is_half=True),
            FormItem("channel", _("How"), "choice", "email", channels, is_half=True),
            FormItem("name", _("Name"), is_required=True),
            FormItem("email", _("E-mail"), hint=several, check=self._check_email, is_half=True),
            FormItem("phone", _("Telephone"), hint=several, check=self._check_phone, is_half=True),
            FormItem("number", _("Customer number"), is_half=True),
            FormItem("language", _("Language of the answer"), "choice", "en", _LANGUAGES,
                     is_half=True),
            FormItem("salutation", _("Salutation in letters"),
                     hint=_("For example: Dear Ms Köhler,")),
            FormItem("address", _("Postal address"), "long"),
        )  # fmt: skip

    def start(self) -> None:
        """Take the draft up again, or begin with nothing."""
        if self._is_ready:
            return
        self._is_ready = True
        desk = self._room.desk
        self._room.run(
            self,
            lambda _work: (desk.intake.regimes(), desk.drawer.get(DRAFT), desk.granting.now()),
            done=self._on_start,
            failed=self._on_not_started,
        )

    def _on_not_started(self, sentence: Sentence) -> None:
        self._is_ready = False
        self._on_failed(sentence)

    def settle(self) -> None:
        """Save the draft now if something was typed since."""
        if self._save_timer.isActive():
            self._save_timer.stop()
            self._save()

    def _on_start(self, found: tuple[tuple[Regime, ...], JsonValue, datetime]) -> None:
        regimes, draft, now = found
        self._received(now)
        self._regimes = {each.key: each for each in regimes}
        self._offer_regimes()
        if isinstance(draft, dict):
            self._fill(draft)
            self.saved.setText(_("Your draft is back."))
        self._is_filled = True
        self._suggest_regime()
        self._look()
        self.form.input("name").setFocus()

    def _received(self, at: datetime) -> None:
        local = at.astimezone(ZoneInfo(self._room.facts.timezone))
        self.form.set_text("received", local.strftime("%Y-%m-%dT%H:%M:00"))

    def _offer_regimes(self) -> None:
        box = self.form.input("regime")
        if box.count():  # type: ignore[attr-defined]  # a QComboBox
            return
        for each in self._regimes.values():
            box.addItem(each.title, each.key)  # type: ignore[attr-defined]  # a QComboBox

    def _fill(self, draft: dict[str, JsonValue]) -> None:
        values = draft.get("values")
        for key, value in values.items() if isinstance(values, dict) else ():
            if key in self.form.rows:
                self.form.set_text(key, str(value))
        self.text.setPlainText(str(draft.get("text", "")))
        content = base64.b64decode(str(draft.get("content", "")))
        self._original = _Original(str(draft.get("name", "")), content)
        self._show_file()

    def _save(self) -> None:
        if not self._is_filled:
            return
        draft: dict[str, JsonValue] = {
            "values": dict(self.form.values()),
            "text": self.text.toPlainText(),
            "name": self._original.name,
            "content": base64.b64encode(self._original.content).decode(),
        }
        self._room.run(
            self,
            lambda _work: self._room.desk.drawer.put(DRAFT, draft),
            done=self._on_saved,
            failed=self._on_unsaved,
        )

    def _on_unsaved(self, sentence: Sentence) -> None:
        self.saved.setText(sentence.happened)

    def _on_saved(self, _nothing: None) -> None:
        self.saved.setText(_("Draft saved"))

    def _on_edited(self) -> None:
        if not self._is_filled:
            return
        self.saved.setText("")
        self._save_timer.start()
        self._look_timer.start()
        if self.sender() is not None:
            self._suggest_regime()

    def _on_text(self) -> None:
        text = self.text.toPlainText()
        self._found = find_rights(text)
        self.text.highlight([(each.start, each.end) for each in self._found])
        self._show_rights()
        self._on_edited()

    def _show_rights(self) -> None:
        if self._found and self._is_filled:
            self.form.set_text("right", self._found[0].right.value)
        others = [in_words(RIGHTS, each.right.value) for each in self._found[1:]]
        if others:
            text = ngettext(
                "A second right was found: {rights}. It becomes a linked request.",
                "More rights were found: {rights}. They become linked requests.",
                len(others),
            )
            self.second.say(
                text.format(rights=", ".join(others)),
                tone="amber",
                action=_("Only the first"),
                do=self._only_first,
            )
        else:
            self.second.clear()

    def _on_cut(self, whole: str) -> None:
        """Keep all of a long text as the original; only its beginning is shown."""
        self._original = _Original("message.txt", whole.encode("utf-8", "replace"))
        self._show_file()

    def _only_first(self) -> None:
        self._found = self._found[:1]
        self.text.highlight([(each.start, each.end) for each in self._found])
        self.second.clear()

    def _suggest_regime(self) -> None:
        country = self.form.text("country").strip().upper()
        exact = (country, country.partition("-")[0])
        for wanted in exact:
            for each in self._regimes.values():
                if wanted and wanted in each.countries:
                    if self._suggested_for != country:
                        self._suggested_for = country
                        self.form.set_text("regime", each.key)
                        self.form.rows["regime"].set_hint(_("suggested from the country"))
                    return

    def _check_email(self, text: str) -> str:
        return self._check_identity("email", text)

    def _check_phone(self, text: str) -> str:
        return self._check_identity("phone_number", text)

    def _check_identity(self, kind: str, text: str) -> str:
        try:
            search_values(
                [SubjectIdentity(kind, each) for each in _several(text)], region=self._region()
            )
        except InputError as error:
            return error_in_words(error).happened
        return ""

    def _region(self) -> str:
        return self.form.text("country").strip().upper().partition("-")[0]

    def _identities(self) -> tuple[SubjectIdentity, ...]:
        kinds = (("email", "email"), ("phone", "phone_number"), ("number", "customer_number"))
        return tuple(
            SubjectIdentity(kind, each)
            for field, kind in kinds
            for each in _several(self.form.text(field))
        )

    def new_request(self) -> NewRequest:
        """Return what the form says."""
        values = self.form.values()
        zone = ZoneInfo(self._room.facts.timezone)
        received = datetime.fromisoformat(values["received"]).replace(tzinfo=zone)
        first = Right(values["right"])
        rights = (first, *(each.right for each in self._found[1:] if each.right is not first))
        regime = self._regimes.get(values["regime"])
        text = self.text.toPlainText()
        content = self._original.content or text.encode("utf-8", "replace")
        country = values["country"].strip().upper()
        is_ours = country.partition("-")[0] == self._room.facts.controller.country
        return NewRequest(
            regime=values["regime"],
            rights=rights,
            subject=Subject(
                name=values["name"].strip(),
                language=values["language"],
                country=self._region(),
                address=tuple(each for each in values["address"].splitlines() if each.strip()),
                salutation=values["salutation"].strip(),
                identities=self._identities(),
            ),
            received_at=received,
            channel=Channel(values["channel"]),
            calendar="" if is_ours or regime is None else regime.calendar,
            original=content,
            original_name=self._original.name or ("message.txt" if content else ""),
        )

    def _look(self) -> None:
        """Count the deadline and look for similar requests, for what the form says now."""
        if not self._regimes:
            return
        try:
            new = self.new_request()
        except ValueError:
            return
        intake = self._room.desk.intake

        def look() -> tuple[Deadline | AppError, tuple[Request, ...]]:
            similar: tuple[Request, ...] = ()
            try:
                similar = intake.similar(new.subject.identities, region=new.subject.country)
                return intake.preview(new), similar
            except AppError as error:
                return error, similar

        self._room.run(self, lambda _work: look(), done=self._on_looked, failed=self._on_failed)

    def _on_looked(self, found: tuple[Deadline | AppError, tuple[Request, ...]]) -> None:
        deadline, similar = found
        if isinstance(deadline, AppError):
            self._clock.show_facts()
            self._clock_note.setText(error_in_words(deadline).happened)
        else:
            self._clock.show_facts(
                (_("Clock starts"), short_day(deadline.start)),
                (_("Due"), short_day(deadline.limit)),
                (_("Safe by"), safe_by_in_words(deadline).removeprefix("safe by ")),
            )
            self._clock_note.setText("; ".join(deadline.case.rule.authority))
        if similar:
            first = similar[0]
            text = _("Like {request}: the same person asked before.").format(request=first.id)
            self._similar.say(text, tone="amber", action=_("Compare"), do=self._compare)
            self._compared = first.id
        else:
            self._similar.clear()

    def _compare(self) -> None:
        self.settle()
        self._room.go("request", self._compared)

    def _on_open(self) -> None:
        path, _kind = QFileDialog.getOpenFileName(self, _("Open a message or a file"))
        if path:
            self._open_file(path)

    def _open_file(self, path: str) -> None:
        self._room.run(
            self,
            lambda _work: _read(Path(path)),
            done=self._on_file,
            failed=self._on_failed,
        )

    def _on_file(self, found: tuple[_Original, Message]) -> None:
        self._original, message = found
        self._show_file()
        self.text.setPlainText(message.text)
        for key, value in (("name", message.from_name), ("email", message.from_email)):
            if value and not self.form.text(key):
                self.form.set_text(key, value)
        if message.delivered_at is not None:
            self._received(message.delivered_at)
            self.form.rows["received"].set_hint(_("delivery, not the Date header"))

    def _show_file(self) -> None:
        size = len(self._original.content)
        name = self._original.name
        kept = _("{name}, {n} bytes, is kept as it is.").format(name=name, n=f"{size:,}")
        self._file.setText(kept if size else "")

    def _on_record(self) -> None:
        if not self.form.validate():
            self.notice.say(_("Some fields need you."), tone="amber")
            return
        self.record.setEnabled(False)
        new = self.new_request()
        desk = self._room.desk

        def record() -> tuple[Request, ...]:
            requests = desk.intake.record(new)
            desk.drawer.drop(DRAFT)
            return requests

        self._room.run(
            self, lambda _work: record(), done=self._on_recorded, failed=self._on_refused
        )

    def _on_recorded(self, requests: tuple[Request, ...]) -> None:
        self.record.setEnabled(True)
        self._reset()
        self.recorded.emit(requests)

    def _on_refused(self, sentence: Sentence) -> None:
        self.record.setEnabled(True)
        self.notice.say_error(sentence)

    def _on_discard(self) -> None:
        self._room.run(
            self,
            lambda _work: self._room.desk.drawer.drop(DRAFT),
            done=self._on_discarded,
            failed=self._on_failed,
        )

    def _on_discarded(self, _nothing: None) -> None:
        self._reset()
        self._room.tell(_("The draft was discarded."))
        self._room.go("requests")

    def _reset(self) -> None:
        self._is_filled = False
        self._save_timer.stop()
        self._look_timer.stop()
        self._original = _Original()
        self._show_file()
        self.text.clear()
        for key in ("name", "email", "phone", "number", "salutation", "address"):
            self.form.set_text(key, "")
        for each in self.form.rows.values():
            each.show_error("")
        self.notice.clear()
        self._similar.clear()
        self.saved.setText("")
        self._is_ready = False

    def _on_failed(self, sentence: Sentence) -> None:
        self.notice.say_error(sentence)


def _timer(parent: QWidget, milliseconds: int, then: object) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(milliseconds)
    timer.timeout.connect(then)
    return timer


def _several(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]


def _read(path: Path) -> tuple[_Original, Message]:
    with exporting():
        if path.stat().st_size > _LARGEST_FILE:
            raise InputError("file.too_large", most=_LARGEST_FILE // 1_000_000)
        content = path.read_bytes()
    return _Original(path.name, content), read_message(content, name=path.name)
