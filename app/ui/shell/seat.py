"""One member at work in this window: her room, her pages, and what is kept live for her."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from app.domain.access import EndReason
from app.domain.errors import NotAllowedError, StorageError
from app.domain.people import Verb
from app.i18n import _, ngettext
from app.services.news import Happened
from app.ui.dialogs.ask import ask
from app.ui.page import Place, Room, Toast
from app.ui.page.pulls import Pulls
from app.ui.shell.feed import Feed
from app.ui.shell.session_bar import SessionBars
from app.ui.shell.toasts import Toasts
from app.ui.shell.workbench import Workbench, roles_in_words
from app.ui.widgets.notice import Notice
from app.wording.news import news_in_words

if TYPE_CHECKING:
    from app.domain.access import AccessCase
    from app.domain.audit import ChainState
    from app.domain.people import Member
    from app.domain.workspace import WorkspaceFacts
    from app.services.desk import Desk
    from app.services.news import Latest
    from app.services.overview import Glance
    from app.ui.runner import Runner, Work
    from app.wording.errors import Sentence

_TONES = {
    Happened.ASKED: "amber",
    Happened.HALF_GRANTED: "blue",
    Happened.GRANTED: "green",
    Happened.DENIED: "red",
    Happened.REVOKED: "red",
}
_OVER = frozenset({"member.has_left", "keys.replaced"})
_FREE_MS = 50
_TIDY_AFTER_MS = 5_000
"""Whoever read closes her sources herself, first: others see to what is left a little later."""


class Seat(QObject):
    """Wires a desk to its workbench."""

    notified = Signal(str)
    """Something that a person should know even when the window is behind others."""
    retaken = Signal(object)
    """The ``Workbench`` in whose place another one stands, for other roles."""
    ended = Signal(object)
    """A ``Sentence``: why this member cannot go on here."""

    def __init__(self, desk: Desk, *, me: Member, facts: WorkspaceFacts, runner: Runner) -> None:
        super().__init__()
        self.desk, self.me = desk, me
        self._has_window = False
        self._broken_at: int | None = None
        self.pulls = Pulls(desk, runner=runner, parent=self)
        self.room = Room(desk, runner=runner, me=me, facts=facts, pulls=self.pulls, parent=self)
        self.bars = SessionBars()
        self.lost = Notice()
        self.news = Notice()
        self.todo = Notice()
        """What she has to see to herself, until she closes it."""
        self._told: int | None = None
        self._tidying = QTimer(self)
        self._tidying.setSingleShot(True)
        self._tidying.setInterval(_TIDY_AFTER_MS)
        self._tidying.timeout.connect(self._tidy)
        self._becoming: Member | None = None
        self._is_over = False
        self._set_up()
        self.feed = Feed(desk.here.workspace, runner=runner, parent=self)
        self.feed.changed.connect(self._on_changed)
        self.feed.lost.connect(self._on_lost)
        self.pulls.ended.connect(self._look)
        self.bars.go_wanted.connect(self.go_to_session)
        self.bars.end_wanted.connect(self._on_end)
        self.bars.warned.connect(self._on_warned)
        self.bars.ran_out.connect(self._on_ran_out)

    def _set_up(self) -> None:
        self.workbench = Workbench(self.room)
        self.toasts = Toasts(self.workbench, self.workbench.stack)
        for each in (self.bars, self.lost, self.news, self.todo):
            self.workbench.above.addWidget(each)
        self.workbench.moved.connect(self.toasts.place)
        self.room.toasted.connect(self.toasts.say)

    @property
    def has_open_access(self) -> bool:
        """Whether a window of this member is open, as far as was last seen, or a pull runs."""
        return self._has_window or self.pulls.any_runs()

    def begin(self, place: Place) -> None:
        """Show the first page and keep everything live."""
        self.workbench.go(place)
        self.feed.start()
        self._look()
        self._see_to_sources()
        self._tidying.start()

    def _see_to_sources(self) -> None:
        """Hand over keys, and close what is over, at sources that have to be reached for it."""

        def see() -> int:
            self.desk.changes.catch_up()
            unreadable = self.desk.drawer.drop_unreadable()
            self.desk.airlocks.catch_up()
            self.desk.sessions.close_sources()
            return unreadable

        self._tidying.stop()
        self.room.run(self, lambda _work: see(), done=self._on_seen_to, failed=self._on_no_glance)

    def _on_seen_to(self, unreadable: int) -> None:
        """Say once what was sealed to keys that this member lost; it is gone by then."""
        if unreadable:
            text = ngettext(
                "{n} draft was sealed to your old keys and is lost.",
                "{n} drafts and settings were sealed to your old keys and are lost.",
                unreadable,
            ).format(n=unreadable)
            self.toasts.say(Toast(text, "amber"))

    def _tidy(self) -> None:
        """Close what is over at sources: what somebody else's machine could not, or did not. Sign
        what was written, and look at what the log has got since.
        """

        def tidy(work: Work) -> ChainState | None:
            self.desk.sessions.close_sources()
            self.desk.checkpoints.sign_if_due()
            return self.desk.log.check(work) if self.me.may(Verb.READ_LOG) else None

        self.room.run(self, tidy, done=self._on_log_checked, failed=self._on_no_glance)

    def _on_log_checked(self, state: ChainState | None) -> None:
        """Say it wherever the person is; its page says it again, and what to do."""
        if state is None or state.is_sound or state.broken_at == self._broken_at:
            return
        self._broken_at = state.broken_at
        text = _("The log does not hold from entry {n} on. Look at the page Audit.")
        self.toasts.say(Toast(text.format(n=f"{state.broken_at:,}"), "red"))

    def leave(self) -> None:
        """Stop everything; what was typed is saved, what is being read ends."""
        self._is_over = True
        self.feed.stop()
        self._tidying.stop()
        self.workbench.settle()
        self.pulls.cancel_all()
        self.desk.reviewing.forget()

    def end_own_access(self) -> None:
        """Close every window of this member and sign what she wrote, now. Blocks for as long as it
        takes.
        """
        for case in self.desk.sessions.open_now():
            if case.asked.requester == self.me.id and case.window is not None:
                self.desk.sessions.end(case.window.session, reason=EndReason.ENDED_EARLY)
        self.desk.checkpoints.sign()

    def go_to_session(self, request: str = "") -> None:
        """Open the request whose window is open."""
        request = request or self.bars.first_request
        if request:
            self.room.go("request", request, stage="pull")

    def _on_changed(self) -> None:
        self._look()
        if not self._tidying.isActive():
            self._tidying.start()
        self.room.changed.emit()

    def _look(self) -> None:
        desk, told, me = self.desk, self._told, self.me

        def look() -> tuple[Glance, WorkspaceFacts, Latest]:
            try:
                glance = desk.overview.glance()
            except (NotAllowedError, StorageError):
                desk.membership.check(desk.here)
                raise
            if glance.me != me:
                desk.membership.check(desk.here)
            return glance, desk.settings.facts(), desk.news.since(told)

        self.room.run(self, lambda _work: look(), done=self._on_glance, failed=self._on_no_look)

    def _on_no_look(self, sentence: Sentence) -> None:
        if self._is_over:
            return
        if sentence.code in _OVER:
            self.ended.emit(sentence)
        else:
            self._on_no_glance(sentence)

    def _on_glance(self, seen: tuple[Glance, WorkspaceFacts, Latest]) -> None:
        if self._is_over:  # what it would be shown in may be gone
            return
        glance, self.room.facts, latest = seen
        self._become(glance.me)
        self._tell(latest)
        navigation = self.workbench.navigation
        navigation.show_count("requests", glance.open_requests)
        navigation.show_count("approvals", glance.waiting_for_me, is_urgent=True)
        self.bars.show_open(glance.open_access, now=glance.now)
        self._has_window = any(
            each.case.asked.requester == self.me.id for each in glance.open_access
        )

    def _become(self, me: Member) -> None:
        """Take the seat again with other roles, once what was typed is saved."""
        is_waiting, self._becoming = self._becoming is not None, me
        if is_waiting:
            return
        if (me.roles, me.name) == (self.me.roles, self.me.name):
            self.me = self.room.me = me
            self._becoming = None
            return
        self.workbench.settle()
        self._become_when_free()

    def _become_when_free(self) -> None:
        if self._is_over:
            return
        is_saving = not self.room.runner.is_idle() and not self.pulls.any_runs()
        if is_saving or self.workbench.is_asking():
            QTimer.singleShot(_FREE_MS, self, self._become_when_free)
            return
        me, self._becoming = self._becoming or self.me, None
        self.me = self.room.me = me
        before, place = self.workbench, self.workbench.place
        before.retire()
        self.room.toasted.disconnect(self.toasts.say)
        self.desk.reviewing.forget()
        self._set_up()
        self.workbench.go(place if self.workbench.may_go(place) else Place("today"))
        self.retaken.emit(before)
        text = _("Your roles are now: {roles}.").format(roles=roles_in_words(me))
        self.toasts.say(Toast(text, "blue"))
        self.notified.emit(text)
        self._look()

    def _tell(self, latest: Latest) -> None:
        """Say what colleagues did, once: here, and where the desktop shows messages."""
        told = latest.head if self._told is None else self._told
        self._told = max(told, latest.head)
        for each in latest.items:
            if each.number <= told:
                continue  # another look was faster
            text = news_in_words(each)
            self.notified.emit(text)
            if each.happened is Happened.GRANTED:
                go = partial(self._on_news, each.request)
                self.news.say(text, tone="green", action=_("Go to session"), do=go)
                continue
            self.toasts.say(Toast(text, _TONES[each.happened]))
            if each.happened is Happened.REVOKED:
                self.news.clear()

    def _on_news(self, request: str) -> None:
        self.news.clear()
        self.go_to_session(request)

    def _on_no_glance(self, sentence: Sentence) -> None:
        """Leave the counters as they were; the feed says so when the workspace is gone."""

    def _on_lost(self, is_lost: bool) -> None:  # noqa: FBT001 - a slot
        self.workbench.navigation.show_live(is_live=not is_lost)
        if is_lost:
            text = _(
                "Connection lost, trying again. What you see may be old; nothing new can be saved"
                " until the workspace is back, what you entered is kept. Open access closes by "
                "itself."
            )
            self.lost.say(text, tone="red")
            return
        self.lost.clear()
        self._on_changed()

    def _on_warned(self, request: str, minutes: int) -> None:
        text = ngettext(
            "{n} minute left: access for {request} is about to close.",
            "{n} minutes left: access for {request} is about to close.",
            minutes,
        ).format(n=minutes, request=request)
        self.toasts.say(Toast(text, "red" if minutes == 1 else "amber"))
        self.notified.emit(text)

    def _on_ran_out(self) -> None:
        """Record the end of what nobody closed: the process that read may be dead."""
        self.room.run(
            self,
            lambda _work: self.desk.sessions.sweep(),
            done=lambda _swept: self._look(),
            failed=self._on_no_glance,
        )
        self._see_to_sources()

    def _on_end(self, case: AccessCase) -> None:
        if case.window is None:
            return
        session = case.window.session
        ask(
            self.workbench,
            self.room,
            title=_("End access now?"),
            text=_(
                "The key for {request} is destroyed. What was read completely stays; "
                "reading more needs a new grant."
            ).format(request=case.asked.request),
            confirm=_("End access"),
            kind="danger",
            work=lambda _values, _work: self.desk.sessions.end(session),
            done=lambda _case: self._look(),
        )
