"""A PostgreSQL and a MariaDB of the demo's own, on this machine only, ended with the program."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from signal import Signals
from typing import TYPE_CHECKING, Any

from app.domain.errors import SourceError, StorageError
from app.domain.secrets import Secret
from app.sources import _demo_supervisor as supervisor
from app.sources._demo_programs import whose_processes

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.sources._demo_programs import Programs

HOST = "127.0.0.1"
OWNER = "owner"
_START_SECONDS = 60
_TRY_SECONDS = 0.05


@dataclass(frozen=True)
class Server:
    """A server that is starting: where it will listen, and its owner's password."""

    title: str
    port: int
    password: Secret
    home: Path


class DemoServers:
    """Both servers. Their data is of no use to anybody afterwards, and goes with them.

    It lies in ``folder``; root's folders are closed to those as whom root's servers must run, so
    theirs is a temporary one.
    """

    def __init__(self, programs: Programs, folder: Path, *, database: str) -> None:
        """Start both; ``database`` is made in MariaDB."""
        user = whose_processes()
        base = Path(tempfile.mkdtemp(prefix="sandglass-demo-")) if user else folder
        base.mkdir(mode=0o711, parents=True, exist_ok=True)
        base.chmod(0o711 if user else 0o700)
        try:
            self._keeper = self._start(programs, base, user, database=database)
        except BaseException:
            shutil.rmtree(base, ignore_errors=True)
            raise

    def _start(
        self, programs: Programs, base: Path, user: dict[str, Any], *, database: str
    ) -> subprocess.Popen[bytes]:
        names = ("PostgreSQL", "MariaDB")
        self.postgresql, self.mariadb = (
            Server(name, port, Secret(secrets.token_urlsafe(24)), base / name.lower())
            for name, port in zip(names, _free_ports(len(names)), strict=True)
        )
        plan = {
            "home": str(base),
            "user": user,
            "servers": [
                _postgresql(self.postgresql, programs, user),
                _mariadb(self.mariadb, programs, user, database=database),
            ],
        }
        # Its own session: Ctrl+C in a terminal is for the program, which closes access first.
        keeper = subprocess.Popen(  # noqa: S603 - our own script
            [sys.executable, "-I", "-S", supervisor.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )
        if keeper.stdin is not None:
            keeper.stdin.write(json.dumps(plan).encode() + b"\n")
            keeper.stdin.flush()
        return keeper

    def wait_for[T](self, server: Server, connect: Callable[[], T]) -> T:
        """Return a connection once the server takes one; ``demo.server_not_started``."""
        pause, give_up = threading.Event(), time.monotonic() + _START_SECONDS
        while True:
            is_over = (
                (server.home / supervisor.FALLEN).exists()
                or self._keeper.poll() is not None
                or time.monotonic() > give_up
            )
            try:
                return connect()
            except SourceError as error:
                why = _last_line(server) or error.code
            if is_over:
                break
            pause.wait(_TRY_SECONDS)
        raise StorageError("demo.server_not_started", server=server.title, why=why)

    def close(self) -> None:
        """End both, and wait until nothing of them is left; repeatable."""
        if self._keeper.stdin is not None:
            self._keeper.stdin.close()
        self._keeper.wait()


def _last_line(server: Server) -> str:
    """Return what a server wrote last; there is no data yet that it could tell of."""
    try:
        lines = (server.home / supervisor.LOG).read_text("utf-8", "replace").split("\n")
    except OSError:
        return ""
    return next((each.strip() for each in reversed(lines) if each.strip()), "")


def _free_ports(count: int) -> list[int]:
    """Return ports at which nobody listens, all of them different."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in probes:
            each.bind((HOST, 0))
        return [each.getsockname()[1] for each in probes]


def _settle(server: Server, user: dict[str, Any], name: str, text: str) -> Path:
    """Make a server's home with one file in it that only the server's user can read."""
    server.home.mkdir(mode=0o700)
    file = server.home / name
    file.touch(mode=0o600)
    file.write_text(text, encoding="utf-8")
    if user:
        for each in (file, server.home):
            os.chown(each, user["user"], user["group"])
    return file


def _postgresql(server: Server, programs: Programs, user: dict[str, Any]) -> dict[str, Any]:
    """Say how to make and run it: passwords are asked for, nothing is kept through a crash."""
    password = _settle(server, user, "password", server.password.reveal())
    data = server.home / "data"
    options = {
        "listen_addresses": HOST,
        "port": server.port,
        "unix_socket_directories": "",
        "password_encryption": "scram-sha-256",
        "fsync": "off",
        "full_page_writes": "off",
        "synchronous_commit": "off",
        "autovacuum": "off",
        "shared_buffers": "32MB",
        "max_connections": 60,
        "max_parallel_workers_per_gather": 0,
    }
    return {
        "home": str(server.home),
        "steps": [
            [
                str(programs.initdb),
                f"--pgdata={data}",
                f"--username={OWNER}",
                f"--pwfile={password}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
                "--no-instructions",
            ]
        ],
        "line": [
            str(programs.postgres),
            "-D",
            str(data),
            *(f"--{name}={value}" for name, value in options.items()),
        ],
        "end": Signals.SIGQUIT.name,
    }


def _mariadb(
    server: Server, programs: Programs, user: dict[str, Any], *, database: str
) -> dict[str, Any]:
    """Say how to make and run it: its first statements leave the owner's login and no other."""
    first = _settle(
        server,
        user,
        "first.sql",
        f"CREATE DATABASE {database};\n"
        f"CREATE USER {OWNER}@'%' IDENTIFIED BY '{server.password.reveal()}';\n"
        f"GRANT ALL ON *.* TO {OWNER}@'%' WITH GRANT OPTION;\n"
        f"DELETE FROM mysql.global_priv WHERE User NOT IN ('{OWNER}', 'mariadb.sys');\n"
        "FLUSH PRIVILEGES;\n",
    )
    data = f"--datadir={server.home / 'data'}"
    quick = (
        "--innodb-flush-log-at-trx-commit=0",
        "--innodb-doublewrite=0",
        "--innodb-log-file-size=8M",
        "--skip-log-bin",
    )
    return {
        "home": str(server.home),
        "steps": [
            [
                str(programs.install_db),
                "--no-defaults",
                data,
                "--skip-test-db",
                "--skip-name-resolve",
                "--auth-root-authentication-method=normal",
                *quick,
            ]
        ],
        "line": [
            str(programs.mariadbd),
            "--no-defaults",
            data,
            f"--bind-address={HOST}",
            f"--port={server.port}",
            "--socket=",
            f"--pid-file={server.home / 'pid'}",
            f"--tmpdir={server.home}",
            f"--init-file={first}",
            "--skip-name-resolve",
            "--event-scheduler=ON",
            "--character-set-server=utf8mb4",
            "--collation-server=utf8mb4_unicode_ci",
            "--innodb-buffer-pool-size=32M",
            "--performance-schema=OFF",
            *quick,
        ],
        "end": Signals.SIGKILL.name,
    }
