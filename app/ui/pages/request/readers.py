"""Who can read what was pulled for a request, beside it; shared and taken back from here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal

from app.domain.people import Verb
from app.i18n import _
from app.ui.dialogs.ask import ask
from app.ui.widgets.button import Button
from app.ui.widgets.card import Card
from app.ui.widgets.form import FormItem
from app.ui.widgets.text import Text

if TYPE_CHECKING:
    from app.services.request_views import RequestView
    from app.ui.page import Room


class Readers(Card):
    """Names those with the request's key; who is one of them lets colleagues in and out."""

    changed = Signal()

    def __init__(self, room: Room) -> None:
        super().__init__(_("Who can read this"))
        self._room = room
        self._view: RequestView | None = None
        self.names = Text("", "muted")
        self.share = Button(_("Share with…"), self._on_share, kind="link")
        self.unshare = Button(_("Stop sharing…"), self._on_unshare, kind="link")
        for part in (self.names, self.share, self.unshare):
            self.body.addWidget(part)

    def show_view(self, view: RequestView) -> None:
        """Show who reads; only officers are told, for only they may."""
        self._view = view
        self.setVisible(view.may_handle)
        names = [view.names.get(each, each) for each in view.readers]
        nobody = _("Nobody who works here any more. Hand it to a colleague, and pull it anew.")
        self.names.setText(", ".join(sorted(names)) if names else nobody)
        is_mine = view.me.id in view.readers
        self.share.setVisible(is_mine and bool(self._others(view)))
        self.unshare.setVisible(is_mine and bool(self._guests(view)))

    @staticmethod
    def _others(view: RequestView) -> tuple[tuple[str, str], ...]:
        return tuple(
            (each.id, each.name)
            for each in view.members
            if each.may(Verb.HANDLE_REQUESTS) and each.id not in view.readers
        )

    @staticmethod
    def _guests(view: RequestView) -> tuple[tuple[str, str], ...]:
        stay = {view.me.id, view.request.owner}
        return tuple(
            (each, view.names.get(each, each)) for each in view.readers if each not in stay
        )

    def _on_share(self) -> None:
        view = self._view
        if view is None:
            return
        ask(
            self,
            self._room,
            title=_("Share this request with a colleague"),
            text=_("What was pulled for it, and its files, become readable to her."),
            confirm=_("Share"),
            fields=(FormItem("member", _("Colleague"), "choice", "", self._others(view)),),
            work=lambda values, _work: self._room.desk.sharing.share(
                view.request.id, values["member"]
            ),
            done=self._on_done,
        )

    def _on_unshare(self) -> None:
        view = self._view
        if view is None:
            return
        ask(
            self,
            self._room,
            title=_("Stop sharing this request"),
            text=_("She opens it no more from now on. What she has read, she has read."),
            confirm=_("Stop sharing"),
            fields=(FormItem("member", _("Colleague"), "choice", "", self._guests(view)),),
            work=lambda values, _work: self._room.desk.sharing.unshare(
                view.request.id, values["member"]
            ),
            done=self._on_done,
        )

    def _on_done(self, _result: Any) -> None:  # noqa: ANN401 - whatever the work returned
        self.changed.emit()
