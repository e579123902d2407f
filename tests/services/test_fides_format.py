"""Maps in the Fides dataset format are read whole, and written so that nothing is lost."""

from __future__ import annotations

from dataclasses import replace
from textwrap import dedent

import yaml
from fideslang.models import Dataset
from hypothesis import given
from hypothesis import strategies as st

from app.domain.categories import CATEGORIES
from app.domain.datamap import (
    CollectionAddress,
    Direction,
    FieldAddress,
    SourceMap,
)
from app.services.fides import inspect_maps, map_hash, read_maps, write_maps

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


def test_names_that_yaml_takes_for_something_else_are_names() -> None:
    fields = "[{name: 0x1F}, {name: ~x}]"
    text = f"dataset: [{{fides_key: 2024, collections: [{{name: no, fields: {fields}}}]}}]"
    maps = inspect_maps(text, file="m").maps
    assert maps[0].key == "2024"
    assert maps[0].collections[0].name == "no"
    assert [each.name for each in maps[0].collections[0].fields] == ["0x1F", "~x"]
    assert read_maps(write_maps(maps), file="m") == maps
    codes = [each.code for each in inspect_maps(write_maps(maps), file="m").problems]
    assert codes == ["map.no_identity"]


def test_the_hash_depends_on_what_a_map_says_not_on_its_order() -> None:
    text = """
    dataset:
    - fides_key: s
      name: S
      collections: [{name: a, fields: [{name: f}, {name: g}]}, {name: b, fields: []}]
    """
    mixed = """
    dataset:
    - collections: [{fields: [], name: b}, {fields: [{name: g}, {name: f}], name: a}]
      name: S
      fides_key: s
    """
    (one,) = read_maps(dedent(text), file="m")
    (other,) = read_maps(dedent(mixed), file="n")
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
