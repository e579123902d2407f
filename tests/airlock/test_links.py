"""Keys of another source count only if its airlock attests them, or an approver saw how many."""

from __future__ import annotations

import json
import secrets
from contextlib import closing
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from app.domain.airlock import check_name, mac
from tests.airlock.base import FIELDS, SHOP, Opened
from tests.airlock.ground import Shop, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers import PostgresqlServer

pytestmark = pytest.mark.server

type Connection = psycopg.Connection[tuple[Any, ...]]

DESK = """
dataset:
  - fides_key: desk
    name: Desk
    collections:
      - name: tickets
        fields:
          - {name: id, data_categories: [system.operations], fides_meta: {primary_key: true}}
          - name: customer
            data_categories: [user.unique_id]
            fides_meta:
              references: [{dataset: shop, field: customers.id, direction: from}]
          - name: place_id
            data_categories: [user.content]
            fides_meta:
              references: [{dataset: desk, field: places.id, direction: to}]
          - {name: text, data_categories: [user.content]}
      - name: places
        fields:
          - {name: id, data_categories: [system.operations], fides_meta: {primary_key: true}}
          - {name: street, data_categories: [user.contact.address]}
"""
TICKETS = """
CREATE TABLE places (id int PRIMARY KEY, street text);
CREATE TABLE tickets (id int PRIMARY KEY, customer text, place_id int REFERENCES places, text text);
INSERT INTO places SELECT g, 'street ' || g FROM generate_series(1, 20) g;
INSERT INTO tickets SELECT g, g::text, 1 + g / 2, 'ticket ' || g FROM generate_series(1, 30) g;
"""
ORIGIN = "shop.customers.id"
TEXTS = "SELECT text FROM sandglass_desk.tickets ORDER BY id"
BRING = "SELECT sandglass_desk.bring(%s, %s)"
NOT_GENUINE, DIFFERS, TOO_MANY = "SG001", "SG008", "SG010"


@pytest.fixture(scope="module")
def link() -> bytes:
    return secrets.token_bytes(32)


@pytest.fixture(scope="module")
def shop(postgresql_server: PostgresqlServer, link: bytes) -> Iterator[Shop]:
    built = Shop(postgresql_server, maps=(SHOP, DESK), links={"shop": link})
    built.build()
    yield built
    built.remove()


@pytest.fixture(scope="module")
def desk(postgresql_server: PostgresqlServer, link: bytes) -> Iterator[Shop]:
    built = Shop(postgresql_server, source="desk", maps=(DESK, SHOP), tables=TICKETS,
                 database="desk", links={"shop": link})  # fmt: skip
    built.build()
    yield built
    built.remove()


def attested(shop: Shop, name: str, *, person: int = 7) -> tuple[str, bytes]:
    _, officer = shop.begun(name=name, person=person, fields=FIELDS)
    with closing(officer):
        query = "SELECT attested, mac FROM sandglass_shop.attest(%s)"
        ((text, signed),) = officer.execute(query, [ORIGIN]).fetchall()
    return text, signed


def at_desk(desk: Shop, name: str, **more: Any) -> tuple[Opened, Connection]:
    return desk.begun(name=name, fields={"tickets": ("id", "text")}, **more)


def written(name: str, *keys: str, **changes: object) -> str:
    data = {"from": ORIGIN, "grant": f"W/{name}", "keys": [[key] for key in keys]}
    return json.dumps({**data, **changes})


def test_attested_keys_lead_to_the_persons_rows(shop: Shop, desk: Shop) -> None:
    text, signed = attested(shop, "one")
    _, officer = at_desk(desk, "one")
    with closing(officer):
        assert officer.execute(TEXTS).fetchall() == []
        assert officer.execute(BRING, [text, signed]).fetchall() == [(1,)]
        assert officer.execute(TEXTS).fetchall() == [("ticket 7",)]
        assert officer.execute(BRING, [text, signed]).fetchall() == [(1,)]  # again is no matter


def test_attested_keys_are_the_persons_and_no_others(shop: Shop, link: bytes) -> None:
    text, signed = attested(shop, "two", person=9)
    assert json.loads(text) == {"from": ORIGIN, "grant": "W/two", "keys": [["9"]]}
    assert signed == mac(link, text)


@pytest.mark.parametrize("how", ["text", "mac", "none", "own key", "officers", "empty"])
def test_forged_keys_are_refused(shop: Shop, desk: Shop, how: str) -> None:
    name = f"forged {how}"
    text, signed = attested(shop, name)
    given: list[Any] = [text, signed]
    if how == "text":
        given[0] = written(name, "8")
    elif how == "none":
        given[1] = None
    elif how == "empty":
        given[1] = b""
    else:
        key = {"own key": b"k" * 32, "officers": desk.officers}.get(how, b"x")
        given = [written(name, "8"), mac(key, written(name, "8"))]
    _, officer = at_desk(desk, name)
    with closing(officer):
        assert refusal(officer, BRING, *given) == NOT_GENUINE
        assert officer.execute(TEXTS).fetchall() == []


def test_keys_attested_for_another_grant_are_refused(shop: Shop, desk: Shop) -> None:
    text, signed = attested(shop, "three", person=8)
    _, officer = at_desk(desk, "four")
    with closing(officer):
        assert refusal(officer, BRING, text, signed) == DIFFERS
        assert officer.execute(TEXTS).fetchall() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"from": None}, {"from": "nowhere.t.id"}, {"from": ""}, {"from": "desk.places.id"},
        {"keys": None}, {"keys": "8"}, {"keys": {"0": "8"}}, {"grant": None}, {"grant": ""},
    ],
)  # fmt: skip
def test_documents_that_say_something_else_are_refused(
    desk: Shop, link: bytes, changes: dict[str, object]
) -> None:
    _, officer = at_desk(desk, f"odd {changes}")
    text = written(f"odd {changes}", "8", **changes)
    with closing(officer):
        assert refusal(officer, BRING, text, mac(link, text)) in {DIFFERS, NOT_GENUINE, "SG003"}
        assert refusal(officer, BRING, text, None) in {DIFFERS, NOT_GENUINE, "SG003"}
        assert officer.execute(TEXTS).fetchall() == []


def test_unattested_keys_are_as_many_as_were_approved(desk: Shop) -> None:
    _, officer = at_desk(desk, "few", unattested={ORIGIN: 2})
    with closing(officer):
        assert refusal(officer, BRING, written("few", "1", "2", "3"), None) == TOO_MANY
        assert officer.execute(TEXTS).fetchall() == []
        assert officer.execute(BRING, [written("few", "1", "2"), None]).fetchall() == [(2,)]
        found = [("ticket 1",), ("ticket 2",)]
        assert officer.execute(TEXTS).fetchall() == found
        officer.execute(BRING, [written("few", "3", "4"), None])  # the first stand
        assert officer.execute(TEXTS).fetchall() == found


@pytest.mark.parametrize("allowed", [{}, {"shop.orders.id": 5}, {ORIGIN: 0}])
def test_unattested_keys_that_nobody_approved_are_refused(
    desk: Shop, allowed: dict[str, int]
) -> None:
    _, officer = at_desk(desk, f"none {allowed}", unattested=allowed)
    with closing(officer):
        text = written(f"none {allowed}", "1")
        assert refusal(officer, BRING, text, None) in {NOT_GENUINE, TOO_MANY}
        assert officer.execute(TEXTS).fetchall() == []


def test_keys_that_can_be_rolled_back_open_nothing(desk: Shop) -> None:
    """Else she could try one key after another, a few at a time."""
    _, officer = at_desk(desk, "rolled", unattested={ORIGIN: 1})
    with closing(officer):
        for number in range(1, 4):
            officer.execute("BEGIN; SAVEPOINT s")
            officer.execute(BRING, [written("rolled", str(number)), None])
            assert officer.execute(TEXTS).fetchall() == []
            officer.execute("ROLLBACK")


@pytest.mark.parametrize("keys", [[None], [[None]], [[""]], [["7; DROP"]], [[["7"]]], [[]]])
def test_keys_that_are_no_keys_find_nothing(desk: Shop, keys: list[object]) -> None:
    _, officer = at_desk(desk, f"odd keys {keys}", unattested={ORIGIN: 5})
    with closing(officer):
        officer.execute(BRING, [written(f"odd keys {keys}", keys=keys), None])
        assert officer.execute(TEXTS).fetchall() == []


def test_nothing_is_attested_that_leads_nowhere(shop: Shop) -> None:
    _, officer = shop.begun()
    with closing(officer):
        for origin in ("shop.customers.password_hash", "desk.tickets.id", "", "x'y"):
            query = "SELECT * FROM sandglass_shop.attest(%s)"
            assert refusal(officer, query, origin) == DIFFERS


def test_rows_that_others_point_to_as_well_are_counted(desk: Shop, link: bytes) -> None:
    name = check_name("places", "tickets", (("place_id", "id"),))
    for person, expected in ((7, 1), (1, 0)):
        text = written(f"shared {person}", str(person))
        _, officer = at_desk(desk, f"shared {person}")
        with closing(officer):
            officer.execute(BRING, [text, mac(link, text)])
            query = "SELECT sandglass_desk.shared(%s)"
            assert officer.execute(query, [name]).fetchall() == [(expected,)]
            assert refusal(officer, query, "x") == DIFFERS


def test_a_source_with_dots_in_its_name_attests_too(
    postgresql_server: PostgresqlServer, link: bytes
) -> None:
    keys = {"Shop.EU": link, "Shop": b"k" * 32}
    maps = DESK.replace("dataset: shop", "dataset: Shop.EU"), SHOP.replace("shop", "Shop.EU")
    maps = maps[0].replace("desk", "desk2"), maps[1]
    desk = Shop(postgresql_server, source="desk2", maps=maps, tables=TICKETS, database="desk2",
                links=keys)  # fmt: skip
    desk.build()
    try:
        _, officer = at_desk(desk, "dots")
        text = written("dots", "7", **{"from": "Shop.EU.customers.id"})
        with closing(officer):
            query = BRING.replace("desk", "desk2")
            assert refusal(officer, query, text, mac(keys["Shop"], text)) == NOT_GENUINE
            officer.execute(query, [text, mac(link, text)])
            found = officer.execute(TEXTS.replace("desk", "desk2")).fetchall()
        assert found == [("ticket 7",)]
    finally:
        desk.remove()
