"""A vault is read by those it is sealed to, and each of them is let in and out on record."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app.bootstrap import make_desk
from app.domain.addresses import WorkspaceAddress
from app.domain.audit import Action, Event
from app.domain.errors import NotAllowedError, SecurityError
from app.domain.people import Role
from app.domain.pulls import PullState
from app.domain.requests import Outcome
from app.domain.secrets import Secret
from app.services.membership import NewMember
from tests.guard.insider import refusal
from tests.guard.office import password_of
from tests.guard.scene import NOT_PERMITTED, NOT_RECORDED
from tests.office import PASSPHRASE

if TYPE_CHECKING:
    from tests.guard.insider import Insider
    from tests.guard.office import SharedOffice

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def request_id(office: SharedOffice) -> str:
    return office.pulled()[0]


def reads(office: SharedOffice, login: str, request: str) -> bool:
    reviewing = office.desks[login].reviewing
    (pulled, *_) = reviewing.collections(request)
    try:
        return bool(reviewing.page(request, pulled.id))
    except SecurityError:
        return False


def test_a_colleague_reads_from_when_it_is_shared_until_it_is_not(
    office: SharedOffice, request_id: str
) -> None:
    sharing, otto = office.officer.sharing, office.id_of("otto")
    assert not reads(office, "otto", request_id)
    sharing.share(request_id, otto)
    sharing.share(request_id, otto)
    assert reads(office, "otto", request_id)
    sharing.unshare(request_id, otto)
    assert not reads(office, "otto", request_id)
    assert office.actions(request_id)[-2:] == ["vault.shared", "vault.unshared"]


@pytest.mark.parametrize("login", ["anna", "audra", "ines"])
def test_it_is_shared_with_those_who_handle_requests(
    office: SharedOffice, request_id: str, login: str
) -> None:
    with pytest.raises(NotAllowedError):
        office.officer.sharing.share(request_id, office.id_of(login))
    with pytest.raises(NotAllowedError):
        office.desks[login].sharing.share(request_id, office.id_of("otto"))


def test_a_colleague_takes_the_owner_s_key_from_her_by_no_statement(
    office: SharedOffice, request_id: str
) -> None:
    office.officer.sharing.share(request_id, office.id_of("otto"))
    with office.connect("otto") as connection:
        taken = connection.execute("DELETE FROM vault_keys WHERE request = %s", [request_id])
        assert taken.rowcount == 0
        connection.rollback()
    unshared = Event(
        Action.VAULT_UNSHARED, office.id_of("otto"), request_id,
        details={"member": office.id_of("olga")},
    )  # fmt: skip
    found = refusal(
        office.connect("otto"),
        office.id_of("otto"),
        lambda her: her.insert("log", **vars(her.entry(unshared))),
    )
    assert found == "log.never_happened"
    office.officer.sharing.unshare(request_id, office.id_of("otto"))


def test_the_owner_goes_on_reading(office: SharedOffice, request_id: str) -> None:
    office.officer.sharing.share(request_id, office.id_of("otto"))
    with pytest.raises(NotAllowedError, match=r"vault\.owner_reads"):
        office.desks["otto"].sharing.unshare(request_id, office.id_of("olga"))
    office.officer.sharing.unshare(request_id, office.id_of("otto"))
    with pytest.raises(SecurityError, match=r"vault\.not_sealed_to_you"):
        office.desks["otto"].sharing.share(request_id, office.id_of("bea"))


def seal(her: Insider, request: str, member: str) -> Insider:
    return her.insert("vault_keys", request=request, member=member, sealed=b"x")


@pytest.mark.parametrize(
    ("login", "to", "refused_as"),
    [
        ("otto", "otto", NOT_PERMITTED),
        ("otto", "bea", NOT_PERMITTED),
        ("bea", "bea", NOT_PERMITTED),
        ("anna", "anna", NOT_PERMITTED),
        ("ines", "ines", NOT_PERMITTED),
        ("ines", "otto", NOT_PERMITTED),
        ("olga", "anna", NOT_PERMITTED),
        ("olga", "audra", NOT_PERMITTED),
        ("olga", "ines", NOT_PERMITTED),
        ("olga", "otto", NOT_RECORDED),
    ],
)
def test_only_who_reads_it_lets_an_officer_in_and_says_so(
    office: SharedOffice, request_id: str, login: str, to: str, refused_as: str
) -> None:
    found = refusal(
        office.connect(login),
        office.id_of(login),
        lambda her: seal(her, request_id, office.id_of(to)),
    )
    assert found == refused_as


def test_what_is_on_record_is_who_was_let_in(office: SharedOffice, request_id: str) -> None:
    bea, otto = office.id_of("bea"), office.id_of("otto")

    def says_another(her: Insider) -> object:
        return seal(her, request_id, bea).log(Action.VAULT_SHARED, request=request_id)

    assert refusal(office.connect("olga"), office.id_of("olga"), says_another) in {
        NOT_RECORDED,
        "log.never_happened",
    }
    assert otto not in office.officer.sharing.only_read_by(otto)


@pytest.mark.parametrize("written", ["hex", "escape"])
def test_nobody_lets_a_colleague_wait_for_a_key_that_she_never_had(
    office: SharedOffice, written: str
) -> None:
    request, otto = office.record().id, office.id_of("otto")
    shared = Event(Action.VAULT_SHARED, office.id_of("olga"), request, details={"member": otto})

    def wait(her: Insider) -> object:
        her.run(f"SET bytea_output = {written}")
        her.insert("vault_keys", request=request, member=otto, sealed=b"")
        return her.insert("log", **vars(her.entry(shared)))

    assert refusal(office.connect("olga"), office.id_of("olga"), wait) == NOT_RECORDED


def test_what_somebody_waits_for_is_destroyed_as_well(office: SharedOffice) -> None:
    request, otto = office.record().id, office.id_of("otto")
    office.officer.casework.close(request, Outcome.WITHDRAWN)
    with office.as_superuser() as superuser:
        superuser.execute("ALTER TABLE vault_keys DISABLE TRIGGER vault_keys_on_record")
        superuser.execute("INSERT INTO vault_keys VALUES (%s, %s, '')", [request, otto])
        superuser.execute("ALTER TABLE vault_keys ENABLE ALWAYS TRIGGER vault_keys_on_record")
    office.officer.retention.destroy(request)
    with office.workspace.read() as unit:
        assert request not in unit.vault.held_by(otto)


@pytest.mark.parametrize("login", ["otto", "anna", "ines", "audra"])
def test_nobody_else_lets_a_reader_out(office: SharedOffice, request_id: str, login: str) -> None:
    office.officer.sharing.share(request_id, office.id_of("bea"))
    with office.as_superuser() as superuser:
        rows = "SELECT k FROM vault_keys k ORDER BY 1"
        before = superuser.execute(rows).fetchall()
        for what in ("DELETE FROM vault_keys", "UPDATE vault_keys SET sealed = 'mine'"):
            refusal(
                office.connect(login), office.id_of(login), lambda her, what=what: her.run(what)
            )
        assert superuser.execute(rows).fetchall() == before


def test_a_reader_is_not_let_out_without_a_word(office: SharedOffice, request_id: str) -> None:
    bea = office.id_of("bea")
    office.officer.sharing.share(request_id, bea)
    found = refusal(
        office.connect("olga"),
        office.id_of("olga"),
        lambda her: her.run("DELETE FROM vault_keys WHERE member = %(bea)s", bea=bea),
    )
    assert found == NOT_RECORDED


def test_what_was_sealed_to_who_left_is_dropped_and_pulled_anew_where_nobody_else_read_it(
    office: SharedOffice,
) -> None:
    with office.as_superuser() as superuser:
        superuser.execute("CREATE ROLE nele LOGIN PASSWORD 'nele''s pass word'")
    new = NewMember("Nele", "nele@example.org", frozenset({Role.OFFICER}), PASSPHRASE)
    nele = office.membership.add(office.administrator.here, new, login="nele").id
    address = WorkspaceAddress.read(office.workspace.place).for_login("nele")
    own = office.adapters.servers.open(address, Secret(password_of("nele")))
    signed = office.membership.sign_in(own, nele, passphrase=PASSPHRASE)
    hers = replace(office, officer=make_desk(signed, office.adapters)).pulled()[0]
    own.close()
    shared = office.pulled()[0]
    office.officer.casework.assign(shared, nele)
    assert office.administrator.sharing.only_read_by(nele) == (hers,)
    office.administrator.changes.leave(nele)
    with office.as_superuser() as superuser:
        left = superuser.execute("SELECT FROM vault_keys WHERE member = %s", [nele]).rowcount
    assert left == 0
    assert office.actions(hers)[-1] == office.actions(shared)[-1] == "vault.unshared"
    assert reads(office, "olga", shared)
    assert not reads(office, "otto", hers)

    otto = office.desks["otto"]
    otto.casework.assign(hers, office.id_of("otto"))
    (lost, *_) = otto.reviewing.collections(hers)
    assert (lost.rows, lost.state, lost.incomplete_why) == (
        0,
        PullState.INCOMPLETE,
        "vault.key_lost",
    )
    assert office.actions(hers)[-2:] == ["data.destroyed", "request.changed"]
