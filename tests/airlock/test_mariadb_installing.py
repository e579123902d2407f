"""MariaDB: installing can be repeated, notices what others changed, and leaves nothing undone."""

# ruff: noqa: E501 - statements as they are typed, each on its line

from __future__ import annotations

import os
import subprocess
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest

from app.domain.errors import InputError, SourceError
from app.sources._mariadb_airlock_script import runnable
from app.sources._mariadb_errors import MariadbError
from tests.airlock.base import SHOP
from tests.airlock.ground import until
from tests.airlock.mariadb_ground import MariadbShop, cells, refusal
from tests.servers import running_mariadb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers import MariadbServer

pytestmark = pytest.mark.server

COLUMNS = (
    "SELECT CONCAT(Table_name, '.', Column_name) FROM mysql.columns_priv"
    " WHERE Db = 'crm' AND User = 'sandglass_shop_owner' ORDER BY 1"
)
BROUGHT = """
SELECT 'login', User, Host FROM mysql.global_priv
UNION ALL SELECT 'database', SCHEMA_NAME, '' FROM information_schema.SCHEMATA
UNION ALL SELECT 'db', CONCAT(User, '@', Host), Db FROM mysql.db
UNION ALL SELECT 'table', CONCAT(User, '@', Host), CONCAT(Db, '.', Table_name) FROM mysql.tables_priv
UNION ALL SELECT 'column', CONCAT(User, '@', Host), CONCAT(Db, Table_name, Column_name)
  FROM mysql.columns_priv
UNION ALL SELECT 'proc', CONCAT(User, '@', Host), CONCAT(Db, '.', Routine_name) FROM mysql.procs_priv
UNION ALL SELECT 'routine', CONCAT(db, '.', name), type FROM mysql.proc
UNION ALL SELECT 'event', CONCAT(db, '.', name), '' FROM mysql.event
UNION ALL SELECT 'role', CONCAT(User, '@', Host), Role FROM mysql.roles_mapping
UNION ALL SELECT 'proxy', CONCAT(User, '@', Host), Proxied_user FROM mysql.proxies_priv
ORDER BY 1, 2, 3
"""


@pytest.fixture(scope="module")
def shop(mariadb_shop: MariadbShop) -> MariadbShop:
    return mariadb_shop


@contextmanager
def bare(server: MariadbServer, source: str, database: str, map_text: str = "") -> Iterator[Any]:
    """A shop whose airlock is not there yet."""
    shop = MariadbShop(server, source=source, database=database, links={},
                       maps=(map_text or SHOP.replace("shop", source),))  # fmt: skip
    with closing(server.connect()) as owner:
        owner.run(f"CREATE DATABASE {database} CHARACTER SET utf8mb4")
        owner.run_script(f"USE {database}; {shop.tables}")
    try:
        yield shop
    finally:
        shop.remove()


def close_all(shop: MariadbShop) -> None:
    for each in shop.watchman.status():
        shop.gatekeeper.end(each.grant, reason="revoked")
    until(lambda: {each.state for each in shop.watchman.status()} <= {"closed"})


def test_running_it_again_changes_nothing(shop: MariadbShop) -> None:
    keys = "SELECT kind, HEX(sha256), HEX(held) FROM sandglass_shop.secret ORDER BY 1"
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
    opened, officer = shop.begun()
    with closing(officer):
        assert cells(officer, shop.read("customers", "id")) == [("7",)]
    shop.gatekeeper.end(opened.grant, reason="revoked")


def test_the_script_is_the_same_every_time_and_holds_no_secret(shop: MariadbShop) -> None:
    assert shop.script() == shop.script()
    text = shop.script().text()
    for secret in (shop.officers, shop.approvers, *shop.links.values()):
        assert secret.hex() not in text.lower()
    assert shop.gate_password.reveal() not in text
    assert shop.watch_password.reveal() not in text
    assert "{{" not in text


def test_it_is_not_installed_over_a_live_grant(shop: MariadbShop) -> None:
    opened = shop.opened()
    with pytest.raises(SourceError, match=r"airlock\.in_use"):
        shop.install()
    shop.gatekeeper.end(opened.grant, reason="revoked")
    shop.install()
    assert shop.watchman.installed().is_as_installed


def test_a_changed_map_takes_back_what_it_no_longer_needs(shop: MariadbShop) -> None:
    close_all(shop)
    before = shop.script().definition
    found = {each for (each,) in shop.query(COLUMNS)}
    assert found == {
        "customers.id", "customers.email", "customers.phone", "customers.full_name", "orders.id",
        "orders.customer_id", "orders.item", "orders.amount", "lines.order_id", "lines.text",
    }  # fmt: skip
    changed = SHOP.partition("      - name: lines")[0].replace(
        "{name: full_name, data_categories: [user.name]}",
        "{name: full_name, data_categories: [user.name],"
        " meta: {sandglass: {never_disclose: true}}}",
    )
    try:
        assert shop.script(changed).definition != before
        shop.install(changed)
        found = {each for (each,) in shop.query(COLUMNS)}
        assert "customers.full_name" not in found
        assert not any(each and each.startswith("lines.") for each in found)
        for fields in ({"customers": ("full_name",)}, {"lines": ("text",)}):
            with pytest.raises(SourceError):
                shop.opened(fields=fields)
    finally:
        shop.install()


def test_nobody_logs_in_as_the_owner(shop: MariadbShop) -> None:
    with pytest.raises(SourceError, match=r"source\.login_refused"):
        shop.address(shop.names.owner, shop.gate_password).connect()


CHANGES = {
    "view": "CREATE OR REPLACE DEFINER = '{s}_owner'@'localhost' VIEW {s}.customers AS SELECT 1 AS id",
    "view's definer": "ALTER DEFINER = owner@'%' VIEW {s}.lines AS SELECT 1 AS order_id",
    "another view": "CREATE VIEW {s}.more AS SELECT 1",
    "another table": "CREATE TABLE {s}.extra (x int)",
    "a column": "ALTER TABLE {s}.about ADD COLUMN IF NOT EXISTS x int",
    "a verb": "CREATE OR REPLACE DEFINER = '{s}_owner'@'localhost' PROCEDURE {s}.must_fit("
              "p_kind varchar(200), p_text longtext, p_mac varbinary(64)) BEGIN END",
    "another verb": "CREATE PROCEDURE {s}.more() SELECT 1",
    "a verb's security": "ALTER PROCEDURE {s}.`read` SQL SECURITY INVOKER",
    "event off": "ALTER EVENT {s}.fuse DISABLE",
    "event slow": "ALTER EVENT {s}.fuse ON SCHEDULE EVERY 1 HOUR",
    "event gone": "DROP EVENT {s}.fuse",
    "a trigger": "CREATE TRIGGER {s}.t BEFORE INSERT ON {s}.ledger FOR EACH ROW SET @x = 1",
    "select": "GRANT SELECT ON {s}.customers TO '{s}_watch'@'%'",
    "a column's select": "GRANT SELECT (held) ON {s}.secret TO '{s}_watch'@'%'",
    "execute": "GRANT EXECUTE ON PROCEDURE {s}.`open` TO '{s}_watch'@'%'",
    "execute to the public": "GRANT EXECUTE ON PROCEDURE {s}.`read` TO PUBLIC",
    "everything here": "GRANT ALL ON {s}.* TO '{s}_gate'@'%'",
    "temporary tables": "GRANT CREATE TEMPORARY TABLES ON {s}.* TO '{s}_watch'@'%'",
    "everything everywhere": "GRANT ALL ON *.* TO '{s}_watch'@'%'",
    "one right everywhere": "GRANT PROCESS ON *.* TO '{s}_gate'@'%'",
    "everywhere to the public": "GRANT CREATE TEMPORARY TABLES ON *.* TO PUBLIC",
    "the owner's tables": "GRANT SELECT ON crm.customers TO '{s}_owner'@'localhost'",
    "the owner's columns": "GRANT SELECT (password_hash) ON crm.customers TO '{s}_owner'@'localhost'",
    "the owner may more": "GRANT SUPER ON *.* TO '{s}_owner'@'localhost'",
    "a role": "GRANT strong TO '{s}_watch'@'%'",
    "a proxy": "INSERT INTO mysql.proxies_priv VALUES ('%', '{s}_watch', '%', '{s}_gate', 0, '', NOW())",
}  # fmt: skip
UNDO = (
    "REVOKE strong FROM '{s}_watch'@'%'", "DELETE FROM mysql.proxies_priv WHERE User = '{s}_watch'",
    "DROP VIEW IF EXISTS {s}.more", "DROP TABLE IF EXISTS {s}.extra",
    "ALTER TABLE {s}.about DROP COLUMN IF EXISTS x", "DROP PROCEDURE IF EXISTS {s}.more",
    "DROP TRIGGER IF EXISTS {s}.t", "REVOKE EXECUTE ON PROCEDURE {s}.`read` FROM PUBLIC",
    "REVOKE CREATE TEMPORARY TABLES ON *.* FROM PUBLIC", "DROP EVENT IF EXISTS {s}.fuse",
)  # fmt: skip


@pytest.mark.parametrize("what", [*CHANGES])
def test_what_was_changed_by_hand_is_noticed(shop: MariadbShop, what: str) -> None:
    close_all(shop)
    assert shop.watchman.installed().is_as_installed
    with closing(shop.server.connect(shop.database)) as owner:
        owner.run("CREATE ROLE IF NOT EXISTS strong")
        owner.run(CHANGES[what].format(s=shop.names.schema))
        try:
            assert not shop.watchman.installed().is_as_installed
        finally:
            for statement in UNDO:
                with suppress(MariadbError):
                    owner.run(statement.format(s=shop.names.schema))
            owner.run("DROP ROLE IF EXISTS strong")
            shop.install()
    assert shop.watchman.installed().is_as_installed


def test_an_idle_grant_changes_nothing_of_what_is_installed(shop: MariadbShop) -> None:
    opened, officer = shop.begun()
    with closing(officer):
        assert shop.watchman.installed().is_as_installed
    shop.gatekeeper.end(opened.grant, reason="revoked")
    assert shop.watchman.installed().is_as_installed


def test_uninstalling_leaves_nothing_even_of_a_live_grant(mariadb_server: MariadbServer) -> None:
    with bare(mariadb_server, "kiosk", "kiosk") as shop:
        before = shop.query(BROUGHT)
        shop.install()
        opened, officer = shop.begun()
        waiting = shop.opened()
        with closing(officer):
            officer.run(shop.verb("snapshot()"))
            officer.run("SET PASSWORD = PASSWORD('x')")
            shop.dba.run(shop.dba.uninstall_script("kiosk"))
            assert refusal(officer, "SELECT 1")
        assert shop.query(BROUGHT) == before
        assert not shop.sessions(opened.grant)
        assert not shop.sessions(waiting.grant)
        shop.dba.run(shop.dba.uninstall_script("kiosk"))
        with pytest.raises(SourceError):
            shop.watchman.status()


def test_uninstalling_takes_nothing_of_another_source(
    shop: MariadbShop, mariadb_server: MariadbServer
) -> None:
    with bare(mariadb_server, "shop_abcdefghij", "other") as other:
        other.install()
        close_all(shop)
        shop.dba.run(shop.dba.uninstall_script("shop"))
        try:
            assert other.watchman.installed().is_as_installed
            other.opened()
        finally:
            shop.install()
            shop.alter("UPDATE {}.about SET live_at_most = 500")


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.9, 0.99])
def test_a_script_that_stopped_halfway_is_run_again(
    mariadb_server: MariadbServer, share: float
) -> None:
    with bare(mariadb_server, "kiosk", "kiosk") as shop:
        script = runnable(shop.script().text())
        broken = script[: int(len(script) * share)]
        with closing(mariadb_server.connect("kiosk")) as owner, suppress(MariadbError):
            owner.run_script(broken)
        if share > 0.9:
            assert not shop.watchman.installed().is_as_installed
            for kind, key in shop.keys().items():
                assert shop.watchman.set_key(kind, key)
            asked, _ = shop.asked()
            with pytest.raises(SourceError, match=r"airlock\.(half_installed|documents_differ)"):
                shop.let_in(asked, shop.allowed(asked))
        shop.install()
        assert shop.watchman.installed().is_as_installed
        _, officer = shop.begun()
        with closing(officer):
            assert cells(officer, shop.read("customers", "id")) == [("7",)]


def test_the_mariadb_client_runs_the_same_script(mariadb_server: MariadbServer) -> None:
    with bare(mariadb_server, "kiosk", "kiosk") as shop:
        for text in (shop.script().text(), shop.dba.uninstall_script("kiosk"),
                     shop.script().text()):  # fmt: skip
            subprocess.run(
                ["mariadb", "--no-defaults", f"-h{mariadb_server.host}", "--skip-ssl",
                 f"-P{mariadb_server.port}", f"-u{mariadb_server.user}", "kiosk"],
                env={**os.environ, "MYSQL_PWD": mariadb_server.password},
                input=text.encode(), check=True, capture_output=True,
            )  # fmt: skip
        installed = shop.watchman.installed()
        assert installed.is_as_installed
        assert installed.definition == shop.script().definition
        shop.install()
        assert shop.watchman.installed().definition == installed.definition
        assert shop.watchman.installed().is_as_installed


def test_what_is_not_installed_says_so(mariadb_server: MariadbServer) -> None:
    with bare(mariadb_server, "kiosk", "kiosk") as shop:
        shop.install()
        with closing(mariadb_server.connect()) as owner:
            owner.run("DROP DATABASE sandglass_kiosk")
        calls: list[Any] = [shop.watchman.installed, shop.watchman.status, shop.watchman.sweep]
        for call in calls:
            with pytest.raises(SourceError, match=r"airlock\.not_installed"):
                call()


def test_an_airlock_of_other_keys_is_not_overwritten(shop: MariadbShop) -> None:
    close_all(shop)
    stranger = MariadbShop(shop.server)
    with pytest.raises(SourceError, match=r"airlock\.of_another_workspace"):
        shop.dba.run(stranger.script().text())
    shop.install()


@pytest.mark.parametrize("name", ["line\nend", "car\rriage", "nul\x00", "\u2028", "\x1b[2J"])
def test_a_name_that_a_client_would_read_as_its_own_makes_no_script(
    shop: MariadbShop, name: str
) -> None:
    with pytest.raises((InputError, SourceError)):
        shop.script(SHOP.replace("fides_key: shop", f"fides_key: {name!r}"))


def test_a_server_that_cannot_close_what_is_due_opens_no_window(
    shop: MariadbShop,
) -> None:
    opened = shop.opened()
    with closing(shop.server.connect()) as owner, closing(shop.enter(opened)) as officer:
        owner.run("SET GLOBAL event_scheduler = OFF")
        try:
            assert refusal(officer, shop.verb("begin()")) == "SG014"
            assert not shop.watchman.installed().has_fuse
        finally:
            owner.run("SET GLOBAL event_scheduler = ON")
        officer.run(shop.verb("begin()"))
        assert shop.watchman.installed().has_fuse


def test_a_server_that_is_only_read_says_so(shop: MariadbShop) -> None:
    asked, _ = shop.asked()
    with closing(shop.server.connect()) as owner:
        owner.run("SET GLOBAL read_only = 1")
        try:
            assert shop.watchman.installed().is_standby
            with pytest.raises(SourceError, match=r"source\.read_only"):
                shop.let_in(asked, shop.allowed(asked))
        finally:
            owner.run("SET GLOBAL read_only = 0")
    shop.let_in(asked, shop.allowed(asked))


def test_where_sysdate_can_be_set_no_window_opens() -> None:
    with running_mariadb("--sysdate-is-now") as server:
        shop = MariadbShop(server)
        shop.build()
        with closing(shop.enter(shop.opened())) as officer:
            officer.run("SET timestamp = 1")
            assert refusal(officer, shop.verb("begin()")) in {"SG015", "SG002"}
            assert refusal(officer, shop.read("customers", "id")) == "SG006"
