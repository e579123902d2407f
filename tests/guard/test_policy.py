"""The guard judges what is asked as the policy does, from the stored map, whoever sends it."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.datamap import Collection, CollectionAddress, Field, SourceMap
from app.domain.policy import Policy, approvers_needed, refusals
from app.domain.scope import Scope
from app.services.mapping import map_says
from tests.guard.insider import refusal
from tests.guard.office import policy_with
from tests.guard.scene import ask

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from tests.guard.insider import Insider
    from tests.guard.office import SharedOffice
    from tests.guard.scene import Scene

pytestmark = pytest.mark.server

_NAMES = st.sampled_from(["a", "b", 'ä"\\', "z\n"])
_CATEGORIES = st.lists(
    st.sampled_from(["user", "user.health", "user.healthy", "user.health.blood", "system", ""]),
    max_size=2,
).map(tuple)


def _field(inner: st.SearchStrategy[tuple[Field, ...]]) -> st.SearchStrategy[Field]:
    return st.builds(
        Field, _NAMES, categories=_CATEGORIES, never_disclose=st.booleans(), fields=inner
    )


def _each_once(found: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(found, max_size=3, unique_by=lambda each: each.name).map(tuple)


_FIELDS = _each_once(_field(_each_once(_field(st.just(())))))
_MAPS = st.lists(
    st.builds(
        SourceMap,
        _NAMES,
        collections=_each_once(st.builds(Collection, _NAMES, fields=_FIELDS)),
    ),
    max_size=2,
    unique_by=lambda each: each.key,
)
_PATHS = st.lists(st.lists(_NAMES, min_size=1, max_size=2).map(".".join), max_size=3).map(tuple)
_SCOPES = st.dictionaries(st.builds(CollectionAddress, _NAMES, _NAMES), _PATHS, max_size=2).map(
    Scope
)
_POLICIES = st.builds(
    Policy,
    approvers_needed=st.integers(1, 3),
    approvers_for_unusual=st.integers(1, 3),
    never_disclosed=_CATEGORIES,
    stands_out=_CATEGORIES,
)


@pytest.fixture(scope="module")
def shell(office: SharedOffice) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    with closing(office.as_superuser()) as connection:
        yield connection


def test_the_guard_finds_in_a_scope_what_the_policy_finds(
    shell: psycopg.Connection[tuple[Any, ...]],
) -> None:
    @settings(max_examples=40)
    @given(_POLICIES, _MAPS, _SCOPES)
    def same(policy: Policy, maps: list[SourceMap], scope: Scope) -> None:
        data = json.dumps(scope.as_data(), ensure_ascii=False, separators=(",", ":"))
        inside = ",".join(f"{json.dumps(each.key)}:{map_says(each)}" for each in maps)
        says = f"{{{inside}}}"
        rules = json.dumps(asdict(policy))
        rows = shell.execute("SELECT findings_of(%s, %s, %s)", [rules, data, says]).fetchall()
        found = {code for (code,) in rows}
        refused = {each.code for each in refusals(policy, maps=maps, scope=scope, minutes=1)}
        assert found - {"policy.special_category"} == refused
        needed = approvers_needed(policy, maps=maps, scope=scope)
        unusual = policy.approvers_for_unusual if "policy.special_category" in found else 1
        assert max(policy.approvers_needed, unusual) == needed
        in_form = shell.execute("SELECT scope_in_form(%s)", [data]).fetchone()
        assert in_form == (
            json.dumps(scope.as_data(), ensure_ascii=False, separators=(",", ":"), sort_keys=True),
        )

    same()


PEOPLE = {"collection": "people", "dataset": "shop"}


@pytest.mark.parametrize(
    ("refused_as", "scope"),
    [
        ("access.against_policy", []),
        ("access.against_policy", [{**PEOPLE, "fields": ["email", "secret"]}]),
        ("access.against_policy", [{**PEOPLE, "fields": ["shoe_size"]}]),
        ("access.against_policy", [{**PEOPLE, "collection": "orders", "fields": []}]),
        ("scope.unreadable", [{**PEOPLE, "fields": ["id", "email"]}]),
        ("scope.unreadable", [{**PEOPLE, "fields": ["id"]}, {**PEOPLE, "fields": ["email"]}]),
    ],
)
def test_nobody_asks_for_what_map_or_policy_forbid(
    scene: Scene, refused_as: str, scope: list[dict[str, object]]
) -> None:
    def attack(her: Insider) -> object:
        text = json.dumps(scope, separators=(",", ":"), sort_keys=True)
        with scene.office.as_superuser() as shell:
            (digest,) = shell.execute("SELECT scope_hash_now(%s)", [text]).fetchone() or ("",)
        return ask(her, scene, scope=text, scope_hash=digest)

    assert refusal(scene.office.connect("olga"), scene.id_of("olga"), attack) == refused_as


def test_what_stands_out_takes_as_many_as_the_policy_wants_for_it(scene: Scene) -> None:
    office = scene.office
    with policy_with(office, stands_out=("user.content",), approvers_for_unusual=2):
        olga = (office.connect("olga"), scene.id_of("olga"))
        assert refusal(*olga, lambda her: ask(her, scene)) == "access.too_few_approvers"
        # It waited when the policy became stricter, and nobody alone says yes to it any more.
        anna = (office.connect("anna"), scene.id_of("anna"))
        found = refusal(*anna, lambda her: her.decide(scene.waiting))
        assert found == "access.too_few_approvers"
        assert office.asked().asked.approvers_needed == 2


def test_nobody_says_yes_to_a_scope_over_another_map(scene: Scene) -> None:
    office = scene.office
    with office.administrator.here.workspace.read() as unit:
        before = unit.sources.get("shop")
    text = before.map_text.replace("Notes", "Remarks")
    put = office.administrator.sourcing.add
    put("fake", before.settings, map_text=text, map_file="shop.yml")
    anna, olga = ((office.connect(each), scene.id_of(each)) for each in ("anna", "olga"))
    assert refusal(*anna, lambda her: her.decide(scene.waiting)) == "access.other_map"
    assert refusal(*olga, lambda her: her.open(scene.granted)) == "access.other_map"
    put("fake", before.settings, map_text=before.map_text, map_file="shop.yml")
    with office.administrator.here.workspace.read() as unit:
        assert unit.sources.get("shop") == replace(before, checked_at=None, check_result="")
