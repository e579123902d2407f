"""What keeps the rules: the guard of a server, or nothing but Sandglass itself."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from PySide6.QtWidgets import QVBoxLayout

from app.domain.people import Verb
from app.i18n import _, ngettext
from app.ui.widgets.busy import Busy
from app.ui.widgets.button import Button
from app.ui.widgets.card import Card, clear, row
from app.ui.widgets.notice import Notice
from app.ui.widgets.status import Status
from app.ui.widgets.text import Text
from app.wording.proofs import fault_in_words
from app.wording.workspaces import promises_of_a_file

if TYPE_CHECKING:
    from app.services.health import HealthView
    from app.services.looking_over import Fault
    from app.ui.page import Room
    from app.wording.errors import Sentence

_LISTED_AT_MOST = 12
_LONG_SECONDS = 5


class GuardCard(Card):
    """Whether guard, log, decisions and members are as they should be, and what is not."""

    def __init__(self, room: Room) -> None:
        super().__init__(_("Guard"))
        self._room = room
        self.was_checked = False
        self._is_checking = False
        self.status = Status()
        self.notice = Notice()
        self._busy = Busy()
        self._list = QVBoxLayout()
        self._list.setSpacing(6)
        self._check = Button(_("Check now"), self.check, icon="refresh-cw")
        text = _(
            "The database itself refuses what must not be, whoever asks: nobody approves her own "
            "request, writes in somebody else's name, or changes the log."
        )
        for part in (Text(text, "muted"), self.status, self.notice):
            self.body.addWidget(part)
        self.body.addLayout(self._list)
        self.body.addWidget(self._busy)
        self.body.addLayout(row(self._check, 1))
        self.status.show_status(_("not checked yet"), "grey")

    def check(self) -> None:
        """Look the workspace over."""
        if self._is_checking:
            return
        self._is_checking = self.was_checked = True
        self._check.setEnabled(False)
        self._busy.start(_("Checking…"))
        self._room.run(
            self,
            lambda _work: self._room.desk.health.check(),
            done=self._on_checked,
            failed=self._on_failed,
        )

    def _on_checked(self, faults: tuple[Fault, ...]) -> None:
        self._rest()
        self.notice.clear()
        clear(self._list)
        time = datetime.now(ZoneInfo(self._room.facts.timezone)).strftime("%H:%M")
        if not faults:
            text = _("as it should be, and so are log and members. Checked at {time}").format(
                time=time
            )
            self.status.show_status(text, "green")
            return
        n = len(faults)
        text = ngettext(
            "{n} thing is not as it should be. Checked at {time}",
            "{n} things are not as they should be. Checked at {time}",
            n,
        )
        self.status.show_status(text.format(n=n, time=time), "red")
        for each in faults[:_LISTED_AT_MOST]:
            self._list.addWidget(Text(fault_in_words(each), "warning", selectable=True))
        if n > _LISTED_AT_MOST:
            more = n - _LISTED_AT_MOST
            text = ngettext("and {n} more", "and {n} more", more).format(n=more)
            self._list.addWidget(Text(text, "muted"))
        text = _(
            "Look with the DBA at who changed it. “sandglass workspace upgrade” mends the guard; "
            "what was decided or logged stays named."
        )
        self._list.addWidget(Text(text, "muted"))

    def _on_failed(self, sentence: Sentence) -> None:
        self._rest()
        self.was_checked = False
        self.notice.say_error(sentence)

    def _rest(self) -> None:
        self._is_checking = False
        self._busy.stop()
        self._check.setEnabled(True)


class TurnNotice(Notice):
    """Who keeps others from writing, for as long as that is more than a moment."""

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room

    def show_health(self, health: HealthView) -> None:
        """Name her; an administrator can end it."""
        turn = health.condition.turn
        if turn is None or turn.seconds < _LONG_SECONDS:
            self.clear()
            return
        who = turn.who
        if turn.login != who:  # a member, who has a name besides
            who = _("{name} ({login})").format(name=who, login=turn.login)
        text = _(
            "{who} has been changing the workspace for {seconds} s; nobody else can record "
            "anything meanwhile."
        ).format(who=who, seconds=turn.seconds)
        may_end = self._room.me.may(Verb.MANAGE_MEMBERS)
        self.say(text, tone="amber", action=_("End it") if may_end else "", do=self._on_end)

    def _on_end(self) -> None:
        self._room.run(
            self,
            lambda _work: self._room.desk.health.end_turn(),
            done=lambda _login: self.clear(),
            failed=self.say_error,
        )


class PromisesCard(Card):
    """What a workspace in a file cannot keep, said plainly."""

    def __init__(self) -> None:
        super().__init__(_("What a file cannot keep"))
        intro = _(
            "On a server the database enforces the rules. This workspace is a file: whoever may "
            "write the file is bound by Sandglass alone."
        )
        self.body.addWidget(Text(intro))
        for each in promises_of_a_file():
            self.body.addWidget(Text(each, "muted"))
