"""Shared workspaces for tests: databases copied from one that was made once."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, override

import psycopg

from app.domain.addresses import WorkspaceAddress
from app.domain.secrets import Secret
from app.storage.engine import shared as engine
from app.storage.guard import records
from app.storage.guard.names import Names
from app.storage.heads import RememberedHeads
from app.storage.migrations import upgrade
from app.storage.shared import SharedWorkspace
from tests.contracts.workspace_ground import WorkspaceGround

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers import PostgresqlServer

NAMES = Names.of("5a6b7c8d00000000")


def address_of(server: PostgresqlServer, database: str, login: str = "") -> WorkspaceAddress:
    return WorkspaceAddress(server.host, database, login or server.user, server.port)


class Databases:
    """Databases of one server, thrown away one by one."""

    def __init__(self, server: PostgresqlServer) -> None:
        self.server = server

    def make(self, template: str = "template0") -> str:
        name = f"ws_{secrets.token_hex(6)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, name: str) -> None:
        self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _run(self, sql: str) -> None:
        with self.server.connect() as connection:
            connection.execute(sql)


class SharedGround(WorkspaceGround):
    """A database in which tables and records are guarded, and nobody is told apart."""

    refusal = psycopg.Error

    def __init__(self, folder: Path, databases: Databases, *, empty: str, settled: str) -> None:
        super().__init__()
        self.password = databases.server.password
        self._databases = databases
        self._template = empty
        self._settled = settled
        self._folder = folder
        self._made = ""

    @property
    def name(self) -> str:
        """The database, made when it is first asked for: copying one takes a while."""
        self._made = self._made or self._databases.make(self._template)
        return self._made

    @property
    @override
    def place(self) -> str:
        return address_of(self._databases.server, self.name).text

    @override
    def open(self) -> SharedWorkspace:
        server = self._databases.server
        return SharedWorkspace(
            address_of(server, self.name),
            Secret(server.password),
            heads=RememberedHeads(self._folder / "heads"),
            clock=self.clock,
        )

    @override
    def open_settled(self) -> SharedWorkspace:
        assert not self._made
        self._template = self._settled
        return self.open()

    @override
    def execute(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        options = f"-c search_path={engine.SCHEMA}"
        with self._databases.server.connect(self.name, options=options) as shell:
            cursor = shell.execute(sql.replace("?", "%s").encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    def throw_away(self) -> None:
        if self._made:
            self._databases.drop(self._made)


def make_empty(databases: Databases) -> str:
    """Make a database with the tables of a workspace and with what guards records."""
    name = databases.make()
    with databases.server.connect(name) as connection:
        connection.execute(f"CREATE SCHEMA {engine.SCHEMA}")
    maintenance = engine.plain(
        address_of(databases.server, name), Secret(databases.server.password)
    )
    with maintenance.begin() as connection:
        upgrade(connection)
        for statement in records.statements(NAMES):
            connection.exec_driver_sql(statement.replace("%", "%%"))
    maintenance.dispose()
    return name


def made_once(databases: Databases, folder: Path) -> Iterator[tuple[str, str]]:
    """Yield an empty database and a settled one, as templates."""
    empty = make_empty(databases)
    ground = SharedGround(folder, databases, empty=empty, settled=empty)
    WorkspaceGround.open_settled(ground).close()
    yield empty, ground.name
    for name in (empty, ground.name):
        databases.drop(name)
