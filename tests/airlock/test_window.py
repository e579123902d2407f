"""The window opens once, for so long, by the server's clock, and no row comes after it."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import RawCursor

from tests.airlock.ground import HEAVY, HEAVY_ORDERS, Shop, refusal, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.airlock.base import Opened

pytestmark = pytest.mark.server

type Connection = psycopg.Connection[tuple[Any, ...]]

NOT_OPEN, EXPIRED, TOO_LATE = "SG006", "SG007", "SG002"
BEGIN = "SELECT sandglass_shop.begin()"
CUSTOMERS = "SELECT id FROM sandglass_shop.customers"
SLOW = "SELECT id, pg_sleep(0.002) FROM sandglass_shop.orders"
SOON = 0.5
LATE = 0.5
"""Measured are under 10 ms; a loaded machine may take longer."""


@pytest.mark.parametrize(
    "query",
    [
        CUSTOMERS,
        "SELECT count(*) FROM sandglass_shop.orders",
        "SELECT sandglass_shop.identity('email')",
        "SELECT sandglass_shop.keys('x')",
        "SELECT sandglass_shop.shared('x')",
        "SELECT sandglass_shop.attest('x')",
        "SELECT sandglass_shop.bring('{}', NULL)",
        f"DECLARE c CURSOR WITH HOLD FOR {CUSTOMERS}",
        f"CREATE TEMP TABLE t AS {CUSTOMERS}",
    ],
)
def test_nothing_is_read_before_the_window_is_begun(shop: Shop, query: str) -> None:
    with closing(shop.enter(shop.opened())) as officer:
        assert refusal(officer, query) == NOT_OPEN


def test_beginning_again_moves_no_deadline(shop: Shop) -> None:
    opened = shop.opened()

    def begin(_: int) -> object:
        with closing(shop.enter(opened)) as officer:
            return officer.execute(BEGIN).fetchone()

    with ThreadPoolExecutor(3) as pool:  # three connections are what a login may have
        found = {*pool.map(begin, range(3))}
    assert len({*found, begin(0)}) == 1


def test_the_deadline_is_the_servers_own(shop: Shop) -> None:
    opened, officer = shop.begun(minutes=7)
    with closing(officer):
        query = "SELECT extract(epoch FROM sandglass_shop.begin() - clock_timestamp())::float"
        ((left,),) = officer.execute(query).fetchall()
    assert 7 * 60 - 10 < left <= 7 * 60
    assert shop.state(opened.grant).state == "open"


@pytest.mark.parametrize("style", ["SQL, DMY", "Postgres, MDY", "German"])
def test_no_way_of_writing_dates_moves_the_end_of_the_login(shop: Shop, style: str) -> None:
    """The trap: IST is written for Kolkata and read as Israel, three and a half hours later."""
    opened = shop.opened()
    with closing(shop.enter(opened)) as officer:
        officer.execute(f"SET datestyle = '{style}'")
        officer.execute("SET timezone = 'Asia/Kolkata'")
        officer.execute(BEGIN)
    assert shop.query(
        "SELECT r.rolvaliduntil = l.deadline FROM pg_roles r"
        " JOIN sandglass_shop.ledger l ON l.role_name = r.rolname WHERE l.grant_id = %s",
        opened.grant,
    ) == [(True,)]


def test_nobody_begins_after_start_by(shop: Shop) -> None:
    opened = shop.opened()
    with closing(shop.enter(opened)) as officer:
        shop.query("UPDATE sandglass_shop.ledger SET start_by = clock_timestamp() - interval '1 s'"
                   " WHERE grant_id = %s RETURNING 1", opened.grant)  # fmt: skip
        assert refusal(officer, BEGIN) == TOO_LATE
        assert refusal(officer, CUSTOMERS) == NOT_OPEN
    assert shop.state(opened.grant).deadline is None


@pytest.mark.parametrize("savepoint", ["", "SAVEPOINT s"])
def test_a_transaction_that_can_be_rolled_back_begins_nothing(shop: Shop, savepoint: str) -> None:
    """Else she could read all she likes, roll back, and have begun nothing."""
    opened = shop.opened()
    with closing(shop.enter(opened)) as officer:
        officer.execute("BEGIN")
        if savepoint:
            officer.execute(savepoint)
        officer.execute(BEGIN)
        assert refusal(officer, CUSTOMERS) == NOT_OPEN
        officer.execute("ROLLBACK")
        assert refusal(officer, CUSTOMERS) == NOT_OPEN
        officer.execute(f"BEGIN; {BEGIN}; COMMIT")
        assert officer.execute(CUSTOMERS).fetchall() == [(7,)]


def expire(shop: Shop, opened: Opened, seconds: float = SOON) -> float:
    """Let it expire; return when, by the clock of this process."""
    shop.shorten(opened, seconds)
    return time.monotonic() + seconds


def passed(shop: Shop, opened: Opened) -> bool:
    return shop.query(
        "SELECT deadline < clock_timestamp() FROM sandglass_shop.ledger WHERE grant_id = %s",
        opened.grant,
    ) == [(True,)]


def by_stream(officer: Connection, note: Callable[[], None]) -> None:
    for _ in officer.cursor().stream(SLOW):
        note()


def by_plain_query(officer: Connection, note: Callable[[], None]) -> None:
    officer.execute(SLOW)
    note()


def by_copy(officer: Connection, note: Callable[[], None]) -> None:
    with officer.cursor().copy(f"COPY ({SLOW}) TO STDOUT") as copy:
        for _ in copy.rows():
            note()


def by_cursor(officer: Connection, note: Callable[[], None]) -> None:
    pause = threading.Event()
    officer.execute(f"BEGIN; DECLARE c CURSOR FOR {SLOW.replace('0.002', '0')}")
    while officer.execute("FETCH 2 FROM c").fetchall():
        note()
        pause.wait(0.005)


def by_a_join_of_her_own(officer: Connection, note: Callable[[], None]) -> None:
    query = (
        "SELECT o.id, pg_sleep(0.002) FROM sandglass_shop.orders o"
        " JOIN sandglass_shop.customers c ON c.id > 0 AND o.id > 0"
    )
    for _ in officer.cursor().stream(query):
        note()


def by_repeatable_read(officer: Connection, note: Callable[[], None]) -> None:
    officer.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    while True:
        assert officer.execute(CUSTOMERS).fetchall() == [(HEAVY,)]
        note()


def by_a_prepared_statement(officer: Connection, note: Callable[[], None]) -> None:
    officer.execute("SET plan_cache_mode = force_generic_plan")
    with RawCursor(officer) as cursor:
        while True:
            assert cursor.execute(CUSTOMERS, prepare=True).fetchall() == [(HEAVY,)]
            note()


def by_an_endless_loop(officer: Connection, note: Callable[[], None]) -> None:
    note()
    officer.execute("DO $$ BEGIN LOOP PERFORM id FROM sandglass_shop.customers; END LOOP; END $$")


@pytest.mark.parametrize(
    "read",
    [
        by_stream, by_plain_query, by_copy, by_cursor, by_a_join_of_her_own, by_repeatable_read,
        by_a_prepared_statement, by_an_endless_loop,
    ],
)  # fmt: skip
def test_at_the_deadline_reading_raises_and_no_row_follows(
    shop: Shop, read: Callable[[Connection, Callable[[], None]], None]
) -> None:
    """The gate alone: no fuse burns here."""
    opened, officer = shop.begun(identities={"email": ("heavy@example.test",)})
    seen: list[float] = []
    with closing(officer):
        end = expire(shop, opened)
        with pytest.raises(psycopg.Error) as failed:
            read(officer, lambda: seen.append(time.monotonic()))
        raised = time.monotonic()
        assert failed.value.sqlstate == EXPIRED
        assert len(seen) < HEAVY_ORDERS
        assert end - 0.1 < raised < end + LATE
        assert all(each < end + LATE for each in seen)
        officer.execute("ROLLBACK")
        assert refusal(officer, CUSTOMERS) == EXPIRED


def test_an_idle_transaction_reads_nothing_more(shop: Shop) -> None:
    opened, officer = shop.begun()
    with closing(officer):
        expire(shop, opened, 0.2)
        officer.execute("BEGIN")
        assert officer.execute(CUSTOMERS).fetchall() == [(7,)]
        until(lambda: passed(shop, opened))
        assert refusal(officer, CUSTOMERS) == EXPIRED
        officer.execute("ROLLBACK")
        assert refusal(officer, BEGIN) == EXPIRED


def test_an_empty_answer_cannot_pass_for_a_whole_one(shop: Shop) -> None:
    """Also where the person has no row at all."""
    opened, officer = shop.begun(identities={"email": ("nobody@example.test",)})
    with closing(officer):
        assert officer.execute(CUSTOMERS).fetchall() == []
        expire(shop, opened, 0.0)
        assert refusal(officer, CUSTOMERS) == EXPIRED


def test_a_snapshot_from_before_sees_nothing(shop: Shop) -> None:
    opened = shop.opened()
    with closing(shop.enter(opened)) as early, closing(shop.enter(opened)) as officer:
        early.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        early.execute("SELECT 1")
        officer.execute(BEGIN)
        assert refusal(early, CUSTOMERS) == NOT_OPEN


def test_a_statement_prepared_before_reads_only_within_the_window(shop: Shop) -> None:
    opened = shop.opened()
    with closing(shop.enter(opened)) as officer:
        officer.execute(f"PREPARE mine AS {CUSTOMERS}")
        assert refusal(officer, "EXECUTE mine") == NOT_OPEN
        officer.execute(BEGIN)
        assert officer.execute("EXECUTE mine").fetchall() == [(7,)]
        expire(shop, opened, 0.0)
        assert refusal(officer, "EXECUTE mine") == EXPIRED


def test_nobody_logs_in_after_the_deadline(shop: Shop) -> None:
    opened, officer = shop.begun()
    officer.close()
    shop.enter(opened).close()
    expire(shop, opened, 0.0)
    with pytest.raises(psycopg.OperationalError):
        shop.enter(opened)


def test_nobody_has_more_than_three_connections(shop: Shop) -> None:
    opened = shop.opened()
    with (
        closing(shop.enter(opened)),
        closing(shop.enter(opened)),
        closing(shop.enter(opened)),
        pytest.raises(psycopg.OperationalError),
    ):
        shop.enter(opened)
