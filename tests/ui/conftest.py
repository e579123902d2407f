"""Windows in memory, drawn as people see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.ui.theme import Scheme, apply_theme
from tests.office import open_office
from tests.ui.windows import finish_work, room_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from app.services.desk import Desk
    from app.ui.page import Room
    from tests.office import Office


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
