"""Embedded workspaces: made, opened, handed out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, override

from app.domain.errors import StorageError
from app.ports.storage import Condition, Workspace, Workspaces
from app.storage.engine import embedded
from app.storage.files import check_file, condition_of, copy_to, make_file, upgrade_file
from app.storage.heads import RememberedHeads
from app.storage.inspection import InspectedWorkspace
from app.storage.leases import FileLease, take_lease
from app.storage.migrations import MOVING_TO, NEWEST
from app.storage.statements import EmbeddedStatements
from app.storage.unit_of_work import SqlUnitOfWork

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

    from app.ports.clocks import Clock
    from app.ports.servers import Flaw

BUSY_SECONDS = 10.0
"""How long a unit of work waits for its turn to write."""
_LOOK_EVERY_SECONDS = 0.1
"""How often somebody who waits for changes looks at the file; SQLite tells nobody of them."""


class EmbeddedWorkspaces(Workspaces):
    """Workspaces in SQLite files; ``heads`` is the folder where this machine keeps log heads."""

    def __init__(self, clock: Clock, *, heads: Path, busy_seconds: float = BUSY_SECONDS) -> None:
        self._clock = clock
        self._heads = RememberedHeads(heads)
        self._busy_seconds = busy_seconds

    @override
    def create(self, path: Path) -> EmbeddedWorkspace:
        make_file(path, busy_seconds=self._busy_seconds)
        return self.open(path)

    @override
    def inspect(self, path: Path) -> InspectedWorkspace:
        check_file(path, to_write=False)
        return InspectedWorkspace(
            path, clock=self._clock, heads=self._heads, busy_seconds=self._busy_seconds
        )

    @override
    def copy(self, path: Path, to: Path) -> None:
        check_file(path)
        copy_to(path, to, busy_seconds=self._busy_seconds)

    @override
    def open(self, path: Path, *, moving_to: str = "") -> EmbeddedWorkspace:
        check_file(path)
        workspace = EmbeddedWorkspace(
            path,
            clock=self._clock,
            heads=self._heads,
            busy_seconds=self._busy_seconds,
            moving_to=moving_to,
        )
        try:
            if not workspace.is_on_its_way and workspace.condition().revision != NEWEST:
                upgrade_file(
                    path, clock=self._clock, heads=self._heads, busy_seconds=self._busy_seconds
                )
        except BaseException:
            workspace.close()
            raise
        return workspace


class EmbeddedWorkspace(Workspace):
    """A workspace in one SQLite file. Engines are shared by threads, connections are not."""

    def __init__(
        self,
        path: Path,
        *,
        clock: Clock,
        heads: RememberedHeads,
        busy_seconds: float,
        moving_to: str = "",
    ) -> None:
        self._path = path
        self._moving_to = moving_to
        self._clock = clock
        self._heads = heads
        self._identity = _identity(path)
        self._reader = embedded.reader(path, busy_seconds=busy_seconds)
        self._writer = embedded.writer(path, busy_seconds=busy_seconds)
        self._watch = embedded.Watch(path, busy_seconds=busy_seconds)
        self._is_open = True

    @property
    @override
    def place(self) -> str:
        return str(self._path)

    @property
    @override
    def is_shared(self) -> bool:
        return False

    @property
    def is_on_its_way(self) -> bool:
        """Whether it was being moved to the very place for which it was opened."""
        revision = self.condition().revision
        return bool(self._moving_to) and revision == MOVING_TO + self._moving_to

    @override
    def write(self) -> SqlUnitOfWork:
        return self._unit(self._writer, writes=True)

    @override
    def read(self) -> SqlUnitOfWork:
        return self._unit(self._reader, writes=False)

    @override
    def changes(self) -> int:
        self._must_be_there()
        return self._watch.changes()

    @override
    def wait_for_change(self, seen: int, *, seconds: float) -> int:
        until = time.monotonic() + seconds
        while True:
            found = self.changes()
            left = until - time.monotonic()
            if found != seen or left <= 0:
                return found
            time.sleep(min(_LOOK_EVERY_SECONDS, left))

    @override
    def lease(self, name: str) -> FileLease | None:
        self._must_be_there()
        return take_lease(self._path.with_name(f"{self._path.name}.leases"), name)

    @override
    def condition(self) -> Condition:
        self._must_be_there()
        return condition_of(self._path, self._reader)

    @override
    def end_turn(self) -> None:
        """Do nothing: a process that dies sets a file free."""

    @override
    def flaws(self) -> tuple[Flaw, ...]:
        return ()

    @override
    def close(self) -> None:
        self._is_open = False
        self._watch.close()
        self._reader.dispose()
        self._writer.dispose()

    def _unit(self, shared: Engine, *, writes: bool) -> SqlUnitOfWork:
        self._must_be_there()
        return SqlUnitOfWork(
            EmbeddedStatements(shared, writes=writes, moving_to=self._moving_to),
            clock=self._clock,
            heads=self._heads,
        )

    def _must_be_there(self) -> None:
        """Raise unless the file is still the one that was opened.

        Open connections would go on writing into a file that was deleted or replaced.
        """
        if not self._is_open:
            raise StorageError("workspace.closed", path=self.place)
        if _identity(self._path) != self._identity:
            raise StorageError("workspace.replaced", path=self.place)


def _identity(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        raise StorageError("workspace.not_found", path=str(path)) from None
    return found.st_dev, found.st_ino
