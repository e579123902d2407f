"""Runs slow work off the GUI thread and brings its outcome back to it."""

from __future__ import annotations

import sys
import threading
from functools import partial
from typing import TYPE_CHECKING, final

import shiboken6
from PySide6.QtCore import QObject, Qt, QThreadPool, Signal, Slot

from app.ports.progress import Cancelled, Progress

if TYPE_CHECKING:
    from collections.abc import Callable


_TURN_SECONDS = 0.0005
"""How long a thread keeps Python to itself: each widget that paints itself waits for it once, so
that with Python's own 5 ms a page took 200 ms to draw while a report was made (measured).
"""


_AGAIN_SECONDS = 0.5
_STOP_SECONDS = 2.0


def _nobody(progress: Progress) -> None:
    del progress


@final
class Work:
    """One running piece of work; what services know as a ``Task``. Safe from any thread."""

    def __init__(self, tell: Callable[[Progress], None]) -> None:
        self._tell = tell
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """Ask the work to stop where nothing is half done."""
        self._cancelled.set()

    def report(self, progress: Progress) -> None:
        """Tell how far the work has come; raises ``Cancelled`` when it should stop."""
        if self._cancelled.is_set():
            raise Cancelled
        self._tell(progress)


@final
class Attendance:
    """A thread that waits for what others do."""

    def __init__(self, look: Callable[[], None]) -> None:
        self._look = look
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._attend, name="sandglass-attend", daemon=True)

    def start(self) -> None:
        """Begin to wait."""
        self._thread.start()

    @property
    def is_over(self) -> bool:
        """Whether nobody wants to know any more."""
        return self._over.is_set()

    def pause(self) -> None:
        """Wait a little before the next try."""
        self._over.wait(_AGAIN_SECONDS)

    def stop(self) -> None:
        """Wait no more; returns once nothing more is told."""
        self._over.set()
        self._thread.join(_STOP_SECONDS)

    def _attend(self) -> None:
        while not self._over.is_set():
            self._look()


class Runner(QObject):
    """The only place that starts threads.

    Callbacks run on the GUI thread, and not at all once their owner is gone.
    """

    _deliver = Signal(object)

    def __init__(self, parent: QObject | None = None, *, threads: int = 6) -> None:
        super().__init__(parent)
        sys.setswitchinterval(_TURN_SECONDS)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(threads)
        self._deliver.connect(self._on_deliver, Qt.ConnectionType.QueuedConnection)

    def run[T](
        self,
        owner: QObject,
        work: Callable[[Work], T],
        *,
        done: Callable[[T], None],
        failed: Callable[[Exception], None],
        progress: Callable[[Progress], None] = _nobody,
    ) -> Work:
        """Run ``work`` in a thread; exactly one of ``done`` and ``failed`` follows.

        Work that was cancelled fails with ``Cancelled``.
        """

        def post(call: Callable[[], None]) -> None:
            if shiboken6.isValid(self):
                self._deliver.emit(partial(_call_if_alive, owner, call))

        running = Work(lambda told: post(partial(progress, told)))

        def body() -> None:
            try:
                result = work(running)
            except Exception as error:  # noqa: BLE001 - crosses the thread boundary
                post(partial(failed, error))
            else:
                post(partial(done, result))

        self._pool.start(body)
        return running

    def attend[T](
        self,
        owner: QObject,
        wait: Callable[[], T | None],
        *,
        done: Callable[[T], None],
        failed: Callable[[Exception], None],
    ) -> Attendance:
        """Call ``wait`` again and again in a thread of its own, until told to stop.

        It blocks for a moment and returns what happened, or None. What runs here is not work: a
        runner is idle while somebody waits for others.
        """

        def post(call: Callable[[], None]) -> None:
            if not attendance.is_over and shiboken6.isValid(self):
                self._deliver.emit(partial(_call_if_alive, owner, call))

        def look() -> None:
            try:
                found = wait()
            except Exception as error:  # noqa: BLE001 - crosses the thread boundary
                post(partial(failed, error))
                attendance.pause()
            else:
                if found is not None:
                    post(partial(done, found))

        attendance = Attendance(look)
        attendance.start()
        return attendance

    def is_idle(self) -> bool:
        """Say whether nothing runs; what finished may still have to be delivered."""
        return self._pool.activeThreadCount() == 0

    def drain(self) -> None:
        """Wait for everything that runs."""
        self._pool.waitForDone()

    @Slot(object)
    def _on_deliver(self, call: Callable[[], None]) -> None:
        call()


def _call_if_alive(owner: QObject, call: Callable[[], None]) -> None:
    if shiboken6.isValid(owner):
        call()
