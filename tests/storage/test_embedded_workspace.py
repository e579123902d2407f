"""The embedded workspace against the contract of all workspaces."""

from __future__ import annotations

from tests.contracts.workspace_access_contract import AccessContract
from tests.contracts.workspace_contract import StoresContract
from tests.contracts.workspace_lists_contract import RequestListContract
from tests.contracts.workspace_log_contract import LogContract
from tests.contracts.workspace_units_contract import UnitsContract
from tests.contracts.workspace_work_contract import WorkContract


class TestStores(StoresContract):
    """Stores of an embedded workspace."""


class TestWork(WorkContract):
    """Stores of the work on a request in an embedded workspace."""


class TestRequestList(RequestListContract):
    """Lists of requests of an embedded workspace."""


class TestAccess(AccessContract):
    """Access in an embedded workspace."""


class TestLog(LogContract):
    """The log of an embedded workspace."""


class TestUnits(UnitsContract):
    """Units of work of an embedded workspace."""
