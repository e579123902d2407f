"""Notices that something changed in the workspace, whoever did it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

if TYPE_CHECKING:
    from app.ports.storage import Workspace
    from app.ui.runner import Runner

_LOOK_EVERY_MS = 500


class Feed(QObject):
    """Asks the workspace twice a second for its number of changes, in a worker."""

    changed = Signal()
    lost = Signal(bool)
    """Whether the workspace can no longer be asked."""

    def __init__(
        self, workspace: Workspace, *, runner: Runner, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._runner = runner
        self._seen: int | None = None
        self._is_asking = False
        self._is_lost = False
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_EVERY_MS)
        self._timer.timeout.connect(self.look)

    def start(self) -> None:
        """Look from now on."""
        self._timer.start()
        self.look()

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()

    def look(self) -> None:
        """Ask now."""
        if self._is_asking:
            return
        self._is_asking = True
        self._runner.run(
            self,
            lambda _work: self._workspace.changes(),
            done=self._on_number,
            failed=self._on_failed,
        )

    def _on_number(self, number: int) -> None:
        self._is_asking = False
        self._set_lost(is_lost=False)
        before, self._seen = self._seen, number
        if before is not None and number != before:
            self.changed.emit()

    def _on_failed(self, error: Exception) -> None:
        del error
        self._is_asking = False
        self._set_lost(is_lost=True)

    def _set_lost(self, *, is_lost: bool) -> None:
        if is_lost != self._is_lost:
            self._is_lost = is_lost
            self.lost.emit(is_lost)
