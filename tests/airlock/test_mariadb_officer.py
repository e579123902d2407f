"""MariaDB: an officer with her own login and any client reads what was granted, nothing else."""

# ruff: noqa: E501, Q003 - statements as they are typed, each on its line

from __future__ import annotations

from contextlib import closing, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app.domain.secrets import Secret
from app.sources._mariadb_errors import MariadbError
from tests.airlock.base import SHOP
from tests.airlock.mariadb_ground import MariadbShop, cells, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.sources._mariadb_wire import Connection
    from tests.servers import MariadbServer

pytestmark = pytest.mark.server

HERS = [("7", "U7@Example.test", "Person 7")]
DENIED = {"1044", "1142", "1143", "1227", "1370", "1345", "1698", "1959", "1410", "1873"}
LOCKS = "SG017"


@pytest.fixture(scope="module")
def shop(mariadb_shop: MariadbShop) -> MariadbShop:
    return mariadb_shop


@pytest.fixture
def officer(shop: MariadbShop) -> Iterator[Connection]:
    """The officer of person 7, her window open."""
    _, connection = shop.begun()
    with closing(connection):
        yield connection


def hers(shop: MariadbShop, officer: Connection) -> list[tuple[str | None, ...]]:
    return cells(officer, shop.read("customers", "id", "email", "full_name"))


def test_she_reads_exactly_what_was_granted(shop: MariadbShop, officer: Connection) -> None:
    assert hers(shop, officer) == HERS
    found = cells(officer, shop.read("orders", "amount", "id"))
    assert sorted(found) == sorted((f"{n}.00", str(n)) for n in range(6, 1000, 200))


NOT_GRANTED = [
    ("customers", "phone"), ("customers", "password_hash"), ("customers", "risk_score"),
    ("customers", "*"), ("customers", "id`, `phone"), ("customers", "ID "), ("customers", "Id"),
    ("customers", ""), ("customers", "id\0"), ("orders", "customer_id"),
    ("orders", "internal_note"), ("lines", "text"), ("ledger", "grant_id"), ("secret", "held"),
    ("Customers", "id"), ("customers ", "id"), ("", "id"), ("customers` UNION SELECT 1 -- ", "id"),
    ("crm.customers", "id"), ("nowhere", "id"), ("customers", "id FROM crm.customers -- "),
    ("customers", "(SELECT 1)"), ("customers", "é"), ("customers", "😀"), ("😀", "id"),
]  # fmt: skip


@pytest.mark.parametrize(("collection", "column"), NOT_GRANTED)
def test_no_other_field_is_read(
    shop: MariadbShop, officer: Connection, collection: str, column: str
) -> None:
    assert refusal(officer, shop.read(collection, column)) in {"SG016", "4174", "1406", "4078"}
    assert refusal(officer, shop.read(collection, "id", column)) in {"SG016", "4174", "1406"}
    assert hers(shop, officer) == HERS


@pytest.mark.parametrize(
    "columns",
    [None, "", "[]", "{}", "null", "[null]", "[1]", "[[\"id\"]]", "{\"id\": \"id\"}", "[\"id\"",
     "\"id\"", "['id']", "[\"id\", [\"phone\"]]", "id", "[\"id\"]]"],
)  # fmt: skip
def test_columns_that_are_no_list_of_names_read_nothing_more(
    shop: MariadbShop, officer: Connection, columns: str | None
) -> None:
    try:
        found = cells(officer, shop.verb("`read`('customers', ?)"), columns)
    except MariadbError:
        found = []
    assert {cell for row in found for cell in row} <= {"7"}


def test_a_huge_list_of_columns_reads_nothing_more(shop: MariadbShop, officer: Connection) -> None:
    with suppress(MariadbError):
        found = cells(officer, shop.read("customers", *(["id"] * 4000)))
        assert {*found[0]} == {"7"}
    assert refusal(officer, shop.read("customers", *(["x" * 60] * 50_000))) != ""
    assert hers(shop, officer) == HERS


REFUSED = [
    # what lies beneath
    "SELECT * FROM {s}.customers", "SELECT id FROM {s}.customers",
    "SELECT COUNT(*) FROM {s}.customers", "SELECT id FROM crm.customers", "SELECT 1 FROM {s}.orders",
    "SELECT * FROM {s}.ledger", "SELECT held FROM {s}.secret", "SELECT * FROM {s}.known",
    "SELECT * FROM {s}.granted", "SELECT * FROM {s}.brought", "SELECT * FROM {s}.about",
    "SELECT * FROM {s}.snapshots", "SELECT {s}.deadline()", "SELECT {s}.mine()",
    "SELECT {s}.caller()", "SELECT {s}.expired()", "SELECT {s}.hmac('x', 'y')",
    "SELECT {s}.view_of('customers')", "SELECT {s}.objects_now()", "SELECT {s}.sessions_of('x')",
    "SELECT {s}.is_of('x', 'x', 1)", "SELECT {s}.plain_digits('1')", "SELECT {s}.spaces_around()",
    "SELECT {s}.number_in('1', '$')", "SELECT {s}.padded('x', 'y')",
    "CALL {s}.come_in()", "CALL {s}.end_sessions('x')", "CALL {s}.`open`('', '', '', '')",
    "CALL {s}.`close`('', '', '')", "CALL {s}.sweep()", "CALL {s}.fuse('')", "CALL {s}.status()",
    "CALL {s}.`count`('', '')", "CALL {s}.installed()", "CALL {s}.keys_held()",
    "CALL {s}.set_key('officers', 'x')", "CALL {s}.rekey('', '', '', '')",
    "CALL {s}.note('x', '{{}}')", "CALL {s}.must_fit('officers', '', '')",
    "SELECT * FROM mysql.global_priv", "SELECT * FROM mysql.user", "SELECT * FROM mysql.proc",
    "SELECT * FROM mysql.db", "SELECT * FROM mysql.column_stats", "SELECT * FROM mysql.general_log",
    "SHOW CREATE VIEW {s}.customers", "SHOW COLUMNS FROM {s}.customers",
    "SHOW CREATE TABLE crm.customers", "SHOW INDEX FROM crm.customers", "DESCRIBE crm.customers",
    "SHOW GRANTS FOR '{s}_owner'@'localhost'", "SHOW GRANTS FOR '{s}_gate'@'%'",
    "SHOW ENGINE INNODB STATUS", "SHOW BINARY LOGS", "SHOW CREATE USER '{s}_gate'@'%'",
    "EXPLAIN SELECT id FROM {s}.customers", "ANALYZE SELECT id FROM {s}.customers",
    "ANALYZE TABLE {s}.ledger", "CHECKSUM TABLE {s}.ledger", "CHECK TABLE {s}.ledger",
    "HANDLER {s}.ledger OPEN", "HANDLER crm.customers OPEN", "LOCK TABLES {s}.ledger READ",
    "LOCK TABLES crm.customers WRITE", "FLUSH TABLES WITH READ LOCK", "FLUSH TABLES {s}.ledger",
    "BACKUP STAGE START", "BACKUP LOCK {s}.ledger", "SHOW EXPLAIN FOR 1",
    "SELECT LOAD_FILE('/etc/passwd') FROM {s}.customers",
    "SELECT 1 INTO OUTFILE '/tmp/sandglass-x'", "SELECT 1 INTO DUMPFILE '/tmp/sandglass-y'",
    "LOAD DATA INFILE '/etc/passwd' INTO TABLE {s}.known",
    # writing
    "UPDATE {s}.customers SET email = 'x'", "DELETE FROM {s}.customers",
    "INSERT INTO {s}.customers (id) VALUES (1)", "UPDATE {s}.ledger SET deadline = '2999-01-01'",
    "TRUNCATE {s}.ledger", "DROP VIEW {s}.customers", "DROP DATABASE {s}", "CREATE TABLE {s}.t (x int)",
    "CREATE TEMPORARY TABLE {s}.ledger (x int)", "CREATE TEMPORARY TABLE crm.x (x int)",
    "CREATE TEMPORARY TABLE {s}.secret LIKE {s}.secret",
    "CREATE OR REPLACE VIEW {s}.customers AS SELECT 1", "CREATE DATABASE mine",
    "CREATE FUNCTION {s}.f() RETURNS int RETURN 1", "CREATE PROCEDURE {s}.p() SELECT 1",
    "CREATE EVENT {s}.e ON SCHEDULE EVERY 1 SECOND DO SELECT 1", "ALTER EVENT {s}.fuse DISABLE",
    "CREATE TRIGGER {s}.t BEFORE INSERT ON {s}.ledger FOR EACH ROW SET @x = 1",
    "ALTER PROCEDURE {s}.`read` SQL SECURITY INVOKER", "DROP PROCEDURE {s}.`read`",
    "CREATE FUNCTION soname RETURNS STRING SONAME 'x.so'", "INSTALL SONAME 'ha_x'",
    # becoming somebody
    "SET ROLE {s}_owner", "SET DEFAULT ROLE {s}_owner", "GRANT PROXY ON '{s}_gate'@'%' TO CURRENT_USER",
    "GRANT EXECUTE ON PROCEDURE {s}.`read` TO '{s}_watch'@'%'", "GRANT SELECT ON {s}.customers TO PUBLIC",
    "GRANT ALL ON *.* TO CURRENT_USER", "ALTER USER CURRENT_USER WITH MAX_USER_CONNECTIONS 100",
    "ALTER USER CURRENT_USER ACCOUNT UNLOCK", "ALTER USER CURRENT_USER PASSWORD EXPIRE NEVER",
    "CREATE USER friend", "CREATE ROLE friend", "DROP USER CURRENT_USER", "RENAME USER CURRENT_USER TO x",
    "SET PASSWORD FOR '{s}_gate'@'%' = PASSWORD('x')", "REVOKE ALL PRIVILEGES, GRANT OPTION FROM '{s}_gate'@'%'",
    "KILL 1",
    # the server's settings
    "SET GLOBAL event_scheduler = OFF", "SET GLOBAL time_zone = '+12:00'", "SET GLOBAL read_only = 1",
    "SET GLOBAL general_log = 1", "SET GLOBAL log_output = 'TABLE'", "SET GLOBAL userstat = 1",
    "SET SESSION sql_log_bin = 0", "SET GLOBAL innodb_status_output = 1", "SET GLOBAL init_connect = 'x'",
    "SET SESSION binlog_format = 'STATEMENT'", "SET GLOBAL secure_timestamp = 'NO'", "SHUTDOWN",
    "PURGE BINARY LOGS TO 'x'", "CHANGE MASTER TO MASTER_HOST = 'x'", "RESET QUERY CACHE",
]  # fmt: skip


@pytest.mark.parametrize("statement", REFUSED)
def test_this_is_refused(shop: MariadbShop, officer: Connection, statement: str) -> None:
    refused = refusal(officer, statement.format(s=shop.names.schema))
    assert refused, statement
    assert refused != "1064", "not what it was meant to be"
    assert hers(shop, officer) == HERS


@pytest.mark.parametrize(
    "query",
    [
        "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA IN ('crm', 'sandglass_shop')",
        "SELECT COUNT(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA IN ('crm', 'sandglass_shop')",
        "SELECT COUNT(*) FROM information_schema.STATISTICS WHERE TABLE_SCHEMA IN ('crm', 'sandglass_shop')",
        "SELECT COUNT(*) FROM information_schema.VIEWS WHERE TABLE_SCHEMA = 'sandglass_shop'",
        "SELECT COUNT(*) FROM information_schema.EVENTS",
        "SELECT COUNT(*) FROM information_schema.TRIGGERS",
        "SELECT COUNT(*) FROM information_schema.ROUTINES WHERE ROUTINE_DEFINITION IS NOT NULL",
        "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER <> SUBSTRING_INDEX(USER(), '@', 1)",
        "SELECT COUNT(*) FROM information_schema.USER_PRIVILEGES WHERE GRANTEE NOT LIKE CONCAT('''', SUBSTRING_INDEX(USER(), '@', 1), '%')",
        "SELECT COUNT(*) FROM information_schema.TABLE_PRIVILEGES",
        "SELECT COUNT(*) FROM information_schema.COLUMN_PRIVILEGES",
        "SELECT COUNT(*) FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = 'crm'",
        "SELECT COUNT(*) FROM information_schema.PARTITIONS WHERE TABLE_SCHEMA IN ('crm', 'sandglass_shop')",
        "SELECT COUNT(*) FROM information_schema.OPTIMIZER_TRACE WHERE TRACE LIKE '%xample.test%'",
        "SELECT COUNT(*) FROM information_schema.USER_VARIABLES WHERE VARIABLE_VALUE LIKE '%xample%'",
    ],
)  # fmt: skip
def test_the_servers_own_tables_tell_nothing(
    shop: MariadbShop, officer: Connection, query: str
) -> None:
    officer.run("SET optimizer_trace = 'enabled=on'")
    assert hers(shop, officer) == HERS
    assert cells(officer, query) == [("0",)]


@pytest.mark.parametrize(
    "table",
    ["INNODB_TRX", "INNODB_LOCKS", "INNODB_LOCK_WAITS", "INNODB_BUFFER_PAGE", "INNODB_METRICS",
     "INNODB_SYS_TABLES", "INNODB_SYS_TABLESTATS", "INNODB_CMP", "INNODB_FT_INDEX_TABLE",
     "TABLE_STATISTICS", "INDEX_STATISTICS", "USER_STATISTICS", "CLIENT_STATISTICS"],
)  # fmt: skip
def test_what_the_engine_knows_is_not_hers(officer: Connection, table: str) -> None:
    query = f"SELECT COUNT(*) FROM information_schema.{table}"
    try:
        found = cells(officer, query)
    except MariadbError as error:
        assert error.number in {1227, 1142}  # noqa: PT017 - either is an answer
    else:
        assert found == [("0",)]


SETTINGS = [
    "time_zone = '+12:00'", "time_zone = '-12:00'", "timestamp = 1", "sql_mode = 'ANSI'",
    "sql_mode = 'ORACLE'", "sql_mode = 'PAD_CHAR_TO_FULL_LENGTH,NO_BACKSLASH_ESCAPES'",
    "default_regex_flags = 'MULTILINE,EXTENDED,DOTALL,UNGREEDY'", "group_concat_max_len = 4",
    "max_sort_length = 64", "sql_select_limit = 0", "sql_select_limit = 1",
    "completion_type = CHAIN", "completion_type = RELEASE", "autocommit = 0",
    "tx_isolation = 'READ-UNCOMMITTED'", "tx_isolation = 'SERIALIZABLE'", "tx_read_only = 1",
    "optimizer_switch = 'derived_merge=off,materialization=off,semijoin=off'",
    "optimizer_switch = 'mrr=on,mrr_sort_keys=on,join_cache_bka=on'", "join_cache_level = 8",
    "optimizer_use_condition_selectivity = 1", "in_predicate_conversion_threshold = 2",
    "character_set_client = latin1", "character_set_connection = latin1",
    "character_set_results = binary", "collation_connection = utf8mb4_general_ci",
    "character_set_results = ucs2", "character_set_database = latin1", "lc_messages = 'de_DE'",
    "sql_auto_is_null = 1", "old_mode = 'NO_DUP_KEY_WARNINGS_WITH_IGNORE'", "sql_safe_updates = 1",
    "max_error_count = 65535", "max_error_count = 0", "profiling = 1", "sql_warnings = 1",
    "optimizer_trace = 'enabled=on'", "big_tables = 1", "tmp_memory_table_size = 0",
    "max_join_size = 1", "sql_big_selects = 0", "div_precision_increment = 0", "foreign_key_checks = 0",
    "query_cache_type = 0", "low_priority_updates = 1", "net_write_timeout = 1",
    "max_statement_time = 30", "lock_wait_timeout = 1", "innodb_lock_wait_timeout = 1",
    "storage_engine = MEMORY", "default_week_format = 3", "eq_range_index_dive_limit = 1",
    "check_constraint_checks = 0", "max_session_mem_used = 18446744073709551615",
    "rand_seed1 = 1", "insert_id = 1", "last_insert_id = 7", "identity = 7", "pseudo_thread_id = 1",
    "session_track_transaction_info = 'CHARACTERISTICS'", "session_track_system_variables = '*'",
    "max_recursive_iterations = 1", "updatable_views_with_limit = 0", "max_length_for_sort_data = 4",
    "system_versioning_asof = '2001-01-01 00:00:00'", "enforce_storage_engine = NULL",
]  # fmt: skip


@pytest.mark.parametrize("setting", SETTINGS)
def test_no_setting_shows_more_or_moves_the_end(shop: MariadbShop, setting: str) -> None:
    opened = shop.opened()
    with (
        closing(shop.enter(opened)) as before,
        closing(shop.enter(opened)) as after,
        closing(shop.enter(opened)) as plain,
    ):
        refusal(before, f"SET SESSION {setting}")
        for each in (before, plain):
            with suppress(MariadbError):
                each.run(shop.verb("begin()"))
        refusal(after, f"SET SESSION {setting}")
        ways = [(before, ""), (after, ""), (plain, f"SET STATEMENT {setting} FOR ")]
        for officer, prefix in ways:
            for query in (
                shop.read("customers", "id", "email", "full_name"), shop.read("customers", "phone"),
            ):  # fmt: skip
                try:
                    found = cells(officer, prefix + query)
                except (MariadbError, UnicodeDecodeError):
                    continue
                assert {row[0] for row in found if row[0]} <= {"7"} or "ucs2" in setting
                assert "phone" not in query
        assert shop.state(opened.grant).state == "open"
        ((late,),) = shop.query(
            "SELECT TIMESTAMPDIFF(SECOND, SYSDATE(), deadline) BETWEEN 1700 AND 1800"
            " FROM sandglass_shop.ledger WHERE grant_id = ?",
            opened.grant,
        )
        assert late == "1"
        shop.shorten(opened, 0.0)
        for officer, prefix in ways:
            refused = refusal(officer, prefix + shop.read("customers", "id"))
            assert refused, "it outlived the end"
    shop.gatekeeper.end(opened.grant, reason="revoked")


LOCKING = {
    "begun": ["START TRANSACTION"],
    "serializable": ["SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", "START TRANSACTION"],
    "for the session": ["SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE", "START TRANSACTION"],
    "after a snapshot": [
        "CALL {s}.snapshot()", "CALL {s}.shape()", "COMMIT",
        "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", "START TRANSACTION",
    ],
    "chained": [
        "SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE", "CALL {s}.snapshot()",
        "COMMIT AND CHAIN",
    ],
    "rolled back": [
        "SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE", "CALL {s}.snapshot()",
        "ROLLBACK AND CHAIN",
    ],
    "no autocommit": ["SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE", "SET autocommit = 0"],
    "no autocommit, once": [
        "SET autocommit = 0", "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
    ],
    "own savepoints": ["START TRANSACTION", "SAVEPOINT sandglass", "SAVEPOINT none"],
    "released": ["CALL {s}.snapshot()", "RELEASE SAVEPOINT sandglass", "COMMIT",
                 "START TRANSACTION WITH CONSISTENT SNAPSHOT", "SAVEPOINT sandglass"],
    "xa": ["SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE", "XA START 'x'"],
    "read only": ["SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE",
                  "START TRANSACTION READ ONLY"],
}  # fmt: skip


@pytest.mark.parametrize("how", [*LOCKING])
def test_no_transaction_of_hers_locks_what_is_others(
    shop: MariadbShop, officer: Connection, how: str
) -> None:
    """The trap: in a serializable one, reading would lock customers, and the ledger itself."""
    for statement in LOCKING[how]:
        officer.run(statement.format(s=shop.names.schema))
    for query in (
        shop.read("customers", "id"), shop.verb("shape()"), shop.verb("attest('x')"),
        shop.verb("shared('x')"),
    ):  # fmt: skip
        assert refusal(officer, query) == LOCKS
    for statement in (
        "UPDATE crm.customers SET risk_score = 1 WHERE id = 7",
        "UPDATE {}.ledger SET ended_sessions = 0", "UPDATE {}.secret SET kind = kind",
    ):  # fmt: skip
        with closing(shop.server.connect(shop.database)) as owner:
            owner.run("SET innodb_lock_wait_timeout = 0, lock_wait_timeout = 0")
            assert refusal(owner, statement.format(shop.names.schema)) == ""
    shop.gatekeeper.end(shop.opened().grant, reason="revoked")
    refusal(officer, "XA END 'x'")
    refusal(officer, "XA ROLLBACK 'x'")
    officer.run("ROLLBACK")


def test_a_snapshot_repeats_what_it_reads(shop: MariadbShop, officer: Connection) -> None:
    officer.run("SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE")
    officer.run(shop.verb("snapshot()"))
    assert hers(shop, officer) == HERS
    shop.alter("UPDATE customers SET full_name = 'changed' WHERE id = 7")
    try:
        assert hers(shop, officer) == HERS
        officer.run("ROLLBACK TO SAVEPOINT sandglass")
        assert hers(shop, officer) == HERS
        officer.run(shop.verb("snapshot()"))
        assert hers(shop, officer) == [("7", "U7@Example.test", "changed")]
    finally:
        shop.alter("UPDATE customers SET full_name = 'Person 7' WHERE id = 7")


SPYING = (
    "SHOW WARNINGS", "SHOW ERRORS", "SHOW PROFILES", "SHOW PROFILE ALL", "SHOW PROCESSLIST",
    "SELECT * FROM information_schema.PROFILING", "SHOW SESSION STATUS LIKE 'Last_query%'",
    "SELECT * FROM information_schema.OPTIMIZER_TRACE", "SHOW OPEN TABLES FROM sandglass_shop",
    "SELECT * FROM information_schema.ROUTINES", "SELECT * FROM information_schema.PARAMETERS",
    "SHOW PROCEDURE STATUS", "SHOW CREATE PROCEDURE sandglass_shop.snapshot",
    "SELECT * FROM information_schema.SESSION_VARIABLES",
)  # fmt: skip


@pytest.mark.parametrize("spy", SPYING)
def test_the_savepoint_of_a_snapshot_is_never_named(
    shop: MariadbShop, officer: Connection, spy: str
) -> None:
    """Who knew it could give her own transaction one of that name."""
    officer.run("SET profiling = 1, max_error_count = 64, optimizer_trace = 'enabled=on'")
    officer.run(shop.verb("snapshot()"))
    ((name,),) = shop.query(
        "SELECT savepoint FROM sandglass_shop.snapshots WHERE connection = ?", officer.number
    )
    assert name
    seen = str(officer.run(spy) if not refusal(officer, spy) else "")
    officer.run("COMMIT")
    officer.run("SET profiling = 1, max_error_count = 64")
    officer.run("START TRANSACTION")
    assert refusal(officer, shop.read("customers", "id")) == LOCKS
    seen += str(officer.run(spy) if not refusal(officer, spy) else "")
    assert name.lower() not in seen.lower()


RAW = """
CREATE TABLE customers (id varchar(40) PRIMARY KEY, email varbinary(200), phone varbinary(60),
  full_name varchar(200) CHARACTER SET latin1, password_hash char(32));
CREATE TABLE orders (id int PRIMARY KEY, customer_id int, item varbinary(200), amount varchar(9));
CREATE TABLE `lines` (order_id int, text text);
INSERT INTO customers VALUES ('7', 'u7@example.test', '7', 'Person 7', ''),
  ('8x', x'ff5ec2e7', x'c3', 'Person 8', ''), ('9', x'fffe', x'ff31', '', ''),
  ('secret!', 'secret@example.test', 'secret', '', '');
INSERT INTO orders VALUES (1, 7, 'hers', '1'), (2, 8, x'ff', 'x'), (3, NULL, x'c328', 'secret');
"""


def test_warnings_say_nothing_of_other_people(mariadb_server: MariadbServer) -> None:
    """The trap: conditions are tried on other people's rows, and what does not fit is quoted."""
    maps = (SHOP.replace("fides_key: shop", "fides_key: raw").replace("dataset: shop",
                                                                      "dataset: raw"),)  # fmt: skip
    shop = MariadbShop(mariadb_server, source="raw", database="raw", maps=maps, tables=RAW,
                       links={})  # fmt: skip
    shop.build()
    try:
        both = {"email": ("u7@example.test",), "phone_number": ("7",)}
        _, officer = shop.begun(identities=both)
        with closing(officer):
            for before in ("SET SESSION max_error_count = 64", shop.verb("snapshot()")):
                officer.run(before)
                for statement in (
                    shop.read("customers", "id", "email"), shop.read("orders", "id", "item"),
                    "SET STATEMENT max_error_count = 99 FOR " + shop.read("orders", "id"),
                    shop.verb("shape()"),
                ):  # fmt: skip
                    refusal(officer, "SET SESSION max_error_count = 64, sql_warnings = 1")
                    officer.run(statement)
                    assert officer.run("SHOW WARNINGS") == []
            assert cells(officer, shop.read("orders", "id")) == [("1",)]
    finally:
        shop.remove()


@pytest.mark.parametrize("victim", ["watchman", "gatekeeper"])
def test_she_ends_nobody_elses_session(shop: MariadbShop, officer: Connection, victim: str) -> None:
    login = getattr(shop, victim)
    with closing(login.address.connect()) as other:
        for kill in ("KILL USER {}", "KILL HARD CONNECTION USER {}", "KILL SOFT QUERY USER {}"):
            refusal(officer, kill.format(login.address.user))
        assert refusal(officer, f"KILL {other.number}") == "1095"
        assert cells(other, "SELECT 1") == [("1",)]


def test_a_second_connection_of_hers_sees_no_plan(shop: MariadbShop) -> None:
    opened, officer = shop.begun()
    with closing(officer), closing(shop.enter(opened)) as spy:
        for query in ("SHOW EXPLAIN FOR {}", "SHOW EXPLAIN FORMAT=JSON FOR {}",
                      "SHOW ANALYZE FOR {}", "EXPLAIN FOR CONNECTION {}"):  # fmt: skip
            assert refusal(spy, query.format(officer.number)) in {"1227", "1933", "1064"}
        assert hers(shop, officer) == HERS


def test_officers_do_not_see_each_others_person(shop: MariadbShop) -> None:
    _, first = shop.begun(person=7)
    _, second = shop.begun(person=8)
    _, third = shop.begun(person=9, fields={"customers": ("phone",)})
    with closing(first), closing(second), closing(third):
        assert cells(first, shop.read("customers", "id")) == [("7",)]
        assert cells(second, shop.read("customers", "id")) == [("8",)]
        assert cells(third, shop.read("customers", "phone")) == [("+49 30 9",)]
        assert refusal(first, shop.read("customers", "phone")) == "SG016"
        assert refusal(third, shop.read("customers", "id")) == "SG016"
        assert refusal(first, f"KILL {second.number}") in {"1095", "1094", "1227"}
        held = f"SELECT GET_LOCK(CONCAT(?, '#', {second.number}), 0)"
        name = cells(second, "SELECT SUBSTRING_INDEX(USER(), '@', 1)")[0][0]
        assert cells(first, held, name) == [("0",)]  # it is taken already


def test_she_may_change_her_password_and_wins_no_time(shop: MariadbShop) -> None:
    opened, officer = shop.begun()
    with closing(officer):
        officer.run("SET PASSWORD = PASSWORD('mine now')")
    changed = replace(opened, password=Secret("mine now"))
    shop.enter(changed).close()
    shop.gatekeeper.end(opened.grant, reason="revoked")
    assert shop.refuses(changed)


@pytest.mark.parametrize(
    "identities",
    [
        {"phone_number": ("",)}, {"email": ("",)}, {"email": ("%",)}, {"email": ()},
        {"email": ("[u7@example.test]",)}, {"nobody": ("u7@example.test",)}, {"email": (".*",)},
        {"phone_number": ("%",)}, {"email": ("u7@example.test' OR '1'='1",)},
        {"email": ("u7@example.test\\",)}, {"email": ("u7@example.tesť",)}, {"email": ("^u7",)},
        {"phone_number": ("x",)}, {"email": ("ú7@example.test",)}, {"email": ("u7@example.test\u0000",)},
    ],
)  # fmt: skip
def test_an_identity_that_is_nobodys_finds_nobody(
    shop: MariadbShop, identities: dict[str, tuple[str, ...]]
) -> None:
    shop.alter("INSERT IGNORE INTO customers VALUES (999, '', 'none', '', '', 0)")
    _, connection = shop.begun(identities=identities, fields={"customers": ("id",)})
    with closing(connection):
        assert cells(connection, shop.read("customers", "id")) == []
