"""Stage scope: what to pull, why, for how long; the policy's verdict while one ticks."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple, override

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLineEdit, QStackedWidget, QVBoxLayout

from app.domain.errors import AppError
from app.domain.plan import Join
from app.domain.policy import FindingLevel
from app.domain.requests import Stage
from app.domain.scope import Scope
from app.i18n import _, ngettext
from app.ui.models.scope_tree import ScopeTree
from app.ui.page import Room, StagePanel, StageWidget
from app.ui.widgets.button import Button
from app.ui.widgets.card import Card, row
from app.ui.widgets.empty import EmptyState
from app.ui.widgets.field import Field
from app.ui.widgets.notice import Notice
from app.ui.widgets.number import Number
from app.ui.widgets.pill import Pill
from app.ui.widgets.text import Text, line
from app.ui.widgets.tick_tree import TickTree
from app.wording.errors import error_in_words
from app.wording.findings import finding_in_words
from app.wording.sources import weaker_in_words
from app.wording.terms import RIGHTS, in_words

if TYPE_CHECKING:
    from app.domain.datamap import CollectionAddress, SourceMap
    from app.domain.plan import Plan
    from app.services.drawer import JsonValue
    from app.services.request_views import RequestView
    from app.services.scoping import ScopePreview
    from app.wording.errors import Sentence

_LOOK_AFTER_MS = 120
_SAVE_AFTER_MS = 800
_CAN_ASK = (Stage.SCOPE, Stage.APPROVAL, Stage.PULL, Stage.REVIEW)


class _Ground(NamedTuple):
    maps: tuple[SourceMap, ...]
    kinds: dict[str, str]
    plan: Plan
    scope: Scope
    draft: JsonValue


class ScopeStage(StageWidget):
    """Chooses fields, and asks for access to them."""

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self._view: RequestView | None = None
        self._loaded_for = ""
        self._seen_maps: tuple[SourceMap, ...] = ()
        self._preview: ScopePreview | None = None
        self._looks = 0
        self.tree = ScopeTree()
        self.tree.ticked.connect(self._on_edited)
        self.view = TickTree(self.tree, name=_("What to pull"))
        self.notice = Notice()
        self.purpose = QLineEdit()
        self.purpose.textEdited.connect(self._on_edited)
        self.minutes = Number(1, 1440)
        self.minutes.valueChanged.connect(self._on_edited)
        self._purpose_field = Field(_("Purpose"), self.purpose)
        self._minutes_field = Field(_("For how long, in minutes"), self.minutes)
        self._policy = Pill("", "blue")
        self._verdict = Text("", "muted")
        self._note = Text("", "muted")
        self.weaker = Text("", "warning")
        self.weaker.hide()
        self._draft = Text("", "small", wraps=False)
        self.ask = Button(_("Ask for access"), self._on_ask, kind="primary", shortcut="Ctrl+Return")
        self._all = Button(_("Suggest again"), self._on_suggest)
        self._look_timer = self._timer(_LOOK_AFTER_MS, self._look)
        self._save_timer = self._timer(_SAVE_AFTER_MS, self._save)
        self._build()

    def _timer(self, milliseconds: int, then: object) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(then)
        return timer

    def _build(self) -> None:
        card = Card(_("What to pull"))
        card.head.addWidget(self._all)
        card.body.addWidget(self._note)
        card.body.addWidget(self.weaker)
        card.body.addWidget(self.notice)
        self._empty = EmptyState(
            "database",
            _("No source has a map yet"),
            _("An administrator adds sources with their maps under Sources."),
        )
        self._stack = QStackedWidget()
        self._stack.addWidget(self.view)
        self._stack.addWidget(self._empty)
        card.body.addWidget(self._stack, 1)
        card.body.addWidget(line())
        fields = row(spacing=16)
        fields.addWidget(self._purpose_field, 1)
        fields.addWidget(self._minutes_field, 1)
        card.body.addLayout(fields)
        foot = row(self._policy)
        foot.addWidget(self._verdict, 1)
        foot.addWidget(self._draft)
        foot.addWidget(self.ask)
        card.body.addLayout(foot)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(card)

    @override
    def show_view(self, view: RequestView) -> None:
        is_other = self._loaded_for != view.request.id
        self._view = view
        self._purpose_field.setEnabled(view.may_handle)
        hint = _("{usual} minutes as a rule, at most {most} by policy")
        policy = view.policy
        self._minutes_field.set_hint(
            hint.format(usual=policy.minutes_by_default, most=policy.minutes_at_most)
        )
        if is_other:
            self._loaded_for = view.request.id
            self.notice.clear()
            self._load()
        else:
            self._show_verdict()

    @override
    def settle(self) -> None:
        if self._save_timer.isActive():
            self._save_timer.stop()
            self._save()

    def _load(self) -> None:
        request, desk = self._loaded_for, self._room.desk

        def load() -> _Ground:
            return _Ground(
                desk.scoping.maps(),
                desk.scoping.kinds(),
                desk.scoping.reach(request),
                desk.scoping.suggest(request),
                desk.drawer.get(_draft_key(request)),
            )

        self._room.run(self, lambda _work: load(), done=self._on_loaded, failed=self._on_failed)

    def _on_loaded(self, ground: _Ground) -> None:
        view = self._view
        if view is None:
            return
        self._seen_maps = ground.maps
        self.tree.show_maps(
            ground.maps, kinds=ground.kinds, policy=view.policy, ways=_ways(ground.plan)
        )
        right = in_words(RIGHTS, view.request.right.value)
        article = view.regime.articles.get(view.request.right, "")
        purpose = _("Answer the {right} request, {law} {article}").format(
            right=right, law=view.regime.title, article=article
        )
        scope, minutes = ground.scope, view.policy.minutes_by_default
        draft = ground.draft
        if isinstance(draft, dict):
            with suppress(AppError):  # a draft of another version: the suggestion stands
                scope = Scope.from_data(draft.get("scope"))
            purpose = str(draft.get("purpose", purpose))
            minutes = int(str(draft.get("minutes", minutes)))
            self._draft.setText(_("Your draft is back"))
        elif view.case is not None:
            scope = view.case.asked.scope
            purpose, minutes = view.case.asked.purpose, view.case.asked.minutes
        self.purpose.setText(purpose.strip())
        self.minutes.blockSignals(True)  # noqa: FBT003 - Qt's own
        self.minutes.setValue(minutes)
        self.minutes.blockSignals(False)  # noqa: FBT003 - Qt's own
        self.tree.choose(scope)
        self.view.expandToDepth(0 if len(ground.maps) > 3 else 1)  # noqa: PLR2004 - a screenful
        self._stack.setCurrentWidget(self.view if ground.maps else self._empty)
        self._look()

    def _on_suggest(self) -> None:
        request = self._loaded_for
        self._room.run(
            self,
            lambda _work: self._room.desk.scoping.suggest(request),
            done=self._on_suggested,
            failed=self._on_failed,
        )

    def _on_suggested(self, scope: Scope) -> None:
        self.tree.choose(scope)
        self._on_edited()

    def _on_edited(self, *_ignored: object) -> None:
        self._draft.setText("")
        self._look_timer.start()
        self._save_timer.start()

    def _look(self) -> None:
        if not self._loaded_for or not self._seen_maps:
            return
        self._looks += 1
        number, request = self._looks, self._loaded_for
        scope, minutes = self.tree.scope(), self.minutes.value()
        self._room.run(
            self,
            lambda _work: (
                number,
                self._room.desk.scoping.preview(request, scope, minutes=minutes),
            ),
            done=self._on_looked,
            failed=self._on_failed,
        )

    def _on_looked(self, answer: tuple[int, ScopePreview]) -> None:
        number, preview = answer
        if number == self._looks:
            self._preview = preview
            self._show_verdict()

    def _show_verdict(self) -> None:
        view, preview = self._view, self._preview
        if view is None or preview is None:
            return
        verdict = preview.verdict
        self._note.setText(
            _("Only the ticked fields of this person's rows will be read.")
            if preview.weaker
            else _(
                "Only the ticked fields, and only this person's rows, will be readable. "
                "Everything else stays closed."
            )
        )
        self.weaker.setText(weaker_in_words(preview.weaker))
        self.weaker.setVisible(bool(preview.weaker))
        self._policy.show_text(view.policy.title, "blue" if verdict.is_allowed else "red")
        refused = [each for each in verdict.findings if each.level is FindingLevel.REFUSED]
        if refused:
            self._verdict.setText("; ".join(finding_in_words(each) for each in refused[:3]) + ".")
        else:
            self._verdict.setText(self._allowed_in_words(preview, view))
        self.ask.allow(self._why_not(view, preview))

    @staticmethod
    def _allowed_in_words(preview: ScopePreview, view: RequestView) -> str:
        verdict = preview.verdict
        names = ", ".join(view.names.get(each, each) for each in verdict.approvers)
        text = ngettext(
            "needs {n} approver ({names}); {fields} fields of {sources} sources",
            "needs {n} approvers ({names}); {fields} fields of {sources} sources",
            verdict.approvers_needed,
        ).format(
            n=verdict.approvers_needed,
            names=names,
            fields=preview.fields,
            sources=preview.sources,
        )
        unusual = [finding_in_words(each) for each in verdict.unusual]
        shown = "; ".join(dict.fromkeys(unusual))
        return f"{text}. {_('Stands out')}: {shown}." if unusual else f"{text}."

    def _why_not(self, view: RequestView, preview: ScopePreview) -> str:
        try:
            view.request.must_be_at(*_CAN_ASK)
        except AppError as error:
            return error_in_words(error).happened
        if view.state is not None and not view.state.is_final:
            return _("One access request at a time: {id} is not finished.").format(
                id=view.case.asked.id if view.case is not None else ""
            )
        if not view.request.is_open:
            return _("This request is closed.")
        if not view.request.subject.identities:
            return _("There is no identity to look for. Correct who asks under Intake.")
        if preview.verdict.is_allowed:
            return ""
        refused = [each for each in preview.verdict.findings if each.level is FindingLevel.REFUSED]
        return finding_in_words(refused[0])

    def _save(self) -> None:
        request = self._loaded_for
        draft: dict[str, JsonValue] = {
            "scope": _plain(self.tree.scope()),
            "purpose": self.purpose.text(),
            "minutes": self.minutes.value(),
        }
        self._room.run(
            self,
            lambda _work: self._room.desk.drawer.put(_draft_key(request), draft),
            done=self._on_saved,
            failed=self._on_failed,
        )

    def _on_saved(self, _nothing: None) -> None:
        self._draft.setText(_("Draft saved"))

    def _on_ask(self) -> None:
        request, desk = self._loaded_for, self._room.desk
        scope, purpose = self.tree.scope(), self.purpose.text()
        minutes = self.minutes.value()
        self._save_timer.stop()
        self.ask.setEnabled(False)

        def ask() -> str:
            case = desk.scoping.ask(request, scope, purpose=purpose, minutes=minutes)
            desk.drawer.drop(_draft_key(request))
            return case.asked.id

        self._room.run(self, lambda _work: ask(), done=self._on_asked, failed=self._on_refused)

    def _on_asked(self, _access_request: str) -> None:
        self._draft.setText("")
        self.notice.clear()
        self._room.tell(_("Asked. You are told when somebody decides."))
        self.changed.emit()

    def _on_refused(self, sentence: Sentence) -> None:
        self.ask.setEnabled(True)
        self.notice.say_error(sentence)

    def _on_failed(self, sentence: Sentence) -> None:
        self.notice.say_error(sentence)


def _draft_key(request: str) -> str:
    return f"draft.scope.{request}"


def _plain(scope: Scope) -> list[JsonValue]:
    return [
        {"dataset": at.dataset, "collection": at.collection, "fields": list(paths)}
        for at, paths in scope.collections.items()
    ]


def _ways(plan: Plan) -> dict[CollectionAddress, str]:
    """Return how each collection is reached, in words."""
    ways = {}
    for step in plan.steps:
        joins = [each for each in step.ways if isinstance(each, Join)]
        if joins:
            parent = joins[0].parent.collection
            ways[step.collection] = _("via {field}").format(
                field=f"{parent}.{joins[0].pairs[0][0]}"
            )
        else:
            ways[step.collection] = _("by identity")
    return ways


STAGE = StagePanel(Stage.SCOPE, ScopeStage)
