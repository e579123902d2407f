"""What a superuser brings back who left: nothing is sealed to her, and she is named."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from app.bootstrap import build
from app.domain.addresses import WorkspaceAddress
from app.domain.audit import NO_HASH, hash_entry
from app.domain.errors import SecurityError
from app.domain.people import Role
from app.domain.secrets import Secret
from app.storage.heads import RememberedHeads
from app.storage.servers import ServerWorkspaces
from app.wording.proofs import fault_in_words
from tests.guard.office import open_shared_office, password_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from psycopg import Connection

    from app.services.looking_over import Fault
    from tests.guard.office import SharedOffice
    from tests.servers import PostgresqlServer

pytestmark = pytest.mark.server

PEOPLE = {
    "ines": frozenset({Role.ADMINISTRATOR}),
    "olga": frozenset({Role.OFFICER}),
    "otto": frozenset({Role.OFFICER}),
    "anna": frozenset({Role.APPROVER}),
    "audra": frozenset({Role.AUDITOR}),
}


@pytest.fixture(scope="module")
def office(
    postgresql_server: PostgresqlServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SharedOffice]:
    """An office to which a superuser does something in each test, and nobody mends it."""
    folder = tmp_path_factory.mktemp("former")
    office = open_shared_office(postgresql_server, "former_members", folder, people=PEOPLE)
    yield office
    office.close()
    with postgresql_server.connect() as connection:
        connection.execute("DROP DATABASE former_members WITH (FORCE)")


def found_elsewhere(office: SharedOffice, folder: Path) -> tuple[Fault, ...]:
    """Check as audra does, on a machine that has seen nothing before."""
    servers = ServerWorkspaces(RememberedHeads(folder / "heads of a new machine"))
    adapters = replace(office.adapters, servers=servers)
    address = WorkspaceAddress(office.server.host, office.database, "audra", office.server.port)
    proving = build(folder, adapters=adapters).proving
    return proving.check_shared(address, Secret(password_of("audra"))).faults


def wake(superuser: Connection[tuple[Any, ...]]) -> None:
    """Leave no trace in the guard: let triggers fire again."""
    sleeping = superuser.execute(
        "SELECT format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', tgrelid::regclass, tgname)"
        " FROM pg_trigger WHERE tgenabled = 'D'"
    )
    for (statement,) in sleeping.fetchall():
        superuser.execute(statement.encode())


def rewrite(office: SharedOffice, stays: Callable[[dict[str, object]], bool]) -> None:
    """Write the log anew without what does not stay, numbers and hashes fitting."""
    with office.as_superuser() as superuser:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute("ALTER TABLE log DISABLE TRIGGER USER")
        lines = superuser.execute("SELECT line FROM log ORDER BY number").fetchall()
        superuser.execute("DELETE FROM log")
        number, previous = 0, NO_HASH
        for (line,) in lines:
            if not stays(json.loads(line)):
                continue
            number, before = number + 1, previous
            previous = hash_entry(before, number, line.encode())
            superuser.execute(
                "INSERT INTO log (number, line, previous, hash) VALUES (%s, %s, %s, %s)",
                [number, line, before, previous],
            )
        superuser.execute("UPDATE log_head SET number = %s, hash = %s", [number, previous])
        wake(superuser)


def bring_back(office: SharedOffice, login: str, request: str) -> None:
    """Let somebody who left be a member again who waits for a request's key."""
    member = office.id_of(login)
    with office.as_superuser() as superuser:
        names = superuser.execute("SELECT channel()").fetchall()[0][0]
        superuser.execute("SET session_replication_role = replica")
        for table in ("certificate_revocations", "members", "vault_keys"):
            superuser.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER".encode())
        superuser.execute("DELETE FROM certificate_revocations WHERE member = %s", [member])
        superuser.execute("UPDATE members SET left_at = NULL WHERE id = %s", [member])
        superuser.execute(
            "INSERT INTO vault_keys (request, member, sealed) VALUES (%s, %s, '')",
            [request, member],
        )
        superuser.execute(f"GRANT {names}_member, {names}_officer TO {login}".encode())
        wake(superuser)


def sealed_to(office: SharedOffice, login: str) -> list[bytes]:
    with office.as_superuser() as superuser:
        hers = "SELECT sealed FROM vault_keys WHERE member = %s"
        return [sealed for (sealed,) in superuser.execute(hers, [office.id_of(login)])]


def test_who_left_and_is_brought_back_gets_no_key_and_is_named(
    office: SharedOffice, tmp_path: Path
) -> None:
    request, _ = office.pulled()
    otto, olga = office.id_of("otto"), office.officer
    office.administrator.changes.leave(otto)
    olga.changes.catch_up()  # as her machine does when she signs in: it sees who left
    assert found_elsewhere(office, tmp_path) == ()

    bring_back(office, "otto", request)
    olga.changes.catch_up()
    with pytest.raises(SecurityError, match=r"certificate\.taken_back"):
        olga.sharing.share(request, otto)
    assert sealed_to(office, "otto") == [b""]
    found = found_elsewhere(office, tmp_path)
    assert {each.code for each in found} == {
        "proof.revocation_gone", "proof.vault_key_not_logged",
    }  # fmt: skip
    said = " ".join(map(fault_in_words, found))
    assert f"A revocation of member {otto} is gone." in said
    assert f"The key of request {request} is sealed to member {otto}, or is to be" in said
    assert office.administrator.health.check() == found

    # A log without her departure is one that machines contradict which were there.
    rewrite(office, lambda facts: facts["action"] != "member.left")
    olga.changes.catch_up()
    with pytest.raises(SecurityError, match=r"certificate\.taken_back"):
        olga.sharing.share(request, otto)
    assert sealed_to(office, "otto") == [b""]
    seen = {each.code for each in office.administrator.health.check()}
    assert {"proof.revocation_gone", "proof.log_cut"} <= seen


def test_a_log_out_of_which_all_signatures_were_cut_contradicts_the_decisions(
    office: SharedOffice, tmp_path: Path
) -> None:
    of_decisions = {"proof.log_not_signed", "proof.decision_other_log"}
    for _ in range(2):
        office.granted()
    before = {each.code for each in found_elsewhere(office, tmp_path)}
    rewrite(office, lambda facts: facts["action"] != "log.signed")
    assert before.isdisjoint(of_decisions)
    assert of_decisions <= {each.code for each in found_elsewhere(office, tmp_path)}


def test_a_certificate_that_is_gone_while_its_revocation_stays_is_named(
    office: SharedOffice,
) -> None:
    anna = office.id_of("anna")
    both = frozenset({Role.APPROVER, Role.AUDITOR})
    office.administrator.changes.change_roles(anna, both)
    with office.as_superuser() as superuser:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute("ALTER TABLE certificates DISABLE TRIGGER USER")
        superuser.execute("DELETE FROM certificates WHERE member = %s AND number = 1", [anna])
        wake(superuser)
    found = [each.code for each in office.administrator.health.check()]
    assert "proof.certificate_gone" in found
