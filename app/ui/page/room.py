"""What a page may use: the services, the threads, and the ways to elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.ui.errors import sentence_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.domain.people import Member
    from app.domain.workspace import WorkspaceFacts
    from app.ports.progress import Progress
    from app.services.desk import Desk
    from app.ui.page.pulls import Pulls
    from app.ui.runner import Runner, Work
    from app.wording.errors import Sentence


@dataclass(frozen=True)
class Place:
    """Where somebody wants to go: a page, and in it perhaps one thing.

    ``item`` is the page's own: the id of a request, the number of an entry, the key of a source.
    ``stage`` is a stage of a request; without it the request opens where it stands.
    """

    page: str
    item: str = ""
    stage: str = ""


@dataclass(frozen=True)
class Toast:
    """A short message that goes by itself; ``tone`` is green, blue, amber or red."""

    text: str
    tone: str = "green"


class Room(QObject):
    """One member at work in one workspace, as pages see it.

    A page never starts a thread and never blocks: it hands work to ``run`` and gets the outcome
    on the GUI thread, or not at all once the page is gone.
    """

    place_wanted = Signal(object)
    """A ``Place``."""
    toasted = Signal(object)
    """A ``Toast``."""
    changed = Signal()
    """Somebody, perhaps this member herself, changed something in the workspace."""
    search_wanted = Signal()
    """The person wants to search and go anywhere."""
    scheme_wanted = Signal(str)
    """The colours that this person chose: auto, light or dark."""
    copied = Signal(str, bool)
    """A text for the clipboard; True when it was revealed and must be forgotten there."""

    def __init__(
        self,
        desk: Desk,
        *,
        runner: Runner,
        me: Member,
        facts: WorkspaceFacts,
        pulls: Pulls,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.desk = desk
        self.me = me
        self.facts = facts
        self.pulls = pulls
        self.runner = runner
        self.scheme = ""
        """The colours that this person chose; empty while nobody said."""

    def run[T](
        self,
        owner: QObject,
        work: Callable[[Work], T],
        *,
        done: Callable[[T], None],
        failed: Callable[[Sentence], None],
        progress: Callable[[Progress], None] | None = None,
    ) -> Work:
        """Run ``work`` in a thread; a failure comes back as what to tell the person."""

        def say(error: Exception) -> None:
            failed(sentence_of(error))

        if progress is None:
            return self.runner.run(owner, work, done=done, failed=say)
        return self.runner.run(owner, work, done=done, failed=say, progress=progress)

    def wear(self, scheme: str) -> None:
        """Draw everything in another scheme from now on."""
        self.scheme = scheme
        self.scheme_wanted.emit(scheme)

    def go(self, page: str, item: str = "", *, stage: str = "") -> None:
        """Open a page, and in it perhaps one thing."""
        self.place_wanted.emit(Place(page, item, stage))

    def tell(self, text: str, *, tone: str = "green") -> None:
        """Show a short message that goes by itself."""
        self.toasted.emit(Toast(text, tone))

    def copy(self, text: str, *, is_revealed: bool = False) -> None:
        """Put ``text`` on the clipboard; what was revealed is cleared from there after a while."""
        self.copied.emit(text, is_revealed)
