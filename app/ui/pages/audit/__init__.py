"""Audit: the log, entry by entry, with its proof; checking it; reports made of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING, override

from PySide6.QtCore import QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout

from app.domain.people import Verb
from app.i18n import _
from app.ui.dialogs.ask import ask
from app.ui.dialogs.report import make_report
from app.ui.models.entry_columns import EntryLine, entry_columns, entry_lines
from app.ui.models.paged import Ask, PagedModel
from app.ui.page import Page, PageWidget, Room
from app.ui.pages.audit.entry import EntryCard
from app.ui.pages.audit.filters import LogFilters
from app.ui.widgets.busy import Busy
from app.ui.widgets.button import Button
from app.ui.widgets.card import Card
from app.ui.widgets.empty import EmptyState
from app.ui.widgets.form import FormItem
from app.ui.widgets.header import PageHeader
from app.ui.widgets.notice import Notice
from app.ui.widgets.status import Status
from app.ui.widgets.table import Table
from app.wording.log import advice_for, chain_in_words, checking_in_words
from app.wording.moments import clock_time, moment_in_words

if TYPE_CHECKING:
    from app.domain.audit import ChainState
    from app.ports.progress import Progress
    from app.services.log_views import EntryView, LogFacts, LogPage
    from app.ui.runner import Work
    from app.wording.errors import Sentence

_ASK_AFTER_MS = 250


class AuditPage(PageWidget):
    """The log at the left, one entry at the right, above them whether all of it is there."""

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self._facts: LogFacts | None = None
        self._checking: Work | None = None
        self._wanted = ""
        self.notice = Notice()
        self.busy = Busy()
        self.status = Status()
        self.filters = LogFilters(room.facts.timezone)
        self.model: PagedModel[EntryLine] = PagedModel(
            entry_columns(), key=lambda line: str(line.number)
        )
        self.model.asked.connect(self._on_asked)
        self.table = Table(self.model, name=_("Log"))
        self.table.chosen.connect(self._on_chosen)
        self.table.opened.connect(self._on_chosen)
        self.table.typed.connect(self.filters.type_on)
        self.entry = EntryCard()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_ASK_AFTER_MS)
        self._timer.timeout.connect(self.model.restart)
        self._build()
        self.first = self.table

    def _build(self) -> None:
        self.check = Button(_("Check all"), self._on_check, icon="refresh-cw")
        actions = [self.check]
        if self._room.me.may(Verb.MAKE_REPORTS):
            actions.append(Button(_("Export report…"), self._on_report, kind="primary"))
        header = PageHeader(_("Audit"), *actions)
        header.put_below(self.status)
        self.filters.typed.connect(self._timer.start)
        self.filters.picked.connect(self.model.restart)
        self.filters.span_wanted.connect(self._on_span)
        self.entry.request_wanted.connect(self._on_request)
        self.entry.only_wanted.connect(self._on_only)
        self.entry.copied.connect(self._on_copy)
        QShortcut(QKeySequence.StandardKey.Find, self).activated.connect(self.filters.focus_search)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(
            EmptyState(
                "search",
                _("No entry fits"),
                _("Nothing in the log has all of these properties."),
                Button(_("Show everything"), self._on_everything),
            )
        )
        card = Card(margin=6)
        card.body.addWidget(self._stack)
        body = QHBoxLayout()
        body.setSpacing(14)
        body.addWidget(card, 1)
        body.addWidget(self.entry)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(22, 18, 22, 20)
        layout.setSpacing(12)
        layout.addWidget(header)
        layout.addWidget(self.filters)
        layout.addWidget(self.notice)
        layout.addWidget(self.busy)
        layout.addLayout(body, 1)

    @override
    def open_item(self, item: str, *, stage: str = "") -> None:
        """Show the entries of a request alone."""
        self._wanted = item
        if item and self._facts is not None:
            self._on_only(item)

    @override
    def refresh(self) -> None:
        is_first = self._facts is None
        self._room.run(
            self,
            lambda _work: self._room.desk.log.facts(),
            done=partial(self._on_facts, is_first),
            failed=self._on_failed,
        )

    def _on_facts(self, is_first: bool, facts: LogFacts) -> None:  # noqa: FBT001 - bound by partial
        self._facts = facts
        self.filters.offer(facts)
        if not is_first:
            self.model.ask_again()
            self._run_check()
            return
        if self._wanted:
            self.filters.show_request(self._wanted)
        if facts.verified is None:
            self.status.show_status(_("Not verified by this machine yet"), "grey")
        else:
            known = facts.verified
            when = moment_in_words(known.at, self._room.facts.timezone)
            self.status.show_status(chain_in_words(known.state, checked=when), "grey")
        self.model.restart()
        self._run_check()

    def _on_asked(self, wanted: Ask) -> None:
        if self._facts is None:
            return
        which = replace(
            self.filters.as_filter(self._facts.now), offset=wanted.offset, limit=wanted.limit
        )
        self._room.run(
            self,
            lambda _work: self._room.desk.log.page(which),
            done=partial(self._on_page, wanted),
            failed=self._on_failed,
        )

    def _on_page(self, wanted: Ask, page: LogPage) -> None:
        self.model.give(wanted, entry_lines(page.rows, page.names), page.total)
        self._stack.setCurrentIndex(0 if self.model.total else 1)
        if not self.table.key and self.model.total:
            self.table.setCurrentIndex(self.model.index(0, 0))
        if not self.model.total:
            self.entry.show_view(None)

    def _on_chosen(self, number: str) -> None:
        self._room.run(
            self,
            lambda _work: self._room.desk.log.entry(int(number)),
            done=self._on_entry,
            failed=self._on_failed,
        )

    def _on_entry(self, view: EntryView) -> None:
        if self.table.key == str(view.entry.number):
            self.entry.show_view(view)

    # Checking

    def _on_check(self) -> None:
        self._run_check(whole=True)

    def _run_check(self, *, whole: bool = False) -> None:
        if self._checking is not None:
            return
        self.check.allow(_("It is being checked."))
        self._checking = self._room.run(
            self,
            lambda work: self._room.desk.log.check(work, whole=whole),
            done=self._on_checked,
            failed=self._on_unchecked,
            progress=self._on_progress,
        )
        if whole:
            self.busy.start(_("Checking every entry…"), cancel=self._checking.cancel)

    def _on_progress(self, progress: Progress) -> None:
        self.busy.show_progress(progress.done, progress.total)
        self.status.show_status(checking_in_words(progress.done, progress.total), "grey")

    def _on_checked(self, state: ChainState) -> None:
        self._checking = None
        self.busy.stop()
        self.check.allow()
        checked = clock_time(datetime.now(UTC), self._room.facts.timezone, seconds=True)
        tone = "green" if state.is_sound else "red"
        self.status.show_status(chain_in_words(state, checked=checked), tone)
        if not state.is_sound:
            self.notice.say(advice_for(state.fault), tone="red")

    def _on_unchecked(self, sentence: Sentence) -> None:
        self._checking = None
        self.busy.stop()
        self.check.allow()
        if sentence.code != "cancelled":
            self.notice.say_error(sentence)

    # Going on

    def _on_span(self) -> None:
        today = self._facts.now.date().isoformat() if self._facts is not None else ""
        ask(
            self,
            self._room,
            title=_("Entries between two days"),
            text=_("Both days are within, in the time zone of the workspace."),
            confirm=_("Show"),
            fields=(
                FormItem("first", _("From"), "date", today, is_half=True),
                FormItem("last", _("To"), "date", today, is_half=True),
            ),
            work=lambda values, _work: (values["first"], values["last"]),
            done=self._on_span_chosen,
        )

    def _on_span_chosen(self, chosen: object) -> None:
        if isinstance(chosen, tuple):
            self.filters.show_span(*(date.fromisoformat(each) for each in chosen))

    def _on_everything(self) -> None:
        self._on_only("")

    def _on_only(self, request: str) -> None:
        self.filters.show_request(request)
        self.model.restart()

    def _on_request(self, request: str) -> None:
        self._room.go("request", request)

    def _on_copy(self, text: str) -> None:
        self._room.copy(text)
        self._room.tell(_("The entry was copied."))

    def _on_report(self) -> None:
        view = self.entry.shown
        request = str(view.entry.facts().get("request", "")) if view is not None else ""
        make_report(self, self._room, request=request)

    def _on_failed(self, sentence: Sentence) -> None:
        self.notice.say_error(sentence, action=_("Try again"), do=self.refresh)


PAGE = Page(
    key="audit",
    title=lambda: _("Audit"),
    icon="scroll-text",
    order=70,
    build=AuditPage,
    group=_("Evidence"),
    verbs=frozenset({Verb.READ_LOG}),
)
