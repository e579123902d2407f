"""Windows in memory, drawn as people see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QtMsgType, qInstallMessageHandler

from app.ui.theme import Scheme, apply_theme
from tests.office import open_office
from tests.ui.studio import Studio, open_studio
from tests.ui.windows import finish_work, room_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from app.services.desk import Desk
    from app.ui.page import Room
    from tests.office import Office

_NOT_OURS = ("propagateSizeHints",)
"""What Qt says of drawing in memory."""


@pytest.fixture(scope="session", autouse=True)
def _themed(qapp: QApplication) -> None:
    apply_theme(qapp, Scheme.LIGHT)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return open_office(tmp_path)


@pytest.fixture
def enter() -> Iterator[Callable[[Desk], Room]]:
    """Return what makes a room for a desk; every room is emptied at the end."""
    rooms: list[Room] = []

    def make(desk: Desk) -> Room:
        rooms.append(room_for(desk))
        return rooms[-1]

    yield make
    for room in rooms:
        finish_work(room)
        room.deleteLater()


def _open(home: Path, *, is_full: bool) -> Iterator[Studio]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SANDGLASS_HOME", str(home / "home"))
        studio = open_studio(home, is_full=is_full)
        yield studio
        studio.close()


@pytest.fixture(scope="module")
def full(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A window over a request at each stage; only for looking, since tests share it."""
    del qapp
    yield from _open(tmp_path_factory.mktemp("full"), is_full=True)


@pytest.fixture(scope="module")
def empty(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A window over a workspace in which nothing happened; only for looking."""
    del qapp
    yield from _open(tmp_path_factory.mktemp("empty"), is_full=False)


@pytest.fixture
def studio(qapp: QApplication, tmp_path: Path) -> Iterator[Studio]:
    """A window over a request at each stage, for a test of its own."""
    del qapp
    yield from _open(tmp_path, is_full=True)


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What Qt complained of meanwhile."""
    heard: list[str] = []

    def hear(kind: QtMsgType, _context: object, text: str) -> None:
        if kind is not QtMsgType.QtDebugMsg and not any(each in text for each in _NOT_OURS):
            heard.append(text)

    before = qInstallMessageHandler(hear)
    yield heard
    qInstallMessageHandler(before)
