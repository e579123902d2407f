"""A window hears of changes at once, and does not melt when somebody signals without end."""

from __future__ import annotations

import time
from itertools import count
from typing import TYPE_CHECKING, Any

from app.ui.runner import Runner
from app.ui.shell.feed import Feed

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


class Flood:
    """A workspace that has changed whenever it is asked, as fast as anybody asks."""

    def __init__(self) -> None:
        self._numbers = count()

    def changes(self) -> int:
        return next(self._numbers)

    def wait_for_change(self, seen: int, *, seconds: float) -> int:
        del seen, seconds
        return next(self._numbers)


def test_a_flood_of_signals_is_one_look_now_and_then(qtbot: QtBot) -> None:
    workspace: Any = Flood()
    feed, told = Feed(workspace, runner=Runner()), []
    feed.changed.connect(lambda: told.append(time.monotonic()))
    began = time.monotonic()
    feed.start()
    qtbot.waitUntil(lambda: len(told) >= 4)
    feed.stop()
    assert time.monotonic() - began > 0.3
