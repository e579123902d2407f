"""Approvals: what waits for this member, and everything needed to decide it in ten seconds."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, override

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from app.domain.access import AccessState
from app.domain.people import Verb
from app.i18n import _, ngettext
from app.ui.dialogs.ask import ask
from app.ui.models.access_rows import access_rows
from app.ui.page import Page, PageWidget, Room
from app.ui.pages.approvals.parts import QueueCard, checks_of, facts_of
from app.ui.widgets.access_table import AccessTable
from app.ui.widgets.button import Button
from app.ui.widgets.card import Card, clear, column, row, scrolled
from app.ui.widgets.checks import Checks
from app.ui.widgets.columns import Columns, Widths
from app.ui.widgets.empty import EmptyState
from app.ui.widgets.facts import Facts
from app.ui.widgets.field import Field
from app.ui.widgets.flow import Flow
from app.ui.widgets.form import FormItem
from app.ui.widgets.header import PageHeader
from app.ui.widgets.keys import KeyHints
from app.ui.widgets.notice import Notice
from app.ui.widgets.number import Number
from app.ui.widgets.text import Text, line

if TYPE_CHECKING:
    from app.domain.access import AccessCase
    from app.domain.datamap import SourceMap
    from app.services.granting import DecidedLately, Waiting
    from app.wording.errors import Sentence

_LATELY = timedelta(hours=24)
_REVOCABLE = {AccessState.GRANTED, AccessState.OPEN}


class _Ground(NamedTuple):
    queue: tuple[Waiting, ...]
    decided: tuple[DecidedLately, ...]
    maps: tuple[SourceMap, ...]
    kinds: dict[str, str]


class ApprovalsPage(PageWidget):
    """The queue at the left, one access request at the right."""

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self._ground: _Ground | None = None
        self._chosen = ""
        self._cards: dict[str, QueueCard] = {}
        self._notes: dict[str, str] = {}
        self._busy = False
        self._shown_lately: tuple[DecidedLately, ...] = ()
        self._build()
        for keys, do in (
            ("J", self._next),
            ("K", self._previous),
            ("A", self._on_approve),
            ("D", self._on_deny),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(do)

    def _build(self) -> None:
        hints = KeyHints((("J", ""), ("K", _("move")), ("A", _("approve")), ("D", _("deny"))))
        self._header = PageHeader(_("Approvals"), hints)
        self.notice = Notice()
        self._queue = QVBoxLayout()
        self._queue.setSpacing(10)
        self._lately = QVBoxLayout()
        self._lately.setSpacing(6)
        left = column(self._queue, self._lately, 1, spacing=16)
        left.setContentsMargins(2, 2, 8, 2)
        queue = scrolled(left, name=_("What waits for you"))
        self._title = Text("", "heading")
        self._facts = Facts(label_width=120)
        self._table = AccessTable()
        self._counts = Text("", "muted")
        self._counts.hide()
        self._checks = Checks()
        self._build_decision()
        card = Card()
        inside = column(
            self._title,
            self._facts,
            Text(_("What becomes readable"), "heading"),
            self._table,
            self._counts,
            Text(_("Checks"), "heading"),
            self._checks,
            1,
            spacing=12,
        )
        inside.setContentsMargins(0, 0, 10, 0)
        card.body.addWidget(scrolled(inside, name=_("Access request")), 1)
        card.body.addWidget(line())
        card.body.addLayout(self._decision)
        self._stack = QStackedWidget()
        self._stack.addWidget(card)
        self._stack.addWidget(
            EmptyState(
                "shield-check",
                _("Nothing waits for you"),
                _("When an officer asks for access, it appears here at once."),
            )
        )
        body = Columns(queue, self._stack, widths=Widths(340, narrow=236))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(22, 18, 22, 20)
        layout.setSpacing(12)
        layout.addWidget(self._header)
        layout.addWidget(self.notice)
        layout.addWidget(body, 1)

    def _build_decision(self) -> None:
        self.minutes = Number()
        self.minutes.setAccessibleName(_("Grant for, in minutes"))
        self.minutes.setSuffix(_(" min"))
        self.minutes.valueChanged.connect(self._on_minutes)
        self.note = QLineEdit()
        self.note.setPlaceholderText(_("Note for the record (needed to deny)"))
        self.note.setAccessibleName(_("Note for the record"))
        self.note.textEdited.connect(self._on_note)
        self._note = Field("", self.note)
        self.note.setAccessibleName(_("Note for the record"))
        self.deny = Button(_("Deny"), self._on_deny, kind="danger")
        self.approve = Button(_("Approve"), self._on_approve, kind="primary")
        self._note.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._note.setMinimumWidth(260)
        self._decision = Flow(
            Text(_("Grant for"), "muted", wraps=False),
            self.minutes,
            self._note,
            self.deny,
            self.approve,
        )

    @override
    def open_item(self, item: str, *, stage: str = "") -> None:
        if item:
            self._chosen = item

    @override
    def refresh(self) -> None:
        desk = self._room.desk

        def read() -> _Ground:
            queue = desk.granting.queue()
            now = queue[0].now if queue else desk.granting.now()
            return _Ground(
                queue,
                desk.granting.decided_since(now - _LATELY),
                desk.scoping.maps(),
                desk.scoping.kinds(),
            )

        self._room.run(self, lambda _work: read(), done=self._on_ground, failed=self._on_failed)

    def _on_ground(self, ground: _Ground) -> None:
        before, self._ground = self._ground, ground
        ids = [each.case.asked.id for each in ground.queue]
        n = len(ids)
        self._header.set_subtitle(
            ngettext("{n} waiting for you", "{n} waiting for you", n).format(n=n)
        )
        if before is None or [each.case.asked.id for each in before.queue] != ids:
            self._show_queue(ground)
        for each in ground.queue:
            self._cards[each.case.asked.id].show_waiting(each, maps=ground.maps)
        if self._chosen not in ids:
            self._lose(before, ids)
            self._chosen = ids[0] if ids else ""
            self._show_chosen(is_new=True)
        else:
            self._show_chosen(is_new=before is None)
        self._mark()
        self._show_lately(ground)
        self._stack.setCurrentIndex(0 if ids else 1)

    def _lose(self, before: _Ground | None, ids: list[str]) -> None:
        """Say that what was being read was decided elsewhere; keep the note that was typed."""
        was_there = before is not None and any(
            each.case.asked.id == self._chosen for each in before.queue
        )
        if was_there and not self._busy and self._chosen not in ids:
            typed = self._notes.pop(self._chosen, "")
            text = _("{id} is no longer waiting: somebody decided or withdrew it.")
            text = text.format(id=self._chosen)
            if typed:
                text += " " + _("Your note was: {note}").format(note=typed)
            self.notice.say(text)
        self._busy = False

    def _show_queue(self, ground: _Ground) -> None:
        clear(self._queue)
        self._cards = {}
        for each in ground.queue:
            card = QueueCard(each.case.asked.id)
            card.picked.connect(self._choose)
            self._cards[each.case.asked.id] = card
            self._queue.addWidget(card)

    def _show_lately(self, ground: _Ground) -> None:
        if self._shown_lately == ground.decided:
            return  # what has the focus here keeps it
        self._shown_lately = ground.decided
        clear(self._lately)
        if not ground.decided:
            return
        yes = sum(each.case.grant is not None for each in ground.decided)
        no = sum(each.case.denial is not None for each in ground.decided)
        text = _("Decided in the last day: {yes} approved, {no} denied").format(yes=yes, no=no)
        if others := len(ground.decided) - yes - no:
            more = ngettext("{n} waits for others", "{n} wait for others", others).format(n=others)
            text = f"{text}, {more}"
        self._lately.addWidget(Text(text, "muted"))
        for each in ground.decided:
            mine = not each.case.waits_for(self._room.me.id)
            if each.state in _REVOCABLE or (each.state is AccessState.WAITING and mine):
                self._lately.addWidget(self._revocable(each))

    def _revocable(self, each: DecidedLately) -> QWidget:
        asked = each.case.asked
        state = {
            AccessState.OPEN: _("open now"),
            AccessState.GRANTED: _("not yet used"),
            AccessState.WAITING: ngettext(
                "waits for {n} more", "waits for {n} more", each.case.yes_missing
            ).format(n=each.case.yes_missing),
        }[each.state]
        text = _("{id} for {name}, {request}: {state}").format(
            id=asked.id, name=each.requester, request=asked.request, state=state
        )
        if each.not_opened:
            text += ". " + _("{sources} could not be opened yet.").format(
                sources=", ".join(each.not_opened)
            )
        holder = QWidget()
        revoke = Button(_("Revoke…"), kind="danger")
        revoke.setProperty("case", asked.id)
        revoke.clicked.connect(self._on_revoke)
        buttons = [revoke]
        if each.not_opened:
            buttons.insert(0, Button(_("Open again"), partial(self._on_open_again, asked.id)))
        holder.setLayout(column(Text(text, "muted"), row(*buttons, 1), spacing=4))
        return holder

    def _waiting(self) -> Waiting | None:
        queue = self._ground.queue if self._ground is not None else ()
        return next((each for each in queue if each.case.asked.id == self._chosen), None)

    def _show_chosen(self, *, is_new: bool) -> None:
        waiting, ground = self._waiting(), self._ground
        if waiting is None or ground is None:
            return
        asked = waiting.case.asked
        self._title.setText(
            _("{name} wants to read one person's data for {n} minutes").format(
                name=waiting.requester, n=asked.minutes
            )
        )
        self._facts.show_facts(*facts_of(waiting, policy=self._room.facts.policy))
        self._table.show_rows(
            access_rows(
                asked.scope, ground.maps, kinds=ground.kinds, policy=self._room.facts.policy
            )
        )
        self._checks.show_checks(checks_of(waiting, maps=ground.maps))
        if is_new:
            self._count(asked.id)
            self.minutes.setRange(1, asked.minutes)
            self.minutes.setValue(asked.minutes)
            self.note.setText(self._notes.get(asked.id, ""))
            self._note.show_error("")
        self._on_minutes()

    def _count(self, access_request: str) -> None:
        """Let sources with an airlock count what would become readable; they tell no value."""
        self._counts.hide()
        self._room.run(
            self,
            lambda _work: self._room.desk.granting.counts(access_request),
            done=partial(self._on_counts, access_request),
            failed=partial(self._on_not_counted, access_request),
        )

    def _on_counts(self, access_request: str, counts: dict[str, int]) -> None:
        if access_request == self._chosen and counts:
            texts = [f"{name.replace('.', ' / ', 1)} {rows:,}" for name, rows in counts.items()]
            text = _("Rows, as the sources count them: {counts}")
            self._counts.setText(text.format(counts=", ".join(texts)))
            self._counts.show()

    def _on_not_counted(self, access_request: str, sentence: Sentence) -> None:
        if access_request == self._chosen:
            text = _("The rows could not be counted. {why}").format(why=sentence.text())
            self._counts.setText(text)
            self._counts.show()

    def _mark(self) -> None:
        for key, card in self._cards.items():
            card.mark(is_chosen=key == self._chosen)

    def _choose(self, key: str) -> None:
        if key != self._chosen:
            self._chosen = key
            self.notice.clear()
            self._show_chosen(is_new=True)
        self._mark()

    def _step(self, by: int) -> None:
        keys = list(self._cards)
        if self._chosen in keys:
            place = max(0, min(len(keys) - 1, keys.index(self._chosen) + by))
            self._choose(keys[place])
            self._cards[keys[place]].setFocus()

    def _next(self) -> None:
        self._step(1)

    def _previous(self) -> None:
        self._step(-1)

    def _on_minutes(self) -> None:
        n = self.minutes.value()
        text = ngettext("Approve for {n} minute", "Approve for {n} minutes", n)
        self.approve.set_text(text.format(n=n))

    def _on_note(self, text: str) -> None:
        self._notes[self._chosen] = text

    def _on_approve(self) -> None:
        waiting = self._waiting()
        if waiting is None or self._busy:
            return
        asked = waiting.case.asked
        minutes, note = self.minutes.value(), self.note.text()
        self._busy = True
        self._room.run(
            self,
            lambda _work: self._room.desk.granting.grant(
                asked.id, seen_hash=asked.scope_hash, minutes=minutes, note=note
            ),
            done=self._on_granted,
            failed=self._on_refused,
        )

    def _on_deny(self) -> None:
        waiting = self._waiting()
        if waiting is None or self._busy:
            return
        if not self.note.text().strip():
            self._note.show_error(_("Say why: the officer reads it."))
            self.note.setFocus()
            return
        asked, note = waiting.case.asked, self.note.text()
        ask(
            self,
            self._room,
            title=_("Deny this access request?"),
            text=_("{name} reads your note. The request goes back to Scope.").format(
                name=waiting.requester
            ),
            confirm=_("Deny"),
            kind="danger",
            work=lambda _values, _work: self._room.desk.granting.deny(
                asked.id, seen_hash=asked.scope_hash, note=note
            ),
            done=self._on_denied,
        )

    def _on_granted(self, case: AccessCase) -> None:
        n = case.yes_missing
        if n:
            text = ngettext(
                "Your yes is on record. It waits for {n} more person.",
                "Your yes is on record. It waits for {n} more people.",
                n,
            )
            self._room.tell(text.format(n=n), tone="blue")
        else:
            self._room.tell(_("Granted. The key is made when the officer begins."))
        self._decided()

    def _on_denied(self, case: object) -> None:
        del case
        self._busy = True
        self._room.tell(_("Denied, with your note."), tone="blue")
        self._decided()

    def _decided(self) -> None:
        self._notes.pop(self._chosen, None)
        self.notice.clear()
        self.refresh()

    def _on_revoke(self) -> None:
        case = str(self.sender().property("case"))
        ask(
            self,
            self._room,
            title=_("Revoke this grant?"),
            text=_("A session that is open ends at once, wherever it is used."),
            confirm=_("Revoke"),
            kind="danger",
            fields=(FormItem("reason", _("Reason"), is_required=True),),
            work=lambda values, _work: self._room.desk.granting.revoke(
                case, reason=values["reason"]
            ),
            done=self._on_revoked,
        )

    def _on_open_again(self, access_request: str) -> None:
        self._room.run(
            self,
            lambda _work: self._room.desk.granting.open_sources(access_request),
            done=self._on_opened,
            failed=self._on_refused,
        )

    def _on_opened(self, _nothing: object) -> None:
        self._room.tell(_("The sources are open for this grant."))
        self.refresh()

    def _on_revoked(self, _case: object) -> None:
        self._room.tell(_("The grant is revoked."), tone="blue")
        self.refresh()

    def _on_refused(self, sentence: Sentence) -> None:
        self._busy = False
        self.notice.say_error(sentence)
        self.refresh()

    def _on_failed(self, sentence: Sentence) -> None:
        self.notice.say_error(sentence, action=_("Try again"), do=self.refresh)


PAGE = Page(
    key="approvals",
    title=lambda: _("Approvals"),
    icon="shield-check",
    order=30,
    build=ApprovalsPage,
    verbs=frozenset({Verb.DECIDE_ACCESS}),
)
