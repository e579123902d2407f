"""One demo that was played, and places of work to take copies of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from app.ports.progress import QuietTask
from tests.end_to_end.ground import Place, Run, answer, ask, grant, make_place, sandglass

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Played:
    """A demo from the command line: what it said and what it left. Nobody changes it."""

    run: Run
    folder: Path
    home: Path

    @property
    def passphrase(self) -> str:
        """Return the passphrase of the package, as the demo told it."""
        return self.run.out.split("by another way: ")[1].split(")")[0]


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder = tmp_path_factory.mktemp("played")
    out, home = folder / "out", folder / "home"
    return Played(sandglass("demo", "--headless", "--out", out, home=home), out, home)


@pytest.fixture(scope="session")
def asked_once(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Where an access request waits."""
    place = make_place(tmp_path_factory.mktemp("asked") / "place")
    ask(place.desk("officer"))
    place.close()
    return place


@pytest.fixture(scope="session")
def granted_once(asked_once: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Where a grant waits."""
    place = asked_once.copy(tmp_path_factory.mktemp("granted") / "place")
    grant(place, place.case())
    place.close()
    return place


@pytest.fixture(scope="session")
def answered_once(granted_once: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Where everything is reviewed and written, and the package can be made."""
    place = granted_once.copy(tmp_path_factory.mktemp("answered") / "place")
    officer = place.desk("officer")
    officer.pulling.run(place.case().asked.id, QuietTask())
    answer(officer)
    place.close()
    return place


def _copied(once: Place, to: Path) -> Iterator[Place]:
    place = once.copy(to / "place")
    yield place
    place.close()


@pytest.fixture
def asked(asked_once: Place, tmp_path: Path) -> Iterator[Place]:
    yield from _copied(asked_once, tmp_path)


@pytest.fixture
def granted(granted_once: Place, tmp_path: Path) -> Iterator[Place]:
    yield from _copied(granted_once, tmp_path)


@pytest.fixture
def answered(answered_once: Place, tmp_path: Path) -> Iterator[Place]:
    yield from _copied(answered_once, tmp_path)
