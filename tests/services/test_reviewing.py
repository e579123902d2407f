"""Review: masks, reveals, redactions and what is still to decide, through the services."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.domain.errors import InputError, NotAllowedError, NotFoundError, SecurityError
from app.domain.requests import Stage
from app.domain.review import RevealReason, Target, Verdict
from app.services.flagging import MASK
from tests.office import NOTES, Office, open_office

if TYPE_CHECKING:
    from pathlib import Path

    from app.domain.pulls import PulledCollection


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return open_office(tmp_path)


def notes_of(office: Office, request: str) -> PulledCollection:
    return next(
        each
        for each in office.officer.reviewing.collections(request)
        if each.collection.collection == "notes"
    )


def test_values_are_masked_until_somebody_with_a_reason_reveals_them(office: Office) -> None:
    request, _ = office.pulled()
    notes = notes_of(office, request)
    reviewing = office.officer.reviewing
    hidden = reviewing.page(request, notes.id)
    assert [row.values[1] for row in hidden] == [MASK] * len(NOTES)
    assert hidden[0].masked == {"text"}
    reviewing.reveal(request, notes.id, ["text"], why=RevealReason.REVIEW)
    assert [row.values[1] for row in reviewing.page(request, notes.id)] == NOTES


def test_a_reveal_is_on_record_once_by_field_and_not_by_value(office: Office) -> None:
    request, _ = office.pulled()
    notes = notes_of(office, request)
    for _ in range(3):
        office.officer.reviewing.reveal(request, notes.id, ["text"], why=RevealReason.QUALITY)
    assert office.actions(request).count("review.revealed") == 1


def test_a_reveal_by_one_member_shows_nothing_to_another(office: Office) -> None:
    request, _ = office.pulled()
    notes = notes_of(office, request)
    office.officer.reviewing.reveal(request, notes.id, ["text"], why=RevealReason.REVIEW)
    with pytest.raises(SecurityError) as caught:
        office.approver.reviewing.page(request, notes.id)
    assert caught.value.code == "vault.not_sealed_to_you"


def test_free_text_that_may_name_others_has_to_be_decided(office: Office) -> None:
    request, _ = office.pulled()
    counts = office.officer.reviewing.counts(request)
    assert (counts.records, counts.to_decide, counts.decided) == (6, 5, 1)
    with pytest.raises(NotAllowedError) as caught:
        office.officer.reviewing.finish(request)
    assert caught.value.code == "review.undecided"


def test_names_after_a_title_are_pointed_at(office: Office) -> None:
    request, _ = office.pulled()
    notes = notes_of(office, request)
    rows = office.officer.reviewing.page(request, notes.id)
    found = [(flag.kind, NOTES[row.number][flag.start : flag.end])
             for row in rows for flag in row.flags if flag.kind == "other_name"]  # fmt: skip
    assert found == [("other_name", "Brandt"), ("other_name", "Okafor")]


def test_a_text_is_found_everywhere_and_covered_everywhere_in_one_step(office: Office) -> None:
    office.source.tables["notes"].rows.append(("1", "Brandt again, and Brandtstrasse."))
    request, _ = office.pulled()
    reviewing = office.officer.reviewing
    places = reviewing.find_text(request, "brandt")
    assert len(places) == 2
    targets = [Target(each.pulled, each.row, each.field, each.start, each.end) for each in places]
    reviewing.mark(request, targets, verdict=Verdict.REDACT, why="TP-ID")
    counts = reviewing.counts(request)
    assert (counts.redacted, dict(counts.covered)) == (2, {"TP-ID": 2})


def test_undo_brings_back_what_was_to_decide_and_both_are_on_record(office: Office) -> None:
    request, _ = office.pulled()
    reviewing, notes = office.officer.reviewing, notes_of(office, request)
    (mark,) = reviewing.mark(request, [Target(notes.id, 0)], verdict=Verdict.DISCLOSE)
    assert reviewing.counts(request).to_decide == 4
    reviewing.undo(request, mark.id)
    assert reviewing.counts(request).to_decide == 5
    assert office.actions(request)[-2:] == ["review.marked", "review.undone"]


def test_withholding_and_covering_need_a_reason_that_exists(office: Office) -> None:
    request, _ = office.pulled()
    target = Target(notes_of(office, request).id, 0)
    for why in ("", "BECAUSE"):
        with pytest.raises(InputError):
            office.officer.reviewing.mark(request, [target], verdict=Verdict.WITHHOLD, why=why)


def test_marks_outside_what_was_pulled_are_refused(office: Office) -> None:
    request, _ = office.pulled()
    notes = notes_of(office, request)
    mark = office.officer.reviewing.mark
    for target in (Target(notes.id, 99), Target(999, 0)):
        with pytest.raises(NotFoundError):
            mark(request, [target], verdict=Verdict.DISCLOSE)
    with pytest.raises(NotFoundError):
        mark(request, [Target(notes.id, 0, "nope")], verdict=Verdict.REDACT, why="LPP")


def test_one_decision_can_be_taken_on_a_whole_collection(office: Office) -> None:
    request, _ = office.pulled()
    reviewing, notes = office.officer.reviewing, notes_of(office, request)
    reviewing.mark(request, [Target(notes.id)], verdict=Verdict.WITHHOLD, why="LPP")
    counts = reviewing.counts(request)
    assert (counts.withheld, counts.to_decide) == (5, 0)
    assert dict(counts.withheld_by_reason) == {"LPP": 5}


def test_finishing_moves_on_and_is_on_record(office: Office) -> None:
    request, _ = office.pulled()
    reviewing, notes = office.officer.reviewing, notes_of(office, request)
    targets = [Target(notes.id, row) for row in range(len(NOTES))]
    reviewing.mark(request, targets, verdict=Verdict.DISCLOSE)
    reviewing.finish(request)
    assert office.officer.casework.get(request).stage is Stage.RESPOND
    assert "review.finished" in office.actions(request)


def test_searching_twice_flags_nothing_twice(office: Office) -> None:
    from app.ports.progress import QuietTask  # noqa: PLC0415 - only here

    request, _ = office.pulled()
    before = office.officer.reviewing.page(request, notes_of(office, request).id)
    office.officer.reviewing.prepare(request, QuietTask())
    assert office.officer.reviewing.page(request, notes_of(office, request).id) == before


def test_an_incomplete_pull_has_to_be_settled_before_the_review_ends(office: Office) -> None:
    office.source.tables["notes"].before_batch = lambda number: (
        office.clock.move(minutes=20) if number == 1 else None
    )
    request, result = office.pulled()
    office.officer.casework.move(request, Stage.REVIEW)
    (notice,) = result.notices
    assert (notice.code, notice.count) == ("incomplete", 1)
    with pytest.raises(NotAllowedError):
        office.officer.reviewing.finish(request)
    office.officer.reviewing.settle(request, notice.id, how="The rest is pulled next week.")
    assert not office.officer.reviewing.notices(request)[0].is_open
