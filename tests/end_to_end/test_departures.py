"""Who leaves while a real PostgreSQL has an airlock knows nothing that opens it afterwards."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
import pytest

from app.bootstrap import make_desk
from app.domain.airlock import Allowed, Asked, mac
from app.domain.errors import SourceError
from app.domain.people import Role
from app.ports.progress import QuietTask
from app.services.membership import NewMember
from tests.airlock.store import DATABASE, dba, open_store
from tests.office import PASSPHRASE, airlock_secrets

if TYPE_CHECKING:
    from pathlib import Path

    from app.services.desk import Desk
    from tests.office import Office
    from tests.servers import PostgresqlServer

pytestmark = pytest.mark.server


@pytest.fixture
def office(tmp_path: Path, postgresql_server: PostgresqlServer) -> Office:
    office = open_store(tmp_path, postgresql_server)
    office.administrator.airlocks.install("store", dba(postgresql_server))
    return office


def colleague(office: Office, name: str, role: Role) -> Desk:
    new = NewMember(name, f"{name}@example.org", frozenset({role}), PASSPHRASE)
    member = office.membership.add(office.administrator.here, new)
    for desk in (office.officer, office.approver):
        desk.airlocks.catch_up()
    signed = office.membership.sign_in(office.workspace, member.id, passphrase=PASSPHRASE)
    return make_desk(signed, office.adapters)


def held_by(office: Office, desk: Desk) -> dict[str, bytes]:
    secrets = airlock_secrets(desk, office.adapters)
    with office.workspace.read() as unit:
        kinds = [kind for _, kind, member in unit.airlocks.holders() if member == desk.here.member]
        return {kind: secrets.key(unit, "store", kind) for kind in kinds}


def test_after_a_departure_the_old_keys_and_passwords_open_nothing(
    office: Office, postgresql_server: PostgresqlServer
) -> None:
    new = colleague(office, "ola", Role.APPROVER)
    known = held_by(office, office.approver) | held_by(office, office.officer)  # and a friend's
    case = office.asked()  # asked under the old key
    office.administrator.changes.leave(office.approver.here.member)
    for _ in range(3):
        new.airlocks.catch_up()
        office.officer.airlocks.catch_up()
    record = office.administrator.airlocks.check("store")
    assert (record.state, record.renewal) == ("ready", None)

    kind = office.adapters.source_types["postgresql"].airlock
    assert kind is not None
    settings = postgresql_server.settings(DATABASE, sslmode="disable")
    with office.workspace.read() as unit:
        (grant,) = unit.airlocks.grants(case.asked.id)
    for login in ("sandglass_store_gate", "sandglass_store_watch"):
        kept = known["gatekeeper" if login.endswith("gate") else "watchman"].decode()
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            replace(postgresql_server, user=login, password=kept).connect(DATABASE)
    # Even with the gatekeeper of today, who has no key at all.
    secrets = airlock_secrets(new, office.adapters)
    with office.workspace.read() as unit:
        password = secrets.password(unit, "store", "gatekeeper")
    gatekeeper = kind.gatekeeper(settings, "store", password)
    asked = Asked.read(grant.asked)
    allowed = Allowed(grant.asked_mac, asked.minutes, asked.not_after, "somebody").text()
    with pytest.raises(SourceError, match=r"airlock\.not_genuine"):
        gatekeeper.open(
            grant.asked,
            mac(known["officers"], grant.asked),
            allowed=allowed,
            allowed_mac=mac(known["approvers"], allowed),
        )
    for key in ("officers", "approvers"):
        assert not gatekeeper.set_key(key, known[key])
    # What was asked under the old key is asked again; then all is as ever.
    with pytest.raises(SourceError, match=r"airlock\.not_opened"):
        new.granting.grant(case.asked.id, seen_hash=case.asked.scope_hash)
    office.officer.granting.withdraw(case.asked.id, reason="Keys were replaced")
    again = office.asked()
    new.granting.grant(again.asked.id, seen_hash=again.asked.scope_hash)
    assert office.officer.pulling.run(again.asked.id, QuietTask()).is_complete


def test_the_script_that_a_dba_runs_later_keeps_the_new_passwords(
    office: Office, postgresql_server: PostgresqlServer
) -> None:
    new = colleague(office, "ola", Role.APPROVER)
    office.administrator.changes.leave(office.approver.here.member)
    for _ in range(3):
        new.airlocks.catch_up()
        office.officer.airlocks.catch_up()
    assert office.administrator.airlocks.install("store", dba(postgresql_server)).state == "ready"


def test_a_grant_that_is_ready_goes_on_while_the_keys_are_replaced(office: Office) -> None:
    nora = colleague(office, "nora", Role.OFFICER)
    case = office.granted()
    office.administrator.changes.leave(nora.here.member)
    for _ in range(3):
        office.officer.airlocks.catch_up()
        office.approver.airlocks.catch_up()
    renewal = office.administrator.airlocks.find("store")
    assert renewal is not None
    assert renewal.state == "ready"
    assert renewal.renewal is not None
    assert renewal.renewal.kinds == ("watchman",)  # closes what is granted; then it is replaced
    assert office.officer.pulling.run(case.asked.id, QuietTask()).is_complete
    office.officer.airlocks.catch_up()
    done = office.administrator.airlocks.find("store")
    assert done is not None
    assert done.renewal is None


def test_what_was_granted_to_who_leaves_is_closed_at_its_source(
    office: Office, postgresql_server: PostgresqlServer
) -> None:
    office.granted()
    office.administrator.changes.leave(office.officer.here.member)
    office.approver.sessions.close_sources()
    (state,) = office.administrator.airlocks.grants("store")
    assert (state.state, state.has_role) == ("closed", False)
    with closing(postgresql_server.connect(DATABASE)) as owner:
        left = owner.execute(
            "SELECT FROM pg_roles WHERE rolname ~ '^sandglass_store_[0-9a-f]{16}$'"
        ).fetchall()
    assert left == []
