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
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from app.domain.errors import SourceError
from app.domain.secrets import Secret
from app.sources._mariadb_wire import Address, Connection

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

    def make_database(self, name: str, *, owner: str) -> None:
        """Make an empty database for a workspace, as who runs the server does.

        Before PostgreSQL 15 everybody may make things in the schema public, which is not the
        database owner's.
        """
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {name} OWNER {owner}".encode())
        with self.connect(name) as connection:
            connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")

    def settings(self, database: str = "", **more: str) -> dict[str, str]:
        """Return a source's settings."""
        return {
            "host": self.host,
            "port": str(self.port),
            "database": database or self.database,
            "user": self.user,
            **more,
        }


def newest_programs() -> Path | None:
    """Return the folder that ``SANDGLASS_POSTGRESQL`` names, else that of the newest server's
    programs, or None.
    """
    if named := os.environ.get("SANDGLASS_POSTGRESQL"):
        return Path(named)
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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresqlServer]:
    """A PostgreSQL server of this test run's own, thrown away afterwards."""
    with home_of_a_server() as (home, as_user):
        mortal = Mortal(home, as_user)
        mortal.start()
        try:
            yield mortal.server
        finally:
            mortal.stop()


@pytest.fixture
def mortal_server() -> Iterator[Mortal]:
    """A PostgreSQL server of this test's own, which may be killed and started again."""
    with home_of_a_server() as (home, as_user):
        mortal = Mortal(home, as_user)
        mortal.start()
        try:
            yield mortal
        finally:
            mortal.stop()


@contextmanager
def home_of_a_server() -> Iterator[tuple[Path, dict[str, Any]]]:
    if newest_programs() is None:
        pytest.skip("PostgreSQL's server programs (postgres, initdb) are not installed")
    as_user = _run_as()
    # A short path of our own: sockets allow about 100 characters, pytest's folders are root's.
    home = Path(tempfile.mkdtemp(prefix="sandglass-pg-", dir=tempfile.gettempdir()))
    try:
        if as_user:
            os.chown(home, as_user["user"], as_user["group"])
        yield home, as_user
    finally:
        shutil.rmtree(home, ignore_errors=True)


class Mortal:
    """A server that can be killed and started again on the data that it left."""

    def __init__(
        self, home: Path, as_user: dict[str, Any], *, programs: Path | None = None
    ) -> None:
        self._home = home
        self._as_user = as_user
        self._programs = programs or newest_programs() or home
        self._process: subprocess.Popen[bytes] | None = None
        self.server = PostgresqlServer("127.0.0.1", free_port(), home)
        secret = home / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        made = subprocess.run(
            [self._programs / "initdb", "--pgdata", home / "data", "--username", "owner",
             "--pwfile", secret, "--auth", "scram-sha-256", "--encoding", "UTF8",
             "--locale", "C.UTF-8", "--no-sync"],
            cwd=home, capture_output=True, check=False, **as_user,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr.decode()

    def start(self, *, under: tuple[str, ...] = (), **settings: object) -> None:
        """Start, and wait until it takes connections; ``under`` is a command that runs it."""
        options = {
            "listen_addresses": "127.0.0.1", "port": self.server.port,
            "unix_socket_directories": self._home,
            "fsync": "off", "full_page_writes": "off", "synchronous_commit": "off",
            "max_parallel_workers_per_gather": 0, "max_connections": 60, "autovacuum": "off",
        } | settings  # fmt: skip
        arguments = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
        with (self._home / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*under, self._programs / "postgres", "-D", self._home / "data", *arguments],
                cwd=self._home, stdout=log, stderr=log, stdin=subprocess.DEVNULL, **self._as_user,
            )  # fmt: skip
        try:
            _wait_until_ready(self.server, self._process, self._home / "log")
        except BaseException:
            self.stop()
            raise

    def crash(self) -> None:
        """Kill it where it stands."""
        self._end(signal.SIGQUIT)

    def stop(self) -> None:
        """Shut down fast: sessions end, no waiting for them."""
        try:
            self._end(signal.SIGINT)
        except subprocess.TimeoutExpired:
            self._end(signal.SIGQUIT)

    def wind_down(self) -> None:
        """Let nobody in any more, and shut down once the last session has ended."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)

    def put(self, name: str, content: bytes) -> Path:
        """Write a file that the server reads, as only its own user may."""
        file = self._home / name
        file.touch(mode=0o600)
        file.write_bytes(content)
        if self._as_user:
            os.chown(file, self._as_user["user"], self._as_user["group"])
        return file

    def become_standby(self) -> None:
        """Let the next start be one in recovery, as a read replica is."""
        self.put("data/standby.signal", b"")

    def become_primary(self) -> None:
        """Let the next start be an ordinary one again."""
        (self._home / "data" / "standby.signal").unlink()

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(how)
            self._process.wait(timeout=30)


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


# -- MariaDB -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class MariadbServer:
    """A running server; ``socket`` is the path of its own socket."""

    host: str
    port: int
    socket: Path
    user: str = "owner"
    password: str = PASSWORD
    database: str = "shop"

    def address(self, **more: Any) -> Address:
        """Return where it is, as its owner."""
        given: dict[str, Any] = {
            "host": self.host, "port": str(self.port), "database": self.database,
            "user": self.user, "ssl_mode": "disable", "ssl_root_certificate": "",
            "secret": Secret(self.password),
        }  # fmt: skip
        return Address(**given | more)

    def connect(self, database: str = "") -> Connection:
        """Return a connection of the owner, each statement on its own."""
        return self.address(database=database or self.database).connect()

    def settings(self, database: str = "", **more: str) -> dict[str, str]:
        """Return a source's settings."""
        return {
            "host": self.host,
            "port": str(self.port),
            "database": database or self.database,
            "user": self.user,
            **more,
        }


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[MariadbServer]:
    """A MariaDB server of this test run's own, thrown away afterwards; it speaks no TLS."""
    with running_mariadb() as server:
        yield server


@contextmanager
def running_mariadb(*options: str) -> Iterator[MariadbServer]:
    """Start a server with an owner who may do everything; end it by its process."""
    path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
    programs = [shutil.which(name, path=path) for name in ("mariadbd", "mariadb-install-db")]
    if None in programs:
        pytest.skip("MariaDB's server programs (mariadbd, mariadb-install-db) are not installed")
    # A short path of our own: sockets allow about 100 characters.
    home = Path(tempfile.mkdtemp(prefix="sandglass-my-", dir=tempfile.gettempdir()))
    server = MariadbServer("127.0.0.1", free_port(), home / "socket")
    process: subprocess.Popen[bytes] | None = None
    try:
        process = _start_mariadb(programs, home, server, options)
        yield server
    finally:
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(timeout=30)
        shutil.rmtree(home, ignore_errors=True)


def _start_mariadb(
    programs: list[str | None], home: Path, server: MariadbServer, options: tuple[str, ...]
) -> subprocess.Popen[bytes]:
    server_program, installer = map(str, programs)
    as_root = ["--user=root"] if os.geteuid() == 0 else []
    made = subprocess.run(
        [installer, "--no-defaults", f"--datadir={home / 'data'}", "--skip-test-db",
         "--auth-root-authentication-method=normal", "--innodb-log-file-size=4M", *as_root],
        cwd=home, capture_output=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, (made.stdout + made.stderr).decode()
    first = home / "first.sql"
    first.write_text(
        f"CREATE DATABASE {server.database};\n"
        f"CREATE USER {server.user}@'%' IDENTIFIED BY '{server.password}';\n"
        f"GRANT ALL ON *.* TO {server.user}@'%' WITH GRANT OPTION;\n"
    )
    with (home / "log").open("ab") as log:
        process = subprocess.Popen(
            [server_program, "--no-defaults", *as_root, f"--datadir={home / 'data'}",
             f"--socket={server.socket}", f"--port={server.port}", "--bind-address=127.0.0.1",
             f"--pid-file={home / 'pid'}", f"--init-file={first}", "--event-scheduler=ON",
             f"--tmpdir={home}",  # a server that starts empties it, of another one's tables too
             "--skip-name-resolve", "--innodb-flush-log-at-trx-commit=0", "--skip-log-bin",
             "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=4M",
             "--max-allowed-packet=256M", *options],
            cwd=home, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    pause = threading.Event()
    for _ in range(_START_TRIES):
        assert process.poll() is None, (home / "log").read_text()
        try:
            server.connect().close()
        except SourceError:
            pause.wait(_TRY_SECONDS)
        else:
            return process
    process.kill()
    process.wait(timeout=30)
    raise AssertionError((home / "log").read_text())
