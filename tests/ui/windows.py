"""Rooms for tests, and how to wait for what goes on in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QThread
from PySide6.QtWidgets import QApplication

from app.ui.page import Room
from app.ui.page.pulls import Pulls
from app.ui.runner import Runner

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.services.desk import Desk

_QUIET_TURNS = 2
_TURNS = 2000
_TURN_MS = 5


class Working(Protocol):
    """A room or a window: something that runs work."""

    @property
    def runner(self) -> Runner: ...


def room_for(desk: Desk) -> Room:
    """Return the room of the member whose desk it is."""
    runner = Runner()
    facts = desk.settings.facts()
    with desk.here.workspace.read() as unit:
        me = unit.members.get(desk.here.member)
    room = Room(desk, runner=runner, me=me, facts=facts, pulls=Pulls(desk, runner=runner))
    runner.setParent(room)
    return room


def finish_work(working: Working) -> None:
    """Let everything that runs end and be shown, and what it starts as well."""
    quiet = 0
    while quiet < _QUIET_TURNS:
        working.runner.drain()
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        quiet = quiet + 1 if working.runner.is_idle() else 0


def until(working: Working, is_so: Callable[[], bool]) -> None:
    """Let work end until ``is_so``; fails when it never becomes so."""
    for _ in range(_TURNS):
        finish_work(working)
        if is_so():
            return
        QThread.msleep(_TURN_MS)
    raise AssertionError("it never became so")
