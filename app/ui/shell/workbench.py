"""One member at work: the navigation, the session bar, and one page at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QHBoxLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

import app.ui.pages
from app.plugins import load
from app.ui.page import Page, PageWidget, Place, Room
from app.ui.shell.navigation import Navigation
from app.ui.widgets.notice import Notice
from app.wording.terms import ROLES, in_words

if TYPE_CHECKING:
    from app.domain.people import Member

_UNREACHED = {
    "workspace.closed",
    "workspace.gone",
    "workspace.locked",
    "workspace.not_found",
    "workspace.not_ready",
    "workspace.unreachable",
}
"""What a page may say while the workspace cannot be reached."""


def pages_for(member: Member) -> tuple[Page, ...]:
    """Return the pages that ``member`` may see, in their order."""
    pages = sorted(load(app.ui.pages, "PAGE", Page), key=lambda page: page.order)
    return tuple(
        page for page in pages if not page.verbs or any(member.may(verb) for verb in page.verbs)
    )


def roles_in_words(member: Member) -> str:
    """Return what a member works as."""
    return ", ".join(in_words(ROLES, role) for role in sorted(member.roles))


class Workbench(QWidget):
    """Everything that one signed-in member sees; pages are built when they are first opened."""

    moved = Signal(object)
    """The ``Place`` that is shown now."""

    def __init__(self, room: Room) -> None:
        super().__init__()
        self.room = room
        self._pages = {page.key: page for page in pages_for(room.me)}
        self._open: dict[str, PageWidget] = {}
        self._stale: set[str] = set()
        self._place = Place("today")
        self.listed_pages = tuple(each for each in self._pages.values() if each.is_listed)
        self.navigation = Navigation(self.listed_pages)
        self.stack = QStackedWidget()
        self.above = QVBoxLayout()
        self.above.setContentsMargins(0, 0, 0, 0)
        self.above.setSpacing(0)
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addLayout(self.above)
        right.addWidget(self.stack, 1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.navigation)
        layout.addLayout(right, 1)
        self.navigation.page_wanted.connect(self._on_page_wanted)
        room.place_wanted.connect(self.go)
        room.changed.connect(self._on_changed)
        roles = roles_in_words(room.me)
        self.navigation.show_member(room.me.name, roles[:1].upper() + roles[1:], room.facts.title)

    @property
    def place(self) -> Place:
        """Where this member is."""
        return replace(self._place, stage=self.page.stage if self.page is not None else "")

    @property
    def page(self) -> PageWidget | None:
        """The page that is shown."""
        shown = self.stack.currentWidget()
        return shown if isinstance(shown, PageWidget) else None

    def go(self, place: Place) -> None:
        """Open a page; one that this member may not see is not opened."""
        if place.page not in self._pages:
            return
        self._place = place
        before = self.page
        widget = self._page(place.page)
        focus = QApplication.focusWidget()
        if before is not None and before is not widget:
            before.settle()
        self.stack.setCurrentWidget(widget)
        if before is not None and focus is not None and before.isAncestorOf(focus):
            widget.setFocus(Qt.FocusReason.OtherFocusReason)  # else Qt takes the next at hand
        widget.open_item(place.item, stage=place.stage)
        self._stale.discard(place.page)
        _refresh(widget)
        self.navigation.mark(place.page if self._pages[place.page].is_listed else "requests")
        self.moved.emit(place)

    def may_go(self, place: Place) -> bool:
        """Say whether this member may see the page."""
        return place.page in self._pages

    def is_asking(self) -> bool:
        """Say whether a question of one of the pages is open."""
        return bool(self.findChildren(QDialog))

    def retire(self) -> None:
        """Follow the room no more: another one takes its place."""
        self.room.place_wanted.disconnect(self.go)
        self.room.changed.disconnect(self._on_changed)

    def settle(self) -> None:
        """Save what is being typed, on every page."""
        for widget in self._open.values():
            widget.settle()

    def _page(self, key: str) -> PageWidget:
        if key not in self._open:
            widget = self._open[key] = self._pages[key].build(self.room)
            widget.setAccessibleName(self._pages[key].title())
            self.stack.addWidget(widget)
        return self._open[key]

    def _on_page_wanted(self, key: str) -> None:
        self.go(Place(key))

    def _on_changed(self) -> None:
        self._stale = set(self._open)
        for key, widget in self._open.items():
            if widget is self.page:
                self._stale.discard(key)
                _refresh(widget)


def _refresh(widget: PageWidget) -> None:
    """Ask again what is shown; what could not be read before is said anew if that is still so."""
    for notice in widget.findChildren(Notice):
        if notice.code in _UNREACHED:
            notice.clear()
    widget.refresh()
