"""Maps in the Fides dataset format are read with every problem named, and written so that nothing is lost."""

from __future__ import annotations

from dataclasses import replace
from textwrap import dedent

import pytest
import yaml
from fideslang.models import Dataset
from hypothesis import given
from hypothesis import strategies as st

from app.domain.categories import CATEGORIES
from app.domain.datamap import (
    CollectionAddress,
    Direction,
    FieldAddress,
    Level,
    MapInvalid,
    Problem,
    SourceMap,
)
from app.services.fides import inspect_maps, map_hash, read_maps, write_maps
from app.wording.map_problems import problem_sentences
from app.wording.maps import problem_in_words

WHOLE = """
dataset:
- fides_key: shop
  name: Shop
  description: Customers and orders.
  organization_fides_key: acme
  tags: [sales]
  data_uses: [essential]
  meta:
    since: 2019-05-01
    sandglass: {label: Our shop, region: EU, owner: Sales, timezone: Europe/Berlin, colour: red}
  data_categories: [user]
  fides_meta:
    resource_id: abc
    after: [crm]
    namespace: {schema: public, database: live}
    redact: name
  collections:
  - name: customers
    description: Who buys.
    data_subjects: [customer]
    data_categories: [user.contact]
    meta:
      sandglass:
        label: Customers
        purpose: To run your account
        recipients: [Payment provider, Carrier]
        retention: While the account exists
        basis: contract
        origin: From you
        transfers: None
    fides_meta:
      after: [crm.leads]
      erase_after: [shop.orders]
      skip_processing: false
      masking_strategy_override: {strategy: delete}
      partitioning: [{field: id, interval: 7}]
      redact: name
    fields:
    - name: id
      data_categories: [user.unique_id]
      fides_meta: {primary_key: true, data_type: integer, read_only: true}
    - name: emails
      description: All of them.
      data_categories: [user.contact.email]
      meta:
        sandglass: {label: E-mail, may_hold_others: true, column_type: "text[]", required: true}
      fides_meta:
        identity: email
        data_type: string[]
        length: 254
        return_all_elements: true
        custom_request_field: mail
        masking_strategy_override: {strategy: string_rewrite, configuration: {rewrite_value: x}}
        redact: name
        future: [1, 2.5, null]
    - name: address
      fides_meta: {data_type: object}
      fields:
      - {name: street, data_categories: [user.contact.address.street]}
      - name: geo
        fields:
        - name: lat
          meta: {sandglass: {never_disclose: true}}
    - name: status
      meta: {sandglass: {codes: {1: active, no: closed}, follow: true, alternative: true}}
  - name: orders
    fields:
    - name: customer_id
      fidesops_meta:
        data_type: integer
        references:
        - {dataset: shop, field: customers.id, direction: from, note: kept}
        - {dataset: crm, field: leads.owner.id, direction: to}
        - {dataset: shop, field: customers.address.street}
policy: [{fides_key: p, 7: seven}]
"""


def found(text: str, *, level: Level | None = None) -> list[str]:
    inspected = inspect_maps(dedent(text), file="map.yml")
    return [each.code for each in inspected.problems if level in (None, each.level)]


def errors(text: str) -> list[str]:
    return found(text, level=Level.ERROR)


def one_field(words: str, more: str = "") -> str:
    return f"dataset: [{{fides_key: shop, collections: [{{name: t, fields: [{{name: f, {words}}}]}}{more}]}}]"


def test_everything_of_the_format_is_understood() -> None:
    (shop,) = read_maps(WHOLE, file="map.yml")
    customers, orders = shop.collections
    key, emails, address, status = customers.fields
    assert (shop.key, shop.label, shop.region, shop.owner) == ("shop", "Our shop", "EU", "Sales")
    assert (shop.timezone, shop.after, shop.redact) == ("Europe/Berlin", ("crm",), True)
    assert shop.namespace == {"schema": "public", "database": "live"}
    assert customers.recipients == ("Payment provider", "Carrier")
    assert (customers.purpose, customers.basis) == ("To run your account", "contract")
    assert customers.after == (CollectionAddress("crm", "leads"),)
    assert customers.erase_after == (CollectionAddress("shop", "orders"),)
    assert customers.masking == {"strategy": "delete"}
    assert customers.partitioning == [{"field": "id", "interval": 7}]
    assert (key.primary_key, key.read_only, key.data_type) == (True, True, "integer")
    assert (emails.identity, emails.data_type, emails.is_array) == ("email", "string", True)
    assert (emails.length, emails.return_all_elements, emails.required) == (254, True, True)
    assert (emails.custom_request_field, emails.column_type) == ("mail", "text[]")
    assert [path for path, _each in address.walk()] == [
        "address",
        "address.street",
        "address.geo",
        "address.geo.lat",
    ]
    assert status.codes == {"1": "active", "no": "closed"}
    assert (status.follow, status.alternative) == (True, True)
    first, second, third = orders.fields[0].references
    assert (first.to, first.direction) == (FieldAddress("shop", "customers", "id"), Direction.FROM)
    assert (second.to, second.direction) == (
        FieldAddress("crm", "leads", "owner.id"),
        Direction.TO,
    )
    assert third.direction is Direction.EITHER


def test_what_is_written_is_read_back_the_same_and_loses_nothing() -> None:
    maps = read_maps(WHOLE, file="map.yml")
    written = write_maps(maps)
    assert read_maps(written, file="again.yml") == maps
    data = yaml.safe_load(written)
    before = yaml.safe_load(WHOLE)
    assert data["policy"] == before["policy"]
    dataset, original = data["dataset"][0], before["dataset"][0]
    assert dataset["meta"] == original["meta"]
    assert dataset["fides_meta"] == original["fides_meta"]
    assert dataset["tags"] == ["sales"]
    emails = dataset["collections"][0]["fields"][1]
    assert emails == original["collections"][0]["fields"][1]
    references = dataset["collections"][1]["fields"][0]["fides_meta"]["references"]
    assert references == original["collections"][1]["fields"][0]["fidesops_meta"]["references"]


def test_what_is_written_is_valid_for_others() -> None:
    written = write_maps(read_maps(WHOLE, file="map.yml"))
    dataset = Dataset.model_validate(yaml.safe_load(written)["dataset"][0])
    assert dataset.fides_key == "shop"
    assert [each.name for each in dataset.collections] == ["customers", "orders"]


def test_a_dataset_may_stand_alone() -> None:
    (shop,) = read_maps("dataset: {fides_key: shop, collections: []}", file="m")
    assert shop == SourceMap("shop")


def test_anchors_and_merges_are_written_out() -> None:
    text = """
    dataset:
    - fides_key: shop
      collections:
      - name: a
        fields: &both
        - &id {name: id, fides_meta: {primary_key: true}}
        - {<<: *id, name: email, fides_meta: {identity: email}}
      - {name: b, fields: *both}
    """
    (shop,) = read_maps(dedent(text), file="m")
    assert shop.collections[0].fields == shop.collections[1].fields
    assert read_maps(write_maps([shop]), file="m") == (shop,)


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
            'dataset: [{fides_key: s, collections: [{name: "a\\e", fields: []}]}]',
            "map.control_in_name",
        ),
        (
            "dataset: [{fides_key: s, collections: [{name: a, fields: []}, {name: a, fields: []}]}]",
            "map.duplicate",
        ),
        (
            "dataset: [{fides_key: s, collections: []}, {fides_key: s, collections: []}]",
            "map.duplicate",
        ),
        ("dataset: [{fides_key: s, fides_key: t, collections: []}]", "map.duplicate_key"),
        (one_field("fides_meta: text"), "map.wrong_type"),
        (
            one_field("fides_meta: {references: {dataset: shop, field: 1}}"),
            "map.malformed_reference",
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
            "dataset: [{fides_key: s, collections: [{name: a, fides_meta: {after: [b]}, fields: []}]}]",
            "map.malformed_address",
        ),
        (
            "dataset: [{fides_key: s, collections: [{name: a, fides_meta: {after: [s.b]}, fields: []}]}]",
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


def test_names_that_yaml_takes_for_something_else_are_names() -> None:
    text = "dataset: [{fides_key: 2024, collections: [{name: no, fields: [{name: 0x1F}, {name: ~x}]}]}]"
    maps = inspect_maps(text, file="m").maps
    assert maps[0].key == "2024"
    assert maps[0].collections[0].name == "no"
    assert [each.name for each in maps[0].collections[0].fields] == ["0x1F", "~x"]
    assert read_maps(write_maps(maps), file="m") == maps
    assert "map.not_quoted" not in found(write_maps(maps))


def test_every_problem_has_a_sentence() -> None:
    for code in problem_sentences():
        named = dict.fromkeys(
            "alias category character count field file identity key known levels line megabytes name"
            " near other reason ring tag text type where dataset".split(),
            "a{b}\x1b",
        )
        values = {**named, "expected": "list", "kind": "field"}
        sentence = problem_in_words(Problem("m", 1, 1, code, values))
        assert sentence.isprintable()
        assert sentence[0].isalnum() or sentence[0] == "“"


def test_the_hash_depends_on_what_a_map_says_not_on_its_order() -> None:
    text = "dataset: [{fides_key: s, name: S, collections: [{name: a, fields: [{name: f}, {name: g}]}, {name: b, fields: []}]}]"
    mixed = "dataset: [{collections: [{fields: [], name: b}, {fields: [{name: g}, {name: f}], name: a}], name: S, fides_key: s}]"
    (one,), (other,) = read_maps(text, file="m"), read_maps(mixed, file="n")
    assert map_hash(one) == map_hash(other)
    assert len(map_hash(one)) == 64
    assert map_hash(one) != map_hash(replace(one, name="T"))
    assert map_hash(one) != map_hash(replace(one, extra={"x": 1}))
    assert map_hash(replace(one, extra={"x": 1})) != map_hash(replace(one, extra={"x": "1"}))


def test_the_taxonomy_is_the_whole_one() -> None:
    from fideslang import DEFAULT_TAXONOMY  # noqa: PLC0415 - slow to import, needed here alone

    assert {each.fides_key for each in DEFAULT_TAXONOMY.data_category} == CATEGORIES


texts = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff\ufffe\uffff")
)
names = texts.filter(lambda each: each.strip() and "." not in each and each.isprintable())
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)


@given(texts, names, names, st.dictionaries(texts.map("x-{}".format), plain, max_size=3), texts)
def test_any_text_and_any_foreign_key_survive_a_round_trip(
    description: str, collection: str, field: str, extra: dict[str, object], label: str
) -> None:
    data = {
        "dataset": [
            {
                "fides_key": "s",
                "description": description,
                "meta": {"sandglass": {"label": label}},
                "collections": [
                    {"name": collection, "fields": [{"name": field, **extra}], "meta": extra}
                ],
            }
        ]
    }
    maps = read_maps(yaml.safe_dump(data, allow_unicode=True), file="m")
    assert maps[0].description == description
    assert read_maps(write_maps(maps), file="m") == maps
