"""Installing can be repeated, notices what others changed, and can be undone without a trace."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from app.domain.airlock import mac
from app.domain.errors import SourceError
from tests.airlock.base import SHOP
from tests.airlock.ground import Shop, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers import PostgresqlServer

pytestmark = pytest.mark.server

CUSTOMERS = "SELECT id FROM sandglass_shop.customers"
OWNERS_COLUMNS = """
SELECT a.attrelid::regclass::text || '.' || a.attname
FROM pg_attribute a, aclexplode(a.attacl) given
WHERE given.grantee = 'sandglass_shop_owner'::regrole AND a.attnum > 0 ORDER BY 1
"""
BROUGHT = """
SELECT 'role', rolname::text, '' FROM pg_roles
UNION ALL SELECT 'schema', nspname, coalesce(nspacl, acldefault('n', nspowner))::text
  FROM pg_namespace
  WHERE nspname !~ '^pg_(temp|toast_temp)'
UNION ALL SELECT 'table', relname, coalesce(relacl, acldefault('r', relowner))::text
  FROM pg_class WHERE relnamespace = 'public'::regnamespace
UNION ALL SELECT 'column', a.attrelid::regclass || '.' || attname, given.grantee::regrole::text
  FROM pg_attribute a, aclexplode(a.attacl) given
UNION ALL SELECT 'member', roleid::regrole::text, member::regrole::text FROM pg_auth_members
UNION ALL SELECT 'setting', setrole::text, setdatabase::text FROM pg_db_role_setting
UNION ALL SELECT 'dependency', classid::regclass::text, count(*)::text FROM pg_shdepend
  WHERE deptype <> 'p' GROUP BY 2
ORDER BY 1, 2, 3
"""


def test_running_it_again_changes_nothing(shop: Shop) -> None:
    keys = f"SELECT kind, sha256, key FROM {shop.names.schema}.secret ORDER BY 1"
    before, ended = shop.query(keys), shop.opened()
    shop.gatekeeper.end(ended.grant, reason="revoked")
    installed = shop.watchman.installed()
    for _ in range(2):
        shop.dba.run(shop.script().text())
    after = shop.watchman.installed()
    assert shop.query(keys) == before
    assert after.definition == installed.definition == shop.script().definition
    assert after.is_as_installed
    assert shop.state(ended.grant).state == "closed"
    _, officer = shop.begun()
    with closing(officer):
        assert officer.execute(CUSTOMERS).fetchall() == [(7,)]
        name = officer.info.user
    shop.gatekeeper.end(name.rpartition("_")[2], reason="revoked")


def test_the_script_is_the_same_every_time(shop: Shop) -> None:
    assert shop.script() == shop.script()
    text = shop.script().text()
    for secret in (shop.officers, shop.approvers, *shop.links.values()):
        assert secret.hex() not in text
    assert shop.gate_password.reveal() not in text
    assert shop.watch_password.reveal() not in text
    assert "{{" not in text


def test_it_is_not_installed_over_a_live_grant(shop: Shop) -> None:
    opened = shop.opened()
    with pytest.raises(SourceError, match=r"airlock\.in_use"):
        shop.install()
    with closing(shop.enter(opened)) as officer:
        officer.execute("SELECT sandglass_shop.begin()")
        with pytest.raises(SourceError, match=r"airlock\.in_use"):
            shop.install()
        assert officer.execute(CUSTOMERS).fetchall() == [(7,)]
    shop.gatekeeper.end(opened.grant, reason="revoked")
    shop.install()


def test_a_changed_map_takes_back_what_it_no_longer_needs(shop: Shop) -> None:
    assert "customers.full_name" in str(shop.query(OWNERS_COLUMNS))
    assert "lines.text" in str(shop.query(OWNERS_COLUMNS))
    changed = SHOP.partition("      - name: lines")[0].replace(
        "{name: full_name, data_categories: [user.name]}",
        "{name: full_name, data_categories: [user.name],"
        " meta: {sandglass: {never_disclose: true}}}",
    )
    try:
        shop.install(changed)
        found = str(shop.query(OWNERS_COLUMNS))
        assert "full_name" not in found
        assert "lines" not in found
        with pytest.raises(SourceError):
            shop.opened(fields={"customers": ("full_name",)})
        with pytest.raises(SourceError):
            shop.opened(fields={"lines": ("text",)})
    finally:
        shop.install()


def test_the_owner_of_the_views_reads_no_more_than_the_map_discloses(shop: Shop) -> None:
    found = {each for (each,) in shop.query(OWNERS_COLUMNS)}
    assert found == {
        "customers.id", "customers.email", "customers.phone", "customers.full_name", "orders.id",
        "orders.customer_id", "orders.item", "orders.amount", "lines.order_id", "lines.text",
    }  # fmt: skip
    with closing(shop.owner()) as owner:
        owner.execute("SET ROLE sandglass_shop_owner")
        for column in ("password_hash", "risk_score"):
            assert refusal(owner, f"SELECT {column} FROM customers") == "42501"
    assert (
        shop.query(
            "SELECT rolname FROM pg_roles WHERE rolname IN ('sandglass_shop_owner',"
            " 'sandglass_shop_readers') AND (rolcanlogin OR rolsuper OR rolbypassrls)"
        )
        == []
    )


CHANGES = [
    (
        "CREATE OR REPLACE VIEW {s}.customers WITH (security_barrier) AS"
        " SELECT email, full_name, id, phone FROM public.customers"
    ),
    "ALTER VIEW {s}.customers SET (security_barrier = false)",
    "ALTER VIEW {s}.customers OWNER TO owner",
    "GRANT SELECT ON {s}.customers TO PUBLIC",
    "GRANT SELECT ON {s}.secret TO {s}_watch",
    "GRANT UPDATE ON {s}.ledger TO {s}_readers",
    "GRANT EXECUTE ON FUNCTION {s}.open(text, bytea, text, bytea) TO {s}_watch",
    "GRANT {s}_owner TO {s}_gate",
    "CREATE VIEW {s}.more AS SELECT 1",
    (
        "CREATE OR REPLACE FUNCTION {s}.must_fit(p_kind text, p_text text, p_mac bytea)"
        " RETURNS void"
        " LANGUAGE sql AS ''"
    ),
    "ALTER FUNCTION {s}.deadline() SECURITY INVOKER",
    "ALTER FUNCTION {s}.deadline() RESET search_path",
]


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_changed_by_hand_is_noticed(shop: Shop, change: str) -> None:
    schema = shop.names.schema
    assert shop.watchman.installed().is_as_installed
    with closing(shop.owner()) as owner:
        owner.execute("SET search_path = public, pg_catalog")
        owner.execute(change.format(s=schema))
        try:
            assert not shop.watchman.installed().is_as_installed
        finally:
            owner.execute("SET client_min_messages = error")
            owner.execute(f"DROP VIEW IF EXISTS {schema}.more")
            owner.execute(f"ALTER VIEW {schema}.customers OWNER TO {schema}_owner")
            owner.execute(f"REVOKE {schema}_owner FROM {schema}_gate")
            owner.execute(
                f"REVOKE ALL ON {schema}.customers, {schema}.secret FROM PUBLIC, {schema}_watch"
            )
            owner.execute(f"REVOKE UPDATE ON {schema}.ledger FROM {schema}_readers")
            owner.execute(f"REVOKE ALL ON ALL FUNCTIONS IN SCHEMA {schema} FROM {schema}_watch")
            shop.install()


def test_an_idle_grant_changes_nothing_of_what_is_installed(shop: Shop) -> None:
    opened = shop.opened()
    assert shop.watchman.installed().is_as_installed
    shop.gatekeeper.end(opened.grant, reason="revoked")
    assert shop.watchman.installed().is_as_installed


def test_two_hundred_grants_leave_nothing_behind(shop: Shop) -> None:
    shop.gatekeeper.end(shop.opened().grant, reason="revoked")
    before = shop.query(BROUGHT)
    opens = "SELECT * FROM sandglass_shop.open(%s, %s, %s, %s)"
    with closing(shop.gatekeeper.address.connect()) as gate:
        for number in range(200):
            asked, opened = shop.asked(person=1 + number)
            text, allowed = asked.text(), shop.allowed(asked).text()
            macs = mac(shop.officers, text), mac(shop.approvers, allowed)
            gate.execute(opens, [text, macs[0], allowed, macs[1]])
            gate.execute("CALL sandglass_shop.close(%s, '', 'revoked')", [opened.grant])
    assert shop.query(BROUGHT) == before
    assert shop.query("SELECT count(*) FROM pg_shdepend WHERE deptype <> 'p'") == [
        (sum(int(count) for kind, _, count in before if kind == "dependency"),)
    ]
    assert {each.state for each in shop.watchman.status()} == {"closed"}


@contextmanager
def bare(server: PostgresqlServer, source: str, database: str) -> Iterator[Shop]:
    """A shop whose airlock is not there yet."""
    shop = Shop(server, source=source, database=database,
                maps=(SHOP.replace("shop", source),), links={})  # fmt: skip
    with server.connect() as owner:
        owner.execute(f"CREATE DATABASE {database}")
    with shop.owner() as owner:
        owner.execute(shop.tables)
    try:
        yield shop
    finally:
        shop.remove()


def test_uninstalling_leaves_nothing_even_of_a_live_grant(
    postgresql_server: PostgresqlServer,
) -> None:
    with bare(postgresql_server, "kiosk", "kiosk") as shop:
        before = shop.query(BROUGHT)
        shop.install()
        opened, officer = shop.begun()
        waiting = shop.opened()
        with closing(officer):
            officer.execute("BEGIN; SELECT id FROM sandglass_kiosk.customers")
            officer.execute("ALTER ROLE CURRENT_USER PASSWORD 'x'")  # it stands in the way
            officer.execute("SELECT lo_create(0)")
            shop.dba.run(shop.dba.uninstall_script("kiosk"))
            assert refusal(officer, "SELECT 1") in {"57P01", "OperationalError"}
        assert shop.query(BROUGHT) == before
        assert not shop.sessions(opened.grant)
        assert not shop.sessions(waiting.grant)
        shop.dba.run(shop.dba.uninstall_script("kiosk"))
        with pytest.raises(SourceError):
            shop.watchman.status()


def test_uninstalling_takes_nothing_of_another_source(
    shop: Shop, postgresql_server: PostgresqlServer
) -> None:
    """The trap: a login of another source that is as long as a grant's."""
    source = "shop_abcdefghij"  # sandglass_shop_ + abcdefghij_watch is 16 characters
    with bare(postgresql_server, source, "other") as other:
        other.install()
        with bare(postgresql_server, "shop_abc", "third") as third:
            third.install()
            third.dba.run(third.dba.uninstall_script("shop_abc"))
        shop.dba.run(shop.dba.uninstall_script("shop"))
        try:
            assert other.watchman.installed().is_as_installed
            other.opened()
        finally:
            shop.install()


def test_what_is_not_installed_says_so(postgresql_server: PostgresqlServer) -> None:
    with bare(postgresql_server, "kiosk", "kiosk") as shop:
        shop.install()
        with closing(shop.owner()) as owner:
            owner.execute("DROP SCHEMA sandglass_kiosk CASCADE")
        calls: list[Any] = [shop.watchman.installed, shop.watchman.status, shop.watchman.sweep]
        for call in calls:
            with pytest.raises(SourceError, match=r"airlock\.not_installed"):
                call()
