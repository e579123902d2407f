"""Somebody with psql who holds her turn: she is named, and an administrator ends it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import psycopg
import pytest

from app.domain.addresses import WorkspaceAddress
from app.domain.errors import NotAllowedError, StorageError
from app.domain.secrets import Secret
from app.storage.heads import RememberedHeads
from app.storage.shared import SharedWorkspace
from app.wording.errors import error_in_words
from tests.guard.insider import refusal
from tests.guard.office import password_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.guard.office import SharedOffice

pytestmark = pytest.mark.server


@pytest.fixture
def holding(office: SharedOffice) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """Otto's psql, in which he has taken his turn and does nothing with it; since a minute ago."""
    with closing(office.connect("otto")) as his:
        his.execute("SELECT take_turn()")
        with office.as_superuser() as shell:
            earlier = "SELECT setval('turn_taken', last_value - (60::bigint << 22)) FROM turn_taken"
            shell.execute(earlier.encode())
        yield his


def test_who_waits_in_vain_is_told_who_keeps_her_waiting(
    office: SharedOffice, holding: psycopg.Connection[tuple[object, ...]], tmp_path: Path
) -> None:
    hasty = SharedWorkspace(
        WorkspaceAddress(office.server.host, office.database, "olga", office.server.port),
        Secret(password_of("olga")),
        heads=RememberedHeads(tmp_path),
        lock_seconds=0.05,
    )
    with closing(hasty), pytest.raises(StorageError) as caught, hasty.write():
        pass
    assert caught.value.code == "workspace.turn_held"
    assert "Otto has been changing the workspace for 6" in error_in_words(caught.value).text()
    turn = office.administrator.health.look().condition.turn
    assert turn is not None
    assert (turn.who, turn.login) == ("Otto", "otto")
    holding.rollback()
    assert office.administrator.health.look().condition.turn is None


def test_an_administrator_cuts_off_who_holds_her_turn_and_it_is_on_record(
    office: SharedOffice, holding: psycopg.Connection[tuple[object, ...]]
) -> None:
    with pytest.raises(NotAllowedError):
        office.officer.health.end_turn()
    assert refusal(office.connect("olga"), "", lambda her: her.run("SELECT end_turn()")) == (
        "workspace.not_you"
    )
    assert office.administrator.health.end_turn() == "otto"
    with pytest.raises(psycopg.OperationalError):
        holding.execute("SELECT 1")
    with office.workspace.read() as unit:
        entry = unit.log.get(unit.log.head()[0])
    assert entry is not None
    assert entry.facts()["action"] == "turn.ended"
    assert office.administrator.health.end_turn() is None


def test_who_takes_her_turn_again_has_had_it_since_the_first_time(office: SharedOffice) -> None:
    with closing(office.connect("otto")) as his, office.as_superuser() as shell:
        his.execute("SELECT take_turn()")
        mark = "SELECT setval('turn_taken', last_value + (60::bigint << 22)) FROM turn_taken"
        before = shell.execute(mark.encode()).fetchone()
        his.execute("SELECT take_turn()")
        assert shell.execute("SELECT last_value FROM turn_taken").fetchone() == before
        # In a later transaction it is taken anew.
        shell.execute(
            "SELECT setval('turn_taken', last_value - (90::bigint << 22)) FROM turn_taken"
        )
        his.rollback()
        his.execute("SELECT take_turn()")
        is_recent = "SELECT seconds < 30 FROM turn_holder()"
        assert shell.execute(is_recent.encode()).fetchone() == (True,)


def test_where_the_guard_may_not_the_dba_is_told_what_to_run(
    office: SharedOffice, holding: psycopg.Connection[tuple[object, ...]]
) -> None:
    with office.as_superuser() as shell:
        ((channel,),) = shell.execute("SELECT channel()").fetchall()
        shell.execute(f"REVOKE pg_signal_backend FROM {channel}_owner".encode())
        with pytest.raises(NotAllowedError) as caught:
            office.administrator.health.end_turn()
        shell.execute(f"GRANT pg_signal_backend TO {channel}_owner".encode())
    said = error_in_words(caught.value).text()
    assert f"SELECT pg_terminate_backend({holding.info.backend_pid})" in said
