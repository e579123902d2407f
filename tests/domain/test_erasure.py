"""An erasure is ordered, proved and checked before anything is written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.datamap import Field, Level, SourceMap
from app.domain.erasure import (
    Effect,
    ErasurePlan,
    Treatment,
    plan_erasure,
    treatments_of,
)
from app.domain.errors import InputError
from app.domain.masking import Mask, Strategy
from app.domain.planning import make_plan
from tests.domain.map_words import a_map, at

SHOP = a_map(
    customers="id* email@email name",
    orders="id* customer_id<customers.id total",
    lines="no order_id<orders.id",
)
DELETE = Treatment(Effect.DELETE)
KEEP = Treatment(Effect.KEEP, reason="Tax law, ten years")
NULL = Mask(Strategy.NULL_REWRITE)


def erase(shop: SourceMap = SHOP, **treatments: Treatment) -> ErasurePlan:
    plan = make_plan([shop], identities={"email"})
    return plan_erasure(
        [shop], plan, treatments={at(name): each for name, each in treatments.items()}
    )


def masking(**masks: Mask) -> Treatment:
    return Treatment(Effect.MASK, masks)


def problems(plan: ErasurePlan) -> list[tuple[str, str, str]]:
    return [(each.collection.collection, each.path, each.code) for each in plan.problems]


def with_field(shop: SourceMap, name: str, field: Field) -> SourceMap:
    changed = tuple(
        replace(each, fields=(*(one for one in each.fields if one.name != field.name), field))
        if each.name == name
        else each
        for each in shop.collections
    )
    return replace(shop, collections=changed)


def test_children_go_before_their_parents() -> None:
    plan = erase(customers=DELETE, orders=DELETE, lines=DELETE)
    assert [each.collection.collection for each in plan.steps] == ["lines", "orders", "customers"]
    assert plan.problems == plan.rings == ()
    assert plan.is_possible()


def test_the_keys_that_prove_it_are_kept() -> None:
    plan = erase(customers=DELETE, orders=DELETE, lines=DELETE)
    assert {each.collection.collection: each.proves_by for each in plan.steps} == {
        "customers": ("email", "id"),
        "orders": ("customer_id", "id"),
        "lines": ("order_id",),
    }


def test_whoever_points_at_a_row_goes_before_it() -> None:
    shop = a_map(customers="id* email@email address_id>addresses.id", addresses="id* street")
    plan = erase(shop, customers=DELETE, addresses=DELETE)
    assert [each.collection.collection for each in plan.steps] == ["customers", "addresses"]


def test_erase_after_wins() -> None:
    customers, orders, lines = SHOP.collections
    shop = replace(
        SHOP, collections=(customers, orders, replace(lines, erase_after=(at("orders"),)))
    )
    plan = erase(shop, customers=DELETE, orders=DELETE, lines=DELETE)
    assert [each.collection.collection for each in plan.steps] == ["orders", "customers", "lines"]
    assert plan.rings == ((at("lines"), at("orders")),)


def test_a_ring_of_erase_after_is_named() -> None:
    customers, orders, lines = SHOP.collections
    ring = (
        replace(customers, erase_after=(at("orders"),)),
        replace(orders, erase_after=(at("customers"),)),
        lines,
    )
    with pytest.raises(InputError) as caught:
        erase(replace(SHOP, collections=ring))
    assert caught.value.code == "erasure.deadlock"
    assert caught.value.values == {"ring": "shop.customers → shop.orders → shop.customers"}


def test_rows_that_point_at_each_other_are_named_not_refused() -> None:
    shop = a_map(users="id* email@email team_id>teams.id", teams="id* lead_id>users.id")
    plan = erase(shop, users=DELETE, teams=DELETE)
    assert len(plan.steps) == 2
    assert plan.rings == ((at("users"), at("teams")),) or plan.rings == (
        (at("teams"), at("users")),
    )


def test_every_collection_needs_a_decision_and_what_is_kept_a_reason() -> None:
    plan = erase(customers=Treatment(Effect.KEEP, reason=" "), orders=Treatment(Effect.MASK))
    assert problems(plan) == [
        ("customers", "", "erasure.no_reason"),
        ("lines", "", "erasure.no_decision"),
        ("orders", "", "erasure.nothing_masked"),
    ]
    assert not plan.is_possible()


def test_what_the_pull_does_not_reach_cannot_be_erased() -> None:
    shop = a_map(customers="id* email@email", rates="id* value")
    plan = erase(shop, customers=DELETE, rates=DELETE)
    assert ("rates", "", "erasure.not_reached") in problems(plan)


@pytest.mark.parametrize(
    ("field", "mask", "code"),
    [
        (Field("x", primary_key=True), NULL, "erasure.masks_primary_key"),
        (Field("x", read_only=True), NULL, "erasure.read_only"),
        (Field("x", required=True), NULL, "erasure.null_required"),
        (Field("x", data_type="integer"), Mask(Strategy.HASH), "erasure.strategy_does_not_fit"),
        (
            Field("x", data_type="string", is_array=True),
            Mask(Strategy.HASH),
            "erasure.strategy_does_not_fit",
        ),
        (
            Field("x", fields=(Field("y"),)),
            Mask(Strategy.STRING_REWRITE, "-"),
            "erasure.strategy_does_not_fit",
        ),
        (Field("x", data_type="string", length=63), Mask(Strategy.HASH), "erasure.too_long"),
        (
            Field("x", data_type="string", length=3),
            Mask(Strategy.STRING_REWRITE, "gone"),
            "erasure.too_long",
        ),
        (
            Field("x", data_type="string", length=9),
            Mask(Strategy.RANDOM_STRING_REWRITE),
            "erasure.too_long",
        ),
        (Field("x"), Mask(None, unknown="aes"), "erasure.unknown_strategy"),
    ],
)
def test_a_strategy_that_cannot_be_applied_is_an_error(field: Field, mask: Mask, code: str) -> None:
    plan = erase(
        with_field(SHOP, "lines", field), customers=DELETE, orders=DELETE, lines=masking(x=mask)
    )
    assert ("lines", "x", code) in problems(plan)
    assert not plan.is_possible()


@pytest.mark.parametrize(
    ("field", "mask"),
    [
        (Field("x", data_type="integer"), NULL),
        (Field("x", data_type="string", is_array=True), NULL),
        (Field("x", data_type="string", length=64, required=True), Mask(Strategy.HASH)),
        (Field("x", data_type="string", length=30), Mask(Strategy.RANDOM_STRING_REWRITE)),
    ],
)
def test_a_strategy_that_fits_is_no_problem(field: Field, mask: Mask) -> None:
    plan = erase(
        with_field(SHOP, "lines", field), customers=DELETE, orders=DELETE, lines=masking(x=mask)
    )
    assert not [each for each in plan.problems if each.path == "x"]


def test_a_field_of_unknown_type_is_a_warning() -> None:
    plan = erase(customers=masking(name=Mask(Strategy.HASH)), orders=KEEP, lines=KEEP)
    assert problems(plan) == [("customers", "name", "erasure.type_unknown")]
    assert plan.is_possible()


def test_a_field_that_is_not_there_cannot_be_masked() -> None:
    plan = erase(customers=masking(fax=NULL), orders=KEEP, lines=KEEP)
    assert problems(plan) == [("customers", "fax", "erasure.unknown_field")]


def test_what_kept_rows_refer_to_is_not_masked() -> None:
    shop = a_map(customers="id email@email no", orders="id* customer_no<customers.no")
    plan = erase(shop, customers=masking(no=NULL), orders=KEEP)
    assert problems(plan) == [("customers", "no", "erasure.masks_reference_target")]
    assert plan.problems[0].values == {"holder": "shop.orders"}


def test_deleting_what_kept_rows_refer_to_is_said_before() -> None:
    plan = erase(customers=DELETE, orders=KEEP, lines=KEEP)
    assert problems(plan) == [("customers", "id", "erasure.kept_rows_point_here")]
    assert plan.problems[0].level is Level.WARNING
    emptied = erase(customers=DELETE, orders=masking(customer_id=NULL), lines=KEEP)
    assert problems(emptied) == []


def test_the_map_can_say_what_is_to_be_done() -> None:
    customers, orders, lines = SHOP.collections
    name = Field(
        "name", masking={"strategy": "string_rewrite", "configuration": {"rewrite_value": "-"}}
    )
    odd = Field("email", identity="email", masking={"strategy": "aes_encrypt"})
    shop = replace(
        SHOP,
        collections=(
            replace(customers, fields=(customers.fields[0], odd, name)),
            replace(orders, masking={"strategy": "delete"}),
            lines,
        ),
    )
    assert treatments_of([shop], make_plan([shop], identities={"email"})) == {
        at("customers"): masking(
            email=Mask(None, unknown="aes_encrypt"), name=Mask(Strategy.STRING_REWRITE, "-")
        ),
        at("orders"): DELETE,
    }
