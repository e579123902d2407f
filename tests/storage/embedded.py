"""An embedded workspace for tests."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, override

from app.storage.workspaces import EmbeddedWorkspaces
from tests.contracts.workspace_ground import WorkspaceGround

if TYPE_CHECKING:
    from pathlib import Path

    from app.storage.workspaces import EmbeddedWorkspace


class EmbeddedGround(WorkspaceGround):
    """A file in the test's own folder."""

    refusal = sqlite3.IntegrityError

    def __init__(self, folder: Path, *, empty: Path, settled: Path) -> None:
        super().__init__()
        self._settled = settled
        self.path = folder / "workspace.sandglass"
        self.workspaces = EmbeddedWorkspaces(self.clock, heads=folder / "heads")
        shutil.copy(empty, self.path)

    @property
    @override
    def place(self) -> str:
        return str(self.path)

    @override
    def open(self) -> EmbeddedWorkspace:
        return self.workspaces.open(self.path)

    @override
    def open_settled(self) -> EmbeddedWorkspace:
        shutil.copy(self._settled, self.path)
        return self.open()

    @override
    def execute(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.path)) as shell, shell:
            shell.execute("PRAGMA foreign_keys = ON")
            return shell.execute(sql, values).fetchall()
