"""A PgBouncer of the test's own, in front of a server that the tests started."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.servers import free_port, home_of_a_server

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.servers import PostgresqlServer

_TRIES = 200
_TRY_SECONDS = 0.05


@contextmanager
def pooled(
    server: PostgresqlServer, *, logins: Mapping[str, str], mode: str = "transaction"
) -> Iterator[PostgresqlServer]:
    """Yield the server as a pooler shows it, which knows ``logins`` with their passwords."""
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None:
        pytest.skip("PgBouncer is not installed")
    with home_of_a_server() as (home, as_user):
        port = free_port()
        users, config = home / "users", home / "pgbouncer.ini"
        users.write_text("".join(f'"{name}" "{word}"\n' for name, word in logins.items()))
        config.write_text(
            f"[databases]\n* = host={server.host} port={server.port}\n[pgbouncer]\n"
            f"listen_addr = {server.host}\nlisten_port = {port}\nunix_socket_dir =\n"
            f"auth_type = scram-sha-256\nauth_file = {users}\npool_mode = {mode}\n"
        )
        if as_user:
            for path in (users, config):
                os.chown(path, as_user["user"], as_user["group"])
        with (home / "log").open("wb") as log:
            process = subprocess.Popen(
                [program, config], cwd=home, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                **as_user,
            )  # fmt: skip
        try:
            shown = replace(server, port=port)
            _wait_until_ready(shown)
            yield shown
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(timeout=10)


def _wait_until_ready(server: PostgresqlServer) -> None:
    pause = threading.Event()
    for _ in range(_TRIES):
        try:
            server.connect().close()
        except psycopg.OperationalError:
            pause.wait(_TRY_SECONDS)
        else:
            return
    raise AssertionError("the pooler does not answer")
