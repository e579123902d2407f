"""Real database servers, started by the tests on loopback and ended by their process id."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PASSWORD = "correct horse"
_START_TRIES = 600
_TRY_SECONDS = 0.05


@dataclass(frozen=True)
class PostgresqlServer:
    """A running server; ``socket_folder`` and ``port`` say where."""

    host: str
    port: int
    socket_folder: Path
    user: str = "owner"
    password: str = PASSWORD
    database: str = "postgres"

    def connect(self, database: str = "", **more: Any) -> psycopg.Connection[tuple[Any, ...]]:
        """Return a connection of the owner, each statement on its own."""
        return psycopg.connect(
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            dbname=database or self.database,
            autocommit=True,
            **more,
        )

    def settings(self, database: str = "", **more: str) -> dict[str, str]:
        """Return a source's settings."""
        return {
            "host": self.host,
            "port": str(self.port),
            "database": database or self.database,
            "user": self.user,
            **more,
        }


def _programs() -> Path | None:
    """Return the folder of the newest server's programs, or None."""
    found = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if _is_whole(path)]
    found.sort(key=lambda path: int(path.parent.name) if path.parent.name.isdigit() else 0)
    if found:
        return found[-1]
    program = shutil.which("postgres")
    folder = Path(program).parent if program else None
    return folder if folder and _is_whole(folder) else None


def _is_whole(folder: Path) -> bool:
    return all((folder / program).exists() for program in ("postgres", "initdb"))


def _run_as() -> dict[str, Any]:
    """Return whose process the server must be: it refuses to be root's."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    pytest.skip("PostgreSQL refuses to run as root, and there is no other user")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresqlServer]:
    """A PostgreSQL server of this test run's own, thrown away afterwards."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL's server programs (postgres, initdb) are not installed")
    as_user = _run_as()
    # A short path of our own: sockets allow about 100 characters, pytest's folders are root's.
    home = Path(tempfile.mkdtemp(prefix="sandglass-pg-", dir=tempfile.gettempdir()))
    try:
        if as_user:
            os.chown(home, as_user["user"], as_user["group"])
        yield from _serve(programs, home, as_user=as_user)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _serve(programs: Path, home: Path, *, as_user: dict[str, Any]) -> Iterator[PostgresqlServer]:
    secret = home / "password"
    secret.write_text(PASSWORD)
    secret.chmod(0o644)
    data = home / "data"
    made = subprocess.run(
        [programs / "initdb", "--pgdata", data, "--username", "owner", "--pwfile", secret,
         "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"],
        cwd=home, capture_output=True, check=False, **as_user,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr.decode()
    port = _free_port()
    options = {
        "listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": home,
        "fsync": "off", "full_page_writes": "off", "synchronous_commit": "off",
        "max_parallel_workers_per_gather": 0, "max_connections": 60, "autovacuum": "off",
    }  # fmt: skip
    arguments = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [programs / "postgres", "-D", data, *arguments],
            cwd=home, stdout=log, stderr=log, stdin=subprocess.DEVNULL, **as_user,
        )  # fmt: skip
    server = PostgresqlServer("127.0.0.1", port, home)
    try:
        _wait_until_ready(server, process, home / "log")
        yield server
    finally:
        process.send_signal(signal.SIGINT)  # fast shutdown: sessions end, no waiting for them
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGQUIT)
            process.wait(timeout=30)


def _wait_until_ready(server: PostgresqlServer, process: Any, log: Path) -> None:
    pause = threading.Event()
    for _ in range(_START_TRIES):
        assert process.poll() is None, log.read_text()
        try:
            server.connect().close()
        except psycopg.OperationalError:
            pause.wait(_TRY_SECONDS)
        else:
            return
    raise AssertionError(log.read_text())
