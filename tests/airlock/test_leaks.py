"""What lies beneath is not told by errors, plans, statistics, or by what she makes herself."""

from __future__ import annotations

import re
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.airlock.ground import CUSTOMERS, HERS, ORDERS, Shop, refusal

if TYPE_CHECKING:
    from tests.airlock.ground import Connection

pytestmark = pytest.mark.server


SNOOP = """
CREATE FUNCTION pg_temp.snoop(v anyelement) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS
$$ BEGIN RAISE NOTICE 'saw %', v; RETURN true; END $$
"""


@pytest.mark.parametrize(
    "query",
    [
        f"SELECT id FROM {CUSTOMERS} WHERE pg_temp.snoop(email)",
        f"SELECT id FROM {CUSTOMERS} WHERE pg_temp.snoop(id)",
        f"SELECT c.id FROM {CUSTOMERS} c JOIN {ORDERS} o ON pg_temp.snoop(c.full_name || o.item)",
        f"SELECT count(*) FROM {CUSTOMERS} GROUP BY email HAVING pg_temp.snoop(email)",
        f"SELECT id FROM {CUSTOMERS} ORDER BY pg_temp.snoop(email)",
        f"SELECT id FROM {ORDERS} WHERE pg_temp.snoop(item) OR id < 0",
    ],
)
def test_a_function_of_hers_sees_only_her_rows(officer: Connection, query: str) -> None:
    saw: list[str] = []
    officer.add_notice_handler(lambda notice: saw.append(notice.message_primary or ""))
    officer.execute(SNOOP)
    officer.execute(query).fetchall()
    assert saw
    others = [
        each
        for each in saw
        if not re.search(r"(7|U7@Example\.test|Person 7.*|item \d*06|item 6)$", each)
    ]
    assert not others


@pytest.mark.parametrize(
    "condition",
    [
        "1 / (id - 8) < 100",
        "CASE WHEN email = 'U8@Example.test' THEN 1 / (id - id) ELSE 1 END = 1",
        "full_name IN ('Person 8') AND full_name::int = 1",
        "(CASE WHEN id = 8 THEN full_name ELSE '1' END)::int = 1",
    ],
)
def test_an_error_says_nothing_of_other_rows(officer: Connection, condition: str) -> None:
    assert refusal(officer, f"SELECT id FROM {CUSTOMERS} WHERE {condition}") == ""


def plan(connection: Connection, query: str) -> str:
    """Return a plan without what differs from run to run."""
    lines = [line for (line,) in connection.execute(query).fetchall()]
    return re.sub(r"(?m)^.*(Time|Filter: \(|Index Cond|Recheck Cond).*$", "", "\n".join(lines))


@pytest.mark.parametrize("analyze", ["", "ANALYZE, TIMING OFF,"])
@pytest.mark.parametrize(
    ("there", "not_there"),
    [
        ("email = 'U8@Example.test'", "email = 'U8@example.nowhere'"),
        ("email > 'U98' AND email < 'U99'", "email > 'U9x' AND email < 'U9y'"),
        ("full_name = 'Person 8'", "full_name = 'Persona 8'"),
        ("id = 8", "id = -8"),
        ("id BETWEEN 8 AND 100", "id BETWEEN -8 AND -1"),
    ],
)
def test_a_plan_says_nothing_of_other_rows(
    officer: Connection, analyze: str, there: str, not_there: str
) -> None:
    """The trap: ``=`` and ``<`` are leakproof, so the planner would take them to the base table."""
    found = [
        plan(officer, f"EXPLAIN ({analyze} COSTS ON) SELECT id FROM {CUSTOMERS} WHERE {condition}")
        for condition in (there, not_there)
    ]
    assert found[0] == found[1]


def test_a_plan_does_not_know_what_is_common_among_others(shop: Shop) -> None:
    _, connection = shop.begun(fields={"orders": ("id", "item")})
    with closing(connection):
        found = {
            plan(connection, f"EXPLAIN SELECT id FROM {ORDERS} WHERE item = '{item}'")
            for item in ("heavy item", "item 8", "no such item")
        }
    assert len(found) == 1


@pytest.mark.parametrize("base", ["text", "lower", "customers", "ledger"])
def test_what_she_makes_in_her_own_corner_shadows_nothing(shop: Shop, base: str) -> None:
    """The trap: a domain pg_temp.text, whose check sees whatever is cast to text."""
    saw: list[str] = []
    opened, connection = shop.begun()
    with closing(connection):
        connection.add_notice_handler(lambda notice: saw.append(notice.message_primary or ""))
        connection.execute(SNOOP)
        connection.execute(
            {
                "text": "CREATE DOMAIN pg_temp.text AS pg_catalog.text"
                " CHECK (pg_temp.snoop(VALUE))",
                "lower": "CREATE FUNCTION pg_temp.lower(text) RETURNS pg_catalog.text"
                " LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'saw %', $1;"
                " RETURN 'u7@example.test'; END $$",
                "customers": "CREATE TEMP TABLE customers AS SELECT 8 AS id, 'U7' AS email",
                "ledger": "CREATE TEMP TABLE ledger (role_name name, deadline timestamptz)",
            }[base]
        )
        connection.execute("SET search_path = pg_temp, public, pg_catalog")
        found = connection.execute(f"SELECT id, email, full_name FROM {CUSTOMERS}").fetchall()
        assert found == [HERS]
        again = shop.enter(opened)
    again.close()
    assert saw == []


def test_functions_of_a_public_schema_shadow_nothing(shop: Shop) -> None:
    """Where everybody may create in a schema (databases from before PostgreSQL 15)."""
    saw: list[str] = []
    with closing(shop.owner()) as owner:
        owner.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")
    try:
        _, connection = shop.begun()
        with closing(connection):
            connection.add_notice_handler(lambda notice: saw.append(notice.message_primary or ""))
            for name, arguments in (
                ("btrim", "text, text"), ("lower", "text"), ("translate", "text, text, text"),
                ("regexp_replace", "text, text, text, text"),
            ):  # fmt: skip
                connection.execute(
                    f"CREATE FUNCTION public.{name}({arguments}) RETURNS text LANGUAGE plpgsql"
                    " IMMUTABLE AS"
                    " $$ BEGIN RAISE NOTICE 'saw %', $1; RETURN 'u7@example.test'; END $$"
                )
            connection.execute(
                "CREATE FUNCTION public.same(text, text) RETURNS boolean LANGUAGE plpgsql"
                " AS $$ BEGIN RAISE NOTICE 'saw %', $1; RETURN true; END $$"
            )
            connection.execute(
                "CREATE OPERATOR public.= (FUNCTION = public.same, LEFTARG = text, RIGHTARG = text)"
            )
            connection.execute("SET search_path = public, pg_catalog")
            found = connection.execute(f"SELECT id FROM {CUSTOMERS}").fetchall()
            assert found == [(7,)]
    finally:
        with closing(shop.owner()) as owner:
            owner.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    assert saw == []
