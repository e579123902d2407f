"""A plan reads the subject's rows, in order, and says what it does not read and why."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app.domain.errors import InputError
from app.domain.plan import (
    Join,
    Plan,
    Seed,
)
from app.domain.planning import make_plan
from tests.domain.map_words import a_map, at

if TYPE_CHECKING:
    from app.domain.datamap import SourceMap


def names(plan: Plan) -> list[str]:
    return [each.collection.collection for each in plan.steps]


def not_followed(plan: Plan) -> list[tuple[str, str, str]]:
    return [
        (
            f"{each.from_.collection}.{each.from_.path}",
            f"{each.to.collection}.{each.to.path}",
            each.why,
        )
        for each in plan.not_followed
    ]


def unreachable(plan: Plan) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {each.collection.collection: (each.why, each.needs) for each in plan.unreachable}


def plan_of(*maps: SourceMap, identities: tuple[str, ...] = ("email",)) -> Plan:
    return make_plan(maps, identities=identities)


def ways_into(plan: Plan, name: str, dataset: str = "shop") -> tuple[Seed | Join, ...]:
    step = plan.step(at(name, dataset))
    assert step
    return step.ways


def test_identities_lead_in_and_children_name_their_parents() -> None:
    shop = a_map(customers="id* email@email", orders="id* customer_id<customers.id")
    plan = plan_of(shop)
    assert names(plan) == ["customers", "orders"]
    assert ways_into(plan, "customers") == (Seed("email", "email"),)
    assert ways_into(plan, "orders") == (Join(at("customers"), (("id", "customer_id"),)),)
    assert plan.not_followed == plan.unreachable == ()


def test_two_references_to_one_parent_are_one_composite_key() -> None:
    shop = a_map(
        users="tenant* no* email@email",
        notes="id* tenant<users.tenant user_no<users.no",
    )
    assert ways_into(plan_of(shop), "notes") == (
        Join(at("users"), (("no", "user_no"), ("tenant", "tenant"))),
    )


def test_a_reference_that_runs_either_way_is_part_of_the_key_of_one_with_a_direction() -> None:
    shop = a_map(users="tenant* no* email@email", notes="id* tenant<users.tenant user_no~users.no")
    assert ways_into(plan_of(shop), "notes") == (
        Join(at("users"), (("no", "user_no"), ("tenant", "tenant"))),
    )


def test_alternatives_have_to_be_asked_for() -> None:
    shop = a_map(users="id* email@email", mails="id* sender|<users.id receiver|<users.id")
    assert ways_into(plan_of(shop), "mails") == (
        Join(at("users"), (("id", "receiver"),)),
        Join(at("users"), (("id", "sender"),)),
    )


def test_references_to_different_parents_are_alternatives() -> None:
    shop = a_map(
        users="id* email@email",
        carts="id* user_id<users.id",
        items="id* user_id<users.id cart_id<carts.id",
    )
    assert ways_into(plan_of(shop), "items") == (
        Join(at("carts"), (("id", "cart_id"),)),
        Join(at("users"), (("id", "user_id"),)),
    )


def test_a_way_through_a_collection_of_a_later_name_is_kept() -> None:
    shop = a_map(
        users="id* email@email",
        zz_orders="id* user_id<users.id",
        deliveries="id* user_id<users.id order_id<zz_orders.id",
    )
    plan = plan_of(shop)
    assert names(plan) == ["users", "zz_orders", "deliveries"]
    assert len(ways_into(plan, "deliveries")) == 2


@pytest.mark.parametrize("mark", [">", "~"])
def test_a_reference_inside_one_collection_is_not_followed(mark: str) -> None:
    plan = plan_of(a_map(staff=f"id* email@email manager{mark}staff.id"))
    assert names(plan) == ["staff"]
    assert not_followed(plan) == [("staff.manager", "staff.id", "same_collection")]


def test_a_team_leads_back_to_no_other_member() -> None:
    shop = a_map(users="id* email@email team_id>teams.id", teams="id* lead_id>users.id")
    plan = plan_of(shop)
    assert names(plan) == ["users", "teams"]
    assert not_followed(plan) == [("teams.lead_id", "users.id", "cycle")]


def test_a_ring_of_collections_that_are_no_persons_is_cut_at_the_nearest() -> None:
    shop = a_map(
        users="id* email@email",
        a="id* user_id<users.id c_id<c.id",
        b="id* a_id<a.id",
        c="id* b_id<b.id",
    )
    plan = plan_of(shop)
    assert names(plan) == ["users", "a", "b", "c"]
    assert not_followed(plan) == [("c.id", "a.c_id", "cycle")]


@pytest.mark.parametrize(
    "tickets",
    [
        "id* customer_id<customers.id assigned_to>staff.id",
        "id* customer_id<customers.id assigned_to~staff.id",
    ],
)
def test_a_row_that_points_at_a_person_does_not_lead_to_that_person(tickets: str) -> None:
    shop = a_map(customers="id* email@email", tickets=tickets, staff="id* badge@badge")
    plan = plan_of(shop)
    assert names(plan) == ["customers", "tickets"]
    assert not_followed(plan) == [("tickets.assigned_to", "staff.id", "other_person")]
    assert unreachable(plan) == {"staff": ("only_through_not_followed", ("badge",))}


def test_the_subjects_own_collection_may_not_point_at_persons_either() -> None:
    shop = a_map(customers="id* email@email rep_id>staff.id", staff="id* badge@badge")
    assert not_followed(plan_of(shop)) == [("customers.rep_id", "staff.id", "other_person")]


def test_a_person_who_is_pointed_at_is_read_when_the_map_says_follow() -> None:
    shop = a_map(customers="id* email@email rep_id!>staff.id", staff="id* badge@badge")
    plan = plan_of(shop)
    assert names(plan) == ["customers", "staff"]
    assert plan.not_followed == ()


def test_persons_that_belong_to_the_subject_are_read() -> None:
    shop = a_map(customers="id* no@customer", contacts="id* email@email customer_id<customers.id")
    assert names(plan_of(shop, identities=("customer",))) == ["customers", "contacts"]


def test_persons_without_declared_keys_are_read_when_the_child_names_its_parent() -> None:
    shop = a_map(customers="id no@customer", contacts="email@email customer_id<customers.id")
    assert names(plan_of(shop, identities=("customer",))) == ["customers", "contacts"]


def test_what_is_only_pointed_at_does_not_lead_on_to_persons() -> None:
    shop = a_map(
        customers="id* email@email address_id>addresses.id",
        addresses="id* street",
        tenants="id* phone@phone_number address_id<addresses.id",
    )
    plan = plan_of(shop)
    assert names(plan) == ["customers", "addresses"]
    assert not_followed(plan) == [("addresses.id", "tenants.address_id", "other_person")]


def test_sharing_a_household_does_not_make_rows_the_subjects() -> None:
    shop = a_map(
        customers="id* email@email household",
        members="id* phone@phone_number household<customers.household",
    )
    assert not_followed(plan_of(shop)) == [
        ("customers.household", "members.household", "other_person")
    ]


def test_an_identity_of_the_subjects_own_row_leads_on_to_persons() -> None:
    shop = a_map(customers="id* no@customer email@email", readers="id* email@email<customers.email")
    plan = plan_of(shop, identities=("customer",))
    assert names(plan) == ["customers", "readers"]


def test_with_two_addresses_in_a_row_neither_is_sure_to_be_the_subjects() -> None:
    shop = a_map(
        mails="id* from_address@email to_address@email",
        people="id* no@customer email<mails.from_address",
    )
    assert not_followed(plan_of(shop)) == [("mails.from_address", "people.email", "other_person")]


def test_an_unknown_identity_skips_only_what_it_alone_reaches() -> None:
    shop = a_map(
        customers="id* email@email",
        devices="id* cookie@cookie",
        visits="id* device_id<devices.id",
        rates="id* value",
    )
    plan = plan_of(shop)
    assert names(plan) == ["customers"]
    assert unreachable(plan) == {
        "devices": ("needs_identity", ("cookie",)),
        "rates": ("no_path", ()),
        "visits": ("needs_identity", ("cookie",)),
    }


def test_other_names_for_a_kind_of_identity_are_the_same_kind() -> None:
    shop = a_map(customers="id* phone@phone")
    assert names(plan_of(shop, identities=("phone_number",))) == ["customers"]


def test_after_orders_collections_and_whole_datasets() -> None:
    shop = a_map(customers="id* email@email", a="id* c<customers.id", b="id* c<customers.id")
    first, second, third = shop.collections
    later = replace(second, after=(at("b"),))
    plan = plan_of(replace(shop, collections=(first, later, third)))
    assert names(plan) == ["customers", "b", "a"]
    crm = a_map("crm", leads="id* email@email")
    plan = plan_of(replace(shop, after=("crm",)), crm)
    assert names(plan) == ["leads", "customers", "a", "b"]


def test_a_deadlock_names_its_ring() -> None:
    shop = a_map(a="id* email@email", b="id* email@email")
    first, second = shop.collections
    ring = (replace(first, after=(at("b"),)), replace(second, after=(at("a"),)))
    with pytest.raises(InputError) as caught:
        plan_of(replace(shop, collections=ring))
    assert caught.value.code == "plan.deadlock"
    assert caught.value.values == {"ring": "shop.a → shop.b → shop.a"}


def test_a_collection_that_must_wait_for_its_own_children_is_a_deadlock() -> None:
    shop = a_map(customers="id* email@email", orders="id* c<customers.id", lines="id* o<orders.id")
    first, second, third = shop.collections
    waiting = replace(second, after=(at("lines"),))
    with pytest.raises(InputError, match=r"plan\.deadlock"):
        plan_of(replace(shop, collections=(first, waiting, third)))


def test_an_order_that_the_map_wants_wins_over_a_second_way() -> None:
    shop = a_map(
        customers="id* email@email",
        orders="id* c<customers.id",
        parcels="id* c<customers.id o<orders.id",
    )
    first, second, third = shop.collections
    plan = plan_of(
        replace(shop, collections=(first, replace(second, after=(at("parcels"),)), third))
    )
    assert names(plan) == ["customers", "parcels", "orders"]
    assert not_followed(plan) == [("orders.id", "parcels.o", "after")]


def test_what_the_map_leaves_out_is_not_read_and_not_passed_through() -> None:
    shop = a_map(customers="id* email@email", orders="id* c<customers.id", lines="id* o<orders.id")
    first, second, third = shop.collections
    plan = plan_of(replace(shop, collections=(first, replace(second, skip_processing=True), third)))
    assert names(plan) == ["customers"]
    assert not_followed(plan) == [("customers.id", "orders.c", "skipped_by_map")]
    assert unreachable(plan) == {
        "lines": ("only_through_not_followed", ()),
        "orders": ("skipped_by_map", ()),
    }


def test_two_maps_of_one_name_are_refused() -> None:
    with pytest.raises(InputError, match=r"plan\.duplicate_dataset"):
        plan_of(a_map(a="id*"), a_map(b="id*"))


def test_a_reference_to_what_no_map_describes_is_reported() -> None:
    plan = plan_of(a_map(customers="id* email@email crm_id>crm:leads.id"))
    assert not_followed(plan) == [("customers.crm_id", "leads.id", "not_in_maps")]
