"""Where workspace contracts stand: a database, a clock that is set by hand, other processes."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from abc import ABC, abstractmethod
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from app.domain.errors import AppError
from app.domain.people import Role
from tests.builders import (
    NOON,
    a_decision,
    a_member,
    a_pulled_collection,
    a_request,
    a_verdict,
    a_window,
    an_access_request,
    workspace_facts,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime, timedelta

    from app.ports.storage import UnitOfWork, Workspace

REQUEST = "DSR-2026-0001"
"""The request in a settled workspace."""

SOON_SECONDS = 10
ROOT = Path(__file__).resolve().parents[2]
ELSEWHERE = ROOT / "tests" / "storage" / "elsewhere.py"


class SetClock:
    """A clock that stands until a test moves it."""

    def __init__(self, now: datetime = NOON) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return self.time.timestamp()

    def move(self, step: timedelta) -> None:
        self.time += step


class WorkspaceGround(ABC):
    """One workspace, made anew for a test."""

    refusal: type[Exception]
    """What ``execute`` raises when the database refuses a statement."""
    password = ""
    """What another process needs to enter."""

    def __init__(self) -> None:
        self.clock = SetClock()

    @property
    @abstractmethod
    def place(self) -> str:
        """What another process opens."""

    @abstractmethod
    def open(self) -> Workspace:
        """Open the workspace once more, as a second window would."""

    def open_settled(self) -> Workspace:
        """Open the workspace with facts, members and a request in it."""
        workspace = self.open()
        with workspace.write() as unit:
            settle_in(unit)
            unit.commit()
        return workspace

    @abstractmethod
    def execute(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Run one statement as somebody with the database's own shell, and commit it."""

    def refuses(self, sql: str) -> bool:
        """Say whether the database refuses a statement; else it stands."""
        try:
            self.execute(sql)
        except self.refusal:
            return True
        return False

    @contextmanager
    def elsewhere(self, what: str, *words: str) -> Iterator[subprocess.Popen[str]]:
        """Start another process that does ``what`` (see ``elsewhere.py``); kill it at the end."""
        process = subprocess.Popen(
            [sys.executable, str(ELSEWHERE), what, self.place, *words],
            cwd=ROOT,
            # A process that may not write much would leave halves of compiled modules behind.
            env={
                "PYTHONPATH": str(ROOT),
                "PYTHONDONTWRITEBYTECODE": "1",
                "WORKSPACE_PASSWORD": self.password,
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        with process:
            try:
                yield process
            finally:
                process.kill()


def commit(workspace: Workspace, do: Callable[[UnitOfWork], object]) -> None:
    """Do something in a unit of work of its own."""
    with workspace.write() as unit:
        do(unit)
        unit.commit()


def refused(workspace: Workspace, ask: Callable[[UnitOfWork], object]) -> AppError:
    """Return what ``ask``, in a unit of its own, is refused with; the unit is over then."""
    with workspace.write() as unit, pytest.raises(AppError) as caught:
        ask(unit)
    return caught.value


def soon(is_so: Callable[[], bool]) -> None:
    """Wait until something is so that another process or thread brings about."""
    pause, deadline = threading.Event(), time.monotonic() + SOON_SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        pause.wait(0.005)


def told(process: subprocess.Popen[str]) -> str:
    """Return the next line that another process says."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def settle_in(unit: UnitOfWork) -> None:
    """Add the facts, an officer, an approver, an administrator and a request."""
    unit.workspace.create(workspace_facts())
    for member in (
        a_member("olga"),
        a_member("anna", Role.APPROVER, Role.OFFICER),
        a_member("adam", Role.ADMINISTRATOR),
    ):
        unit.members.add(member)
    unit.requests.add(a_request())


def open_access(unit: UnitOfWork) -> None:
    """Ask for access, grant it and open the window."""
    unit.access.add(an_access_request(), a_verdict())
    unit.access.add_decision(a_decision())
    unit.access.add_window("ar-1", a_window())


def pull(unit: UnitOfWork) -> int:
    """Begin a pull in the open window and return the id of what it reads."""
    open_access(unit)
    return unit.pulls.start(a_pulled_collection()).id


class SettledContract:
    """What contracts begin with: a workspace with members and a request; a unit of another one.

    What ``unit`` writes must not be committed.
    """

    @pytest.fixture
    def workspace(self, ground: WorkspaceGround) -> Iterator[Workspace]:
        workspace = ground.open_settled()
        yield workspace
        workspace.close()

    @pytest.fixture(scope="class")
    @classmethod
    def quiet(cls, lasting: WorkspaceGround) -> Iterator[Workspace]:
        """A settled workspace in which nothing is ever committed; all tests of a class share it."""
        workspace = lasting.open_settled()
        yield workspace
        workspace.close()

    @pytest.fixture
    def unit(self, quiet: Workspace) -> Iterator[UnitOfWork]:
        with quiet.write() as unit:
            yield unit
