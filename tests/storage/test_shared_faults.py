"""A shared workspace when its server dies, restarts, throws somebody out or becomes a replica."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from app.domain.errors import StorageError
from app.domain.secrets import Secret
from app.storage.heads import RememberedHeads
from app.storage.shared import SharedWorkspace
from tests.builders import a_request, an_event
from tests.contracts.workspace_ground import REQUEST, commit, soon
from tests.servers import Mortal, home_of_a_server
from tests.storage.shared import Databases, SharedGround, address_of, make_empty

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def mortal() -> Iterator[Mortal]:
    """A server for all tests here; each leaves it running."""
    with home_of_a_server() as (home, as_user):
        mortal = Mortal(home, as_user)
        mortal.start()
        yield mortal
        mortal.stop()


@pytest.fixture(scope="module")
def empty(mortal: Mortal) -> str:
    return make_empty(Databases(mortal.server))


@pytest.fixture
def ground(mortal: Mortal, empty: str, tmp_path: Path) -> SharedGround:
    return SharedGround(tmp_path, Databases(mortal.server), empty=empty, settled=empty)


@pytest.fixture
def workspace(ground: SharedGround) -> Iterator[SharedWorkspace]:
    workspace = ground.open()
    commit(workspace, lambda unit: unit.requests.add(a_request()))
    yield workspace
    workspace.close()


def code_of(do: Callable[[], object]) -> str:
    try:
        do()
    except StorageError as error:
        return error.code
    return ""


def restart(server: Mortal) -> None:
    server.crash()
    server.start()


def test_work_goes_on_once_the_server_is_back(workspace: SharedWorkspace, mortal: Mortal) -> None:
    commit(workspace, lambda unit: unit.record(an_event()))
    restart(mortal)
    with workspace.read() as unit:
        assert unit.requests.get(REQUEST) == a_request()
    commit(workspace, lambda unit: unit.record(an_event()))
    with workspace.read() as unit:
        assert unit.log.head()[0] == 2


def test_changes_are_heard_again_once_the_server_is_back(
    ground: SharedGround, workspace: SharedWorkspace, mortal: Mortal
) -> None:
    def listens() -> bool:
        rows = ground.execute("SELECT 1 FROM pg_stat_activity WHERE left(query, 6) = 'LISTEN'")
        return len(rows) == 1

    soon(listens)
    before = workspace.changes()
    restart(mortal)
    soon(listens)
    # Whatever happened while nobody listened counts as a change, and so does what follows.
    soon(lambda: workspace.changes() != before)
    again = workspace.changes()
    with closing(ground.open()) as other:
        commit(other, lambda unit: unit.record(an_event()))
        soon(lambda: workspace.changes() != again)


def test_while_the_server_is_away_everybody_is_told_so(
    workspace: SharedWorkspace, mortal: Mortal
) -> None:
    mortal.stop()
    assert code_of(workspace.read().__enter__) in {"workspace.unreachable", "workspace.gone"}
    assert code_of(workspace.write().__enter__) in {"workspace.unreachable", "workspace.gone"}
    soon(lambda: code_of(workspace.changes) == "workspace.gone")
    mortal.start()
    soon(lambda: code_of(workspace.changes) == "")
    commit(workspace, lambda unit: unit.record(an_event()))


def test_a_unit_that_loses_its_server_leaves_nothing(
    workspace: SharedWorkspace, mortal: Mortal
) -> None:
    with workspace.write() as unit:
        unit.record(an_event())
        mortal.crash()
        assert code_of(lambda: unit.record(an_event())) == "workspace.gone"
    mortal.start()
    with workspace.read() as unit:
        assert unit.log.head()[0] == 0


def test_a_unit_whose_connection_is_ended_leaves_nothing(
    ground: SharedGround, workspace: SharedWorkspace
) -> None:
    with workspace.write() as unit:
        unit.record(an_event())
        ground.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE state = 'idle in transaction' AND datname = current_database()"
        )
        assert code_of(unit.commit) == "workspace.gone"
    commit(workspace, lambda unit: unit.record(an_event()))
    with workspace.read() as unit:
        assert unit.log.head()[0] == 1


def test_who_only_looks_holds_one_connection(
    ground: SharedGround, mortal: Mortal, tmp_path: Path
) -> None:
    def holds_one() -> bool:
        ground.execute("SELECT pg_notify(channel(), 'something changed')")
        asked = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'sandglass' AND datname = "
        return len(ground.execute(f"{asked}'{ground.name}'")) == 1

    workspace = SharedWorkspace(
        address_of(mortal.server, ground.name),
        Secret(mortal.server.password),
        heads=RememberedHeads(tmp_path),
        rest_seconds=0.0,
    )
    with closing(workspace):
        for entries in (1, 2):
            commit(workspace, lambda unit: unit.record(an_event()))
            with workspace.read() as unit:
                assert unit.log.head()[0] == entries
            soon(holds_one)


def test_a_lease_is_held_again_once_the_server_is_back(
    ground: SharedGround, workspace: SharedWorkspace, mortal: Mortal
) -> None:
    lease = workspace.lease("S-0001")
    assert lease is not None
    restart(mortal)
    soon(lambda: ground.execute("SELECT 1 FROM pg_locks WHERE locktype = 'advisory'") != [])
    with closing(ground.open()) as other:
        assert other.lease("S-0001") is None
        lease.release()
        assert other.lease("S-0001") is not None


def test_a_read_replica_is_said_to_be_one(ground: SharedGround, mortal: Mortal) -> None:
    ground.open().close()
    mortal.stop()
    mortal.become_standby()
    mortal.start()
    try:
        assert code_of(ground.open) == "workspace.read_only"
    finally:
        mortal.stop()
        mortal.become_primary()
        mortal.start()
