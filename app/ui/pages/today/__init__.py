"""Today: what needs this member, what is due when, how much there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout

from app.domain.people import Verb
from app.i18n import _
from app.ui.models.paged import ListModel
from app.ui.models.request_columns import RequestLine, request_columns, request_lines
from app.ui.page import Page, PageWidget, Room
from app.ui.pages.today.figures import TodayFigures
from app.ui.pages.today.weeks import closed_bars, deadline_days
from app.ui.widgets.bars import Bars
from app.ui.widgets.button import Button
from app.ui.widgets.card import Card, row
from app.ui.widgets.dots import Dots
from app.ui.widgets.empty import EmptyState
from app.ui.widgets.header import PageHeader
from app.ui.widgets.notice import Notice
from app.ui.widgets.table import Table
from app.wording.clock_days import day_of_year
from app.wording.overview import needs_in_words

if TYPE_CHECKING:
    from app.services.overview import Today
    from app.wording.errors import Sentence

_SOON_DAYS = 7
_LEAST_HEIGHT = 150


class TodayPage(PageWidget):
    """Figures and deadlines above, the requests that need this member below."""

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self.laws = {each.key: each.title for each in room.desk.intake.regimes()}
        self._to_decide: set[str] = set()
        self.notice = Notice()
        self.figures = TodayFigures()
        self.figures.wanted.connect(self._on_figure)
        self.deadlines = Dots(name=_("Deadlines of the next 15 days"))
        self.deadlines.opened.connect(self._on_day)
        self.closed = Bars(name=_("Closed per week"))
        self.needs: ListModel[RequestLine] = ListModel(
            [each for each in request_columns() if each.key != "received_at"],
            key=lambda line: line.id,
        )
        self.table = Table(self.needs, name=_("Needs you now"))
        self.table.opened.connect(self._on_request)
        self._build()
        self.first = self.table

    def _build(self) -> None:
        search = Button(_("Search requests"), self._room.search_wanted.emit, icon="search")
        search.describe(_("Search and go anywhere, Ctrl+K"))
        actions = [search]
        if self._room.me.may(Verb.HANDLE_REQUESTS):
            new = Button(_("New request"), self._on_new, kind="primary")
            new.describe(_("Ctrl+N"))
            actions.append(new)
        self._header = PageHeader(_("Today"), *actions)
        ahead = Card(_("Deadlines, next 15 days"))
        ahead.body.addStretch(1)
        ahead.body.addWidget(self.deadlines)
        weeks = Card(_("Closed per week"))
        weeks.body.addStretch(1)
        weeks.body.addWidget(self.closed)
        middle = row(spacing=14)
        middle.addWidget(ahead, 3)
        middle.addWidget(weeks, 2)
        needs = Card(_("Needs you now"))
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self._empty())
        self._stack.setMinimumHeight(_LEAST_HEIGHT)
        needs.body.addWidget(self._stack, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(22, 18, 22, 20)
        layout.setSpacing(14)
        layout.addWidget(self._header)
        layout.addWidget(self.notice)
        layout.addWidget(self.figures)
        layout.addLayout(middle)
        layout.addWidget(needs, 1)

    def _empty(self) -> EmptyState:
        if not self._room.me.may(Verb.HANDLE_REQUESTS):
            text = _("When something waits for you, it appears here at once.")
            return EmptyState("inbox", _("Nothing waits for you"), text)
        return EmptyState(
            "inbox",
            _("Nothing waits for you"),
            _("Requests that you own appear here, the most urgent first."),
            Button(_("New request"), self._on_new),
        )

    @override
    def refresh(self) -> None:
        self._room.run(
            self,
            lambda _work: self._room.desk.overview.today(),
            done=self._on_today,
            failed=self._on_failed,
        )

    def _on_today(self, today: Today) -> None:
        self.notice.clear()
        rows = today.needs_me.rows
        self._to_decide = {each.request.id for each in rows if each.is_to_decide}
        mine = [each for each in rows if not each.is_waiting]
        soon = [
            each
            for each in mine
            if each.dates.due and (each.dates.due - today.today).days <= _SOON_DAYS
        ]
        told = needs_in_words(len(mine), due_soon=len(soon))
        self._header.set_subtitle(f"{day_of_year(today.today)}. {told}")
        self.figures.show_today(today)
        self.deadlines.show_days(deadline_days(today))
        self.closed.show_bars(closed_bars(today))
        self.needs.show_rows(request_lines(today.needs_me, laws=self.laws))
        self._stack.setCurrentIndex(0 if today.needs_me.rows else 1)

    def _on_failed(self, sentence: Sentence) -> None:
        self.notice.say_error(sentence, action=_("Try again"), do=self.refresh)

    def _on_new(self) -> None:
        self._room.go("request")

    def _on_request(self, request: str) -> None:
        if request in self._to_decide:
            self._room.go("approvals")
        else:
            self._room.go("request", request)

    def _on_day(self, day: str) -> None:
        self._room.go("requests", f"day:{day}")

    def _on_figure(self, which: str) -> None:
        page, _colon, item = which.partition(":")
        if page == "session":
            self._room.go("request", item, stage="pull")
        else:
            self._room.go(page, item)


PAGE = Page(
    key="today",
    title=lambda: _("Today"),
    icon="clock",
    order=10,
    build=TodayPage,
)
