"""Whatever a map looks like: its order never changes the plan, and nothing gets lost."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from app.domain.datamap import (
    Collection,
    CollectionAddress,
    Direction,
    Field,
    FieldAddress,
    Reference,
    SourceMap,
)
from app.domain.errors import InputError
from app.domain.plan import Join, Plan
from app.domain.planning import make_plan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

KINDS = ("email", "phone_number", "cookie")
DATASETS = ("crm", "shop")
COLLECTIONS = ("a", "b", "c", "d")
FIELDS = ("f", "g", "h")

addresses = st.builds(CollectionAddress, st.sampled_from(DATASETS), st.sampled_from(COLLECTIONS))
references = st.builds(
    Reference,
    st.builds(
        FieldAddress,
        st.sampled_from(DATASETS),
        st.sampled_from(COLLECTIONS),
        st.sampled_from(FIELDS),
    ),
    st.sampled_from(Direction),
)


@st.composite
def fields(draw: st.DrawFn, name: str) -> Field:
    return Field(
        name,
        identity=draw(st.sampled_from(("", "", "", *KINDS))),
        primary_key=draw(st.booleans()),
        is_array=draw(st.booleans()),
        follow=draw(st.sampled_from((False, False, False, True))),
        alternative=draw(st.sampled_from((False, False, True))),
        references=tuple(draw(st.lists(references, max_size=2))),
    )


@st.composite
def collections(draw: st.DrawFn, name: str) -> Collection:
    held = draw(st.lists(st.sampled_from(FIELDS), min_size=1, unique=True))
    return Collection(
        name,
        fields=tuple(draw(fields(each)) for each in held),
        after=tuple(draw(st.lists(addresses, max_size=1))) if draw(st.integers(0, 9)) == 0 else (),
        skip_processing=draw(st.integers(0, 9)) == 0,
    )


@st.composite
def some_maps(draw: st.DrawFn) -> tuple[SourceMap, ...]:
    keys = draw(st.lists(st.sampled_from(DATASETS), min_size=1, unique=True))
    return tuple(
        SourceMap(
            key,
            collections=tuple(
                draw(collections(name))
                for name in draw(st.lists(st.sampled_from(COLLECTIONS), min_size=1, unique=True))
            ),
        )
        for key in keys
    )


def shuffled(maps: tuple[SourceMap, ...], random: Random) -> tuple[SourceMap, ...]:
    def mixed[T](things: tuple[T, ...]) -> tuple[T, ...]:
        return tuple(random.sample(things, len(things)))

    def field(each: Field) -> Field:
        return replace(each, references=mixed(each.references))

    def collection(each: Collection) -> Collection:
        return replace(each, fields=mixed(tuple(map(field, each.fields))), after=mixed(each.after))

    def source_map(each: SourceMap) -> SourceMap:
        return replace(each, collections=mixed(tuple(map(collection, each.collections))))

    return mixed(tuple(map(source_map, maps)))


def outcome(maps: tuple[SourceMap, ...], kinds: frozenset[str]) -> Plan | str:
    try:
        return make_plan(maps, identities=kinds)
    except InputError as error:
        return str(error)


kinds = st.frozensets(st.sampled_from(KINDS), min_size=1)


@given(some_maps(), kinds, st.randoms(use_true_random=False))
def test_the_order_of_a_map_never_changes_the_plan(
    maps: tuple[SourceMap, ...], kinds: frozenset[str], random: Random
) -> None:
    assert outcome(maps, kinds) == outcome(shuffled(maps, random), kinds)


@given(some_maps(), kinds)
def test_every_way_comes_from_a_seed_or_an_earlier_step_and_no_step_comes_twice(
    maps: tuple[SourceMap, ...], kinds: frozenset[str]
) -> None:
    plan = outcome(maps, kinds)
    if isinstance(plan, str):
        return
    done: set[CollectionAddress] = set()
    for step in plan.steps:
        assert step.ways
        assert step.collection not in done
        for way in step.ways:
            if isinstance(way, Join):
                assert way.parent in done
            else:
                assert way.identity in kinds
        done.add(step.collection)


@given(some_maps(), kinds)
def test_every_collection_is_either_read_or_explained(
    maps: tuple[SourceMap, ...], kinds: frozenset[str]
) -> None:
    plan = outcome(maps, kinds)
    if isinstance(plan, str):
        return
    read = [each.collection for each in plan.steps]
    explained = [each.collection for each in plan.unreachable]
    everything = [
        source_map.address(each.name) for source_map in maps for each in source_map.collections
    ]
    assert sorted(read + explained) == sorted(everything)


@given(some_maps(), kinds)
def test_every_reference_out_of_what_is_read_is_either_followed_or_explained(
    maps: tuple[SourceMap, ...], kinds: frozenset[str]
) -> None:
    plan = outcome(maps, kinds)
    if isinstance(plan, str):
        return
    read = {each.collection for each in plan.steps}
    accounted = {(each.from_, each.to) for each in plan.not_followed} | set(followed(plan))
    for at, reference in declared(maps):
        ways = {(reference.to, at), (at, reference.to)}
        if reference.direction is Direction.FROM:
            ways = {(reference.to, at)}
        elif reference.direction is Direction.TO:
            ways = {(at, reference.to)}
        if reference.to.owner == at.owner:
            ways = {(at, reference.to)}
        if all(from_.owner in read for from_, _to in ways):
            assert ways & accounted


def followed(plan: Plan) -> Iterator[tuple[FieldAddress, FieldAddress]]:
    for step in plan.steps:
        for way in step.ways:
            if isinstance(way, Join):
                for theirs, ours in way.pairs:
                    yield (
                        FieldAddress(way.parent.dataset, way.parent.collection, theirs),
                        FieldAddress(step.collection.dataset, step.collection.collection, ours),
                    )


def declared(maps: tuple[SourceMap, ...]) -> Iterator[tuple[FieldAddress, Reference]]:
    for source_map in maps:
        for collection in source_map.collections:
            for each in collection.fields:
                at = FieldAddress(source_map.key, collection.name, each.name)
                for reference in each.references:
                    yield at, reference


@given(some_maps(), kinds)
def test_persons_are_reached_by_own_keys_or_by_what_the_map_lets_through(
    maps: tuple[SourceMap, ...], kinds: frozenset[str]
) -> None:
    """No person collection is entered at its primary key from a field that is no key."""
    plan = outcome(maps, kinds)
    if isinstance(plan, str):
        return
    held = {
        source_map.address(each.name): each
        for source_map in maps
        for each in source_map.collections
    }
    for step in plan.steps:
        target = held[step.collection]
        key = set(target.primary_key())
        if not target.identities() or not key:
            continue
        for way in step.ways:
            if not isinstance(way, Join):
                continue
            parent = held[way.parent]
            theirs = {pair[0] for pair in way.pairs}
            points_at = key <= {pair[1] for pair in way.pairs}
            named = theirs.issuperset(parent.primary_key()) if parent.primary_key() else None
            lets_through = any(each.follow for each in (*target.fields, *parent.fields))
            assert not points_at or named is not False or lets_through


def test_the_hash_seed_never_changes_the_plan() -> None:
    program = (
        "from tests.domain.map_words import a_map\n"
        "from app.domain.planning import make_plan\n"
        "shop = a_map(users='id* email@email team>teams.id', teams='id* lead>users.id',"
        " mails='id* s|<users.id r|<users.id', notes='id* u<users.id m~mails.id t~teams.id')\n"
        "print(make_plan([shop], identities={'email'}))"
    )
    top = Path(__file__).parents[2]
    plans = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=top,
            env={**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONPATH": str(top)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in (1, 2, 3)
    }
    assert len(plans) == 1
