"""What each login can do, and cannot, with everything that its holders have."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import psycopg
import pytest

from app.domain.airlock import mac
from app.domain.errors import SourceError
from app.domain.secrets import Secret
from tests.airlock.ground import Shop, refusal

if TYPE_CHECKING:
    from app.domain.airlock import Asked

pytestmark = pytest.mark.server

DENIED = "42501"
GOOD = f"SCRAM-SHA-256$4096:{'A' * 22}==${'B' * 43}=:{'C' * 43}="


def nothing_is_left(shop: Shop, asked: Asked) -> bool:
    return shop.traces(asked.grant) == (0, 0)


CALLS = [
    "SELECT {s}.open('', '', '', '')", "SELECT {s}.count('', '')",
    "SELECT {s}.rekey('', '', '', '')", "SELECT {s}.must_fit('officers', '', '')",
    "SELECT {s}.hmac('', '')", "SELECT {s}.end_sessions(0)",
]  # fmt: skip
READS = [
    f"SELECT * FROM {table}"
    for table in ("{s}.ledger", "{s}.secret", "{s}.brought", "{s}.customers", "{s}.orders",
                  "public.customers", "public.orders", "pg_authid", "pg_statistic")
]  # fmt: skip


@pytest.mark.parametrize("query", [*CALLS, *READS])
def test_the_watchman_opens_and_reads_nothing(shop: Shop, query: str) -> None:
    with closing(shop.watchman.address.connect()) as watchman:
        assert refusal(watchman, query.format(s=shop.names.schema)) == DENIED


OFFICERS = (
    "SELECT {s}.disable('', '', '')", "SELECT {s}.kill('')", "SELECT {s}.remove('')",
    "CALL {s}.close('', '', '')", "CALL {s}.sweep()", "CALL {s}.fuse('')",
    "SELECT {s}.set_key('officers', '')", "SELECT * FROM {s}.status()",
    "SELECT * FROM {s}.about", "SELECT {s}.due()", "SELECT {s}.view_of('customers')",
)  # fmt: skip


@pytest.mark.parametrize("query", [*CALLS, *OFFICERS])
def test_an_officers_own_login_opens_and_closes_nothing(shop: Shop, query: str) -> None:
    _, officer = shop.begun()
    with closing(officer):
        assert refusal(officer, query.format(s=shop.names.schema)) == DENIED


@pytest.mark.parametrize(
    "query", [*READS, *CALLS[3:], "SELECT {s}.identity('email')", "SELECT {s}.begin()"]
)
def test_the_gatekeeper_reads_nothing(shop: Shop, query: str) -> None:
    with closing(shop.gatekeeper.address.connect()) as gate:
        assert refusal(gate, query.format(s=shop.names.schema)) == DENIED


@pytest.mark.parametrize("kind", ["gatekeeper", "watchman"])
@pytest.mark.parametrize(
    "query",
    ["CREATE ROLE x", "CREATE TABLE {s}.x ()", "SET ROLE {s}_owner", "SET ROLE {s}_readers"],
)
def test_neither_login_makes_or_becomes_anything(shop: Shop, kind: str, query: str) -> None:
    with closing(getattr(shop, kind).address.connect()) as login:
        assert refusal(login, query.format(s=shop.names.schema)) == DENIED


def test_an_officer_with_all_that_officers_hold_cannot_open(shop: Shop) -> None:
    """The officers' key, the watchman's password, psql: but not the approvers' key."""
    asked, opened = shop.asked()
    text, allowed = asked.text(), shop.allowed(asked).text()
    with closing(shop.watchman.address.connect()) as psql:
        query = f"SELECT * FROM {shop.names.schema}.open(%s, %s, %s, %s)"
        forged = mac(shop.officers, allowed)
        assert refusal(psql, query, text, mac(shop.officers, text), allowed, forged) == DENIED
    with pytest.raises(SourceError, match=r"airlock\.not_genuine"):
        shop.try_open(text, allowed, allowed_mac_given=forged)
    with pytest.raises(psycopg.OperationalError):
        shop.enter(opened)


def test_an_approver_with_all_that_approvers_hold_cannot_open(shop: Shop) -> None:
    """The approvers' key and the gatekeeper's password: but not the officers' key."""
    asked, _ = shop.asked()
    text = asked.text()
    with pytest.raises(SourceError, match=r"airlock\.not_genuine"):
        shop.try_open(text, shop.allowed(asked).text(), asked_mac_given=mac(shop.approvers, text))
    with pytest.raises(SourceError, match=r"airlock\.not_genuine"):
        shop.gatekeeper.count(text, mac(shop.approvers, text))
    assert nothing_is_left(shop, asked)


def test_counting_leaves_nothing_behind(shop: Shop) -> None:
    asked, _ = shop.asked()
    counts = shop.gatekeeper.count(asked.text(), mac(shop.officers, asked.text()))
    assert counts == {"customers": 1, "orders": 5}
    assert nothing_is_left(shop, asked)


def test_the_log_and_the_catalog_hold_only_a_verifier(shop: Shop) -> None:
    opened = shop.opened()
    shop.enter(opened).close()
    ((kept,),) = shop.query(
        "SELECT rolpassword FROM pg_authid WHERE rolname = %s", shop.names.session(opened.grant)
    )
    assert kept.startswith("SCRAM-SHA-256$4096:")
    log = (shop.server.socket_folder / "log").read_text()
    assert opened.password.reveal() not in log + kept
    assert shop.watch_password.reveal() not in log


@pytest.mark.parametrize("other", ["", "x", GOOD, "correct horse"])
def test_only_the_officers_own_password_logs_in(shop: Shop, other: str) -> None:
    opened = shop.opened()
    wrong = Secret(other or shop.gate_password.reveal())
    with pytest.raises(psycopg.OperationalError):
        shop.enter(type(opened)(opened.grant, wrong, opened.token))
    ((kept,),) = shop.query(
        "SELECT rolpassword FROM pg_authid WHERE rolname = %s", shop.names.session(opened.grant)
    )
    with pytest.raises(psycopg.OperationalError):  # what the server keeps is no password
        shop.enter(type(opened)(opened.grant, Secret(kept), opened.token))
    shop.enter(opened).close()
