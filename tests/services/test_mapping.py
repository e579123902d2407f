"""A map is tried out on a source: whose rows it reads, what it leaves, and what is odd about it."""

from __future__ import annotations

import os
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.domain.errors import InputError, NotFoundError
from app.services.mapping import Mapping, TryResult, read_maps, read_stored_map, write_maps
from app.sources.sqlite import SOURCE as SQLITE
from tests.domain.map_words import a_map, at
from tests.services.memory_source import MemorySource

if TYPE_CHECKING:
    from app.domain.datamap import CollectionAddress, SourceMap

ANN = {"id": 0, "email": " Ann@Example.org", "address_id": 5, "name": "Ann"}
BOB = {"id": 2, "email": "bob@example.org", "address_id": 5, "name": "Bob"}
SHOP = a_map(
    customers="id* email@email address_id>addresses.id name",
    orders="id* customer_id<customers.id",
    addresses="id* street",
    devices="id* cookie@cookie",
)
TABLES: dict[str, list[dict[str, object]]] = {
    "customers": [ANN, BOB],
    "orders": [{"id": n, "customer_id": n % 2 * 2} for n in range(10)],
    "addresses": [{"id": 5, "street": "Hauptstr. 1"}, {"id": 6, "street": "Dorfstr. 2"}],
    "devices": [],
}

type Read = dict[str, list[AnyMapping[str, object]]]


def try_out(
    source: MemorySource, *maps: SourceMap, **identities: Sequence[str]
) -> tuple[TryResult, Read]:
    read: Read = {}

    def take(collection: CollectionAddress, rows: Sequence[AnyMapping[str, object]]) -> None:
        read.setdefault(str(collection), []).extend(rows)

    mapping = Mapping({"memory": source.type()})
    known = identities or {"email": ["ann@example.org"]}
    result = mapping.try_out(maps, "memory://here", identities=known, on_rows=take)
    assert all(not each.is_open for each in source.opened)
    return result, read


def said(result: TryResult) -> list[tuple[str, dict[str, str | int]]]:
    return [(each.code, dict(each.values)) for each in result.notices]


def test_the_subjects_rows_are_read_in_batches_and_nobody_elses() -> None:
    result, read = try_out(MemorySource(TABLES), SHOP)
    assert read["shop.customers"] == [ANN]
    assert [each["id"] for each in read["shop.orders"]] == [0, 2, 4, 6, 8]
    assert result.collections == {
        at("customers"): 1,
        at("addresses"): 1,
        at("orders"): 5,
    }


def test_columns_come_in_the_order_of_the_map() -> None:
    _result, read = try_out(MemorySource(TABLES), SHOP)
    assert list(read["shop.customers"][0]) == ["id", "email", "address_id", "name"]


def test_what_is_not_read_is_explained() -> None:
    result, _read = try_out(MemorySource(TABLES), SHOP)
    assert [(str(each.collection), each.why, each.needs) for each in result.unreachable] == [
        ("shop.devices", "needs_identity", ("cookie",))
    ]


def test_rows_that_others_share_are_counted() -> None:
    result, _read = try_out(MemorySource(TABLES), SHOP)
    assert said(result) == [("pull.shared_rows", {"collection": "shop.addresses", "count": 1})]


def test_nobody_found_is_said_and_every_collection_shows_empty() -> None:
    result, read = try_out(MemorySource(TABLES), SHOP, email=["eve@example.org"])
    assert said(result) == [("pull.nobody_found", {"kind": "email", "number": 1})]
    assert read == {"shop.customers": [], "shop.orders": [], "shop.addresses": []}


def test_of_several_identities_the_one_that_fits_nobody_is_named() -> None:
    known = {"email": ["ann@example.org", "eve@example.org"], "badge": ["7"]}
    result, _read = try_out(MemorySource(TABLES), SHOP, **known)
    assert said(result)[:2] == [
        ("pull.nobody_found", {"kind": "email", "number": 2}),
        ("pull.identity_not_in_map", {"kind": "badge", "number": 1}),
    ]


def test_several_people_under_one_identity_are_put_to_a_decision() -> None:
    twin = {**ANN, "id": 9, "email": "ann@example.org", "address_id": None}
    result, _read = try_out(MemorySource({**TABLES, "customers": [ANN, twin]}), SHOP)
    several = {"kind": "email", "number": 1, "collection": "shop.customers", "count": 2}
    assert said(result) == [("pull.several_people", several)]


def test_what_the_source_does_not_have_is_left_out_and_said() -> None:
    tables = {name: rows for name, rows in TABLES.items() if name != "addresses"}
    tables["customers"] = [{"id": 0, "email": "ann@example.org", "address_id": 5}]
    result, read = try_out(MemorySource(tables), SHOP)
    assert "shop.addresses" not in read
    assert said(result) == [
        ("pull.missing_collection", {"collection": "shop.addresses"}),
        ("pull.missing_field", {"collection": "shop.customers", "field": "name"}),
    ]
    assert [(str(each.to), each.why) for each in result.not_followed] == [
        ("shop.addresses.id", "not_in_source")
    ]
    assert ("shop.addresses", "not_in_source") in [
        (str(each.collection), each.why) for each in result.unreachable
    ]


def test_a_source_without_any_collection_of_the_map_is_the_wrong_one() -> None:
    with pytest.raises(InputError, match=r"map\.nothing_there"):
        try_out(MemorySource({}), SHOP)


def test_keys_are_carried_between_datasets_though_one_is_zero_and_one_empty() -> None:
    shop = a_map(customers="id* email@email no code")
    crm = a_map("crm", cases="id* customer_no<shop:customers.no customer_code<shop:customers.code")
    tables: dict[str, list[dict[str, object]]] = {
        "customers": [
            {"id": 1, "email": "ann@example.org", "no": 0, "code": ""},
            {"id": 2, "email": "ann@example.org", "no": None, "code": "x"},
        ],
        "cases": [
            {"id": 1, "customer_no": 0, "customer_code": ""},
            {"id": 2, "customer_no": 0, "customer_code": "x"},
            {"id": 3, "customer_no": None, "customer_code": "x"},
        ],
    }
    _result, read = try_out(MemorySource(tables), shop, crm)
    assert [each["id"] for each in read["crm.cases"]] == [1]


def test_what_is_never_disclosed_leads_on_but_is_not_handed_over() -> None:
    shop = a_map(customers="id*- email@email-", orders="id* customer_id-<customers.id")
    tables: dict[str, list[dict[str, object]]] = {
        "customers": [{"id": 1, "email": "ann@example.org"}],
        "orders": [{"id": 7, "customer_id": 1}],
    }
    result, read = try_out(MemorySource(tables), shop)
    assert read == {"shop.orders": [{"id": 7}]}
    assert said(result) == []


def test_of_lists_only_the_subjects_elements_are_handed_over() -> None:
    shop = a_map(customers="id* mails[]@email", notes="id* customer_ids[]<customers.id")
    tables: dict[str, list[dict[str, object]]] = {
        "customers": [{"id": 1, "mails": ["Ann@example.org", "bob@example.org"]}],
        "notes": [{"id": 7, "customer_ids": [1, 2]}],
    }
    _result, read = try_out(MemorySource(tables), shop)
    assert read["shop.customers"] == [{"id": 1, "mails": ["Ann@example.org"]}]
    assert read["shop.notes"][0]["id"] == 7


def test_parts_of_objects_that_are_never_disclosed_stay_behind() -> None:
    shop = a_map(customers="id* email@email")
    (customers,) = shop.collections
    inner = a_map(x="address")
    address = replace(
        inner.collections[0].fields[0], fields=a_map(x="city code-").collections[0].fields
    )
    shop = replace(shop, collections=(replace(customers, fields=(*customers.fields, address)),))
    record = {"id": 1, "email": "ann@example.org", "address": {"city": "Bern", "code": "1234"}}
    _result, read = try_out(MemorySource({"customers": [record]}), shop)
    assert read["shop.customers"][0]["address"] == {"city": "Bern"}


@pytest.mark.parametrize(
    ("url", "code"),
    [("chinook.sqlite", "source.no_scheme"), ("oracle://u:hunter2@h/x", "source.unknown_scheme")],
)
def test_a_url_that_cannot_be_used_is_not_repeated(url: str, code: str) -> None:
    mapping = Mapping({"memory": MemorySource({}).type()})
    with pytest.raises(InputError) as caught:
        mapping.try_out(
            [SHOP], url, identities={"email": ["a@b.c"]}, on_rows=lambda _at, _rows: None
        )
    assert caught.value.code == code
    assert "hunter2" not in str(caught.value)


def test_somebody_has_to_be_looked_for() -> None:
    mapping = Mapping({"memory": MemorySource(TABLES).type()})
    with pytest.raises(InputError, match=r"identity\.none"):
        mapping.try_out([SHOP], "memory://", identities={}, on_rows=lambda _at, _rows: None)


def test_a_stored_map_is_found_by_its_key() -> None:
    text = write_maps([SHOP, a_map("crm", leads="id*")])
    assert read_stored_map(text, key="shop") == SHOP
    with pytest.raises(NotFoundError, match=r"map\.not_stored"):
        read_stored_map(text, key="erp")


@pytest.mark.skipif(
    "SANDGLASS_SAMPLES" not in os.environ,
    reason="SANDGLASS_SAMPLES does not say where the sample databases are",
)
def test_the_first_customer_of_chinook_is_found_with_all_that_is_hers() -> None:
    folder = Path(os.environ["SANDGLASS_SAMPLES"]) / "chinook"
    maps = read_maps((folder / "chinook-map.yml").read_bytes(), file="chinook-map.yml")
    url = f"sqlite:///{folder.resolve() / 'chinook.sqlite'}"
    result = Mapping({"sqlite": SQLITE}).try_out(
        maps, url, identities={"email": ["LuisG@embraer.com.br"]}, on_rows=lambda _at, _rows: None
    )
    assert {each.collection: count for each, count in result.collections.items()} == {
        "Customer": 1,
        "Employee": 0,
        "Invoice": 7,
        "InvoiceLine": 38,
        "Track": 38,
    }
    assert [(each.from_.path, each.why) for each in result.not_followed] == [
        ("ReportsTo", "same_collection")
    ]
