"""Deadlines come out of plain cases exactly as the worked examples say."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.calendars import DayChange
from app.domain.clock import Deadline, Pause, PauseKind, Rule
from app.domain.errors import InputError
from app.regimes._calendars import PackagedCalendars
from app.regimes._rules import shipped_rules
from app.services.deadlines import Deadlines, answer

EXAMPLES = json.loads(
    (Path(__file__).parent.parent / "data" / "deadline_examples.json").read_text(encoding="utf-8")
)
DEADLINES = Deadlines(shipped_rules(), PackagedCalendars())
CASE = {"rule": "eu.dsr", "calendar": "DE", "received": "2026-03-05"}


@pytest.mark.parametrize("example", EXAMPLES, ids=[each["id"] for each in EXAMPLES])
def test_the_worked_example_holds(example: dict[str, object]) -> None:
    assert answer(DEADLINES.count_case(example)) == example["expect"], example["why"]


def test_all_worked_examples_are_here() -> None:
    assert len(EXAMPLES) == 57


@pytest.mark.parametrize("rule", DEADLINES.rules(), ids=lambda rule: rule.id)
def test_every_rule_can_be_counted_with_and_without_its_extension(rule: Rule) -> None:
    for extended in {False, rule.extension is not None}:
        deadline = DEADLINES.count(rule.id, "NONE", received=date(2026, 3, 5), extended=extended)
        assert deadline.safe_by <= deadline.limit


def test_a_case_by_ids_and_a_case_by_mapping_are_one() -> None:
    pause = {"kind": "clarification", "asked": "2026-03-05", "answered": "2026-03-16"}
    by_mapping = DEADLINES.count_case(
        {"rule": "uk.dsr", "calendar": "GB-ENG", "received": "2026-03-02", "pauses": [pause]}
    )
    by_ids = DEADLINES.count(
        "uk.dsr",
        "GB-ENG",
        received=date(2026, 3, 2),
        pauses=[Pause(PauseKind.CLARIFICATION, date(2026, 3, 5), date(2026, 3, 16), approved=True)],
    )
    assert by_ids == by_mapping


def test_the_holidays_of_the_workspace_count_and_are_named_in_the_source() -> None:
    added = DayChange(date(2026, 4, 7), "Moving day", "works agreement")
    deadline = DEADLINES.count("eu.dsr", "DE", received=date(2026, 3, 5), changes=[added])
    assert deadline.due == date(2026, 4, 8)
    assert deadline.case.calendar.source.endswith("+ 2026-04-07 Moving day (works agreement)")


def test_an_open_pause_is_counted_again_as_the_days_pass() -> None:
    open_pause = {"kind": "clarification", "asked": "2026-03-05", "answered": None}
    deadline = DEADLINES.count_case(
        {"rule": "uk.dsr", "calendar": "GB-ENG", "received": "2026-03-02", "pauses": [open_pause]}
    )
    assert answer(deadline)["provisional"] is True
    assert deadline.due == date(2026, 4, 7)  # 2 April and a day is Good Friday
    assert DEADLINES.recount(deadline, date(2026, 3, 16)).due == date(2026, 4, 14)


def test_a_pause_in_an_eu_case_counts_unless_the_case_says_that_nobody_approved_it() -> None:
    pause = {"kind": "identity", "asked": "2026-03-06", "answered": "2026-03-16"}
    plain = DEADLINES.count_case(CASE)
    refused = DEADLINES.count_case({**CASE, "pauses": [{**pause, "approved": False}]})
    assert refused.due == plain.due
    approved = DEADLINES.count_case({**CASE, "pauses": [pause]})
    assert approved.due == date(2026, 4, 15)
    assert approved.safe_by == plain.safe_by


def test_a_time_without_an_offset_is_the_controllers_own() -> None:
    case = {"rule": "eu.dsr", "calendar": "DE", "tz": "Asia/Tokyo"}
    local = DEADLINES.count_case({**case, "received_at": "2026-03-05T00:30:00"})
    assert local.case.received_on == date(2026, 3, 5)
    utc = DEADLINES.count_case({**case, "received_at": "2026-03-05T00:30:00Z"})
    assert utc.case.received_on == date(2026, 3, 5)
    assert utc.case.received != local.case.received


@pytest.mark.parametrize(
    ("code", "field", "case"),
    [
        ("clock.case_malformed", "", "eu.dsr"),
        ("clock.case_malformed", "", None),
        ("clock.field_missing", "rule", {"calendar": "DE", "received": "2026-03-05"}),
        ("clock.field_missing", "calendar", {"rule": "eu.dsr", "received": "2026-03-05"}),
        ("clock.field_missing", "received", {"rule": "eu.dsr", "calendar": "DE"}),
        ("clock.field_unknown", "recieved", {**CASE, "recieved": "2026-03-05"}),
        ("clock.field_malformed", "rule", {**CASE, "rule": 7}),
        ("clock.field_malformed", "received", {**CASE, "received": "5 March 2026"}),
        ("clock.field_malformed", "received", {**CASE, "received": "2026-02-30"}),
        ("clock.field_malformed", "received", {**CASE, "received": "2026-W10-4"}),
        ("clock.field_malformed", "received", {**CASE, "received": 20260305}),
        ("clock.field_malformed", "fee_paid", {**CASE, "fee_paid": "2026-3-5"}),
        ("clock.field_malformed", "extended", {**CASE, "extended": "yes"}),
        ("clock.field_malformed", "pauses", {**CASE, "pauses": "none"}),
        ("clock.case_malformed", "pauses[0]", {**CASE, "pauses": ["x"]}),
        ("clock.field_missing", "pauses[0].asked", {**CASE, "pauses": [{"kind": "identity"}]}),
        ("clock.field_unknown", "pauses[0].from", {**CASE, "pauses": [{"from": "2026-03-05"}]}),
        ("clock.received_twice", None, {**CASE, "received_at": "2026-03-05T10:00:00Z"}),
        ("clock.zone_missing", None, {**CASE, "received": "2026-03-05T10:00:00Z"}),
        ("clock.unknown_zone", None, {**CASE, "tz": "Europe"}),
        (
            "clock.unknown_pause_kind",
            None,
            {**CASE, "pauses": [{"kind": "holiday", "asked": "2026-03-06"}]},
        ),
        ("clock.unknown_rule", None, {**CASE, "rule": "eu.dsr2"}),
        ("clock.unknown_calendar", None, {**CASE, "calendar": "EU"}),
        ("clock.no_extension", None, {**CASE, "rule": "br.lgpd", "extended": True}),
    ],
)
def test_a_case_that_cannot_be_used_is_refused_with_the_name_of_the_field(
    code: str, field: str | None, case: object
) -> None:
    with pytest.raises(InputError) as refused:
        DEADLINES.count_case(case)
    assert (refused.value.code, refused.value.values.get("field")) == (code, field)


def test_one_case_that_cannot_be_used_does_not_hold_up_the_others() -> None:
    first, second, third = DEADLINES.count_cases([CASE, {}, CASE])
    assert isinstance(first, Deadline)
    assert isinstance(second, InputError)
    assert first == third


words = st.sampled_from(["kind", "asked", "identity"]) | st.text("é-:0129 T\0\ud800", max_size=12)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | words | st.just("2026-03-05"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*CASE, "tz", "pauses", "extended", "as_of"]), json_values))
def test_whatever_stands_in_a_case_it_is_counted_or_refused(values: dict[str, object]) -> None:
    results = list(DEADLINES.count_cases([{**CASE, **values}]))
    assert isinstance(results[0], Deadline | InputError)
