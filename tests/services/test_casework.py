"""Intake, identity, clock and casework: through the services, on a real database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from app.domain.errors import ConflictError, InputError, NotAllowedError
from app.domain.people import Role
from app.domain.requests import Outcome, Right, Stage, SubjectIdentity
from app.domain.verification import Method
from app.ports.progress import QuietTask
from app.ports.storage import RequestFilter
from app.services.membership import NewMember
from tests.fakes import START
from tests.office import PASSPHRASE, Office, open_office

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return open_office(tmp_path)


def test_several_rights_in_one_message_become_linked_requests(office: Office) -> None:
    first = office.record(rights=(Right.ACCESS, Right.ERASURE, Right.OBJECTION))
    assert first.linked == ("DSR-2026-0002", "DSR-2026-0003")
    second = office.officer.casework.get("DSR-2026-0002")
    assert (second.right, second.linked) == (Right.ERASURE, ("DSR-2026-0001", "DSR-2026-0003"))


def test_the_original_message_is_kept_sealed_and_comes_back_byte_for_byte(
    office: Office,
) -> None:
    message = "From: Mara Köhler\r\n\r\nAlle Daten über mich, bitte.\0".encode()
    request = office.record(original=message, original_name="message.eml")
    assert office.officer.intake.read_original(request.id, "message.eml") == message


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"regime": "nope"}, "request.unknown_regime"),
        ({"rights": ()}, "request.no_right"),
        ({"rights": (Right.ACCESS, Right.ACCESS)}, "request.no_right"),
        ({"rights": (Right.OPT_OUT,)}, "request.right_not_in_regime"),
        ({"received_at": START + timedelta(days=2)}, "request.received_in_future"),
        ({"received_at": START.replace(tzinfo=None)}, "request.received_without_zone"),
        ({"timezone": "Mars/Olympus"}, "clock.unknown_zone"),
        ({"calendar": "XX-YY"}, "clock.unknown_calendar"),
    ],
)
def test_what_cannot_be_recorded_gets_its_code_and_leaves_nothing(
    office: Office, changes: dict[str, object], code: str
) -> None:
    before = office.actions()
    with pytest.raises(InputError) as caught:
        office.record(**changes)
    assert caught.value.code == code
    assert office.actions() == before
    assert office.officer.casework.find(RequestFilter()).total == 0


def test_an_auditor_cannot_record(office: Office) -> None:
    new = NewMember("Leo", "leo@example.org", frozenset({Role.AUDITOR}), PASSPHRASE)
    member = office.membership.add(office.administrator.here, new)
    signed = office.membership.sign_in(office.workspace, member.id, passphrase=PASSPHRASE)
    from app.bootstrap import make_desk  # noqa: PLC0415 - only here

    office.officer = make_desk(signed, office.adapters)
    with pytest.raises(NotAllowedError):
        office.record()


@pytest.mark.parametrize(
    ("country", "regime"),
    [("DE", "gdpr"), ("fr", "gdpr"), ("GB-SCT", "uk_gdpr"), ("US-CA", "ccpa"), ("DE-BY", "gdpr")],
)
def test_the_country_suggests_the_regime(office: Office, country: str, regime: str) -> None:
    found = office.officer.intake.suggest_regime(country)
    assert found is not None
    assert found.key == regime


def test_no_regime_is_suggested_where_none_fits(office: Office) -> None:
    assert office.officer.intake.suggest_regime("US-TX") is None
    assert office.officer.intake.suggest_regime("") is None


def test_the_deadline_counts_from_the_local_day_of_receipt(office: Office) -> None:
    late = START.replace(day=1, month=11, hour=23, minute=30)  # 0:30 on the 2nd in Berlin
    request = office.record(received_at=late)
    deadline = office.officer.clocks.deadline(request.id)
    assert deadline.due == date(2026, 12, 2)
    assert deadline.working


def test_a_pause_that_rests_on_guidance_moves_the_due_date_only_with_an_approver(
    office: Office,
) -> None:
    request = office.record()
    clocks = office.officer.clocks
    plain = clocks.deadline(request.id).due
    clocks.pause(request.id, kind="identity", asked=date(2026, 11, 3), reason="doubt")
    clocks.resume(request.id, answered=date(2026, 11, 13))
    assert clocks.deadline(request.id).due == plain
    second = office.record()
    clocks.pause(second.id, kind="identity", asked=date(2026, 11, 3), reason="doubt",
                 approved_by=office.approver.here.member)  # fmt: skip
    clocks.resume(second.id, answered=date(2026, 11, 13))
    moved = clocks.deadline(second.id)
    assert plain is not None
    assert moved.due is not None
    assert moved.due > plain
    assert moved.safe_by <= plain


def test_a_pause_is_not_approved_by_who_asks_for_it(office: Office) -> None:
    request = office.record()
    with pytest.raises(NotAllowedError):
        office.officer.clocks.pause(
            request.id, kind="identity", asked=date(2026, 11, 3), reason="doubt",
            approved_by=office.officer.here.member,
        )  # fmt: skip


def test_an_extension_needs_reasons_and_comes_once_and_in_time(office: Office) -> None:
    request = office.record()
    clocks = office.officer.clocks
    with pytest.raises(InputError):
        clocks.extend(request.id, reason=" ")
    clocks.extend(request.id, reason="Many systems, many messages.")
    assert clocks.deadline(request.id).due == date(2027, 2, 1)
    with pytest.raises(NotAllowedError):
        clocks.extend(request.id, reason="Again.")
    late = office.record()
    office.clock.move(days=30)
    with pytest.raises(NotAllowedError) as caught:
        clocks.extend(late.id, reason="Too late.")
    assert caught.value.code == "clock.extension_too_late"


def test_ccpa_has_a_deadline_for_the_acknowledgement(office: Office) -> None:
    request = office.record(regime="ccpa", calendar="US-CA", timezone="America/Los_Angeles")
    acknowledge = office.officer.clocks.acknowledge_by(request.id)
    assert acknowledge is not None
    assert acknowledge.due is not None
    answer = office.officer.clocks.deadline(request.id).due
    assert answer is not None
    assert acknowledge.due < answer
    office.officer.clocks.extend(request.id, reason="Complex.")
    assert office.officer.clocks.acknowledge_by(request.id) is not None


def test_a_method_that_does_not_reach_the_regimes_level_is_refused(office: Office) -> None:
    request = office.record(regime="ccpa", calendar="US-CA")
    verifying = office.officer.verifying
    with pytest.raises(NotAllowedError) as caught:
        verifying.decide(request.id, method=Method.EMAIL_LOOP, verified=True)
    assert caught.value.code == "identity.level_not_reached"
    with pytest.raises(NotAllowedError):
        verifying.decide(
            request.id, method=Method.DECLARATION_SIGNED, verified=True, facts_matched=2
        )
    done = verifying.decide(
        request.id, method=Method.DECLARATION_SIGNED, verified=True, facts_matched=3
    )
    assert done.stage is Stage.SCOPE


def test_a_failed_verification_stays_at_identity_and_is_on_record(office: Office) -> None:
    request = office.record()
    kept = office.officer.verifying.decide(
        request.id, method=Method.FACTS_MATCHED, verified=False, facts_matched=0
    )
    assert kept.stage is Stage.IDENTITY
    assert office.actions(request.id)[-2:] == ["identity.not_verified", "request.moved"]
    with pytest.raises(NotAllowedError):
        office.officer.casework.move(request.id, Stage.SCOPE)


def test_a_right_that_is_only_recorded_ends_without_a_pull(office: Office) -> None:
    request = office.record(rights=(Right.ERASURE,))
    verified = office.officer.verifying.decide(request.id, method=Method.EMAIL_LOOP, verified=True)
    assert verified.stage is Stage.IDENTITY
    closed = office.officer.casework.close(request.id, Outcome.DONE_ELSEWHERE)
    assert closed.stage is Stage.CLOSE


def test_two_who_edit_one_request_end_with_one_winner_and_a_code_for_the_other(
    office: Office,
) -> None:
    request = office.record()
    changed = replace(request.subject, identities=(SubjectIdentity("phone", "+49 40 1234567"),))
    office.officer.casework.change_subject(request.id, changed, version=request.version)
    with pytest.raises(ConflictError) as caught:
        office.officer.casework.change_subject(request.id, changed, version=request.version)
    assert caught.value.code == "request.changed_meanwhile"


def test_notes_are_kept_whole_and_only_their_length_is_logged(office: Office) -> None:
    request = office.record()
    text = "Mara rang; <b>she</b> wants \U0001f4e6 everything. " * 50
    office.officer.casework.add_note(request.id, text)
    assert office.officer.casework.notes(request.id)[0].text == text
    newest = office.officer.casework.history(request.id)[0]
    assert newest.facts()["details"] == {"characters": len(text)}


def test_a_new_owner_can_read_what_the_old_one_pulled(office: Office) -> None:
    request, _ = office.pulled()
    new = NewMember("Vera", "vera@example.org", frozenset({Role.OFFICER}), PASSPHRASE)
    member = office.membership.add(office.administrator.here, new)
    from app.bootstrap import make_desk  # noqa: PLC0415 - only here

    signed = office.membership.sign_in(office.workspace, member.id, passphrase=PASSPHRASE)
    vera = make_desk(signed, office.adapters)
    office.officer.casework.assign(request, member.id)
    pulled = vera.reviewing.collections(request)[0]
    assert vera.reviewing.page(request, pulled.id)


def test_a_closed_request_is_not_changed_before_it_is_reopened(office: Office) -> None:
    request = office.record()
    office.officer.casework.close(request.id, Outcome.WITHDRAWN)
    with pytest.raises(NotAllowedError):
        office.officer.clocks.extend(request.id, reason="late")
    reopened = office.officer.casework.reopen(request.id, Stage.INTAKE)
    assert reopened.is_open
    assert office.actions(request.id)[-2:] == ["request.closed", "request.reopened"]


def test_requests_are_found_by_name_whatever_its_case(office: Office) -> None:
    office.record()
    assert office.officer.casework.find(RequestFilter(text="KÖHLER")).total == 1
    assert office.officer.casework.find(RequestFilter(text="nobody")).total == 0


def test_the_last_administrator_cannot_leave_and_who_left_cannot_sign_in(
    office: Office,
) -> None:
    changes = office.administrator.changes
    with pytest.raises(NotAllowedError):
        changes.leave(office.administrator.here.member)
    changes.leave(office.approver.here.member)
    with pytest.raises(NotAllowedError):
        office.membership.sign_in(
            office.workspace, office.approver.here.member, passphrase=PASSPHRASE
        )


def test_an_auditor_of_the_log_sees_it_unbroken(office: Office) -> None:
    office.pulled()
    state = office.administrator.log.check(QuietTask())
    assert state.is_sound
    assert state.entries == len(office.actions())
