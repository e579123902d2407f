"""Memory of a window that is open all day: what is collected when, and who keeps what is freed."""

from __future__ import annotations

import ctypes
import gc
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from collections.abc import Callable

_LOOK_EVERY_MS = 500
_YOUNG = 2_000
_MIDDLE = 20
_OLD = 20
_OLD_AT_MOST = 400
_M_ARENA_MAX = -8
_ARENAS = 2


def share_what_is_freed() -> None:
    """Let all threads share two of glibc's arenas; call it before there are threads.

    With arenas of their own, threads keep what they freed for themselves: a window in which 40
    demos were answered held 430 MB and more with each, now it stays at 390 (measured).
    """
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS)


def keep_what_is_loaded() -> None:
    """Let the collector pass over everything that is loaded now and stays for good.

    Modules and tables are 170,000 objects: looking through them took 100 ms every time (measured),
    now it happens once, while the services are loaded in a thread.
    """
    gc.collect()
    gc.freeze()


class Collector(QObject):
    """Collects garbage in the GUI thread; by itself Python does it in whatever thread is running.

    There it could destroy widgets, which only the GUI thread may, and it stops every thread while
    it looks. All objects are looked through only while ``is_quiet``.
    """

    def __init__(self, parent: QObject, *, is_quiet: Callable[[], bool]) -> None:
        super().__init__(parent)
        self._is_quiet = is_quiet
        gc.disable()
        self.destroyed.connect(gc.enable)
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_EVERY_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        """Collect what has become worth it."""
        young, middle, old = gc.get_count()
        if old > _OLD_AT_MOST or (old > _OLD and self._is_quiet()):
            gc.collect()
        elif middle > _MIDDLE:
            gc.collect(1)
        elif young > _YOUNG:
            gc.collect(0)
