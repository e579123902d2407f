"""Whatever things are called and whatever keys are made of, the person's rows are found."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from app.domain.airlock import mac
from app.domain.errors import AppError
from app.sources._airlock_script import Names
from app.sources._sql import quoted
from tests.airlock.ground import Shop, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers import PostgresqlServer

pytestmark = pytest.mark.server

SOURCES = [
    "Shop.EU", "a-b", "x" * 80, "select", "shop_owner", "<A>", "1", "_", "UPPER", "a.b.c",
    "sandglass", "shop__",
]  # fmt: skip


@pytest.fixture
def built(postgresql_server: PostgresqlServer) -> Iterator[list[Shop]]:
    """A list to put shops in; they are taken away afterwards."""
    shops: list[Shop] = []
    yield shops
    for each in shops:
        each.remove()
    del postgresql_server


def small_map(source: str, collection: str = "people", column: str = "mail") -> str:
    return json.dumps(
        {
            "dataset": [
                {
                    "fides_key": source,
                    "name": "A source",
                    "collections": [
                        {
                            "name": collection,
                            "fields": [
                                {"name": "id", "fides_meta": {"primary_key": True},
                                 "data_categories": ["user.unique_id"]},
                                {"name": column, "fides_meta": {"identity": "email"},
                                 "data_categories": ["user.contact.email"]},
                            ],
                        }
                    ],
                }
            ]
        }
    )  # fmt: skip


def small_tables(collection: str = "people", column: str = "mail") -> str:
    table = quoted(collection)
    return (
        f"CREATE TABLE {table} (id int, {quoted(column)} text, hidden text);"
        f"INSERT INTO {table} SELECT g, 'u' || g || '@example.test', 's'"
        " FROM generate_series(1, 9) g"
    )


def put(built: list[Shop], shop: Shop) -> Shop:
    built.append(shop)
    shop.build()
    return shop


def only_view(shop: Shop) -> str:
    ((name,),) = shop.query(
        "SELECT c.oid::regclass::text FROM pg_class c WHERE relkind = 'v'"
        f" AND relnamespace = '{shop.names.schema}'::regnamespace"
    )
    return str(name)


@pytest.mark.parametrize("source", SOURCES)
def test_a_source_may_be_called_anything(
    postgresql_server: PostgresqlServer, built: list[Shop], source: str
) -> None:
    shop = put(built, Shop(postgresql_server, source=source, maps=(small_map(source),),
                           tables=small_tables(), database="named", links={}))  # fmt: skip
    _, officer = shop.begun(fields={"people": ("id",)}, person=3)
    with closing(officer):
        assert officer.execute(f"SELECT id FROM {only_view(shop)}").fetchall() == [(3,)]
    assert shop.watchman.installed().is_as_installed


def test_no_two_sources_share_names() -> None:
    found = [Names.of(source).schema for source in SOURCES]
    assert len({*found}) == len(found)
    assert all(len(Names.of(source).session("0" * 16)) < 64 for source in SOURCES)


NAMES = [
    "ledger", "about", "secret", "brought", "ledger_pkey", "ledger_role_name_key", "_ledger",
    'quo"ted', "it's", "with space", "UPPER", "x" * 63, "größe", "顧客", "a;DROP TABLE x;--",
    "$$", "$body1$ $$", "$definition$", "%I %L %s", "{{schema}}", "{0}", "back\\slash", "select",
    "deadline", "'||'", "-- 3 x", "/* x", "deadline()", "v", "t1", "sandglass_row", "ctid ",
]  # fmt: skip


@pytest.fixture(scope="module")
def named(postgresql_server: PostgresqlServer) -> Iterator[Shop]:
    """A database in which everything is called so."""
    maps = [json.loads(small_map("names", name, name)) for name in NAMES]
    maps[0]["dataset"][0]["collections"] = [
        each for one in maps for each in one["dataset"][0]["collections"]
    ]
    shop = Shop(postgresql_server, source="names", maps=(json.dumps(maps[0]),),
                tables=";".join(small_tables(name, name) for name in NAMES),
                database="names", links={})  # fmt: skip
    shop.build()
    yield shop
    shop.remove()


@pytest.mark.parametrize("name", NAMES)
def test_collections_and_columns_may_be_called_anything(named: Shop, name: str) -> None:
    asked, opened = named.asked(person=3, fields={name: ("id", name)})
    assert named.gatekeeper.count(asked.text(), mac(named.officers, asked.text())) == {name: 1}
    named.let_in(asked, named.allowed(asked))
    with closing(named.enter(opened)) as officer:
        officer.execute("SELECT sandglass_names.begin()")
        query = "SELECT view_name FROM sandglass_names.shape() WHERE collection = %s"
        ((view,),) = officer.execute(query, [name]).fetchall()
        query = f"SELECT id, {quoted(name)} FROM sandglass_names.{quoted(view)}"
        assert officer.execute(query).fetchall() == [(3, "u3@example.test")]
        assert refusal(officer, f"SELECT hidden FROM {quoted(name)}") == "42501"
    state = named.gatekeeper.end(opened.grant, reason="revoked")
    assert (state.state, state.has_role) == ("closed", False)


def test_hostile_names_are_installed_again_and_compared(named: Shop) -> None:
    named.watchman.sweep()
    named.install()
    assert named.watchman.installed().is_as_installed


def test_names_that_look_alike_are_kept_apart(
    postgresql_server: PostgresqlServer, built: list[Shop]
) -> None:
    names = ["a b", "a_b", "a-b", "A b", "x" * 62, "x" * 61 + "y"]
    whole = json.loads(small_map("odd"))
    collections = whole["dataset"][0]["collections"]
    whole["dataset"][0]["collections"] = [{**collections[0], "name": name} for name in names]
    shop = put(built, Shop(postgresql_server, source="odd", maps=(json.dumps(whole),),
                           tables=";".join(small_tables(name) for name in names),
                           database="named", links={}))  # fmt: skip
    for number, name in enumerate(names):
        with shop.owner() as owner:
            owner.execute(f"DELETE FROM {quoted(name)} WHERE id <= {number}")
    asked, _ = shop.asked(person=3, fields=dict.fromkeys(names, ("id",)))
    found = shop.gatekeeper.count(asked.text(), mac(shop.officers, asked.text()))
    assert [found[name] for name in names] == [1, 1, 1, 0, 0, 0]


KINDS = {
    "int2": ("3::int2", "4::int2"),
    "int8": ("9007199254740993", "9007199254740992"),
    "numeric": ("3.50", "4.50"),
    "uuid": ("'00000000-0000-0000-0000-000000000003'::uuid", "gen_random_uuid()"),
    "bool": ("true", "false"),
    "text": ("'k''3'", "'K''3'"),
    "bpchar": ("'k3'::char(5)", "'k4'::char(5)"),
    "varchar": ("'k3'::varchar(9)", "'k4'::varchar(9)"),
    "bytea": (r"'\x0300'::bytea", r"'\x0301'::bytea"),
    "date": ("date '2024-03-04'", "date '2024-04-03'"),
    "timestamptz": ("timestamptz '2024-03-04 05:06:07Z'", "timestamptz '2024-03-04 05:06:08Z'"),
    "float8": ("0.1::float8", "0.1000000000000001::float8"),
    "int4[]": ("array[3, 5]", "array[4]"),
    "text[]": ("array['a', 'b']", "array['c']"),
}


def keyed_map(*, composite: bool = False) -> str:
    key = [
        {"name": "k", "data_categories": ["user.unique_id"], "fides_meta": {"primary_key": True}},
        {"name": "l", "data_categories": ["user.unique_id"]},
    ]
    held = [
        {"name": name, "data_categories": ["user.unique_id"], "fides_meta": {
            "references": [{"dataset": "keyed", "field": f"people.{name}", "direction": "from"}]}}
        for name in (("k", "l") if composite else ("k",))
    ]  # fmt: skip
    mail = {"name": "mail", "data_categories": ["user.contact.email"],
            "fides_meta": {"identity": "email"}}  # fmt: skip
    note = {"name": "note", "data_categories": ["user.content"]}
    return json.dumps({"dataset": [{"fides_key": "keyed", "name": "K", "collections": [
        {"name": "people", "fields": [*key, mail]},
        {"name": "things", "fields": [*held, note]}]}]})  # fmt: skip


@pytest.mark.parametrize("kind", [*KINDS])
def test_keys_may_be_of_any_kind(
    postgresql_server: PostgresqlServer, built: list[Shop], kind: str
) -> None:
    mine, other = KINDS[kind]
    bare = kind.removesuffix("[]")
    tables = (
        f"CREATE TABLE people (k {kind}, l int, mail text);"
        f"CREATE TABLE things (k {bare}, l int, note text);"
        f"INSERT INTO people VALUES ({mine}, 1, 'u3@example.test'), ({other}, 1, 'u4@x.test');"
    )
    pick = "SELECT unnest({})" if kind != bare else "SELECT {}"
    tables += f"INSERT INTO things {pick.format(mine)}, 1, 'mine';"
    tables += f"INSERT INTO things {pick.format(other)}, 1, 'theirs';"
    shop = put(built, Shop(postgresql_server, source="keyed", maps=(keyed_map(),), tables=tables,
                           database="named", links={}))  # fmt: skip
    _, officer = shop.begun(person=3, fields={"things": ("note",)})
    with closing(officer):
        officer.execute("SET datestyle = 'SQL, DMY'")
        query = "SELECT DISTINCT note FROM sandglass_keyed.things"
        assert officer.execute(query).fetchall() == [("mine",)]


def test_a_key_of_two_columns_is_compared_as_a_whole(
    postgresql_server: PostgresqlServer, built: list[Shop]
) -> None:
    tables = (
        "CREATE TABLE people (k int, l int, mail text, PRIMARY KEY (k, l));"
        "CREATE TABLE things (k int, l int, note text);"
        "INSERT INTO people VALUES (1, 2, 'u3@example.test'), (1, 1, 'x'), (2, 2, 'y');"
        "INSERT INTO things VALUES (1, 2, 'mine'), (1, 1, 'no'), (2, 2, 'no'), (NULL, 2, 'no')"
    )
    shop = put(built, Shop(postgresql_server, source="keyed", maps=(keyed_map(composite=True),),
                           tables=tables, database="named", links={}))  # fmt: skip
    _, officer = shop.begun(person=3, fields={"things": ("note",)})
    with closing(officer):
        query = "SELECT note FROM sandglass_keyed.things"
        assert officer.execute(query).fetchall() == [("mine",)]


@pytest.mark.parametrize("kind", ["VIEW", "MATERIALIZED VIEW"])
def test_a_collection_may_be_a_view_and_expires_like_a_table(
    postgresql_server: PostgresqlServer, built: list[Shop], kind: str
) -> None:
    tables = small_tables("base") + f"; CREATE {kind} people AS SELECT * FROM base"
    shop = put(built, Shop(postgresql_server, source="odd", maps=(small_map("odd"),),
                           tables=tables, database="named", links={}))  # fmt: skip
    opened, officer = shop.begun(person=3, fields={"people": ("id",)})
    query = "SELECT id FROM sandglass_odd.people"
    with closing(officer):
        assert officer.execute(query).fetchall() == [(3,)]
        assert refusal(officer, "SELECT id FROM base") == "42501"
        shop.shorten(opened, 0.0)
        assert refusal(officer, query) == "SG007"


def test_a_map_that_does_not_fit_the_database_makes_no_script(
    postgresql_server: PostgresqlServer, built: list[Shop]
) -> None:
    shop = put(built, Shop(postgresql_server, source="odd", maps=(small_map("odd"),),
                           tables=small_tables(), database="named", links={}))  # fmt: skip
    for wrong in (small_map("odd", "nowhere"), small_map("odd", "people", "nothing")):
        with pytest.raises(AppError):
            shop.script(wrong)
    assert shop.watchman.installed().is_as_installed
