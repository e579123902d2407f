"""What can be done with a request at any stage: letters, notes, the clock, the owner."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from app.domain.people import Verb
from app.domain.requests import Stage
from app.i18n import _
from app.ui.dialogs.ask import ask
from app.ui.dialogs.letter import LetterDialog
from app.ui.widgets.button import Button
from app.ui.widgets.form import FormItem
from app.wording.terms import PAUSES, STAGE_TITLES, in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.services.request_views import RequestView
    from app.ui.page import Room
    from app.ui.runner import Work


class RequestMenu(QObject):
    """The buttons "Letter…" and "More" in the header of a request."""

    changed = Signal()

    def __init__(self, room: Room, parent: QWidget) -> None:
        super().__init__(parent)
        self._room = room
        self._over = parent
        self._view: RequestView | None = None
        self.letter = Button(_("Letter…"), self._on_letter)
        self.button = Button(_("More"))
        self._menu = QMenu(self.button)
        self.button.setMenu(self._menu)
        self._actions = {
            "note": self._add(_("Add a note…"), self._on_note),
            "owner": self._add(_("Hand to a colleague…"), self._on_owner),
            "pause": self._add(_("Pause the clock…"), self._on_pause),
            "resume": self._add(_("Let the clock go on…"), self._on_resume),
            "extend": self._add(_("Extend the deadline…"), self._on_extend),
            "reopen": self._add(_("Reopen…"), self._on_reopen),
            "copy": self._add(_("Copy the reference"), self._on_copy),
        }

    def _add(self, text: str, do: Callable[[], object]) -> QAction:
        action = QAction(text, self._menu)
        action.triggered.connect(do)
        self._menu.addAction(action)
        return action

    def show_view(self, view: RequestView | None) -> None:
        """Offer what can be done now."""
        self._view = view
        self.letter.setVisible(view is not None)
        self.button.setVisible(view is not None)
        if view is None:
            return
        is_mine = view.may_handle and view.request.is_open
        self.letter.allow(self._why_not(view))
        for name in ("note", "owner", "extend"):
            self._actions[name].setEnabled(is_mine)
        self._actions["note"].setEnabled(view.may_handle)
        self._actions["pause"].setVisible(not view.is_paused)
        self._actions["pause"].setEnabled(is_mine and bool(view.regime.pause_kinds))
        self._actions["resume"].setVisible(view.is_paused)
        self._actions["resume"].setEnabled(is_mine)
        self._actions["extend"].setEnabled(is_mine and view.request.extended_at is None)
        self._actions["reopen"].setVisible(not view.request.is_open)
        self._actions["reopen"].setEnabled(view.may_handle)

    @staticmethod
    def _why_not(view: RequestView) -> str:
        if not view.may_handle:
            return _("Only privacy officers write letters.")
        return "" if view.request.is_open else _("This request is closed.")

    def _do(
        self,
        title: str,
        confirm: str,
        work: Callable[[Mapping[str, str], Work], object],
        *,
        text: str = "",
        fields: tuple[FormItem, ...] = (),
    ) -> None:
        ask(
            self._over,
            self._room,
            title=title,
            text=text,
            confirm=confirm,
            fields=fields,
            work=work,
            done=self._on_done,
        )

    def _on_done(self, _result: Any) -> None:  # noqa: ANN401 - whatever the work returned
        self.changed.emit()

    def _request(self) -> str:
        return self._view.request.id if self._view is not None else ""

    def _on_letter(self) -> None:
        if self._view is None:
            return
        dialog = LetterDialog(self._over, self._room, self._view)
        dialog.written.connect(self.changed)
        dialog.open()

    def _on_note(self) -> None:
        request = self._request()
        self._do(
            _("Add a note"),
            _("Add note"),
            lambda values, _work: self._room.desk.casework.add_note(request, values["text"]),
            text=_("Colleagues read it here. Its text stays out of the log."),
            fields=(FormItem("text", _("Note"), "long", is_required=True),),
        )

    def _on_owner(self) -> None:
        view = self._view
        if view is None:
            return
        officers = tuple(
            (each.id, each.name) for each in view.members if each.may(Verb.HANDLE_REQUESTS)
        )
        self._do(
            _("Hand this request to a colleague"),
            _("Hand over"),
            lambda values, _work: self._room.desk.casework.assign(view.request.id, values["owner"]),
            text=_("What was pulled for it becomes readable to her. You keep reading it too."),
            fields=(FormItem("owner", _("New owner"), "choice", view.request.owner, officers),),
        )

    def _on_pause(self) -> None:
        view = self._view
        if view is None:
            return
        kinds = tuple((each, in_words(PAUSES, each)) for each in view.regime.pause_kinds)
        approvers = tuple(
            (each.id, each.name)
            for each in view.members
            if each.may(Verb.DECIDE_ACCESS) and each.id != view.me.id
        )
        fields = [
            FormItem("kind", _("What for"), "choice", "", kinds),
            FormItem("asked", _("Asked on"), "date", view.today.isoformat()),
            FormItem("reason", _("Reason"), "long", is_required=True),
        ]
        if view.regime.pause_needs_approver:
            hint = _("Under this law a pause counts only when an approver agreed.")
            nobody = ("", _("nobody"))
            fields.append(
                FormItem("by", _("Agreed by"), "choice", "", (nobody, *approvers), hint=hint)
            )
        self._do(
            _("Pause the clock"),
            _("Pause"),
            lambda values, _work: self._room.desk.clocks.pause(
                view.request.id,
                kind=values["kind"],
                asked=date.fromisoformat(values["asked"]),
                reason=values["reason"],
                approved_by=values.get("by", ""),
            ),
            text=_("The person was asked for something that is needed to go on."),
            fields=tuple(fields),
        )

    def _on_resume(self) -> None:
        view = self._view
        if view is None:
            return
        self._do(
            _("Let the clock go on"),
            _("Go on"),
            lambda values, _work: self._room.desk.clocks.resume(
                view.request.id, answered=date.fromisoformat(values["answered"])
            ),
            fields=(FormItem("answered", _("Answered on"), "date", view.today.isoformat()),),
        )

    def _on_extend(self) -> None:
        request = self._request()
        self._do(
            _("Extend the deadline"),
            _("Extend"),
            lambda values, _work: self._room.desk.clocks.extend(request, reason=values["reason"]),
            text=_("The person must be told, with the reasons, before the first deadline ends."),
            fields=(FormItem("reason", _("Reasons"), "long", is_required=True),),
        )

    def _on_reopen(self) -> None:
        request = self._request()
        stages = tuple(
            (each.value, in_words(STAGE_TITLES, each.value))
            for each in (Stage.INTAKE, Stage.SCOPE, Stage.RESPOND)
        )
        self._do(
            _("Reopen this request"),
            _("Reopen"),
            lambda values, _work: self._room.desk.casework.reopen(request, Stage(values["stage"])),
            fields=(FormItem("stage", _("Go on at"), "choice", "", stages),),
        )

    def _on_copy(self) -> None:
        self._room.copy(self._request())
        self._room.tell(_("The reference was copied."))
