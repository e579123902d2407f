"""Windows on a shared workspace: told at once, and at work again after whatever happened."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from PySide6.QtTest import QTest

from app.bootstrap import make_desk
from app.domain.access import EndReason
from app.domain.addresses import WorkspaceAddress
from app.domain.requests import Stage
from app.domain.secrets import Secret
from app.ui.stages.scope import ScopeStage
from tests.contracts.proxy import Proxy
from tests.guard.office import SharedOffice, open_shared_office, password_of
from tests.office import PASSPHRASE
from tests.ui.windows import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.services.desk import Desk
    from app.ui.shell.seat import Seat
    from tests.servers import Mortal, PostgresqlServer

    Sit = Callable[..., Seat]

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def office(
    postgresql_server: PostgresqlServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SharedOffice]:
    office = open_shared_office(postgresql_server, "windows", tmp_path_factory.mktemp("windows"))
    yield office
    office.close()


@contextmanager
def elsewhere(office: SharedOffice, login: str) -> Iterator[tuple[Desk, Proxy]]:
    """Give the desk of a member whose machine is behind a network, and the network."""
    proxy = Proxy(office.server.host, office.server.port)
    address = WorkspaceAddress(office.server.host, office.database, login, proxy.port)
    workspace = office.adapters.servers.open(address, Secret(password_of(login)))
    try:
        member = office.desks[login].here.member
        here = office.membership.sign_in(workspace, member, passphrase=PASSPHRASE)
        yield make_desk(here, office.adapters), proxy
    finally:
        proxy.resume()
        workspace.close()
        proxy.close()


def typing(office: SharedOffice, desk: Desk, sit: Sit) -> tuple[Seat, ScopeStage]:
    """Return a window in which an officer has begun to write why she asks."""
    request = office.verified()
    office.officer.casework.move(request.id, Stage.SCOPE)
    seat = sit(desk, "request", request.id)
    panel = seat.workbench.findChild(ScopeStage)
    assert isinstance(panel, ScopeStage)
    panel.purpose.setFocus()
    panel.purpose.clear()
    QTest.keyClicks(panel.purpose, "Answer her")
    return seat, panel


def test_a_grant_and_its_end_reach_the_officers_window_by_themselves(
    office: SharedOffice, sit: Sit
) -> None:
    case = office.asked()
    with elsewhere(office, "olga") as (desk, _network):
        seat = sit(desk, "today")
        office.approver.granting.grant(case.asked.id, seen_hash=case.asked.scope_hash)
        until(seat.room, seat.news.isVisible)
        assert case.asked.request in seat.news.text
        with office.officer.here.workspace.write() as unit:
            opened = office.officer.sessions.begin(unit, case.asked.id, enforcement={})
            unit.commit()
        until(seat.room, seat.bars.isVisible)
        office.approver.granting.revoke(case.asked.id, reason="Enough.")
        until(seat.room, lambda: not seat.bars.isVisible())
        opened.lease.release()
        window = desk.granting.get(case.asked.id).window
        assert window is not None
        assert window.reason is EndReason.REVOKED
        seat.leave()


def test_a_network_that_drops_or_stands_still_takes_nothing_from_ones_hands(
    office: SharedOffice, sit: Sit
) -> None:
    with elsewhere(office, "olga") as (desk, network):
        seat, panel = typing(office, desk, sit)
        network.cut()
        office.record()
        until(seat.room, lambda: desk.overview.glance().open_requests > 0)
        network.stall()
        said: list[str] = []
        seat.room.run(
            seat,
            lambda _work: desk.overview.glance(),
            done=lambda _glance: said.append(""),
            failed=lambda sentence: said.append(sentence.code),
        )
        until(seat.room, seat.lost.isVisible)
        until(seat.room, lambda: bool(said))
        assert said == ["workspace.gone"]
        assert seat.lost.text.startswith("Connection lost, trying again.")
        network.resume()
        until(seat.room, lambda: not seat.lost.isVisible())
        assert panel.purpose.text() == "Answer her"
        case = office.asked()
        office.approver.granting.grant(case.asked.id, seen_hash=case.asked.scope_hash)
        until(seat.room, lambda: case.asked.request in seat.news.text)
        seat.leave()


def test_a_server_that_is_started_again_is_found_again(
    mortal_server: Mortal, tmp_path_factory: pytest.TempPathFactory, sit: Sit
) -> None:
    office = open_shared_office(
        mortal_server.server, "restarted", tmp_path_factory.mktemp("restarted")
    )
    seat, panel = typing(office, office.officer, sit)
    mortal_server.stop()
    until(seat.room, seat.lost.isVisible)
    mortal_server.start()
    until(seat.room, lambda: not seat.lost.isVisible())
    assert panel.purpose.text() == "Answer her"
    case = office.asked()
    office.approver.granting.grant(case.asked.id, seen_hash=case.asked.scope_hash)
    until(seat.room, lambda: case.asked.request in seat.news.text)
    seat.leave()
    office.close()
