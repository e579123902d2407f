"""A pull through the airlock of a real MariaDB, from installing it to the proof of its death."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from app.domain.access import EndReason
from app.domain.errors import SourceError
from app.domain.secrets import Secret
from app.ports.progress import QuietTask
from app.ports.sources import Enforcement
from app.services.airlocks import DbaLogin
from tests.airlock.base import SHOP
from tests.airlock.ground import TABLES as POSTGRESQL_TABLES
from tests.airlock.mariadb_ground import TABLES
from tests.airlock.store import dba as postgresql_dba
from tests.fakes import RealClock
from tests.office import open_office

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.services.airlocks import Airlocks
    from tests.office import Office
    from tests.servers import MariadbServer, PostgresqlServer

pytestmark = pytest.mark.server

DATABASE = "main_job"
LEDGER = "sandglass_store.ledger"
DEPOT = """
dataset:
- fides_key: depot
  name: Depot
  collections:
  - name: orders
    fields:
    - name: customer_id
      data_categories: [user.unique_id]
      fides_meta: {references: [{dataset: store, field: customers.id, direction: from}]}
    - {name: item, data_categories: [user.behavior]}
"""


@pytest.fixture
def office(tmp_path: Path, mariadb_server: MariadbServer) -> Iterator[Office]:
    with closing(mariadb_server.connect()) as owner:
        owner.run(f"DROP DATABASE IF EXISTS {DATABASE}")
        owner.run(f"CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4")
        owner.run_script(f"USE {DATABASE}; {TABLES}")
        owner.run(f"UPDATE {DATABASE}.customers SET email = 'Mara@Example.ORG' WHERE id = 7")
    office = open_office(tmp_path, clock=RealClock())
    office.administrator.sourcing.set_in_use("shop", is_active=False)
    settings = mariadb_server.settings(DATABASE, sslmode="disable")
    del settings["user"]
    text = SHOP.replace("shop", "store")
    office.administrator.sourcing.add("mariadb", settings, map_text=text, map_file="store.yml")
    yield office
    if office.administrator.airlocks.find("store") is not None:
        office.administrator.airlocks.uninstall("store", dba(mariadb_server))


def dba(server: MariadbServer) -> DbaLogin:
    return DbaLogin(server.user, Secret(server.password))


def left_behind(server: MariadbServer) -> list[str]:
    with closing(server.connect()) as owner:
        found = owner.run(
            "SELECT CONCAT(User, '@', Host) FROM mysql.global_priv WHERE User LIKE 'sandglass%'"
            " UNION ALL SELECT Db FROM mysql.procs_priv WHERE Db LIKE 'sandglass%'"
            " UNION ALL SELECT User FROM mysql.columns_priv WHERE User LIKE 'sandglass%'"
            " UNION ALL SELECT User FROM mysql.tables_priv WHERE User LIKE 'sandglass%'"
            " UNION ALL SELECT SCHEMA_NAME FROM information_schema.SCHEMATA"
            " WHERE SCHEMA_NAME LIKE 'sandglass%'"
        )
    return [(name or b"").decode() for (name,) in found]


def test_one_person_s_rows_come_through_and_the_key_is_dead_afterwards(
    office: Office, mariadb_server: MariadbServer, tmp_path: Path
) -> None:
    airlock = office.administrator.airlocks.install("store", dba(mariadb_server))
    assert airlock.state == "ready"
    case = office.asked()
    counts = office.approver.granting.counts(case.asked.id)
    assert counts == {"store.customers": 1, "store.orders": 5, "store.lines": 5}
    office.approver.granting.grant(case.asked.id, seen_hash=case.asked.scope_hash)

    result = office.officer.pulling.run(case.asked.id, QuietTask())

    assert result.failure is None
    assert {str(each.collection): each.rows for each in result.pulled} == counts
    assert result.is_complete
    (state,) = office.administrator.airlocks.grants("store")
    assert (state.state, state.sessions, state.has_role) == ("closed", 0, False)
    assert f"sandglass_store_{state.grant}@%" not in left_behind(mariadb_server)
    view = office.administrator.sourcing.view()
    store = next(each for each in view.sources if each.record.key == "store")
    assert store.enforcement is Enforcement.SOURCE
    office.officer.auditing.report(case.asked.request, tmp_path / "report.pdf")


def test_a_revoked_grant_opens_nothing(office: Office, mariadb_server: MariadbServer) -> None:
    office.administrator.airlocks.install("store", dba(mariadb_server))
    case = office.granted()
    office.approver.granting.revoke(case.asked.id, reason="Wrong person")
    (state,) = office.administrator.airlocks.grants("store")
    assert (state.state, state.has_role) == ("closed", False)


def test_a_window_that_expires_in_a_pull_leaves_it_incomplete_and_the_source_closed(
    office: Office, mariadb_server: MariadbServer
) -> None:
    office.administrator.airlocks.install("store", dba(mariadb_server))
    case = office.granted()
    with closing(mariadb_server.connect(DATABASE)) as owner:
        # As if the minutes were over before anything was read.
        owner.run(
            "CREATE TRIGGER sandglass_store.late BEFORE UPDATE ON sandglass_store.ledger"
            " FOR EACH ROW SET NEW.deadline = IF(NEW.state = 'open',"
            " SYSDATE(6) + INTERVAL 40000 MICROSECOND, NEW.deadline)"
        )
    result = office.officer.pulling.run(case.asked.id, QuietTask())
    assert not result.is_complete
    assert result.case.window is not None
    assert result.case.window.reason is EndReason.EXPIRED
    (state,) = office.administrator.airlocks.grants("store")
    assert (state.state, state.sessions, state.has_role) == ("closed", 0, False)


def test_without_the_event_scheduler_nothing_is_opened_and_it_is_told(
    office: Office, mariadb_server: MariadbServer
) -> None:
    office.administrator.airlocks.install("store", dba(mariadb_server))
    case = office.granted()
    with closing(mariadb_server.connect()) as owner:
        owner.run("SET GLOBAL event_scheduler = OFF")
        try:
            with pytest.raises(SourceError, match=r"airlock\.events_off"):
                office.officer.pulling.run(case.asked.id, QuietTask())
            assert office.administrator.airlocks.check("store").state == "no_fuse"
        finally:
            owner.run("SET GLOBAL event_scheduler = ON")
    assert office.administrator.airlocks.check("store").state == "ready"


def test_uninstalling_leaves_nothing(office: Office, mariadb_server: MariadbServer) -> None:
    office.administrator.airlocks.install("store", dba(mariadb_server))
    office.granted()
    assert left_behind(mariadb_server)
    office.administrator.airlocks.uninstall("store", dba(mariadb_server))
    assert left_behind(mariadb_server) == []
    assert office.administrator.airlocks.find("store") is None


def test_a_dba_runs_the_script_from_its_file(
    office: Office, mariadb_server: MariadbServer, tmp_path: Path
) -> None:
    client = shutil.which("mariadb")
    if client is None:
        pytest.skip("MariaDB's client program (mariadb) is not installed")
    airlocks: Airlocks = office.administrator.airlocks
    made = airlocks.script("store", dba(mariadb_server))
    airlocks.save(made, tmp_path / "airlock.sql")
    with (tmp_path / "airlock.sql").open("rb") as script:
        for _ in range(2):  # running it again is safe
            script.seek(0)
            ran = subprocess.run(
                [client, "--no-defaults", "--socket", str(mariadb_server.socket),
                 "--user", mariadb_server.user, f"--password={mariadb_server.password}", DATABASE],
                stdin=script, capture_output=True, check=False,
            )  # fmt: skip
            assert ran.returncode == 0, ran.stderr.decode()
    assert airlocks.check("store").state == "ready"


def test_keys_that_mariadb_attests_open_the_rows_of_a_postgresql(
    office: Office, mariadb_server: MariadbServer, postgresql_server: PostgresqlServer
) -> None:
    with closing(postgresql_server.connect()) as owner:
        owner.execute("DROP DATABASE IF EXISTS depot WITH (FORCE)")
        owner.execute("CREATE DATABASE depot")
    with closing(postgresql_server.connect("depot")) as owner:
        owner.execute(POSTGRESQL_TABLES)
    settings = postgresql_server.settings("depot", sslmode="disable")
    del settings["user"]
    office.administrator.sourcing.add("postgresql", settings, map_text=DEPOT, map_file="depot.yml")
    logins = {"store": dba(mariadb_server), "depot": postgresql_dba(postgresql_server)}
    for source, login in logins.items():
        assert office.administrator.airlocks.install(source, login).state == "ready", source
    case = office.asked()
    (waiting,) = office.approver.granting.queue()
    assert waiting.unattested == {}
    office.approver.granting.grant(case.asked.id, seen_hash=case.asked.scope_hash)
    result = office.officer.pulling.run(case.asked.id, QuietTask())
    assert result.failure is None
    assert {str(each.collection): each.rows for each in result.pulled}["depot.orders"] == 5
    office.administrator.airlocks.uninstall("depot", logins["depot"])


def test_what_everybody_may_do_beside_the_airlock_is_told(
    office: Office, mariadb_server: MariadbServer
) -> None:
    with closing(mariadb_server.connect()) as owner:
        owner.run(f"GRANT SELECT ON {DATABASE}.orders TO PUBLIC")
        try:
            found = office.administrator.airlocks.install("store", dba(mariadb_server))
        finally:
            owner.run(f"REVOKE SELECT ON {DATABASE}.orders FROM PUBLIC")
    assert [(each.kind, each.names) for each in found.cautions or ()] == [
        ("public_reads", (f"{DATABASE}.orders",))
    ]
