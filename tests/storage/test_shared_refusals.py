"""A server that lets nobody in, encrypts badly, has no room or no time: each with its sentence."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from app.domain.errors import StorageError
from app.domain.secrets import Secret
from app.storage.engine.shared import connect
from app.wording.errors import error_in_words
from tests.builders import a_request, an_event
from tests.certificates import certificate
from tests.contracts.workspace_ground import REQUEST, commit, soon
from tests.servers import Mortal, home_of_a_server
from tests.storage.shared import Databases, SharedGround, address_of, make_empty

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from app.domain.addresses import WorkspaceAddress

pytestmark = pytest.mark.server

WORD = Secret("a login's pass word")
FILE = os.urandom(2_000_000)


@pytest.fixture(scope="module")
def mortal() -> Iterator[Mortal]:
    """A server for all tests here; each leaves it running as it was."""
    with home_of_a_server() as (home, as_user):
        mortal = Mortal(home, as_user)
        mortal.start()
        with mortal.server.connect() as owner:
            owner.execute(b"CREATE ROLE olga LOGIN PASSWORD 'a login''s pass word'")
        yield mortal
        mortal.stop()


@pytest.fixture(scope="module")
def empty(mortal: Mortal) -> str:
    return make_empty(Databases(mortal.server))


@pytest.fixture
def ground(mortal: Mortal, empty: str, tmp_path: Path) -> SharedGround:
    return SharedGround(tmp_path, Databases(mortal.server), empty=empty, settled=empty)


@pytest.fixture
def olga(mortal: Mortal) -> WorkspaceAddress:
    return address_of(mortal.server, mortal.server.database, "olga")


def said(do: Callable[[], object]) -> tuple[str, str]:
    """Return the code of what ``do`` raises, and its sentence."""
    with pytest.raises(StorageError) as caught:
        do()
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    return caught.value.code.removeprefix("workspace."), error_in_words(caught.value).text()


def entering(address: WorkspaceAddress, **options: str) -> Callable[[], object]:
    return lambda: connect(replace(address, options=options), WORD).close()


def restarted(mortal: Mortal, **settings: object) -> None:
    mortal.stop()
    mortal.start(**settings)


# Room for connections


def test_a_server_that_is_full_says_so_and_lets_in_once_somebody_left(
    mortal: Mortal, olga: WorkspaceAddress
) -> None:
    restarted(mortal, max_connections=6)
    try:
        with ExitStack() as others:
            with suppress(StorageError):
                while True:
                    others.enter_context(closing(connect(olga, WORD)))
            code, words = said(entering(olga))
            assert code == "too_many_connections"
            assert "takes no more connections" in words
        entering(olga)()
    finally:
        restarted(mortal)


@pytest.mark.parametrize(
    ("limit", "again"),
    [
        ("ALTER ROLE olga CONNECTION LIMIT 0", "ALTER ROLE olga CONNECTION LIMIT -1"),
        ("ALTER DATABASE few CONNECTION LIMIT 0", "DROP DATABASE few"),
    ],
    ids=["of the login", "of the database"],
)
def test_a_limit_of_connections_is_said_to_be_one(
    mortal: Mortal, olga: WorkspaceAddress, limit: str, again: str
) -> None:
    with mortal.server.connect() as owner:
        with suppress(psycopg.errors.DuplicateDatabase):
            owner.execute(b"CREATE DATABASE few")
        owner.execute(limit.encode())
        code, _ = said(entering(replace(olga, database="few")))
        owner.execute(again.encode())
    assert code == "too_many_connections"


def test_a_unit_of_a_full_server_is_refused_and_the_next_one_works(
    ground: SharedGround, mortal: Mortal
) -> None:
    with closing(ground.open()) as workspace:
        with mortal.server.connect() as owner:
            owner.execute(f"ALTER DATABASE {ground.name} ALLOW_CONNECTIONS false".encode())
            code, _ = said(workspace.write().__enter__)
            assert code == "connection_refused"
            owner.execute(f"ALTER DATABASE {ground.name} ALLOW_CONNECTIONS true".encode())
        commit(workspace, lambda unit: unit.record(an_event()))


# Logins


def test_a_password_that_is_wrong_or_has_expired_says_what_to_check(
    mortal: Mortal, olga: WorkspaceAddress
) -> None:
    assert said(lambda: connect(olga, None))[0] == "password_needed"
    found = [said(lambda: connect(olga, Secret("wrong horse")))]
    with mortal.server.connect() as owner:
        owner.execute(b"ALTER ROLE olga VALID UNTIL '2020-01-01'")
        found.append(said(entering(olga)))
        owner.execute(b"ALTER ROLE olga VALID UNTIL 'infinity'")
    for code, words in found:
        assert code == "login_refused"
        assert "The server refused the login “olga” or its password." in words
        assert "whether the password has expired" in words


# Starting and stopping


def test_a_server_that_shuts_down_says_so(mortal: Mortal, olga: WorkspaceAddress) -> None:
    with closing(mortal.server.connect()) as last:
        mortal.wind_down()
        # It is told, not asked: until it heard, it lets people in.
        while (code := _code(entering(olga))) == "":
            pass
        assert last.execute("SELECT 1").fetchone() == (1,)
    mortal.stop()
    mortal.start()
    assert code == "not_ready"


def _code(do: Callable[[], object]) -> str:
    try:
        do()
    except StorageError as error:
        return error.code.removeprefix("workspace.")
    return ""


def test_a_server_that_only_answers_opens_and_refuses_every_change(ground: SharedGround) -> None:
    setting = f"ALTER DATABASE {ground.name} SET default_transaction_read_only"
    ground.execute(f"{setting} = on")
    with closing(ground.open()) as workspace:
        with workspace.read() as unit:
            assert unit.log.head()[0] == 0
        code, words = said(workspace.write().__enter__)
    assert code == "read_only"
    assert "only answers questions" in words


# Encryption


def test_off_this_machine_the_servers_certificate_is_checked(
    mortal: Mortal, olga: WorkspaceAddress, tmp_path: Path
) -> None:
    right, other = tmp_path / "right.pem", tmp_path / "other.pem"
    theirs, key = certificate("db.example")
    right.write_bytes(theirs)
    other.write_bytes(certificate("db.example")[0])
    away = replace(olga, host="db.example")
    here: dict[str, str] = {"hostaddr": "127.0.0.1"}
    code, words = said(entering(away, **here))
    assert code == "no_tls"
    assert "db.example does not encrypt" in words
    tls: dict[str, Any] = {
        "ssl": "on",
        "ssl_cert_file": mortal.put("theirs.crt", theirs),
        "ssl_key_file": mortal.put("theirs.key", key),
    }
    restarted(mortal, **tls)
    with closing(connect(replace(away, options={**here, "sslrootcert": str(right)}), WORD)) as one:
        found = one.execute("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").fetchone()
    assert found == (True,)
    for unknown in ({}, {"sslrootcert": str(other)}):
        code, words = said(entering(away, **here, **unknown))
        assert code == "tls"
        assert "nobody here vouches for it" in words
    elsewhere = replace(olga, host="db2.example")
    code, words = said(entering(elsewhere, **here, sslrootcert=str(right)))
    assert code == "other_host"
    assert "db2.example is for another host" in words
    theirs, key = certificate("db.example", ends=timedelta(days=-1))
    right.write_bytes(theirs)
    mortal.put("theirs.crt", theirs)
    mortal.put("theirs.key", key)
    restarted(mortal, **tls)
    code, words = said(entering(away, **here, sslrootcert=str(right)))
    assert code == "tls"
    assert "it has expired" in words
    restarted(mortal)


# Room on its disk, and its time


@pytest.mark.skipif(not shutil.which("prlimit"), reason="prlimit is not installed")
def test_a_full_disk_of_the_server_loses_nothing_that_was_committed(
    ground: SharedGround, mortal: Mortal
) -> None:
    # No file grows beyond a segment of its write-ahead log and half a page: a page does not fit.
    mortal.stop()
    mortal.start(under=("prlimit", f"--fsize={16 * 1024 * 1024 + 4096}"))
    kept: list[str] = []

    def put(number: int) -> None:
        with workspace.write() as unit:
            unit.vault.put_file(REQUEST, f"{number}", FILE, bytes_=1, sha256="")
            unit.record(an_event())
            unit.commit()
        kept.append(f"{number}")

    try:
        with closing(ground.open()) as workspace:
            commit(workspace, lambda unit: unit.requests.add(a_request()))
            code, words = said(lambda: [put(number) for number in range(20)])
            assert code == "server_full"
            assert "it was not recorded" in words
            with workspace.read() as unit:
                assert {name for name, _, _ in unit.vault.files(REQUEST)} == set(kept)
                assert unit.log.head()[0] == len(kept) > 0
    finally:
        restarted(mortal)
    with closing(ground.open()) as workspace:
        put(100)


# Others


def test_who_waits_too_long_for_her_turn_is_told(ground: SharedGround) -> None:
    ground.execute("ALTER FUNCTION take_turn() SET lock_timeout = '1ms'")
    with closing(ground.open()) as first, closing(ground.open()) as second:
        with first.write() as unit:
            unit.record(an_event())
            with second.read() as reader:
                assert reader.log.head()[0] == 0
            code, words = said(second.write().__enter__)
            unit.commit()
        assert code == "turn_held"
        assert words.startswith("owner has been changing the workspace for ")
        commit(second, lambda unit: unit.record(an_event()))


def test_a_unit_that_is_ended_so_that_others_can_go_on_leaves_nothing(
    ground: SharedGround, mortal: Mortal
) -> None:
    ground.execute(f"ALTER DATABASE {ground.name} SET deadlock_timeout = '10ms'")
    with (
        closing(ground.open()) as workspace,
        mortal.server.connect(ground.name, options="-c search_path=sandglass") as shell,
        ThreadPoolExecutor(1) as elsewhere,
    ):
        commit(workspace, lambda unit: unit.requests.add(a_request()))
        with workspace.write() as unit:
            unit.record(an_event())
            shell.execute("BEGIN; SELECT FROM requests FOR UPDATE")
            waits = elsewhere.submit(shell.execute, "SELECT take_turn()")
            soon(lambda: ground.execute("SELECT 1 FROM pg_locks WHERE NOT granted") != [])
            code, _ = said(lambda: unit.requests.replace(a_request(owner="anna")))
        waits.result()
        shell.execute("COMMIT")
        assert code == "busy"
        with workspace.read() as reader:
            assert reader.log.head()[0] == 0
            assert reader.requests.get(REQUEST) == a_request()
