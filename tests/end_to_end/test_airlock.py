"""A pull through the airlock of a real PostgreSQL, from installing it to the audit report."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from app.bootstrap import make_desk
from app.domain.access import EndReason
from app.domain.errors import NotAllowedError, SourceError
from app.domain.people import Role
from app.ports.progress import QuietTask
from app.ports.sources import Enforcement
from app.services.membership import NewMember
from tests.airlock.store import DATABASE, dba, open_store
from tests.office import PASSPHRASE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.office import Office
    from tests.servers import Mortal, PostgresqlServer

pytestmark = pytest.mark.server


@pytest.fixture
def office(tmp_path: Path, postgresql_server: PostgresqlServer) -> Office:
    return open_store(tmp_path, postgresql_server)


def test_without_an_airlock_nobody_can_ask_for_the_source(office: Office) -> None:
    request = office.verified()
    scope = office.officer.scoping.suggest(request.id)
    with pytest.raises(NotAllowedError, match=r"source\.no_airlock"):
        office.officer.scoping.ask(request.id, scope, purpose="Answer the request", minutes=5)


def test_one_person_s_rows_come_through_and_the_key_is_dead_afterwards(
    office: Office, postgresql_server: PostgresqlServer, tmp_path: Path
) -> None:
    airlock = office.administrator.airlocks.install("store", dba(postgresql_server))
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
    assert office.actions()[-12:].count("source.closed") == 1
    with closing(postgresql_server.connect(DATABASE)) as owner:
        ((left,),) = owner.execute(
            "SELECT count(*) FROM pg_roles WHERE rolname = %s", [f"sandglass_store_{state.grant}"]
        ).fetchall()
    assert left == 0
    view = office.administrator.sourcing.view()
    store = next(each for each in view.sources if each.record.key == "store")
    assert store.enforcement is Enforcement.SOURCE
    office.officer.auditing.report(case.asked.request, tmp_path / "report.pdf")


def test_a_revoked_grant_opens_nothing(office: Office, postgresql_server: PostgresqlServer) -> None:
    office.administrator.airlocks.install("store", dba(postgresql_server))
    case = office.granted()
    office.approver.granting.revoke(case.asked.id, reason="Wrong person")
    (state,) = office.administrator.airlocks.grants("store")
    assert (state.state, state.has_role) == ("closed", False)


def test_a_grant_that_could_not_be_opened_stands_and_is_opened_later(
    office: Office, postgresql_server: PostgresqlServer
) -> None:
    office.administrator.airlocks.install("store", dba(postgresql_server))
    case = office.asked()
    with closing(postgresql_server.connect(DATABASE)) as owner:
        owner.execute("UPDATE sandglass_store.about SET live_at_most = 1")
        owner.execute(
            "INSERT INTO sandglass_store.ledger (grant_id, role_name, state, requester, approver,"
            " reference, scope, identities, unattested, asked_mac, closing_sha256, minutes,"
            " start_by) VALUES ('0123456789abcdef', 'nobody_at_all', 'ready', 'a', 'b', '', '{}',"
            " '{}', '{}', '', '', 1, now() + interval '1 h')"
        )
        with pytest.raises(SourceError) as caught:
            office.approver.granting.grant(case.asked.id, seen_hash=case.asked.scope_hash)
        assert caught.value.code == "airlock.not_opened"
        with pytest.raises(SourceError) as caught:
            office.officer.pulling.run(case.asked.id, QuietTask())
        assert caught.value.code == "airlock.not_opened_yet"
        owner.execute("DELETE FROM sandglass_store.ledger")
    office.approver.granting.open_sources(case.asked.id)
    assert office.officer.pulling.run(case.asked.id, QuietTask()).is_complete


def test_an_airlock_older_than_the_map_is_not_used(
    office: Office, postgresql_server: PostgresqlServer
) -> None:
    office.administrator.airlocks.install("store", dba(postgresql_server))
    case = office.granted()
    with closing(postgresql_server.connect(DATABASE)) as owner:
        owner.execute("UPDATE sandglass_store.about SET map_sha256 = 'older'")
    with pytest.raises(SourceError) as caught:
        office.officer.pulling.run(case.asked.id, QuietTask())
    assert caught.value.code == "airlock.older_than_map"
    assert office.administrator.airlocks.check("store").state == "older"


def test_uninstalling_leaves_nothing(office: Office, postgresql_server: PostgresqlServer) -> None:
    office.administrator.airlocks.install("store", dba(postgresql_server))
    office.administrator.airlocks.uninstall("store", dba(postgresql_server))
    with closing(postgresql_server.connect(DATABASE)) as owner:
        found = owner.execute(
            "SELECT rolname FROM pg_roles WHERE rolname LIKE 'sandglass_store%'"
            " UNION ALL SELECT nspname FROM pg_namespace WHERE nspname LIKE 'sandglass%'"
        ).fetchall()
    assert found == []
    assert office.administrator.airlocks.find("store") is None


DEPOT = """
dataset:
- fides_key: depot
  name: Depot
  collections:
  - name: parcels
    fields:
    - name: {field}
      data_categories: [user.unique_id]
      fides_meta: {{references: [{{dataset: {dataset}, field: {to}, direction: from}}]}}
    - {{name: content, data_categories: [user.behavior]}}
"""


def add_depot(office: Office, server: PostgresqlServer, *, dataset: str, to: str) -> None:
    """Add a second source whose rows are found by keys of another one."""
    with closing(server.connect(DATABASE)) as owner:
        owner.execute("CREATE TABLE parcels (customer integer, content text)")
        owner.execute(
            "INSERT INTO parcels SELECT g, 'parcel ' || g FROM generate_series(1, 9) AS g"
        )
    settings = server.settings(DATABASE, sslmode="disable")
    del settings["user"]
    office.administrator.sourcing.add(
        "postgresql",
        settings,
        map_text=DEPOT.format(field="customer", dataset=dataset, to=to),
        map_file="depot.yml",
    )


def test_keys_that_one_airlock_attests_open_the_rows_of_another(
    office: Office, postgresql_server: PostgresqlServer
) -> None:
    add_depot(office, postgresql_server, dataset="store", to="customers.id")
    for source in ("store", "depot"):
        made = office.administrator.airlocks.install(source, dba(postgresql_server))
        assert made.state == "ready", source
    case = office.asked()
    (waiting,) = office.approver.granting.queue()
    assert waiting.unattested == {}
    office.approver.granting.grant(case.asked.id, seen_hash=case.asked.scope_hash)
    result = office.officer.pulling.run(case.asked.id, QuietTask())
    assert result.failure is None
    rows = {str(each.collection): each.rows for each in result.pulled}
    assert rows["depot.parcels"] == 1
    with office.workspace.read() as unit:
        assert unit.airlocks.unclosed() == ()


def test_keys_of_a_file_are_taken_on_the_officer_s_word_and_the_approver_is_told(
    office: Office, postgresql_server: PostgresqlServer
) -> None:
    office.administrator.sourcing.set_in_use("shop", is_active=True)
    office.administrator.sourcing.set_in_use("store", is_active=False)
    add_depot(office, postgresql_server, dataset="shop", to="people.id")
    office.administrator.airlocks.install("depot", dba(postgresql_server))
    case = office.asked()
    (waiting,) = office.approver.granting.queue()
    assert waiting.unattested == {"shop.people.id": 1000}
    office.approver.granting.grant(case.asked.id, seen_hash=case.asked.scope_hash)
    result = office.officer.pulling.run(case.asked.id, QuietTask())
    assert result.failure is None
    rows = {str(each.collection): each.rows for each in result.pulled}
    assert rows["depot.parcels"] == 1


def test_a_window_that_expires_in_a_pull_leaves_it_incomplete_and_the_source_closed(
    office: Office, postgresql_server: PostgresqlServer
) -> None:
    office.administrator.airlocks.install("store", dba(postgresql_server))
    case = office.granted()
    with closing(postgresql_server.connect(DATABASE)) as owner:
        # As if the minutes were over before anything was read.
        owner.execute(
            "CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " NEW.deadline := clock_timestamp() + interval '40 ms'; RETURN NEW; END $$"
        )
        owner.execute(
            "CREATE TRIGGER late BEFORE UPDATE ON sandglass_store.ledger FOR EACH ROW"
            " WHEN (NEW.state = 'open') EXECUTE FUNCTION late()"
        )
    result = office.officer.pulling.run(case.asked.id, QuietTask())
    assert not result.is_complete
    assert result.case.window is not None
    assert result.case.window.reason is EndReason.EXPIRED
    (state,) = office.administrator.airlocks.grants("store")
    assert (state.state, state.sessions, state.has_role) == ("closed", 0, False)


def test_a_script_that_a_dba_ran_later_gets_its_keys_from_those_who_hold_them(
    office: Office, postgresql_server: PostgresqlServer, tmp_path: Path
) -> None:
    made = office.administrator.airlocks.script("store", dba(postgresql_server))
    office.administrator.airlocks.save(made, tmp_path / "airlock.sql")
    with closing(postgresql_server.connect(DATABASE)) as owner:
        owner.execute((tmp_path / "airlock.sql").read_bytes())
    # Another day: the machine on which the keys were made has none of them left.
    administrator = make_desk(office.administrator.here, office.adapters).airlocks
    assert administrator.check("store").state == "keyless"
    office.officer.airlocks.catch_up()
    assert administrator.check("store").state == "keyless"
    office.approver.airlocks.catch_up()
    found = administrator.find("store")
    assert found is not None
    assert found.state == "ready"


def test_a_new_approver_gets_the_approvers_keys_from_one_who_has_them(
    office: Office, postgresql_server: PostgresqlServer
) -> None:
    office.administrator.airlocks.install("store", dba(postgresql_server))
    new = NewMember("Ada", "ada@example.org", frozenset({Role.APPROVER}), PASSPHRASE)
    member = office.membership.add(office.administrator.here, new)
    signed = office.membership.sign_in(office.workspace, member.id, passphrase=PASSPHRASE)
    ada = make_desk(signed, office.adapters)
    case = office.asked()
    with pytest.raises(NotAllowedError, match=r"access\.not_a_decider"):
        ada.granting.grant(case.asked.id, seen_hash=case.asked.scope_hash)
    office.approver.airlocks.catch_up()
    ada.granting.grant(case.asked.id, seen_hash=case.asked.scope_hash)
    assert office.officer.pulling.run(case.asked.id, QuietTask()).is_complete


def test_what_nobody_closed_is_closed_when_somebody_signs_in(
    office: Office, postgresql_server: PostgresqlServer
) -> None:
    office.administrator.airlocks.install("store", dba(postgresql_server))
    case = office.granted()
    with office.workspace.write() as unit:
        opened = office.officer.sessions.begin(unit, case.asked.id, enforcement={})
        unit.commit()
    opened.lease.release()  # as if the process had died
    assert office.approver.sessions.sweep()
    office.approver.sessions.close_sources()
    (state,) = office.administrator.airlocks.grants("store")
    assert (state.state, state.has_role) == ("closed", False)


def test_a_read_replica_is_said_to_be_one(tmp_path: Path, mortal_server: Mortal) -> None:
    office = open_store(tmp_path, mortal_server.server)
    office.administrator.airlocks.install("store", dba(mortal_server.server))
    mortal_server.stop()
    mortal_server.become_standby()
    mortal_server.start()
    assert office.administrator.airlocks.check("store").state == "standby"
    with pytest.raises(SourceError, match=r"source\.read_only"):
        office.administrator.airlocks.install("store", dba(mortal_server.server))


def test_who_cannot_close_a_source_is_told_when_it_ends(
    office: Office, postgresql_server: PostgresqlServer
) -> None:
    office.administrator.airlocks.install("store", dba(postgresql_server))
    case = office.granted()
    with pytest.raises(SourceError, match=r"airlock\.ends_later"):
        office.administrator.granting.revoke(case.asked.id, reason="Not the person")
    office.administrator.sessions.close_sources()  # leaves it to others without a word
    office.approver.sessions.close_sources()
    (state,) = office.administrator.airlocks.grants("store")
    assert (state.state, state.has_role) == ("closed", False)
    with pytest.raises(NotAllowedError):
        office.officer.pulling.run(case.asked.id, QuietTask())
