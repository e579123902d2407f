"""A shop in a real PostgreSQL with its airlock, and everybody who may or may not open it."""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
import time
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import psycopg

from app.domain.airlock import Allowed, Asked, blueprint, grant_id, mac
from app.domain.secrets import Secret
from app.ports.airlocks import Verifiers
from app.services.fides import map_hash, read_maps
from app.sources._airlock_script import Names
from app.sources._postgresql_airlock import DbaLogin, GateKeeper, Keeper
from app.sources._postgresql_airlock_script import scram_verifier
from app.sources._postgresql_wire import Address

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.ports.airlocks import GrantState, Script
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

SHOP = """
dataset:
  - fides_key: shop
    name: Shop
    collections:
      - name: customers
        fields:
          - {name: id, data_categories: [user.unique_id], fides_meta: {primary_key: true}}
          - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email}}
          - name: phone
            data_categories: [user.contact.phone_number]
            fides_meta: {identity: phone_number}
          - {name: full_name, data_categories: [user.name]}
          - name: password_hash
            data_categories: [user.authorization.credentials]
            meta: {sandglass: {never_disclose: true}}
      - name: orders
        fields:
          - {name: id, data_categories: [system.operations], fides_meta: {primary_key: true}}
          - name: customer_id
            data_categories: [user.unique_id]
            fides_meta:
              references: [{dataset: shop, field: customers.id, direction: from}]
          - {name: item, data_categories: [user.behavior.purchase_history]}
          - {name: amount, data_categories: [user.financial]}
      - name: lines
        fields:
          - name: order_id
            data_categories: [system.operations]
            fides_meta:
              references: [{dataset: shop, field: orders.id, direction: from}]
          - {name: text, data_categories: [user.behavior.purchase_history]}
"""

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
FIELDS = {
    "customers": ("id", "email", "full_name"),
    "orders": ("id", "item", "amount"),
}


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


def edited(text: str, *without: str, **changes: object) -> str:
    """Return a document with other values, or without some."""
    data = {**json.loads(text), **changes}
    return json.dumps({key: value for key, value in data.items() if key not in without})


@dataclass(frozen=True)
class Opened:
    """A grant, as its officer knows it."""

    grant: str
    password: Secret
    token: str


@dataclass
class Shop:
    """The database ``crm`` of a server, with everything that its airlock's people hold."""

    server: PostgresqlServer
    source: str = "shop"
    maps: tuple[str, ...] = (SHOP,)
    """The maps of all sources; the first is this one's."""
    tables: str = TABLES
    officers: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    approvers: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    links: Mapping[str, bytes] = field(default_factory=lambda: {"shop": secrets.token_bytes(32)})
    gate_password: Secret = field(default_factory=lambda: Secret(secrets.token_urlsafe(24)))
    watch_password: Secret = field(default_factory=lambda: Secret(secrets.token_urlsafe(24)))
    database: str = "crm"

    def __post_init__(self) -> None:
        self.names = Names.of(self.source)
        self.verifiers = Verifiers(
            scram_verifier(self.gate_password),
            scram_verifier(self.watch_password),
            {kind: hashlib.sha256(key).digest() for kind, key in self.keys().items()},
        )

    def keys(self) -> dict[str, bytes]:
        return {
            "officers": self.officers,
            "approvers": self.approvers,
            **{f"link:{name}": key for name, key in self.links.items()},
        }

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

    def script(self, map_text: str = "") -> Script:
        texts = (map_text or self.maps[0], *self.maps[1:])
        maps = [each for text in texts for each in read_maps(text, file="shop.yml")]
        plan = blueprint(maps[0], maps)
        return self.dba.script(plan, map_sha256=map_hash(maps[0]), verifiers=self.verifiers)

    def install(self, map_text: str = "") -> None:
        self.dba.run(self.script(map_text).text())
        for kind, key in self.keys().items():
            assert self.watchman.set_key(kind, key)

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

    @property
    def dba(self) -> DbaLogin:
        return DbaLogin(self.address(self.server.user, Secret(self.server.password)), "")

    @property
    def watchman(self) -> Keeper:
        return Keeper(self.address(self.names.watchman, self.watch_password), self.names)

    @property
    def gatekeeper(self) -> GateKeeper:
        return GateKeeper(self.address(self.names.gatekeeper, self.gate_password), self.names)

    def asked(
        self,
        name: str = "",
        *,
        person: int = 7,
        fields: Mapping[str, tuple[str, ...]] | None = None,
        minutes: int = 30,
        identities: Mapping[str, tuple[str, ...]] | None = None,
        unattested: Mapping[str, int] | None = None,
    ) -> tuple[Asked, Opened]:
        """Return what an officer asks for, and what only she knows."""
        password, token = Secret(secrets.token_urlsafe(24)), secrets.token_urlsafe(24)
        grant = grant_id("W", name or secrets.token_hex(4), self.source)
        asked = Asked(
            grant=grant,
            source=self.source,
            reference=f"W/{name or grant}",
            requester="officer",
            minutes=minutes,
            not_after=int(time.time()) + 3600,
            identities=identities or {"email": (f"u{person}@example.test",)},
            fields=fields or FIELDS,
            unattested=unattested or {},
            verifier=scram_verifier(password),
            closing_sha256=hashlib.sha256(token.encode()).hexdigest(),
        )
        return asked, Opened(grant, password, token)

    def allowed(self, asked: Asked, *, minutes: int = 0, start_by: int = 0) -> Allowed:
        return Allowed(
            mac(self.officers, asked.text()),
            minutes or asked.minutes,
            start_by or int(time.time()) + 3600,
            "approver",
        )

    def let_in(self, asked: Asked, allowed: Allowed) -> None:
        """Open, as an approver does who got what the officer asked for."""
        self.gatekeeper.open(
            asked.text(),
            mac(self.officers, asked.text()),
            allowed=allowed.text(),
            allowed_mac=mac(self.approvers, allowed.text()),
        )

    def try_open(self, asked: str, allowed: str = "", *without: str, **changes: object) -> None:
        """Open with whatever documents, each with a genuine MAC unless one is given."""
        asked_mac = changes.pop("asked_mac_given", None) or mac(self.officers, asked)
        given_mac = changes.pop("allowed_mac_given", None)
        if not allowed:
            plain = Allowed(mac(self.officers, asked), 30, int(time.time()) + 3600, "approver")
            allowed = edited(plain.text(), *without, **changes)
        self.gatekeeper.open(
            asked,
            asked_mac,  # type: ignore[arg-type]
            allowed=allowed,
            allowed_mac=given_mac or mac(self.approvers, allowed),  # type: ignore[arg-type]
        )

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

    def state(self, grant: str) -> GrantState:
        return next(each for each in self.watchman.status() if each.grant == grant)

    def opened(self, **more: Any) -> Opened:
        """Return a grant that waits for its officer to begin."""
        asked, opened = self.asked(**more)
        self.let_in(asked, self.allowed(asked))
        return opened

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
