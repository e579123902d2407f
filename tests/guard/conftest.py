"""Where the guard of shared workspaces is tested."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app.domain.requests import Outcome
from tests.guard.office import approvers_needed, open_shared_office
from tests.guard.scene import Scene

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.guard.office import SharedOffice
    from tests.servers import PostgresqlServer


@pytest.fixture(scope="session")
def office(
    postgresql_server: PostgresqlServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SharedOffice]:
    """One office for all tests that change nothing in it, or only add to it."""
    office = open_shared_office(postgresql_server, "office", tmp_path_factory.mktemp("office"))
    yield office
    office.close()


@pytest.fixture(scope="session")
def scene(office: SharedOffice) -> Scene:
    bea = replace(office, officer=office.desks["bea"])
    withdrawn = office.asked().asked.id
    office.officer.granting.withdraw(withdrawn, reason="Mistaken.")
    closed = office.record().id
    office.officer.casework.close(closed, Outcome.WITHDRAWN)
    read, _ = office.pulled()
    office.officer.casework.add_note(read, "A note that stays.")
    office.approver.drawer.put("draft", "Anna's own.")
    with approvers_needed(office, 2):
        half, half_denied = (office.asked().asked for _ in range(2))
        anna = office.approver.granting
        anna.grant(half.id, seen_hash=half.scope_hash)
        anna.deny(half_denied.id, seen_hash=half_denied.scope_hash, note="Too wide.")
    return Scene(
        office,
        waiting=office.asked().asked.id,
        of_bea=bea.asked().asked.id,
        granted=office.granted().asked.id,
        withdrawn=withdrawn,
        read=read,
        quiet=office.record().id,
        closed=closed,
        half=half.id,
        half_denied=half_denied.id,
    )
