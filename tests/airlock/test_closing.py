"""Closing ends every session and takes the login away, whoever stands in the way or is dead."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from app.domain.errors import SourceError
from tests.airlock.ground import HEAVY, Shop, refusal, until

if TYPE_CHECKING:
    from app.domain.secrets import Secret
    from tests.airlock.base import Opened
    from tests.servers import Mortal

pytestmark = pytest.mark.server

BEGIN = "SELECT sandglass_shop.begin()"
CUSTOMERS = "SELECT id FROM sandglass_shop.customers"
NOTHING_LEFT = (0, 1)  # no role; the entry in the ledger stays


def is_dead(shop: Shop, opened: Opened) -> bool:
    return shop.traces(opened.grant) == NOTHING_LEFT and not shop.sessions(opened.grant)


def refused(shop: Shop, opened: Opened) -> bool:
    try:
        shop.enter(opened).close()
    except psycopg.OperationalError:
        return True
    return False


def client(shop: Shop, user: str, password: Secret, *queries: str) -> subprocess.Popen[bytes]:
    """Start a program of its own that runs queries, says so before the last, and reads it."""
    program = (
        "import psycopg, sys\n"
        "c = psycopg.connect(sys.argv[1], autocommit=True)\n"
        "for q in sys.argv[2:-1]: c.execute(q)\n"
        "print('ready', flush=True)\n"
        "for row in c.cursor().stream(sys.argv[-1]): pass\n"
    )
    where = f"host={shop.server.host} port={shop.server.port} dbname={shop.database} user={user}"
    return subprocess.Popen(
        [sys.executable, "-c", program, where, *queries],
        env={**os.environ, "PGPASSWORD": password.reveal()},
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def test_the_fuse_closes_at_the_deadline_with_nobody_alive(shop: Shop) -> None:
    opened, officer = shop.begun()
    with closing(officer):
        shop.shorten(opened, 1.0)
        fuse = "DO $$ BEGIN END $$", f"CALL sandglass_shop.fuse('{opened.grant}')"
        with client(shop, shop.names.watchman, shop.watch_password, *fuse) as lighter:
            assert lighter.stdout
            lighter.stdout.readline()
            query = "SELECT count(*) FROM pg_stat_activity WHERE query = %s"
            until(lambda: shop.query(query, fuse[-1]) == [(1,)])
            lighter.send_signal(signal.SIGKILL)
        until(lambda: is_dead(shop, opened))
        assert refusal(officer, "SELECT 1") in {"57P01", "OperationalError"}
    state = shop.state(opened.grant)
    assert (state.state, state.reason, state.ended_sessions) == ("closed", "expired", 1)
    assert state.overshoot_ms is not None
    assert state.overshoot_ms < 500  # measured under 50 ms
    assert refused(shop, opened)


def test_the_keeper_lights_the_fuse(shop: Shop) -> None:
    opened, officer = shop.begun()
    with closing(officer):
        shop.shorten(opened, 0.4)
        shop.watchman.light(opened.grant)
        until(lambda: is_dead(shop, opened))
    assert shop.state(opened.grant).reason == "expired"


def test_a_fuse_closes_a_grant_that_nobody_begins(shop: Shop) -> None:
    asked, opened = shop.asked()
    shop.let_in(asked, shop.allowed(asked, start_by=int(time.time()) + 2))
    shop.watchman.light(opened.grant)
    until(lambda: is_dead(shop, opened))


def test_a_reader_that_is_killed_leaves_a_window_that_closes(shop: Shop) -> None:
    opened = shop.opened(identities={"email": ("heavy@example.test",)})
    slow = "SELECT id, pg_sleep(0.005) FROM sandglass_shop.orders"
    name = shop.names.session(opened.grant)
    with client(shop, name, opened.password, BEGIN, slow) as reader:
        assert reader.stdout
        assert reader.stdout.readline() == b"ready\n"
        shop.shorten(opened, 1.0)
        shop.watchman.light(opened.grant)
        reader.send_signal(signal.SIGKILL)
    until(lambda: is_dead(shop, opened))
    assert refused(shop, opened)


def test_what_is_kept_in_a_session_dies_with_it(shop: Shop) -> None:
    """A sorted cursor and a temporary table hold rows that were read in time."""
    opened, officer = shop.begun()
    with closing(officer):
        officer.execute(f"CREATE TEMP TABLE kept AS {CUSTOMERS}")
        officer.execute(f"DECLARE held CURSOR WITH HOLD FOR {CUSTOMERS} ORDER BY id")
        shop.shorten(opened, 0.3)
        shop.watchman.light(opened.grant)
        until(lambda: is_dead(shop, opened))
        assert refusal(officer, "TABLE kept") in {"57P01", "OperationalError"}


def test_a_sweep_closes_what_is_due_and_nothing_else(shop: Shop) -> None:
    due, live, waiting = shop.begun(), shop.begun(), shop.opened()
    late = shop.opened()
    with closing(due[1]), closing(live[1]):
        shop.shorten(due[0], 0.0)
        shop.query("UPDATE sandglass_shop.ledger SET start_by = clock_timestamp()"
                   " WHERE grant_id = %s RETURNING 1", late.grant)  # fmt: skip
        shop.watchman.sweep()
        assert is_dead(shop, due[0])
        assert is_dead(shop, late)
        assert live[1].execute(CUSTOMERS).fetchall() == [(7,)]
        assert shop.state(waiting.grant).state == "ready"
        shop.watchman.sweep()


def test_the_watchman_closes_a_live_grant_only_with_its_token(shop: Shop) -> None:
    (opened, officer), other = shop.begun(), shop.opened()
    with closing(officer):
        for token in ("", "x", other.token, opened.grant, opened.password.reveal()):
            with pytest.raises(SourceError, match=r"airlock\.not_yours"):
                shop.watchman.close(opened.grant, token=token, reason="x")
        with closing(shop.watchman.address.connect()) as watchman:
            refusal(watchman, f"CALL sandglass_shop.close('{opened.grant}', NULL, 'x')")
            refusal(watchman, f"SELECT sandglass_shop.disable('{opened.grant}', NULL, 'x')")
            refusal(watchman, f"SELECT sandglass_shop.kill('{opened.grant}')")
            refusal(watchman, f"SELECT sandglass_shop.remove('{opened.grant}')")
        assert officer.execute(CUSTOMERS).fetchall() == [(7,)]
        state = shop.watchman.close(opened.grant, token=opened.token, reason="ended_early")
    assert (state.state, state.reason, state.has_role) == ("closed", "ended_early", False)
    assert is_dead(shop, opened)


def test_a_grant_that_nobody_knows_is_not_closed(shop: Shop) -> None:
    with pytest.raises(SourceError, match=r"airlock\.no_grant"):
        shop.gatekeeper.end("0" * 16, reason="x")


def test_the_gatekeeper_ends_any_grant_as_often_as_it_likes(shop: Shop) -> None:
    opened, officer = shop.begun()
    with closing(officer):
        first = shop.gatekeeper.end(opened.grant, reason="revoked")
    assert shop.gatekeeper.end(opened.grant, reason="again") == first
    assert shop.watchman.close(opened.grant, token="", reason="again") == first
    assert first.reason == "revoked"


def test_two_may_close_at_once(shop: Shop) -> None:
    for _ in range(5):
        opened, officer = shop.begun()
        start = threading.Barrier(4)

        def end(_: int, opened: Opened = opened, start: threading.Barrier = start) -> str:
            start.wait()
            return shop.gatekeeper.end(opened.grant, reason="revoked").reason

        with closing(officer), ThreadPoolExecutor(4) as pool:
            assert {*pool.map(end, range(4))} == {"revoked"}
        until(lambda opened=opened: is_dead(shop, opened))


def test_many_grants_may_open_and_close_at_once(shop: Shop) -> None:
    """The trap: privileges on the same views are changed by all of them at the same time."""

    def live_and_die(_: int) -> Opened:
        opened = shop.opened()
        shop.gatekeeper.end(opened.grant, reason="revoked")
        return opened

    with ThreadPoolExecutor(8) as pool:
        found = [*pool.map(live_and_die, range(40))]
    shop.watchman.sweep()
    assert all(is_dead(shop, each) for each in found)


def test_the_person_is_forgotten_when_the_grant_is_closed(shop: Shop) -> None:
    opened = shop.opened(unattested={"other.things.id": 3})
    with closing(shop.enter(opened)) as officer:
        officer.execute(BEGIN)
        keys = '{"from": "other.things.id", "keys": [["1"]]}'
        officer.execute("SELECT sandglass_shop.bring(%s, NULL)", [keys])
        shop.gatekeeper.end(opened.grant, reason="revoked")
    query = "SELECT identities, unattested FROM sandglass_shop.ledger WHERE grant_id = %s"
    assert shop.query(query, opened.grant) == [({}, {})]
    query = "SELECT count(*) FROM sandglass_shop.brought WHERE grant_id = %s"
    assert shop.query(query, opened.grant) == [(0,)]


LEFTOVERS = [
    "SELECT lo_from_bytea(0, 'kept')",
    "CREATE TEMP TABLE kept (x int)",
    "CREATE FUNCTION pg_temp.kept() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "ALTER ROLE CURRENT_USER SET work_mem = '1MB'",
    "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC",
    "SET ROLE sandglass_shop_readers; SELECT lo_from_bytea(0, 'kept')",
    (
        "DO $$ DECLARE o oid := lo_create(0); BEGIN EXECUTE format("
        "'GRANT SELECT ON LARGE OBJECT %s TO sandglass_shop_watch', o); END $$"
    ),
]


@pytest.mark.parametrize("query", LEFTOVERS)
def test_what_a_session_leaves_keeps_no_role_alive(shop: Shop, query: str) -> None:
    opened, officer = shop.begun()
    with closing(officer):
        officer.execute(query)
        shop.gatekeeper.end(opened.grant, reason="revoked")
    assert is_dead(shop, opened)
    assert shop.query("SELECT count(*) FROM pg_largeobject_metadata") == [(0,)]


def test_a_role_that_cannot_go_yet_is_shown_and_keeps_nobody_else_waiting(shop: Shop) -> None:
    """A large object in another database is out of reach; the login is dead all the same."""
    (stubborn, officer), due = shop.begun(), shop.begun()
    other: dict[str, Any] = {"user": shop.names.session(stubborn.grant)}
    with psycopg.connect(host=shop.server.host, port=shop.server.port, dbname="postgres",
                         password=stubborn.password.reveal(), **other) as there:  # fmt: skip
        there.execute("SELECT lo_create(4711)")
    there.close()
    with closing(officer), closing(due[1]):
        shop.shorten(stubborn, 0.0)
        shop.shorten(due[0], 0.1)
        until(lambda: shop.query("SELECT count(*) FROM sandglass_shop.due()")[0][0] >= 2)
        shop.watchman.sweep()
    assert is_dead(shop, due[0])
    state = shop.state(stubborn.grant)
    assert (state.state, state.sessions, state.has_role) == ("closing", 0, True)
    assert refused(shop, stubborn)
    with closing(shop.server.connect("postgres")) as owner:
        owner.execute("SELECT lo_unlink(4711)")
    shop.watchman.sweep()
    assert is_dead(shop, stubborn)


def test_whoever_is_revoked_while_reading_is_gone_at_once(shop: Shop) -> None:
    opened, officer = shop.begun(identities={"email": ("heavy@example.test",)})
    rows, failed = [], []

    def read() -> None:
        try:
            query = "SELECT id, pg_sleep(0.002) FROM sandglass_shop.orders"
            rows.extend(time.monotonic() for _ in officer.cursor().stream(query))
        except psycopg.Error as error:
            failed.append(error.sqlstate)

    reader = threading.Thread(target=read)
    with closing(officer):
        reader.start()
        active = "SELECT count(*) FROM pg_stat_activity WHERE usename = %s AND state = 'active'"
        until(lambda: shop.query(active, shop.names.session(opened.grant)) == [(1,)])
        started = time.monotonic()
        shop.gatekeeper.end(opened.grant, reason="revoked")
        took = time.monotonic() - started
        reader.join()
    assert failed == ["57P01"]
    assert took < 1
    assert all(each < started + 1 for each in rows)


IN_THE_WAY = [
    BEGIN,
    "ALTER ROLE CURRENT_USER PASSWORD 'x'",
    "ALTER ROLE CURRENT_USER SET work_mem = '1MB'",
    'SELECT sandglass_shop.bring(\'{"from": "o.t.id", "keys": [["1"]]}\', NULL)',
    "SET ROLE sandglass_shop_readers; ALTER ROLE sandglass_shop_readers SET work_mem = '1MB'",
    "CREATE TEMP TABLE t AS SELECT id FROM sandglass_shop.customers",
    "SELECT pg_advisory_lock(1), pg_advisory_lock(2)",
]


@pytest.mark.parametrize("how", ["end", "sweep", "fuse"])
@pytest.mark.parametrize("query", IN_THE_WAY)
def test_no_open_transaction_of_hers_keeps_the_window_open(
    shop: Shop, query: str, how: str
) -> None:
    """The trap: disable would wait for a lock that the very session holds."""
    opened = shop.opened(unattested={"o.t.id": 1})
    with closing(shop.enter(opened)) as officer:
        if query != BEGIN:
            officer.execute(BEGIN)
        officer.execute("BEGIN")
        officer.execute(query)
        if how != "end":
            column = "start_by" if query == BEGIN else "deadline"
            with closing(shop.owner()) as owner:
                owner.execute("SET lock_timeout = '100ms'")
                moved = refusal(
                    owner,
                    f"UPDATE sandglass_shop.ledger SET {column} = clock_timestamp()"
                    f" WHERE grant_id = '{opened.grant}'",
                )
            if moved:  # she holds the entry itself: it is not due, and only the end ends it
                how = "end"
        started = time.monotonic()
        if how == "end":
            shop.gatekeeper.end(opened.grant, reason="revoked")
        elif how == "sweep":
            shop.watchman.sweep()
        else:
            shop.watchman.light(opened.grant)
            until(lambda: is_dead(shop, opened))
        assert time.monotonic() - started < 2
        assert refusal(officer, "SELECT 1") in {"57P01", "OperationalError"}
    assert is_dead(shop, opened)


def test_what_expired_while_the_server_was_dead_is_closed_afterwards(
    mortal_server: Mortal,
) -> None:
    shop = Shop(mortal_server.server)
    shop.build()
    opened, officer = shop.begun(identities={"email": ("heavy@example.test",)})
    live, other = shop.begun()
    with closing(officer), closing(other):
        assert officer.execute(CUSTOMERS).fetchall() == [(HEAVY,)]
        shop.shorten(opened, 0.2)
        end = time.monotonic() + 0.2
        with closing(shop.owner()) as owner:
            owner.execute("CHECKPOINT")
        mortal_server.crash()
    until(lambda: time.monotonic() > end)
    mortal_server.start()
    assert refused(shop, opened)  # before anybody sweeps
    assert {each.state for each in shop.watchman.status()} == {"open"}
    shop.watchman.sweep()
    assert is_dead(shop, opened)
    with closing(shop.enter(live)) as officer:
        assert officer.execute(CUSTOMERS).fetchall() == [(7,)]
