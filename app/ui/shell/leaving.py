"""Leaving a workspace: for the beginning, or for another one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from app.i18n import _
from app.ui.dialogs.ask import ask
from app.ui.widgets.button import Button
from app.wording.workspaces import recent_in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget

    from app.ui.shell.preferences import Recent
    from app.ui.shell.seat import Seat


def leave_after_asking(window: QWidget, seats: Sequence[Seat], do: Callable[[], object]) -> None:
    """Do it, after one question where access of somebody here is open: it ends with her leaving."""
    seat = next((each for each in seats if each.has_open_access), None)
    if seat is None:
        do()
        return

    def go(_nothing: object) -> None:
        do()

    ask(
        window,
        seat.room,
        title=_("End access and leave?"),
        text=_(
            "Access to personal data is open. Leaving ends it now: collections that are complete "
            "stay, the others are marked incomplete, and reading more needs a new grant."
        ),
        confirm=_("End access and leave"),
        kind="danger",
        work=lambda _values, _work: None,
        done=go,
    )


class SwitchButton(Button):
    """Offers the other workspaces that were open here, and the beginning."""

    def __init__(
        self, others: Callable[[], tuple[Recent, ...]], go: Callable[[Recent | None], object]
    ) -> None:
        # With setMenu the style would move the text by two pixels.
        super().__init__(_("Switch workspace"), self._on_pressed, kind="link")
        self._others = others
        self._go = go
        self.choices = QMenu(self)
        self.choices.aboutToShow.connect(self._fill)

    def _on_pressed(self) -> None:
        self.choices.popup(self.mapToGlobal(self.rect().topLeft()))

    def _fill(self) -> None:
        self.choices.clear()
        for each in self._others():
            text = recent_in_words(each.title, each.path).replace("&", "&&")
            self.choices.addAction(text).triggered.connect(partial(self._on_chosen, each))
        self.choices.addSeparator()
        self.choices.addAction(_("Another workspace")).triggered.connect(self._on_another)

    def _on_chosen(self, recent: Recent, *_is_checked: bool) -> None:
        self._go(recent)

    def _on_another(self) -> None:
        self._go(None)
