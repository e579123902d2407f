"""Windows in memory, drawn as people see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.ui.page import Place
from app.ui.runner import Runner
from app.ui.shell.seat import Seat
from app.ui.theme import Scheme, apply_theme
from tests.office import open_office
from tests.ui.studio import Studio, World, empty_world, full_world, open_studio
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


@pytest.fixture
def sit() -> Iterator[Callable[..., Seat]]:
    """Return what seats the member of a desk before the window, at a page; more can sit at once."""
    seats: list[Seat] = []

    def make(desk: Desk, page: str = "today", item: str = "", stage: str = "") -> Seat:
        facts = desk.settings.facts()
        with desk.here.workspace.read() as unit:
            me = unit.members.get(desk.here.member)
        runner = Runner()
        seat = Seat(desk, me=me, facts=facts, runner=runner)
        runner.setParent(seat)
        seats.append(seat)
        seat.workbench.resize(1360, 860)
        seat.workbench.show()
        seat.begin(Place(page, item, stage))
        finish_work(seat.room)
        return seat

    yield make
    for seat in seats:
        seat.leave()
        finish_work(seat.room)
        seat.workbench.close()
        seat.workbench.deleteLater()
        seat.deleteLater()


@pytest.fixture(scope="session")
def full_once(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A world that is made once and copied."""
    return full_world(tmp_path_factory.mktemp("full-once"))


def _open(world: World) -> Iterator[Studio]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SANDGLASS_HOME", str(world.root / "home"))
        studio = open_studio(world)
        yield studio
        studio.close()


@pytest.fixture(scope="module")
def full(
    qapp: QApplication, full_once: World, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Studio]:
    """A window over a request at each stage; only for looking, since tests share it."""
    del qapp
    yield from _open(full_once.copy(tmp_path_factory.mktemp("full")))


@pytest.fixture(scope="module")
def empty(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A window over a workspace in which nothing happened; only for looking."""
    del qapp
    yield from _open(empty_world(tmp_path_factory.mktemp("empty")))


@pytest.fixture
def studio(qapp: QApplication, full_once: World, tmp_path: Path) -> Iterator[Studio]:
    """A window over a request at each stage, for a test of its own."""
    del qapp
    yield from _open(full_once.copy(tmp_path / "studio"))
