"""The pull: complete or known to be incomplete, whoever or whatever ends it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app.bootstrap import make_desk
from app.domain.access import AccessState, EndReason
from app.domain.errors import AppError, ConflictError, NotAllowedError, SecurityError, SourceError
from app.domain.pulls import PullState
from app.domain.requests import Stage
from app.ports.progress import QuietTask
from app.ports.sources import Difference
from tests.office import NOTES, Office, open_office

if TYPE_CHECKING:
    from pathlib import Path

    from app.services.pull_session import PullResult


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return open_office(tmp_path)


def notes(result: PullResult) -> tuple[int, PullState]:
    found = next(each for each in result.pulled if each.collection.collection == "notes")
    return found.rows, found.state


def run(office: Office) -> PullResult:
    return office.officer.pulling.run(office.granted().asked.id, QuietTask())


def test_a_pull_reads_everything_in_scope_and_closes_its_window(office: Office) -> None:
    result = run(office)
    assert result.is_complete
    assert result.rows == 1 + len(NOTES)
    assert result.case.window is not None
    assert result.case.window.reason is EndReason.FINISHED
    assert all(reader.closed for reader in office.source.opened)
    assert office.officer.casework.get(result.case.asked.request).stage is Stage.REVIEW


def test_only_granted_fields_are_asked_of_the_source(office: Office) -> None:
    run(office)
    asked = {name for each in office.source.opened[0].asked for name in each.fields}
    assert "secret" not in asked


def test_every_read_is_on_record_without_a_value(office: Office) -> None:
    result = run(office)
    request = result.case.asked.request
    with office.workspace.read() as unit:
        lines = b"".join(line for _, line, _, _ in unit.log.stored())
    assert office.actions(request).count("data.read") == 2
    assert b'"fields":["person_id","text"]' in lines or b'"fields":["text"' in lines
    for value in (b"Brandt", b"Mara", b"mara@", b"Okafor"):
        assert value not in lines


def test_the_dead_reader_is_tried_and_refuses(office: Office) -> None:
    result = run(office)
    with office.workspace.read() as unit:
        lines = [line.decode() for _, line, _, _ in unit.log.stored()]
    ended = next(line for line in lines if "session.ended" in line)
    assert '"refused_after_end":true' in ended
    assert result.case.state(office.clock.now()) is AccessState.ENDED


def test_expiry_stops_the_pull_and_marks_it_incomplete(office: Office) -> None:
    def pass_deadline(number: int) -> None:
        if number == 1:
            office.clock.move(minutes=20)

    office.source.tables["notes"].before_batch = pass_deadline
    result = run(office)
    assert result.case.window is not None
    assert result.case.window.reason is EndReason.EXPIRED
    assert notes(result)[1] is PullState.INCOMPLETE
    assert not result.is_complete
    assert office.officer.casework.get(result.case.asked.request).stage is Stage.PULL
    assert "pull.incomplete" in office.actions(result.case.asked.request)


@pytest.mark.parametrize("who", ["officer", "approver", "administrator"])
def test_whoever_is_entitled_ends_a_running_pull_at_once(office: Office, who: str) -> None:
    ended = threading.Event()

    def end_from_outside(number: int) -> None:
        if number == 1:
            window = office.officer.sessions.open_now()[0].window
            assert window is not None
            getattr(office, who).sessions.end(window.session)
            ended.set()
            office.source.opened[0].wait_until_stopped()

    office.source.tables["notes"].before_batch = end_from_outside
    result = run(office)
    assert ended.is_set()
    assert result.case.window is not None
    assert result.case.window.reason is EndReason.ENDED_EARLY
    assert result.case.window.ended_by == getattr(office, who).here.member
    assert notes(result)[1] is PullState.INCOMPLETE


def test_a_revocation_stops_a_running_pull(office: Office) -> None:
    def revoke(number: int) -> None:
        if number == 0:
            case = office.approver.sessions.open_now()[0]
            office.approver.granting.revoke(case.asked.id, reason="granted by mistake")
            office.source.opened[0].wait_until_stopped()

    office.source.tables["notes"].before_batch = revoke
    result = run(office)
    assert result.case.window is not None
    assert result.case.window.reason is EndReason.REVOKED
    assert notes(result) == (0, PullState.INCOMPLETE)


def test_cancelling_stops_the_pull_and_closes_the_window(office: Office) -> None:
    task = QuietTask()
    office.source.tables["people"].before_batch = lambda _number: task.cancel()
    result = office.officer.pulling.run(office.granted().asked.id, task)
    assert result.case.window is not None
    assert result.case.window.reason is EndReason.CANCELLED


def test_a_source_that_goes_away_leaves_a_closed_window_and_says_so(office: Office) -> None:
    def go_away(number: int) -> None:
        if number == 2:
            raise SourceError("source.gone")

    office.source.tables["notes"].before_batch = go_away
    result = run(office)
    assert result.failure is not None
    assert result.failure.code == "source.gone"
    assert result.case.window is not None
    assert result.case.window.reason is EndReason.FAILED
    broken = next(each for each in result.pulled if each.state is PullState.INCOMPLETE)
    assert broken.incomplete_why == "source.gone"
    complete = next(each for each in result.pulled if each.collection.collection == "people")
    assert complete.state is PullState.COMPLETE


def test_a_programming_error_still_closes_the_window(office: Office) -> None:
    def fail(_number: int) -> None:
        raise ZeroDivisionError

    office.source.tables["people"].before_batch = fail
    case = office.granted()
    with pytest.raises(ZeroDivisionError):
        office.officer.pulling.run(case.asked.id, QuietTask())
    stored = office.officer.granting.get(case.asked.id)
    assert stored.window is not None
    assert stored.window.ended_at is not None


def test_a_window_opens_once(office: Office) -> None:
    result = run(office)
    with pytest.raises(NotAllowedError):
        office.officer.pulling.run(result.case.asked.id, QuietTask())


def test_nobody_else_can_use_a_grant(office: Office) -> None:
    case = office.granted()
    with pytest.raises(AppError):
        office.approver.pulling.run(case.asked.id, QuietTask())
    assert office.source.opened == []


def test_a_grant_with_a_forged_signature_opens_nothing(office: Office) -> None:
    case = office.asked()
    assert not case.decisions
    with office.workspace.write() as unit:
        from app.domain.access import Decision  # noqa: PLC0415 - only here

        now = unit.now()
        unit.access.add_decision(
            Decision(
                "G-9999", case.asked.id, case.asked.requester, office.approver.here.member, True,  # noqa: FBT003 - in the order of the facts
                case.asked.scope_hash, 30, now.replace(day=now.day + 1), "", now, b"forged",
            )
        )  # fmt: skip
        request = unit.requests.get(case.asked.request)
        unit.requests.replace(replace(request, stage=Stage.PULL))
        unit.commit()
    with pytest.raises(SecurityError) as caught:
        office.officer.pulling.run(case.asked.id, QuietTask())
    assert caught.value.code == "signature.wrong"
    assert office.source.opened == []


def test_a_grant_lapses_when_it_is_not_used_in_time(office: Office) -> None:
    case = office.granted()
    office.clock.move(hours=25)
    with pytest.raises(NotAllowedError):
        office.officer.pulling.run(case.asked.id, QuietTask())


def test_while_the_clock_is_set_back_no_window_opens(office: Office) -> None:
    case = office.granted()
    office.clock.move(hours=-3)
    with pytest.raises(NotAllowedError) as caught:
        office.officer.pulling.run(case.asked.id, QuietTask())
    assert caught.value.code == "clock.set_back"


def test_a_source_that_changed_since_its_map_is_found_before_the_window_opens(
    office: Office,
) -> None:
    case = office.granted()
    office.source.differences = (Difference("missing_field", "people", "email"),)
    with pytest.raises(SourceError) as caught:
        office.officer.pulling.run(case.asked.id, QuietTask())
    assert caught.value.code == "source.changed"
    assert office.officer.granting.get(case.asked.id).window is None


def test_nobody_found_is_said_and_has_to_be_settled(office: Office) -> None:
    office.source.tables["people"].rows.clear()
    office.source.tables["notes"].rows.clear()
    request, result = office.pulled()
    assert [each.code for each in result.notices] == ["nobody_found"]
    with pytest.raises(NotAllowedError) as caught:
        office.officer.reviewing.finish(request)
    assert caught.value.code == "review.notices_open"


def test_several_people_under_one_identity_are_put_to_a_decision(office: Office) -> None:
    office.source.tables["people"].rows.append(("2", "mara@example.org", "x"))
    _, result = office.pulled()
    assert [(each.code, each.count) for each in result.notices] == [("several_people", 2)]


def test_several_rows_that_are_hers_but_no_people_are_no_question(office: Office) -> None:
    office.source.tables["notes"].rows.append(("1", "One more."))
    _, result = office.pulled()
    assert result.notices == ()


def test_a_second_pull_takes_the_place_of_an_incomplete_one(office: Office) -> None:
    office.source.tables["notes"].before_batch = lambda number: (
        office.clock.move(minutes=20) if number == 1 else None
    )
    first = run(office)
    office.source.tables["notes"].before_batch = lambda _number: None
    request = first.case.asked.request
    again = office.officer.scoping.ask(
        request, first.case.asked.scope, purpose="The rest of it", minutes=20
    )
    office.approver.granting.grant(again.asked.id, seen_hash=again.asked.scope_hash)
    office.officer.pulling.run(again.asked.id, QuietTask())
    counted = {each.collection.collection: each.rows
               for each in office.officer.reviewing.collections(request)}  # fmt: skip
    assert counted == {"people": 1, "notes": len(NOTES)}


def test_the_vault_holds_no_value_in_clear(office: Office, tmp_path: Path) -> None:
    office.pulled()
    stored = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for value in (b"Herr Brandt", b"Your neighbour", b"Okafor"):
        assert value not in stored


def test_a_window_left_by_a_dead_process_is_closed_and_its_pull_known_incomplete(
    office: Office, tmp_path: Path
) -> None:
    """A real process opens a window, reads a part, and is killed."""
    case = office.granted()
    script = """
import os, sys
from tests.office_in_another_process import pull_and_hang
pull_and_hang(sys.argv[1], sys.argv[2], sys.argv[3])
"""
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path), office.officer.here.member, case.asked.id],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.getcwd()},  # noqa: PTH109 - the project's root
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"reading\n"
    assert office.officer.sessions.sweep() == ()  # it lives, so nobody closes it
    process.kill()
    process.wait()
    process.stdout.close()
    make_desk(office.officer.here, office.adapters)  # the next start
    stored = office.officer.granting.get(case.asked.id)
    assert stored.window is not None
    assert stored.window.reason is EndReason.PROCESS_ENDED
    with office.workspace.read() as unit:
        pulled = unit.pulls.of_session(stored.window.session)
    states = {each.collection.collection: each.state for each in pulled}
    assert states == {"people": PullState.COMPLETE, "notes": PullState.INCOMPLETE}
    assert office.administrator.log.check(QuietTask()).is_sound


def test_two_windows_do_not_open_for_one_grant(office: Office) -> None:
    case = office.granted()
    codes: list[str] = []

    def begin_again(number: int) -> None:
        if number == 0:
            try:
                office.officer.pulling.run(case.asked.id, QuietTask())
            except (ConflictError, NotAllowedError) as error:
                codes.append(error.code)

    office.source.tables["people"].before_batch = begin_again
    assert office.officer.pulling.run(case.asked.id, QuietTask()).is_complete
    assert codes == ["access.wrong_state"]
