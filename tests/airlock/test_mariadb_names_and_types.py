"""MariaDB: whatever things are called and keys are made of, the person's rows are found."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from app.domain.airlock import mac
from app.domain.errors import AppError
from app.sources._mariadb_statements import quoted
from tests.airlock.mariadb_ground import MariadbShop, cells, refusal
from tests.airlock.test_names_and_types import SOURCES, keyed_map, small_map

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers import MariadbServer

pytestmark = pytest.mark.server


@pytest.fixture
def built() -> Iterator[list[MariadbShop]]:
    """A list to put shops in; they are taken away afterwards."""
    shops: list[MariadbShop] = []
    yield shops
    for each in shops:
        each.remove()


def put(built: list[MariadbShop], shop: MariadbShop) -> MariadbShop:
    built.append(shop)
    shop.build()
    return shop


def small_tables(collection: str = "people", column: str = "mail") -> str:
    table = quoted(collection)
    return (
        f"CREATE TABLE {table} (id int, {quoted(column)} text, hidden text);"
        f"INSERT INTO {table} SELECT seq, CONCAT('u', seq, '@example.test'), 's' FROM seq_1_to_9"
    )


@pytest.mark.parametrize("source", SOURCES)
def test_a_source_may_be_called_anything(
    mariadb_server: MariadbServer, built: list[MariadbShop], source: str
) -> None:
    shop = put(built, MariadbShop(mariadb_server, source=source, maps=(small_map(source),),
                                  tables=small_tables(), database="named", links={}))  # fmt: skip
    _, officer = shop.begun(fields={"people": ("id",)}, person=3)
    with closing(officer):
        assert cells(officer, shop.read("people", "id")) == [("3",)]
    assert shop.watchman.installed().is_as_installed


NAMES = [
    "ledger", "about", "secret", "brought", "snapshots", "known", "granted", 'quo"ted', "it's",
    "with space", "UPPER", "x" * 60, "größe", "顧客", "a;DROP TABLE x;--", "$$", "END//", "//",
    "%I %L %s", "{{schema}}", "{0}", "back\\slash", "select", "deadline", "'||'", "-- 3 x", "/* x",
    "deadline()", "v", "t1", "sandglass_0", "tick`ed", "``", "#x", "? x", "DELIMITER x",
    "p_collection", "it", "mine", "true", "?", "x\\'y", "@@x", "ß",
]  # fmt: skip


@pytest.fixture(scope="module")
def named(mariadb_server: MariadbServer) -> Iterator[MariadbShop]:
    """A database in which everything is called so."""
    maps = [json.loads(small_map("names", name, name)) for name in NAMES]
    maps[0]["dataset"][0]["collections"] = [
        each for one in maps for each in one["dataset"][0]["collections"]
    ]
    shop = MariadbShop(mariadb_server, source="names", maps=(json.dumps(maps[0]),),
                       tables=";".join(small_tables(name, name) for name in NAMES),
                       database="names", links={})  # fmt: skip
    shop.build()
    yield shop
    shop.remove()


@pytest.mark.parametrize("name", NAMES)
def test_collections_and_columns_may_be_called_anything(named: MariadbShop, name: str) -> None:
    asked, opened = named.asked(person=3, fields={name: ("id", name)})
    assert named.gatekeeper.count(asked.text(), mac(named.officers, asked.text())) == {name: 1}
    named.let_in(asked, named.allowed(asked))
    with closing(named.enter(opened)) as officer:
        officer.run(named.verb("begin()"))
        assert cells(officer, named.read(name, "id", name)) == [("3", "u3@example.test")]
        assert refusal(officer, named.read(name, "hidden")) == "SG016"
        assert {row[0] for row in cells(officer, named.verb("shape()"))} == {name}
    assert named.gatekeeper.end(opened.grant, reason="revoked").state == "closed"


@pytest.mark.parametrize("name", ["we`ird", "with space", "a.b", "größe", "select", "x'y", "-"])
def test_a_database_may_be_called_anything(mariadb_server: MariadbServer, name: str) -> None:
    source = "elsewhere"
    shop = MariadbShop(mariadb_server, source=source, maps=(small_map(source),), links={},
                       database=name)  # fmt: skip
    with closing(mariadb_server.connect()) as owner:
        owner.run(f"CREATE OR REPLACE DATABASE {quoted(name)} CHARACTER SET utf8mb4")
        owner.run_script(f"USE {quoted(name)}; {small_tables()}")
    try:
        shop.install()
        _, officer = shop.begun(fields={"people": ("id",)}, person=3)
        with closing(officer):
            assert cells(officer, shop.read("people", "id")) == [("3",)]
            assert len(officer.run(shop.verb("shape()"))) == 1
    finally:
        shop.dba.run(shop.dba.uninstall_script(source))
        with closing(mariadb_server.connect()) as owner:
            owner.run(f"DROP DATABASE {quoted(name)}")


KINDS = {
    "tinyint": ("3", "4"),
    "bigint": ("-9007199254740993", "-9007199254740992"),
    "bigint max": ("9223372036854775807", "9223372036854775806"),
    "bigint unsigned": ("18446744073709551615", "18446744073709551614"),
    "int(8) unsigned zerofill": ("42", "43"),
    "decimal(10,2)": ("3.50", "4.50"),
    "decimal(30,10)": ("12345678901234567890.0000000001", "12345678901234567890.0000000002"),
    "bit(8)": ("b'11'", "b'10'"),
    "year": ("2024", "2023"),
    "uuid": ("'00000000-0000-0000-0000-000000000003'", "'00000000-0000-0000-0000-000000000004'"),
    "inet6": ("'::3'", "'::4'"),
    "date": ("'2024-03-04'", "'2024-04-03'"),
    "datetime(6)": ("'2024-03-04 05:06:07.123456'", "'2024-03-04 05:06:07.123457'"),
    "timestamp": ("'2024-03-04 05:06:07'", "'2024-03-04 05:06:08'"),
    "time": ("'25:00:00'", "'25:00:01'"),
    "double": ("0.1", "0.1000000000000001"),
    "binary(4)": ("x'00030000'", "x'00030001'"),
    "varbinary(9)": ("x'0300'", "x'0301'"),
    "char(5)": ("'k3'", "'k4'"),
    "varchar(9) case": ("'k3'", "'K3'"),
    "varchar(9) accents": ("'ke'", "'ké'"),
    "varchar(9) pad": ("'k'", "'k '"),
    "varchar(9) sharp": ("'ss'", "'ß'"),
    "varchar(9) quote": ("'k''\\\\3'", "'k''3'"),
    "varchar(9) CHARACTER SET latin1": ("'é'", "'e'"),
    "varchar(9) CHARACTER SET latin1 COLLATE latin1_general_cs": ("'é'", "'É'"),
    "varchar(9) CHARACTER SET utf8mb3": ("'ж'", "'Ж'"),
    "varchar(9) COLLATE utf8mb4_bin": ("'k'", "'k '"),
    "varchar(9) COLLATE utf8mb4_nopad_bin": ("'k'", "'k '"),
    "varchar(9) COLLATE utf8mb4_unicode_ci": ("'😀'", "'😁'"),
    "varchar(9) CHARACTER SET ucs2": ("'k'", "'K'"),
    "varchar(9) CHARACTER SET cp1251": ("'ж'", "'Ж'"),
    "enum('a','b')": ("'a'", "'b'"),
}
WORDS = (" max", " case", " accents", " pad", " sharp", " quote")


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("kind", [*KINDS])
def test_keys_may_be_of_any_kind(
    mariadb_server: MariadbServer, built: list[MariadbShop], kind: str, *, is_first: bool
) -> None:
    """Each of the two is one person's: what a collation takes for equal is not the same key."""
    mine, other = KINDS[kind] if is_first else KINDS[kind][::-1]
    bare = kind
    for word in WORDS:
        bare = bare.removesuffix(word)
    tables = (
        f"CREATE TABLE people (k {bare}, l int, mail text);"
        f"CREATE TABLE things (k {bare}, l int, note text, KEY (k));"
        f"INSERT INTO people VALUES ({mine}, 1, 'u3@example.test'), ({other}, 1, 'u4@x.test');"
        f"INSERT INTO things VALUES ({mine}, 1, 'mine'), ({other}, 1, 'theirs'),"
        " (NULL, 1, 'nobody');"
    )
    shop = put(built, MariadbShop(mariadb_server, source="keyed", maps=(keyed_map(),),
                                  tables=tables, database="named", links={}))  # fmt: skip
    _, officer = shop.begun(person=3, fields={"things": ("note",)})
    with closing(officer):
        officer.run("SET time_zone = '+05:00'")
        assert cells(officer, shop.read("things", "note")) == [("mine",)]


def test_a_key_of_two_columns_is_compared_as_a_whole(
    mariadb_server: MariadbServer, built: list[MariadbShop]
) -> None:
    tables = (
        "CREATE TABLE people (k int, l int, mail text, PRIMARY KEY (k, l));"
        "CREATE TABLE things (k int, l int, note text);"
        "INSERT INTO people VALUES (1, 2, 'u3@example.test'), (1, 1, 'x'), (2, 2, 'y');"
        "INSERT INTO things VALUES (1, 2, 'mine'), (1, 1, 'no'), (2, 2, 'no'), (NULL, 2, 'no')"
    )
    shop = put(built, MariadbShop(mariadb_server, source="keyed", maps=(keyed_map(composite=True),),
                                  tables=tables, database="named", links={}))  # fmt: skip
    _, officer = shop.begun(person=3, fields={"things": ("note",)})
    with closing(officer):
        assert cells(officer, shop.read("things", "note")) == [("mine",)]


EMAILS = {
    "plain": ("u3@example.test", "U3@Example.TEST"),
    "spaces": ("u3@example.test", " \t\u00a0u3@example.test\r\n\u3000"),
    "umlaut": ("jörg@example.test", "JÖRG@example.test"),
    "composed": ("jörg@example.test", "jo\u0308rg@example.test"),
    "greek": ("σοφια@example.test", "ΣΟΦΙΑ@example.test"),
    "cyrillic": ("женя@example.test", "ЖЕНЯ@example.test"),
}


@pytest.mark.parametrize("column", ["text", "varchar(99) COLLATE utf8mb4_bin",
                                    "varchar(99) COLLATE utf8mb4_general_ci",
                                    "varchar(99) CHARACTER SET ucs2"])  # fmt: skip
def test_addresses_are_found_as_people_write_them(
    mariadb_server: MariadbServer, built: list[MariadbShop], column: str
) -> None:
    written = ", ".join(
        f"({number}, _utf8mb4 x'{stored.encode().hex()}', 's')"
        for number, (_, stored) in enumerate(EMAILS.values())
    )
    others = "(90, 'u3@example.tes', 's'), (91, 'u3@example.test.evil', 's'), (92, 'u4', 's'),"
    others += "(93, 'jorg@example.test', 's'), (94, 'joerg@example.test', 's'),"
    others += "(95, '%', 's'), (96, '', 's'), (97, NULL, 's')"
    tables = (
        f"CREATE TABLE people (id int, mail {column}, hidden text);"
        f"INSERT INTO people VALUES {written}, {others}"
    )
    shop = put(built, MariadbShop(mariadb_server, source="post", maps=(small_map("post"),),
                                  tables=tables, database="named", links={}))  # fmt: skip
    for number, (asked, _) in enumerate(EMAILS.values()):
        from app.sources._mariadb_airlock_script import identities_as_compared  # noqa: PLC0415

        forms = identities_as_compared({"email": (asked,)})
        opened, officer = shop.begun(fields={"people": ("id",)}, identities=forms)
        with closing(officer):
            found = {cell for (cell,) in cells(officer, shop.read("people", "id"))}
        shop.gatekeeper.end(opened.grant, reason="revoked")
        expected = {str(number)}
        for other, (theirs, _) in enumerate(EMAILS.values()):
            if theirs == asked:
                expected.add(str(other))
        assert found == expected


def test_a_collection_may_be_a_view_and_expires_like_a_table(
    mariadb_server: MariadbServer, built: list[MariadbShop]
) -> None:
    tables = small_tables("base") + "; CREATE VIEW people AS SELECT * FROM base"
    shop = put(built, MariadbShop(mariadb_server, source="odd", maps=(small_map("odd"),),
                                  tables=tables, database="named", links={}))  # fmt: skip
    opened, officer = shop.begun(person=3, fields={"people": ("id",)})
    with closing(officer):
        assert cells(officer, shop.read("people", "id")) == [("3",)]
        shop.shorten(opened, 0.0)
        assert refusal(officer, shop.read("people", "id")) in {"SG007", "2013", "1927"}


def test_a_map_that_does_not_fit_the_database_makes_no_script(
    mariadb_server: MariadbServer, built: list[MariadbShop]
) -> None:
    shop = put(built, MariadbShop(mariadb_server, source="odd", maps=(small_map("odd"),),
                                  tables=small_tables(), database="named", links={}))  # fmt: skip
    for wrong in (small_map("odd", "nowhere"), small_map("odd", "people", "nothing")):
        with pytest.raises(AppError):
            shop.script(wrong)
    assert shop.watchman.installed().is_as_installed
