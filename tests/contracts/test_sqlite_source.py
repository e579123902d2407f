"""The SQLite source against the contract of all sources, and against what only SQLite does."""

from __future__ import annotations

import math
import os
import sqlite3
import traceback
from typing import TYPE_CHECKING, Any, override

import pytest

from app.domain.datamap import Collection, Field
from app.domain.errors import InputError, SourceError
from app.domain.plan import Follows, Holds, Matches, Selection
from app.ports.sources import Capability, Enforcement
from app.sources._sqlite_reader import SqliteReader
from app.sources._sqlite_statements import SqliteStatements
from app.sources.sqlite import SOURCE, SqliteSource
from tests.contracts.source_contract import (
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
    from pathlib import Path


class SqliteGround(Ground):
    """One file and the program that owns it."""

    def __init__(self, path: Path, journal: str) -> None:
        self.path = path
        self.journal = journal
        self.owner = sqlite3.connect(path, isolation_level=None, timeout=0)
        self.owner.execute(f"PRAGMA journal_mode = {journal}")
        self.owner.execute("PRAGMA synchronous = OFF")

    @property
    @override
    def source(self) -> SqliteSource:
        return SqliteSource(self.path, patience_seconds=0.0)

    @override
    def execute(self, sql: str, *rows: tuple[Any, ...]) -> None:
        if not rows:
            self.owner.execute(sql)
            return
        self.owner.execute("BEGIN")
        self.owner.executemany(sql, rows)
        self.owner.execute("COMMIT")

    @override
    def plain(self, column_type: str, cell: Any) -> Any:
        return SOURCE.decode(column_type, cell)


@pytest.fixture(params=["wal", "delete"])
def ground(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[SqliteGround]:
    # A name with everything that means something in a URI.
    found = SqliteGround(tmp_path / "so me?mode=rw#%41.db", request.param)
    yield found
    found.owner.close()


class TestSqliteSource(SourceContract):
    @override
    def write_meanwhile(self, ground: Ground, sql: str) -> None:
        assert isinstance(ground, SqliteGround)
        if ground.journal == "wal":
            ground.execute(sql)
            return
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            ground.execute(sql)  # without write-ahead log, writers wait for the reader


# -- what is stored ----------------------------------------------------------------------------

EXACT: dict[str, tuple[str, object]] = {
    "null": ("NULL", None),
    "empty text": ("''", ""),
    "empty blob": ("x''", b""),
    "largest integer": ("9223372036854775807", 2**63 - 1),
    "smallest integer": ("-9223372036854775807 - 1", -(2**63)),
    "past the integers": ("9223372036854775808", float(2**63)),
    "zero": ("0", 0),
    "negative zero": ("-0.0", -0.0),
    "one as real": ("1.0", 1.0),
    "a tenth": ("0.1", 0.1),
    "huge real": ("1e308", 1e308),
    "largest real": ("1.7976931348623157e308", 1.7976931348623157e308),
    "denormal": ("5e-324", 5e-324),
    "infinity": ("9e999", math.inf),
    "negative infinity": ("-9e999", -math.inf),
    "2**53 + 1": ("9007199254740993", 2**53 + 1),
    "text of digits": ("'0042'", "0042"),
    "text of spaces": ("'  '", "  "),
    "blob like text": ("x'616263'", b"abc"),
    "blob of zeros": ("zeroblob(3)", b"\x00\x00\x00"),
    "blob not UTF-8": ("x'ff00fe'", b"\xff\x00\xfe"),
    "NUL in text": ("'a' || char(0) || 'b'", "a\x00b"),
    "NUL first": ("char(0) || 'b'", "\x00b"),
    "invalid UTF-8": ("CAST(x'41ff42' AS TEXT)", "A\udcffB"),
    "cut UTF-8": ("CAST(x'e29c' AS TEXT)", "\udce2\udc9c"),
    "UTF-8 of a surrogate": ("CAST(x'eda080' AS TEXT)", "\udced\udca0\udc80"),
    "overlong UTF-8": ("CAST(x'c080' AS TEXT)", "\udcc0\udc80"),
    "emoji": ("'👩‍👩‍👧‍👦'", "👩‍👩‍👧‍👦"),
    "right to left": ("'שלום\u202eمرحب\u0627'", "שלום\u202eمرحب\u0627"),
    "combining": ("'e\u0301'", "e\u0301"),
    "composed": ("'é'", "é"),
    "noncharacter": ("char(0xffff)", "\uffff"),
    "highest character": ("char(0x10ffff)", "\U0010ffff"),
    "byte order mark": ("char(0xfeff)", "\ufeff"),
    "quotes": ("'''\"'", "'\""),
    "lines": ("'a' || char(13, 10, 9) || 'b'", "a\r\n\tb"),
    "control characters": ("char(1, 27, 127)", "\x01\x1b\x7f"),
    "a megabyte": ("replace(hex(zeroblob(500000)), '0', 'z')", "z" * 1_000_000),
    "a megabyte of zeros": ("zeroblob(1000000)", bytes(1_000_000)),
    "looks like a date": ("'2024-02-30'", "2024-02-30"),
    "looks like JSON": ('\'{"a": 1.10, "a": 2}\'', '{"a": 1.10, "a": 2}'),
    "looks like a formula": ("'=1+1'", "=1+1"),
    "looks like true": ("'true'", "true"),
}
STORED_BY_TYPE: dict[str, tuple[str, str, object]] = {
    "text in INTEGER": ("INTEGER", "'abc'", "abc"),
    "number text in INTEGER": ("INTEGER", "'0042'", 42),
    "blob in INTEGER": ("INTEGER", "x'31'", b"1"),
    "real in INTEGER": ("INTEGER", "1.5", 1.5),
    "integer in TEXT": ("TEXT", "42", "42"),
    "real in TEXT": ("TEXT", "1.0", "1.0"),
    "blob in TEXT": ("TEXT", "x'ff'", b"\xff"),
    "integer in REAL": ("REAL", "42", 42.0),
    "negative zero in REAL, which SQLite does not keep": ("REAL", "-0.0", 0.0),
    "text in DATE": ("DATE", "'2024-02-30'", "2024-02-30"),
    "text in BOOLEAN": ("BOOLEAN", "'yes'", "yes"),
    "integer in BOOLEAN": ("BOOLEAN", "1", 1),
    "text in BLOB": ("BLOB", "'x'", "x"),
    "price in DECIMAL(10,2)": ("DECIMAL(10,2)", "'1.10'", 1.1),
    "long decimal in NUMERIC": ("NUMERIC", "'0.1234567890123456789'", 0.12345678901234568),
    "huge number in VARCHAR(2)": ("VARCHAR(2)", "123456", "123456"),
}


class TestValues:
    @pytest.mark.parametrize("value", EXACT)
    def test_a_value_comes_as_it_is_stored(self, ground: SqliteGround, value: str) -> None:
        sql, expected = EXACT[value]
        ground.execute("CREATE TABLE cells (id, cell)")
        ground.execute(f"INSERT INTO cells VALUES (1, {sql})")
        ((found,),) = ground.read("cells", ("cell",), (number("1"),))
        assert (type(found), repr(found)) == (type(expected), repr(expected))

    @pytest.mark.parametrize("value", STORED_BY_TYPE)
    def test_a_value_comes_as_its_column_keeps_it(self, ground: SqliteGround, value: str) -> None:
        declared, sql, expected = STORED_BY_TYPE[value]
        ground.execute(f"CREATE TABLE cells (id, cell {declared})")
        ground.execute(f"INSERT INTO cells VALUES (1, {sql})")
        with ground.open(cells={"id", "cell"}) as reader:
            rows = reader.read(Selection("cells", ("cell",), (number("1"),)))
            assert rows.columns[0].type == declared
            ((found,),) = next(rows.batches)
        assert (type(found), repr(found)) == (type(expected), repr(expected))

    @pytest.mark.parametrize("batch_rows", [1, 2, 7, 1000])
    def test_invalid_text_loses_no_row_anywhere_in_a_batch(
        self, ground: SqliteGround, batch_rows: int
    ) -> None:
        broken = {0, 3, 4, 17, 63, 98, 99}
        ground.execute("CREATE TABLE cells (id integer, cell text)")
        for place in range(100):
            sql = "CAST(x'41ff' AS TEXT)" if place in broken else f"'{place}'"
            ground.execute(f"INSERT INTO cells VALUES ({place}, {sql})")
        expected = [(n, "A\udcff" if n in broken else str(n)) for n in range(100)]
        everything = (Holds(("id",), tuple((n,) for n in range(100))),)
        with ground.open(cells={"id", "cell"}) as reader:
            for _ in "ab":  # the decoder is another one the second time
                selection = Selection("cells", ("id", "cell"), everything)
                assert sorted(drain(reader, selection, batch_rows)) == expected

    def test_keys_of_every_kind_find_themselves(self, ground: SqliteGround) -> None:
        keys = [expected for _, expected in EXACT.values() if expected is not None]
        ground.execute("CREATE TABLE cells (place integer, cell)")
        for sql, _ in EXACT.values():
            ground.execute(f"INSERT INTO cells SELECT count(*), {sql} FROM cells")
        for key in keys:
            found = ground.read("cells", ("cell",), (Holds(("cell",), ((key,),)),))
            assert repr(key) in [repr(cell) for (cell,) in found]
            assert len({str(cell) for (cell,) in found}) == 1 or found == [(-0.0,), (0,)]
        all_of_them = (Holds(("cell",), tuple((key,) for key in keys)),)
        assert len(ground.read("cells", ("cell",), all_of_them)) == len(keys)
        pairs = tuple((place + 1, key) for place, key in enumerate(keys))
        found = ground.read("cells", ("cell",), (Holds(("place", "cell"), pairs),))
        assert len(found) == len(keys)

    def test_untyped_columns_join_by_value_whatever_they_hold(self, ground: SqliteGround) -> None:
        ground.execute("CREATE TABLE parents (id integer, key)")
        ground.execute("CREATE TABLE children (name text, key, num integer, code text)")
        ground.execute(
            "INSERT INTO parents VALUES (?, ?)", (1, 42), (2, "42"), (3, "0042"), (4, b"42")
        )
        ground.execute(
            "INSERT INTO children VALUES (?, ?, ?, ?)",
            ("number", 42, 42, "-"), ("text", "42", -1, "42"), ("zeros", "0042", -2, "0042"),
            ("blob", b"42", -3, b"42"),
        )  # fmt: skip
        for person, field, expected in (
            ("1", "key", ["number", "text"]),
            ("2", "key", ["number", "text"]),
            ("3", "key", ["zeros"]),
            ("4", "key", ["blob"]),
            ("1", "num", ["number"]),
            ("2", "num", ["number"]),
            ("3", "num", []),
            ("1", "code", ["text"]),
            ("2", "code", ["text"]),
            ("3", "code", ["zeros"]),
            ("4", "code", ["blob"]),
        ):
            parent = Selection("parents", ("key",), (number(person),))
            found = ground.read("children", ("name",), (Follows(parent, (("key", field),)),))
            assert found == [(each,) for each in expected], (person, field)

    def test_the_collation_of_the_key_decides_what_joins(self, ground: SqliteGround) -> None:
        ground.execute("CREATE TABLE strict_parents (id integer, code text)")
        ground.execute("CREATE TABLE loose_parents (id integer, code text COLLATE NOCASE)")
        ground.execute("CREATE TABLE strict_children (code text)")
        ground.execute("CREATE TABLE loose_children (code text COLLATE NOCASE)")
        for table in ("strict_children", "loose_children"):
            ground.execute(f"INSERT INTO {table} VALUES ('abc'), ('ABC')")
            ground.execute(f"CREATE INDEX of_{table} ON {table} (code)")
        for table in ("strict_parents", "loose_parents"):
            ground.execute(f"INSERT INTO {table} VALUES (1, 'abc')")
        for child in ("strict_children", "loose_children"):
            strict = Selection("strict_parents", ("code",), (number("1"),))
            loose = Selection("loose_parents", ("code",), (number("1"),))
            assert ground.read(child, ("code",), (Follows(strict, (("code",) * 2,)),)) == [("abc",)]
            assert len(ground.read(child, ("code",), (Follows(loose, (("code",) * 2,)),))) == 2
            assert ground.read(child, ("code",), (number("abc", "code"),)) == [("abc",)]
            assert ground.read(child, ("code",), (Holds(("code",), (("abc",),)),)) == [("abc",)]

    def test_keys_and_joins_use_the_index_of_their_column(self, ground: SqliteGround) -> None:
        ground.execute("CREATE TABLE people (id integer PRIMARY KEY, code text UNIQUE)")
        ground.execute("CREATE TABLE orders (id integer, customer integer, code text, loose)")
        for field in ("customer", "code", "loose"):
            ground.execute(f"CREATE INDEX of_{field} ON orders ({field})")
        person = Selection("people", ("id",), (number("7"),))
        ways: tuple[Any, ...] = (
            *(Holds((field,), (("7",), ("8",))) for field in ("customer", "code", "loose")),
            number("7", "code"),
            *(Follows(person, (("id", field),)) for field in ("customer", "code", "loose")),
            Follows(person, (("code", "code"),)),
        )
        fields = {"id", "customer", "code", "loose"}
        with ground.open(orders=fields, people={"id", "code"}) as reader:
            assert isinstance(reader, SqliteReader)
            for way in (*((way,) for way in ways), ways):
                statement = SqliteStatements(reader._tables).rows(Selection("orders", ("id",), way))
                values = {f"p{number}": 0 for number, _ in enumerate(statement.values, start=1)}
                plan = reader._connection.execute(f"EXPLAIN QUERY PLAN {statement.sql}", values)
                steps = [detail for _, _, _, detail in plan]
                assert not [step for step in steps if step.startswith(("SCAN t", "SCAN orders"))]
                assert [step for step in steps if "USING INDEX of_" in step]


# -- what a table can be -----------------------------------------------------------------------


class TestTables:
    def test_views_generated_columns_and_tables_without_row_numbers(
        self, ground: SqliteGround
    ) -> None:
        ground.execute(
            "CREATE TABLE people (id integer PRIMARY KEY, email text, secret text,"
            " shout text AS (upper(email)), kept text AS (lower(secret)) STORED)"
        )
        ground.execute("CREATE TABLE codes (code text PRIMARY KEY, id integer) WITHOUT ROWID")
        ground.execute("INSERT INTO people (email, secret) VALUES ('a@x', 'S'), ('b@x', NULL)")
        ground.execute("INSERT INTO codes VALUES ('one', 1), ('two', 2), ('uno', 1)")
        ground.execute("CREATE VIEW inner_view AS SELECT id, email FROM people WHERE secret > ''")
        ground.execute(
            "CREATE VIEW outer_view AS SELECT i.id, trim(i.email) AS mail, count(*) AS many"
            " FROM inner_view i JOIN codes USING (id) GROUP BY 1, 2"
        )
        assert ground.read("people", ("shout", "kept"), (email("a@x"),)) == [("A@X", "s")]
        assert ground.read("outer_view", ("mail", "many"), (number("1"),)) == [("a@x", 2)]
        person = Selection("people", ("id",), (email("a@x"),))
        ways = (Follows(person, (("id", "id"),)), Holds(("code",), (("one",), ("two",))))
        assert ground.read("codes", ("code",), ways) == [("one",), ("two",), ("uno",)]

    def test_names_are_found_without_regard_to_case(self, ground: SqliteGround) -> None:
        ground.execute("CREATE TABLE Customer (CustomerId integer, Email text)")
        ground.execute("INSERT INTO Customer VALUES (1, 'a@x')")
        assert ground.read("customer", ("customerid",), (email("a@x", "EMAIL"),)) == [(1,)]
        same = mapped(Collection("CUSTOMER", fields=(Field("customerID"), Field("email"))))
        assert ground.source.check(same) == ()

    def test_virtual_tables_are_refused(self, ground: SqliteGround) -> None:
        ground.execute("CREATE VIRTUAL TABLE notes USING fts5(body)")
        with (
            ground.open(notes={"body"}) as reader,
            failing("source.unsupported", collection="notes"),
        ):
            reader.read(Selection("notes", ("body",), (number("x", "body"),)))

    def test_a_table_of_sqlite_itself_is_not_there(self, ground: SqliteGround) -> None:
        ground.execute("CREATE TABLE people (id integer)")
        for name in ("sqlite_master", "sqlite_schema", "pragma_table_list", "sqlite_temp_master"):
            with (
                ground.open(**{name: {"name"}}) as reader,
                failing("source.changed", collection=name),
            ):
                reader.read(Selection(name, ("name",), (number("people", "name"),)))

    def test_a_view_over_something_gone_is_not_there(self, ground: SqliteGround) -> None:
        ground.execute("CREATE TABLE people (id integer)")
        ground.execute("CREATE VIEW everyone AS SELECT id FROM people")
        ground.execute("DROP TABLE people")
        with ground.open(everyone={"id"}) as reader, failing("source.changed"):
            reader.read(Selection("everyone", ("id",), (number("1"),)))
        assert kinds(ground.source.check(mapped(Collection("everyone")))) == [
            ("missing_collection", "everyone", ""),
            ("not_in_map", "everyone", ""),
        ]

    @pytest.mark.parametrize(
        ("declared", "fitting", "other"),
        [
            ("NVARCHAR(40)", "string", "integer"),
            ("INTEGER", "integer", "string"),
            ("TINYINT(1)", "boolean", "float"),
            ("DATETIME", "string", ""),
            ("DOUBLE", "float", "integer"),
            ("NUMERIC(10,2)", "float", ""),
            ("BOOLEAN", "boolean", ""),
            ("TEXT", "object", "integer"),
            ("", "integer", ""),
        ],
    )
    def test_types_are_compared_by_what_a_column_can_hold(
        self, ground: SqliteGround, declared: str, fitting: str, other: str
    ) -> None:
        ground.execute(f"CREATE TABLE people (x {declared})")
        check = lambda field: ground.source.check(  # noqa: E731
            mapped(Collection("people", fields=(field,)))
        )
        assert check(Field("x", data_type=fitting)) == ()
        assert check(Field("x", data_type="nonsense")) == ()
        assert check(Field("x", data_type="integer", column_type=declared.lower())) == () or (
            not declared
        )
        if other:
            (difference,) = check(Field("x", data_type=other))
            assert (difference.expected, difference.found) == (other, declared)


# -- what a connection may do ------------------------------------------------------------------

ATTACKS = (
    "SELECT password FROM people",
    "SELECT * FROM people",
    "SELECT count(password) FROM people",
    "SELECT max(password), min(password) FROM people",
    "SELECT id FROM people WHERE password = 'x'",
    "SELECT id FROM people ORDER BY password",
    "SELECT id FROM people GROUP BY password",
    "SELECT id FROM people GROUP BY id HAVING max(password) > 'm'",
    "SELECT id, (SELECT password FROM people b WHERE b.id = a.id) FROM people a",
    "SELECT id FROM people UNION SELECT password FROM people",
    "SELECT id FROM people UNION ALL SELECT body FROM secrets",
    "SELECT id FROM people EXCEPT SELECT id FROM secrets",
    "SELECT id FROM people WHERE EXISTS (SELECT 1 FROM secrets)",
    "SELECT id FROM people WHERE id IN (SELECT rowid FROM secrets)",
    "SELECT count(*) FROM secrets",
    "SELECT 1 FROM secrets",
    "SELECT rowid FROM secrets",
    "SELECT body FROM secrets",
    "SELECT a.id FROM people a JOIN secrets b",
    "SELECT a.id FROM people a JOIN people b ON a.password = b.password",
    "SELECT first_value(password) OVER (ORDER BY id) FROM people",
    "SELECT row_number() OVER (ORDER BY id) FROM people",
    "SELECT sum(id) OVER (PARTITION BY password) FROM people",
    "WITH x AS (SELECT password FROM people) SELECT * FROM x",
    "WITH people AS (SELECT body AS id FROM secrets) SELECT id FROM people",
    "WITH adults AS (SELECT body AS id FROM secrets) SELECT id FROM adults",
    "WITH adults AS (SELECT password AS id FROM people) SELECT id FROM adults",
    "WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n FROM x, secrets) SELECT n FROM x",
    "SELECT sql FROM sqlite_master",
    "SELECT sql FROM sqlite_schema",
    "SELECT name FROM sqlite_temp_master",
    "SELECT * FROM pragma_table_info('secrets')",
    "SELECT load_extension('x')",
    "SELECT hex(id), quote(id), printf('%s', id) FROM people",
    "SELECT randomblob(1000000000)",
    "SELECT sqlite_version()",
    "SELECT writefile('x', 'y')",
    "ATTACH DATABASE ':memory:' AS other",
    "DETACH DATABASE main",
    "PRAGMA query_only = OFF",
    "PRAGMA table_info(secrets)",
    "PRAGMA database_list",
    "PRAGMA trusted_schema = ON",
    "INSERT INTO people (id) VALUES (9)",
    "INSERT INTO people (id) VALUES (9) RETURNING password",
    "UPDATE people SET id = 9",
    "DELETE FROM people",
    "REPLACE INTO people (id) VALUES (1)",
    "CREATE TABLE mine (x)",
    "CREATE TEMP TABLE mine AS SELECT id FROM people",
    "CREATE TEMP VIEW mine AS SELECT password FROM people",
    "CREATE TEMP TRIGGER mine AFTER INSERT ON people BEGIN SELECT 1; END",
    "CREATE INDEX mine ON people (id)",
    "CREATE VIRTUAL TABLE temp.mine USING fts5(x)",
    "DROP TABLE people",
    "ALTER TABLE people RENAME TO others",
    "VACUUM",
    "VACUUM INTO 'copy.db'",
    "REINDEX",
    "ANALYZE",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT mine",
    "RELEASE mine",
    "EXPLAIN SELECT password FROM people",
)


class TestAuthorizer:
    @pytest.fixture
    def reader(self, ground: SqliteGround) -> Iterator[SqliteReader]:
        ground.execute("CREATE TABLE people (id integer PRIMARY KEY, email text, password text)")
        ground.execute("CREATE INDEX of_people ON people (email)")
        ground.execute("CREATE TABLE secrets (body text)")
        ground.execute("INSERT INTO people VALUES (1, 'a@x', 'p')")
        ground.execute("INSERT INTO secrets VALUES ('s')")
        ground.execute("CREATE VIEW adults AS SELECT id FROM people WHERE email > ''")
        disclosed = {"people": frozenset({"id"}), "adults": frozenset({"id"})}
        joined = {"people": frozenset({"email"})}
        with ground.source.open(Capability(disclosed, joined)) as reader:
            yield reader

    @pytest.mark.parametrize("statement", ATTACKS)
    def test_what_is_not_granted_is_refused(self, reader: SqliteReader, statement: str) -> None:
        with pytest.raises(sqlite3.DatabaseError) as caught:
            reader._connection.execute(statement).fetchall()
        assert caught.value.sqlite_errorname in {"SQLITE_AUTH", "SQLITE_ERROR"}
        if caught.value.sqlite_errorname == "SQLITE_ERROR":  # no such thing here at all
            words = ("not authorized", "prohibited", "no such", "from within a transaction")
            assert any(word in str(caught.value) for word in words)

    def test_what_is_granted_is_read(self, reader: SqliteReader) -> None:
        assert reader._connection.execute("SELECT id FROM people").fetchall() == [(1,)]
        assert reader._connection.execute("SELECT id FROM adults").fetchall() == [(1,)]

    def test_a_deadline_ends_any_statement(self, ground: SqliteGround) -> None:
        ground.execute("CREATE TABLE people (id integer)")
        with ground.open(0.3, people={"id"}) as reader:
            assert hasattr(reader, "_connection")
            with pytest.raises(sqlite3.OperationalError) as caught:
                reader._connection.execute(
                    "WITH x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x) SELECT count(n) FROM x"
                ).fetchall()
            assert caught.value.sqlite_errorname == "SQLITE_INTERRUPT"


# -- what can go wrong -------------------------------------------------------------------------


class TestFailures:
    def test_a_missing_file(self, tmp_path: Path) -> None:
        source = SqliteSource(tmp_path / "nothing.db")
        with failing("source.not_found"):
            source.open(Capability({}))
        with failing("source.not_found"):
            source.check(mapped())
        with failing("source.not_found"):
            SqliteSource(tmp_path / "file" / "nothing.db").check(mapped())
        with failing("source.not_found"):
            SqliteSource(tmp_path / "a\0b").check(mapped())
        with failing("source.unreadable"):
            SqliteSource(tmp_path / ("x" * 5000)).check(mapped())
        assert not (tmp_path / "nothing.db").exists()

    def test_a_folder_and_a_pipe_are_no_files(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        for path in (tmp_path, tmp_path / "pipe"):
            with failing("source.not_a_file"):
                SqliteSource(path).open(Capability({}))

    @pytest.mark.parametrize("content", [b"not a database, " * 100, b"SQLite format 3\x00" * 64])
    def test_a_file_that_is_no_database(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "letter.db"
        path.write_bytes(content)
        with failing("source.corrupt"):
            SqliteSource(path).check(mapped())
        with failing("source.corrupt"):
            SqliteSource(path).open(Capability({}))

    def test_an_empty_file_is_an_empty_database(self, tmp_path: Path) -> None:
        path = tmp_path / "empty.db"
        path.touch()
        assert kinds(SqliteSource(path).check(mapped(Collection("people")))) == [
            ("missing_collection", "people", "")
        ]

    def test_damage_in_the_middle_is_said_and_never_a_short_answer(self, tmp_path: Path) -> None:
        path = tmp_path / "damaged.db"
        owner = sqlite3.connect(path)
        owner.execute("CREATE TABLE people (id integer, name text)")
        owner.executemany("INSERT INTO people VALUES (1, ?)", [("Ada Lovelace" * 50,)] * 2000)
        owner.commit()
        owner.close()
        content = bytearray(path.read_bytes())
        middle = len(content) // 2 // 4096 * 4096
        content[middle : middle + 8192] = b"\xff" * 8192
        path.write_bytes(bytes(content))
        selection = Selection("people", ("name",), (number("1"),))
        with SqliteSource(path).open(Capability({"people": frozenset({"id", "name"})})) as reader:
            with failing("source.corrupt", error="SQLITE_CORRUPT") as caught:
                drain(reader, selection)
            assert "Ada" not in "".join(traceback.format_exception(caught.value))

    def test_a_locked_file(self, ground: SqliteGround) -> None:
        ground.execute("CREATE TABLE customers (id integer)")
        ground.execute("PRAGMA locking_mode = EXCLUSIVE")
        ground.execute("BEGIN EXCLUSIVE")
        ground.execute("INSERT INTO customers VALUES (1)")
        if ground.journal == "wal":
            pytest.skip("with a write-ahead log, readers do not wait for a writer")
        with failing("source.locked"):
            ground.source.check(mapped())
        with failing("source.locked"):
            ground.open(customers={"id"})
        ground.execute("COMMIT")
        ground.execute("PRAGMA locking_mode = NORMAL")
        ground.execute("SELECT count(*) FROM customers")
        assert ground.read("customers", ("id",), (number("1"),)) == [(1,)]

    def test_waiting_for_a_lock_ends_with_the_window(self, ground: SqliteGround) -> None:
        if ground.journal == "wal":
            pytest.skip("with a write-ahead log, readers do not wait for a writer")
        ground.execute("BEGIN EXCLUSIVE")
        source = SqliteSource(ground.path, patience_seconds=3600)
        with pytest.raises(SourceError) as caught:
            source.open(Capability({}, deadline=0.0))
        assert caught.value.values["reason"] == "expired"

    @pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
    def test_a_file_that_may_not_be_read(self, ground: SqliteGround) -> None:
        ground.path.chmod(0)
        with failing("source.not_permitted"):
            ground.source.check(mapped())

    def test_a_collation_that_only_the_owner_knows(self, ground: SqliteGround) -> None:
        ground.owner.create_collation("CLEVER", lambda a, b: (a > b) - (a < b))
        ground.execute("CREATE TABLE people (id integer, name text COLLATE CLEVER)")
        ground.execute("INSERT INTO people VALUES (1, 'x')")
        assert ground.read("people", ("name",), (number("1"),)) == [("x",)]

    def test_nothing_is_written_to_the_file(self, ground: SqliteGround) -> None:
        ground.execute("CREATE TABLE customers (id integer)")
        ground.owner.close()
        before = ground.path.read_bytes()
        with ground.open(customers={"id"}) as reader:
            drain(reader, customers(Matches("id", "email", ("a@x",))))
        assert ground.path.read_bytes() == before


def test_a_url_becomes_settings() -> None:
    assert SOURCE.from_url is not None
    assert SOURCE.from_url("sqlite:////data/a%20b.db") == ({"path": "/data/a b.db"}, None)
    assert SOURCE.from_url("sqlite:///a.db") == ({"path": "a.db"}, None)
    for url in ("sqlite://", "sqlite:///", "sqlite://host/a.db"):
        with pytest.raises(InputError):
            SOURCE.from_url(url)


def test_the_window_says_who_enforces() -> None:
    assert SOURCE.enforcement is Enforcement.SANDGLASS
    with pytest.raises(InputError):
        SOURCE.connect({}, None)
