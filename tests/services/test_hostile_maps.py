"""A map file from anywhere can neither hang nor crash nor run anything."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.fides import inspect_maps
from app.services.fides.nodes import MAX_BYTES
from app.wording.maps import problem_in_words

LAUGHS = "a0: &a0 [lol]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
)
MERGES = "a0: &a0 {k: v}\n" + "".join(
    f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}\n" for n in range(1, 12)
)
CHAIN = "a0: &a0 {k: v}\n" + "".join(f"a{n}: &a{n} {{<<: *a{n - 1}}}\n" for n in range(1, 950))


def refused(content: str | bytes) -> list[str]:
    inspected = inspect_maps(content, file="m.yml")
    assert all(problem_in_words(each) for each in inspected.problems)
    return [each.code for each in inspected.problems]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (LAUGHS, "map.too_many_nodes"),
        (MERGES, "map.too_many_nodes"),
        ("a: &a [*a]", "map.recursive_alias"),
        ("a: &a {<<: *a}", "map.recursive_alias"),
        ("a: " + "[" * 20_000, "map.too_deep"),
        ("{a: " * 20_000, "map.too_deep"),
        ("- " * 20_000 + "a", "map.too_deep"),
        (b"x" * (MAX_BYTES + 1), "map.too_large"),
        ("dataset: [" + "1," * 1_100_000 + "]", "map.too_many_nodes"),
        (b"dataset: \xff\xfe", "map.not_utf8"),
        ("dataset: []".encode("utf-16"), "map.not_utf8"),
        ("dataset: \x00", "map.unprintable"),
        ("dataset: \x1b[2J", "map.unprintable"),
        ("dataset: \ud800", "map.unprintable"),
        ("%YAML 9.9\n---\ndataset: []", "map.not_yaml"),
        ("\tdataset: []", "map.not_yaml"),
        ("dataset: *nobody", "map.not_yaml"),
    ],
)
def test_it_is_refused_with_a_sentence(content: str | bytes, code: str) -> None:
    assert refused(content) == [code]


def test_a_long_chain_of_merges_is_read() -> None:
    assert refused(CHAIN) == ["map.no_dataset"]


def test_a_place_in_broken_text_is_exact() -> None:
    problem = inspect_maps("dataset:\n- ä\u0007".encode(), file="m").problems[0]
    assert (problem.line, problem.column) == (2, 4)
    problem = inspect_maps("dataset:\n- ä".encode() + b"\xff", file="m").problems[0]
    assert (problem.line, problem.column) == (2, 4)


def test_a_byte_order_mark_is_no_problem() -> None:
    content = "dataset: [{fides_key: s, collections: []}]".encode("utf-8-sig")
    assert inspect_maps(content, file="m").is_usable()


def test_python_objects_are_never_made() -> None:
    text = "dataset: [{fides_key: !!python/object/apply:os.getcwd [], collections: []}]"
    assert "map.unknown_tag" in refused(text)


@given(st.binary(max_size=200))
def test_any_bytes_are_answered(content: bytes) -> None:
    refused(content)


@given(
    st.text(
        st.sampled_from(
            "dataset: [{fides_key: s, collections: [{name: a, fields: []}]}]\n-&*!|>'\"#?%@`"
        )
    )
)
def test_any_text_that_looks_like_yaml_is_answered(content: str) -> None:
    refused(content)


KEYS = (
    *("name", "fides_key", "fields", "collections", "fides_meta", "fidesops_meta", "meta", "<<"),
    *("sandglass", "references", "dataset", "field", "direction", "identity", "after", "codes"),
    *("label", "data_type", "namespace", "masking_strategy_override"),
)

values = st.recursive(
    st.sampled_from(["text", "1", "~", "true", "2024-01-01", "a.b", "!!binary YQ==", "1e999", "="]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda each: f"[{', '.join(each)}]")
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=4,
        ).map(lambda each: "{" + ", ".join(f"{key}: {value}" for key, value in each.items()) + "}")
    ),
    max_leaves=25,
)


@given(values)
def test_any_value_in_any_place_is_answered(value: str) -> None:
    refused(f"dataset: {value}")
    refused(f"dataset: [{{fides_key: s, collections: [{{name: a, fields: {value}}}, {value}]}}]")
