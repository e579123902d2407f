"""The embedded workspace against the contract of all workspaces."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, override

import pytest

from app.storage.workspaces import EmbeddedWorkspaces
from tests.contracts.workspace_access_contract import AccessContract
from tests.contracts.workspace_contract import RequestListContract, StoresContract
from tests.contracts.workspace_ground import SetClock, WorkspaceGround
from tests.contracts.workspace_log_contract import LogContract
from tests.contracts.workspace_units_contract import UnitsContract

if TYPE_CHECKING:
    from pathlib import Path

    from app.storage.workspaces import EmbeddedWorkspace


class EmbeddedGround(WorkspaceGround):
    """A file in the test's own folder."""

    refusal = sqlite3.IntegrityError

    def __init__(self, folder: Path, empty: Path) -> None:
        super().__init__()
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
    def execute(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.path)) as shell, shell:
            shell.execute("PRAGMA foreign_keys = ON")
            return shell.execute(sql, values).fetchall()


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty workspace, made once and copied for every test."""
    path = tmp_path_factory.mktemp("empty") / "workspace.sandglass"
    EmbeddedWorkspaces(SetClock(), heads=path.with_name("heads")).create(path).close()
    return path


@pytest.fixture
def ground(tmp_path: Path, empty: Path) -> EmbeddedGround:
    return EmbeddedGround(tmp_path, empty)


class TestStores(StoresContract):
    """Stores of an embedded workspace."""


class TestRequestList(RequestListContract):
    """Lists of requests of an embedded workspace."""


class TestAccess(AccessContract):
    """Access in an embedded workspace."""


class TestLog(LogContract):
    """The log of an embedded workspace."""


class TestUnits(UnitsContract):
    """Units of work of an embedded workspace."""
