"""Settings: the person and her keys, how the window looks, what holds for the workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, override

from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from app.domain.people import Verb
from app.i18n import _
from app.ui.page import Page, PageWidget, Room
from app.ui.pages.settings.person import AppearanceCard, PersonCard
from app.ui.pages.settings.workspace import (
    ControllerCard,
    DaysCard,
    DestroyCard,
    PolicyCard,
    WorkspaceCard,
)
from app.ui.widgets.card import column, scrolled
from app.ui.widgets.header import PageHeader
from app.ui.widgets.notice import Notice

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from app.domain.requests import Request
    from app.domain.workspace import WorkspaceFacts
    from app.services.membership import KeyFacts
    from app.wording.errors import Sentence

_TWO_COLUMNS_FROM = 720


class _Ground(NamedTuple):
    facts: WorkspaceFacts
    keys: KeyFacts
    fingerprint: str
    past_their_time: tuple[Request, ...]


class SettingsPage(PageWidget):
    """Cards in two columns, or in one where there is little room."""

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self.notice = Notice()
        self.person = PersonCard(room)
        self.appearance = AppearanceCard(room)
        self.workspace = WorkspaceCard(room)
        self.controller = ControllerCard(room)
        self.policy = PolicyCard(room)
        self.days = DaysCard(room)
        self.past = DestroyCard(room)
        self._left = (self.person, self.appearance, self.workspace, self.past)
        self._right = (self.policy, self.controller, self.days)
        for card in (*self._left, *self._right):
            card.changed.connect(self.refresh)
        self._columns = (column(*self._left, 1, spacing=14), column(*self._right, 1, spacing=14))
        self._inside = QWidget()
        self._body = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._inside)
        self._body.setContentsMargins(0, 0, 8, 0)
        self._body.setSpacing(14)
        for each in self._columns:
            self._body.addLayout(each, 1)
        header = PageHeader(_("Settings"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(22, 18, 22, 20)
        layout.setSpacing(12)
        layout.addWidget(header)
        layout.addWidget(self.notice)
        layout.addWidget(scrolled(self._inside, name=_("Settings")), 1)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_wide = self.width() >= _TWO_COLUMNS_FROM
        self._body.setDirection(
            QBoxLayout.Direction.LeftToRight if is_wide else QBoxLayout.Direction.TopToBottom
        )

    @override
    def refresh(self) -> None:
        desk, may_destroy = self._room.desk, self._room.me.may(Verb.HANDLE_REQUESTS)

        def read() -> _Ground:
            return _Ground(
                desk.settings.facts(),
                desk.membership.my_keys(desk.here),
                desk.membership.authority_fingerprint(desk.here),
                desk.retention.due() if may_destroy else (),
            )

        self._room.run(self, lambda _work: read(), done=self._on_ground, failed=self._on_failed)

    def _on_ground(self, ground: _Ground) -> None:
        self.notice.clear()
        self.person.show_person(self._room.me, ground.keys)
        self.workspace.show_facts(ground.facts, fingerprint=ground.fingerprint)
        self.controller.show_facts(ground.facts)
        self.policy.show_facts(ground.facts)
        self.days.show_facts(ground.facts)
        self.past.show_requests(ground.past_their_time)

    def _on_failed(self, sentence: Sentence) -> None:
        self.notice.say_error(sentence, action=_("Try again"), do=self.refresh)


PAGE = Page(
    key="settings",
    title=lambda: _("Settings"),
    icon="settings",
    order=60,
    build=SettingsPage,
    group=_("Set-up"),
)
