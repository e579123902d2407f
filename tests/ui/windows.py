"""Rooms and windows for tests: real services over a real workspace, fakes for keys and sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop
from PySide6.QtWidgets import QApplication

from app.ui.page import Room
from app.ui.page.pulls import Pulls
from app.ui.runner import Runner

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.services.desk import Desk


def room_for(desk: Desk) -> Room:
    """Return the room of the member whose desk it is."""
    runner = Runner()
    facts = desk.settings.facts()
    with desk.here.workspace.read() as unit:
        me = unit.members.get(desk.here.member)
    room = Room(desk, runner=runner, me=me, facts=facts, pulls=Pulls(desk, runner=runner))
    runner.setParent(room)
    return room


def finish_work(room: Room) -> None:
    """Let everything that runs end and be shown, and what it starts as well."""
    while True:
        room.runner.drain()
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        if room.runner.is_idle():
            QApplication.processEvents()
            if room.runner.is_idle():
                return


def until(room: Room, is_so: Callable[[], bool], *, turns: int = 200) -> None:
    """Let work end until ``is_so``; fails when it never becomes so."""
    for _ in range(turns):
        finish_work(room)
        if is_so():
            return
        room.thread().msleep(5)
    raise AssertionError("it never became so")
