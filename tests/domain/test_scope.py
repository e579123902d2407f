"""A scope says exactly what may be touched, and its hash names it with its maps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.datamap import Field
from app.domain.errors import InputError
from app.domain.scope import Scope, disclosable_paths, everything, granted_part, scope_hash
from tests.domain.map_words import a_map, at

ADDRESS = Field("address", fields=(Field("city"), Field("door_code", never_disclose=True)))


def test_everything_is_all_but_what_is_never_disclosed() -> None:
    shop = a_map(customers="id* email password-", secrets="key-")
    scope = everything([shop])
    assert scope.collections == {at("customers"): ("email", "id")}
    assert scope.fields_count() == 2


def test_an_object_is_cut_around_what_is_never_disclosed() -> None:
    shop = a_map(customers="id*")
    (customers,) = shop.collections
    customers = replace(customers, fields=(*customers.fields, ADDRESS))
    assert everything([replace(shop, collections=(customers,))]).paths(at("customers")) == (
        "address.city",
        "id",
    )
    assert disclosable_paths(customers, ["address", "address.door_code", "fax"]) == (
        "address.city",
    )


def test_the_order_of_a_scope_does_not_matter() -> None:
    one = Scope({at("b"): ("y", "x"), at("a"): ("x",)})
    other = Scope({at("a"): ("x", "x"), at("b"): ("x", "y")})
    assert one == other
    assert one.as_data() == other.as_data()
    hashes = {"shop": "1", "crm": "2"}
    assert scope_hash(one, hashes) == scope_hash(other, dict(reversed(hashes.items())))


def test_another_field_or_another_map_is_another_hash() -> None:
    scope = Scope({at("a"): ("x",)})
    hashes = {
        scope_hash(scope, {"shop": "1"}),
        scope_hash(scope, {"shop": "2"}),
        scope_hash(Scope({at("a"): ("y",)}), {"shop": "1"}),
        scope_hash(Scope({at("b"): ("x",)}), {"shop": "1"}),
    }
    assert len(hashes) == 4


def test_a_scope_comes_back_from_its_data() -> None:
    scope = Scope({at("a"): ("x", "y.z"), at("b", "crm"): ()})
    assert Scope.from_data(scope.as_data()) == scope


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        [1],
        [{"dataset": "s", "collection": "a"}],
        [{"dataset": "s", "collection": "a", "fields": [1]}],
        [{"dataset": "s", "collection": "a", "fields": []}] * 2,
    ],
)
def test_what_is_no_scope_is_refused(data: object) -> None:
    with pytest.raises(InputError, match=r"scope\.unreadable"):
        Scope.from_data(data)


def test_of_an_object_only_granted_parts_are_handed_over() -> None:
    value = {"city": "Bern", "door_code": "1234", "geo": {"lat": 1, "lon": 2}}
    assert granted_part("address", value, ["address"]) == value
    assert granted_part("address", value, ["address.city", "address.geo.lat"]) == {
        "city": "Bern",
        "geo": {"lat": 1},
    }
    assert granted_part("address", [value, 5], ["address.city"]) == [{"city": "Bern"}, None]
    assert granted_part("address", "not an object", ["address.city"]) is None
