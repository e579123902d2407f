"""The tables of the made company as its databases declare them, whatever engine they live in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import (
    CHAR,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
)
from sqlalchemy.dialects import registry
from sqlalchemy.schema import CreateIndex, CreateTable

if TYPE_CHECKING:
    from collections.abc import Iterator

_EMAIL, _NAME, _WORDS = String(254), String(120), String(80)
_AMOUNT = Numeric(10, 2)


def _number(name: str) -> Column[int]:
    return Column(name, Integer, primary_key=True, autoincrement=False)


SHOP = MetaData()
Table(
    "addresses",
    SHOP,
    _number("id"),
    Column("street", _NAME),
    Column("postcode", String(12)),
    Column("city", _NAME),
)
Table(
    "customers",
    SHOP,
    _number("id"),
    Column("email", _EMAIL, nullable=False, unique=True),
    Column("name", _NAME),
    Column("phone", String(32)),
    Column("born", Date),
    Column("joined_at", DateTime),
    Column("password_hash", String(120)),
    Column("address_id", ForeignKey("addresses.id")),
)
Table(
    "orders",
    SHOP,
    _number("id"),
    Column("customer_id", ForeignKey("customers.id"), index=True),
    Column("placed_at", DateTime),
    Column("status", CHAR(1)),
    Column("total", _AMOUNT),
    Column("paid_with", _WORDS),
)
Table(
    "order_items",
    SHOP,
    Column("order_id", ForeignKey("orders.id"), index=True),
    Column("article", _WORDS),
    Column("quantity", Integer),
    Column("price", _AMOUNT),
)
Table(
    "staff",
    SHOP,
    _number("id"),
    Column("email", _EMAIL),
    Column("name", _NAME),
    Column("role", _WORDS),
    Column("manager_id", ForeignKey("staff.id")),
)

HELPDESK = MetaData()
Table(
    "tickets",
    HELPDESK,
    _number("number"),
    Column("requester_email", _EMAIL, index=True),
    Column("subject", _NAME),
    Column("opened_at", DateTime),
    Column("agent_id", Integer),
)
Table(
    "messages",
    HELPDESK,
    Column("ticket", ForeignKey("tickets.number"), index=True),
    Column("written_at", DateTime),
    Column("author", CHAR(1)),
    Column("body", Text),
)

NEWSLETTER = MetaData()
Table(
    "subscribers",
    NEWSLETTER,
    Column("email", _EMAIL, primary_key=True),
    Column("list", _WORDS),
    Column("since", Date),
    Column("confirmed_from", String(45)),
)
Table(
    "opens",
    NEWSLETTER,
    Column("subscriber", ForeignKey("subscribers.email"), index=True),
    Column("issue", String(7)),
    Column("opened_at", DateTime),
)


def create_statements(schema: MetaData, engine: str) -> Iterator[str]:
    """Yield what creates the tables in an engine, in an order in which they can be filled."""
    dialect = registry.load(engine)()
    for table in schema.sorted_tables:
        yield str(CreateTable(table).compile(dialect=dialect))
        for index in sorted(table.indexes, key=lambda each: str(each.name)):
            yield str(CreateIndex(index).compile(dialect=dialect))
