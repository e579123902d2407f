"""The shared workspace against the contract of all workspaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contracts.workspace_access_contract import AccessContract
from tests.contracts.workspace_contract import StoresContract
from tests.contracts.workspace_lists_contract import RequestListContract
from tests.contracts.workspace_log_contract import LogContract
from tests.contracts.workspace_units_contract import UnitsContract
from tests.contracts.workspace_work_contract import WorkContract
from tests.storage.shared import Databases, SharedGround, made_once

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers import PostgresqlServer

pytestmark = pytest.mark.server


@pytest.fixture(scope="session")
def databases(postgresql_server: PostgresqlServer) -> Databases:
    return Databases(postgresql_server)


@pytest.fixture(scope="session")
def templates(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str]]:
    yield from made_once(databases, tmp_path_factory.mktemp("shared"))


@pytest.fixture
def ground(
    databases: Databases, templates: tuple[str, str], tmp_path: Path
) -> Iterator[SharedGround]:
    empty, settled = templates
    ground = SharedGround(tmp_path, databases, empty=empty, settled=settled)
    yield ground
    ground.throw_away()


@pytest.fixture(scope="class")
def lasting(
    databases: Databases, templates: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SharedGround]:
    """Where all tests of a class stand that commit nothing."""
    empty, settled = templates
    folder = tmp_path_factory.mktemp("lasting")
    ground = SharedGround(folder, databases, empty=empty, settled=settled)
    yield ground
    ground.throw_away()


class TestStores(StoresContract):
    """Stores of a shared workspace."""


class TestWork(WorkContract):
    """Stores of the work on a request in a shared workspace."""


class TestRequestList(RequestListContract):
    """Lists of requests of a shared workspace."""


class TestAccess(AccessContract):
    """Access in a shared workspace."""


class TestLog(LogContract):
    """The log of a shared workspace."""


class TestUnits(UnitsContract):
    """Units of work of a shared workspace."""
