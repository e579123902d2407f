"""MariaDB: the window opens once, for so long, by the server's clock, and no row comes after it."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from app.domain.errors import SourceError
from app.domain.plan import Selection
from app.ports.airlocks import SessionKeys
from app.ports.sources import Capability
from app.sources._mariadb_errors import MariadbError
from app.sources._mariadb_session import MariadbSession
from app.sources._window import Patience
from tests.airlock.ground import until
from tests.airlock.mariadb_ground import HEAVY, HEAVY_ORDERS, MariadbShop, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.airlock.base import Opened
    from tests.servers import MariadbServer

pytestmark = pytest.mark.server

LATE = 1.0
"""Measured are under 50 ms; a loaded machine may take longer."""
ORDERS = Selection("orders", ("id", "item", "amount"), ())
FIELDS = {"orders": frozenset(ORDERS.fields), "customers": frozenset({"id", "email", "full_name"})}


@pytest.fixture(scope="module")
def shop(mariadb_server: MariadbServer) -> Iterator[MariadbShop]:
    built = MariadbShop(mariadb_server)
    built.build()
    yield built
    built.remove()


def session(shop: MariadbShop, opened: Opened) -> MariadbSession:
    keys = SessionKeys(opened.grant, opened.password, opened.token, shop.watch_password)
    address = shop.address("-", opened.password)
    return MariadbSession(address, shop.names, keys, source="shop", patience=Patience())


def test_a_grant_gives_one_persons_rows_in_granted_columns(shop: MariadbShop) -> None:
    source = session(shop, shop.opened())
    with source.open(Capability(FIELDS)) as reader:
        rows = reader.read(ORDERS)
        assert [column.type for column in rows.columns] == [
            "int(11)", "varchar(200)", "decimal(12,2)",
        ]  # fmt: skip
        found = sorted(row for batch in rows.batches for row in batch)
    assert found == [("1006"[3:], "item 6", "6.00")] or len(found) == 5
    assert {item for _, item, _ in found} == {f"item {6 + 200 * n}" for n in range(5)}
    proof = source.end("finished")
    assert proof.is_dead
    assert shop.traces(source._keys.grant) == (0, 1)


def test_nothing_is_read_before_the_window_is_begun(shop: MariadbShop) -> None:
    with closing(shop.enter(shop.opened())) as officer:
        for call in ("`read`('orders', '[\"id\"]')", "shape()", "shared('x')", "attest('x')"):
            assert refusal(officer, shop.verb(call)) == "SG006"


def test_a_running_read_raises_at_the_deadline(shop: MariadbShop) -> None:
    opened, officer = shop.begun(person=HEAVY, identities={"email": ("heavy@example.test",)})
    shop.shorten(opened, 0.4)
    ends, last, rows = time.monotonic() + 0.4, 0.0, 0
    failed: MariadbError | None = None
    with closing(officer):
        while failed is None:
            try:
                for chunk in officer.stream(shop.verb("`read`('orders', '[\"id\"]')")):
                    last, rows = time.monotonic(), rows + len(chunk)
            except MariadbError as error:
                failed = error
    assert rows > HEAVY_ORDERS
    assert last < ends + LATE
    assert failed.state in {"SG007", ""}
    until(lambda: shop.state(opened.grant).state == "closed")
    assert shop.traces(opened.grant) == (0, 1)
    with pytest.raises(SourceError, match=r"source\.login_refused"):
        shop.enter(opened)
