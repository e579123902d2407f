"""One request: its stages in a row, the panel of one of them, clock and history beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

import app.ui.stages
from app.domain.requests import Stage
from app.i18n import _
from app.plugins import load
from app.ui.page import Page, PageWidget, Room, StagePanel, StageWidget
from app.ui.pages.request.menu import RequestMenu
from app.ui.pages.request.side import RequestSide
from app.ui.widgets.button import Button
from app.ui.widgets.card import clear, row
from app.ui.widgets.elided import Elided
from app.ui.widgets.notice import Notice
from app.ui.widgets.pill import Pill
from app.ui.widgets.stepper import Stepper
from app.ui.widgets.text import Text
from app.wording.clock import due_in_words
from app.wording.standing import due_tone
from app.wording.terms import REQUEST_TITLES, STAGE_TITLES, in_words

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from app.services.request_views import RequestView
    from app.wording.errors import Sentence

_NARROW = 980
"""Pixels below which a panel needs all the width."""
_SHORT = (Stage.INTAKE, Stage.IDENTITY, Stage.CLOSE)


class RequestPage(PageWidget):
    """A request from intake to answer; without an item, a new one."""

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self._request = ""
        self._view: RequestView | None = None
        self._wanted_stage = ""
        self._shown_stage = ""
        self._panels: dict[str, StageWidget] = {}
        self._makers = {each.stage.value: each for each in load(app.ui.stages, "STAGE", StagePanel)}
        self._build()

    def _build(self) -> None:
        self._title = Elided("")
        self._crumb = Button(_("Requests"), self._on_crumb, kind="link")
        self._reference = Text("", "muted", wraps=False)
        self._due = Pill("")
        self._law = Pill("")
        self._actions = QHBoxLayout()
        self._actions.setSpacing(10)
        self._menu = RequestMenu(self._room, self)
        self._menu.changed.connect(self.refresh)
        self.notice = Notice()
        self._stepper_place = QVBoxLayout()
        self._stepper: Stepper | None = None
        self.stack = QStackedWidget()
        self._nothing = QWidget()
        self.stack.addWidget(self._nothing)
        self._side = RequestSide(self._room)
        self._is_narrow = False
        self._facts = Button(_("Facts"), self._on_facts)
        self._facts.setCheckable(True)
        self._facts.describe(_("Deadline, people, files and history"))
        self._facts.hide()
        self._side.changed.connect(self.refresh)
        title = QVBoxLayout()
        title.setSpacing(0)
        title.addLayout(row(self._crumb, Text("/", "muted", wraps=False), self._reference, 1))
        title.addLayout(row(self._title, self._due, self._law, 1, spacing=12))
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addLayout(title, 1)
        head.addLayout(self._actions)
        head.addWidget(self._facts)
        head.addWidget(self._menu.letter)
        head.addWidget(self._menu.button)
        body = QHBoxLayout()
        body.setSpacing(14)
        body.addWidget(self.stack, 1)
        body.addWidget(self._side)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(22, 14, 22, 20)
        layout.setSpacing(10)
        layout.addLayout(head)
        layout.addLayout(self._stepper_place)
        layout.addWidget(self.notice)
        layout.addLayout(body, 1)

    @property
    @override
    def stage(self) -> str:
        return self._shown_stage

    @override
    def open_item(self, item: str, *, stage: str = "") -> None:
        """Open a request at ``stage``, or where it stands; the empty item begins a new one."""
        self.settle()
        if item != self._request:
            self._view = None
            self.notice.clear()
            self._show_nothing(item)
        self._shown_stage = ""
        self._request = item
        self._wanted_stage = stage
        if not item:
            self._show_new()

    def _show_nothing(self, item: str) -> None:
        """Show no other request while this one is read, and none when it cannot be."""
        self._title.setText(item)
        self._reference.setText(item)
        self._due.show_text("")
        self._law.show_text("")
        self._side.hide()
        self._menu.show_view(None)
        self._show_actions(None)
        clear(self._stepper_place)
        self._stepper = None
        self.stack.setCurrentWidget(self._nothing)

    @override
    def refresh(self) -> None:
        """Read the request again."""
        if not self._request:
            return
        wanted = self._request
        self._room.run(
            self,
            lambda _work: self._room.desk.views.get(wanted),
            done=self._on_view,
            failed=self._on_failed,
        )

    @override
    def settle(self) -> None:
        """Save what is being typed in every panel."""
        for panel in self._panels.values():
            panel.settle()

    def _show_new(self) -> None:
        self._title.setText(_("New request"))
        self._reference.setText(_("not recorded yet"))
        self._due.show_text("")
        self._law.show_text("")
        self._side.hide()
        self._menu.show_view(None)
        self._make_stepper(tuple(Stage))
        self._open_panel(Stage.INTAKE.value)

    def _on_view(self, view: RequestView) -> None:
        if view.request.id != self._request:
            return
        before, self._view = self._view, view
        self._show_head(view)
        is_long = view.request.right.ends_in_package
        self._make_stepper(tuple(Stage) if is_long else _SHORT)
        here = view.request.stage.value
        moved = before is not None and before.request.stage is not view.request.stage
        if self._wanted_stage or not self._shown_stage:
            self._shown_stage = self._wanted_stage or here
            self._wanted_stage = ""
        elif before is not None and moved and self._shown_stage == before.request.stage.value:
            self._follow(view)
        self._side.show_view(view)
        self._menu.show_view(view)
        self._open_panel(self._shown_stage)

    def _follow(self, view: RequestView) -> None:
        """Go along when this member moved the request; say so when somebody else did."""
        actor = str(view.entries[0].facts().get("actor", "")) if view.entries else ""
        here = view.request.stage.value
        if actor in {"", self._room.me.id}:
            self._shown_stage = here
            return
        name = view.names.get(actor, _("Somebody"))
        text = _("{name} moved this request to {stage}.").format(
            name=name, stage=in_words(STAGE_TITLES, here)
        )
        self.notice.say(text, action=_("Go there"), do=self._go_here)

    def _go_here(self) -> None:
        self.notice.clear()
        if self._view is not None:
            self._on_step(self._view.request.stage.value)

    def _show_head(self, view: RequestView) -> None:
        request = view.request
        title = in_words(REQUEST_TITLES, request.right.value)
        self._title.setText(f"{title}, {request.subject.name}")
        self._reference.setText(request.id)
        if not request.is_open:
            self._due.show_text(_("Closed"), "grey")
        elif view.is_paused:
            self._due.show_text(_("Clock paused"), "grey")
        elif view.deadline is not None:
            text = due_in_words(view.deadline, view.today)
            tone = due_tone(view.deadline.limit, view.today)
            self._due.show_text(text[:1].upper() + text[1:], tone)
        else:
            self._due.show_text(_("No date"), "amber")
        article = view.regime.articles.get(request.right, "")
        self._law.show_text(f"{view.regime.title} {article}".strip(), "grey")
        self._law.setVisible(not self._is_narrow)

    def _make_stepper(self, stages: tuple[Stage, ...]) -> None:
        keys = [stage.value for stage in stages]
        if self._stepper is None or self._stepper.property("keys") != keys:
            clear(self._stepper_place)
            self._stepper = Stepper([(key, in_words(STAGE_TITLES, key)) for key in keys])
            self._stepper.setProperty("keys", keys)
            self._stepper.picked.connect(self._on_step)
            self._stepper_place.addWidget(self._stepper)

    def _on_step(self, stage: str) -> None:
        if not self._request:
            return
        self.settle()
        self._shown_stage = stage
        self._open_panel(stage)

    def _open_panel(self, stage: str) -> None:
        if stage not in self._panels:
            if stage not in self._makers:
                return
            panel = self._panels[stage] = self._makers[stage].build(self._room)
            panel.changed.connect(self.refresh)
            self.stack.addWidget(panel)
        panel = self._panels[stage]
        if self._view is not None and self._request:
            panel.show_view(self._view)
        elif not self._request:
            panel.show_new()
        self.stack.setCurrentWidget(panel)
        self._show_side()
        self._show_actions(panel)
        if self._stepper is not None:
            request = self._view.request if self._view is not None else None
            here = request.stage.value if request is not None and self._request else stage
            is_over = request is not None and not request.is_open
            self._stepper.show_stage(here, opened=stage, is_over=is_over)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._is_narrow = self.width() < _NARROW
        self._law.setVisible(not self._is_narrow and bool(self._law.text))
        self._show_side()

    def _show_side(self) -> None:
        """Show the facts beside the panel; where there is no room, when they are asked for."""
        panel = self.stack.currentWidget()
        has_side = isinstance(panel, StageWidget) and panel.wants_side and bool(self._request)
        self._facts.setVisible(has_side and self._is_narrow)
        self._side.setVisible(has_side and (not self._is_narrow or self._facts.isChecked()))

    def _on_facts(self) -> None:
        self._show_side()

    def _show_actions(self, panel: StageWidget | None) -> None:
        wanted = list(panel.header_actions()) if panel is not None else []
        items = [self._actions.itemAt(n) for n in range(self._actions.count())]
        shown = [item.widget() for item in items if item is not None]
        if wanted == shown:
            return
        for widget in shown:
            if widget is not None:
                self._actions.removeWidget(widget)
                widget.setParent(None)
        for button in wanted:
            self._actions.addWidget(button)
            button.show()

    def _on_failed(self, sentence: Sentence) -> None:
        self.notice.say_error(sentence, action=_("Try again"), do=self.refresh)

    def _on_crumb(self) -> None:
        self._room.go("requests")


PAGE = Page(
    key="request",
    title=lambda: _("Request"),
    icon="file-text",
    order=21,
    build=RequestPage,
    is_listed=False,
)
