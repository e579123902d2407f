"""Python's garbage collector, kept to the GUI thread and to moments in which nobody waits."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from collections.abc import Callable

_LOOK_EVERY_MS = 500
_YOUNG = 2_000
_MIDDLE = 20
_OLD = 20
_OLD_AT_MOST = 400


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
