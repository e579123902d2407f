"""How many people must agree, who they are, and whom an access request is put before."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app.bootstrap import make_desk
from app.domain.datamap import Collection, CollectionAddress, Field, SourceMap
from app.domain.errors import AppError, ConflictError, InputError, NotAllowedError
from app.domain.people import Role
from app.domain.policy import Policy, approvers_needed, disclosable, refusals
from app.domain.scope import Scope
from app.ports.progress import QuietTask
from app.services.deciders import Deciders
from app.services.membership import NewMember
from tests.builders import an_airlock
from tests.office import PASSPHRASE, Office, open_office

if TYPE_CHECKING:
    from pathlib import Path

    from app.domain.access import AccessCase
    from app.services.desk import Desk


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return open_office(tmp_path)


def wants(office: Office, **changes: int) -> None:
    """Change the policy."""
    settings = office.administrator.settings
    now = settings.facts().policy
    settings.set_policy(replace(now, version=now.version + 1, **changes))  # type: ignore[arg-type]


def joined(office: Office, name: str, *roles: Role) -> Desk:
    """Return the desk of a new member."""
    here = office.administrator.here
    new = NewMember(name, f"{name}@example.org", frozenset(roles), PASSPHRASE)
    member = office.membership.add(here, new)
    signed = office.membership.sign_in(here.workspace, member.id, passphrase=PASSPHRASE)
    return make_desk(signed, office.adapters)


def grant(desk: Desk, case: AccessCase) -> AccessCase:
    return desk.granting.grant(case.asked.id, seen_hash=case.asked.scope_hash)


def test_more_people_than_there_are_cannot_be_asked(office: Office) -> None:
    wants(office, approvers_needed=2)
    with pytest.raises(NotAllowedError) as caught:
        office.asked()
    findings = caught.value.values["findings"]
    assert isinstance(findings, tuple)
    (finding,) = findings
    assert (finding.code, finding.where, finding.value) == ("policy.too_few_approvers", "1", "2")


def test_who_has_two_roles_is_one_person(office: Office) -> None:
    wants(office, approvers_needed=2)
    joined(office, "Bea", Role.APPROVER, Role.ADMINISTRATOR, Role.AUDITOR)
    case = office.asked()
    with office.workspace.read() as unit:
        assert len(unit.access.verdict(case.asked.id).approvers) == 2


def test_what_stands_out_needs_more_people(office: Office) -> None:
    ada = joined(office, "Ada", Role.APPROVER)
    wants(office, approvers_for_unusual=2)
    assert office.asked().asked.approvers_needed == 1
    settings = office.administrator.settings
    policy = settings.facts().policy
    settings.set_policy(
        replace(policy, version=policy.version + 1, stands_out=("user.content.private",))
    )
    case = office.asked()
    assert case.asked.approvers_needed == 2
    grant(office.approver, case)
    with pytest.raises(AppError):
        office.officer.pulling.run(case.asked.id, QuietTask())
    grant(ada, case)
    office.officer.pulling.run(case.asked.id, QuietTask())


def test_who_asked_for_too_few_people_gets_nobodys_yes(office: Office) -> None:
    """A modified client can write another number than the policy's; approvers' machines count."""
    joined(office, "Ada", Role.APPROVER)
    case = office.asked()
    wants(office, approvers_needed=2)
    with pytest.raises(ConflictError, match=r"access\.more_must_agree"):
        grant(office.approver, case)
    office.approver.granting.deny(
        case.asked.id, seen_hash=case.asked.scope_hash, note="Two of us must look at it."
    )


@pytest.mark.parametrize("which", ["approvers_needed", "approvers_for_unusual"])
def test_a_policy_wants_somebodys_yes(office: Office, which: str) -> None:
    with pytest.raises(InputError, match=r"policy\.nobodys_yes"):
        wants(office, **{which: 0})


def test_a_request_is_put_before_who_has_not_decided_it_yet(office: Office) -> None:
    wants(office, approvers_needed=2)
    ada = joined(office, "Ada", Role.APPROVER)
    case = office.asked()
    for desk in (office.approver, ada):
        assert [each.case.asked.id for each in desk.granting.queue()] == [case.asked.id]
        assert desk.overview.glance().waiting_for_me == 1
    grant(office.approver, case)
    assert office.approver.granting.queue() == ()
    assert office.approver.overview.glance().waiting_for_me == 0
    (waiting,) = ada.granting.queue()
    assert waiting.approvers == {office.approver.here.member: "Omar"}


def test_only_those_who_can_open_a_source_decide_on_it(office: Office) -> None:
    scope = office.asked().asked.scope
    with office.workspace.write() as unit:
        assert [each.name for each in Deciders(unit).of(scope)] == ["Omar"]
        unit.airlocks.put(an_airlock("shop", prepared_by=office.administrator.here.member))
        assert Deciders(unit).of(scope) == ()
        unit.airlocks.put_secret("shop", "approvers", office.approver.here.member, b"sealed")
        assert Deciders(unit).may(office.approver.here.member, scope)
        unit.airlocks.put_secret("shop", "officers", office.officer.here.member, b"sealed")
        assert not Deciders(unit).may(office.officer.here.member, scope)


def test_who_says_yes_first_leaves_the_others_their_time(office: Office) -> None:
    wants(office, approvers_needed=2)
    ada = joined(office, "Ada", Role.APPROVER)
    case = office.asked()
    grant(office.approver, case)
    office.clock.move(hours=70)
    granted = grant(ada, case).grant
    assert granted is not None
    assert (granted.start_by - office.clock.now()).total_seconds() == 24 * 3600


def test_who_asks_for_an_object_asks_for_what_is_inside_it() -> None:
    blood = Field("blood", categories=("user.health_and_medical",))
    profile = Field("profile", fields=(blood,))
    source_map = SourceMap("shop", collections=(Collection("people", fields=(profile,)),))
    scope = Scope({CollectionAddress("shop", "people"): ("profile",)})
    policy = Policy(approvers_for_unusual=2)
    assert approvers_needed(policy, maps=[source_map], scope=scope) == 2
    assert disclosable(policy, profile)
    forbidding = replace(policy, never_disclosed=blood.categories)
    assert not disclosable(forbidding, profile)
    (refused,) = refusals(forbidding, maps=[source_map], scope=scope, minutes=1)
    assert refused.where == "shop.people.profile.blood"
