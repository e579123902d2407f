"""The PostgreSQL source against the contract of all sources, and against what only it does."""

from __future__ import annotations

import math
import socket
import threading
import time
import traceback
from contextlib import closing
from datetime import UTC, date, datetime, timedelta, timezone
from datetime import time as clock
from decimal import Decimal
from typing import TYPE_CHECKING, Any, override

import pytest
from psycopg import RawCursor

from app.domain.datamap import Collection, Field
from app.domain.errors import InputError, SourceError
from app.domain.plan import Follows, Holds, Selection
from app.domain.secrets import Secret
from app.ports.sources import Capability, Enforcement
from app.sources._postgresql_reader import PostgresqlReader
from app.sources._postgresql_statements import PostgresqlStatements
from app.sources._postgresql_values import decode
from app.sources._postgresql_wire import Address
from app.sources._window import Patience
from app.sources.postgresql import SOURCE, PostgresqlSource
from tests.contracts.proxy import Proxy
from tests.contracts.source_contract import (
    PATIENCE,
    Ground,
    SourceContract,
    customers,
    drain,
    email,
    failing,
    kinds,
    mapped,
    number,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from tests.servers import PostgresqlServer

pytestmark = pytest.mark.server


class PostgresqlGround(Ground):
    """An empty schema of a real server."""

    def __init__(self, server: PostgresqlServer, database: str = "") -> None:
        self.server = server
        self.database = database
        self.owner: psycopg.Connection[tuple[Any, ...]] = server.connect(database)
        self.execute("DROP SCHEMA public CASCADE")
        self.execute("CREATE SCHEMA public")

    @property
    @override
    def source(self) -> PostgresqlSource:
        return self.reached()

    def reached(self, **more: str) -> PostgresqlSource:
        settings = self.server.settings(self.database, **more)
        source = SOURCE.connect(settings, Secret(self.server.password))
        assert isinstance(source, PostgresqlSource)
        return source

    def address(self, port: int = 0) -> Address:
        server = self.server
        return Address(
            host=server.host, port=str(port or server.port), database=server.database,
            user=server.user, ssl_mode="disable", ssl_root_certificate="",
            secret=Secret(server.password),
        )  # fmt: skip

    @override
    def execute(self, sql: str, *rows: tuple[Any, ...]) -> None:
        if not rows:
            self.owner.execute(sql)
            return
        with self.owner.cursor() as cursor, self.owner.transaction():
            cursor.executemany(sql.replace("?", "%s"), rows)

    def one(self, sql: str) -> Any:
        """Return the only value of a query."""
        ((found,),) = self.owner.execute(sql).fetchall()
        return found

    @override
    def plain(self, column_type: str, cell: Any) -> Any:
        return SOURCE.decode(column_type, cell)


@pytest.fixture
def ground(postgresql_server: PostgresqlServer) -> Iterator[PostgresqlGround]:
    found = PostgresqlGround(postgresql_server)
    with closing(found.owner):
        yield found


class TestPostgresqlSource(SourceContract):
    """All of the contract, on a real server."""


# -- what is stored ----------------------------------------------------------------------------

LONG_NUMBER = "1" * 500 + "." + "9" * 500
LEAP_DAY_NOON = datetime.fromisoformat("2024-02-29 12:00:00")
LEAP_DAY_END = datetime.fromisoformat("2024-02-29 23:59:59.9")
EAST = timezone(timedelta(hours=5, minutes=30))
EXACT: dict[str, tuple[str, str, object]] = {
    "null": ("text", "NULL", None),
    "empty text": ("text", "''", ""),
    "text NULL": ("text", "'NULL'", "NULL"),
    "lines": ("text", "E'a\\r\\n\\tb'", "a\r\n\tb"),
    "backslashes": ("text", "E'\\\\x41\\\\'", "\\x41\\"),
    "emoji": ("text", "'👩‍👩‍👧‍👦'", "👩‍👩‍👧‍👦"),
    "right to left": ("text", "'שלום\u202eمرحب\u0627'", "שלום\u202eمرحب\u0627"),
    "a megabyte": ("text", "repeat('z', 1000000)", "z" * 1_000_000),
    "padded": ("character(5)", "'ab'", "ab   "),
    "limited": ("character varying(5)", "'ab '", "ab "),
    "one byte": ('"char"', "'x'", "x"),
    "true": ("boolean", "'yes'", True),
    "false": ("boolean", "'off'", False),
    "smallest integer": ("integer", "-2147483648", -(2**31)),
    "smallest bigint": ("bigint", "-9223372036854775808", -(2**63)),
    "largest bigint": ("bigint", "9223372036854775807", 2**63 - 1),
    "decimal places": ("numeric", "1.10", Decimal("1.10")),
    "scale": ("numeric(10,3)", "1", Decimal("1.000")),
    "thousand digits": ("numeric", LONG_NUMBER, Decimal(LONG_NUMBER)),
    "not a number": ("numeric", "'NaN'", Decimal("NaN")),
    "numeric infinity": ("numeric", "'-Infinity'", Decimal("-Infinity")),
    "a tenth": ("double precision", "0.1", 0.1),
    "negative zero": ("double precision", "'-0'", -0.0),
    "denormal": ("double precision", "'5e-324'", 5e-324),
    "largest double": ("double precision", "'1.7976931348623157e308'", 1.7976931348623157e308),
    "infinity": ("double precision", "'Infinity'", math.inf),
    "double NaN": ("double precision", "'NaN'", math.nan),
    "real": ("real", "0.1", 0.1),
    "money": ("money", "'1234.50'", "$1,234.50"),
    "date": ("date", "'2024-02-29'", date(2024, 2, 29)),
    "date infinity": ("date", "'infinity'", "infinity"),
    "date BC": ("date", "'0044-03-15 BC'", "0044-03-15 BC"),
    "date far": ("date", "'12024-01-01'", "12024-01-01"),
    "first date": ("date", "'0001-01-01'", date(1, 1, 1)),
    "time": ("time", "'12:34:56.789012'", clock(12, 34, 56, 789012)),
    "24:00": ("time", "'24:00:00'", "24:00:00"),
    "time in tenths": ("time(1)", "'12:34:56.7'", clock(12, 34, 56, 700000)),
    "time with zone": ("timetz", "'12:00:00+05:30'", clock(12, tzinfo=EAST)),
    "odd zone": (
        "timetz", "'12:00:00-00:19:32'",
        clock(12, tzinfo=timezone(-timedelta(minutes=19, seconds=32))),
    ),
    "24:00 with zone": ("timetz", "'24:00:00+00'", "24:00:00+00"),
    "timestamp": ("timestamp", "'2024-02-29 23:59:59.9'", LEAP_DAY_END),
    "timestamp -infinity": ("timestamp", "'-infinity'", "-infinity"),
    "timestamp BC": ("timestamp", "'0001-01-01 00:00:00 BC'", "0001-01-01 00:00:00 BC"),
    "timestamp far": ("timestamp", "'10000-01-01'", "10000-01-01 00:00:00"),
    "timestamp with zone": (
        "timestamptz", "'2024-07-01 12:00:00 Asia/Kolkata'",
        datetime(2024, 7, 1, 6, 30, tzinfo=UTC),
    ),
    "timestamp of 1880": (
        "timestamptz", "'1880-01-01 00:00:00 Europe/Amsterdam'",
        datetime(1879, 12, 31, 23, 40, 28, tzinfo=UTC),
    ),
    "timestamp with zone far": ("timestamptz", "'infinity'", "infinity"),
    "interval": ("interval", "'1 year 2 months 3 days 04:05:06.7'", "P1Y2M3DT4H5M6.7S"),
    "a month": ("interval", "'1 month'", "P1M"),
    "thirty days": ("interval", "'30 days'", "P30D"),
    "interval back": ("interval", "'-1 month 1 day'", "P-1M1D"),
    "json": ("json", """'{"a": 1.10,  "a": 2}'""", '{"a": 1.10,  "a": 2}'),
    "jsonb": ("jsonb", """'{"a": 1.10, "b": null}'""", '{"a": 1.10, "b": null}'),
    "jsonb number": ("jsonb", "'12345678901234567890.10'", "12345678901234567890.10"),
    "bytes": ("bytea", "'\\x00ff5c27'", b"\x00\xff\\'"),
    "no bytes": ("bytea", "''", b""),
    "uuid": (
        "uuid", "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
    ),
    "xml": ("xml", "'<a  b=\"c\">d</a>'", '<a  b="c">d</a>'),
    "bits": ("bit(5)", "B'00101'", "00101"),
    "varying bits": ("bit varying", "B''", ""),
    "address": ("inet", "'2001:db8::1/64'", "2001:db8::1/64"),
    "network": ("cidr", "'10/8'", "10.0.0.0/8"),
    "hardware": ("macaddr", "'08-00-2B-01-02-03'", "08:00:2b:01:02:03"),
    "range": ("int4range", "'[1,5]'", "[1,6)"),
    "empty range": ("int4range", "'empty'", "empty"),
    "time range": ("tstzrange", "'[2024-01-01 00:00+02,)'", '["2023-12-31 22:00:00+00",)'),
    "many ranges": ("int4multirange", "'{[1,3),[7,9)}'", "{[1,3),[7,9)}"),
    "point": ("point", "'(1.5,-2)'", "(1.5,-2)"),
    "boxes": ("box[]", "'{(1,1),(0,0);(2,2),(0,0)}'", "{(1,1),(0,0);(2,2),(0,0)}"),
    "words": ("tsvector", "'a fat cat'::tsvector", "'a' 'cat' 'fat'"),
    "system id": ("oid", "4294967295", 2**32 - 1),
    "array": ("integer[]", "'{1,NULL,3}'", [1, None, 3]),
    "empty array": ("integer[]", "'{}'", []),
    "two dimensions": ("integer[]", "'{{1,2},{3,4}}'", [[1, 2], [3, 4]]),
    "three dimensions": ("text[]", "'{{{a},{b}}}'", [[["a"], ["b"]]]),
    "bounds": ("integer[]", "'[0:1]={1,2}'", "[0:1]={1,2}"),
    "texts": (
        "text[]",
        """ARRAY['a,b', 'c"d', E'e\\\\f', 'NULL', NULL, '', ' g ', '{}', E'h\\ni']""",
        ["a,b", 'c"d', "e\\f", "NULL", None, "", " g ", "{}", "h\ni"],
    ),
    "numerics": ("numeric(10,2)[]", "'{1.10,NaN}'", [Decimal("1.10"), Decimal("NaN")]),
    "dates": ("date[]", "'{2024-02-29,infinity}'", [date(2024, 2, 29), "infinity"]),
    "timestamps": (
        "timestamp[]", "'{2024-02-29 12:00:00}'", [LEAP_DAY_NOON],
    ),
    "blobs": ("bytea[]", "ARRAY['\\x00ff'::bytea, NULL]", [b"\x00\xff", None]),
    "booleans": ("boolean[]", "'{t,f,NULL}'", [True, False, None]),
    "enum": ("mood", "'so so'", "so so"),
    "enums": ("mood[]", "'{happy,so so}'", ["happy", "so so"]),
    "domain": ("cents", "42", "42"),
    "composite": ("pair", "ROW(1, 'a,\"b')", '(1,"a,""b")'),
    "composites": ("pair[]", "ARRAY[ROW(1,'x')::pair]", ["(1,x)"]),
    "hstore-like": ("jsonb[]", """ARRAY['{"a": 1}'::jsonb]""", ['{"a": 1}']),
}  # fmt: skip


class TestValues:
    @pytest.fixture
    def cells(self, ground: PostgresqlGround) -> PostgresqlGround:
        ground.execute("CREATE TYPE mood AS ENUM ('happy', 'so so')")
        ground.execute("CREATE TYPE pair AS (a integer, b text)")
        ground.execute("CREATE DOMAIN cents AS integer CHECK (VALUE > 0)")
        return ground

    @pytest.mark.parametrize("value", EXACT)
    def test_a_value_comes_as_the_server_has_it(self, cells: PostgresqlGround, value: str) -> None:
        column_type, sql, expected = EXACT[value]
        cells.execute(f"CREATE TABLE cells (id integer, cell {column_type})")
        cells.execute(f"INSERT INTO cells VALUES (1, {sql})")
        with cells.open(cells={"id", "cell"}) as reader:
            rows = reader.read(Selection("cells", ("cell",), (number("1"),)))
            ((cell,),) = next(rows.batches)
        found = decode(rows.columns[0].type, cell)
        assert cell is None or isinstance(cell, str)
        assert (type(found), repr(found)) == (type(expected), repr(expected))
        written = cells.one(
            "SELECT format_type(atttypid, atttypmod) FROM pg_attribute"
            " WHERE attrelid = 'cells'::regclass AND attname = 'cell'"
        )
        assert rows.columns[0].type == written

    def test_nothing_depends_on_how_login_or_database_are_set(
        self, ground: PostgresqlGround
    ) -> None:
        ground.execute(
            "CREATE TABLE t (id int, a timestamptz, b interval, c bytea, d float8, e date)"
        )
        ground.execute(
            "INSERT INTO t VALUES (1, '2024-07-01 12:00+00', '1 month', '\\x00', 0.1, '2024-02-01')"
        )
        settings = {
            "DateStyle": "'SQL, DMY'", "IntervalStyle": "'sql_standard'",
            "TimeZone": "'Asia/Tokyo'",
            "bytea_output": "'escape'", "extra_float_digits": "-10", "client_encoding": "'LATIN1'",
        }  # fmt: skip
        for name, value in settings.items():
            ground.execute(f"ALTER ROLE owner SET {name} = {value}")
        try:
            found = ground.read("t", ("a", "b", "c", "d", "e"), (number("1"),))
        finally:
            ground.execute("ALTER ROLE owner RESET ALL")
        noon = datetime(2024, 7, 1, 12, tzinfo=UTC)
        assert found == [(noon, "P1M", b"\x00", 0.1, date(2024, 2, 1))]

    def test_a_database_without_an_encoding_loses_no_byte(self, ground: PostgresqlGround) -> None:
        ground.execute("DROP DATABASE IF EXISTS plain_bytes")
        ground.execute(
            "CREATE DATABASE plain_bytes TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'"
        )
        there = PostgresqlGround(ground.server, "plain_bytes")
        with closing(there.owner):
            there.execute("CREATE TABLE people (id integer, name text)")
            there.execute("INSERT INTO people VALUES (1, E'caf\\xe9'), (2, E'caf\\xc3\\xa9')")
            found = there.read("people", ("name",), (Holds(("id",), ((1,), (2,))),))
            assert set(found) == {("caf\udce9",), ("café",)}
            assert there.read("people", ("id",), (email(" CAFé", "name"),)) == [(2,)]

    def test_keys_find_themselves_in_columns_of_every_type(self, cells: PostgresqlGround) -> None:
        for value, (column_type, sql, _) in EXACT.items():
            if column_type.endswith("[]") or sql == "NULL" or "NaN" in sql or "nfinity" in sql:
                continue
            cells.execute("DROP TABLE IF EXISTS cells")
            cells.execute(f"CREATE TABLE cells (id integer, cell {column_type})")
            cells.execute(f"INSERT INTO cells VALUES (1, {sql})")
            with cells.open(cells={"id", "cell"}) as reader:
                rows = reader.read(Selection("cells", ("cell",), (number("1"),)))
                ((cell,),) = next(rows.batches)
                plain = decode(rows.columns[0].type, cell)
            for key in (cell, plain):
                if isinstance(key, (date, datetime, clock)) or value == "lines":
                    continue
                found = cells.read("cells", ("id",), (Holds(("cell",), ((key,),)),))
                exponent = isinstance(key, (str, float)) and "e" in str(key) and "." in column_type
                same = found == [(1,)] or exponent or column_type in {"double precision", "numeric"}
                assert same, (value, key)
            person = Selection("cells", ("cell",), (number("1"),))
            assert cells.read("cells", ("id",), (Follows(person, (("cell", "cell"),)),)) == [
                (1,)
            ], value

    def test_arrays_match_by_their_items(self, ground: PostgresqlGround) -> None:
        ground.execute("CREATE TABLE people (id integer, mails text[], codes int[], note text)")
        ground.execute(
            "INSERT INTO people VALUES (1, '{a@x,\" B@X\"}', '{7,8}', 'one'),"
            " (2, '{c@x}', '{8}', 'two'), (3, NULL, '{}', 'none')"
        )
        ground.execute("CREATE TABLE things (code int, owner text)")
        ground.execute("INSERT INTO things VALUES (7, 'one'), (8, 'one'), (8, 'two'), (9, 'one')")
        assert ground.read("people", ("id",), (email("b@x", "mails"),)) == [(1,)]
        assert ground.read("people", ("id",), (number("8", "codes"),)) == [(1,), (2,)]
        person = Selection("people", ("codes",), (number("1"),))
        pairs = (("codes", "code"), ("note", "owner"))
        assert ground.read("things", ("code",), (Follows(person, pairs),)) == [(7,), (8,)]
        thing = Selection("things", ("code",), (number("7", "code"),))
        assert ground.read("people", ("id",), (Follows(thing, (("code", "codes"),)),)) == [(1,)]

    def test_collations_do_not_confuse_a_join(self, ground: PostgresqlGround) -> None:
        ground.execute(
            "CREATE COLLATION loose"
            " (provider = icu, locale = 'und-u-ks-level2', deterministic = false)"
        )
        ground.execute('CREATE TABLE a (id int, code text COLLATE "C")')
        ground.execute('CREATE TABLE b (id int, code text COLLATE "POSIX")')
        ground.execute("CREATE TABLE c (id int, code text COLLATE loose)")
        for table in "abc":
            ground.execute(f"INSERT INTO {table} VALUES (1, 'x'), (2, 'X')")
        for parent, child, expected in (
            ("a", "b", [(1,)]), ("b", "a", [(1,)]), ("a", "c", [(1,)]), ("c", "a", [(1,), (2,)]),
        ):  # fmt: skip
            person = Selection(parent, ("code",), (number("1"),))
            assert ground.read(child, ("id",), (Follows(person, (("code",) * 2,)),)) == expected
        assert ground.read("c", ("id",), (number("x", "code"),)) == [(1,)]

    def test_keys_and_joins_use_the_index_of_their_column(self, ground: PostgresqlGround) -> None:
        ground.execute("CREATE TABLE orders (id bigint PRIMARY KEY, customer int, code varchar(9))")
        ground.execute("INSERT INTO orders SELECT n, n % 1000, n FROM generate_series(1, 20000) n")
        ground.execute("CREATE INDEX ON orders (customer)")
        ground.execute("CREATE INDEX ON orders (code)")
        ground.execute("CREATE TABLE people (id int PRIMARY KEY, name text)")
        ground.execute("INSERT INTO people SELECT n FROM generate_series(1, 1000) n")
        ground.execute("ANALYZE orders, people")
        person = Selection("people", ("id",), (number("7"),))
        ways: tuple[Any, ...] = (
            *(Holds((field,), (("7",), ("8",))) for field in ("id", "customer", "code")),
            number("7", "code"),
            Follows(person, (("id", "customer"),)),
        )
        with ground.open(orders={"id", "customer", "code"}, people={"id"}) as reader:
            assert isinstance(reader, PostgresqlReader)
            for way in ways:
                statements = PostgresqlStatements(reader._tables, dialect=reader._dialect)
                statement = statements.rows(Selection("orders", ("id",), (way,)))
                cursor = RawCursor(ground.owner)
                cursor.execute(f"EXPLAIN {statement.sql}", statement.values)
                plan = "\n".join(line for (line,) in cursor)
                assert "Index" in plan
                assert "Seq Scan on orders" not in plan


# -- where a collection is ---------------------------------------------------------------------


class TestNames:
    def test_a_table_is_found_by_schema_path_and_setting(self, ground: PostgresqlGround) -> None:
        ground.execute("DROP SCHEMA IF EXISTS other CASCADE")
        ground.execute("CREATE SCHEMA other")
        try:
            for schema in ("public", "other"):
                ground.execute(f"CREATE TABLE {schema}.people (id integer, place text)")
                ground.execute(f"INSERT INTO {schema}.people VALUES (1, '{schema}')")
            ground.execute('CREATE TABLE public."other.people" (id integer, place text)')
            ground.execute("CREATE TABLE other.only (id integer)")
            way = (number("1"),)
            assert ground.read("people", ("place",), way) == [("public",)]
            assert ground.read("public.people", ("place",), way) == [("public",)]
            assert ground.read("other.people", ("place",), way) == []  # a table on the path first
            ground.execute('DROP TABLE public."other.people"')
            assert ground.read("other.people", ("place",), way) == [("other",)]
            reached = ground.reached(schema="other")
            granted = Capability({"people": frozenset({"id", "place"})})
            with reached.open(granted) as reader:
                assert drain(reader, Selection("people", ("place",), way)) == [("other",)]
            given = mapped(Collection("other.people"), Collection("only"))
            assert kinds(ground.source.check(given)) == [
                ("missing_collection", "only", ""),
                ("not_in_map", "other.people", "id"),
                ("not_in_map", "other.people", "place"),
                ("not_in_map", "other.only", ""),
                ("not_in_map", "people", ""),
            ]
        finally:
            ground.execute("DROP SCHEMA other CASCADE")

    def test_views_and_partitions_are_collections(self, ground: PostgresqlGround) -> None:
        ground.execute("CREATE TABLE people (id int, year int) PARTITION BY LIST (year)")
        ground.execute("CREATE TABLE people_24 PARTITION OF people FOR VALUES IN (2024)")
        ground.execute("INSERT INTO people VALUES (1, 2024)")
        ground.execute("CREATE VIEW seen AS SELECT id FROM people")
        ground.execute("CREATE MATERIALIZED VIEW kept AS SELECT id FROM people")
        for name in ("people", "seen", "kept"):
            assert ground.read(name, ("id",), (number("1"),)) == [(1,)]
        names = {each.collection for each in ground.source.check(mapped())}
        assert names == {"people", "seen", "kept"}

    @pytest.mark.parametrize(
        ("declared", "fitting", "other"),
        [
            ("varchar(40)", "string", "integer"),
            ("bigint", "integer", "string"),
            ("numeric(10,2)", "float", "boolean"),
            ("boolean", "boolean", "string"),
            ("timestamptz", "string", "float"),
            ("jsonb", "object", "string"),
            ("uuid", "object_id", "integer"),
        ],
    )
    def test_types_are_compared_by_what_a_column_can_hold(
        self, ground: PostgresqlGround, declared: str, fitting: str, other: str
    ) -> None:
        ground.execute(f"CREATE TABLE people (x {declared}, xs {declared}[])")

        def check(name: str, **more: Any) -> list[str]:
            found = ground.source.check(mapped(Collection("people", fields=(Field(name, **more),))))
            return [each.kind for each in found if each.field == name]

        assert check("x", data_type=fitting) == []
        assert check("xs", data_type=fitting, is_array=True) == []
        assert check("x", data_type=other) == ["other_type"]
        assert check("x", column_type="wrong") == ["other_type"]


# -- what can go wrong -------------------------------------------------------------------------


class TestFailures:
    def test_a_wrong_password(self, postgresql_server: PostgresqlServer) -> None:
        source = SOURCE.connect(postgresql_server.settings(), Secret("wrong-secret"))
        with failing("source.login_refused") as caught:
            source.open(Capability({}))
        shown = "".join(traceback.format_exception(caught.value))
        assert "wrong-secret" not in shown

    def test_no_such_login_database_host_or_port(self, postgresql_server: PostgresqlServer) -> None:
        def reach(secret: str = postgresql_server.password, **more: str) -> None:
            settings = postgresql_server.settings(**more)
            SOURCE.connect(settings | more, Secret(secret)).now()

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
        with failing("source.tls"):
            reach(sslmode="require")

    def test_a_login_that_may_not_read_a_table_can_go_on_with_others(
        self, ground: PostgresqlGround
    ) -> None:
        ground.execute("CREATE TABLE customers (id integer)")
        ground.execute("CREATE TABLE salaries (id integer)")
        ground.execute("INSERT INTO customers VALUES (1)")
        ground.execute("DROP ROLE IF EXISTS clerk")
        ground.execute("CREATE ROLE clerk LOGIN PASSWORD 'clerk'")
        ground.execute("GRANT USAGE ON SCHEMA public TO clerk")
        ground.execute("GRANT SELECT ON customers TO clerk")
        granted = Capability({name: frozenset({"id"}) for name in ("customers", "salaries")})
        source = SOURCE.connect(ground.server.settings() | {"user": "clerk"}, Secret("clerk"))
        try:
            with source.open(granted) as reader:
                with failing("source.not_permitted", collection="salaries"):
                    drain(reader, Selection("salaries", ("id",), (number("1"),)))
                assert drain(reader, customers(number("1"))) == [("1",)]
        finally:
            ground.execute("DROP OWNED BY clerk")
            ground.execute("DROP ROLE clerk")

    def test_a_value_that_a_view_stumbles_over_is_not_in_the_error(
        self, ground: PostgresqlGround
    ) -> None:
        ground.execute("CREATE TABLE raw (id integer, amount text)")
        ground.execute("INSERT INTO raw VALUES (1, 'Ada Lovelace')")
        ground.execute("CREATE VIEW amounts AS SELECT id, amount::integer AS amount FROM raw")
        with ground.open(amounts={"id", "amount"}) as reader:
            with failing("source.failed", collection="amounts") as caught:
                drain(reader, Selection("amounts", ("amount",), (number("1"),)))
            assert "Ada" not in "".join(traceback.format_exception(caught.value))
            assert "Ada" not in repr(caught.value.values)

    def test_two_reads_at_once_are_refused(self, ground: PostgresqlGround) -> None:
        ground.execute("CREATE TABLE customers (id integer)")
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

    def test_a_table_that_its_owner_locks(self, ground: PostgresqlGround) -> None:
        ground.execute("CREATE TABLE customers (id integer)")
        source = PostgresqlSource(ground.address(), patience=Patience(lock_seconds=0.1))
        with (
            source.open(Capability({"customers": frozenset({"id"})})) as reader,
            ground.owner.transaction(),
        ):
            ground.execute("LOCK TABLE customers")
            with failing("source.locked", collection="customers"):
                drain(reader, customers(number("1")))

    def test_a_session_that_the_server_ends(self, ground: PostgresqlGround) -> None:
        ground.execute("CREATE TABLE customers (id integer)")
        with ground.open(customers={"id"}) as reader:
            ground.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'sandglass'"
            )
            with failing("source.gone"):
                drain(reader, customers(number("1")))

    def test_nothing_can_be_written(self, ground: PostgresqlGround) -> None:
        ground.execute("CREATE TABLE people (id integer)")
        ground.execute(
            "CREATE FUNCTION write() RETURNS integer LANGUAGE sql AS"
            " 'INSERT INTO people VALUES (2) RETURNING id'"
        )
        ground.execute("CREATE VIEW writing AS SELECT write() AS id")
        with ground.open(writing={"id"}) as reader, failing("source.gone"):
            drain(reader, Selection("writing", ("id",), (number("2"),)))
        assert ground.one("SELECT count(*) FROM people") == 0

    def test_stopping_ends_the_statement_on_the_server_too(self, ground: PostgresqlGround) -> None:
        ground.execute("CREATE VIEW sleepy AS SELECT 1 AS id FROM pg_sleep(3600)")
        running = (
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE application_name = 'sandglass' AND wait_event = 'PgSleep'"
        )
        pause = threading.Event()
        give_up = time.monotonic() + PATIENCE
        codes: list[str] = []
        with ground.open(sleepy={"id"}) as reader:

            def read() -> None:
                try:
                    drain(reader, Selection("sleepy", ("id",), (number("1"),)))
                except SourceError as error:
                    codes.append(error.code)

            thread = threading.Thread(target=read)
            thread.start()
            while not ground.one(running) and time.monotonic() < give_up:
                pause.wait(0.01)
            reader.stop()
            thread.join(PATIENCE)
            while ground.one(running) and time.monotonic() < give_up:
                pause.wait(0.01)
        assert codes == ["source.window_closed"]
        assert ground.one(running) == 0


class TestNetwork:
    @pytest.fixture
    def proxy(self, postgresql_server: PostgresqlServer) -> Iterator[Proxy]:
        found = Proxy(postgresql_server.host, postgresql_server.port)
        yield found
        found.close()

    def source(self, ground: PostgresqlGround, proxy: Proxy, seconds: float) -> PostgresqlSource:
        return PostgresqlSource(
            ground.address(proxy.port), patience=Patience(stall_seconds=seconds)
        )

    @pytest.fixture
    def long(self, ground: PostgresqlGround) -> PostgresqlGround:
        ground.execute("CREATE TABLE long (id integer, filling text)")
        ground.execute(
            "INSERT INTO long SELECT 1, repeat('x', 1000) FROM generate_series(1, 20000)"
        )
        return ground

    granted = Capability({"long": frozenset({"id", "filling"})})
    selection = Selection("long", ("filling",), (number("1"),))

    def test_a_stalled_network_is_noticed(self, long: PostgresqlGround, proxy: Proxy) -> None:
        with self.source(long, proxy, 0.2).open(self.granted) as reader:
            batches = reader.read(self.selection, batch_rows=10).batches
            assert next(batches)
            proxy.stall()
            with failing("source.stalled"):
                for _ in batches:
                    pass
            with pytest.raises(SourceError):
                drain(reader, self.selection)

    def test_a_deadline_holds_in_a_stalled_network(
        self, long: PostgresqlGround, proxy: Proxy
    ) -> None:
        granted = Capability(self.granted.disclosed, deadline=time.monotonic() + 1)
        with self.source(long, proxy, 3600).open(granted) as reader:
            batches = reader.read(self.selection, batch_rows=10).batches
            assert next(batches)
            proxy.stall()
            with failing("source.window_closed", reason="expired"):
                for _ in batches:
                    pass

    def test_a_slow_query_is_not_a_stalled_network(
        self, ground: PostgresqlGround, proxy: Proxy
    ) -> None:
        ground.execute("CREATE VIEW slow AS SELECT 1 AS id FROM pg_sleep(1)")
        with self.source(ground, proxy, 0.2).open(
            Capability({"slow": frozenset({"id"})})
        ) as reader:
            assert drain(reader, Selection("slow", ("id",), (number("1"),))) == [("1",)]

    def test_a_cut_connection_is_gone(self, long: PostgresqlGround, proxy: Proxy) -> None:
        with self.source(long, proxy, 60).open(self.granted) as reader:
            batches = reader.read(self.selection, batch_rows=10).batches
            assert next(batches)
            proxy.close()
            with failing("source.gone"):
                for _ in batches:
                    pass

    def test_a_server_that_never_answers(self, ground: PostgresqlGround) -> None:
        with socket.create_server(("127.0.0.1", 0)) as deaf:
            address = ground.address(deaf.getsockname()[1])
            with failing("source.unreachable"):
                address.connect(timeout_seconds=2)


# -- without a server --------------------------------------------------------------------------


def test_a_url_becomes_settings_and_a_secret() -> None:
    assert SOURCE.from_url is not None
    url = "postgres://us%40er:p%3Aw@db.example.org:5433/my%20data?sslmode=verify-full&schema=crm"
    assert SOURCE.from_url(url) == (
        {
            "host": "db.example.org", "port": "5433", "database": "my data", "user": "us@er",
            "sslmode": "verify-full", "schema": "crm",
        },
        Secret("p:w"),
    )  # fmt: skip
    settings, secret = SOURCE.from_url("postgresql:///shop?host=/run/db&user=me")
    assert settings == {"host": "/run/db", "database": "shop", "user": "me"}
    assert secret is None
    for url in ("postgresql://h:x/d", "postgresql://h/d?password", "postgresql://h/d?options=-c"):
        with pytest.raises(InputError):
            SOURCE.from_url(url)


def test_without_an_airlock_nobody_holds_a_reader_to_its_grant() -> None:
    assert SOURCE.enforcement is Enforcement.NOBODY
    assert SOURCE.airlock is not None


def test_what_is_not_understood_stays_text() -> None:
    for column_type, text in (
        ("integer", "x"), ("boolean", "maybe"), ("numeric", "one"), ("date", "2024-13-01"),
        ("integer[]", "{1,2"), ("integer[]", "{1}}"), ("integer[]", '{"1}'), ("text[]", "[a]b"),
        ("bytea", "\\xzz"), ("time without time zone", "25:00:00"), ("unheard of", "x"),
        ("timestamp without time zone", "2024-02-30 00:00:00"), ("integer[]", ""),
    ):  # fmt: skip
        assert decode(column_type, text) == text
    assert decode("integer", None) is None
    assert decode("integer", 5) == 5


@pytest.mark.parametrize(
    ("host", "mode", "expected"),
    [
        ("db.example.org", "", "require"),
        ("db.example.org", "prefer", "require"),
        ("db.example.org", "disable", "disable"),
        ("db.example.org", "verify-full", "verify-full"),
        ("10.0.0.7", "prefer", "require"),
        ("127.0.0.1", "prefer", "prefer"),
        ("localhost", "", "prefer"),
        ("/run/postgresql", "", "prefer"),
    ],
)
def test_what_leaves_this_machine_is_encrypted(host: str, mode: str, expected: str) -> None:
    settings = {"host": host, "database": "crm", "user": "dba", "sslmode": mode}
    source = SOURCE.connect(settings, None)
    assert isinstance(source, PostgresqlSource)
    assert source.address.ssl_mode == expected
