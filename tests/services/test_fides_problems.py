"""All that is wrong with a map file is found, each with its place and a sentence."""

from __future__ import annotations

import re
from textwrap import dedent

import pytest

from app.domain.datamap import Level, MapInvalid, Problem
from app.services.fides import inspect_maps, read_maps
from app.wording.map_problems import problem_sentences
from app.wording.maps import problem_in_words


def found(text: str, *, level: Level | None = None) -> list[str]:
    inspected = inspect_maps(dedent(text), file="map.yml")
    return [each.code for each in inspected.problems if level in (None, each.level)]


def errors(text: str) -> list[str]:
    return found(text, level=Level.ERROR)


def one_field(words: str, more: str = "") -> str:
    return in_dataset(f"{{name: t, fields: [{{name: f, {words}}}]}}{more}")


def in_dataset(words: str) -> str:
    return f"dataset: [{{fides_key: shop, collections: [{words}]}}]"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "map.no_dataset"),
        ("hello", "map.no_dataset"),
        ("- 1", "map.no_dataset"),
        ("datasets: []", "map.no_dataset"),
        ("dataset:", "map.no_dataset"),
        ("dataset: []", "map.no_dataset"),
        ("dataset: text", "map.wrong_type"),
        ("dataset: [text]", "map.wrong_type"),
        ("dataset: [{collections: []}]", "map.missing_key"),
        ("dataset: [{fides_key: shop}]", "map.missing_key"),
        ("dataset: [{fides_key: my shop, collections: []}]", "map.bad_key"),
        ("dataset: [{fides_key: [], collections: []}]", "map.wrong_type"),
        ("dataset: [{fides_key: s, collections: text}]", "map.wrong_type"),
        ("dataset: [{fides_key: s, collections: [{fields: []}]}]", "map.missing_key"),
        ("dataset: [{fides_key: s, collections: [{name: a}]}]", "map.missing_key"),
        ("dataset: [{fides_key: s, collections: [{name: a.b, fields: []}]}]", "map.dot_in_name"),
        (
            in_dataset('{name: "a\\e", fields: []}'),
            "map.control_in_name",
        ),
        (
            in_dataset("{name: a, fields: []}, {name: a, fields: []}"),
            "map.duplicate",
        ),
        (
            "dataset: [{fides_key: s, collections: []}, {fides_key: s, collections: []}]",
            "map.duplicate",
        ),
        ("dataset: [{fides_key: s, fides_key: t, collections: []}]", "map.duplicate_key"),
        (one_field("fides_meta: text"), "map.wrong_type"),
        (
            one_field("fides_meta: {references: {dataset: shop, field: t.g}}"),
            "map.wrong_type",
        ),
        (
            one_field("fides_meta: {references: [{dataset: shop, field: t}]}"),
            "map.malformed_reference",
        ),
        (one_field("fides_meta: {references: [{field: t.g}]}"), "map.missing_key"),
        (one_field("fides_meta: {references: text}"), "map.wrong_type"),
        (
            one_field("fides_meta: {references: [{dataset: shop, field: u.f}]}"),
            "map.unknown_collection",
        ),
        (one_field("fides_meta: {references: [{dataset: shop, field: t.g}]}"), "map.unknown_field"),
        (
            one_field("fides_meta: {references: [{dataset: shop, field: t.f}]}"),
            "map.refers_to_itself",
        ),
        (
            one_field("fides_meta: {references: [{dataset: x, field: t.g, direction: up}]}"),
            "map.unknown_direction",
        ),
        (one_field("fides_meta: {data_type: varchar}"), "map.unknown_type"),
        (one_field("fides_meta: {data_type: '[]'}"), "map.unknown_type"),
        (one_field("fides_meta: {length: 0}"), "map.wrong_type"),
        (one_field("fides_meta: {length: true}"), "map.wrong_type"),
        (one_field("fides_meta: {primary_key: 'yes'}"), "map.wrong_type"),
        (one_field("fides_meta: {redact: value}"), "map.unknown_redact"),
        (one_field("fides_meta: {return_all_elements: true}"), "map.not_an_array"),
        (one_field("fides_meta: {masking_strategy_override: hash}"), "map.wrong_type"),
        (one_field("fides_meta: {masking_strategy_override: {of: 1}}"), "map.missing_key"),
        (one_field("data_categories: user"), "map.wrong_type"),
        (one_field("meta: {sandglass: text}"), "map.wrong_type"),
        (one_field("meta: {sandglass: {never_disclose: 'true'}}"), "map.wrong_type"),
        (one_field("meta: {sandglass: {codes: [1]}}"), "map.wrong_type"),
        (one_field("meta: {sandglass: {codes: {1: [a]}}}"), "map.wrong_type"),
        (one_field("meta: {sandglass: {label: [a]}}"), "map.wrong_type"),
        (one_field("fields: [{name: g}], fides_meta: {data_type: string}"), "map.not_an_object"),
        (one_field("fields: [{name: g}], fides_meta: {primary_key: true}"), "map.key_on_object"),
        (
            one_field("fides_meta: {data_type: object, identity: email}"),
            "map.identity_on_object",
        ),
        (
            one_field(
                "fides_meta: {references: [{dataset: shop, field: u.g}]}",
                ", {name: u, fields: [{name: g, fields: [{name: h}]}]}",
            ),
            "map.reference_to_object",
        ),
        (
            in_dataset("{name: a, fides_meta: {after: [b]}, fields: []}"),
            "map.malformed_address",
        ),
        (
            in_dataset("{name: a, fides_meta: {after: [shop.b]}, fields: []}"),
            "map.unknown_collection",
        ),
        ("dataset: [{fides_key: s, meta: {x: 2024-13-45}, collections: []}]", "map.bad_value"),
        (
            "dataset: [{fides_key: s, meta: {x: !!python/name:os.system y}, collections: []}]",
            "map.unknown_tag",
        ),
        ("dataset: [{fides_key: s, meta: !!set {x, y}, collections: []}]", "map.unknown_tag"),
        ("dataset: [{fides_key: s, ? [a] : b, collections: []}]", "map.key_not_text"),
        ("dataset: [{fides_key: s, collections: []}\n", "map.not_yaml"),
        ("dataset: [{<<: 5, fides_key: s, collections: []}]", "map.not_yaml"),
        ("a: 1\n---\nb: 2\n", "map.several_documents"),
    ],
)
def test_an_error_is_found(text: str, code: str) -> None:
    assert errors(text) == [code]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (one_field("data_categories: [user.nonsense]"), "map.custom_category"),
        (one_field("data_categories: [customer.email]"), "map.unknown_category"),
        (one_field("data_categories: ['user contact']"), "map.unknown_category"),
        (one_field("fides_meta: {references: [{dataset: x, field: t.g}]}"), "map.unknown_dataset"),
        (one_field("fides_metta: {}"), "map.unknown_key"),
        (one_field("meta: {sandglass: {purpse: x, labl: y}}"), "map.unknown_key"),
        (one_field("fides_meta: {}, fidesops_meta: {}"), "map.two_metas"),
        (one_field("description: 12"), "map.not_quoted"),
        (one_field("meta: {}}, {name: F"), "map.differ_in_case"),
        (one_field("description: none"), "map.no_identity"),
        (
            "dataset: [{fides_key: s, collections: [], fides_meta: {after: [t]}}]",
            "map.unknown_dataset",
        ),
        (
            one_field(
                "fides_meta: {references: [{dataset: shop, field: u.g}]}}, {name: h,"
                " fides_meta: {references: [{dataset: shop, field: u.g}]}",
                ", {name: u, fields: [{name: g}]}",
            ),
            "map.same_target",
        ),
    ],
)
def test_a_warning_is_said_and_the_map_stays_usable(text: str, code: str) -> None:
    assert code in found(text, level=Level.WARNING)
    assert errors(text) == []


def test_a_ring_of_after_names_its_collections() -> None:
    text = """
    dataset:
    - fides_key: s
      collections:
      - {name: a, fides_meta: {after: [s.c], erase_after: [s.b]}, fields: []}
      - {name: b, fides_meta: {after: [s.a], erase_after: [s.a]}, fields: []}
      - {name: c, fides_meta: {after: [s.b]}, fields: []}
    """
    problems = inspect_maps(dedent(text), file="m").problems
    rings = {each.code: each.values["ring"] for each in problems if "ring" in each.values}
    assert rings == {
        "map.after_ring": "s.a → s.b → s.c → s.a",
        "map.erase_after_ring": "s.a → s.b → s.a",
    }


def test_datasets_that_wait_for_each_other_are_a_ring() -> None:
    text = """
    dataset:
    - {fides_key: s, fides_meta: {after: [t]}, collections: [{name: a, fields: []}]}
    - {fides_key: t, fides_meta: {after: [s]}, collections: [{name: b, fields: []}]}
    """
    assert errors(text) == ["map.after_ring"]


def test_all_problems_are_collected_with_their_places() -> None:
    text = dedent("""\
    dataset:
    - fides_key: shop
      collections:
      - name: t
        fields:
        - name: f
          fides_meta: {data_type: varchar, length: -1}
        - name: f
        - description: nameless
    """)
    with pytest.raises(MapInvalid) as caught:
        read_maps(text, file="map.yml")
    assert [(each.line, each.column, each.code) for each in caught.value.problems] == [
        (2, 14, "map.no_identity"),
        (7, 31, "map.unknown_type"),
        (7, 48, "map.wrong_type"),
        (8, 13, "map.duplicate"),
        (9, 7, "map.missing_key"),
    ]
    assert (caught.value.code, caught.value.values) == (
        "map.invalid",
        {"file": "map.yml", "count": 4},
    )


def test_every_problem_has_a_sentence() -> None:
    for code in problem_sentences():
        names = re.findall(r"{(\w+)}", problem_sentences()[code])
        values = dict.fromkeys(names, "a{b}\x1b") | {"expected": "list", "kind": "field"}
        sentence = problem_in_words(Problem("m", 1, 1, code, values))
        assert sentence.isprintable()
        assert sentence[0].isalnum() or sentence[0] == "“"
