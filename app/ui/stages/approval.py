"""Stage approval: who may decide, what was asked, what was decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, override

from PySide6.QtWidgets import QVBoxLayout

from app.domain.access import AccessState
from app.domain.requests import Stage
from app.i18n import _
from app.ui.dialogs.ask import ask
from app.ui.models.access_rows import access_rows
from app.ui.page import Room, StagePanel, StageWidget
from app.ui.widgets.access_table import AccessTable
from app.ui.widgets.button import Button
from app.ui.widgets.card import Card, column, row, scrolled
from app.ui.widgets.facts import Facts
from app.ui.widgets.form import FormItem
from app.ui.widgets.notice import Notice
from app.ui.widgets.pill import Pill
from app.ui.widgets.text import Text
from app.wording.decisions import quorum_in_words
from app.wording.moments import ago_in_words, moment_in_words, moment_near
from app.wording.terms import ACCESS_STATES, in_words

if TYPE_CHECKING:
    from app.domain.access import AccessCase
    from app.domain.datamap import SourceMap
    from app.services.request_views import RequestView
    from app.wording.errors import Sentence

_TONES = {
    AccessState.WAITING: "amber",
    AccessState.GRANTED: "green",
    AccessState.OPEN: "amber",
    AccessState.ENDED: "green",
    AccessState.DENIED: "red",
    AccessState.REVOKED: "red",
}


class _Ground(NamedTuple):
    maps: tuple[SourceMap, ...]
    kinds: dict[str, str]


class ApprovalStage(StageWidget):
    """Shows the newest access request of a request, and how it was decided."""

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self._view: RequestView | None = None
        self.notice = Notice()
        self._title = Text("", "heading")
        self._state = Pill("")
        self._facts = Facts(label_width=120)
        self._table = AccessTable()
        self._withdraw = Button(_("Withdraw…"), self._on_withdraw, kind="danger")
        self._again = Button(_("Choose the scope again"), self._on_again)
        self.go_on = Button(_("Go on to the pull"), self._on_go_on, kind="primary")
        card = Card()
        card.body.addLayout(row(self._title, self._state))
        card.body.addWidget(self.notice)
        inside = column(
            self._facts, Text(_("What becomes readable"), "heading"), self._table, 1, spacing=12
        )
        inside.setContentsMargins(0, 0, 10, 0)
        card.body.addWidget(scrolled(inside, name=_("Access request")), 1)
        card.body.addLayout(row(self._withdraw, 1, self._again, self.go_on))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(card)

    @override
    def show_view(self, view: RequestView) -> None:
        self._view = view
        case, state = view.case, view.state
        if case is None or state is None:
            self._title.setText(_("Nothing was asked yet"))
            self._state.show_text("")
            self._facts.show_facts((_("First"), _("choose what to pull, under Scope")))
            self._table.show_rows(())
            self._show_buttons(view)
            return
        self._title.setText(
            _("{id}: {minutes} minutes asked").format(id=case.asked.id, minutes=case.asked.minutes)
        )
        self._state.show_text(in_words(ACCESS_STATES, state.value), _TONES.get(state, "grey"))
        self._facts.show_facts(*self._told(view, case, state))
        self._show_buttons(view)
        scoping = self._room.desk.scoping
        self._room.run(
            self,
            lambda _work: _Ground(scoping.maps(), scoping.kinds()),
            done=self._on_ground,
            failed=self._on_failed,
        )

    @staticmethod
    def _told(view: RequestView, case: AccessCase, state: AccessState) -> list[tuple[str, str]]:
        names, zone = view.names, view.request.timezone
        asked = case.asked
        since = moment_near(asked.asked_at, view.now, zone)
        ago = ago_in_words(asked.asked_at, view.now)
        facts = [
            (_("Asked by"), names.get(asked.requester, "")),
            (_("Asked"), f"{since}, {ago}"),
            (_("Purpose"), asked.purpose),
        ]
        if state is AccessState.WAITING:
            verdict = view.verdicts[asked.id]
            who = ", ".join(
                names.get(each, each) for each in verdict.approvers if case.waits_for(each)
            )
            if standing := quorum_in_words(case, names):
                facts.append((_("Decided"), standing))
            facts += [
                (_("May decide"), who or _("nobody else is entitled")),
                (_("Lapses"), moment_in_words(asked.not_after, zone)),
            ]
        if state is AccessState.LAPSED:
            facts.append((_("Lapsed"), _lapsed_in_words(case, zone)))
        for each in case.decisions:
            by = _("Granted by") if each.granted else _("Denied by")
            when = moment_near(each.decided_at, view.now, zone)
            facts.append((by, f"{names.get(each.approver, '')}, {when}"))
            if each.note:
                facts.append((_("Note"), each.note))
        if (grant := case.grant) is not None:
            facts.append((_("Granted for"), _("{n} minutes").format(n=grant.minutes)))
            if state is AccessState.GRANTED:
                facts.append((_("Begin by"), moment_in_words(grant.start_by, zone)))
        for what, ending in ((_("Withdrawn"), case.withdrawal), (_("Revoked"), case.revocation)):
            if ending is not None:
                when = moment_near(ending.at, view.now, zone)
                facts.append((what, f"{names.get(ending.by, '')}, {when}. {ending.reason}"))
        return facts

    def _show_buttons(self, view: RequestView) -> None:
        state = view.state
        is_mine = view.case is not None and view.case.asked.requester == view.me.id
        can_withdraw = state in {AccessState.WAITING, AccessState.GRANTED}
        self._withdraw.setVisible(can_withdraw)
        self._withdraw.allow("" if is_mine else _("Only who asked can withdraw it."))
        is_over = state is not None and state.is_final and state is not AccessState.ENDED
        self._again.setVisible(state is None or is_over)
        self.go_on.setVisible(state in {AccessState.GRANTED, AccessState.OPEN, AccessState.ENDED})

    def _on_ground(self, ground: _Ground) -> None:
        view = self._view
        if view is None or view.case is None:
            return
        self._table.show_rows(
            access_rows(view.case.asked.scope, ground.maps, kinds=ground.kinds, policy=view.policy)
        )

    def _on_withdraw(self) -> None:
        view = self._view
        if view is None or view.case is None:
            return
        case = view.case.asked.id
        ask(
            self,
            self._room,
            title=_("Withdraw this access request?"),
            text=_("Nobody can decide it any more. The request goes back to Scope."),
            confirm=_("Withdraw"),
            kind="danger",
            fields=(FormItem("reason", _("Reason"), is_required=True),),
            work=lambda values, _work: self._room.desk.granting.withdraw(
                case, reason=values["reason"]
            ),
            done=self._on_done,
        )

    def _on_done(self, _case: object) -> None:
        self.changed.emit()

    def _on_again(self) -> None:
        if self._view is not None:
            self._room.go("request", self._view.request.id, stage=Stage.SCOPE.value)

    def _on_go_on(self) -> None:
        if self._view is not None:
            self._room.go("request", self._view.request.id, stage=Stage.PULL.value)

    def _on_failed(self, sentence: Sentence) -> None:
        self.notice.say_error(sentence)


def _lapsed_in_words(case: AccessCase, zone: str) -> str:
    if (grant := case.grant) is not None:
        at = grant.start_by
        text = _("{when}, granted and not begun. Ask again when you have time for the pull.")
    else:
        at = case.asked.not_after
        text = _("{when}, not decided in time. Ask again, and tell who may decide.")
    return text.format(when=moment_in_words(at, zone))


STAGE = StagePanel(Stage.APPROVAL, ApprovalStage)
