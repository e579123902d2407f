"""Notices that something changed in the workspace, whoever did it."""

from __future__ import annotations

import time
from threading import Event
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from app.ports.storage import Workspace
    from app.ui.runner import Attendance, Runner

_WAIT_SECONDS = 0.2
"""How long it takes at most to stop waiting; a change is told at once."""
_REST_SECONDS = 0.1
"""After one that was told at once others are gathered: anybody may send the server's signal as
often as she likes, and a window reads anew for each.
"""


class Feed(QObject):
    """Waits for the workspace's number of changes to become another one, in a thread."""

    changed = Signal()
    lost = Signal(bool)
    """Whether the workspace can no longer be asked."""

    def __init__(
        self, workspace: Workspace, *, runner: Runner, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._runner = runner
        self._attendance: Attendance | None = None
        self._seen: int | None = None
        self._heard: int | None = None
        self._told_at = 0.0
        self._is_taken = Event()
        self._is_taken.set()
        self._is_asking = False
        self._is_lost = False

    def start(self) -> None:
        """Wait for changes from now on."""
        self._is_taken.set()
        self._attendance = self._runner.attend(
            self, self._wait, done=self._on_number, failed=self._on_failed
        )

    def stop(self) -> None:
        """Wait no more."""
        if self._attendance is not None:
            self._attendance.stop()
            self._attendance = None

    def look(self) -> None:
        """Ask now."""
        if self._is_asking:
            return
        self._is_asking = True
        self._runner.run(
            self,
            lambda _work: self._workspace.changes(),
            done=self._on_asked,
            failed=self._on_not_told,
        )

    def _wait(self) -> int | None:
        """Return a number of changes that is new, or the first one after a failure.

        Not before the last one was taken: a window that is busy gets no pile of them.
        """
        if not self._is_taken.wait(_WAIT_SECONDS):
            return None
        time.sleep(max(0.0, self._told_at + _REST_SECONDS - time.monotonic()))
        heard, self._heard = self._heard, None
        number = (
            self._workspace.changes()
            if heard is None
            else self._workspace.wait_for_change(heard, seconds=_WAIT_SECONDS)
        )
        self._heard = number
        if number == heard:
            return None
        self._told_at = time.monotonic()
        self._is_taken.clear()
        return number

    def _on_asked(self, number: int) -> None:
        self._is_asking = False
        self._on_number(number)

    def _on_not_told(self, error: Exception) -> None:
        self._is_asking = False
        self._on_failed(error)

    def _on_number(self, number: int) -> None:
        self._is_taken.set()
        self._set_lost(is_lost=False)
        before, self._seen = self._seen, number
        if before is not None and number != before:
            self.changed.emit()

    def _on_failed(self, error: Exception) -> None:
        del error
        self._set_lost(is_lost=True)

    def _set_lost(self, *, is_lost: bool) -> None:
        if is_lost != self._is_lost:
            self._is_lost = is_lost
            self.lost.emit(is_lost)
