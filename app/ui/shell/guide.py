"""The demo's guide: five steps at the side, ticked as they are done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout

from app.domain.requests import Stage
from app.i18n import _
from app.ui.widgets.button import Button, IconButton
from app.ui.widgets.card import Card, row, scrolled
from app.ui.widgets.text import Text

if TYPE_CHECKING:
    from app.domain.requests import Request

_WIDTH = 258
_ORDER = tuple(Stage)


class Guide(QFrame):
    """What to do next with the demo's request, and who does it."""

    closed = Signal()
    show_wanted = Signal()
    """Open the demo's request where it stands."""
    switch_wanted = Signal()

    def __init__(self, officer: str, approver: str) -> None:
        super().__init__()
        self.setFixedWidth(_WIDTH)
        self.setAccessibleName(_("Guide"))
        self._officer, self._approver = officer, approver
        self._member = officer
        self._stage = Stage.INTAKE
        self._is_closed = False
        self._cards: list[Card] = []
        self._lines: list[tuple[Text, Text]] = []
        self._texts = (
            (
                _("Verify who asks"),
                _(
                    "As {officer}: read the message, start the request, and record how "
                    "you know that it is Mara Köhler who asks."
                ),
                Stage.SCOPE,
                officer,
            ),
            (
                _("Ask for access"),
                _("Scope is suggested from the map. Choose the minutes, say why, ask."),
                Stage.APPROVAL,
                officer,
            ),
            (
                _("Grant it, as somebody else"),
                _(
                    "Nobody grants her own access. Become {approver}, look at what "
                    "becomes readable, approve."
                ),
                Stage.PULL,
                approver,
            ),
            (
                _("Pull and review"),
                _(
                    "As {officer} again: begin. The key dies by itself. Then decide what "
                    "leaves, and what is somebody else's."
                ),
                Stage.RESPOND,
                officer,
            ),
            (
                _("Answer and close"),
                _(
                    "Look at the documents, release the package, close. The audit report "
                    "is made from the log."
                ),
                None,
                officer,
            ),
        )
        head = row(Text(_("Five minutes with Sandglass"), "heading"))
        head.addWidget(IconButton("x", _("Close the guide"), self.closed.emit))
        self._steps = QVBoxLayout()
        self._steps.setSpacing(8)
        for number, (title, text, _until, _who) in enumerate(self._texts, start=1):
            self._steps.addWidget(self._card(number, title, text))
        self._done = Text(_("Done. Look at Audit: every step is there, with its proof."), "strong")
        self._done.hide()
        self._switch = Button("", self.switch_wanted.emit)
        self._show = Button(_("Show me"), self.show_wanted.emit, kind="primary")
        self._steps.addWidget(self._done)
        self._steps.addStretch(1)
        self._steps.setContentsMargins(0, 0, 6, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 18, 16, 18)
        layout.setSpacing(10)
        layout.addLayout(head)
        layout.addWidget(scrolled(self._steps, name=_("Steps")), 1)
        layout.addWidget(self._switch)
        layout.addWidget(self._show)
        self._mark()

    def _card(self, number: int, title: str, text: str) -> Card:
        card = Card(margin=10)
        card.body.setSpacing(3)
        heading = Text(f"{number}. {title}", "strong")
        words = Text(text.format(officer=self._officer, approver=self._approver), "muted")
        words.setAlignment(Qt.AlignmentFlag.AlignTop)
        card.body.addWidget(heading)
        card.body.addWidget(words)
        card.setAccessibleName(heading.text())
        self._cards.append(card)
        self._lines.append((heading, words))
        return card

    def show_request(self, request: Request) -> None:
        """Tick what is done."""
        self._stage = request.stage
        self._is_closed = request.closed_at is not None
        self._mark()

    def show_member(self, name: str) -> None:
        """Know who is at work."""
        self._member = name
        self._mark()

    def _mark(self) -> None:
        here = self._current()
        for number, card in enumerate(self._cards):
            is_done = here is None or number < here
            card.set_kind("chosen" if number == here else "quiet" if is_done else "true")
            heading, words = self._lines[number]
            title = card.accessibleName()
            heading.setText(f"✓ {title[3:]}" if is_done else title)
            words.setVisible(number == here)
            card.setAccessibleDescription(_("done") if is_done else "")
        self._done.setVisible(here is None)
        other = self._approver if self._member == self._officer else self._officer
        self._switch.set_text(_("Become {name}").format(name=other))
        wanted = self._texts[here][3] if here is not None else self._member
        self._switch.setProperty("kind", "primary" if wanted != self._member else "")
        self._show.setProperty("kind", "primary" if wanted == self._member else "")
        for button in (self._switch, self._show):
            button.style().polish(button)

    def _current(self) -> int | None:
        if self._is_closed:
            return None
        for number, (_title, _text, until, _who) in enumerate(self._texts):
            if until is None or _ORDER.index(self._stage) < _ORDER.index(until):
                return number
        return None
