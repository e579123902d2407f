"""The made company with its shop in PostgreSQL and its help desk in MariaDB."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

import psycopg

from app.domain.errors import StorageError
from app.ports.companies import MadeSource, Owner
from app.sources._demo_programs import find_programs, whose_processes
from app.sources._demo_servers import HOST, OWNER, DemoServers
from app.sources._made_company import make_holdings
from app.sources._made_files import MadeCompany, make_file
from app.sources._made_tables import HELPDESK, NEWSLETTER, SHOP, create_statements
from app.sources._mariadb_errors import MariadbError
from app.sources._mariadb_wire import Address as MariadbAddress
from app.sources._postgresql_wire import Address as PostgresqlAddress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import MetaData

    from app.sources._demo_programs import Programs
    from app.sources._demo_servers import Server
    from app.sources._made_company import Rows

_SHOP_DATABASE, _HELPDESK_DATABASE = "shop", "helpdesk"
_ROWS_AT_ONCE = 500


class CompanyOnServers:
    """Makes companies whose sources defend themselves, and one that is a file beside them."""

    def __init__(self, find: Callable[[], Programs] = find_programs) -> None:
        self._find = find

    def require(self) -> None:
        """Raise ``StorageError`` where a server's programs are missing: demo.no_…."""
        self._find()
        whose_processes()

    def make(self, folder: Path, *, now: datetime) -> MadeCompany:
        """Start the servers, fill them, and write the file; they end when the company closes."""
        servers = DemoServers(self._find(), folder / "servers", database=_HELPDESK_DATABASE)
        try:
            holdings = make_holdings(now=now)
            newsletter = make_file(folder / "newsletter.sqlite", NEWSLETTER, holdings.newsletter)
            shop = _fill_postgresql(servers, SHOP, holdings.shop)
            helpdesk = _fill_mariadb(servers, HELPDESK, holdings.helpdesk)
        except BaseException:
            servers.close()
            raise
        sources = {"shop": shop, "helpdesk": helpdesk, "newsletter": newsletter}
        return MadeCompany.of(holdings, sources, end=servers.close)


def _fill_postgresql(servers: DemoServers, schema: MetaData, rows: Rows) -> MadeSource:
    server = servers.postgresql
    address = PostgresqlAddress(
        HOST, str(server.port), _SHOP_DATABASE, OWNER, "disable", "", server.password
    )
    door = replace(address, database="postgres")
    try:
        with closing(servers.wait_for(server, door.connect)) as connection:
            connection.execute(f"CREATE DATABASE {_SHOP_DATABASE}".encode())
        with closing(address.connect()) as connection:
            for statement in create_statements(schema, "postgresql"):
                connection.execute(statement.encode())
            for table in schema.sorted_tables:
                into = f"COPY {table.name} FROM STDIN".encode()
                with connection.cursor() as cursor, cursor.copy(into) as copy:
                    for row in rows[table.name]:
                        copy.write_row(row)
    except psycopg.Error as error:
        why = type(error).__name__
    else:
        return _made("postgresql", server, _SHOP_DATABASE)
    raise StorageError("demo.not_filled", server=server.title, why=why)


def _fill_mariadb(servers: DemoServers, schema: MetaData, rows: Rows) -> MadeSource:
    server = servers.mariadb
    address = MariadbAddress(
        HOST, str(server.port), _HELPDESK_DATABASE, OWNER, "disable", "", server.password
    )
    try:
        with servers.wait_for(server, address.connect) as connection:
            for statement in create_statements(schema, "mysql"):
                connection.run(statement)
            for table in schema.sorted_tables:
                for statement, values in _inserts(table.name, rows):
                    connection.run(statement, *values)
    except MariadbError as error:
        why = str(error.number)
    else:
        return _made("mariadb", server, _HELPDESK_DATABASE)
    raise StorageError("demo.not_filled", server=server.title, why=why)


def _inserts(table: str, rows: Rows) -> Iterator[tuple[str, list[object]]]:
    """Yield statements that take many rows at once, each with its values."""
    found = rows[table]
    for start in range(0, len(found), _ROWS_AT_ONCE):
        group = found[start : start + _ROWS_AT_ONCE]
        marks = ", ".join(f"({', '.join('?' for _ in row)})" for row in group)
        yield f"INSERT INTO {table} VALUES {marks}", list(chain.from_iterable(group))  # noqa: S608 - names of ours


def _made(engine: str, server: Server, database: str) -> MadeSource:
    """Return where it is. Nothing leaves this machine, so nothing is encrypted on the way."""
    settings = {
        "host": HOST,
        "port": str(server.port),
        "database": database,
        "sslmode": "disable",
    }
    return MadeSource(engine, settings, Owner(OWNER, server.password))
