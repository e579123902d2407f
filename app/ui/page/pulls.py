"""The pulls that run in this window; they go on while the person looks at another page."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.ui.errors import sentence_of

if TYPE_CHECKING:
    from app.ports.progress import Progress
    from app.services.desk import Desk
    from app.services.pull_session import PullResult
    from app.ui.runner import Runner, Work
    from app.wording.errors import Sentence


@dataclass
class RunningPull:
    """One pull as far as it has come; ``progress`` is the last report of each collection."""

    access_request: str
    work: Work | None = None
    progress: dict[str, Progress] = field(default_factory=dict)
    result: PullResult | None = None
    failure: Sentence | None = None

    @property
    def is_running(self) -> bool:
        """Whether neither result nor failure has come."""
        return self.result is None and self.failure is None


class Pulls(QObject):
    """Starts pulls, remembers how far they are, and tells who asks."""

    progressed = Signal(str)
    """The id of the access request whose pull read more."""
    ended = Signal(str)
    """The id of the access request whose pull is over."""

    def __init__(self, desk: Desk, *, runner: Runner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._runner = runner
        self._pulls: dict[str, RunningPull] = {}

    def start(self, access_request: str) -> RunningPull:
        """Open the window of a grant and read; a pull that runs already is returned."""
        known = self._pulls.get(access_request)
        if known is not None and known.is_running:
            return known
        pull = self._pulls[access_request] = RunningPull(access_request)
        pull.work = self._runner.run(
            self,
            lambda work: self._desk.pulling.run(access_request, work),
            done=partial(self._on_done, pull),
            failed=partial(self._on_failed, pull),
            progress=partial(self._on_progress, pull),
        )
        return pull

    def of(self, access_request: str) -> RunningPull | None:
        """Return the pull that this window ran under an access request, if any."""
        return self._pulls.get(access_request)

    def any_runs(self) -> bool:
        """Say whether something is being read."""
        return any(each.is_running for each in self._pulls.values())

    def cancel_all(self) -> None:
        """Stop reading, everywhere; what is complete stays."""
        for each in self._pulls.values():
            if each.is_running and each.work is not None:
                each.work.cancel()

    def _on_progress(self, pull: RunningPull, progress: Progress) -> None:
        pull.progress[progress.what] = progress
        self.progressed.emit(pull.access_request)

    def _on_done(self, pull: RunningPull, result: PullResult) -> None:
        pull.result = result
        self.ended.emit(pull.access_request)

    def _on_failed(self, pull: RunningPull, error: Exception) -> None:
        pull.failure = sentence_of(error)
        self.ended.emit(pull.access_request)
