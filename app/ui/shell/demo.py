"""The demo in the window: two people who take turns, and the guide that says what comes next."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.domain.people import Verb
from app.i18n import _
from app.ui.shell.guide import Guide
from app.ui.widgets.button import Button

if TYPE_CHECKING:
    from app.ui.shell.seat import Seat


class Demo(QObject):
    """One request, an officer and an approver."""

    sit_wanted = Signal(object)
    """The ``Seat`` of who shall work now."""
    guide_closed = Signal()

    def __init__(self, officer: Seat, approver: Seat, *, request: str, is_guided: bool) -> None:
        super().__init__()
        self.request = request
        self._officer, self._approver = officer, approver
        self._at = officer
        self.guide: Guide | None = None
        if is_guided:
            self._add_guide()
        else:
            self._offer_to_switch()

    def show_at(self, seat: Seat) -> None:
        """Stand beside the pages of whoever works now."""
        self._at = seat
        if self.guide is not None:
            seat.workbench.navigation.middle.addWidget(self.guide, 100)
            self.guide.show_member(seat.me.name)

    def furnish(self, seat: Seat) -> None:
        """Put into a new navigation of a member what stood in the one before."""
        if self.guide is None:
            self._offer_at(seat)
        elif self._at is seat:
            self.show_at(seat)

    def _offer_to_switch(self) -> None:
        for seat in (self._officer, self._approver):
            self._offer_at(seat)

    def _offer_at(self, seat: Seat) -> None:
        other = self._approver if seat is self._officer else self._officer
        become = Button(
            _("Become {name}").format(name=other.me.name),
            partial(self.sit_wanted.emit, other),
            icon="users",
        )
        seat.workbench.navigation.foot.addWidget(become)

    def _add_guide(self) -> None:
        guide = self.guide = Guide(self._officer.me.name, self._approver.me.name)
        guide.closed.connect(self._on_closed)
        guide.show_wanted.connect(self._on_show)
        guide.switch_wanted.connect(self._on_switch)
        self._officer.room.changed.connect(self._look)
        self._look()

    def _look(self) -> None:
        if self.guide is None:
            return
        desk = self._officer.desk
        self._officer.room.runner.run(
            self.guide,
            lambda _work: desk.casework.get(self.request),
            done=self.guide.show_request,
            failed=lambda _error: None,
        )

    def _on_switch(self) -> None:
        is_officer = self._at is self._officer
        self.sit_wanted.emit(self._approver if is_officer else self._officer)

    def _on_show(self) -> None:
        if self._at.me.may(Verb.HANDLE_REQUESTS):
            self._at.room.go("request", self.request)
        else:
            self._at.room.go("approvals")

    def _on_closed(self) -> None:
        if self.guide is not None:
            self.guide.hide()
            self.guide.deleteLater()
            self.guide = None
        self._offer_to_switch()
        self.guide_closed.emit()
