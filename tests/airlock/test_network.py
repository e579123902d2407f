"""With the network cut no row comes after the deadline, and the server closes by itself."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app.domain.access import EndReason
from app.domain.errors import SourceError
from app.domain.plan import Selection
from app.domain.pulls import PullState
from app.ports.airlocks import SessionKeys
from app.ports.progress import Progress, QuietTask
from app.ports.sources import Capability
from app.sources._postgresql_session import PostgresqlSession
from app.sources._window import Patience
from tests.airlock.ground import HEAVY_ORDERS, Shop, until
from tests.airlock.store import DATABASE, dba, open_store
from tests.cut_off import Network

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers import PostgresqlServer

pytestmark = pytest.mark.server

SECONDS = 2
LATE_ALLOWED = 0.1


def test_a_read_over_a_network_that_is_cut_ends_at_the_deadline(shop: Shop) -> None:
    opened, before = shop.begun(identities={"email": ("heavy@example.test",)})
    before.close()
    keys = SessionKeys(opened.grant, opened.password, opened.token, shop.watch_password)
    with Network(shop.server) as network:
        address = replace(shop.address("-", opened.password), port=str(network.port))
        session = PostgresqlSession(address, shop.names, keys, source="shop", patience=Patience())
        shop.shorten(opened, SECONDS)
        with session.open(Capability({"orders": frozenset({"id", "item"})})) as reader:
            batches = reader.read(Selection("orders", ("id", "item"), ())).batches
            network.cut(after_bytes=60_000)
            came: list[tuple[int, float]] = []

            def take_all() -> None:
                came.extend((len(batch), time.time()) for batch in batches)

            with pytest.raises(SourceError, match=r"source\.window_closed") as ended:
                take_all()
            ended_at = time.time()
        assert ended.value.values["reason"] == "expired"
        deadline = shop.state(opened.grant).deadline
        assert deadline is not None
        assert 0 < sum(rows for rows, _ in came) < HEAVY_ORDERS
        assert came[-1][1] < deadline.timestamp() + LATE_ALLOWED
        assert ended_at - deadline.timestamp() < 1  # measured: a few ms
        until(lambda: shop.state(opened.grant).state == "closed")  # the fuse, not us
        state = shop.state(opened.grant)
        assert (state.reason, state.sessions, state.has_role) == ("expired", 0, False)
        assert session.end("expired").failure == "source.unreachable"


def test_a_pull_over_a_network_that_is_cut_is_incomplete_with_the_reason(
    tmp_path: Path, postgresql_server: PostgresqlServer
) -> None:
    with Network(postgresql_server) as network:
        office = open_store(tmp_path, replace(postgresql_server, port=network.port))
        office.administrator.airlocks.install("store", dba(postgresql_server))
        case = office.granted()

        class Cutting(QuietTask):
            def report(self, progress: Progress) -> None:
                if progress.what == "store.orders" and progress.total:
                    network.cut()

        with closing(postgresql_server.connect(DATABASE)) as owner:
            with office.workspace.read() as unit:
                session = office.officer.pulling._opening.session(unit, case.asked.id, "store")
            session.open(Capability({"customers": frozenset({"id"})})).close()  # begins
            owner.execute(
                "UPDATE sandglass_store.ledger SET deadline = clock_timestamp()"
                f" + interval '{SECONDS} s'"
            )
            result = office.officer.pulling.run(case.asked.id, Cutting())
            assert result.case.window is not None
            assert result.case.window.reason is EndReason.EXPIRED
            found = {str(each.collection): each for each in result.pulled}
            assert found["store.customers"].state is PullState.COMPLETE
            assert found["store.orders"].state is PullState.INCOMPLETE
            assert found["store.orders"].incomplete_why == "window.expired"
            query = "SELECT state, close_reason FROM sandglass_store.ledger"
            until(lambda: owner.execute(query).fetchall() == [("closed", "expired")])
            with office.workspace.read() as unit:
                lines = [line.decode() for _, line, _, _ in unit.log.stored()]
            (closed,) = [line for line in lines if '"source.closed"' in line]
            assert '"failure":"source.unreachable"' in closed  # said, and proved another time
