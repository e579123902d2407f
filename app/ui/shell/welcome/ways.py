"""The first thing that anybody sees: three ways in, and what was open before."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.i18n import _
from app.ui.shell.welcome.frame import in_the_middle
from app.ui.widgets.busy import Busy
from app.ui.widgets.button import Button
from app.ui.widgets.card import Card, clear, column, row
from app.ui.widgets.flow import Flow
from app.ui.widgets.notice import Notice
from app.ui.widgets.picture import Picture
from app.ui.widgets.text import Text
from app.wording.workspaces import recent_in_words, short_place

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.services.joining import Pending
    from app.ui.shell.preferences import Recent

_RECENT_SHOWN = 3


class Ways(QWidget):
    """Look around, join, start; below them what members open."""

    demo_wanted = Signal()
    recent_wanted = Signal(object)
    """A ``Recent``."""
    pending_wanted = Signal(object)
    """A ``Pending``."""

    def __init__(
        self,
        *,
        on_join: Callable[[], object],
        on_start: Callable[[], object],
        on_file: Callable[[], object],
        on_server: Callable[[], object],
    ) -> None:
        super().__init__()
        self.notice = Notice()
        self._busy = Busy()
        self._demo = Button(_("Open the demo"), self.demo_wanted.emit, kind="primary")
        self._join = Button(_("Paste the invitation…"), on_join)
        self._start = Button(_("Create…"), on_start)
        self._file = Button(_("a workspace file"), on_file, kind="link")
        self._server = Button(_("a workspace on a server"), on_server, kind="link")
        self._pending = QVBoxLayout()
        self._recent = Flow()
        inside = column(
            1,
            row(Picture("sandglass", "accent", 34), _name(), 1, spacing=12),
            Text(
                _(
                    "Answers data subject requests. Opens personal data only for as long "
                    "as the answer needs it."
                ),
                "muted",
            ),
            self.notice,
            self._busy,
            *self._cards(),
            row(Text(_("Open:"), "muted", wraps=False), self._file, self._server, 1, spacing=6),
            self._recent,
            2,
            spacing=12,
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(in_the_middle(inside))

    def _cards(self) -> tuple[Card, Card, Card]:
        look = _way(
            _("Look around"),
            _(
                "A made company, a request that waits, you as officer and as approver. Five "
                "minutes, nothing leaves this machine."
            ),
            self._demo,
            kind="chosen",
        )
        join = _way(_("Join my team"), _("Somebody sent me an invitation."), self._join)
        join.body.addLayout(self._pending)
        start = _way(
            _("Start a workspace"),
            _("For a team on PostgreSQL, or for this machine alone."),
            self._start,
        )
        return look, join, start

    def show_recent(self, recent: tuple[Recent, ...]) -> None:
        """Offer what was open here before."""
        clear(self._recent)
        if not recent:
            return
        self._recent.addWidget(Text(_("Recent:"), "muted", wraps=False))
        for each in recent[:_RECENT_SHOWN]:
            text = recent_in_words(each.title, each.path)
            button = Button(text, partial(self.recent_wanted.emit, each), kind="link")
            button.describe(each.path)
            self._recent.addWidget(button)

    def show_pending(self, pending: tuple[Pending, ...]) -> None:
        """Offer to go on with invitations that were answered here."""
        clear(self._pending)
        for each in pending:
            place = short_place(each.invitation.address)
            text = _("Go on with {place}: your answer waits").format(place=place)
            button = Button(text, partial(self.pending_wanted.emit, each), kind="link")
            self._pending.addLayout(row(button, 1))

    def set_busy(self, text: str) -> None:
        """Show that something is being prepared, and take nothing else meanwhile."""
        for button in (self._demo, self._join, self._start, self._file, self._server):
            button.setEnabled(not text)
        if text:
            self.notice.clear()
            self._busy.start(text)
        else:
            self._busy.stop()


def _name() -> Text:
    return Text("Sandglass", "title", wraps=False)


def _way(title: str, text: str, button: Button, *, kind: str = "true") -> Card:
    card = Card(kind=kind, margin=20)
    words = column(Text(title, "heading"), Text(text, "muted"), spacing=4)
    line = row(words, button, spacing=14)
    line.setStretch(0, 1)
    card.body.addLayout(line)
    card.setAccessibleName(title)
    button.describe(text)
    return card
