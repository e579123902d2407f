"""MariaDB: the end takes every session and the login, whatever stands in the way or is dead."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import pytest

from app.domain.airlock import mac
from app.domain.errors import SourceError
from app.domain.plan import Selection
from app.ports.airlocks import SessionKeys
from app.ports.sources import Capability
from app.sources._mariadb_errors import MariadbError
from app.sources._mariadb_session import MariadbSession
from app.sources._window import Patience
from tests.airlock.ground import until
from tests.airlock.mariadb_ground import HEAVY, MariadbShop, cells, refusal
from tests.servers import running_mariadb

if TYPE_CHECKING:
    from app.domain.airlock import Allowed, Asked
    from app.sources._mariadb_wire import Connection
    from tests.airlock.base import Opened
    from tests.servers import MariadbServer

pytestmark = pytest.mark.server

GONE = {"2013", "2006", "1927", "1317", "0"}
HEAVY_ONE = {"person": HEAVY, "identities": {"email": ("heavy@example.test",)}}
MANY = 400_000
"""So many rows that no buffer holds them: the server waits for the client to take them."""


@pytest.fixture(scope="module")
def shop(mariadb_shop: MariadbShop) -> MariadbShop:
    mariadb_shop.alter(
        "INSERT INTO orders SELECT 1000000 + seq, ?, REPEAT('x', 190), seq, 'note'"
        f" FROM seq_1_to_{MANY}",
        HEAVY,
    )
    return mariadb_shop


def orders(shop: MariadbShop) -> str:
    return shop.read("orders", "id", "item", "amount")


class Reading:
    """Takes rows slowly, in a thread; notes when the last came."""

    def __init__(self, officer: Connection, query: str) -> None:
        self.rows, self.last, self.error = 0, 0.0, ""
        self._begun = threading.Event()
        self._may_go_on = threading.Event()
        self._thread = threading.Thread(target=self._read, args=(officer, query))
        self._thread.start()
        assert self._begun.wait(20)

    def _read(self, officer: Connection, query: str) -> None:
        try:
            for chunk in officer.stream(query):
                self.rows += len(chunk)
                self.last = time.monotonic()
                self._begun.set()
                self._may_go_on.wait(0.1)
        except MariadbError as error:
            self.error = error.state if error.state.startswith("SG") else str(error.number)
        finally:
            self._begun.set()

    def join(self) -> None:
        self._may_go_on.set()
        self._thread.join()


@pytest.mark.parametrize("how", ["gatekeeper", "officer", "sweep"])
def test_whoever_reads_when_it_ends_is_cut_off_at_once(shop: MariadbShop, how: str) -> None:
    """The trap: in a verb a session goes by the owner's name, and KILL USER passes it by."""
    opened, officer = shop.begun(**HEAVY_ONE)
    with closing(officer):
        reading = Reading(officer, orders(shop))
        assert shop.sessions(opened.grant) == 1
        assert shop.state(opened.grant).sessions == 1
        started = time.monotonic()
        if how == "gatekeeper":
            state = shop.gatekeeper.end(opened.grant, reason="revoked")
        elif how == "officer":
            state = shop.watchman.close(opened.grant, token=opened.token, reason="ended_early")
        else:
            shop.alter("UPDATE {}.ledger SET deadline = SYSDATE(6) WHERE grant_id = ?",
                       opened.grant)  # fmt: skip
            shop.watchman.sweep()
            state = shop.state(opened.grant)
        took = time.monotonic() - started
        assert shop.is_dead(opened)
        reading.join()
    print(f"ended in {took * 1000:.0f} ms")  # noqa: T201 - shown with -s
    assert reading.error in GONE
    assert reading.rows < MANY
    assert (state.state, state.sessions, state.ended_sessions) == ("closed", 0, 1)
    assert took < 1.2


@pytest.mark.parametrize("inside", ["snapshot", "none"])
def test_the_deadline_ends_who_reads_within_the_second(shop: MariadbShop, inside: str) -> None:
    opened, officer = shop.begun(**HEAVY_ONE)
    with closing(officer):
        if inside == "snapshot":
            officer.run(shop.verb("snapshot()"))
        shop.shorten(opened, 1.0)
        end = time.monotonic() + 1.0
        reading = Reading(officer, orders(shop))
        until(lambda: not shop.sessions(opened.grant))
        ended = time.monotonic() - end
        reading.join()
    print(f"session gone {ended * 1000:.0f} ms after the deadline")  # noqa: T201
    assert reading.error in {*GONE, "SG007"}
    assert ended < 3.0
    until(lambda: shop.is_dead(opened))
    assert shop.refuses(opened)


def test_the_fuse_is_quicker_than_the_servers_own_event(shop: MariadbShop) -> None:
    opened, officer = shop.begun()
    with closing(officer):
        shop.shorten(opened, 0.6)
        shop.watchman.light(opened.grant)
        until(lambda: shop.is_dead(opened))
        assert refusal(officer, "SELECT 1") in GONE
    state = shop.state(opened.grant)
    print(f"overshoot {state.overshoot_ms} ms")  # noqa: T201
    assert (state.state, state.reason, state.ended_sessions) == ("closed", "expired", 1)
    assert state.overshoot_ms is not None
    assert state.overshoot_ms < 1200
    assert shop.refuses(opened)


def test_the_event_closes_with_nobody_alive(shop: MariadbShop) -> None:
    opened, officer = shop.begun()
    waiting = shop.opened()
    shop.alter("UPDATE {}.ledger SET start_by = SYSDATE(6) WHERE grant_id = ?", waiting.grant)
    with closing(officer):
        shop.shorten(opened, 0.3)
        until(lambda: shop.is_dead(opened) and shop.is_dead(waiting))
        assert refusal(officer, "SELECT 1") in GONE
    overshoot = shop.state(opened.grant).overshoot_ms
    print(f"overshoot {overshoot} ms")  # noqa: T201
    assert overshoot is not None
    assert overshoot < 2500


def test_a_fuse_that_is_cut_off_leaves_it_to_the_event(shop: MariadbShop) -> None:
    opened, officer = shop.begun()
    with closing(officer):
        shop.shorten(opened, 0.8)
        shop.watchman.light(opened.grant)
        burning = (
            "SELECT ID FROM information_schema.PROCESSLIST WHERE STATE = 'User sleep'"
            " AND USER = 'sandglass_shop_owner'"
        )
        until(lambda: shop.query(burning))
        for (number,) in shop.query(burning):
            with suppress(MariadbError):
                shop.alter(f"KILL HARD CONNECTION {number}")
        until(lambda: shop.is_dead(opened))


def client(shop: MariadbShop, opened: Opened, script: str) -> subprocess.Popen[bytes]:
    """Start the mariadb client as the officer."""
    return subprocess.Popen(
        ["mariadb", "--no-defaults", f"-h{shop.server.host}", f"-P{shop.server.port}",
         f"-u{shop.names.session(opened.grant)}", "--skip-ssl", "-N", "--quick", "-e", script],
        env={**os.environ, "MYSQL_PWD": opened.password.reveal()},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def test_a_client_that_is_killed_leaves_a_window_that_closes(shop: MariadbShop) -> None:
    opened = shop.opened(**HEAVY_ONE)
    with client(shop, opened, f"{shop.verb('begin()')}; {orders(shop)}") as reader:
        assert reader.stdout
        assert reader.stdout.readline()
        shop.shorten(opened, 0.5)
        reader.send_signal(signal.SIGKILL)
    until(lambda: shop.is_dead(opened))
    assert shop.refuses(opened)


def test_the_mariadb_client_gets_the_rows_and_then_the_refusal(shop: MariadbShop) -> None:
    opened = shop.opened()
    script = f"{shop.verb('begin()')}; {shop.read('customers', 'id', 'email')}"
    with client(shop, opened, script) as reader:
        out, err = reader.communicate(timeout=30)
    assert b"7\tU7@Example.test" in out
    assert b"ERROR" not in err
    shop.gatekeeper.end(opened.grant, reason="revoked")
    with client(shop, opened, script) as reader:
        out, err = reader.communicate(timeout=30)
    assert out == b""
    assert b"1045" in err


IN_THE_WAY = {
    "nothing": [],
    "transaction": ["START TRANSACTION"],
    "snapshot": ["CALL {s}.snapshot()", "CALL {s}.shape()"],
    "own transaction": ["START TRANSACTION", "SELECT 1"],
    "xa": ["XA START 'x'", "SELECT 1"],
    "locks": ["SELECT GET_LOCK('a', 1)", "SELECT GET_LOCK('b', 1)"],
    "password": ["SET PASSWORD = PASSWORD('mine')"],
    "serializable": [
        "SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE", "SET autocommit = 0",
        "CALL {s}.shape()",
    ],
    "bring": ["CALL {s}.bring('{{\"from\": \"o.t.id\", \"keys\": [[\"1\"]]}}', NULL)"],
}  # fmt: skip


@pytest.mark.parametrize("how", ["end", "sweep", "fuse"])
@pytest.mark.parametrize("way", [*IN_THE_WAY])
def test_nothing_that_she_does_keeps_the_window_open(shop: MariadbShop, way: str, how: str) -> None:
    opened, officer = shop.begun(unattested={"o.t.id": 1})
    with closing(officer):
        for statement in IN_THE_WAY[way]:
            refusal(officer, statement.format(s=shop.names.schema))
        started = time.monotonic()
        if how == "end":
            shop.gatekeeper.end(opened.grant, reason="revoked")
        else:
            shop.shorten(opened, 0.0)
            if how == "sweep":
                shop.watchman.sweep()
            else:
                shop.watchman.light(opened.grant)
        until(lambda: shop.is_dead(opened))
        assert time.monotonic() - started < 3
        assert refusal(officer, "SELECT 1") in GONE
    assert shop.refuses(opened)


BUSY = [
    "SELECT SLEEP(60)", "DO BENCHMARK(2000000000, SHA2('x', 512))",
    "BEGIN NOT ATOMIC LOOP DO 1; END LOOP; END",
    (
        "BEGIN NOT ATOMIC DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END; LOOP DO SLEEP(1);"
        " END LOOP; END"
    ),
    (
        "SET STATEMENT max_recursive_iterations = 4000000000 FOR WITH RECURSIVE t(n) AS"
        " (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 900000000) SELECT COUNT(*) FROM t"
    ),
]  # fmt: skip


@pytest.mark.parametrize("query", BUSY)
def test_whatever_she_runs_is_ended(shop: MariadbShop, query: str) -> None:
    opened, officer = shop.begun()
    with closing(officer):
        running = threading.Thread(target=refusal, args=(officer, query))
        running.start()
        until(
            lambda: shop.query(
                "SELECT 1 FROM information_schema.PROCESSLIST WHERE USER = ? AND COMMAND = 'Query'",
                shop.names.session(opened.grant),
            )
        )
        started = time.monotonic()
        shop.gatekeeper.end(opened.grant, reason="revoked")
        until(lambda: shop.is_dead(opened))
        assert time.monotonic() - started < 3
        running.join()


def _sha1(data: bytes) -> bytes:
    return hashlib.sha1(data, usedforsecurity=False).digest()


def test_who_answers_the_greeting_only_after_the_end_is_not_in(shop: MariadbShop) -> None:
    """The trap: whether a login is locked was looked up when it was named, long before."""
    opened, officer = shop.begun()
    officer.close()
    with socket.create_connection((shop.server.host, shop.server.port), timeout=5) as plug:
        wire = plug.makefile("rb")

        def packet() -> tuple[int, bytes]:
            head = wire.read(4)
            return head[3], wire.read(int.from_bytes(head[:3], "little"))

        def send(number: int, body: bytes) -> None:
            plug.sendall(len(body).to_bytes(3, "little") + bytes([number]) + body)

        number, _ = packet()
        user = shop.names.session(opened.grant).encode()
        head = struct.pack("<IIB23x", 0x88205, 1 << 24, 45)
        send(number + 1, head + user + b"\0\0mysql_clear_password\0")
        number, switch = packet()
        salt = switch[1:].partition(b"\0")[2][:20]
        shop.gatekeeper.end(opened.grant, reason="revoked")
        once = _sha1(opened.password.reveal().encode())
        twice = _sha1(salt + _sha1(once))
        with suppress(OSError, IndexError):
            send(number + 1, bytes(a ^ b for a, b in zip(once, twice, strict=True)))
            answer = packet()[1]
            assert answer[:1] != b"\0", "she is in"
    assert shop.is_dead(opened)


def test_the_watchman_closes_a_live_grant_only_with_its_token(shop: MariadbShop) -> None:
    (opened, officer), other = shop.begun(), shop.opened()
    with closing(officer):
        for token in ("x", other.token, opened.grant, opened.password.reveal()):
            with pytest.raises(SourceError, match=r"airlock\.not_yours"):
                shop.watchman.close(opened.grant, token=token, reason="x")
        shop.watchman.close(opened.grant, token="", reason="x")  # asks, and changes nothing
        with closing(shop.watchman.address.connect()) as watchman:
            for call in ("end_sessions('x')", "come_in()", "note('x', '{}')", "snapshot()"):
                assert refusal(watchman, shop.verb(call)) == "1370"
        assert cells(officer, shop.read("customers", "id")) == [("7",)]
        state = shop.watchman.close(opened.grant, token=opened.token, reason="ended_early")
    assert (state.state, state.reason, state.has_role) == ("closed", "ended_early", False)
    assert shop.is_dead(opened)


def test_a_grant_that_nobody_knows_is_not_closed(shop: MariadbShop) -> None:
    with pytest.raises(SourceError, match=r"airlock\.no_grant"):
        shop.gatekeeper.end("0" * 16, reason="x")


def test_the_gatekeeper_ends_any_grant_as_often_as_it_likes(shop: MariadbShop) -> None:
    opened, officer = shop.begun()
    with closing(officer):
        first = shop.gatekeeper.end(opened.grant, reason="revoked")
    assert shop.gatekeeper.end(opened.grant, reason="again") == first
    assert shop.watchman.close(opened.grant, token="", reason="again") == first
    assert first.reason == "revoked"


def test_two_may_close_at_once(shop: MariadbShop) -> None:
    for _ in range(3):
        opened, officer = shop.begun()
        start = threading.Barrier(4)

        def end(_: int, opened: Opened = opened, start: threading.Barrier = start) -> str:
            start.wait()
            return shop.gatekeeper.end(opened.grant, reason="revoked").reason

        with closing(officer), ThreadPoolExecutor(4) as pool:
            assert {*pool.map(end, range(4))} == {"revoked"}
        until(lambda opened=opened: shop.is_dead(opened))


def test_many_grants_may_open_and_close_at_once(shop: MariadbShop) -> None:
    def live_and_die(_: int) -> Opened:
        opened = shop.opened()
        shop.gatekeeper.end(opened.grant, reason="revoked")
        return opened

    with ThreadPoolExecutor(6) as pool:
        found = [*pool.map(live_and_die, range(24))]
    shop.watchman.sweep()
    for each in found:
        until(lambda each=each: shop.is_dead(each))


def test_several_gatekeepers_open_the_same_grant_at_once(shop: MariadbShop) -> None:
    for _ in range(3):
        asked, opened = shop.asked()
        allowed = shop.allowed(asked)
        with ThreadPoolExecutor(4) as pool:
            [*pool.map(lambda _, a=asked, b=allowed: shop.let_in(a, b), range(4))]
        assert shop.traces(opened.grant) == (1, 1)
        with closing(shop.enter(opened)) as officer:
            officer.run(shop.verb("begin()"))
            assert cells(officer, shop.read("customers", "id")) == [("7",)]
        shop.gatekeeper.end(opened.grant, reason="revoked")
        assert shop.is_dead(opened)


def test_who_opens_while_another_closes_leaves_nothing_open(shop: MariadbShop) -> None:
    for _ in range(6):
        asked, opened = shop.asked()
        allowed = shop.allowed(asked)
        shop.let_in(asked, allowed)

        def again(asked: Asked = asked, allowed: Allowed = allowed) -> None:
            with suppress(SourceError):
                shop.let_in(asked, allowed)

        with ThreadPoolExecutor(2) as pool:
            both = (
                pool.submit(again),
                pool.submit(shop.gatekeeper.end, opened.grant, reason="revoked"),
            )
            [each.result() for each in both]
        until(lambda opened=opened: shop.is_dead(opened))
        assert shop.refuses(opened)


def test_the_person_is_forgotten_when_the_grant_is_closed(shop: MariadbShop) -> None:
    opened, officer = shop.begun(unattested={"other.things.id": 3})
    with closing(officer):
        officer.run(shop.verb("bring(?, NULL)"), '{"from": "other.things.id", "keys": [["1"]]}')
        shop.gatekeeper.end(opened.grant, reason="revoked")
    for table in ("known", "brought", "unattested"):
        query = f"SELECT COUNT(*) FROM sandglass_shop.{table} WHERE grant_id = ?"
        assert shop.query(query, opened.grant) == [("0",)]


def test_a_count_that_is_cut_off_keeps_nobodys_name(shop: MariadbShop) -> None:
    """An approver might commit what a count noted; a sweep takes it away."""
    asked, _ = shop.asked()
    text = asked.text()
    shop.alter(
        "INSERT INTO {}.ledger (grant_id, user_name, state, requester, approver, reference,"
        " asked_mac, closing_sha256, minutes, opened_at, start_by, deadline) VALUES"
        " ('00000000000000aa', 'x#1', 'counting', '', '', '', ?, '', 1, SYSDATE(6), SYSDATE(6),"
        " SYSDATE(6) - INTERVAL 2 MINUTE)",
        mac(shop.officers, text),
    )
    shop.alter("INSERT INTO {}.known VALUES ('00000000000000aa', 'email', 1, 'u7@example.test')")
    shop.watchman.sweep()
    query = "SELECT COUNT(*) FROM sandglass_shop.{} WHERE grant_id = '00000000000000aa'"
    for table in ("ledger", "known"):
        assert shop.query(query.format(table)) == [("0",)]


@pytest.mark.parametrize("state", ["opening", "ready", "open", "closing"])
@pytest.mark.parametrize("login", ["none", "locked", "whole"])
def test_whatever_a_crash_left_is_swept_away(shop: MariadbShop, state: str, login: str) -> None:
    """Each step of opening and closing leaves one of these behind, if the server dies after it."""
    opened = shop.opened()
    name = shop.names.session(opened.grant)
    if login == "none":
        shop.alter(f"DROP USER '{name}'@'%'")
    elif login == "locked":
        shop.alter(f"ALTER USER '{name}'@'%' ACCOUNT LOCK")
    shop.alter(
        "UPDATE {}.ledger SET state = ?, start_by = SYSDATE(6) - INTERVAL 1 SECOND,"
        " deadline = IF(? IN ('open', 'closing'), SYSDATE(6) - INTERVAL 1 SECOND, NULL)"
        " WHERE grant_id = ?",
        state, state, opened.grant,
    )  # fmt: skip
    shop.watchman.sweep()
    until(lambda: shop.is_dead(opened))
    assert shop.state(opened.grant).state == "closed"
    assert shop.refuses(opened)


@pytest.mark.parametrize("login", ["none", "locked", "half"])
def test_opening_goes_on_where_a_crash_stopped_it(shop: MariadbShop, login: str) -> None:
    asked, opened = shop.asked()
    allowed = shop.allowed(asked)
    shop.let_in(asked, allowed)
    name = shop.names.session(opened.grant)
    shop.alter("UPDATE {}.ledger SET state = 'opening' WHERE grant_id = ?", opened.grant)
    shop.alter(
        {
            "none": f"DROP USER '{name}'@'%'",
            "locked": f"ALTER USER '{name}'@'%' ACCOUNT LOCK",
            "half": f"REVOKE ALL PRIVILEGES, GRANT OPTION FROM '{name}'@'%'",
        }[login]
    )
    shop.let_in(asked, allowed)
    with closing(shop.enter(opened)) as officer:
        officer.run(shop.verb("begin()"))
        assert cells(officer, shop.read("customers", "id")) == [("7",)]
    shop.gatekeeper.end(opened.grant, reason="revoked")


def restarted(server: MariadbServer) -> subprocess.Popen[bytes]:
    """Start the server again on what a SIGKILL left."""
    home = server.socket.parent
    program = shutil.which("mariadbd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    assert program
    as_root = ["--user=root"] if os.geteuid() == 0 else []
    with (home / "log").open("ab") as log:
        process = subprocess.Popen(
            [program, "--no-defaults", *as_root, f"--datadir={home / 'data'}",
             f"--socket={server.socket}", f"--port={server.port}", "--bind-address=127.0.0.1",
             "--event-scheduler=ON", "--skip-name-resolve", "--innodb-log-file-size=4M",
             f"--pid-file={home / 'pid'}"],
            cwd=home, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def is_up() -> bool:
        try:
            server.connect().close()
        except SourceError:
            return False
        return True

    until(is_up, seconds=60)
    return process


def test_what_expired_while_the_server_was_dead_is_closed_afterwards() -> None:
    with running_mariadb("--innodb-flush-log-at-trx-commit=1") as server:
        shop = MariadbShop(server)
        shop.build()
        (due, reader), (live, other), waiting = shop.begun(**HEAVY_ONE), shop.begun(), shop.opened()
        with closing(reader), closing(other):
            reader.run(shop.verb("snapshot()"))
            assert cells(reader, shop.read("customers", "id")) == [(str(HEAVY),)]
            shop.shorten(due, 0.3)
            end = time.monotonic() + 0.3
            os.kill(int((server.socket.parent / "pid").read_text()), signal.SIGKILL)
            until(lambda: time.monotonic() > end)
            assert refusal(reader, shop.read("customers", "id")) in GONE
        process = restarted(server)
        try:
            until(lambda: shop.is_dead(due))
            assert shop.refuses(due)
            assert shop.state(waiting.grant).state == "ready"
            with closing(shop.enter(live)) as officer:
                assert cells(officer, shop.read("customers", "id")) == [("7",)]
            shop.gatekeeper.end(live.grant, reason="revoked")
            assert shop.is_dead(live)
        finally:
            process.terminate()
            process.wait(timeout=30)


def test_a_read_that_is_given_up_ends_on_the_server_and_the_snapshot_stays(
    shop: MariadbShop,
) -> None:
    """The trap: who reads through a verb may not be killed by the same login."""
    opened = shop.opened(**HEAVY_ONE)
    keys = SessionKeys(opened.grant, opened.password, opened.token, shop.watch_password)
    source = MariadbSession(
        shop.address("-", opened.password), shop.names, keys, source="shop", patience=Patience()
    )
    fields = {"orders": frozenset({"id", "item"})}
    with source.open(Capability(fields)) as reader:
        rows = reader.read(Selection("orders", ("id", "item"), ())).batches
        assert next(iter(rows))
        started = time.monotonic()
        rows.close()  # type: ignore[attr-defined]
        took = time.monotonic() - started
        again = reader.read(Selection("orders", ("id",), ())).batches
        assert sum(map(len, again)) > MANY
    print(f"given up in {took * 1000:.0f} ms")  # noqa: T201 - shown with -s
    assert took < 2
    assert source.end("finished").is_dead


def test_a_session_looks_at_its_own_sessions_only(shop: MariadbShop) -> None:
    (opened, officer), (_, other) = shop.begun(**HEAVY_ONE), shop.begun()
    with closing(officer), closing(other), closing(shop.enter(opened)) as second:
        reading = Reading(officer, orders(shop))
        look = shop.verb(f"is_working({officer.number})")
        assert len(cells(second, look)) == 1
        assert cells(other, look) == []
        other.run(shop.verb(f"stop({officer.number}, 1)"))
        with closing(shop.watchman.address.connect()) as watchman:
            other.run(shop.verb(f"stop({watchman.number}, 1)"))
            assert cells(watchman, "SELECT 1") == [("1",)]
        assert len(cells(second, look)) == 1
        second.run(shop.verb(f"stop({officer.number}, 0)"))
        reading.join()
        assert reading.error == "1317"
        assert cells(officer, "SELECT 1") == [("1",)]
    shop.gatekeeper.end(opened.grant, reason="revoked")
