"""Where storage is tested."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.storage.workspaces import EmbeddedWorkspaces
from tests.builders import an_event
from tests.contracts.workspace_ground import SetClock, WorkspaceGround
from tests.storage.embedded import EmbeddedGround

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty workspace, made once and copied for every test."""
    path = tmp_path_factory.mktemp("empty") / "workspace.sandglass"
    EmbeddedWorkspaces(SetClock(), heads=path.with_name("heads")).create(path).close()
    return path


@pytest.fixture(scope="session")
def settled_file(empty: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with facts, members and a request, made once and copied too."""
    folder = tmp_path_factory.mktemp("settled")
    ground = EmbeddedGround(folder, empty=empty, settled=empty)
    WorkspaceGround.open_settled(ground).close()
    return ground.path


@pytest.fixture
def ground(tmp_path: Path, empty: Path, settled_file: Path) -> EmbeddedGround:
    return EmbeddedGround(tmp_path, empty=empty, settled=settled_file)


@pytest.fixture(scope="class")
def lasting(
    empty: Path, settled_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> EmbeddedGround:
    """Where all tests of a class stand that commit nothing."""
    return EmbeddedGround(tmp_path_factory.mktemp("lasting"), empty=empty, settled=settled_file)


@pytest.fixture
def settled(ground: EmbeddedGround) -> EmbeddedGround:
    """A workspace with facts, members and a request, closed again."""
    workspace = ground.open_settled()
    with workspace.write() as unit:
        unit.record(an_event())
        unit.commit()
    workspace.close()
    return ground
