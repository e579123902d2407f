"""Stage review: each record is looked at before anything goes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, override

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout

from app.domain.pulls import PullState
from app.domain.requests import Stage
from app.domain.review import REASONS, RevealReason, Target, Verdict
from app.i18n import _, ngettext
from app.ui.dialogs.ask import ask
from app.ui.models.review_columns import shown_text
from app.ui.page import Room, StagePanel, StageWidget
from app.ui.stages.review.records import ReviewRecords
from app.ui.stages.review.side import ReviewSide
from app.ui.widgets.busy import Busy
from app.ui.widgets.button import Button
from app.ui.widgets.card import Card
from app.ui.widgets.choice import Choice
from app.ui.widgets.columns import Columns, Widths
from app.ui.widgets.empty import EmptyState
from app.ui.widgets.flow import Flow
from app.ui.widgets.form import FormItem
from app.ui.widgets.notice import Notice
from app.ui.widgets.picks import Picks
from app.wording.pulls import incomplete_in_words
from app.wording.terms import REVEALS, in_words

if TYPE_CHECKING:
    from app.domain.datamap import SourceMap
    from app.domain.pulls import Notice as PullNotice
    from app.domain.pulls import PulledCollection
    from app.domain.review import Mark, ReviewCounts
    from app.ports.progress import Progress
    from app.services.request_views import RequestView
    from app.services.reviewing import Place
    from app.ui.runner import Work
    from app.wording.errors import Sentence

_REASONS = tuple((each.code, f"{each.label}, {each.law}") for each in REASONS)

_WIDTHS = Widths(214, 258, narrow=240)


class _Ground(NamedTuple):
    pulled: tuple[PulledCollection, ...]
    to_decide: dict[int, int]
    counts: ReviewCounts
    notices: tuple[PullNotice, ...]
    maps: tuple[SourceMap, ...]


class ReviewStage(StageWidget):
    """Collections at the left, their records in the middle, the redaction at the right."""

    wants_side = False

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self._view: RequestView | None = None
        self._ground: _Ground | None = None
        self._pulled = 0
        self._undo: list[tuple[int, ...]] = []
        self._why: RevealReason | None = None
        self._is_preparing = False
        self._places: tuple[Place, ...] = ()
        self.records = ReviewRecords(room)
        self.records.value_changed.connect(self._on_chosen_text)
        self.records.space_pressed.connect(self._on_disclose)
        self.records.failed.connect(self._on_failed)
        self.finish = Button(_("Finish review"), self._on_finish, kind="primary")
        self.notice = Notice()
        self.busy = Busy()
        self.picks = Picks(name=_("Collections"))
        self.picks.picked.connect(self._on_picked)
        self.side = ReviewSide(_REASONS)
        self._build()
        self._add_keys()

    def _build(self) -> None:
        self._show = Choice("", (("all", _("Show: all")), ("open", _("Show: to decide"))))
        self._show.picked.connect(self._on_show)
        self.next_one = Button(_("Next to decide"), self._on_next, shortcut="N")
        self.reveal = Button(_("Reveal column…"), self._on_reveal, shortcut="R")
        self.disclose = Button(_("Disclose"), self._on_disclose, cap=_("Space"))
        self.disclose.describe(_("Space, in the table"))
        self.withhold = Button(_("Withhold…"), self._on_withhold, shortcut="W")
        self.redact = Button(_("Redact"), self._on_redact, shortcut="X")
        self.undo = Button(_("Undo"), self._on_undo, shortcut="Ctrl+Z")
        tools = Flow(
            self._show,
            self.next_one,
            self.reveal,
            self.disclose,
            self.redact,
            self.withhold,
            self.undo,
            spacing=6,
        )
        middle = Card(margin=12)
        middle.body.addLayout(tools)
        middle.body.addWidget(self.records, 1)
        left = Card(margin=8)
        left.body.addWidget(self.picks, 1)
        self._stack = QStackedWidget()
        self._stack.addWidget(middle)
        self._stack.addWidget(
            EmptyState(
                "inbox",
                _("Nothing was read yet"),
                _("What a pull reads about the person is reviewed here."),
            )
        )
        self.side.settled.connect(self._on_settle)
        self.side.redact_all.connect(self._on_redact_all)
        self.side.redact_here.connect(self._on_redact)
        cards = Columns(left, self._stack, self.side, widths=_WIDTHS)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(self.notice)
        layout.addWidget(self.busy)
        layout.addWidget(cards, 1)

    def _add_keys(self) -> None:
        keys = (("U", self._on_undo), ("Ctrl+F", self.records.look))
        for key, do in keys:
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(do)

    @override
    def header_actions(self) -> tuple[Button, ...]:
        is_here = self._view is not None and self._view.request.stage is Stage.REVIEW
        return (self.finish,) if is_here else ()

    @override
    def show_view(self, view: RequestView) -> None:
        if self._view is None or self._view.request.id != view.request.id:
            self._pulled, self._ground, self._undo = 0, None, []
            self.notice.clear()
        self._view = view
        reason = ""
        if view.request.stage is not Stage.REVIEW:
            reason = _("Decisions are taken while the request stands at Review.")
        elif not view.may_handle:
            reason = _("Only privacy officers review.")
        for button in (self.disclose, self.redact, self.withhold, self.undo):
            button.allow(reason)
        self.side.allow(reason)
        is_waiting = any(
            not each.scanned and each.state is not PullState.RUNNING for each in view.pulled
        )
        if is_waiting and view.may_handle and not self._is_preparing:
            self._prepare()
        else:
            self._load()

    def _prepare(self) -> None:
        request = self._request()
        self._is_preparing = True
        self.busy.start(_("Searching what must be looked at…"))
        self._room.run(
            self,
            lambda work: self._room.desk.reviewing.prepare(request, work),
            done=self._on_prepared,
            failed=self._on_failed,
            progress=self._on_progress,
        )

    def _on_progress(self, progress: Progress) -> None:
        self.busy.show_progress(progress.done, progress.total, text=progress.what)

    def _on_prepared(self, _nothing: None) -> None:
        self._is_preparing = False
        self.busy.stop()
        self._load()

    def _request(self) -> str:
        return self._view.request.id if self._view is not None else ""

    def _load(self) -> None:
        request, desk = self._request(), self._room.desk

        def load() -> _Ground:
            reviewing = desk.reviewing
            return _Ground(
                reviewing.collections(request),
                reviewing.to_decide(request),
                reviewing.counts(request),
                reviewing.notices(request),
                desk.scoping.maps(),
            )

        self._room.run(self, lambda _work: load(), done=self._on_ground, failed=self._on_failed)

    def _on_ground(self, ground: _Ground) -> None:
        before, self._ground = self._ground, ground
        self.picks.show_picks(
            [
                (
                    str(each.id),
                    self._label(each),
                    ground.to_decide.get(each.id, 0) or each.rows,
                    bool(ground.to_decide.get(each.id, 0)),
                )
                for each in ground.pulled
            ]
        )
        self.side.show_progress(ground.counts, ground.notices)
        self._show_finish(ground)
        self._stack.setCurrentIndex(0 if ground.pulled else 1)
        ids = [each.id for each in ground.pulled]
        if ids and self._pulled not in ids:
            first = next((each for each in ids if ground.to_decide.get(each)), ids[0])
            self._open(first)
        elif before is not None:
            self.records.ask_again()
        self.picks.choose(str(self._pulled))

    def _label(self, pulled: PulledCollection) -> str:
        found = self._collection(pulled)
        return (found.label or found.name) if found else pulled.collection.collection

    def _collection(self, pulled: PulledCollection) -> Any:  # noqa: ANN401 - Collection or None
        maps = self._ground.maps if self._ground is not None else ()
        for each in maps:
            if each.key == pulled.collection.dataset:
                return each.find(pulled.collection.collection)
        return None

    def _show_finish(self, ground: _Ground) -> None:
        open_notices = sum(1 for each in ground.notices if each.is_open)
        n = ground.counts.to_decide
        if n:
            text = ngettext("{n} record is to decide.", "{n} records are to decide.", n)
            self.finish.allow(text.format(n=f"{n:,}"))
        elif open_notices:
            text = ngettext("{n} notice is open.", "{n} notices are open.", open_notices)
            self.finish.allow(text.format(n=open_notices))
        else:
            self.finish.allow()

    def _current(self) -> PulledCollection | None:
        pulled = self._ground.pulled if self._ground is not None else ()
        return next((each for each in pulled if each.id == self._pulled), None)

    def _on_picked(self, key: str) -> None:
        self._open(int(key))

    def _open(self, pulled_id: int) -> None:
        self._pulled = pulled_id
        pulled = self._current()
        if pulled is None:
            return
        self.records.open(
            self._request(), pulled, self._collection(pulled), name=self._label(pulled)
        )
        self._say_incomplete(pulled)

    def _say_incomplete(self, pulled: PulledCollection) -> None:
        if pulled.state is PullState.INCOMPLETE:
            why = incomplete_in_words(pulled.incomplete_why)
            text = _("{name} was not read to its end: {why}.")
            self.notice.say(text.format(name=self._label(pulled), why=why), tone="amber")

    def _on_show(self, key: str) -> None:
        self.records.show_all(only_open=key == "open")

    def _on_chosen_text(self) -> None:
        seen, (number, name) = self.records.seen, self.records.field
        if seen is None or number < 0:
            self.side.show_passage("", places=0)
            return
        text = self.records.passage.chosen()[2]
        if not text or name not in seen.exact:
            shown = "" if name in seen.masked else seen.values[number]
            self.side.show_passage(shown_text(shown)[:200], places=0, is_value=True)
            return
        self.side.show_passage(text, places=0)
        request = self._request()
        self._room.run(
            self,
            lambda _work: (text, self._room.desk.reviewing.find_text(request, text)),
            done=self._on_found,
            failed=self._on_quiet,
        )

    def _on_found(self, answer: tuple[str, tuple[Place, ...]]) -> None:
        text, places = answer
        if text == self.records.passage.chosen()[2]:
            self._places = places
            self.side.show_passage(text, places=len(places))

    def _on_quiet(self, sentence: Sentence) -> None:
        del sentence  # a passage that cannot be searched for can still be covered here

    def _on_next(self) -> None:
        request, pulled = self._request(), self._pulled
        self._room.run(
            self,
            lambda _work: self._room.desk.reviewing.undecided(request, pulled),
            done=self._go_next,
            failed=self._on_failed,
        )

    def _go_next(self, rows: tuple[int, ...]) -> None:
        if rows:
            self.records.go_next(rows)
            return
        left = self._ground.to_decide if self._ground is not None else {}
        other = next((key for key, n in left.items() if n and key != self._pulled), None)
        if other is not None:
            self._open(other)
            self.picks.choose(str(other))
        else:
            self._room.tell(_("Nothing is left to decide."))

    def _on_reveal(self) -> None:
        number, name = self.records.field
        pulled = self._current()
        if pulled is None or number < 0:
            return
        if self._why is not None:
            self._reveal([name], self._why)
            return
        options = tuple((each.value, in_words(REVEALS, each.value)) for each in RevealReason)
        request, reviewing = self._request(), self._room.desk.reviewing

        def reveal(values: Any, _work: Work) -> RevealReason:  # noqa: ANN401 - a mapping
            why = RevealReason(values["why"])
            names = [each for each, _type in pulled.columns] if values["all"] else [name]
            reviewing.reveal(request, pulled.id, names, why=why)
            return why

        ask(
            self,
            self._room,
            title=_("Reveal {field}?").format(field=self.records.label),
            text=_("That you looked is recorded by field, never by value. Asked once a session."),
            confirm=_("Reveal"),
            fields=(
                FormItem("why", _("Why"), "choice", "", options),
                FormItem("all", _("All columns of this collection"), "check"),
            ),
            work=reveal,
            done=self._on_revealed,
        )

    def _reveal(self, names: list[str], why: RevealReason) -> None:
        request, pulled = self._request(), self._pulled

        def reveal() -> RevealReason:
            self._room.desk.reviewing.reveal(request, pulled, names, why=why)
            return why

        self._room.run(self, lambda _work: reveal(), done=self._on_revealed, failed=self._on_failed)

    def _on_revealed(self, why: object) -> None:
        if isinstance(why, RevealReason):
            self._why = why
        self.records.ask_again()

    def _mark(self, targets: list[Target], verdict: Verdict, why: str = "") -> None:
        request = self._request()
        self._room.run(
            self,
            lambda _work: self._room.desk.reviewing.mark(
                request, targets, verdict=verdict, why=why
            ),
            done=self._on_marked,
            failed=self._on_failed,
        )

    def _on_marked(self, marks: tuple[Mark, ...]) -> None:
        self._undo.append(tuple(each.id for each in marks))
        self.notice.clear()
        self._load()

    def _on_disclose(self) -> None:
        seen = self.records.seen
        if seen is None or not self.disclose.isEnabled():
            return
        self._mark([Target(self._pulled, seen.number)], Verdict.DISCLOSE)
        self._on_next()

    def _on_withhold(self) -> None:
        seen = self.records.seen
        if seen is None:
            return
        target = Target(self._pulled, seen.number)
        request = self._request()
        ask(
            self,
            self._room,
            title=_("Withhold record {n}?").format(n=seen.number + 1),
            text=_("The whole record stays out of the answer. The letter says how many and why."),
            confirm=_("Withhold"),
            fields=(FormItem("why", _("Reason"), "choice", "", _REASONS),),
            work=lambda values, _work: self._room.desk.reviewing.mark(
                request, [target], verdict=Verdict.WITHHOLD, why=values["why"]
            ),
            done=self._on_withheld,
        )

    def _on_withheld(self, marks: object) -> None:
        if isinstance(marks, tuple):
            self._on_marked(marks)

    def _on_redact(self) -> None:
        seen, (number, name) = self.records.seen, self.records.field
        if seen is None or number < 0 or not self.redact.isEnabled():
            return
        start, end, text = self.records.passage.chosen()
        if text and name in seen.exact:
            target = Target(self._pulled, seen.number, name, start, end)
        else:
            target = Target(self._pulled, seen.number, name)
        self._mark([target], Verdict.REDACT, self.side.reason)

    def _on_redact_all(self) -> None:
        targets = [
            Target(each.pulled, each.row, each.field, each.start, each.end) for each in self._places
        ]
        if targets:
            self._mark(targets, Verdict.REDACT, self.side.reason)

    def _on_undo(self) -> None:
        if not self._undo or not self.undo.isEnabled():
            self._room.tell(_("There is nothing to take back."), tone="blue")
            return
        marks, request = self._undo.pop(), self._request()

        def undo() -> int:
            for each in marks:
                self._room.desk.reviewing.undo(request, each)
            return len(marks)

        self._room.run(self, lambda _work: undo(), done=self._on_undone, failed=self._on_failed)

    def _on_undone(self, count: int) -> None:
        text = ngettext("{n} decision was taken back.", "{n} decisions were taken back.", count)
        self._room.tell(text.format(n=count), tone="blue")
        self._load()

    def _on_settle(self, notice_id: int) -> None:
        request = self._request()
        ask(
            self,
            self._room,
            title=_("Settle this notice"),
            text=_("Say what you found and decided. It stays with the request."),
            confirm=_("Settle"),
            fields=(FormItem("how", _("What you decided"), "long", is_required=True),),
            work=lambda values, _work: self._room.desk.reviewing.settle(
                request, notice_id, how=values["how"]
            ),
            done=self._on_settled,
        )

    def _on_settled(self, _nothing: object) -> None:
        self._load()

    def _on_finish(self) -> None:
        request = self._request()
        self._room.run(
            self,
            lambda _work: self._room.desk.reviewing.finish(request),
            done=self._on_finished,
            failed=self._on_failed,
        )

    def _on_finished(self, _counts: object) -> None:
        self.changed.emit()

    @override
    def settle(self) -> None:
        """Nothing is typed here that is not kept."""

    def _on_failed(self, sentence: Sentence) -> None:
        self._is_preparing = False
        self.busy.stop()
        self.notice.say_error(sentence)


STAGE = StagePanel(Stage.REVIEW, ReviewStage)
