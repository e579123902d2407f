"""What every SQL source must do; each engine's tests inherit it and bring their own ground."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from app.domain.datamap import Collection, Field, SourceMap
from app.domain.errors import SourceError
from app.domain.plan import Follows, Holds, Matches, Selection
from app.ports.sources import Capability

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.ports.sources import Difference, Reader, Row, Source

PATIENCE = 20
"""Seconds after which something that should have ended at once has failed."""

type Ways = tuple[Matches | Holds | Follows, ...]


class Ground(ABC):
    """A database that a test fills and a source reads."""

    @property
    @abstractmethod
    def source(self) -> Source: ...

    @abstractmethod
    def execute(self, sql: str, *rows: tuple[Any, ...]) -> None:
        """Run a statement; with rows, once for each, their values written as ?."""

    @abstractmethod
    def plain(self, column_type: str, cell: Any) -> Any:
        """Return what the source's decoder makes of a cell."""

    def open(self, seconds: float | None = None, **disclosed: Iterable[str]) -> Reader:
        """Open a reader for these columns, for so many seconds."""
        deadline = None if seconds is None else time.monotonic() + seconds
        granted = {name: frozenset(columns) for name, columns in disclosed.items()}
        return self.source.open(Capability(granted, deadline=deadline))

    def read(self, collection: str, fields: tuple[str, ...], ways: Ways) -> list[Any]:
        """Return the decoded rows of a selection, read with the grant that it needs, sorted."""
        selection = Selection(collection, fields, ways)
        with self.source.open(Capability(needs(selection))) as reader:
            return self.rows(reader, selection)

    def rows(self, reader: Reader, selection: Selection, batch_rows: int = 1000) -> list[Any]:
        """Return the decoded rows of a selection, sorted."""
        rows = reader.read(selection, batch_rows=batch_rows)
        names = tuple(column.name for column in rows.columns)
        assert names == selection.fields
        types = [column.type for column in rows.columns]
        found = [
            tuple(self.plain(kind, cell) for kind, cell in zip(types, row, strict=True))
            for batch in rows.batches
            for row in batch
        ]
        return sorted(found, key=repr)


def needs(*selections: Selection) -> dict[str, frozenset[str]]:
    """Return the columns that selections read and compare."""
    found: dict[str, frozenset[str]] = {}

    def visit(selection: Selection) -> None:
        names = set(selection.fields)
        for way in selection.ways:
            match way:
                case Matches(field=field):
                    names.add(field)
                case Holds(fields=fields):
                    names.update(fields)
                case Follows(parent=parent, pairs=pairs):
                    names.update(ours for _, ours in pairs)
                    visit(Selection(parent.collection, tuple(a for a, _ in pairs), parent.ways))
        found[selection.collection] = found.get(selection.collection, frozenset()) | names

    for each in selections:
        visit(each)
    return found


def email(value: str, field: str = "email") -> Matches:
    return Matches(field, "email", (value,))


def number(value: str, field: str = "id") -> Matches:
    return Matches(field, "customer_number", (value,))


def customers(*ways: Any, fields: tuple[str, ...] = ("id",)) -> Selection:
    return Selection("customers", fields, ways)


def failing(code: str, **values: object) -> Any:
    """Expect a SourceError with this code and at least these values."""

    def has_them(error: BaseException) -> bool:
        assert isinstance(error, SourceError)
        wanted = error.code == code and values.items() <= error.values.items()
        return wanted and error.__cause__ is None and error.__context__ is None

    return pytest.raises(SourceError, check=has_them)


def drain(reader: Reader, selection: Selection, batch_rows: int = 1000) -> list[Row]:
    return [row for batch in reader.read(selection, batch_rows=batch_rows).batches for row in batch]


def mapped(*collections: Collection) -> SourceMap:
    return SourceMap("map", collections=collections)


def kinds(differences: Iterable[Difference]) -> list[tuple[str, str, str]]:
    return [(each.kind, each.collection, each.field) for each in differences]


class SourceContract:
    """Inherited by each engine's test class, which gives the fixture ``ground``."""

    # -- which rows ------------------------------------------------------------------------------

    @pytest.fixture
    def shop(self, ground: Ground) -> Ground:
        """Customers with orders; the orders have no key, and one is there twice."""
        ground.execute("CREATE TABLE customers (id bigint PRIMARY KEY, email text, phone text)")
        ground.execute(
            "INSERT INTO customers VALUES (?, ?, ?)",
            (1, "ada@example.org", "+44 20 7946 0001"),
            (2, " Ada@Example.ORG ", "(020) 7946-0002"),
            (3, "eve@example.org", None),
            (0, "zero@example.org", ""),
        )
        ground.execute("CREATE TABLE orders (customer_id bigint, email text, item text)")
        ground.execute(
            "INSERT INTO orders VALUES (?, ?, ?)",
            (1, "ada@example.org", "tea"),
            (1, "ada@example.org", "tea"),
            (1, None, "cup"),
            (3, "eve@example.org", "pot"),
            (0, "zero@example.org", "jug"),
            (None, "ada@example.org", "gift"),
            (None, None, "nobody's"),
        )
        return ground

    def test_a_selection_without_a_way_in_reads_nothing(self, shop: Ground) -> None:
        assert shop.read("customers", ("id",), ()) == []
        assert shop.read("customers", ("id",), (Holds(("id",), ()),)) == []
        assert shop.read("customers", ("id",), (Matches("id", "number", ()),)) == []
        assert shop.read("customers", ("id",), (Matches("email", "email", ()),)) == []
        assert shop.read("customers", ("id",), (Matches("phone", "phone", ("",)),)) == []

    def test_ways_are_alternatives_and_each_row_comes_once(self, shop: Ground) -> None:
        person = customers(email("ada@example.org"))
        ways = (
            Follows(person, (("id", "customer_id"),)),
            email("ada@example.org"),
            Holds(("item",), (("tea",),)),
        )
        assert shop.read("orders", ("item",), ways) == [("cup",), ("gift",), ("tea",), ("tea",)]

    def test_duplicates_without_a_primary_key_are_all_read(self, shop: Ground) -> None:
        ways = (Holds(("item",), (("tea",), ("tea",), ("cup",))),)
        assert shop.read("orders", ("item",), ways) == [("cup",), ("tea",), ("tea",)]

    def test_null_joins_nothing(self, shop: Ground) -> None:
        shop.execute("CREATE TABLE loose (customer_id bigint, email text)")
        shop.execute("INSERT INTO loose VALUES (?, ?)", (None, "x"), (3, None))
        parent = Selection("loose", ("customer_id",), (email("x"),))
        assert shop.read("orders", ("item",), (Follows(parent, (("customer_id",) * 2,)),)) == []
        assert shop.read("orders", ("item",), (Holds(("customer_id",), ((None,),)),)) == []
        keys = ((None, "tea"), (1, None))
        assert shop.read("orders", ("item",), (Holds(("customer_id", "item"), keys),)) == []

    def test_zero_joins(self, shop: Ground) -> None:
        person = customers(email("zero@example.org"))
        assert shop.read("orders", ("item",), (Follows(person, (("id", "customer_id"),)),)) == [
            ("jug",)
        ]
        assert shop.read("orders", ("item",), (Holds(("customer_id",), ((0,),)),)) == [("jug",)]

    def test_empty_text_and_false_join(self, ground: Ground) -> None:
        ground.execute("CREATE TABLE parents (id bigint, code text, flag boolean)")
        ground.execute("CREATE TABLE children (name text, code text, flag boolean)")
        ground.execute("INSERT INTO parents VALUES (?, ?, ?)", (1, "", False), (2, "x", True))
        ground.execute(
            "INSERT INTO children VALUES (?, ?, ?)",
            ("empty", "", True), ("x", "x", True), ("false", "y", False), ("null", None, None),
        )  # fmt: skip
        parent = Selection("parents", ("code",), (number("1"),))
        assert ground.read("children", ("name",), (Follows(parent, (("code", "code"),)),)) == [
            ("empty",)
        ]
        assert ground.read("children", ("name",), (Follows(parent, (("flag", "flag"),)),)) == [
            ("false",)
        ]
        assert ground.read("children", ("name",), (Holds(("code",), (("",),)),)) == [("empty",)]
        assert ground.read("children", ("name",), (Holds(("flag",), ((False,),)),)) == [("false",)]

    def test_a_composite_key_matches_in_all_its_parts(self, ground: Ground) -> None:
        ground.execute("CREATE TABLE parents (id bigint, shop bigint, num text)")
        ground.execute("CREATE TABLE children (shop bigint, num text, item text)")
        ground.execute(
            "INSERT INTO parents VALUES (?, ?, ?)", (1, 1, "a"), (1, 2, "b"), (2, 1, "b")
        )
        ground.execute(
            "INSERT INTO children VALUES (?, ?, ?)",
            (1, "a", "mine"), (2, "b", "mine too"), (1, "b", "hers"), (2, "a", "nobody's"),
            (None, "a", "loose"), (1, None, "loose"),
        )  # fmt: skip
        parent = Selection("parents", ("shop", "num"), (number("1"),))
        pairs = (("shop", "shop"), ("num", "num"))
        mine = [("mine too",), ("mine",)]
        assert ground.read("children", ("item",), (Follows(parent, pairs),)) == sorted(mine)[::-1]
        keys = ((1, "a"), (2, "b"))
        assert ground.read("children", ("item",), (Holds(("shop", "num"), keys),)) == sorted(
            mine, key=repr
        )

    def test_a_chain_and_a_collection_that_points_at_itself(self, ground: Ground) -> None:
        ground.execute("CREATE TABLE staff (id bigint, lead bigint, email text)")
        ground.execute(
            "INSERT INTO staff VALUES (?, ?, ?)", (1, None, "a@x"), (2, 1, "b@x"), (3, 2, "c@x")
        )
        top = Selection("staff", ("id",), (email("a@x"),))
        middle = Selection("staff", ("id",), (Follows(top, (("id", "lead"),)),))
        ways = (Follows(middle, (("id", "lead"),)), Follows(top, (("id", "lead"),)))
        assert ground.read("staff", ("id",), ways) == [(2,), (3,)]

    links_in_a_chain = 50

    def test_a_long_chain_and_a_way_that_comes_twice(self, ground: Ground) -> None:
        ground.execute("CREATE TABLE staff (id bigint, lead bigint)")
        ground.execute("INSERT INTO staff VALUES (?, ?)", *((n, n - 1) for n in range(60)))
        chain = Selection("staff", ("id",), (number("0"),))
        end = self.links_in_a_chain
        for _ in range(end):
            chain = Selection("staff", ("id",), (Follows(chain, (("id", "lead"),)),))
        assert ground.read("staff", ("id",), chain.ways) == [(end,)]
        both = (Follows(chain, (("id", "id"),)), Follows(chain, (("id", "lead"),)))
        assert ground.read("staff", ("id",), both) == [(end,), (end + 1,)]

    def test_emails_are_compared_without_case_and_outer_spaces(self, ground: Ground) -> None:
        ground.execute("CREATE TABLE people (id bigint, email text)")
        ground.execute(
            "INSERT INTO people VALUES (?, ?)",
            (1, "info@example.org"), (2, "\t INFO@Example.Org\n"), (3, "info@example.org.uk"),
            (4, "xinfo@example.org"), (5, "\u00a0info@example.org"), (6, "in fo@example.org"),
            (7, None), (8, ""), (9, "ÉMILE@exämple.org"), (10, "e\u0301mile@ex\u00c4mple.org"),
            (11, "emile@example.org"), (12, "STRASSE@x"), (13, "Straße@x"), (14, "%@example.org"),
        )  # fmt: skip
        read = lambda value: ground.read("people", ("id",), (email(value),))  # noqa: E731
        assert read("info@example.org") == [(1,), (2,), (5,)]
        assert read(" Info@EXAMPLE.org") == [(1,), (2,), (5,)]
        assert read("émile@exämple.org") == [(10,), (9,)]
        assert read("straße@x") == [(13,)]
        assert read("strasse@x") == [(12,)]
        assert read("%") == []

    def test_phones_are_compared_by_their_digits(self, ground: Ground) -> None:
        ground.execute("CREATE TABLE people (id bigint, phone text, plain bigint)")
        ground.execute(
            "INSERT INTO people VALUES (?, ?, ?)",
            (1, "+44 (20) 7946-0958", None), (2, "020 7946 0958", None), (3, "442079460958", None),
            (4, "+44 20 7946 09588", None), (5, None, 442079460958), (6, "", None),
            (7, "+٤٤ ٢٠ ٧٩٤٦ ٠٩٥٨", None), (8, "+44.20.7946.095", None), (9, "no number", None),
        )  # fmt: skip
        values = ("442079460958", "02079460958")
        for kind in ("phone", "phone_number"):
            ways: Ways = (Matches("phone", kind, values), Matches("plain", kind, values))
            assert ground.read("people", ("id",), ways) == [(1,), (2,), (3,), (5,), (7,)]

    def test_other_identities_are_compared_exactly(self, ground: Ground) -> None:
        ground.execute("CREATE TABLE people (id bigint, code text)")
        ground.execute(
            "INSERT INTO people VALUES (?, ?)",
            (42, "42"), (7, "0042"), (0, "Ab"), (8, "ab"), (9, " 42"), (10, "42.0"),
        )  # fmt: skip
        by_id = lambda value: ground.read("people", ("id",), (number(value),))  # noqa: E731
        by_code = lambda value: ground.read("people", ("id",), (number(value, "code"),))  # noqa: E731
        assert by_id("42") == [(42,)]
        assert by_id("0") == [(0,)]
        for other in ("0042", "+42", " 42", "42 ", "42.0", "4e1", "x", "", "9" * 40, "-0"):
            assert by_id(other) == []
        assert by_code("42") == [(42,)]
        assert by_code("0042") == [(7,)]
        assert by_code("ab") == [(8,)]

    def test_keys_join_across_types_only_when_written_the_only_way(self, ground: Ground) -> None:
        ground.execute("CREATE TABLE parents (id bigint, num bigint, code text)")
        ground.execute("CREATE TABLE children (name text, num bigint, code text)")
        ground.execute(
            "INSERT INTO parents VALUES (?, ?, ?)", (1, 42, "42"), (2, 43, "0043"), (3, None, "x")
        )
        ground.execute(
            "INSERT INTO children VALUES (?, ?, ?)",
            ("42", 42, "42"), ("43", 43, "0043"), ("x", 44, "x"), ("+", 45, "43"),
        )  # fmt: skip
        for person, theirs, ours, expected in (
            ("1", "num", "code", ["42"]),
            ("1", "code", "num", ["42"]),
            ("2", "num", "code", ["+"]),
            ("2", "code", "num", []),
            ("3", "code", "num", []),
            ("3", "num", "code", []),
        ):
            parent = Selection("parents", (theirs,), (number(person),))
            found = ground.read("children", ("name",), (Follows(parent, ((theirs, ours),)),))
            assert found == [(each,) for each in expected], (person, theirs, ours)
        assert ground.read("children", ("name",), (Holds(("num",), (("42",), ("0043",))),)) == [
            ("42",)
        ]
        assert ground.read("children", ("name",), (Holds(("code",), ((42,), (44,))),)) == [("42",)]

    def test_a_hundred_thousand_keys(self, ground: Ground) -> None:
        ground.execute("CREATE TABLE items (id bigint, code text)")
        ground.execute(
            "INSERT INTO items VALUES (?, ?)", *((n, f"c{n}") for n in range(0, 4000, 2))
        )
        numbers = tuple((n,) for n in range(100_000))
        texts = tuple((f"c{n}",) for n in range(100_000))
        both = tuple((n, f"c{n}") for n in range(100_000))
        everything = sorted(((n,) for n in range(0, 4000, 2)), key=repr)
        ways: Ways = (Holds(("id",), numbers), Holds(("code",), texts))
        assert ground.read("items", ("id",), ways) == everything
        assert ground.read("items", ("id",), (Holds(("id", "code"), both),)) == everything

    def test_batches_hold_no_more_rows_than_asked_for(self, shop: Ground) -> None:
        everyone = tuple((each,) for each in ("tea", "cup", "pot", "jug", "gift", "nobody's"))
        with shop.open(orders={"item"}) as reader:
            selection = Selection("orders", ("item",), (Holds(("item",), everyone),))
            sizes = [len(batch) for batch in reader.read(selection, batch_rows=3).batches]
        assert sum(sizes) == 7
        assert max(sizes) <= 3
        assert min(sizes) > 0

    # -- rows of others --------------------------------------------------------------------------

    def test_rows_that_others_point_to_are_counted(self, ground: Ground) -> None:
        ground.execute("CREATE TABLE homes (id bigint, zip text, street text)")
        ground.execute("CREATE TABLE people (name text, home bigint, zip text)")
        ground.execute(
            "INSERT INTO homes VALUES (?, ?, ?)",
            (1, "a", "shared"), (2, "b", "mine"), (3, "c", "mine too"), (4, "d", "not mine"),
        )  # fmt: skip
        ground.execute(
            "INSERT INTO people VALUES (?, ?, ?)",
            ("me", 1, "a"), ("me", 2, "b"), ("me", 3, "c"), ("you", 1, "a"), ("you", 4, "d"),
            ("she", 1, "a"), (None, None, None), ("wrong zip", 2, "x"),
        )  # fmt: skip
        me = Selection("people", ("home",), (number("me", "name"),))
        homes = Selection("homes", ("id",), (Follows(me, (("home", "id"),)),))
        granted = {"homes": {"id", "zip"}, "people": {"home", "name", "zip"}}
        with ground.open(**granted) as reader:
            assert reader.count_shared(homes, me, (("home", "id"), ("zip", "zip"))) == 1
            assert reader.count_shared(homes, me, (("home", "id"),)) == 2
            everyone = Selection("people", ("home",), (Holds(("home",), ((1,), (2,), (3,))),))
            assert reader.count_shared(homes, everyone, (("home", "id"),)) == 0

    def test_a_holder_whose_row_holds_null_is_not_in_the_selection(self, ground: Ground) -> None:
        ground.execute("CREATE TABLE homes (id bigint)")
        ground.execute("CREATE TABLE people (name text, home bigint)")
        ground.execute("INSERT INTO homes VALUES (?)", (1,))
        ground.execute("INSERT INTO people VALUES (?, ?)", ("me", 1), (None, 1))
        me = Selection("people", ("home",), (number("me", "name"),))
        homes = Selection("homes", ("id",), (Follows(me, (("home", "id"),)),))
        with ground.open(homes={"id"}, people={"home", "name"}) as reader:
            assert reader.count_shared(homes, me, (("home", "id"),)) == 1

    # -- what may be touched ---------------------------------------------------------------------

    def test_a_reader_refuses_what_its_capability_does_not_name(self, shop: Ground) -> None:
        capability = Capability(
            {"customers": frozenset({"id"})}, {"orders": frozenset({"customer_id"})}
        )
        outside = Selection("orders", ("customer_id",), ())
        refused = (
            (customers(fields=("id", "email")), "customers", "email"),
            (customers(email("x")), "customers", "email"),
            (customers(Holds(("id", "phone"), ((1, "x"),))), "customers", "phone"),
            (outside, "orders", ""),
            (Selection("people", ("id",), ()), "people", ""),
            (customers(Follows(outside, (("item", "id"),))), "orders", "item"),
            (customers(Follows(customers(email("x")), (("id", "id"),))), "customers", "email"),
        )
        with shop.source.open(capability) as reader:
            for selection, collection, field in refused:
                with failing("source.not_granted", collection=collection, field=field):
                    reader.read(selection)
            with failing("source.not_granted", collection="orders", field="item"):
                reader.count_shared(customers(), outside, (("item", "id"),))
            with failing("source.not_granted", collection="customers", field="phone"):
                reader.count_shared(customers(), outside, (("customer_id", "phone"),))
            followed = customers(Follows(outside, (("customer_id", "id"),)))
            assert drain(reader, followed) == []

    # -- when ------------------------------------------------------------------------------------

    @pytest.fixture
    def endless(self, ground: Ground) -> Ground:
        """A collection whose first 2,000 rows come at once and whose end never comes."""
        ground.execute("CREATE TABLE numbers (n bigint)")
        ground.execute("INSERT INTO numbers VALUES (?)", *((n,) for n in range(2000)))
        ground.execute(
            "CREATE VIEW endless AS"
            " SELECT 1 AS owner, n, 'a text that fills the buffer soon' AS filling FROM numbers"
            " UNION ALL SELECT 1, a.n, 'never' FROM numbers a, numbers b, numbers c, numbers d"
            " WHERE a.n + b.n + c.n + d.n < 0"
        )
        return ground

    fields = ("n", "filling")
    forever = Selection("endless", fields, (number("1", "owner"),))

    def test_stop_from_another_thread_ends_a_running_query(self, endless: Ground) -> None:
        outcome: list[BaseException | None] = []
        with endless.open(endless={*self.fields, "owner"}) as reader:
            batches = reader.read(self.forever).batches
            assert next(batches)  # now the query runs, and will not end

            def go_on() -> None:
                try:
                    for _ in batches:
                        pass
                except SourceError as error:
                    outcome.append(error)
                else:
                    outcome.append(None)

            thread = threading.Thread(target=go_on)
            thread.start()
            reader.stop()
            reader.stop()
            thread.join(PATIENCE)
            assert not thread.is_alive()
            assert isinstance(outcome[0], SourceError)
            assert outcome[0].code == "source.window_closed"
            assert outcome[0].values["reason"] == "stopped"
            with failing("source.window_closed", reason="stopped"):
                reader.read(self.forever)

    def test_a_running_query_expires(self, endless: Ground) -> None:
        began = time.monotonic()
        with endless.open(0.5, endless={*self.fields, "owner"}) as reader:
            batches = reader.read(self.forever).batches
            with failing("source.window_closed", reason="expired"):
                for _ in batches:
                    assert time.monotonic() < began + PATIENCE
            with failing("source.window_closed", reason="expired"):
                next(batches, None) or reader.read(self.forever)
        assert time.monotonic() < began + PATIENCE

    def test_nothing_is_read_after_the_deadline(self, shop: Ground) -> None:
        with pytest.raises(SourceError) as caught, shop.open(-1, customers={"id"}) as reader:
            drain(reader, customers(number("1")))
        assert caught.value.code == "source.window_closed"
        assert caught.value.values["reason"] == "expired"

    def test_batches_left_over_at_the_end_are_not_handed_over(self, endless: Ground) -> None:
        with endless.open(endless={*self.fields, "owner"}) as reader:
            batches = reader.read(self.forever, batch_rows=10).batches
            assert len(next(batches)) == 10
            reader.stop()
            with failing("source.window_closed", reason="stopped"):
                next(batches)

    def test_nothing_is_read_after_close(self, shop: Ground) -> None:
        reader = shop.open(customers={"id"})
        selection = customers(Holds(("id",), ((1,), (2,), (3,))))
        batches = reader.read(selection, batch_rows=1).batches
        assert next(batches)
        reader.close()
        reader.close()
        with failing("source.closed"):
            next(batches)
        with failing("source.closed"):
            reader.read(selection)
        with failing("source.closed"):
            reader.count_shared(selection, selection, (("id", "id"),))

    def test_closing_ends_a_query_that_runs_elsewhere(self, endless: Ground) -> None:
        reader = endless.open(endless={*self.fields, "owner"})
        batches = reader.read(self.forever).batches
        assert next(batches)
        codes: list[str] = []

        def go_on() -> None:
            try:
                for _ in batches:
                    pass
            except SourceError as error:
                codes.append(error.code)

        thread = threading.Thread(target=go_on)
        thread.start()
        reader.close()
        thread.join(PATIENCE)
        assert not thread.is_alive()
        assert codes[0] in {"source.closed", "source.window_closed"}

    def test_a_read_given_up_leaves_the_reader_usable(self, endless: Ground) -> None:
        endless.execute("CREATE TABLE customers (id bigint)")
        endless.execute("INSERT INTO customers VALUES (?)", (1,))
        granted = {"endless": {*self.fields, "owner"}, "customers": {"id"}}
        with endless.open(**granted) as reader:
            batches = reader.read(self.forever).batches
            assert next(batches)
            batches.close()  # type: ignore[attr-defined]
            assert endless.rows(reader, customers(number("1"))) == [(1,)]

    # -- one snapshot ----------------------------------------------------------------------------

    def test_a_reader_sees_one_snapshot(self, shop: Ground) -> None:
        with shop.open(customers={"id"}, orders={"item", "customer_id"}) as reader:
            everyone = customers(Holds(("id",), tuple((n,) for n in range(50))))
            batches = reader.read(everyone, batch_rows=1).batches
            first = len(next(batches))
            self.write_meanwhile(shop, "INSERT INTO customers VALUES (20, 'new@x', '')")
            self.write_meanwhile(shop, "UPDATE orders SET customer_id = 20")
            assert first + sum(len(batch) for batch in batches) == 4
            late = Selection("orders", ("item",), (Holds(("customer_id",), ((20,),)),))
            assert drain(reader, late) == []

    def write_meanwhile(self, ground: Ground, sql: str) -> None:
        """Write as another client would while a reader is open."""
        ground.execute(sql)

    # -- the map ---------------------------------------------------------------------------------

    def test_a_source_tells_the_time(self, ground: Ground) -> None:
        now = ground.source.now()
        assert now.tzinfo is UTC
        assert abs(now - datetime.now(UTC)) < timedelta(minutes=1)

    def test_a_map_that_fits_has_no_differences(self, shop: Ground) -> None:
        text = [Field(name, data_type="string") for name in ("email", "phone", "item")]
        key = [Field("id", data_type="integer"), Field("customer_id", data_type="integer")]
        fitting = mapped(
            Collection("customers", fields=(key[0], text[0], text[1])),
            Collection("orders", fields=(key[1], text[0], text[2])),
        )
        assert shop.source.check(fitting) == ()

    def test_differences_come_in_the_order_of_the_map(self, shop: Ground) -> None:
        given = mapped(
            Collection("suppliers", fields=(Field("id"),)),
            Collection(
                "customers",
                fields=(
                    Field("shoe_size", data_type="integer"),
                    Field("email", data_type="integer"),
                    Field("phone", column_type="varchar(40)"),
                    Field("id", data_type="integer"),
                ),
            ),
        )
        assert kinds(shop.source.check(given)) == [
            ("missing_collection", "suppliers", ""),
            ("missing_field", "customers", "shoe_size"),
            ("other_type", "customers", "email"),
            ("other_type", "customers", "phone"),
            ("not_in_map", "orders", ""),
        ]
        partly = mapped(Collection("orders", fields=(Field("item"),)))
        assert kinds(shop.source.check(partly)) == [
            ("not_in_map", "orders", "customer_id"),
            ("not_in_map", "orders", "email"),
            ("not_in_map", "customers", ""),
        ]

    def test_an_empty_database_has_nothing_that_a_map_names(self, ground: Ground) -> None:
        assert kinds(ground.source.check(mapped(Collection("customers")))) == [
            ("missing_collection", "customers", "")
        ]

    def test_what_has_changed_since_the_map_was_made_is_named(self, shop: Ground) -> None:
        granted = {"customers": {"id", "gone"}, "never": {"id"}}
        with shop.open(**granted) as reader:
            with failing("source.changed", collection="customers", field="gone"):
                reader.read(customers(fields=("id", "gone")))
            with failing("source.changed", collection="customers", field="gone"):
                reader.read(customers(number("x", "gone")))
            with failing("source.changed", collection="never", field=""):
                reader.read(Selection("never", ("id",), (number("1"),)))
            assert len(drain(reader, customers(number("1")))) == 1

    # -- hostile names and values ----------------------------------------------------------------

    names = (
        'quo"te', "sin'gle", "semi;colon", "da--sh", "do.t", "per%cent", "per%s", "que?stion",
        "col:on", "dol$1lar", "spa ce", "ünïcödé", "select", "new\nline", "back\\slash", "日本",
    )  # fmt: skip

    def test_any_name_is_a_name(self, ground: Ground) -> None:
        for name in self.names:
            quoted = '"' + name.replace('"', '""') + '"'
            ground.execute(f"CREATE TABLE {quoted} ({quoted} text, email text)")
            ground.execute(f"INSERT INTO {quoted} VALUES ('here', 'a@x'), ('other', 'b@x')")
            there = Selection(name, (name,), (email("a@x"),))
            assert ground.read(name, (name,), there.ways) == [("here",)]
            assert ground.read(name, (name,), (Follows(there, ((name, name),)),)) == [("here",)]
        found = ground.source.check(mapped(*(Collection(name) for name in self.names)))
        assert {each.kind for each in found} == {"not_in_map"}

    values = (
        "'; DROP TABLE people; --", '"', "'", "\\", "\\'", "%", "%s", "?", ":p1", "$1", "{}",
        "{a,b}", "NULL", "null", "\t", "\n", " ", "", "😀", "\u202eright to left",
        "=1+1", "<b>", "ß", "İ", "ﷺ", "e\u0301",
    )  # fmt: skip

    def test_any_value_is_a_value(self, ground: Ground) -> None:
        ground.execute("CREATE TABLE people (id bigint, name text)")
        ground.execute("INSERT INTO people VALUES (?, ?)", *enumerate(self.values))
        for place, value in enumerate(self.values):
            assert ground.read("people", ("id",), (number(value, "name"),)) == [(place,)]
            assert ground.read("people", ("name",), (Holds(("name",), ((value,),)),)) == [(value,)]
        email_like = "'; DROP TABLE people; --"
        assert ground.read("people", ("id",), (email(email_like, "name"),)) == [(0,)]

    def test_values_that_cannot_be_there_are_not_found(self, ground: Ground) -> None:
        ground.execute("CREATE TABLE people (id bigint, name text)")
        ground.execute("INSERT INTO people VALUES (?, ?)", (1, "x"))
        for value in ("\x00", "x\x00", "\ud800", "x\udcff", "9" * 400, "1e400", "x" * 1_000_000):
            for field in ("id", "name"):
                assert ground.read("people", ("id",), (number(value, field),)) == []
                assert ground.read("people", ("id",), (email(value, field),)) == []
                keys = Holds(("id", "name"), ((value, value),))
                assert ground.read("people", ("id",), (keys,)) == []
        for key in (2**63, -(2**63) - 1, 10**40, float("inf"), float("nan"), 1.5, b"\xff", True):
            found = ground.read("people", ("id",), (Holds(("id",), ((key,),)),))
            assert found == ([(1,)] if key is True else [])

    def test_cells_of_ten_megabytes(self, ground: Ground) -> None:
        ground.execute("CREATE TABLE files (owner bigint, body text)")
        ground.execute("INSERT INTO files VALUES (?, ?)", *((1, "x" * 10_000_000) for _ in "abc"))
        ways = (number("1", "owner"),)
        assert [len(body) for (body,) in ground.read("files", ("body",), ways)] == [10_000_000] * 3

    def test_a_huge_number_of_columns(self, ground: Ground) -> None:
        names = tuple(f"c{n}" for n in range(1500))
        ground.execute(f"CREATE TABLE wide (id bigint, {', '.join(f'{n} bigint' for n in names)})")
        ground.execute(f"INSERT INTO wide (id, c0, c1499) VALUES (1, 10, 1499)")  # noqa: F541
        (row,) = ground.read("wide", names, (number("1"),))
        assert len(row) == 1500
        assert (row[0], row[1], row[1499]) == (10, None, 1499)
