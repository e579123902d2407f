"""A source of a DBA who installs no functions: entered the weaker way, and said to be."""

from __future__ import annotations

import json
from contextlib import closing, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
import pytest

from app.domain.access import EndReason
from app.domain.airlock import Entrance
from app.domain.errors import ConflictError, NotAllowedError, NotFoundError, SourceError
from app.ports.progress import QuietTask
from app.ports.sources import Enforcement
from app.wording.actions import entry_in_words
from tests.airlock.store import DATABASE, MAP, dba, open_store
from tests.end_to_end.test_airlock import add_depot
from tests.reports.reading import flat, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.domain.access import AccessCase
    from tests.office import Office
    from tests.servers import PostgresqlServer

pytestmark = pytest.mark.server

DIRECT = Entrance.DIRECT


@pytest.fixture
def office(tmp_path: Path, postgresql_server: PostgresqlServer) -> Iterator[Office]:
    """An office whose store is entered the weaker way; its roles are the whole server's."""
    office = open_store(tmp_path, postgresql_server)
    made = office.administrator.airlocks.install("store", dba(postgresql_server), entrance=DIRECT)
    assert (made.state, made.entrance) == ("ready", DIRECT)
    yield office
    for each in ("store", "depot"):
        with suppress(NotFoundError):
            office.administrator.airlocks.uninstall(each, dba(postgresql_server))


def give_airlock(office: Office, server: PostgresqlServer) -> None:
    """Put an airlock in its place; officer and approver hand over its keys, as on another day."""
    made = office.administrator.airlocks.install("store", dba(server))
    assert (made.state, made.entrance) == ("keyless", Entrance.AIRLOCK)
    for desk in (office.officer, office.approver):
        desk.airlocks.catch_up()
    assert enforcement(office) is Enforcement.SOURCE


def logins(server: PostgresqlServer) -> list[str]:
    """Return the logins that grants have made and that are still there."""
    with closing(server.connect()) as owner:
        rows = owner.execute(
            "SELECT rolname FROM pg_roles WHERE rolname ~ '^sandglass_store_[0-9a-f]{16}$'"
        ).fetchall()
    return [name for (name,) in rows]


def enforcement(office: Office) -> Enforcement:
    sources = office.administrator.sourcing.view().sources
    return next(each.enforcement for each in sources if each.record.key == "store")


def proofs(office: Office, case: AccessCase) -> list[dict[str, object]]:
    """Return what was recorded of what is left, oldest first."""
    with office.workspace.read() as unit:
        lines = [json.loads(line) for _, line, _, _ in unit.log.stored(request=case.asked.request)]
    return [each["details"] for each in lines if each["action"] == "source.closed"]


def test_one_person_s_rows_are_pulled_and_an_approver_s_machine_takes_the_login_away(
    office: Office, postgresql_server: PostgresqlServer, tmp_path: Path
) -> None:
    assert enforcement(office) is Enforcement.FIELDS
    case = office.asked()
    (waiting,) = office.approver.granting.queue()
    assert waiting.weaker == ("Shop",)
    assert office.approver.granting.counts(case.asked.id) == {}
    office.approver.granting.grant(case.asked.id, seen_hash=case.asked.scope_hash)
    assert len(logins(postgresql_server)) == 1

    result = office.officer.pulling.run(case.asked.id, QuietTask())

    assert result.failure is None
    assert result.is_complete
    rows = {str(each.collection): each.rows for each in result.pulled}
    assert rows == {"store.customers": 1, "store.orders": 5, "store.lines": 5}
    (mine,) = proofs(office, case)
    assert (mine["refused"], mine["sessions"], mine["role_absent"]) == (True, 0, False)

    office.officer.sessions.close_sources()  # has nothing left to close with
    office.administrator.sessions.close_sources()
    assert len(proofs(office, case)) == 1
    office.approver.sessions.close_sources()
    assert proofs(office, case)[1]["role_absent"]
    assert logins(postgresql_server) == []
    with office.workspace.read() as unit:
        assert unit.airlocks.unclosed() == ()

    office.officer.auditing.report(case.asked.request, tmp_path / "report.pdf")
    text = flat(text_of(tmp_path / "report.pdf"))
    assert "the weaker way. The source kept to the mapped columns, of everybody" in text
    assert "Its login could have read the mapped columns of everybody's rows" in text
    assert "dead login refused, its role is gone, 0 sessions left" in text


def test_an_approver_s_machine_ends_a_login_that_nobody_gives_back(
    office: Office, postgresql_server: PostgresqlServer
) -> None:
    case = office.granted()
    with office.workspace.write() as unit:
        opened = office.officer.sessions.begin(unit, case.asked.id, enforcement={})
        grant = unit.airlocks.grants(case.asked.id)[0]
        unit.commit()
    opened.lease.release()  # as if the process had died
    held = json.loads(
        office.officer.here.keys.unseal(
            grant.sealed,
            context=f"sandglass session {office.officer.here.workspace_id} {grant.grant}"
            f" {office.officer.here.member}",
        )
    )
    (login,) = logins(postgresql_server)
    mine = replace(postgresql_server, user=login, password=held["password"])
    with closing(mine.connect(DATABASE)) as session:
        assert session.execute("SELECT count(*) > 1 FROM customers").fetchone() == (True,)
        assert office.approver.sessions.sweep()
        office.approver.sessions.close_sources()
        with pytest.raises(psycopg.OperationalError):
            session.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError):
        mine.connect(DATABASE)
    (proof,) = proofs(office, case)
    assert (proof["refused"], proof["role_absent"], proof["sessions"]) == (True, True, 0)


def test_a_revoked_grant_has_no_login_and_opens_nothing(
    office: Office, postgresql_server: PostgresqlServer
) -> None:
    case = office.granted()
    office.approver.granting.revoke(case.asked.id, reason="Wrong person")
    assert logins(postgresql_server) == []
    with pytest.raises(NotAllowedError):
        office.officer.pulling.run(case.asked.id, QuietTask())


def test_a_login_that_ends_in_a_pull_leaves_it_incomplete(
    office: Office, postgresql_server: PostgresqlServer
) -> None:
    case = office.granted()
    (login,) = logins(postgresql_server)
    with closing(postgresql_server.connect()) as owner:
        owner.execute(f"ALTER ROLE {login} NOLOGIN")
    result = office.officer.pulling.run(case.asked.id, QuietTask())
    assert not result.is_complete
    assert result.case.window is not None
    assert result.case.window.reason is EndReason.ENDED_EARLY


def test_what_was_asked_of_one_way_is_allowed_in_no_other(
    office: Office, postgresql_server: PostgresqlServer
) -> None:
    give_airlock(office, postgresql_server)
    case = office.asked()
    office.administrator.airlocks.install("store", dba(postgresql_server), entrance=DIRECT)
    with pytest.raises(ConflictError, match=r"airlock\.other_way"):
        office.approver.granting.grant(case.asked.id, seen_hash=case.asked.scope_hash)
    assert logins(postgresql_server) == []


def test_one_way_takes_the_place_of_the_other_unless_access_is_granted(
    office: Office, postgresql_server: PostgresqlServer
) -> None:
    case = office.granted()
    with pytest.raises(SourceError, match=r"airlock\.in_use"):
        office.administrator.airlocks.install("store", dba(postgresql_server))
    assert office.officer.pulling.run(case.asked.id, QuietTask()).is_complete
    office.approver.sessions.close_sources()
    give_airlock(office, postgresql_server)
    with closing(postgresql_server.connect()) as owner:
        found = owner.execute(
            "SELECT FROM pg_roles WHERE rolname IN ('sandglass_store_scope',"
            " 'sandglass_store_broker')"
        ).fetchall()
    assert found == []


def test_a_script_that_a_dba_ran_is_found_whichever_it_was(
    office: Office, postgresql_server: PostgresqlServer, tmp_path: Path
) -> None:
    airlocks = office.administrator.airlocks
    for entrance in (Entrance.AIRLOCK, DIRECT):
        made = airlocks.script("store", dba(postgresql_server), entrance=entrance)
        airlocks.save(made, tmp_path / "way.sql")
        with closing(postgresql_server.connect(DATABASE)) as owner:
            owner.execute((tmp_path / "way.sql").read_bytes())
        assert airlocks.check("store").entrance == entrance


def test_a_map_that_changed_makes_it_older_and_the_difference_is_shown(
    office: Office, postgresql_server: PostgresqlServer
) -> None:
    less = MAP.replace("          - {name: amount, data_categories: [user.financial]}\n", "")
    with office.workspace.read() as unit:
        settings = unit.sources.get("store").settings
    office.administrator.sourcing.add("postgresql", settings, map_text=less, map_file="store.yml")
    airlocks = office.administrator.airlocks
    assert airlocks.check("store").state == "older"
    assert enforcement(office) is Enforcement.NOBODY
    made = airlocks.script("store", dba(postgresql_server), entrance=DIRECT)
    assert any(line.startswith("-GRANT") and "amount" in line for line in made.difference)
    assert airlocks.install("store", dba(postgresql_server), entrance=DIRECT).state == "ready"


def test_uninstalling_leaves_nothing(office: Office, postgresql_server: PostgresqlServer) -> None:
    office.granted()
    office.administrator.airlocks.uninstall("store", dba(postgresql_server))
    with closing(postgresql_server.connect(DATABASE)) as owner:
        found = owner.execute(
            "SELECT rolname FROM pg_roles WHERE rolname LIKE 'sandglass_store%'"
        ).fetchall()
    assert found == []
    assert office.administrator.airlocks.find("store") is None


def test_keys_from_it_are_taken_on_the_officer_s_word_by_an_airlock(
    office: Office, postgresql_server: PostgresqlServer
) -> None:
    add_depot(office, postgresql_server, dataset="store", to="customers.id")
    office.administrator.airlocks.install("depot", dba(postgresql_server))
    case = office.asked()
    (waiting,) = office.approver.granting.queue()
    assert waiting.unattested == {"store.customers.id": 1000}
    assert waiting.weaker == ("Shop",)
    office.approver.granting.grant(case.asked.id, seen_hash=case.asked.scope_hash)
    result = office.officer.pulling.run(case.asked.id, QuietTask())
    assert result.failure is None
    assert {str(each.collection): each.rows for each in result.pulled}["depot.parcels"] == 1


def test_keys_that_an_airlock_attests_lead_into_it(
    office: Office, postgresql_server: PostgresqlServer
) -> None:
    add_depot(office, postgresql_server, dataset="store", to="customers.id")
    give_airlock(office, postgresql_server)
    office.administrator.airlocks.install("depot", dba(postgresql_server), entrance=DIRECT)
    result = office.officer.pulling.run(office.granted().asked.id, QuietTask())
    assert result.failure is None
    assert {str(each.collection): each.rows for each in result.pulled}["depot.parcels"] == 1


def test_the_log_says_which_way_was_installed(office: Office) -> None:
    with office.workspace.read() as unit:
        lines = [json.loads(line) for _, line, _, _ in unit.log.stored()]
    (installed,) = (each for each in lines if each["action"] == "airlock.installed")
    assert installed["details"]["entrance"] == "direct"
    assert "Weaker way into store installed" in entry_in_words(installed, {})
