"""Roles, keys and departures: what is certified anew, what is taken back, what is sealed anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from app.bootstrap import make_desk
from app.domain.certificates import Revocation, Why
from app.domain.errors import InputError, NotAllowedError, SecurityError
from app.domain.joining import Invitation
from app.domain.people import Role
from app.domain.secrets import Secret
from app.ports.progress import QuietTask
from app.ports.security import Authority, PublicKeys
from app.services.membership import NewMember
from app.services.signatures import check_signature, check_signed_by
from tests.office import PASSPHRASE, Office, open_office

if TYPE_CHECKING:
    from pathlib import Path

    from app.domain.certificates import Issued
    from app.services.desk import Desk
    from app.services.people_views import Hindrances

NEW = Secret("orbit maple river candle")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return open_office(tmp_path)


def join(office: Office, name: str, *roles: Role) -> Desk:
    new = NewMember(name, f"{name}@example.org", frozenset(roles), PASSPHRASE)
    member = office.membership.add(office.administrator.here, new)
    here = office.membership.sign_in(office.workspace, member.id, passphrase=PASSPHRASE)
    return make_desk(here, office.adapters)


def issued(office: Office, member: str) -> tuple[Issued, ...]:
    with office.workspace.read() as unit:
        return unit.members.certificates(member)


def hindrances(office: Office, member: str) -> Hindrances:
    (found,) = [each for each in office.administrator.people.all().people
                if each.member.id == member]  # fmt: skip
    return found.hindrances


def test_other_roles_are_certified_and_the_old_certificate_is_taken_back(office: Office) -> None:
    officer = office.officer.here.member
    office.administrator.changes.change_roles(officer, frozenset({Role.AUDITOR}))
    first, second = issued(office, officer)
    assert office.adapters.certificates.read(second.signing).roles == ("auditor",)
    with office.workspace.read() as unit:
        assert unit.members.get(officer).signing_certificate == second.signing
        (revocation,) = unit.members.revocations(officer)
    assert (revocation.number, revocation.why) == (first.number, Why.ROLES)
    assert office.membership.sign_in(office.workspace, officer, passphrase=PASSPHRASE)
    assert office.actions()[-2:] == ["member.changed", "keys.unlocked"]
    assert office.proof().is_sound


def test_the_authority_comes_and_goes_with_the_administrator_s_role(office: Office) -> None:
    auditor = join(office, "Aud", Role.AUDITOR)
    changes = office.administrator.changes
    for role, is_held in ((Role.ADMINISTRATOR, True), (Role.AUDITOR, False)):
        changes.change_roles(auditor.here.member, frozenset({role}))
        with office.workspace.read() as unit:
            assert (auditor.here.member in unit.workspace.authority_holders()) is is_held


def test_what_was_signed_before_stands_and_what_is_signed_after_does_not(office: Office) -> None:
    case = office.granted()
    approver = office.approver.here
    office.clock.move(minutes=1)
    office.administrator.changes.change_roles(approver.member, frozenset({Role.AUDITOR}))
    office.clock.move(minutes=1)
    (decision,) = case.decisions
    later = replace(decision, decided_at=office.clock.now())
    forged = replace(later, signature=approver.keys.sign(later.signed_bytes()))
    certificates = office.adapters.certificates
    with office.workspace.read() as unit:
        check_signature(unit, decision, certificates)
        with pytest.raises(SecurityError, match=r"certificate\.other_role"):
            check_signature(unit, forged, certificates)
    office.clock.move(minutes=1)
    office.administrator.changes.leave(approver.member)
    office.clock.move(minutes=1)
    later = replace(decision, decided_at=office.clock.now())
    forged = replace(later, signature=approver.keys.sign(later.signed_bytes()))
    with office.workspace.read() as unit:
        check_signature(unit, decision, certificates)
        with pytest.raises(SecurityError, match=r"certificate\.revoked"):
            check_signature(unit, forged, certificates)


def test_nobody_changes_her_own_roles_keys_or_records_her_own_departure(office: Office) -> None:
    me = office.administrator.here.member
    join(office, "Adam", Role.ADMINISTRATOR)
    found = hindrances(office, me)
    for hindrance, code in (
        (found.roles, "member.own_roles"),
        (found.keys, "member.own_keys"),
        (found.departure, "member.own_departure"),
    ):
        assert hindrance is not None
        assert hindrance.code == code
    with pytest.raises(NotAllowedError, match=r"member\.own_roles"):
        office.administrator.changes.change_roles(me, frozenset({Role.OFFICER}))
    with pytest.raises(NotAllowedError, match=r"member\.own_departure"):
        office.administrator.changes.leave(me)
    other = hindrances(office, office.officer.here.member)
    assert (other.roles, other.keys, other.departure) == (None, None, None)


def test_a_member_has_at_least_one_role(office: Office) -> None:
    with pytest.raises(InputError, match=r"member\.no_role"):
        office.administrator.changes.change_roles(office.officer.here.member, frozenset())


def test_who_leaves_or_handles_requests_no_more_keeps_no_vault_key(office: Office) -> None:
    request, _ = office.pulled()
    second = join(office, "Otto", Role.OFFICER)
    with office.workspace.read() as unit:
        assert unit.vault.key_holders(request) == (office.officer.here.member,)
    assert office.administrator.changes.only_hers(office.officer.here.member).requests == (request,)
    office.officer.casework.assign(request, second.here.member)
    assert not office.administrator.changes.only_hers(office.officer.here.member)
    office.administrator.changes.change_roles(office.officer.here.member, frozenset({Role.AUDITOR}))
    with office.workspace.read() as unit:
        assert unit.vault.key_holders(request) == (second.here.member,)
    office.administrator.changes.leave(second.here.member)
    with office.workspace.read() as unit:
        assert unit.vault.key_holders(request) == ()


def test_new_keys_take_the_place_of_lost_ones_and_what_a_colleague_holds_is_sealed_anew(
    office: Office,
) -> None:
    request, _ = office.pulled()
    second = join(office, "Otto", Role.OFFICER)
    office.officer.casework.assign(request, second.here.member)
    second.drawer.put("draft", "Lost.")
    lost = office.administrator.changes.renew_here(second.here.member, passphrase=NEW)
    assert not lost
    with pytest.raises(SecurityError, match=r"keys\.wrong_passphrase"):
        office.membership.sign_in(office.workspace, second.here.member, passphrase=PASSPHRASE)
    here = office.membership.sign_in(office.workspace, second.here.member, passphrase=NEW)
    again = make_desk(here, office.adapters)
    (pulled, *_) = again.reviewing.collections(request)
    with pytest.raises(SecurityError, match=r"vault\.not_sealed_to_you"):
        again.reviewing.page(request, pulled.id)
    office.officer.changes.catch_up()
    assert again.reviewing.page(request, pulled.id)
    assert again.drawer.get("draft") is None
    assert again.drawer.drop_unreadable() == 1
    assert again.drawer.drop_unreadable() == 0
    assert office.proof().is_sound


def test_what_nobody_else_holds_is_named_as_lost(office: Office) -> None:
    request, _ = office.pulled()
    lost = office.administrator.changes.renew_here(office.officer.here.member, passphrase=NEW)
    assert lost.requests == (request,)


def test_keys_that_were_replaced_elsewhere_open_nothing(office: Office) -> None:
    officer = office.officer.here.member
    office.administrator.changes.replace_keys(officer, PublicKeys(b"other", b"other"))
    with pytest.raises(SecurityError, match=r"keys\.replaced"):
        office.membership.sign_in(office.workspace, officer, passphrase=PASSPHRASE)


def test_a_forged_certificate_roles_and_revocation_are_found_and_named(office: Office) -> None:
    officer, approver = office.officer.here.member, office.approver.here.member
    office.administrator.changes.leave(approver)
    with office.workspace.write() as unit:
        member = unit.members.get(officer)
        unit.members.replace(replace(member, roles=frozenset({Role.APPROVER})))
        unit.commit()
    assert {each.code for each in office.proof().faults} == {"proof.member_other_roles"}
    with pytest.raises(SecurityError, match=r"certificate\.other_role"):  # not certified by that
        office.administrator.changes.replace_keys(officer, PublicKeys(b"new", b"new"))
    with office.workspace.write() as unit:
        unit.members.replace(replace(member, signing_certificate=b"of another authority"))
        (first,) = unit.members.certificates(officer)
        unit.members.add_certificates(
            replace(first, number=2, signing=b"of another authority", encryption=b"x")
        )
        unit.commit()
    found = {each.code for each in office.proof().faults}
    assert found == {
        "proof.certificate_not_ours", "proof.certificate_not_logged", "proof.member_not_certified",
    }  # fmt: skip


def test_a_revocation_that_the_authority_did_not_sign_is_named(office: Office) -> None:
    officer = office.officer.here.member
    with office.workspace.write() as unit:
        forged = Revocation(officer, 1, Why.LEFT, officer, unit.now(), b"forged")
        unit.members.revoke(forged)
        unit.commit()
    found = {each.code for each in office.proof().faults}
    assert found == {
        "proof.revocation_forged", "proof.revocation_not_logged", "proof.member_not_certified",
    }  # fmt: skip


def test_nothing_is_sealed_to_a_key_that_was_put_in_the_place_of_a_colleague_s(
    office: Office,
) -> None:
    request, _ = office.pulled()
    otto, thief = join(office, "Otto", Role.OFFICER), join(office, "Theo", Role.AUDITOR)
    with office.workspace.write() as unit:
        member, hers = (unit.members.get(each.here.member) for each in (otto, thief))
        unit.members.replace(replace(member, encryption_certificate=hers.encryption_certificate))
        unit.commit()
    with pytest.raises(SecurityError, match=r"certificate\.not_ours"):
        office.officer.casework.assign(request, otto.here.member)
    with office.workspace.read() as unit:
        assert otto.here.member not in unit.vault.key_holders(request)


def test_a_key_that_was_put_in_the_place_of_a_request_s_own_encrypts_nothing(
    office: Office,
) -> None:
    case = office.granted()
    request, officer = case.asked.request, office.officer.here.member
    with office.workspace.write() as unit:
        sealed = office.adapters.sealing.seal(
            b"a key that the server's owner knows",
            to=unit.members.get(officer).encryption_certificate,
            context=f"sandglass request key {office.officer.here.workspace_id} {request} {officer}",
        )
        unit.vault.put_key(request, officer, sealed)
        unit.commit()
    with pytest.raises(SecurityError, match=r"vault\.key_differs"):
        office.officer.pulling.run(case.asked.id, QuietTask())
    with office.workspace.read() as unit:
        assert unit.pulls.of_request(request) == ()


def test_an_encryption_certificate_that_the_log_does_not_know_is_named(office: Office) -> None:
    officer = office.officer.here.member
    with office.workspace.write() as unit:
        member = unit.members.get(officer)
        # As the authority's holder could make one, with a key of her own.
        other = member.encryption_certificate + b"1"
        (first,) = unit.members.certificates(officer)
        second = replace(first, number=2, encryption=other)
        unit.members.add_certificates(second)
        unit.members.replace(replace(member, encryption_certificate=other))
        unit.commit()
    found = {each.code for each in office.proof().faults}
    assert found == {"proof.certificate_not_logged"}


def test_nothing_is_signed_before_its_certificate_was_issued(office: Office) -> None:
    approver = office.approver.here.member
    with office.workspace.write() as unit:
        (first,) = unit.members.certificates(approver)
        data, at = b"said long ago", first.issued_at - timedelta(minutes=1)
        with pytest.raises(SecurityError, match=r"certificate\.out_of_date"):
            check_signed_by(
                unit,
                approver,
                office.approver.here.keys.sign(data),
                data,
                at=at,
                certificates=office.adapters.certificates,
            )


def test_what_is_secret_stands_in_no_message() -> None:
    invitation = Invitation("postgresql://h/d", "w", "f", "m", code="once-only")
    assert "once-only" not in repr(invitation)
    assert "once-only" in str(vars(invitation))
    assert "private" not in repr(Authority(b"", b"very private")).replace("private=", "")
