"""A member before the window, for benchmarks: in memory, with what is on it drawn."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.ui.page import Place
from app.ui.runner import Runner
from app.ui.shell.memory import Collector, keep_what_is_loaded
from app.ui.shell.seat import Seat
from app.ui.theme import Scheme, apply_theme
from tests.ui.windows import finish_work

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.services.desk import Desk

_BEAT_MS = 1


def start() -> QApplication:
    """Begin to draw."""
    qt = QApplication.instance() or QApplication([])
    assert isinstance(qt, QApplication)
    apply_theme(qt, Scheme.LIGHT)
    return qt


def sit(desk: Desk, page: str = "today") -> Seat:
    """Seat the member of a desk before a page, as the window does once it has its services."""
    keep_what_is_loaded()
    runner = Runner()
    Collector(runner, is_quiet=runner.is_idle)
    with desk.here.workspace.read() as unit:
        me = unit.members.get(desk.here.member)
    seat = Seat(desk, me=me, facts=desk.settings.facts(), runner=runner)
    runner.setParent(seat)
    seat.workbench.resize(1360, 860)
    seat.workbench.show()
    seat.begin(Place(page))
    shown(seat)
    return seat


def shown(seat: Seat) -> None:
    """Let what was asked for come and be drawn."""
    finish_work(seat.room)
    seat.workbench.grab()


class Gaps:
    """The longest time in which the event loop did nothing, in milliseconds."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._last = time.perf_counter()
        self._timer = QTimer()
        self._timer.setInterval(_BEAT_MS)
        self._timer.timeout.connect(self._beat)

    def during(self, is_over: Callable[[], bool]) -> float:
        """Run the event loop until ``is_over`` and return the longest gap."""
        self._last = time.perf_counter()
        self._timer.start()
        while not is_over():
            QApplication.processEvents()
            time.sleep(0.0005)
        self._beat()
        self._timer.stop()
        return self.longest

    def _beat(self) -> None:
        now = time.perf_counter()
        self.longest = max(self.longest, (now - self._last) * 1000)
        self._last = now
