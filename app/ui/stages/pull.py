"""Stage pull: the session under its countdown, and what it read."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.domain.access import AccessState, EndReason
from app.domain.audit import Action
from app.domain.pulls import PullState
from app.domain.requests import Stage
from app.i18n import _, ngettext
from app.ports.sources import Enforcement
from app.ui.dialogs.ask import ask
from app.ui.models.countdown import Countdown
from app.ui.models.paged import Column, ListModel
from app.ui.page import Room, StagePanel, StageWidget
from app.ui.theme.cells import Style
from app.ui.widgets.button import Button
from app.ui.widgets.card import Card, column, row, scrolled
from app.ui.widgets.empty import EmptyState
from app.ui.widgets.notice import Notice
from app.ui.widgets.progress_list import ProgressList, Reading
from app.ui.widgets.ring import Ring
from app.ui.widgets.table import Table
from app.ui.widgets.text import Text
from app.wording.actions import entry_in_words
from app.wording.decisions import quorum_in_words
from app.wording.moments import clock_time, moment_in_words
from app.wording.pulls import end_in_words, incomplete_in_words
from app.wording.sources import enforcement_in_short, weaker_in_words

if TYPE_CHECKING:
    from app.domain.access import AccessCase
    from app.domain.audit import Entry
    from app.domain.pulls import PulledCollection
    from app.services.request_views import RequestView
    from app.ui.page.pulls import RunningPull
    from app.wording.errors import Sentence

_LEFT = 290
_SESSION_ACTIONS = {
    Action.SESSION_OPENED.value,
    Action.SESSION_ENDED.value,
    Action.DATA_READ.value,
    Action.DATA_REFUSED.value,
    Action.PULL_COMPLETED.value,
    Action.PULL_INCOMPLETE.value,
}


class PullStage(StageWidget):
    """Opens the window, shows it, ends it."""

    wants_side = False

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self._view: RequestView | None = None
        self._session = ""
        self._zone = room.facts.timezone
        self._names: dict[str, str] = {}
        self.notice = Notice()
        self.ring = Ring()
        self._when = Text("", "muted")
        self._when.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.open = Button(
            _("Open access and pull"), self._on_open, kind="primary", shortcut="Ctrl+Return"
        )
        self.end = Button(_("End access now"), self._on_end, kind="danger")
        self.more = Button(_("Ask for more time"), self._on_more)
        self.review = Button(_("Review what was read"), self._on_review, kind="primary")
        self._key = Text("", "muted")
        self.kept = Text("", "muted")
        self.weaker = Text("", "warning")
        self.weaker.hide()
        self._progress = ProgressList()
        self._total = Text("", "muted", wraps=False)
        self._log: ListModel[Entry] = ListModel(self._columns(), key=lambda each: each.hash)
        self._build()
        room.pulls.progressed.connect(self._on_progressed)
        room.pulls.ended.connect(self._on_ended)

    def _columns(self) -> tuple[Column[Entry], ...]:
        return (
            Column("time", _("Time"), self._time_of, width=120),
            Column("what", _("What"), self._what_of, style=Style.PLAIN),
        )

    def _time_of(self, entry: Entry) -> str:
        local = clock_time(entry.at, self._zone, seconds=True)
        return f"{local}.{entry.at.microsecond // 1000:03}"

    def _what_of(self, entry: Entry) -> str:
        return entry_in_words(entry.facts(), self._names)

    def _build(self) -> None:
        clock = Card()
        clock.body.addLayout(row(1, self.ring, 1))
        clock.body.addWidget(self._when)
        for button in (self.open, self.end, self.more, self.review):
            clock.body.addWidget(button)
        key = self._key_card = Card(_("This key can read"))
        key.body.addWidget(self._key)
        key.body.addWidget(self.kept)
        key.body.addWidget(self.weaker)
        left = QWidget()
        left.setFixedWidth(_LEFT)
        inside = column(clock, key, 1, spacing=14)
        left.setLayout(inside)
        pulling = Card(_("Pulling"))
        pulling.head.addWidget(self._total)
        pulling.body.addWidget(scrolled(column(self._progress, 1), name=_("Collections")), 1)
        log = Card(_("Access log, live"))
        self._log_stack = QStackedWidget()
        self._log_stack.addWidget(Table(self._log, name=_("Access log of this session")))
        self._log_stack.addWidget(
            EmptyState(
                "scroll-text",
                _("No session yet"),
                _("Every read appears here as it happens, and stays in the log."),
            )
        )
        log.body.addWidget(self._log_stack, 1)
        cards = QHBoxLayout()
        cards.setSpacing(14)
        cards.addWidget(_scrolled_left(left))
        cards.addLayout(_stretched(pulling, log), 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(self.notice)
        layout.addLayout(cards, 1)

    @override
    def show_view(self, view: RequestView) -> None:
        if self._view is None or self._view.request.id != view.request.id:
            self.notice.clear()
        self._view = view
        self._zone, self._names = view.request.timezone, view.names
        case, state = view.case, view.state
        self._show_buttons(view)
        self._show_key(view, case)
        self._show_readings()
        if case is None or case.window is None:
            self._session = ""
            self.ring.count(None)
            self._log.show_rows(())
            self._log_stack.setCurrentIndex(1)
            self._when.setText(self._before(view))
            return
        window = case.window
        if state is AccessState.OPEN:
            if self._session != window.session:
                self.ring.count(Countdown(window.opened_at, window.deadline, view.now))
            approvers = case.grant.approvers if case.grant is not None else ()
            granted_by = ", ".join(view.names.get(each, "") for each in approvers)
            text = _("Closes at {time} by the clock of the workspace. Granted by {name}.")
            self._when.setText(
                text.format(
                    time=clock_time(window.deadline, self._zone, seconds=True), name=granted_by
                )
            )
        else:
            self.ring.count(None)
            self._when.setText(end_in_words(window))
        self._session = window.session if state is AccessState.OPEN else ""
        self._log_stack.setCurrentIndex(0)
        self._log.show_rows(
            [
                each
                for each in view.entries
                if (facts := each.facts()).get("object") == window.session
                and facts.get("action") in _SESSION_ACTIONS
            ]
        )

    def _before(self, view: RequestView) -> str:
        grant = view.case.grant if view.case is not None else None
        if view.case is not None and view.state is AccessState.WAITING:
            return quorum_in_words(view.case, view.names) or _("It waits for the decision.")
        if grant is None or view.state is not AccessState.GRANTED:
            return _("No grant is ready. Ask for access under Scope.")
        by = moment_in_words(grant.start_by, self._zone)
        return _("Granted for {n} minutes. Begin not later than {when}.").format(
            n=grant.minutes, when=by
        )

    def _show_buttons(self, view: RequestView) -> None:
        case, state = view.case, view.state
        is_mine = case is not None and case.asked.requester == view.me.id
        running = self._running()
        is_running = running is not None and running.is_running
        self.open.setVisible(state is AccessState.GRANTED)
        self.open.allow(
            ""
            if is_mine and not is_running
            else _("The pull is starting.")
            if is_mine
            else _("Only who asked can use the grant.")
        )
        self.end.setVisible(state is AccessState.OPEN)
        self.more.setVisible(state is AccessState.OPEN or self._is_incomplete(view))
        self.more.set_text(_("Ask for more time") if state is AccessState.OPEN else _("Ask again"))
        self.review.setVisible(state is AccessState.ENDED or (state is None and bool(view.pulled)))

    @staticmethod
    def _is_incomplete(view: RequestView) -> bool:
        case = view.case
        if case is None or case.window is None or view.state is not AccessState.ENDED:
            return False
        return any(
            each.state is PullState.INCOMPLETE
            for each in view.pulled
            if each.session == case.window.session
        )

    def _show_key(self, view: RequestView, case: AccessCase | None) -> None:
        if case is None:
            self._key.setText(_("Nothing: nothing was granted."))
            self._on_kept({})
            return
        scope = case.asked.scope
        until = ""
        if case.window is not None:
            time = clock_time(case.window.deadline, self._zone, seconds=True)
            until = " " + _("Nothing after {time}.").format(time=time)
        collections = len(scope.collections)
        text = ngettext(
            "One person's rows in {c} collection, {f} fields.",
            "One person's rows in {c} collections, {f} fields.",
            collections,
        ).format(c=collections, f=scope.fields_count())
        made = " " + _("It is made for this session and destroyed with it.")
        del view
        self._key.setText(text + until + made)
        keys = sorted({at.dataset for at in scope.collections})
        self._room.run(
            self,
            lambda _work: self._room.desk.scoping.enforcements(keys),
            done=self._on_kept,
            failed=self._on_failed,
        )

    def _on_kept(self, kept: dict[str, Enforcement]) -> None:
        weaker = [title for title, each in kept.items() if each is Enforcement.FIELDS]
        self._key_card.title.setText(_("What is read") if weaker else _("This key can read"))
        self.weaker.setText(weaker_in_words(weaker))
        self.weaker.setVisible(bool(weaker))
        self.kept.setText(
            "\n".join(f"{title}: {enforcement_in_short(each)}" for title, each in kept.items())
        )

    def _running(self) -> RunningPull | None:
        if self._view is None or self._view.case is None:
            return None
        return self._room.pulls.of(self._view.case.asked.id)

    def _session_pulled(self) -> tuple[PulledCollection, ...]:
        view = self._view
        if view is None or view.case is None or view.case.window is None:
            return ()
        session = view.case.window.session
        return tuple(each for each in view.pulled if each.session == session)

    def _show_readings(self) -> None:
        running = self._running()
        live = running.progress if running is not None else {}
        readings = []
        for each in self._session_pulled():
            name = str(each.collection)
            told = live.get(name)
            rows = max(each.rows, told.done if told is not None and not told.total else 0)
            state = {
                PullState.COMPLETE: "complete",
                PullState.INCOMPLETE: "incomplete",
                PullState.RUNNING: "reading" if told is not None or rows else "waiting",
            }[each.state]
            why = incomplete_in_words(each.incomplete_why) if each.incomplete_why else ""
            readings.append(Reading(name.replace(".", " / ", 1), rows, state, why))
        if not readings and self._view is not None and self._view.case is not None:
            readings = [
                Reading(str(each).replace(".", " / ", 1), 0, "waiting")
                for each in self._view.case.asked.scope.collections
            ]
        self._progress.show_readings(readings)
        rows = sum(each.rows for each in readings)
        self._total.setText(ngettext("{n} row", "{n} rows", rows).format(n=f"{rows:,}"))

    def _on_open(self) -> None:
        if self._view is None or self._view.case is None:
            return
        self.notice.clear()
        self._room.pulls.start(self._view.case.asked.id)
        self._show_buttons(self._view)

    def _on_progressed(self, access_request: str) -> None:
        case = self._view.case if self._view is not None else None
        if case is not None and case.asked.id == access_request:
            if not self._session:
                self.changed.emit()
            self._show_readings()

    def _on_ended(self, access_request: str) -> None:
        case = self._view.case if self._view is not None else None
        if case is None or case.asked.id != access_request:
            return
        running = self._room.pulls.of(access_request)
        if running is not None and running.failure is not None:
            self.notice.say_error(running.failure)
        elif running is not None and running.result is not None:
            self._say_result(running)
        self.changed.emit()

    def _say_result(self, running: RunningPull) -> None:
        result = running.result
        if result is None:
            return
        missing = sum(1 for each in result.pulled if each.state is PullState.INCOMPLETE)
        if missing:
            text = ngettext(
                "{n} collection is incomplete. What was read is kept and marked.",
                "{n} collections are incomplete. What was read is kept and marked.",
                missing,
            )
            self.notice.say(text.format(n=missing), tone="amber")
        else:
            text = ngettext(
                "Everything was read: {n} row. Access is closed and the key is dead.",
                "Everything was read: {n} rows. Access is closed and the key is dead.",
                result.rows,
            )
            self._room.tell(text.format(n=f"{result.rows:,}"))

    def _on_end(self) -> None:
        case = self._view.case if self._view is not None else None
        if case is None or case.window is None:
            return
        session = case.window.session
        ask(
            self,
            self._room,
            title=_("End access now?"),
            text=_("Reading stops at once. What was read is kept; the rest is marked incomplete."),
            confirm=_("End access"),
            kind="danger",
            work=lambda _values, _work: self._room.desk.sessions.end(
                session, reason=EndReason.ENDED_EARLY
            ),
            done=self._on_done,
        )

    def _on_done(self, _case: object) -> None:
        self.changed.emit()

    def _on_more(self) -> None:
        view = self._view
        if view is None:
            return
        if view.state is AccessState.OPEN:
            self.notice.say(
                _(
                    "A window is never made longer. Let it end, then ask again for what is "
                    "missing: the scope is kept for you."
                ),
                action=_("End access now"),
                do=self._on_end,
            )
            return
        self._room.go("request", view.request.id, stage=Stage.SCOPE.value)

    def _on_review(self) -> None:
        view = self._view
        if view is None:
            return
        if view.request.stage is not Stage.PULL:
            self._room.go("request", view.request.id, stage=Stage.REVIEW.value)
            return
        request = view.request.id
        self._room.run(
            self,
            lambda _work: self._room.desk.casework.move(request, Stage.REVIEW),
            done=self._on_moved,
            failed=self._on_failed,
        )

    def _on_moved(self, _request: object) -> None:
        self.changed.emit()

    def _on_failed(self, sentence: Sentence) -> None:
        self.notice.say_error(sentence)


def _scrolled_left(left: QWidget) -> QWidget:
    """Return the left column in an area that scrolls where the window is low."""
    area = scrolled(left, name=_("Session"))
    area.setFixedWidth(_LEFT + 14)
    return area


def _stretched(upper: QWidget, lower: QWidget) -> QVBoxLayout:
    layout = QVBoxLayout()
    layout.setSpacing(14)
    layout.addWidget(upper, 3)
    layout.addWidget(lower, 2)
    return layout


STAGE = StagePanel(Stage.PULL, PullStage)
