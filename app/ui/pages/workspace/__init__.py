"""Workspace: where it is and how it is, what guards it, its log, its backups."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, override

from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from app.i18n import _
from app.ui.page import Page, PageWidget, Room
from app.ui.pages.workspace.backup import BackupCard
from app.ui.pages.workspace.cards import LogCard, PlaceCard, VersionCard
from app.ui.pages.workspace.guard import GuardCard, PromisesCard, TurnNotice
from app.ui.widgets.card import column, scrolled
from app.ui.widgets.header import PageHeader
from app.ui.widgets.notice import Notice

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from app.services.health import HealthView
    from app.wording.errors import Sentence

_TWO_COLUMNS_FROM = 720


class _Ground(NamedTuple):
    health: HealthView
    fingerprint: str


class WorkspacePage(PageWidget):
    """Cards in two columns, or in one where there is little room."""

    def __init__(self, room: Room) -> None:
        super().__init__()
        self._room = room
        self.notice = Notice()
        self.turn = TurnNotice(room)
        self.place = PlaceCard()
        self.version = VersionCard()
        self.log = LogCard(room)
        self.guard = GuardCard(room)
        self.promises = PromisesCard()
        self.backup = BackupCard(room)
        (self.promises if room.desk.here.workspace.is_shared else self.guard).hide()
        self._inside = QWidget()
        self._body = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._inside)
        self._body.setContentsMargins(0, 0, 8, 0)
        self._body.setSpacing(14)
        self._body.addLayout(column(self.place, self.version, self.log, 1, spacing=14), 1)
        self._body.addLayout(column(self.guard, self.promises, self.backup, 1, spacing=14), 1)
        self._header = PageHeader(_("Workspace"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(22, 18, 22, 20)
        layout.setSpacing(12)
        layout.addWidget(self._header)
        layout.addWidget(self.notice)
        layout.addWidget(self.turn)
        layout.addWidget(scrolled(self._inside, name=_("Workspace")), 1)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_wide = self.width() >= _TWO_COLUMNS_FROM
        self._body.setDirection(
            QBoxLayout.Direction.LeftToRight if is_wide else QBoxLayout.Direction.TopToBottom
        )

    @override
    def refresh(self) -> None:
        desk = self._room.desk

        def read() -> _Ground:
            return _Ground(desk.health.look(), desk.membership.authority_fingerprint(desk.here))

        self._room.run(self, lambda _work: read(), done=self._on_ground, failed=self._on_failed)
        if desk.here.workspace.is_shared and not self.guard.was_checked:
            self.guard.check()

    def _on_ground(self, ground: _Ground) -> None:
        health = ground.health
        self.notice.clear()
        self._header.set_subtitle(health.facts.title)
        self.turn.show_health(health)
        self.place.show_health(health, fingerprint=ground.fingerprint)
        self.version.show_health(health)
        self.log.show_health(health)
        self.backup.show_health(health)

    def _on_failed(self, sentence: Sentence) -> None:
        self.place.show_lost()
        self.notice.say_error(sentence, action=_("Try again"), do=self.refresh)


PAGE = Page(
    key="workspace",
    title=lambda: _("Workspace"),
    icon="monitor",
    order=55,
    build=WorkspacePage,
    group=_("Set-up"),
)
