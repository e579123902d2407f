"""Stage identity: how sure the law wants us to be, and how we looked."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, override

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from app.domain.errors import AppError
from app.domain.requests import Stage
from app.domain.responses import LetterKind
from app.domain.verification import Level, Method
from app.i18n import _
from app.services.verification import level_reached
from app.ui.dialogs.letter import LetterDialog
from app.ui.page import Room, StagePanel, StageWidget
from app.ui.widgets.button import Button
from app.ui.widgets.card import Card, row, scrolled
from app.ui.widgets.facts import Facts
from app.ui.widgets.form import Form, FormItem
from app.ui.widgets.notice import Notice
from app.ui.widgets.text import Text
from app.ui.widgets.timeline import Timeline
from app.wording.errors import error_in_words
from app.wording.moments import moment_near
from app.wording.terms import LEVELS, METHODS, identity_in_words, in_words

if TYPE_CHECKING:
    from app.services.request_views import RequestView
    from app.wording.errors import Sentence

_STAGES = (Stage.INTAKE, Stage.IDENTITY)


class IdentityStage(StageWidget):
    """Records a look at the subject's identity."""

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self._view: RequestView | None = None
        self._draft_of = ""
        self.notice = Notice()
        self._wanted = Text("")
        self._known = Facts(label_width=120)
        self.form = Form(
            (
                FormItem(
                    "method",
                    _("How you looked"),
                    "choice",
                    Method.EMAIL_LOOP.value,
                    tuple((each.value, in_words(METHODS, each.value)) for each in Method),
                ),
                FormItem(
                    "facts",
                    _("Facts that match what we hold"),
                    "number",
                    2,
                    most=20,
                    hint=_("For example order number, address, date of birth."),
                    is_half=True,
                ),
                FormItem("received", _("Proof arrived on"), "date", is_half=True),
                FormItem("note", _("Note for the record"), "long"),
                FormItem(
                    "kept",
                    _("The evidence is kept"),
                    "check",
                    hint=_("Better is to look and destroy: an ID is data you need not hold."),
                ),
            )
        )
        self.form.edited.connect(self._show_reached)
        self._reached = Text("", "muted")
        self._ask = Button(_("Ask for proof…"), self._on_ask)
        self._no = Button(_("Not verified"), self._on_no)
        self.yes = Button(
            _("Identity verified"), self._on_yes, kind="primary", shortcut="Ctrl+Return"
        )
        self._look = Card(_("Look at the identity"))
        for part in (self.notice, self._wanted, self.form, self._reached):
            self._look.body.addWidget(part)
        self._look.body.addStretch(1)
        self._look.body.addLayout(row(self._ask, 1, self._no, self.yes))
        self._who = Card(_("Who asks"))
        self._who.body.addWidget(self._known)
        self._looks = Card(_("On record"))
        self._timeline = Timeline()
        self._looks.body.addWidget(self._timeline)
        right = QVBoxLayout()
        right.setSpacing(14)
        right.addWidget(self._who)
        right.addWidget(self._looks)
        right.addStretch(1)
        cards = QHBoxLayout()
        cards.setContentsMargins(0, 0, 0, 0)
        cards.setSpacing(14)
        cards.addWidget(self._look, 3)
        cards.addLayout(right, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scrolled(cards, name=_("Identity")))

    @override
    def show_view(self, view: RequestView) -> None:
        self._view = view
        request = view.request
        if self._draft_of != request.id:
            self._draft_of = request.id
            self.form.set_text("note", "")
            self.form.set_text("received", view.today.isoformat())
            self.notice.clear()
        wanted = view.regime.identity_level[request.right]
        self._wanted.setText(
            _("{law} wants us to be {level} before we answer this request.").format(
                law=view.regime.title, level=_level(wanted)
            )
        )
        self._known.show_facts(
            (_("Name"), request.subject.name),
            *(
                (
                    identity_in_words(each.kind),
                    f"{each.value} ({_('verified') if each.verified else _('not verified')})",
                )
                for each in request.subject.identities
            ),
        )
        looks = []
        for each in reversed(view.verifications):
            verdict = _("Verified") if each.verified else _("Not verified")
            what = f"{verdict}: {in_words(METHODS, each.method.value)}. {each.note}".strip()
            when = moment_near(each.at, view.now, request.timezone)
            looks.append((what, f"{when}, {view.names.get(each.by, '')}"))
        self._timeline.show_events(looks)
        self._looks.setVisible(bool(view.verifications))
        self._allow(view)
        self._show_reached()

    def _allow(self, view: RequestView) -> None:
        reason = "" if view.may_handle else _("Only privacy officers verify identities.")
        try:
            view.request.must_be_at(*_STAGES)
        except AppError as error:
            reason = reason or error_in_words(error).happened
        for button in (self.yes, self._no, self._ask):
            button.allow(reason)
        self.form.setEnabled(not reason)

    def _show_reached(self) -> None:
        if self._view is None:
            return
        reached = level_reached(Method(self.form.text("method")), int(self.form.text("facts")))
        wanted = self._view.regime.identity_level[self._view.request.right]
        if reached >= wanted:
            text = _("This makes us {level}: enough.")
        else:
            text = _("This makes us {level}: not enough. Use another way, or match more facts.")
        self._reached.setText(text.format(level=_level(reached)))

    def _decide(self, *, verified: bool) -> None:
        view = self._view
        if view is None:
            return
        values = self.form.values()
        self._room.run(
            self,
            lambda _work: self._room.desk.verifying.decide(
                view.request.id,
                method=Method(values["method"]),
                verified=verified,
                facts_matched=int(values["facts"]),
                note=values["note"],
                evidence_kept=bool(values["kept"]),
                information_received=date.fromisoformat(values["received"])
                if view.is_paused
                else None,
            ),
            done=self._on_decided,
            failed=self._on_failed,
        )

    def _on_yes(self) -> None:
        self._decide(verified=True)

    def _on_no(self) -> None:
        self._decide(verified=False)

    def _on_decided(self, _request: object) -> None:
        self.notice.clear()
        self.form.set_text("note", "")
        self.changed.emit()

    def _on_ask(self) -> None:
        if self._view is None:
            return
        dialog = LetterDialog(self, self._room, self._view, kind=LetterKind.IDENTITY_REQUEST)
        dialog.written.connect(self._on_asked)
        dialog.open()

    def _on_asked(self) -> None:
        self.notice.say(
            _("The letter was kept. Pause the clock under More, where the law allows it.")
        )
        self.changed.emit()

    def _on_failed(self, sentence: Sentence) -> None:
        self.notice.say_error(sentence)


def _level(level: Level) -> str:
    return in_words(LEVELS, level.name.lower())


STAGE = StagePanel(Stage.IDENTITY, IdentityStage)
