"""An officer with psql and her own login reads her fields of one person's rows, nothing else."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import psycopg
import pytest

from app.domain.secrets import Secret
from tests.airlock.ground import CUSTOMERS, DENIED, HERS, ORDERS, PEOPLE, Shop, refusal

if TYPE_CHECKING:
    from tests.airlock.ground import Connection

pytestmark = pytest.mark.server


def test_she_reads_exactly_what_was_granted(officer: Connection) -> None:
    found = officer.execute(f"SELECT id, email, full_name FROM {CUSTOMERS}").fetchall()
    assert found == [HERS]
    orders = officer.execute(f"SELECT id, item, amount FROM {ORDERS} ORDER BY id").fetchall()
    assert orders == [(n, f"item {n}", Decimal(n)) for n in range(6, 1000, PEOPLE)]


def test_a_phone_number_finds_the_person_too(shop: Shop) -> None:
    identities = {"phone_number": ("49307",)}
    _, connection = shop.begun(identities=identities, fields={"customers": ("id",)})
    with closing(connection):
        assert connection.execute(f"SELECT id FROM {CUSTOMERS}").fetchall() == [(7,)]


@pytest.mark.parametrize(
    "identities",
    [
        {"phone_number": ("",)}, {"email": ("",)}, {"email": ("%",)}, {"email": ()},
        {"email": ("{u7@example.test}",)}, {"nobody": ("u7@example.test",)}, {"email": (".*",)},
        {"phone_number": ("%",)},
    ],
)  # fmt: skip
def test_an_identity_that_is_nobodys_finds_nobody(
    shop: Shop, identities: dict[str, tuple[str, ...]]
) -> None:
    with closing(shop.owner()) as owner:
        owner.execute(
            "INSERT INTO customers VALUES (999, '', 'none', '', '', 0) ON CONFLICT DO NOTHING"
        )
    _, connection = shop.begun(identities=identities, fields={"customers": ("id",)})
    with closing(connection):
        assert connection.execute(f"SELECT id FROM {CUSTOMERS}").fetchall() == []


REFUSED = [
    # fields
    f"SELECT * FROM {CUSTOMERS}",
    f"SELECT c FROM {CUSTOMERS} c",
    f"SELECT row_to_json(c) FROM {CUSTOMERS} c",
    f"SELECT phone FROM {CUSTOMERS}",
    f"SELECT id FROM {CUSTOMERS} WHERE phone LIKE '+%'",
    f"SELECT id FROM {CUSTOMERS} ORDER BY phone",
    f"SELECT count(phone) FROM {CUSTOMERS}",
    f"SELECT customer_id FROM {ORDERS}",
    "SELECT text FROM sandglass_shop.lines",
    "SELECT count(*) FROM sandglass_shop.lines",
    f"TABLE {CUSTOMERS}",
    f"SELECT id FROM {CUSTOMERS} FOR UPDATE",
    f"DO $$ BEGIN LOCK TABLE {CUSTOMERS} IN ACCESS SHARE MODE; END $$",
    f"COPY {CUSTOMERS} TO STDOUT",
    # what lies beneath
    "SELECT id FROM public.customers",
    "SELECT internal_note FROM public.orders",
    "COPY public.customers TO STDOUT",
    "SELECT * FROM sandglass_shop.ledger",
    "SELECT key FROM sandglass_shop.secret",
    "SELECT * FROM sandglass_shop.brought",
    "SELECT rolpassword FROM pg_authid",
    "SELECT * FROM pg_statistic",
    "SELECT pg_read_file('PG_VERSION')",
    "SELECT pg_ls_dir('.')",
    "SELECT lo_import('/etc/passwd')",
    f"COPY (SELECT id FROM {CUSTOMERS}) TO PROGRAM 'cat'",
    f"COPY (SELECT id FROM {CUSTOMERS}) TO '/tmp/sandglass-test'",
    "COPY (SELECT 1) TO PROGRAM 'id'",
    # writing
    f"UPDATE {CUSTOMERS} SET email = 'x'",
    f"DELETE FROM {CUSTOMERS}",
    f"INSERT INTO {CUSTOMERS} (id) VALUES (1)",
    f"TRUNCATE {CUSTOMERS}",
    "UPDATE sandglass_shop.ledger SET deadline = 'infinity'",
    "CREATE TABLE sandglass_shop.t ()",
    "CREATE VIEW sandglass_shop.v AS SELECT 1",
    "CREATE FUNCTION sandglass_shop.deadline(int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE SCHEMA mine",
    "CREATE TABLE public.mine ()",
    f"ALTER VIEW {CUSTOMERS} SET (security_barrier = false)",
    f"DROP VIEW {CUSTOMERS}",
    f"CREATE TRIGGER t INSTEAD OF UPDATE ON {CUSTOMERS} EXECUTE FUNCTION sandglass_shop.expired()",
    # becoming somebody
    "SET ROLE sandglass_shop_owner",
    "SET ROLE sandglass_shop_gate",
    "SET ROLE sandglass_shop_watch",
    "SET ROLE owner",
    "SET SESSION AUTHORIZATION sandglass_shop_owner",
    "SET SESSION AUTHORIZATION owner",
    "ALTER ROLE CURRENT_USER SUPERUSER",
    "ALTER ROLE CURRENT_USER CREATEROLE",
    "ALTER ROLE CURRENT_USER BYPASSRLS",
    "ALTER ROLE CURRENT_USER VALID UNTIL 'infinity'",
    "ALTER ROLE CURRENT_USER CONNECTION LIMIT 100",
    "CREATE ROLE friend LOGIN",
    "GRANT sandglass_shop_readers TO sandglass_shop_watch",
    "GRANT sandglass_shop_owner TO CURRENT_USER",
    "SET session_replication_role = replica",
    "CREATE EXTENSION file_fdw",
    "ALTER SYSTEM SET log_statement = 'all'",
]


@pytest.mark.parametrize("query", REFUSED)
def test_this_is_refused(officer: Connection, query: str) -> None:
    assert refusal(officer, query) in {DENIED, "55000", "42809"}, query
    with closing(officer.cursor()) as cursor:  # and nothing has come of it
        found = cursor.execute(f"SELECT id, email, full_name FROM {CUSTOMERS}").fetchall()
    assert found == [HERS]


def test_she_hands_nothing_on(shop: Shop, officer: Connection) -> None:
    refusal(officer, f"GRANT SELECT (id) ON {CUSTOMERS} TO PUBLIC")
    refusal(officer, f"GRANT SELECT (id) ON {CUSTOMERS} TO sandglass_shop_watch")
    with closing(shop.watchman.address.connect()) as watchman:
        assert refusal(watchman, f"SELECT id FROM {CUSTOMERS}") == DENIED


def test_the_readers_role_has_nothing_to_give(officer: Connection) -> None:
    refusal(officer, "SET ROLE sandglass_shop_readers")
    for query in (
        f"SELECT id FROM {ORDERS} WHERE id <> 6 AND amount < 0",
        f"SELECT id FROM {ORDERS}",
    ):
        try:
            found = officer.execute(query).fetchall()
        except psycopg.errors.InsufficientPrivilege:
            continue
        assert {each for (each,) in found} <= set(range(6, 1000, PEOPLE))


def test_statistics_of_what_lies_beneath_are_not_hers(officer: Connection) -> None:
    query = "SELECT count(*) FROM pg_stats WHERE schemaname IN ('public', 'sandglass_shop')"
    assert officer.execute(query).fetchone() == (0,)
    query = "SELECT count(*) FROM pg_stats_ext"
    assert officer.execute(query).fetchone() == (0,)


def test_she_may_change_her_password_and_wins_no_time(shop: Shop) -> None:
    opened, connection = shop.begun()
    with closing(connection):
        connection.execute("ALTER ROLE CURRENT_USER PASSWORD 'mine now'")
    shop.enter(replace(opened, password=Secret("mine now"))).close()
    query = (
        "SELECT r.rolvaliduntil = l.deadline FROM pg_roles r"
        " JOIN sandglass_shop.ledger l ON l.role_name = r.rolname WHERE r.rolname = %s"
    )
    name = shop.names.session(opened.grant)
    assert shop.query(query, name) == [(True,)]
    with shop.owner() as owner:
        owner.execute(f"ALTER ROLE {name} VALID UNTIL '2001-01-01'")
    with pytest.raises(psycopg.OperationalError):
        shop.enter(replace(opened, password=Secret("mine now")))


@pytest.mark.parametrize(
    "setting",
    [
        "SET standard_conforming_strings = off", "SET datestyle = 'SQL, DMY'",
        "SET timezone = 'Asia/Kolkata'", "SET transform_null_equals = on",
        "SET row_security = off", "SET plan_cache_mode = force_generic_plan",
        "SET default_transaction_isolation = 'serializable'", "SET enable_seqscan = off",
        "SET role = none", "SET session_authorization = default", "SET jit = on",
    ],
)  # fmt: skip
def test_no_setting_shows_more(officer: Connection, setting: str) -> None:
    officer.execute(setting)
    assert officer.execute(f"SELECT id, email, full_name FROM {CUSTOMERS}").fetchall() == [HERS]
    assert refusal(officer, f"SELECT phone FROM {CUSTOMERS}") == DENIED


def test_officers_do_not_see_each_others_person(shop: Shop) -> None:
    _, first = shop.begun(person=7)
    _, second = shop.begun(person=8)
    _, third = shop.begun(person=9, fields={"customers": ("phone",)})
    with closing(first), closing(second), closing(third):
        assert first.execute(f"SELECT id FROM {CUSTOMERS}").fetchall() == [(7,)]
        assert second.execute(f"SELECT id FROM {CUSTOMERS}").fetchall() == [(8,)]
        assert third.execute(f"SELECT phone FROM {CUSTOMERS}").fetchall() == [("+49 30 9",)]
        assert refusal(first, f"SELECT phone FROM {CUSTOMERS}") == DENIED
        assert refusal(third, f"SELECT id FROM {CUSTOMERS}") == DENIED
