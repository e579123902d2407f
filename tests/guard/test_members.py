"""Members change in a shared workspace, each with a login of her own: the guard lets it happen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.bootstrap import build, make_desk
from app.domain.addresses import WorkspaceAddress
from app.domain.errors import AppError, NotAllowedError
from app.domain.people import Role
from app.domain.secrets import Secret
from app.services.certifying import Certifying
from app.services.recovering import Recovering
from tests.guard.insider import Insider
from tests.guard.office import open_shared_office, password_of
from tests.office import PASSPHRASE
from tests.reports.reading import scanned, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.services.desk import Desk
    from app.services.proving import Proof
    from tests.guard.office import SharedOffice
    from tests.servers import PostgresqlServer

NEW = Secret("orbit maple river candle")

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def office(
    postgresql_server: PostgresqlServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SharedOffice]:
    """An office whose members change."""
    folder = tmp_path_factory.mktemp("members")
    office = open_shared_office(postgresql_server, "changing_members", folder)
    yield office
    office.close()
    with postgresql_server.connect() as connection:
        connection.execute("DROP DATABASE changing_members WITH (FORCE)")


def check(office: SharedOffice, folder: Path) -> Proof:
    address = WorkspaceAddress(office.server.host, office.database, "audra", office.server.port)
    proving = build(folder, adapters=office.adapters).proving
    return proving.check_shared(address, Secret(password_of("audra")))


def groups_of(office: SharedOffice, login: str) -> set[str]:
    with office.as_superuser() as superuser:
        rows = superuser.execute(
            "SELECT replace(g.rolname, (SELECT channel()) || '_', '') FROM pg_auth_members a"
            " JOIN pg_roles g ON g.oid = a.roleid JOIN pg_roles m ON m.oid = a.member"
            " WHERE m.rolname = %s AND g.rolname LIKE (SELECT channel()) || '%%'",
            [login],
        )
        return {name for (name,) in rows}


def read(kit: Path) -> str:
    """Return what the lines of a printed kit say."""
    return "\n".join(line for line in text_of(kit, layout=True).splitlines())


def signed_in_again(office: SharedOffice, login: str) -> Desk:
    old = office.desks[login].here
    here = office.membership.sign_in(old.workspace, old.member, passphrase=PASSPHRASE)
    office.desks[login] = make_desk(here, office.adapters)
    return office.desks[login]


def test_everybody_sees_who_works_here_and_administrators_who_can_certify(
    office: SharedOffice,
) -> None:
    for login, desk in office.desks.items():
        people = desk.people.all().people
        assert {each.login for each in people} == set(office.desks)
        certify = {each.login for each in people if each.holds_authority}
        assert certify == ({"ines", "adam"} if login in {"ines", "adam"} else set())


def test_the_groups_of_a_login_follow_the_roles(office: SharedOffice, tmp_path: Path) -> None:
    otto, changes = office.id_of("otto"), office.administrator.changes
    changes.change_roles(otto, frozenset({Role.APPROVER, Role.ADMINISTRATOR}))
    assert groups_of(office, "otto") == {"member", "approver", "administrator"}
    with office.desks["otto"].here.workspace.read() as unit:
        assert unit.workspace.sealed_authority(otto) is not None
    changes.change_roles(otto, frozenset({Role.OFFICER}))
    assert groups_of(office, "otto") == {"member", "officer"}
    assert check(office, tmp_path).is_sound


def test_new_keys_are_certified_and_a_colleague_s_machine_seals_to_them(
    office: SharedOffice, tmp_path: Path
) -> None:
    request, _ = office.pulled()
    office.officer.casework.assign(request, office.id_of("otto"))
    lost = office.administrator.changes.renew_here(office.id_of("otto"), passphrase=PASSPHRASE)
    assert not lost
    otto = signed_in_again(office, "otto")
    (pulled, *_) = otto.reviewing.collections(request)
    with pytest.raises(AppError, match=r"vault\.not_sealed_to_you"):
        otto.reviewing.page(request, pulled.id)
    office.officer.changes.catch_up()
    assert otto.reviewing.page(request, pulled.id)
    assert check(office, tmp_path).is_sound


def test_the_kit_brings_an_administrator_back_with_her_own_login(
    office: SharedOffice, tmp_path: Path
) -> None:
    kit = tmp_path / "kit.pdf"
    office.administrator.recovery.print(kit)
    here = office.administrator.here
    tools = office.adapters
    recovering = Recovering(
        membership=office.membership,
        certifying=Certifying(tools.certificates, tools.sealing),
        keys=here.resting,
    )
    with pytest.raises(AppError, match=r"recovery\.not_administrator"):
        recovering.recover(
            office.officer.here.workspace, read(kit), member=office.id_of("olga"), passphrase=NEW
        )
    back = recovering.recover(here.workspace, scanned(kit), member=here.member, passphrase=NEW)
    assert not back.lost
    office.administrator = office.desks["ines"] = make_desk(back.here, tools)
    with here.workspace.read() as unit:
        assert unit.members.revocations(here.member)[-1].why == "recovered"
    office.administrator.changes.change_roles(office.id_of("otto"), frozenset({Role.OFFICER}))
    assert check(office, tmp_path).is_sound


def test_who_left_is_refused_and_her_departure_is_proved(
    office: SharedOffice, tmp_path: Path
) -> None:
    request, _ = office.pulled()
    office.officer.casework.assign(request, office.id_of("bea"))
    office.administrator.changes.leave(office.id_of("bea"))
    assert groups_of(office, "bea") == set()
    with office.officer.here.workspace.read() as unit:
        assert office.id_of("bea") not in unit.vault.key_holders(request)
    address = WorkspaceAddress(office.server.host, office.database, "bea", office.server.port)
    with pytest.raises(AppError) as refused:
        office.adapters.servers.open(address, Secret(password_of("bea")))
    assert refused.value.code == "workspace.not_a_member"
    bea = office.desks["bea"]
    for _ in range(2):
        with pytest.raises(NotAllowedError, match=r"member\.has_left"):
            bea.membership.check(bea.here)
        bea.here.workspace._reader.dispose()  # what lies unused is closed after a while
    assert check(office, tmp_path).is_sound


def test_a_superuser_who_certifies_herself_or_forgets_a_revocation_is_named(
    office: SharedOffice, tmp_path: Path
) -> None:
    with office.as_superuser() as superuser:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute("ALTER TABLE certificates DISABLE TRIGGER USER")
        superuser.execute("ALTER TABLE certificate_revocations DISABLE TRIGGER USER")
        her = Insider(superuser, "")
        her.run("DELETE FROM certificate_revocations")
        her.run(
            "UPDATE certificates SET signing = 'hers' WHERE member = %(id)s",
            id=office.id_of("anna"),
        )
    found = {each.code for each in check(office, tmp_path).faults}
    assert {
        "proof.revocation_gone", "proof.certificate_not_ours", "proof.certificate_gone",
        "proof.member_not_certified",
    } <= found  # fmt: skip
