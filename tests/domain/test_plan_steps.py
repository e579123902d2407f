"""A step hands over what is granted and nothing else, and can be resolved in one source."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app.domain.datamap import CollectionAddress
from app.domain.errors import InputError
from app.domain.plan import (
    Follows,
    Holds,
    Matches,
    Plan,
    Selection,
    SharedCheck,
    Unreachable,
    selection,
)
from app.domain.planning import capability_columns, make_plan
from app.domain.scope import Scope
from tests.domain.map_words import a_map, at

if TYPE_CHECKING:
    from app.domain.datamap import SourceMap


def plan_of(*maps: SourceMap) -> Plan:
    return make_plan(maps, identities={"email"})


def test_only_granted_fields_are_handed_over_and_keys_are_only_compared() -> None:
    shop = a_map(customers="id* email@email name", orders="id* c<customers.id total")
    scope = Scope({at("customers"): ("name",), at("orders"): ("total",)})
    plan = make_plan([shop], identities={"email"}, scope=scope)
    assert [each.fields for each in plan.steps] == [("name",), ("total",)]
    assert capability_columns(plan, "shop") == (
        {"customers": frozenset({"name"}), "orders": frozenset({"total"})},
        {"customers": frozenset({"email", "id"}), "orders": frozenset({"c"})},
    )


def test_a_path_may_run_through_what_is_not_in_scope() -> None:
    shop = a_map(
        customers="id* email@email name",
        orders="id* c<customers.id total",
        notes="id* c<customers.id text",
    )
    scope = Scope({at("orders"): ("total",)})
    plan = make_plan([shop], identities={"email"}, scope=scope)
    assert [(each.collection.collection, each.handed_over) for each in plan.steps] == [
        ("customers", False),
        ("orders", True),
    ]
    assert plan.unreachable == (Unreachable(at("notes"), "not_in_scope"),)
    disclosed, joined = capability_columns(plan, "shop")
    assert disclosed == {"orders": frozenset({"total"})}
    assert joined == {"customers": frozenset({"email", "id"}), "orders": frozenset({"c"})}


def test_a_field_that_is_never_disclosed_is_not_handed_over_whatever_the_scope_says() -> None:
    shop = a_map(customers="id* email@email password-")
    scope = Scope({at("customers"): ("email", "password")})
    (step,) = make_plan([shop], identities={"email"}, scope=scope).steps
    assert step.fields == ("email",)


def test_a_scope_that_names_what_no_map_has_is_refused() -> None:
    shop = a_map(customers="id* email@email")
    for wrong in (Scope({at("clients"): ("id",)}), Scope({at("customers"): ("fax",)})):
        with pytest.raises(InputError, match=r"scope\.not_in_map"):
            make_plan([shop], identities={"email"}, scope=wrong)


def test_rows_that_are_pointed_at_are_checked_for_sharing() -> None:
    shop = a_map(customers="id* email@email address_id>addresses.id", addresses="id* street")
    step = plan_of(shop).step(at("addresses"))
    assert step
    assert step.shared == (SharedCheck(at("customers"), (("address_id", "id"),)),)


def test_rows_that_name_their_parent_are_not_shared() -> None:
    shop = a_map(customers="id* email@email", orders="id* c<customers.id")
    assert all(each.shared == () for each in plan_of(shop).steps)


def test_keys_for_another_source_are_carried() -> None:
    shop = a_map(customers="id* no email@email")
    crm = a_map("crm", cases="id* customer_no<shop:customers.no")
    plan = plan_of(shop, crm)
    step = plan.step(at("customers"))
    assert step
    assert step.carries == (("no",),)
    scope = Scope({at("cases", "crm"): ("id",)})
    narrow = make_plan([shop, crm], identities={"email"}, scope=scope)
    assert capability_columns(narrow, "shop")[0] == {"customers": frozenset({"no"})}


def test_of_a_list_only_matching_elements_are_handed_over_unless_the_map_wants_all() -> None:
    shop = a_map(customers="id* mails[]@email")
    (step,) = plan_of(shop).steps
    assert (step.arrays, step.only_matching) == (("mails",), ("mails",))
    (customers,) = shop.collections
    key, mails = customers.fields
    whole = replace(customers, fields=(key, replace(mails, return_all_elements=True)))
    (step,) = plan_of(replace(shop, collections=(whole,))).steps
    assert (step.arrays, step.only_matching) == (("mails",), ())


def test_a_selection_resolves_steps_in_terms_of_one_source() -> None:
    shop = a_map(customers="id* email@email", orders="id* c<customers.id", lines="id* o<orders.id")
    plan = plan_of(shop)
    customers = Selection("customers", ("id",), (Matches("email", "email", ("a@b.c",)),))
    orders = Selection("orders", ("id",), (Follows(customers, (("id", "c"),)),))
    assert selection(
        plan, plan.steps[-1], identities={"e-mail": ("a@b.c",)}, carried={}
    ) == Selection("lines", ("id", "o"), (Follows(orders, (("id", "o"),)),))


def test_keys_that_look_empty_are_values_like_any_other() -> None:
    shop = a_map(customers="id* no email@email")
    crm = a_map("crm", cases="id* customer_no<shop:customers.no")
    plan = plan_of(shop, crm)
    keys = ((0,), ("",), (False,))
    carried = {(at("customers"), ("no",)): keys}
    found = selection(plan, plan.steps[-1], identities={"email": ("a@b.c",)}, carried=carried)
    assert found.ways == (Holds(("customer_no",), keys),)


def test_an_identity_without_values_leads_nowhere() -> None:
    plan = plan_of(a_map(customers="id* email@email"))
    assert selection(plan, plan.steps[0], identities={}, carried={}).ways == ()


def test_a_ladder_of_ways_is_resolved_once_a_rung() -> None:
    rungs = {"t00": "id* email@email", "t01": "id* a<t00.id"}
    for number in range(2, 60):
        rungs[f"t{number:02}"] = f"id* a<t{number - 1:02}.id b<t{number - 2:02}.id"
    plan = plan_of(a_map(**rungs))
    found = selection(plan, plan.steps[-1], identities={"email": ("a@b.c",)}, carried={})
    assert len(found.ways) == 2


def test_addresses_read_as_they_are_written() -> None:
    assert str(CollectionAddress("shop", "orders")) == "shop.orders"
