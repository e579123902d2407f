"""The demo's guide: five steps below the list of pages, ticked as they are done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, override

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout

from app.domain.requests import Stage
from app.i18n import _
from app.ui.widgets.button import Button, IconButton
from app.ui.widgets.card import Card, row
from app.ui.widgets.text import Text

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from app.domain.requests import Request

_ORDER = tuple(Stage)
_ROOM_FOR_ALL = 300
"""Pixels from which the other steps are named too."""


@dataclass(frozen=True)
class _Step:
    """``until``: the stage from which it is done; None is until the request is closed."""

    title: str
    text: str
    until: Stage | None
    who: str


class Guide(QFrame):
    """What to do next with the demo's request, and who does it."""

    closed = Signal()
    show_wanted = Signal()
    """Open the demo's request where it stands."""
    switch_wanted = Signal()

    def __init__(self, officer: str, approver: str) -> None:
        super().__init__()
        self.setAccessibleName(_("Guide"))
        self._officer, self._approver = officer, approver
        self._member = officer
        self._stage = Stage.INTAKE
        self._is_closed = False
        self._steps = _steps(officer, approver)
        self._card = Card(kind="chosen", margin=10)
        self._card.body.setSpacing(4)
        self._count = Text("", "small", wraps=False)
        head = row(self._count, 1)
        head.addWidget(IconButton("x", _("Close the guide"), self.closed.emit))
        self._card.body.addLayout(head)
        self._lines = [Text("", "small") for _each in self._steps]
        self._words = Text("", "muted")
        for number, line in enumerate(self._lines):
            self._card.body.addWidget(line)
            if number == 0:
                self._card.body.addWidget(self._words)
        self._show = Button(_("Show me"), self.show_wanted.emit, kind="primary")
        self._switch = Button("", self.switch_wanted.emit)
        for button in (self._show, self._switch):
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            self._card.body.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 8)
        layout.addStretch(1)
        layout.addWidget(self._card)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self._mark()

    def show_request(self, request: Request) -> None:
        """Tick what is done."""
        self._stage = request.stage
        self._is_closed = request.closed_at is not None
        self._mark()

    def show_member(self, name: str) -> None:
        """Know who is at work."""
        self._member = name
        self._mark()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._mark()

    def _mark(self) -> None:
        here = self._current()
        has_room = self.height() >= _ROOM_FOR_ALL
        total = len(self._steps)
        if here is None:
            self._count.setText(_("Done"))
            self._words.setText(_("Look at Audit: every step is there, with its proof."))
        else:
            self._count.setText(_("Step {n} of {m}").format(n=here + 1, m=total))
            self._words.setText(self._steps[here].text)
        body = self._card.body
        body.removeWidget(self._words)
        for number, (step, line) in enumerate(zip(self._steps, self._lines, strict=True)):
            is_done = here is None or number < here
            line.setText(f"{'✓' if is_done else number + 1}  {step.title}")
            line.setAccessibleDescription(_("done") if is_done else "")
            line.set_role("strong" if number == here else "small")
            line.setVisible(number == here or has_room)
        after = self._lines[here] if here is not None else self._lines[-1]
        body.insertWidget(body.indexOf(after) + 1, self._words)
        other = self._approver if self._member == self._officer else self._officer
        self._switch.set_text(_("Become {name}").format(name=other))
        wanted = self._steps[here].who if here is not None else self._member
        self._show.set_kind("primary" if wanted == self._member else "")
        self._switch.set_kind("primary" if wanted != self._member else "")

    def _current(self) -> int | None:
        if self._is_closed:
            return None
        for number, step in enumerate(self._steps):
            if step.until is None or _ORDER.index(self._stage) < _ORDER.index(step.until):
                return number
        return None


def _steps(officer: str, approver: str) -> tuple[_Step, ...]:
    return (
        _Step(
            _("Verify who asks"),
            _(
                "{officer} reads the message, starts the request, and records how she knows who "
                "asks."
            ).format(officer=officer),
            Stage.SCOPE,
            officer,
        ),
        _Step(
            _("Ask for access"),
            _("The map suggests the scope. Choose the minutes, say why, ask."),
            Stage.APPROVAL,
            officer,
        ),
        _Step(
            _("Grant it, as somebody else"),
            _("Nobody grants her own access: {approver} looks at it and approves.").format(
                approver=approver
            ),
            Stage.PULL,
            approver,
        ),
        _Step(
            _("Pull and review"),
            _("Open access; the key dies by itself. Then decide what leaves, what is others'."),
            Stage.RESPOND,
            officer,
        ),
        _Step(
            _("Answer and close"),
            _("Look at the documents, release the package, close."),
            None,
            officer,
        ),
    )
