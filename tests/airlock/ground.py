"""A shop in a real PostgreSQL with its airlock, and everybody who may or may not open it."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, override

import psycopg

from app.domain.secrets import Secret
from app.sources._postgresql_airlock import DbaLogin, GateKeeper, Keeper
from app.sources._postgresql_airlock_script import scram_verifier
from app.sources._postgresql_wire import Address
from tests.airlock.base import AnyShop

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.airlock.base import Opened
    from tests.servers import PostgresqlServer

type Connection = psycopg.Connection[tuple[Any, ...]]

DENIED = "42501"
CUSTOMERS, ORDERS = "sandglass_shop.customers", "sandglass_shop.orders"
HERS = (7, "U7@Example.test", "Person 7")
PEOPLE = 200
ORDERS_EACH = 5
HEAVY = PEOPLE + 1
"""Who has so many orders that reading them takes a while."""
HEAVY_ORDERS = 3000

TABLES = f"""
CREATE TABLE customers (id int PRIMARY KEY, email text, phone text, full_name text,
  password_hash text, risk_score numeric);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers, item text,
  amount numeric(12, 2), internal_note text);
CREATE TABLE lines (order_id int REFERENCES orders, text text);
CREATE INDEX ON orders (customer_id);
CREATE INDEX ON lines (order_id);
INSERT INTO customers
  SELECT g, 'U' || g || '@Example.test', '+49 30 ' || g, 'Person ' || g, md5(g::text), g
  FROM generate_series(1, {PEOPLE}) g;
INSERT INTO orders SELECT g, 1 + g % {PEOPLE}, 'item ' || g, g, 'note ' || g
  FROM generate_series(1, {PEOPLE * ORDERS_EACH}) g;
INSERT INTO customers VALUES ({HEAVY}, 'heavy@example.test', '+49 40 1', 'Heavy', 'x', 0);
INSERT INTO orders SELECT 100000 + g, {HEAVY}, 'heavy item', g, 'note'
  FROM generate_series(1, {HEAVY_ORDERS}) g;
INSERT INTO lines SELECT g, 'line ' || g FROM generate_series(1, {PEOPLE * ORDERS_EACH}) g;
ANALYZE;
"""


_TRY_SECONDS = 0.02


def until(condition: Callable[[], object], *, seconds: float = 15.0) -> None:
    """Wait until something is so."""
    pause, last = threading.Event(), time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < last, "it did not come about"
        pause.wait(_TRY_SECONDS)


def refusal(connection: psycopg.Connection[Any], query: str, *values: object) -> str:
    """Return the SQLSTATE with which a statement was refused; empty if it was not."""
    try:
        connection.execute(query, values or None)
    except psycopg.Error as error:
        return error.sqlstate or type(error).__name__
    return ""


@dataclass
class Shop(AnyShop):
    """The database ``crm`` of a server, with everything that its airlock's people hold."""

    server: PostgresqlServer
    tables: str = TABLES

    def build(self) -> None:
        """Make the database anew and install the airlock."""
        with self.server.connect() as owner:
            owner.execute(f"DROP DATABASE IF EXISTS {self.database} WITH (FORCE)")
            owner.execute(f"CREATE DATABASE {self.database}")
        with self.owner() as owner:
            owner.execute(self.tables)
        self.install()
        with self.owner() as owner:
            owner.execute(f"UPDATE {self.names.schema}.about SET live_at_most = 500")

    def remove(self) -> None:
        """Take airlock and database away: roles are the whole server's."""
        self.dba.run(self.dba.uninstall_script(self.source))
        with self.server.connect() as owner:
            owner.execute(f"DROP DATABASE {self.database} WITH (FORCE)")

    def owner(self) -> psycopg.Connection[tuple[Any, ...]]:
        return self.server.connect(self.database)

    def address(self, user: str, password: Secret) -> Address:
        return Address(
            host=self.server.host, port=str(self.server.port), database=self.database,
            user=user, ssl_mode="disable", ssl_root_certificate="", secret=password,
        )  # fmt: skip

    @override
    def verifier(self, password: Secret) -> str:
        return scram_verifier(password)

    @property
    def dba(self) -> DbaLogin:
        return DbaLogin(self.address(self.server.user, Secret(self.server.password)), "")

    @property
    def watchman(self) -> Keeper:
        return Keeper(self.address(self.names.watchman, self.watch_password), self.names)

    @property
    def gatekeeper(self) -> GateKeeper:
        return GateKeeper(self.address(self.names.gatekeeper, self.gate_password), self.names)

    def query(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Return what the owner of the database reads."""
        with closing(self.owner()) as owner:
            return owner.execute(query, values or None).fetchall()

    def traces(self, grant: str) -> tuple[int, int]:
        """Return how many roles and ledger rows there are of a grant."""
        ((roles, entries),) = self.query(
            "SELECT (SELECT count(*) FROM pg_roles WHERE rolname = %s),"
            f" (SELECT count(*) FROM {self.names.schema}.ledger WHERE grant_id = %s)",
            self.names.session(grant),
            grant,
        )
        return roles, entries

    def sessions(self, grant: str) -> int:
        ((count,),) = self.query(
            "SELECT count(*) FROM pg_stat_activity WHERE usename = %s", self.names.session(grant)
        )
        return int(count)

    @property
    def view(self) -> Callable[[str], str]:
        return lambda name: f"{self.names.schema}.{name}"

    def enter(self, opened: Opened, **more: Any) -> psycopg.Connection[tuple[Any, ...]]:
        """Return a connection of the officer's own login: all that psql would have."""
        address = self.address(self.names.session(opened.grant), opened.password)
        return replace(self.server, user=address.user, password=opened.password.reveal()).connect(
            self.database, **more
        )

    def begun(self, **more: Any) -> tuple[Opened, psycopg.Connection[tuple[Any, ...]]]:
        """Return a grant whose window is open, and a connection through it."""
        opened = self.opened(**more)
        connection = self.enter(opened)
        connection.execute(f"SELECT {self.names.schema}.begin()")
        return opened, connection

    def shorten(self, opened: Opened, seconds: float) -> None:
        """Let the window of a grant end soon, as only the owner of the ledger could."""
        with self.owner() as owner:
            found = owner.execute(
                f"UPDATE {self.names.schema}.ledger SET deadline = clock_timestamp()"
                " + make_interval(secs => %s) WHERE grant_id = %s RETURNING deadline::text",
                [seconds, opened.grant],
            ).fetchone()
            assert found
            owner.execute(f"ALTER ROLE {self.names.session(opened.grant)} VALID UNTIL '{found[0]}'")
