"""Requests: all of them, filtered and sorted by the database."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, override

from PySide6.QtCore import QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QStackedWidget, QVBoxLayout

from app.domain.people import Verb
from app.i18n import _, ngettext
from app.services.overview import Words
from app.ui.dialogs.ask import ask
from app.ui.models.paged import Ask, PagedModel
from app.ui.models.request_columns import (
    RequestLine,
    request_columns,
    request_line,
    request_lines,
)
from app.ui.page import Page, PageWidget, Room
from app.ui.pages.requests.bar import FilterBar
from app.ui.pages.requests.filters import Filters, filters_of
from app.ui.pages.requests.memory import KEY, Memory, View
from app.ui.widgets.busy import Busy
from app.ui.widgets.button import Button
from app.ui.widgets.card import Card
from app.ui.widgets.empty import EmptyState
from app.ui.widgets.form import FormItem
from app.ui.widgets.header import PageHeader
from app.ui.widgets.notice import Notice
from app.ui.widgets.table import Table

if TYPE_CHECKING:
    from app.domain.people import Member
    from app.ports.progress import Progress
    from app.ports.storage import RequestFilter
    from app.services.overview import RequestRow, Requests
    from app.ui.runner import Work
    from app.wording.errors import Sentence

_ASK_AFTER_MS = 140
_SAVE_AFTER_MS = 900


@dataclass(frozen=True)
class _Ground:
    """What the page knows besides the rows."""

    memory: Memory
    open: int
    closed: int
    officers: tuple[Member, ...]
    today: Requests


class RequestsPage(PageWidget):
    """A search, a row of filters, and the list."""

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self._laws = {each.key: each.title for each in room.desk.intake.regimes()}
        self._memory = Memory()
        self._ground: _Ground | None = None
        self._wanted: Filters | None = None
        self.notice = Notice()
        self.busy = Busy()
        self.bar = FilterBar(self._laws)
        self.model: PagedModel[RequestLine] = PagedModel(
            request_columns(), key=lambda line: line.id, order=self._memory.order
        )
        self.model.asked.connect(self._on_asked)
        self.table = Table(self.model, name=_("Requests"))
        self.table.opened.connect(self._on_opened)
        self.table.typed.connect(self.bar.type_on)
        self._ask_timer = self._timer(_ASK_AFTER_MS, self._restart)
        self._save_timer = self._timer(_SAVE_AFTER_MS, self._save)
        self._build()
        self._connect()
        self.first = self.table

    def _timer(self, milliseconds: int, then: object) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(then)
        return timer

    def _build(self) -> None:
        actions = []
        may_record = self._room.me.may(Verb.HANDLE_REQUESTS)
        if may_record:
            new = Button(_("New request"), self._on_new, kind="primary")
            new.describe(_("Ctrl+N"))
            actions.append(new)
        self._header = PageHeader(_("Requests"), *actions)
        nothing_yet = EmptyState(
            "inbox",
            _("No request yet"),
            _("Every data subject's request is recorded here, with its clock."),
            *([Button(_("New request"), self._on_new, kind="primary")] if may_record else []),
        )
        self._none_fits = EmptyState(
            "search",
            _("No request fits"),
            _("Nothing has all of these properties."),
            Button(_("Show all open requests"), self._on_clear),
        )
        self._stack = QStackedWidget()
        for part in (self.table, nothing_yet, self._none_fits):
            self._stack.addWidget(part)
        card = Card(margin=6)
        card.body.addWidget(self._stack)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(22, 18, 22, 20)
        layout.setSpacing(12)
        layout.addWidget(self._header)
        layout.addWidget(self.bar)
        layout.addWidget(self.notice)
        layout.addWidget(self.busy)
        layout.addWidget(card, 1)

    def _connect(self) -> None:
        self.bar.changed.connect(self._on_filters)
        self.bar.view_wanted.connect(self._on_view)
        self.bar.save_wanted.connect(self._on_save_view)
        self.bar.drop_wanted.connect(self._on_drop_view)
        self.bar.columns_wanted.connect(self._on_columns)
        self.bar.export_wanted.connect(self._on_export)
        self.bar.left.connect(self.table.setFocus)
        QShortcut(QKeySequence.StandardKey.Find, self).activated.connect(self.bar.focus_search)

    @override
    def open_item(self, item: str, *, stage: str = "") -> None:
        wanted = filters_of(item)
        if wanted is None:
            return
        self._wanted = wanted
        if self._ground is not None:
            self._apply_wanted()

    @override
    def refresh(self) -> None:
        """Ask again; the first time also for what this member left here."""
        is_first = self._ground is None
        desk = self._room.desk

        def read() -> _Ground:
            is_open, closed = desk.overview.counts()
            return _Ground(
                Memory.from_data(desk.drawer.get(KEY)) if is_first else self._memory,
                is_open,
                closed,
                desk.overview.officers(),
                desk.overview.none(),
            )

        self._room.run(self, lambda _work: read(), done=self._on_ground, failed=self._on_failed)

    @override
    def settle(self) -> None:
        if self._save_timer.isActive():
            self._save_timer.stop()
            self._save()

    def _on_ground(self, ground: _Ground) -> None:
        is_first = self._ground is None
        self._ground = ground
        self._show_counts()
        self.bar.offer_owners([(each.id, each.name) for each in ground.officers])
        if is_first:
            self._memory = ground.memory
            self._show_memory()
        else:
            self.model.ask_again()

    def _show_counts(self) -> None:
        ground, shown = self._ground, self.model.total
        if ground is None:
            return
        texts = [
            ngettext("{n} open", "{n} open", ground.open).format(n=f"{ground.open:,}"),
            ngettext("{n} closed", "{n} closed", ground.closed).format(n=f"{ground.closed:,}"),
        ]
        if shown != ground.open:
            texts.append(ngettext("{n} shown", "{n} shown", shown).format(n=f"{shown:,}"))
        self._header.set_subtitle(", ".join(texts))

    def _show_memory(self) -> None:
        if self._wanted is not None:
            self._memory = replace(self._memory, filters=self._wanted)
            self._wanted = None
        self.bar.show_filters(self._memory.filters)
        self.bar.offer_views([each.name for each in self._memory.views])
        self.bar.offer_columns(self.model.columns, shown=self._memory.columns)
        self._show_columns()
        self.table.sort_by(self._memory.order)
        self._restart()

    def _apply_wanted(self) -> None:
        if self._wanted is None:
            return
        wanted, self._wanted = self._wanted, None
        if wanted != self._memory.filters:
            self._memory = replace(self._memory, filters=wanted)
            self.bar.show_filters(wanted)
            self._restart()

    def _show_columns(self) -> None:
        self.table.show_columns((*self._memory.columns, "id"))

    # Asking

    def _restart(self) -> None:
        self._ask_timer.stop()
        self.model.restart()

    def _filter(self) -> RequestFilter:
        ground = self._ground
        if ground is None:
            raise RuntimeError("asked before anything is known")
        return self._memory.filters.as_filter(today=ground.today.today, me=self._room.me.id)

    def _on_asked(self, wanted: Ask) -> None:
        if self._ground is None:
            return
        if wanted.order != self._memory.order:
            self._memory = replace(self._memory, order=wanted.order)
            self._save_timer.start()
        which = replace(
            self._filter(), order=wanted.order, offset=wanted.offset, limit=wanted.limit
        )
        self._room.run(
            self,
            lambda _work: self._room.desk.overview.requests(which),
            done=partial(self._on_rows, wanted),
            failed=self._on_failed,
        )

    def _on_rows(self, wanted: Ask, found: Requests) -> None:
        self.notice.clear()
        self.model.give(wanted, request_lines(found, laws=self._laws), found.total)
        ground = self._ground
        is_empty = ground is not None and not ground.open and not ground.closed
        self._stack.setCurrentIndex(1 if is_empty else 0 if self.model.total else 2)
        self._show_counts()

    def _on_filters(self, filters: Filters) -> None:
        is_typing = replace(filters, text="") == replace(self._memory.filters, text="")
        self._memory = replace(self._memory, filters=filters)
        self._save_timer.start()
        if is_typing:
            self._ask_timer.start()
        else:
            self._restart()

    def _on_clear(self) -> None:
        self.bar.show_filters(Filters())
        self._on_filters(Filters())
        self.bar.focus_search()

    # Views and columns

    def _on_view(self, filters: Filters, name: str) -> None:
        view = self._memory.view(name) if name else None
        chosen = view.filters if view is not None else filters
        self._memory = replace(self._memory, filters=chosen)
        self.bar.show_filters(chosen)
        self._save_timer.start()
        if view is not None and view.order != self._memory.order:
            self._memory = replace(self._memory, order=view.order)
            self.table.sort_by(view.order)
        self._restart()

    def _on_save_view(self) -> None:
        ask(
            self,
            self._room,
            title=_("Save this view"),
            text=_("Filters and order, under a name of your own. Only you see it."),
            confirm=_("Save"),
            fields=(FormItem("name", _("Name"), is_required=True),),
            work=lambda values, _work: values["name"].strip(),
            done=self._on_view_named,
        )

    def _on_view_named(self, name: object) -> None:
        view = View(str(name), self._memory.filters, self._memory.order)
        self._memory = self._memory.with_view(view)
        self.bar.offer_views([each.name for each in self._memory.views])
        self._save()
        self._room.tell(_("The view “{name}” is saved.").format(name=view.name))

    def _on_drop_view(self, name: str) -> None:
        self._memory = self._memory.without(name)
        self.bar.offer_views([each.name for each in self._memory.views])
        self._save()
        self._room.tell(_("The view “{name}” is gone.").format(name=name), tone="blue")

    def _on_columns(self, columns: tuple[str, ...]) -> None:
        self._memory = replace(self._memory, columns=columns)
        self._show_columns()
        self._save_timer.start()

    def _save(self) -> None:
        data = self._memory.as_data()
        self._room.run(
            self,
            lambda _work: self._room.desk.drawer.put(KEY, data),
            done=_nothing,
            failed=self._on_unsaved,
        )

    def _on_unsaved(self, sentence: Sentence) -> None:
        del sentence  # a view that is not remembered is chosen again; the feed says what is lost

    # Going on

    def _on_opened(self, request: str) -> None:
        self._room.go("request", request)

    def _on_new(self) -> None:
        self._room.go("request")

    def _on_export(self) -> None:
        path, _kind = QFileDialog.getSaveFileName(
            self, _("Save the list as CSV"), "requests.csv", "CSV (*.csv)"
        )
        if path:
            self.export(Path(path))

    def export(self, path: Path) -> None:
        """Write what the filters leave, in the order that is shown, to ``path``."""
        which = replace(self._filter(), order=self.model.order)
        columns = [each for each in self.model.columns if each.key in self._memory.columns]
        laws = self._laws

        def cells(each: RequestRow, found: Requests) -> tuple[str, ...]:
            line = request_line(each, found, laws=laws)
            return tuple(column.text(line) for column in columns)

        words = Words(tuple(each.title for each in columns), cells)

        def write(work: Work) -> int:
            return self._room.desk.overview.export(which, path, work, words)

        running = self._room.run(
            self,
            write,
            done=self._on_exported,
            failed=self._on_failed,
            progress=self._on_progress,
        )
        self.busy.start(_("Writing the list…"), cancel=running.cancel)

    def _on_progress(self, progress: Progress) -> None:
        self.busy.show_progress(progress.done, progress.total)

    def _on_exported(self, lines: int) -> None:
        self.busy.stop()
        text = ngettext("{n} request was written.", "{n} requests were written.", lines)
        self._room.tell(text.format(n=f"{lines:,}"))

    def _on_failed(self, sentence: Sentence) -> None:
        self.busy.stop()
        self.notice.say_error(sentence, action=_("Try again"), do=self.refresh)


def _nothing(_result: None) -> None:
    return


PAGE = Page(
    key="requests",
    title=lambda: _("Requests"),
    icon="file-text",
    order=20,
    build=RequestsPage,
)
