"""MariaDB: keys of another source count only if its airlock attests them, whatever its engine."""

from __future__ import annotations

import json
import secrets
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from app.domain.airlock import check_name, mac
from tests.airlock.base import FIELDS, SHOP, Opened
from tests.airlock.ground import Shop
from tests.airlock.mariadb_ground import MariadbShop, cells, refusal
from tests.airlock.test_links import DESK, ORIGIN, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.sources._mariadb_wire import Connection
    from tests.servers import MariadbServer, PostgresqlServer

pytestmark = pytest.mark.server

MARIADB_TICKETS = """
CREATE TABLE places (id int PRIMARY KEY, street text);
CREATE TABLE tickets (id int PRIMARY KEY, customer varchar(40), place_id int, text text,
  FOREIGN KEY (place_id) REFERENCES places (id));
INSERT INTO places SELECT seq, CONCAT('street ', seq) FROM seq_1_to_20;
INSERT INTO tickets SELECT seq, seq, 1 + seq DIV 2, CONCAT('ticket ', seq) FROM seq_1_to_30;
"""
BRING = "CALL sandglass_desk.bring(?, ?)"
NOT_GENUINE, DIFFERS, TOO_MANY, NO_KEY = "SG001", "SG008", "SG010", "SG003"


@pytest.fixture(scope="module")
def link() -> bytes:
    return secrets.token_bytes(32)


@pytest.fixture(scope="module")
def shop(mariadb_server: MariadbServer, link: bytes) -> Iterator[MariadbShop]:
    built = MariadbShop(mariadb_server, maps=(SHOP, DESK), links={"shop": link})
    built.build()
    yield built
    built.remove()


@pytest.fixture(scope="module")
def desk(mariadb_server: MariadbServer, link: bytes) -> Iterator[MariadbShop]:
    built = MariadbShop(mariadb_server, source="desk", maps=(DESK, SHOP), database="desk",
                        tables=MARIADB_TICKETS, links={"shop": link})  # fmt: skip
    built.build()
    yield built
    built.remove()


def attested(shop: MariadbShop, name: str, *, person: int = 7) -> tuple[str, bytes]:
    _, officer = shop.begun(name=name, person=person, fields=FIELDS)
    with closing(officer):
        ((text, signed),) = cells(officer, "CALL sandglass_shop.attest(?)", ORIGIN)
    assert text
    assert signed
    return text, bytes.fromhex(signed)


def at_desk(desk: MariadbShop, name: str, **more: Any) -> tuple[Opened, Connection]:
    return desk.begun(name=name, fields={"tickets": ("id", "text")}, **more)


def texts_of(desk: MariadbShop, officer: Connection) -> list[str | None]:
    return sorted(text for (text,) in cells(officer, desk.read("tickets", "text")) if text)


def test_attested_keys_lead_to_the_persons_rows(shop: MariadbShop, desk: MariadbShop) -> None:
    text, signed = attested(shop, "one")
    _, officer = at_desk(desk, "one")
    with closing(officer):
        assert texts_of(desk, officer) == []
        assert cells(officer, BRING, text, signed) == [("1",)]
        assert texts_of(desk, officer) == ["ticket 7"]
        assert cells(officer, BRING, text, signed) == [("1",)]


def test_attested_keys_are_the_persons_and_no_others(shop: MariadbShop, link: bytes) -> None:
    text, signed = attested(shop, "two", person=9)
    assert json.loads(text) == {"from": ORIGIN, "grant": "W/two", "keys": [["9"]]}
    assert signed == mac(link, text)


@pytest.mark.parametrize("how", ["text", "mac", "none", "own key", "officers", "empty"])
def test_forged_keys_are_refused(shop: MariadbShop, desk: MariadbShop, how: str) -> None:
    name = f"forged {how}"
    text, signed = attested(shop, name)
    given: list[Any] = [text, signed]
    if how == "text":
        given[0] = written(name, "8")
    elif how in {"none", "empty"}:
        given[1] = None if how == "none" else b""
    else:
        key = {"own key": b"k" * 32, "officers": desk.officers}.get(how, b"x")
        given = [written(name, "8"), mac(key, written(name, "8"))]
    _, officer = at_desk(desk, name)
    with closing(officer):
        assert refusal(officer, BRING, *given) == NOT_GENUINE
        assert texts_of(desk, officer) == []


def test_keys_attested_for_another_grant_are_refused(shop: MariadbShop, desk: MariadbShop) -> None:
    text, signed = attested(shop, "three", person=8)
    _, officer = at_desk(desk, "four")
    with closing(officer):
        assert refusal(officer, BRING, text, signed) == DIFFERS
        assert texts_of(desk, officer) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"from": None}, {"from": "nowhere.t.id"}, {"from": ""}, {"from": "desk.places.id"},
        {"keys": None}, {"keys": "8"}, {"keys": {"0": "8"}}, {"grant": None}, {"grant": ""},
        {"from": "shop%.customers.id"}, {"from": "SHOP.customers.id"},
    ],
)  # fmt: skip
def test_documents_that_say_something_else_are_refused(
    desk: MariadbShop, link: bytes, changes: dict[str, object]
) -> None:
    _, officer = at_desk(desk, f"odd {changes}")
    text = written(f"odd {changes}", "8", **changes)
    with closing(officer):
        assert refusal(officer, BRING, text, mac(link, text)) in {DIFFERS, NOT_GENUINE, NO_KEY}
        assert refusal(officer, BRING, text, None) in {DIFFERS, NOT_GENUINE, NO_KEY}
        assert texts_of(desk, officer) == []


def test_unattested_keys_are_as_many_as_were_approved(desk: MariadbShop) -> None:
    _, officer = at_desk(desk, "few", unattested={ORIGIN: 2})
    with closing(officer):
        assert refusal(officer, BRING, written("few", "1", "2", "3"), None) == TOO_MANY
        assert texts_of(desk, officer) == []
        assert cells(officer, BRING, written("few", "1", "2"), None) == [("2",)]
        assert texts_of(desk, officer) == ["ticket 1", "ticket 2"]
        officer.run(BRING, written("few", "3", "4"), None)  # the first stand
        assert texts_of(desk, officer) == ["ticket 1", "ticket 2"]


@pytest.mark.parametrize("allowed", [{}, {"shop.orders.id": 5}, {ORIGIN: 0}])
def test_unattested_keys_that_nobody_approved_are_refused(
    desk: MariadbShop, allowed: dict[str, int]
) -> None:
    _, officer = at_desk(desk, f"none {allowed}", unattested=allowed)
    with closing(officer):
        text = written(f"none {allowed}", "1")
        assert refusal(officer, BRING, text, None) in {NOT_GENUINE, TOO_MANY}
        assert texts_of(desk, officer) == []


@pytest.mark.parametrize(
    "before",
    [["SET autocommit = 0"], ["START TRANSACTION"], ["START TRANSACTION", "SAVEPOINT s"],
     ["SET completion_type = CHAIN", "START TRANSACTION"],
     ["SET completion_type = CHAIN", "SET autocommit = 0"]],
)  # fmt: skip
def test_keys_that_can_be_rolled_back_open_nothing(desk: MariadbShop, before: list[str]) -> None:
    """Else she could try one key after another, a few at a time."""
    name = f"rolled {before}"
    opened, officer = at_desk(desk, name, unattested={ORIGIN: 1})
    with closing(officer):
        for number in range(1, 4):
            for statement in before:
                officer.run(statement)
            officer.run(BRING, written(name, str(number)), None)
            officer.run("ROLLBACK")
            assert texts_of(desk, officer) == ["ticket 1"]
    query = "SELECT COUNT(*) FROM sandglass_desk.brought WHERE grant_id = ?"
    assert desk.query(query, opened.grant) == [("1",)]


@pytest.mark.parametrize(
    "keys",
    [[None], [[None]], [[""]], [["7; DROP"]], [[["7"]]], [[]], [["7 "]], [[" 7"]], [["07"]],
     [["\uff17"]], [["7\n"]], [["7.0"]], [["%"]], [["7'"]], [{"0": "7"}], [["7e0"]]],
)  # fmt: skip
def test_keys_that_are_no_keys_find_nothing(desk: MariadbShop, keys: list[object]) -> None:
    _, officer = at_desk(desk, f"odd keys {keys}", unattested={ORIGIN: 5})
    with closing(officer):
        refusal(officer, BRING, written(f"odd keys {keys}", keys=keys), None)
        assert texts_of(desk, officer) == []


def test_nothing_is_attested_that_leads_nowhere(shop: MariadbShop) -> None:
    _, officer = shop.begun()
    with closing(officer):
        for origin in ("shop.customers.password_hash", "desk.tickets.id", "", "x'y", None):
            assert refusal(officer, "CALL sandglass_shop.attest(?)", origin) == DIFFERS


def test_rows_that_others_point_to_as_well_are_counted(desk: MariadbShop, link: bytes) -> None:
    name = check_name("places", "tickets", (("place_id", "id"),))
    for person, expected in ((7, "1"), (1, "0")):
        text = written(f"shared {person}", str(person))
        _, officer = at_desk(desk, f"shared {person}")
        with closing(officer):
            officer.run(BRING, text, mac(link, text))
            assert cells(officer, "CALL sandglass_desk.shared(?)", name) == [(expected,)]
            assert refusal(officer, "CALL sandglass_desk.shared(?)", "x") == DIFFERS


# -- from one engine to the other --------------------------------------------------------------


KEYS = {
    "int": ("int", "int", "7", "8"),
    "bigint": ("bigint", "bigint", "9007199254740993", "9007199254740992"),
    "text": ("text", "varchar(40)", "'k''7\\x'", "'K''7\\x'"),
    "emoji": ("text", "varchar(40)", "'schlüssel 😀'", "'schlussel 😀'"),
    "spaces": ("text", "varchar(40) COLLATE utf8mb4_nopad_bin", "' k '", "' k'"),
    "uuid": ("uuid", "uuid", "'00000000-0000-0000-0000-00000000abcd'",
             "'00000000-0000-0000-0000-00000000abce'"),
    "date": ("date", "date", "'2024-03-04'", "'2024-04-03'"),
    "numeric": ("numeric(10,2)", "decimal(10,2)", "3.50", "3.51"),
    "number in a text": ("int", "varchar(40)", "7", "70"),
}  # fmt: skip
PEOPLE = "CREATE TABLE customers (id {kind}, email text, phone text, full_name text);"
REST = (
    "CREATE TABLE orders (id int, customer_id {kind}, item text, amount int);"
    "CREATE TABLE {lines} (order_id int, text text);"
)


def customers(kind: str, mine: str, other: str, *, lines: str) -> str:
    return (
        PEOPLE.format(kind=kind) + REST.format(kind=kind, lines=lines)
        + f"INSERT INTO customers (id, email) VALUES ({mine}, 'u7@example.test'),"
        f" ({other}, 'u8@example.test');"
    )  # fmt: skip


def tickets(kind: str, mine: str, other: str) -> str:
    return (
        "CREATE TABLE places (id int, street text);"
        f"CREATE TABLE tickets (id int, customer {kind}, place_id int, text text);"
        f"INSERT INTO tickets VALUES (1, {mine}, NULL, 'mine'), (2, {other}, NULL, 'theirs');"
    )


def as_text(literal: str, kind: str) -> str:
    return f"'{literal}'" if "char" in kind and not literal.startswith("'") else literal


def for_mariadb(literal: str) -> str:
    return literal.replace("\\", "\\\\")


@pytest.mark.parametrize("key", [*KEYS])
def test_keys_that_postgresql_attests_lead_on_in_mariadb(
    mariadb_server: MariadbServer, postgresql_server: PostgresqlServer, link: bytes, key: str
) -> None:
    there, here, mine, other = KEYS[key]
    shop = Shop(postgresql_server, maps=(SHOP, DESK), links={"shop": link}, database="linked",
                tables=customers(there, mine, other, lines="lines"))  # fmt: skip
    desk = MariadbShop(mariadb_server, source="desk2", database="linked",
                       maps=(DESK.replace("desk", "desk2"), SHOP), links={"shop": link},
                       tables=tickets(here, *(for_mariadb(as_text(each, here))
                                              for each in (mine, other))))  # fmt: skip
    shop.build()
    try:
        desk.build()
        try:
            _, first = shop.begun(name="on", fields={"customers": ("id",)})
            with closing(first):
                query = "SELECT attested, mac FROM sandglass_shop.attest(%s)"
                ((text, signed),) = first.execute(query, [ORIGIN]).fetchall()
            _, officer = desk.begun(name="on", fields={"tickets": ("text",)})
            with closing(officer):
                officer.run("CALL sandglass_desk2.bring(?, ?)", text, bytes(signed))
                assert cells(officer, desk.read("tickets", "text")) == [("mine",)]
        finally:
            desk.remove()
    finally:
        shop.remove()


@pytest.mark.parametrize("key", [*KEYS])
def test_keys_that_mariadb_attests_lead_on_in_postgresql(
    mariadb_server: MariadbServer, postgresql_server: PostgresqlServer, link: bytes, key: str
) -> None:
    there, here, mine, other = KEYS[key]
    if key == "number in a text":
        here, there = there, "text"
    maps = (SHOP.replace("shop", "store"), DESK.replace("dataset: shop", "dataset: store"))
    literals = [for_mariadb(as_text(each, here)) for each in (mine, other)]
    shop = MariadbShop(mariadb_server, source="store", maps=maps, links={"store": link},
                       database="linked",
                       tables=customers(here, *literals, lines="`lines`"))  # fmt: skip
    desk = Shop(postgresql_server, source="desk", database="linked", maps=(maps[1], maps[0]),
                links={"store": link}, tables=tickets(there, mine, other))  # fmt: skip
    shop.build()
    try:
        desk.build()
        try:
            _, first = shop.begun(name="back", fields={"customers": ("id",)})
            with closing(first):
                query = "CALL sandglass_store.attest(?)"
                ((text, signed),) = cells(first, query, "store.customers.id")
            assert signed
            _, officer = desk.begun(name="back", fields={"tickets": ("text",)})
            with closing(officer):
                query = "SELECT sandglass_desk.bring(%s, %s)"
                officer.execute(query, [text, bytes.fromhex(signed)])
                query = "SELECT text FROM sandglass_desk.tickets"
                assert officer.execute(query).fetchall() == [("mine",)]
        finally:
            desk.remove()
    finally:
        shop.remove()
