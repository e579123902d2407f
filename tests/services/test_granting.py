"""Asking and deciding: through the services, on a real database."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from app.domain.access import AccessState
from app.domain.datamap import CollectionAddress
from app.domain.errors import (
    AppError,
    ConflictError,
    InputError,
    NotAllowedError,
    StorageError,
)
from app.domain.people import Role
from app.domain.requests import Stage
from app.domain.scope import Scope
from app.services.granting import Granting
from app.services.membership import NewMember
from app.wording.errors import error_in_words
from tests.office import PASSPHRASE, Office, open_office

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return open_office(tmp_path)


def test_the_suggested_scope_leaves_out_what_is_never_disclosed(office: Office) -> None:
    scope = office.officer.scoping.suggest(office.verified().id)
    people = CollectionAddress("shop", "people")
    assert scope.paths(people) == ("email", "id")


def test_a_scope_with_a_password_is_refused_and_the_refusal_is_on_record(office: Office) -> None:
    request = office.verified()
    scope = Scope({CollectionAddress("shop", "people"): ("email", "secret")})
    preview = office.officer.scoping.preview(request.id, scope, minutes=30)
    assert not preview.verdict.is_allowed
    with pytest.raises(NotAllowedError) as caught:
        office.officer.scoping.ask(request.id, scope, purpose="To see it all", minutes=30)
    assert "shop.people.secret must never be disclosed" in error_in_words(caught.value).text()
    assert office.actions(request.id)[-1] == "policy.evaluated"


@pytest.mark.parametrize("minutes", [0, 61, -5])
def test_minutes_beyond_the_policy_are_refused(office: Office, minutes: int) -> None:
    request = office.verified()
    scope = office.officer.scoping.suggest(request.id)
    with pytest.raises(NotAllowedError):
        office.officer.scoping.ask(request.id, scope, purpose="Answer it", minutes=minutes)


def test_asking_needs_a_purpose(office: Office) -> None:
    request = office.verified()
    scope = office.officer.scoping.suggest(request.id)
    with pytest.raises(InputError) as caught:
        office.officer.scoping.ask(request.id, scope, purpose="  why ", minutes=5)
    assert caught.value.code == "access.purpose_missing"


def test_asking_before_the_identity_is_verified_is_refused(office: Office) -> None:
    request = office.record()
    with pytest.raises(NotAllowedError) as caught:
        office.officer.scoping.ask(request.id, Scope({}), purpose="Answer it now", minutes=5)
    assert caught.value.code == "request.wrong_stage"


def test_what_waits_is_in_the_approvers_queue_and_in_nobody_elses(office: Office) -> None:
    case = office.asked()
    (waiting,) = office.approver.granting.queue()
    assert waiting.case.asked.id == case.asked.id
    assert waiting.verdict.approvers_needed == 1
    assert office.officer.granting.queue() == ()
    assert office.administrator.granting.queue() == ()


def test_somebody_who_asks_and_approves_never_decides_on_her_own(tmp_path: Path) -> None:
    office = open_office(tmp_path)
    both = NewMember("Both", "b@x.org", frozenset({Role.OFFICER, Role.APPROVER}), PASSPHRASE)
    member = office.membership.add(office.administrator.here, both)
    signed = office.membership.sign_in(office.workspace, member.id, passphrase=PASSPHRASE)
    from app.bootstrap import make_desk  # noqa: PLC0415 - only here

    office.officer = make_desk(signed, office.adapters)
    case = office.asked()
    assert office.officer.granting.queue() == ()
    with pytest.raises(NotAllowedError) as caught:
        office.officer.granting.grant(case.asked.id, seen_hash=case.asked.scope_hash)
    assert caught.value.code == "access.own_request"


def test_an_officer_cannot_decide(office: Office) -> None:
    case = office.asked()
    with pytest.raises(NotAllowedError) as caught:
        office.officer.granting.grant(case.asked.id, seen_hash=case.asked.scope_hash)
    assert caught.value.code == "member.not_allowed"


def test_a_grant_names_the_scope_that_was_seen(office: Office) -> None:
    case = office.asked()
    with pytest.raises(ConflictError) as caught:
        office.approver.granting.grant(case.asked.id, seen_hash="0" * 64)
    assert caught.value.code == "access.scope_changed"


def test_a_map_that_changed_since_the_question_voids_it(office: Office) -> None:
    from tests.office import MAP  # noqa: PLC0415 - only here

    case = office.asked()
    changed = MAP.replace(
        "{name: secret,", "{name: more, data_categories: [user]}\n    - {name: secret,"
    )
    office.administrator.sourcing.add("fake", {"name": "shop"}, map_text=changed, map_file="m")
    with pytest.raises(ConflictError) as caught:
        office.approver.granting.grant(case.asked.id, seen_hash=case.asked.scope_hash)
    assert caught.value.code == "access.map_changed"


def test_a_grant_is_signed_moves_the_request_on_and_is_on_record(office: Office) -> None:
    case = office.granted(minutes=20)
    (decision,) = case.decisions
    assert decision.minutes == 20
    assert decision.signature
    stored = office.approver.granting.get(case.asked.id)
    assert stored.decisions == (decision,)
    assert office.officer.casework.get(case.asked.request).stage is Stage.PULL
    assert "access.granted" in office.actions(case.asked.request)


def test_a_denial_sends_the_request_back_to_its_scope(office: Office) -> None:
    case = office.asked()
    denied = office.approver.granting.deny(
        case.asked.id, seen_hash=case.asked.scope_hash, note="Leave the notes out."
    )
    assert denied.state(office.clock.now()) is AccessState.DENIED
    assert office.officer.casework.get(case.asked.request).stage is Stage.SCOPE
    again = office.officer.scoping.suggest(case.asked.request)
    office.officer.scoping.ask(case.asked.request, again, purpose="Answer it", minutes=10)


def test_two_approvers_at_once_leave_one_decision(office: Office) -> None:
    case = office.asked()
    office.approver.granting.grant(case.asked.id, seen_hash=case.asked.scope_hash)
    with pytest.raises(AppError):
        office.approver.granting.deny(case.asked.id, seen_hash=case.asked.scope_hash, note="No.")
    (kept,) = office.approver.granting.get(case.asked.id).decisions
    assert kept.granted


def test_one_access_request_at_a_time(office: Office) -> None:
    case = office.asked()
    with pytest.raises(NotAllowedError) as caught:
        office.officer.scoping.ask(
            case.asked.request, case.asked.scope, purpose="Once more", minutes=5
        )
    assert caught.value.code == "access.one_at_a_time"


def test_a_withdrawn_request_leaves_the_queue(office: Office) -> None:
    case = office.asked()
    office.officer.granting.withdraw(case.asked.id, reason="wrong person")
    assert office.approver.granting.queue() == ()


def test_a_request_that_nobody_decided_leaves_the_queue_by_itself(office: Office) -> None:
    office.asked()
    office.clock.move(hours=72)
    assert office.approver.granting.queue() == ()


def test_while_the_clock_is_set_back_nothing_is_granted(office: Office) -> None:
    case = office.asked()
    office.clock.move(hours=-5)
    with pytest.raises(NotAllowedError) as caught:
        office.approver.granting.grant(case.asked.id, seen_hash=case.asked.scope_hash)
    assert caught.value.code == "clock.set_back"
    office.clock.move(hours=5)
    office.approver.granting.grant(case.asked.id, seen_hash=case.asked.scope_hash)


def test_a_refused_decision_leaves_no_trace_in_the_log(office: Office) -> None:
    case = office.asked()
    before = office.actions()
    with pytest.raises(InputError):
        office.approver.granting.grant(case.asked.id, seen_hash=case.asked.scope_hash, minutes=31)
    assert office.actions() == before


def test_nothing_is_granted_to_who_has_left(office: Office) -> None:
    case = office.asked()
    office.administrator.changes.leave(office.officer.here.member)
    with pytest.raises(NotAllowedError, match=r"access\.requester_left"):
        office.approver.granting.grant(case.asked.id, seen_hash=case.asked.scope_hash)
    office.approver.granting.deny(case.asked.id, seen_hash=case.asked.scope_hash, note="Left")


class Stuck:
    """A workspace in which somebody keeps everybody else from writing."""

    def write(self) -> None:
        raise StorageError("workspace.busy")


class Closed(list[str]):
    """Closes sources, as far as is known here."""

    def end(self, access_request: str, *, reason: str) -> tuple[()]:
        assert reason == "revoked"
        self.append(access_request)
        return ()


def test_who_keeps_the_workspace_busy_keeps_no_source_open(office: Office) -> None:
    stuck: Any = Stuck()
    closed: Any = Closed()
    here = replace(office.approver.here, workspace=stuck)
    granting = Granting(here, certificates=office.adapters.certificates, opening=closed)
    with pytest.raises(StorageError, match=r"workspace\.busy"):
        granting.revoke("A-0001", reason="Now.")
    assert closed == ["A-0001"]


def test_who_is_searched_for_stays_while_access_to_her_data_is_asked_for(office: Office) -> None:
    case = office.asked()
    request = office.officer.casework.get(case.asked.request)
    office.officer.casework.move(request.id, Stage.SCOPE)
    another = replace(request.subject.identities[0], value="another@example.org")
    subject = replace(request.subject, identities=(another,))
    version = office.officer.casework.get(request.id).version
    with pytest.raises(NotAllowedError, match=r"request\.access_asked"):
        office.officer.casework.change_subject(request.id, subject, version=version)
    office.officer.granting.withdraw(case.asked.id, reason="Somebody else is meant.")
    version = office.officer.casework.get(request.id).version
    office.officer.casework.change_subject(request.id, subject, version=version)


def test_a_map_that_was_exchanged_under_its_hash_voids_what_was_asked(office: Office) -> None:
    case = office.asked()
    with office.workspace.write() as unit:
        source = unit.sources.get("shop")
        text = source.map_text.replace("email", "e_mail", 1)
        unit.sources.put(replace(source, map_text=text))
        unit.commit()
    with pytest.raises(ConflictError, match=r"access\.map_changed"):
        office.approver.granting.grant(case.asked.id, seen_hash=case.asked.scope_hash)


def test_what_the_policy_refuses_nobody_grants_whatever_the_officer_s_machine_said(
    office: Office,
) -> None:
    case = office.asked()
    before = office.administrator.settings.facts().policy
    office.administrator.settings.set_policy(
        replace(before, version=before.version + 1, never_disclosed=("user.contact.email",))
    )
    (waiting,) = office.approver.granting.queue()
    assert not waiting.verdict.is_allowed
    with pytest.raises(NotAllowedError, match=r"access\.refused_by_policy"):
        office.approver.granting.grant(case.asked.id, seen_hash=case.asked.scope_hash)
    office.approver.granting.deny(case.asked.id, seen_hash=case.asked.scope_hash, note="No.")
