"""A workspace's file as it lies there: read by whoever checks it, and not changed by that."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NoReturn, override

from app.domain.errors import StorageError
from app.ports.storage import Condition, Workspace
from app.storage.engine import embedded
from app.storage.files import condition_of, os_errors
from app.storage.statements import EmbeddedStatements
from app.storage.unit_of_work import SqlUnitOfWork

if TYPE_CHECKING:
    from app.ports.clocks import Clock
    from app.ports.servers import Flaw
    from app.storage.heads import RememberedHeads


class InspectedWorkspace(Workspace):
    """A workspace that is only read, whatever its revision, and into whose folder nothing comes."""

    def __init__(
        self, path: Path, *, clock: Clock, heads: RememberedHeads, busy_seconds: float
    ) -> None:
        self._path = path
        self._clock = clock
        self._heads = heads
        self._closing = ExitStack()
        journal, index = Path(f"{path}-wal"), Path(f"{path}-shm")
        how = embedded.AS_SOMETHING_THAT_RESTS
        if journal.exists() and journal.stat().st_size:
            how = embedded.AS_ITS_READER
            if not index.exists():
                # A copy, or what a crash left: SQLite would make the index of the journal here.
                path = self._copy(path, journal)
        self._reader = embedded.reader(path, busy_seconds=busy_seconds, how=how)
        self._closing.callback(self._reader.dispose)

    @property
    @override
    def place(self) -> str:
        return str(self._path)

    @property
    @override
    def is_shared(self) -> bool:
        return False

    @override
    def write(self) -> NoReturn:
        raise StorageError("workspace.not_writable", path=self.place)

    @override
    def read(self) -> SqlUnitOfWork:
        statements = EmbeddedStatements(self._reader, writes=False, any_revision=True)
        return SqlUnitOfWork(statements, clock=self._clock, heads=self._heads)

    @override
    def changes(self) -> int:
        return 0

    @override
    def wait_for_change(self, seen: int, *, seconds: float) -> int:
        return 0

    @override
    def lease(self, name: str) -> NoReturn:
        raise StorageError("workspace.not_writable", path=self.place)

    @override
    def condition(self) -> Condition:
        return condition_of(self._path, self._reader)

    @override
    def end_turn(self) -> None:
        """Do nothing: a process that dies sets a file free."""

    @override
    def flaws(self) -> tuple[Flaw, ...]:
        return ()

    @override
    def close(self) -> None:
        self._closing.close()

    def _copy(self, path: Path, journal: Path) -> Path:
        with os_errors(path), ExitStack() as on_error:
            folder = Path(on_error.enter_context(TemporaryDirectory(prefix="sandglass-")))
            shutil.copyfile(journal, folder / journal.name)
            shutil.copyfile(path, folder / path.name)
            self._closing.push(on_error.pop_all())
        return folder / path.name
