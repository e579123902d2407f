"""Why there is no connection, on a real server and behind none; and how certificates are asked."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from app.domain.addresses import WorkspaceAddress
from app.domain.errors import StorageError
from app.domain.secrets import Secret
from app.postgresql.reaching import Unreached, verified_tls
from app.storage.engine.shared import connect
from app.wording.errors import sentences

if TYPE_CHECKING:
    from tests.servers import PostgresqlServer


def code_of(address: WorkspaceAddress, password: str) -> str:
    with pytest.raises(StorageError) as caught:
        connect(address, Secret(password))
    assert password not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.code in sentences()
    return caught.value.code


@pytest.mark.server
def test_a_server_says_why_it_lets_nobody_in(postgresql_server: PostgresqlServer) -> None:
    server = postgresql_server
    right = WorkspaceAddress(server.host, server.database, server.user, server.port)
    connect(right, Secret(server.password)).close()
    assert code_of(right, "wrong horse") == "workspace.login_refused"
    assert code_of(right.for_login("nobody-here"), server.password) == "workspace.login_refused"
    with server.connect() as connection:
        connection.execute("CREATE ROLE expired LOGIN PASSWORD 'word' VALID UNTIL '2020-01-01'")
        connection.execute("CREATE ROLE crowded LOGIN PASSWORD 'word' CONNECTION LIMIT 0")
        connection.execute("CREATE ROLE outsider LOGIN PASSWORD 'word'")
        connection.execute("CREATE DATABASE closed")
        connection.execute("REVOKE CONNECT ON DATABASE closed FROM PUBLIC")
    assert code_of(right.for_login("expired"), "word") == "workspace.login_refused"
    assert code_of(right.for_login("crowded"), "word") == "workspace.too_many_connections"
    closed = WorkspaceAddress(server.host, "closed", "outsider", server.port)
    assert code_of(closed, "word") == "workspace.not_a_member"
    nowhere = WorkspaceAddress(server.host, "nothing", server.user, server.port)
    assert code_of(nowhere, server.password) == "workspace.no_database"


def test_where_no_server_is_nothing_can_be_reached() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        address = WorkspaceAddress("127.0.0.1", "privacy", "olga", taken.getsockname()[1])
        assert code_of(address, "correct horse") == "workspace.unreachable"
    nowhere = WorkspaceAddress("no.such.host.invalid", "privacy", "olga")
    assert code_of(nowhere, "correct horse") == "workspace.no_host"


def test_off_this_machine_the_servers_certificate_must_be_right() -> None:
    assert verified_tls(is_here=True) == {"sslmode": "prefer"}
    found = verified_tls(is_here=False)
    assert found["sslmode"] == "verify-full"
    assert found["sslrootcert"]


def test_every_reason_has_its_sentence() -> None:
    assert {f"workspace.{each}" for each in Unreached} <= sentences().keys()
