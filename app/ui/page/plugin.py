"""What one file in ``pages`` or ``stages`` gives: a page, or the panel of one stage."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, override

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QFocusEvent
    from PySide6.QtWidgets import QPushButton

    from app.domain.people import Verb
    from app.domain.requests import Stage
    from app.services.request_views import RequestView
    from app.ui.page.room import Room


class PageWidget(QWidget):
    """A page: shows models, calls services, holds no rule of its own.

    ``first`` is what takes the focus when the page does. It is no focus proxy: with one, Tab
    would not reach what stands before it.
    """

    first: QWidget | None = None

    @property
    def stage(self) -> str:
        """Which stage of a request is looked at, on a page that shows one."""
        return ""

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        if self.first is not None:
            self.first.setFocus(event.reason())
        else:
            self.focusNextChild()

    def open_item(self, item: str, *, stage: str = "") -> None:
        """Show one thing of this page; the empty item is the page as it is."""

    def refresh(self) -> None:
        """Ask again what is shown: when the page is opened, and when something changed.

        Never moves what is being read or typed: focus, selection, scroll and input stay.
        """

    def settle(self) -> None:
        """Save what is being typed: the page is about to be hidden, locked or closed."""


class StageWidget(QWidget):
    """The panel of one stage of a request.

    ``wants_side`` says whether clock and history stand beside it; panels that need the room bring
    what they need themselves.
    """

    wants_side = True
    changed = Signal()
    """Something was done: the request must be read again."""

    def show_view(self, view: RequestView) -> None:
        """Show a request, or show it anew because something changed; as ``refresh`` does."""
        raise NotImplementedError

    def show_new(self) -> None:
        """Begin a request that is not recorded yet; only intake can."""

    def settle(self) -> None:
        """Save what is being typed."""

    def header_actions(self) -> tuple[QPushButton, ...]:
        """Return buttons that stand in the request's header while this panel is shown."""
        return ()


@dataclass(frozen=True)
class Page:
    """A page of the window.

    ``title`` is looked up when it is shown, in the reader's language. ``group`` is the heading in
    the navigation under which it stands. ``verbs``: a member who may do one of them sees the page;
    none means everybody does. A page with ``is_listed`` False is reached from others only.
    """

    key: str
    title: Callable[[], str]
    icon: str
    order: int
    build: Callable[[Room], PageWidget]
    group: str = ""
    verbs: frozenset[Verb] = field(default_factory=frozenset)
    is_listed: bool = True


@dataclass(frozen=True)
class StagePanel:
    """The panel of one stage."""

    stage: Stage
    build: Callable[[Room], StageWidget]
