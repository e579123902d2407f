"""The MariaDB source against the contract of all sources, and against what only it does."""

from __future__ import annotations

import math
import re
import socket
import threading
import time
import traceback
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from decimal import Decimal
from typing import TYPE_CHECKING, Any, override

import pytest

from app.domain.datamap import Collection, Field
from app.domain.errors import InputError, SourceError
from app.domain.plan import Follows, Holds, Selection
from app.domain.secrets import Secret
from app.ports.sources import Capability, Enforcement
from app.sources._mariadb_errors import MariadbError, reading_failed
from app.sources._mariadb_reader import MariadbReader
from app.sources._mariadb_statements import MariadbStatements
from app.sources._mariadb_values import decode
from app.sources._window import Patience
from app.sources.mariadb import SOURCE, MariadbSource
from tests.contracts.proxy import Proxy
from tests.contracts.source_contract import (
    PATIENCE,
    Ground,
    SourceContract,
    customers,
    drain,
    failing,
    kinds,
    mapped,
    number,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers import MariadbServer

pytestmark = pytest.mark.server


class MariadbGround(Ground):
    """An empty database of a real server."""

    def __init__(self, server: MariadbServer) -> None:
        self.server = server
        self.owner = server.connect("mysql")
        self.execute(f"DROP DATABASE IF EXISTS {server.database}")
        self.execute(f"CREATE DATABASE {server.database} CHARACTER SET utf8mb4")
        self.execute(f"USE {server.database}")
        self.execute("SET sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES')")

    @property
    @override
    def source(self) -> MariadbSource:
        return self.reached()

    def reached(self, **more: str) -> MariadbSource:
        source = SOURCE.connect(self.server.settings(**more), Secret(self.server.password))
        assert isinstance(source, MariadbSource)
        return source

    @override
    def execute(self, sql: str, *rows: tuple[Any, ...]) -> None:
        # Elsewhere a text has no limit.
        sql = re.sub(r"\btext\b(?=[,)])", "longtext", sql)
        if not rows:
            self.owner.run_script(sql)
            return
        self.owner.run("START TRANSACTION")
        for row in rows:
            self.owner.run(sql, *row)
        self.owner.run("COMMIT")

    def one(self, sql: str) -> Any:
        """Return the only value of a query."""
        ((found,),) = self.owner.run(sql)
        return found

    @override
    def plain(self, column_type: str, cell: Any) -> Any:
        return SOURCE.decode(column_type, cell)


@pytest.fixture
def ground(mariadb_server: MariadbServer) -> Iterator[MariadbGround]:
    found = MariadbGround(mariadb_server)
    with closing(found.owner):
        yield found


class TestMariadbSource(SourceContract):
    """All of the contract, on a real server."""

    links_in_a_chain = 30  # about 40 fill the stack that the server gives a statement

    @pytest.fixture
    @override
    def endless(self, ground: Ground) -> Ground:
        """A collection whose first 2,000 rows come at once and whose end never comes."""
        ground.execute("CREATE TABLE numbers (n bigint)")
        ground.execute("INSERT INTO numbers SELECT seq FROM seq_0_to_2000")
        ground.execute(
            "CREATE VIEW endless AS"
            " SELECT 1 AS owner, n, 'a text that fills the buffer soon' AS filling FROM numbers"
            " WHERE n < 2000 OR sleep(3600 + n)"
        )
        return ground

    @override
    def test_a_huge_number_of_columns(self, ground: Ground) -> None:
        ground.execute("SET default_storage_engine = Aria")  # InnoDB ends at 1017
        super().test_a_huge_number_of_columns(ground)


# -- what is stored ----------------------------------------------------------------------------

MANY_DIGITS = "1" * 35 + "." + "9" * 30
NOON = datetime.fromisoformat("2024-07-01 12:00:00")
EXACT: dict[str, tuple[str, str, object]] = {
    "null": ("varchar(9)", "NULL", None),
    "empty text": ("varchar(9)", "''", ""),
    "text NULL": ("varchar(9)", "'NULL'", "NULL"),
    "lines": ("text", "'a\\r\\n\\tb'", "a\r\n\tb"),
    "backslashes": ("text", "'\\\\x41\\\\'", "\\x41\\"),
    "nul in a text": ("text", "'a\\0b'", "a\x00b"),
    "emoji": ("varchar(99)", "'👩‍👩‍👧‍👦'", "👩‍👩‍👧‍👦"),
    "right to left": ("text", "'שלום\u202eمرحب\u0627'", "שלום\u202eمرحب\u0627"),
    "latin1": ("varchar(9) character set latin1", "'café€'", "café€"),
    "utf8mb3": ("varchar(9) character set utf8mb3", "'日本'", "日本"),
    "ucs2": ("varchar(9) character set ucs2", "'日本é'", "日本é"),
    "utf16": ("varchar(9) character set utf16", "'😀'", "😀"),
    "sjis": ("varchar(9) character set sjis", "'日本'", "日本"),
    "spaces in varchar": ("varchar(9)", "'ab  '", "ab  "),
    "spaces in char": ("char(5)", "'ab  '", "ab"),
    "a megabyte": ("longtext", "repeat('z', 1000000)", "z" * 1_000_000),
    "tinyint": ("tinyint(4)", "-128", -128),
    "boolean": ("tinyint(1)", "true", 1),
    "unsigned tinyint": ("tinyint(3) unsigned", "255", 255),
    "mediumint": ("mediumint(9)", "-8388608", -8388608),
    "smallest bigint": ("bigint(20)", "-9223372036854775808", -(2**63)),
    "largest bigint": ("bigint(20) unsigned", "18446744073709551615", 2**64 - 1),
    "zerofill": ("int(5) unsigned zerofill", "42", 42),
    "decimal": ("decimal(10,2)", "1.10", Decimal("1.10")),
    "all digits": ("decimal(65,30)", MANY_DIGITS, Decimal(MANY_DIGITS)),
    "negative decimal": ("decimal(65,0)", "-" + "9" * 65, Decimal("-" + "9" * 65)),
    "a tenth": ("double", "0.1", 0.1),
    "a third": ("double", "1e0/3", 1 / 3),
    "denormal": ("double", "5e-324", 5e-324),
    "largest double": ("double", "1.7976931348623157e308", 1.7976931348623157e308),
    "single": ("float", "0.1", 0.1),
    "single in full": ("float", "16777217.0/3", 5592405.5),
    "large single": ("float", "3.4028234e38", 3.4028235e38),
    "double with places": ("double(10,3)", "1.5", 1.5),
    "bit": ("bit(1)", "b'1'", 1),
    "bits": ("bit(64)", "18446744073709551615", 2**64 - 1),
    "ten bits": ("bit(10)", "513", 513),
    "year": ("year(4)", "2024", 2024),
    "year zero": ("year(4)", "'0000'", 0),
    "date": ("date", "'2024-02-29'", date(2024, 2, 29)),
    "zero date": ("date", "'0000-00-00'", "0000-00-00"),
    "no day": ("date", "'2024-05-00'", "2024-05-00"),
    "year 0": ("date", "'0000-01-01'", "0000-01-01"),
    "last date": ("date", "'9999-12-31'", date(9999, 12, 31)),
    "time": ("time(6)", "'12:34:56.789012'", clock(12, 34, 56, 789012)),
    "longest time": ("time", "'838:59:59'", "838:59:59"),
    "negative time": ("time", "'-00:00:01'", "-00:00:01"),
    "shortest time": ("time(6)", "'-838:59:59'", "-838:59:59.000000"),
    "24:00": ("time", "'24:00:00'", "24:00:00"),
    "datetime": ("datetime", "'2024-07-01 12:00:00'", NOON),
    "microseconds": (
        "datetime(6)", "'2024-07-01 12:00:00.000001'", NOON + timedelta(microseconds=1),
    ),
    "milliseconds": ("datetime(3)", "'2024-07-01 12:00:00.5'", NOON + timedelta(seconds=0.5)),
    "zero datetime": ("datetime", "'0000-00-00 00:00:00'", "0000-00-00 00:00:00"),
    "first datetime": ("datetime", "'0001-01-01 00:00:00'", datetime(1, 1, 1)),  # noqa: DTZ001
    "timestamp": ("timestamp", "from_unixtime(1)", datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)),
    "last timestamp": (
        "timestamp", "from_unixtime(2147483647)", datetime(2038, 1, 19, 3, 14, 7, tzinfo=UTC),
    ),
    "zero timestamp": ("timestamp", "'0000-00-00 00:00:00'", "0000-00-00 00:00:00"),
    "json": ("longtext", """'{"a": 1.10,  "a": 2}'""", '{"a": 1.10,  "a": 2}'),
    "enum": ("enum('','so, so','it''s')", "'it''s'", "it's"),
    "enum's error": ("enum('a','b')", "0", ""),
    "set": ("set('a','b c','')", "'b c,a'", "a,b c"),
    "empty set": ("set('a')", "''", ""),
    "bytes": ("varbinary(9)", "x'00ff5c27'", b"\x00\xff\\'"),
    "padded bytes": ("binary(4)", "x'01'", b"\x01\x00\x00\x00"),
    "blob": ("blob", "x'c328ff00'", b"\xc3\x28\xff\x00"),
    "no bytes": ("longblob", "''", b""),
    "uuid": (
        "uuid", "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
    ),
    "inet4": ("inet4", "'192.0.2.1'", "192.0.2.1"),
    "inet6": ("inet6", "'2001:DB8::1'", "2001:db8::1"),
    "point": (
        "point", "point(1, -2)",
        bytes.fromhex("00000000" "0101000000" "000000000000f03f" "00000000000000c0"),
    ),
}  # fmt: skip


class TestValues:
    @pytest.mark.parametrize("value", EXACT)
    def test_a_value_comes_as_the_server_has_it(self, ground: MariadbGround, value: str) -> None:
        column_type, sql, expected = EXACT[value]
        ground.execute("SET sql_mode = ''")  # lets everything in
        if value == "first datetime" or "timestamp" in value:
            ground.execute("SET explicit_defaults_for_timestamp = ON")
        ground.owner.run_script(f"CREATE TABLE cells (id int, cell {column_type} NULL)")
        ground.owner.run_script(f"INSERT IGNORE INTO cells VALUES (1, {sql})")
        with ground.open(cells={"id", "cell"}) as reader:
            rows = reader.read(Selection("cells", ("cell",), (number("1"),)))
            ((cell,),) = next(rows.batches)
        found = decode(rows.columns[0].type, cell)
        assert (type(found), repr(found)) == (type(expected), repr(expected))
        assert rows.columns[0].type == column_type.partition(" character set")[0]

    def test_keys_find_themselves_in_columns_of_every_type(self, ground: MariadbGround) -> None:
        ground.execute("SET sql_mode = ''")
        for value, (column_type, sql, expected) in EXACT.items():
            if expected is None:
                continue
            ground.owner.run_script("DROP TABLE IF EXISTS cells")
            ground.owner.run_script(f"CREATE TABLE cells (id int, cell {column_type} NULL)")
            ground.owner.run_script(f"INSERT IGNORE INTO cells VALUES (1, {sql})")
            with ground.open(cells={"id", "cell"}) as reader:
                rows = reader.read(Selection("cells", ("cell",), (number("1"),)))
                ((cell,),) = next(rows.batches)
            plain = decode(rows.columns[0].type, cell)
            if not isinstance(plain, (date, clock)):
                found = ground.read("cells", ("id",), (Holds(("cell",), ((plain,),)),))
                assert found == [(1,)], value
            person = Selection("cells", ("cell",), (number("1"),))
            assert ground.read("cells", ("id",), (Follows(person, (("cell", "cell"),)),)) == [
                (1,)
            ], value

    def test_a_row_that_begins_with_a_huge_cell_is_no_end(self, ground: MariadbGround) -> None:
        ground.execute("CREATE TABLE files (owner int, body longblob)")
        ground.execute("INSERT INTO files VALUES (1, repeat('x', 100000000)), (1, 'y'), (1, 'z')")
        found = ground.read("files", ("body",), (number("1", "owner"),))
        assert sorted(len(body) for (body,) in found) == [1, 1, 100_000_000]

    def test_generated_and_invisible_columns_are_columns(self, ground: MariadbGround) -> None:
        ground.execute(
            "CREATE TABLE people (id int, a int AS (id + 1) VIRTUAL, b int AS (id + 2) STORED,"
            " c int INVISIBLE DEFAULT 7)"
        )
        ground.execute("INSERT INTO people (id) VALUES (1)")
        assert ground.read("people", ("a", "b", "c"), (number("1"),)) == [(2, 3, 7)]

    def test_nothing_depends_on_how_the_server_is_set(self, ground: MariadbGround) -> None:
        ground.execute("CREATE TABLE t (id int, a timestamp(6), b varchar(9), c float)")
        ground.execute("SET time_zone = '+09:00'")
        ground.execute("INSERT INTO t VALUES (1, '2024-07-01 21:00:00', 'a\\\\b', 0.1)")
        settings = {
            "time_zone": "'+05:00'", "sql_select_limit": "0", "max_join_size": "1",
            "sql_mode": "'ANSI,NO_BACKSLASH_ESCAPES,EMPTY_STRING_IS_NULL,PAD_CHAR_TO_FULL_LENGTH'",
        }  # fmt: skip
        before = {name: ground.one(f"SELECT @@global.{name}").decode() for name in settings}
        try:
            for name, value in settings.items():
                ground.execute(f"SET GLOBAL {name} = {value}")
            found = ground.read("t", ("a", "b", "c"), (number("a\\b", "b"),))
        finally:
            for name, value in before.items():
                written = value if value.isdigit() else f"'{value}'"
                ground.execute(f"SET GLOBAL {name} = {written}")
        assert found == [(datetime(2024, 7, 1, 12, tzinfo=UTC), "a\\b", 0.1)]


class TestComparing:
    same = ("abc", "ABC", "abc ", "äbc", "abc\x00", "\uff41bc")

    @pytest.mark.parametrize(
        "declared",
        ["varchar(9)", "varchar(9) COLLATE utf8mb4_unicode_520_ci", "longtext", "char(9)",
         "varchar(9) CHARACTER SET latin1", "varchar(9) CHARACTER SET utf8mb3",
         "varchar(9) CHARACTER SET ucs2", "varchar(9) CHARACTER SET latin1 COLLATE latin1_bin"],
    )  # fmt: skip
    def test_another_persons_key_is_not_taken_for_this_ones(
        self, ground: MariadbGround, declared: str
    ) -> None:
        there = [each for each in self.same if "latin1" not in declared or each.isascii()]
        there = [each for each in there if declared != "char(9)" or not each.endswith(" ")]
        for table in ("parents", "children"):
            ground.owner.run(f"CREATE TABLE {table} (id int, code {declared}, KEY (code(5)))")
            for place, code in enumerate(there):
                ground.owner.run(f"INSERT INTO {table} VALUES (?, ?)", place, code)
        ground.owner.run("CREATE TABLE others (id int, code varchar(9) COLLATE utf8mb4_bin)")
        ground.owner.run("INSERT INTO others SELECT id, code FROM parents")
        for place, code in enumerate(there):
            for ways in (
                (number(code, "code"),),
                (Holds(("code", "id"), tuple((code, n) for n in range(9))),),
                (
                    Follows(
                        Selection("parents", ("code",), (number(str(place)),)), (("code",) * 2,)
                    ),
                ),
                (Follows(Selection("others", ("code",), (number(str(place)),)), (("code",) * 2,)),),
            ):
                assert ground.read("children", ("id",), ways) == [(place,)], (code, ways)

    def test_collations_that_do_not_go_together_are_compared(self, ground: MariadbGround) -> None:
        collations = ("utf8mb4_general_ci", "utf8mb4_bin", "latin1_swedish_ci", "latin1_general_cs",
                      "ucs2_unicode_ci", "utf8mb3_general_ci", "cp1251_general_ci")  # fmt: skip
        for place, collation in enumerate(collations):
            charset = collation.partition("_")[0]
            ground.owner.run(
                f"CREATE TABLE t{place} (id int, code varchar(9) CHARACTER SET {charset}"
                f" COLLATE {collation})"
            )
            ground.owner.run(f"INSERT INTO t{place} VALUES (1, 'x'), (2, 'X')")
        for one in range(len(collations)):
            for other in range(len(collations)):
                person = Selection(f"t{one}", ("code",), (number("1"),))
                follows = Follows(person, (("code", "code"),))
                assert ground.read(f"t{other}", ("id",), (follows,)) == [(1,)]
            for name in ("é", "ж", "😀"):
                assert ground.read(f"t{one}", ("id",), (number(name, "code"),)) == []

    def test_keys_and_joins_use_the_index_of_their_column(self, ground: MariadbGround) -> None:
        ground.execute(
            "CREATE TABLE orders (id bigint PRIMARY KEY, customer int, code varchar(9),"
            " KEY (customer), KEY (code))"
        )
        ground.execute("INSERT INTO orders SELECT seq, seq % 1000, seq FROM seq_1_to_20000")
        ground.execute("CREATE TABLE people (id int PRIMARY KEY, code varchar(9))")
        ground.execute("INSERT INTO people SELECT seq, seq FROM seq_1_to_1000")
        ground.execute("ANALYZE TABLE orders, people")
        person = Selection("people", ("id",), (number("7"),))
        named = Selection("people", ("code",), (number("7"),))
        ways: tuple[Any, ...] = (
            *(Holds((field,), (("7",), ("8",))) for field in ("id", "customer", "code")),
            Holds(("customer", "code"), ((7, "7"), (8, "8"))),
            number("7", "code"),
            Follows(person, (("id", "customer"),)),
            Follows(named, (("code", "code"),)),
        )
        granted = {"orders": {"id", "customer", "code"}, "people": {"id", "code"}}
        with ground.open(**granted) as reader:
            assert isinstance(reader, MariadbReader)
            for way in ways:
                selection = Selection("orders", ("id",), (way,))
                statement = MariadbStatements(reader._tables).rows(selection)
                plan = ground.owner.run(f"EXPLAIN {statement.sql}")
                # id, select_type, table, type, …
                orders = [row[3] for row in plan if row[2] == b"t1" or row[2] == b"t2"]
                assert b"ALL" not in orders, (way, plan)


# -- where a collection is ---------------------------------------------------------------------


class TestNames:
    def test_a_table_is_found_in_its_database(self, ground: MariadbGround) -> None:
        ground.execute("DROP DATABASE IF EXISTS other")
        ground.execute("CREATE DATABASE other")
        try:
            for schema in ("shop", "other"):
                ground.execute(f"CREATE TABLE {schema}.people (id int, place varchar(9))")
                ground.execute(f"INSERT INTO {schema}.people VALUES (1, '{schema}')")
            ground.execute("CREATE TABLE other.only (id int)")
            way = (number("1"),)
            assert ground.read("people", ("place",), way) == [("shop",)]
            assert ground.read("shop.people", ("place",), way) == [("shop",)]
            assert ground.read("other.people", ("place",), way) == [("other",)]
            given = mapped(Collection("other.people"), Collection("only"))
            assert kinds(ground.source.check(given)) == [
                ("missing_collection", "only", ""),
                ("not_in_map", "other.people", "id"),
                ("not_in_map", "other.people", "place"),
                ("not_in_map", "other.only", ""),
                ("not_in_map", "people", ""),
            ]
        finally:
            ground.execute("DROP DATABASE other")

    def test_views_and_partitions_are_collections(self, ground: MariadbGround) -> None:
        ground.execute(
            "CREATE TABLE people (id int) PARTITION BY LIST (id)"
            " (PARTITION a VALUES IN (1), PARTITION b VALUES IN (2))"
        )
        ground.execute("CREATE TABLE kept (id int) WITH SYSTEM VERSIONING")
        ground.execute("INSERT INTO people VALUES (1)")
        ground.execute("INSERT INTO kept VALUES (1)")
        ground.execute("CREATE VIEW seen AS SELECT id FROM people")
        for name in ("people", "seen", "kept"):
            assert ground.read(name, ("id",), (number("1"),)) == [(1,)]
        names = {each.collection for each in ground.source.check(mapped())}
        assert names == {"people", "seen", "kept"}

    @pytest.mark.parametrize(
        ("declared", "fitting", "other"),
        [
            ("varchar(40)", "string", "integer"),
            ("bigint(20) unsigned", "integer", "string"),
            ("decimal(10,2)", "float", "boolean"),
            ("tinyint(1)", "boolean", "string"),
            ("datetime(6)", "string", "float"),
            ("longtext", "object", "integer"),
            ("uuid", "object_id", "integer"),
            ("enum('a','b')", "string", "float"),
        ],
    )
    def test_types_are_compared_by_what_a_column_can_hold(
        self, ground: MariadbGround, declared: str, fitting: str, other: str
    ) -> None:
        ground.owner.run(f"CREATE TABLE people (x {declared})")

        def check(**more: Any) -> list[str]:
            found = ground.source.check(mapped(Collection("people", fields=(Field("x", **more),))))
            return [each.kind for each in found if each.field == "x"]

        assert check(data_type=fitting) == []
        assert check(data_type=other) == ["other_type"]
        assert check(column_type=declared.upper()) == []
        assert check(column_type="wrong") == ["other_type"]


# -- what can go wrong -------------------------------------------------------------------------


class TestFailures:
    def test_a_wrong_password(self, mariadb_server: MariadbServer) -> None:
        source = SOURCE.connect(mariadb_server.settings(), Secret("wrong-secret"))
        with failing("source.login_refused") as caught:
            source.open(Capability({}))
        shown = "".join(traceback.format_exception(caught.value))
        assert "wrong-secret" not in shown

    def test_no_such_login_database_host_or_port(self, mariadb_server: MariadbServer) -> None:
        def reach(**more: str) -> None:
            settings = mariadb_server.settings(**more)
            SOURCE.connect(settings | more, Secret(mariadb_server.password)).now()

        with failing("source.login_refused"):
            reach(user="nobody")
        with failing("source.no_database"):
            reach(database="nothing")
        with failing("source.no_host"):
            reach(host="no-such-host.invalid")
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            with failing("source.unreachable"):
                reach(port=str(unused.getsockname()[1]))
        with failing("source.unreachable"):
            reach(host="/nonexistent")
        for mode in ("require", "verify-ca", "verify-full"):
            with failing("source.tls"):
                reach(sslmode=mode)

    def test_the_socket_of_a_server_is_a_way_in(self, mariadb_server: MariadbServer) -> None:
        settings = mariadb_server.settings() | {"host": str(mariadb_server.socket)}
        source = SOURCE.connect(settings, Secret(mariadb_server.password))
        assert abs(source.now() - datetime.now(UTC)) < timedelta(minutes=1)

    def test_a_login_that_may_not_read_a_table_can_go_on_with_others(
        self, ground: MariadbGround
    ) -> None:
        ground.execute("CREATE TABLE customers (id int)")
        ground.execute("CREATE TABLE salaries (id int)")
        ground.execute("CREATE TABLE houses (id int, rent int)")
        ground.execute("INSERT INTO customers VALUES (1)")
        ground.execute("CREATE OR REPLACE USER clerk IDENTIFIED BY 'clerk'")
        ground.execute("GRANT SELECT ON shop.customers TO clerk")
        ground.execute("GRANT INSERT ON shop.houses TO clerk")
        names = ("customers", "salaries", "houses")
        granted = Capability({name: frozenset({"id"}) for name in names})
        source = SOURCE.connect(ground.server.settings() | {"user": "clerk"}, Secret("clerk"))
        try:
            with source.open(granted) as reader:
                for name in names[1:]:
                    with failing("source.not_permitted", collection=name):
                        drain(reader, Selection(name, ("id",), (number("1"),)))
                assert drain(reader, customers(number("1"))) == [("1",)]
        finally:
            ground.execute("DROP USER clerk")

    def test_a_value_that_a_view_stumbles_over_is_not_in_the_error(
        self, ground: MariadbGround, caplog: pytest.LogCaptureFixture
    ) -> None:
        ground.execute("CREATE TABLE raw (id int, name varchar(40))")
        ground.execute("INSERT INTO raw VALUES (1, 'Ada Lovelace')")
        ground.owner.run_script(
            "CREATE FUNCTION fail(name varchar(40)) RETURNS int NO SQL"
            " BEGIN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = name; RETURN 1; END"
        )
        ground.execute("CREATE VIEW names AS SELECT id, fail(name) AS name FROM raw")
        with ground.open(names={"id", "name"}) as reader:
            with failing("source.failed", collection="names") as caught:
                drain(reader, Selection("names", ("name",), (number("1"),)))
            assert "Ada" not in "".join(traceback.format_exception(caught.value))
            assert "Ada" not in repr(caught.value.values)
        assert "Ada" not in caplog.text

    def test_two_reads_at_once_are_refused(self, ground: MariadbGround) -> None:
        ground.execute("CREATE TABLE customers (id int)")
        ground.execute("INSERT INTO customers VALUES (1), (2), (3)")
        selection = customers(Holds(("id",), ((1,), (2,), (3,))))
        with ground.open(customers={"id"}) as reader:
            first = reader.read(selection, batch_rows=1).batches
            second = reader.read(selection).batches
            assert next(first) == [("1",)]
            with failing("source.busy", collection="customers"):
                next(second)
            assert [row for batch in first for row in batch] == [("2",), ("3",)]
            assert len(drain(reader, selection)) == 3

    def test_a_table_that_its_owner_locks(self, ground: MariadbGround) -> None:
        ground.execute("CREATE TABLE customers (id int)")
        source = MariadbSource(ground.server.address(), patience=Patience(lock_seconds=0.1))
        with source.open(Capability({"customers": frozenset({"id"})})) as reader:
            ground.execute("LOCK TABLES customers WRITE")
            try:
                with failing("source.locked", collection="customers"):
                    drain(reader, customers(number("1")))
            finally:
                ground.execute("UNLOCK TABLES")

    def test_a_session_that_the_server_ends(self, ground: MariadbGround) -> None:
        ground.execute("CREATE TABLE customers (id int)")
        with ground.open(customers={"id"}) as reader:
            assert isinstance(reader, MariadbReader)
            ground.execute(f"KILL {reader._wire.connection.number}")
            with failing("source.gone"):
                drain(reader, customers(number("1")))

    def test_nothing_can_be_written(self, ground: MariadbGround) -> None:
        ground.execute("CREATE TABLE people (id int)")
        ground.owner.run_script(
            "CREATE FUNCTION write_one() RETURNS int MODIFIES SQL DATA"
            " BEGIN INSERT INTO people VALUES (2); RETURN 2; END"
        )
        ground.execute("CREATE VIEW writing AS SELECT write_one() AS id")
        with ground.open(writing={"id"}) as reader:
            assert isinstance(reader, MariadbReader)
            with failing("source.changed"):  # such a view has no columns for a reader
                drain(reader, Selection("writing", ("id",), (number("2"),)))
            for statement in ("SELECT write_one()", "INSERT INTO people VALUES (3)"):
                with pytest.raises(MariadbError) as caught:
                    reader._wire.connection.run(statement)
                assert reading_failed(caught.value).code == "source.gone"
        assert ground.one("SELECT count(*) FROM people") == b"0"

    def test_stopping_ends_the_statement_on_the_server_too(self, ground: MariadbGround) -> None:
        ground.execute("CREATE VIEW sleepy AS SELECT 1 AS id, sleep(3600) AS pause")
        running = "SELECT count(*) FROM information_schema.PROCESSLIST WHERE STATE = 'User sleep'"
        pause = threading.Event()
        give_up = time.monotonic() + PATIENCE
        codes: list[str] = []
        with ground.open(sleepy={"id", "pause"}) as reader:

            def read() -> None:
                try:
                    drain(reader, Selection("sleepy", ("pause",), (number("1"),)))
                except SourceError as error:
                    codes.append(error.code)

            thread = threading.Thread(target=read)
            thread.start()
            while ground.one(running) == b"0" and time.monotonic() < give_up:
                pause.wait(0.01)
            reader.stop()
            thread.join(PATIENCE)
            while ground.one(running) != b"0" and time.monotonic() < give_up:
                pause.wait(0.01)
        assert codes == ["source.window_closed"]
        assert ground.one(running) == b"0"


class TestNetwork:
    @pytest.fixture
    def proxy(self, mariadb_server: MariadbServer) -> Iterator[Proxy]:
        found = Proxy(mariadb_server.host, mariadb_server.port)
        yield found
        found.close()

    def source(self, ground: MariadbGround, proxy: Proxy, seconds: float) -> MariadbSource:
        address = ground.server.address(port=str(proxy.port))
        return MariadbSource(address, patience=Patience(stall_seconds=seconds))

    @pytest.fixture
    def long(self, ground: MariadbGround) -> MariadbGround:
        ground.execute("CREATE TABLE long_ones (id int, filling varchar(1000))")
        ground.execute("INSERT INTO long_ones SELECT 1, repeat('x', 1000) FROM seq_1_to_50000")
        return ground

    granted = Capability({"long_ones": frozenset({"id", "filling"})})
    selection = Selection("long_ones", ("filling",), (number("1"),))

    def test_a_stalled_network_is_noticed(self, long: MariadbGround, proxy: Proxy) -> None:
        with self.source(long, proxy, 0.2).open(self.granted) as reader:
            batches = reader.read(self.selection, batch_rows=10).batches
            assert next(batches)
            proxy.stall()
            with failing("source.stalled"):
                for _ in batches:
                    pass
            with pytest.raises(SourceError):
                drain(reader, self.selection)

    def test_a_deadline_holds_in_a_stalled_network(self, long: MariadbGround, proxy: Proxy) -> None:
        granted = Capability(self.granted.disclosed, deadline=time.monotonic() + 1)
        with self.source(long, proxy, 3600).open(granted) as reader:
            batches = reader.read(self.selection, batch_rows=10).batches
            assert next(batches)
            proxy.stall()
            with failing("source.window_closed", reason="expired"):
                for _ in batches:
                    pass

    def test_a_slow_query_is_not_a_stalled_network(
        self, ground: MariadbGround, proxy: Proxy
    ) -> None:
        ground.execute("CREATE VIEW slow AS SELECT 1 AS id, sleep(1) AS pause")
        with self.source(ground, proxy, 0.2).open(
            Capability({"slow": frozenset({"id", "pause"})})
        ) as reader:
            slow = Selection("slow", ("id", "pause"), (number("1"),))
            assert drain(reader, slow) == [("1", "0")]

    def test_a_cut_connection_is_gone(self, long: MariadbGround, proxy: Proxy) -> None:
        with self.source(long, proxy, 60).open(self.granted) as reader:
            batches = reader.read(self.selection, batch_rows=10).batches
            assert next(batches)
            proxy.close()
            with failing("source.gone"):
                for _ in batches:
                    pass

    def test_a_server_that_never_answers(self, mariadb_server: MariadbServer) -> None:
        with socket.create_server(("127.0.0.1", 0)) as deaf:
            address = mariadb_server.address(port=str(deaf.getsockname()[1]))
            with failing("source.unreachable"):
                address.connect(timeout_seconds=1)


# -- without a server --------------------------------------------------------------------------


def test_a_url_becomes_settings_and_a_secret() -> None:
    assert SOURCE.from_url is not None
    url = "mysql://us%40er:p%3Aw@db.example.org:3307/my%20data?sslmode=verify-full"
    assert SOURCE.from_url(url) == (
        {
            "host": "db.example.org", "port": "3307", "database": "my data", "user": "us@er",
            "sslmode": "verify-full",
        },
        Secret("p:w"),
    )  # fmt: skip
    settings, secret = SOURCE.from_url("mariadb:///shop?host=/run/mysqld/mysqld.sock&user=me")
    assert settings == {"host": "/run/mysqld/mysqld.sock", "database": "shop", "user": "me"}
    assert secret is None
    for url in ("mariadb://h:x/d", "mariadb://h/d?password", "mariadb://h/d?local_infile=1"):
        with pytest.raises(InputError):
            SOURCE.from_url(url)


def test_without_an_airlock_nobody_holds_a_reader_to_its_grant() -> None:
    assert SOURCE.enforcement is Enforcement.NOBODY


def test_what_is_not_understood_stays_as_it_is() -> None:
    for column_type, cell in (
        ("int(11)", "x"), ("decimal(10,2)", "one"), ("date", "2024-13-01"), ("time", "25:00:00"),
        ("datetime", "2024-02-30 00:00:00"), ("unheard of", "x"), ("", "x"), ("double", "much"),
    ):  # fmt: skip
        assert decode(column_type, cell) == cell
    assert decode("int(11)", None) is None
    assert math.isinf(float(str(decode("double", "inf"))))


@pytest.mark.parametrize(
    ("host", "mode", "expected"),
    [
        ("db.example.org", "", "require"),
        ("db.example.org", "disable", "disable"),
        ("10.0.0.7", "prefer", "require"),
        ("127.0.0.1", "prefer", "prefer"),
        ("/run/mysqld/mysqld.sock", "", "prefer"),
    ],
)
def test_what_leaves_this_machine_is_encrypted(host: str, mode: str, expected: str) -> None:
    settings = {"host": host, "database": "crm", "user": "dba", "sslmode": mode}
    source = SOURCE.connect(settings, None)
    assert isinstance(source, MariadbSource)
    assert source.address.ssl_mode == expected
