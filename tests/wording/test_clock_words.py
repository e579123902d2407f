"""The working of a deadline reads like a colleague's note, with the article beside each date."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest

from app.domain.errors import InputError
from app.regimes._calendars import PackagedCalendars
from app.regimes._rules import shipped_rules
from app.services.deadlines import Deadlines
from app.wording.clock import (
    due_in_words,
    ignored_pauses_in_words,
    period_in_words,
    safe_by_in_words,
    sources_in_words,
    working_in_words,
)
from app.wording.clock_problems import clock_problem_in_words, printable

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = json.loads(
    (ROOT / "tests" / "data" / "deadline_examples.json").read_text(encoding="utf-8")
)
CLOCK_FILES = [
    *(ROOT / "app" / "domain" / "clock").glob("*.py"),
    ROOT / "app" / "domain" / "calendars.py",
    *(ROOT / "app" / "regimes").glob("_*.py"),
    ROOT / "app" / "services" / "deadlines.py",
    ROOT / "app" / "services" / "_deadline_cases.py",
    ROOT / "app" / "cli" / "commands" / "deadline.py",
]
DEADLINES = Deadlines(shipped_rules(), PackagedCalendars())


def words(**case: object) -> list[str]:
    return working_in_words(DEADLINES.count_case(case))


def test_easter_in_germany_is_told_step_by_step() -> None:
    assert words(rule="eu.dsr", calendar="DE", received="2026-03-05", tz="Europe/Berlin") == [
        "Received on Thursday 5 March 2026, counted in Europe/Berlin.",
        (
            "One month from 5 March 2026 ends on Sunday 5 April 2026 "
            "(GDPR 12(3); Reg 1182/71 Art 3(2)(c))."
        ),
        (
            "That is a Sunday, so the period ends on the next working day, Tuesday 7 April 2026 "
            "(Reg 1182/71 Art 3(4)); Monday 6 April is Easter Monday."
        ),
        (
            "To extend to three months (ground: complexity and number of requests), "
            "give notice by Tuesday 7 April 2026 (GDPR 12(3); Reg 1182/71 Art 3(2)(c))."
        ),
        (
            "Safe by Thursday 2 April 2026: moved back to a working day from Sunday 5 April "
            "(Friday 3 April is Good Friday)."
        ),
    ]


def test_a_british_pause_and_a_late_identity_are_told() -> None:
    pause = {"kind": "clarification", "asked": "2026-04-10", "answered": "2026-04-14"}
    text = words(
        rule="uk.dsr",
        calendar="GB-ENG",
        received="2026-04-01",
        identity_received="2026-04-09",
        pauses=[pause],
    )
    assert text[1:5] == [
        (
            "The clock starts on Thursday 9 April 2026, when the proof of identity arrived "
            "(UK GDPR 12A)."
        ),
        "One month from 9 April 2026 ends on Saturday 9 May 2026 (UK GDPR 12A).",
        (
            "The clock stood from Friday 10 April 2026, clarification asked, to Tuesday "
            "14 April 2026, answered: 5 days (UK GDPR 12A)."
        ),
        "With 5 days paused, the period ends on Thursday 14 May 2026 (UK GDPR 12A).",
    ]
    assert text[-1] == ("Safe by Wednesday 13 May 2026: 4 days paused instead of 5 (UK GDPR 12A).")


def test_a_last_day_that_is_not_moved_is_told_with_a_warning() -> None:
    text = words(
        rule="ccpa.respond",
        calendar="US-CA",
        received="2026-01-05",
        extended=True,
        identity_received="2026-01-20",
    )
    assert "does not move the start (11 CCR 7021(b))" in text[1]
    assert text[2].startswith("Extended: 90 days in all, counted from 5 January 2026")
    assert text[3].endswith("it is Monday 6 April 2026: do not plan on that.")


def test_a_saturday_that_counts_in_canada_is_told() -> None:
    text = words(rule="ca.pipeda", calendar="CA-INTERP", received="2026-03-05")
    assert "That is a Saturday, which does not move the last day" in text[2]


def test_a_month_without_the_day_is_told() -> None:
    text = words(rule="eu.dsr", calendar="DE", received="2026-08-31")
    assert "the last day of a month that has no day 31" in text[1]


def test_business_days_name_the_holidays_that_are_not_counted() -> None:
    text = words(rule="ccpa.ack", calendar="US-FED", received="2026-11-19")
    assert text[1] == (
        "10 business days after 19 November 2026 end on Friday 4 December 2026 "
        "(11 CCR 7021(a)); not counted: Thursday 26 November is Thanksgiving Day."
    )


def test_a_law_without_a_number_is_told() -> None:
    text = words(rule="jp.appi", calendar="JP", received="2026-04-20")
    assert text[1] == (
        "The law gives no number of days (APPI 33, 39). "
        "Internal target: 14 days, Monday 4 May 2026."
    )


def test_an_open_pause_and_a_pause_that_does_not_count_are_told() -> None:
    open_pause = {"kind": "identity", "asked": "2026-03-06", "approved": True}
    refused = {"kind": "clarification", "asked": "2026-03-09", "approved": False}
    deadline = DEADLINES.count_case(
        {
            "rule": "eu.dsr",
            "calendar": "DE",
            "received": "2026-03-05",
            "pauses": [open_pause, refused],
            "as_of": "2026-03-20",
        }
    )
    text = " ".join(working_in_words(deadline))
    assert "The clock has stood since Friday 6 March 2026, proof of identity asked" in text
    assert "counted as if it was answered on Friday 20 March 2026" in text
    assert len(ignored_pauses_in_words(deadline)) == 1
    assert (
        "needs a reason and an approver (EDPB 01/2022 s.5.3)"
        in ignored_pauses_in_words(deadline)[0]
    )
    assert due_in_words(deadline).endswith("(provisional)")


@pytest.mark.parametrize("example", EXAMPLES, ids=[each["id"] for each in EXAMPLES])
def test_every_worked_example_has_its_dates_and_an_article_in_its_words(
    example: dict[str, object],
) -> None:
    deadline = DEADLINES.count_case(example)
    text = working_in_words(deadline)
    assert all(sentence.endswith(".") and "{" not in sentence for sentence in text)
    dated = [each for each in text if "Received" not in each and "Safe by" not in each]
    assert all("(" in each for each in dated)
    assert f"{deadline.limit.day} {deadline.limit:%B %Y}" in " ".join(text)
    assert f"{deadline.safe_by.day} {deadline.safe_by:%B %Y}" in text[-1]


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 4, 5), "due Tue 7 Apr 2026, 2 days left"),
        (date(2026, 4, 6), "due Tue 7 Apr 2026, 1 day left"),
        (date(2026, 4, 7), "due today, Tue 7 Apr 2026"),
        (date(2026, 4, 10), "was due Tue 7 Apr 2026, 3 days ago"),
        (None, "due Tue 7 Apr 2026"),
    ],
)
def test_the_short_form_counts_the_days(today: date | None, expected: str) -> None:
    deadline = DEADLINES.count("eu.dsr", "DE", received=date(2026, 3, 5))
    assert due_in_words(deadline, today) == expected


def test_the_short_form_of_safe_by_and_of_a_target() -> None:
    deadline = DEADLINES.count("jp.appi", "JP", received=date(2026, 4, 20))
    assert due_in_words(deadline, date(2026, 5, 1)) == "target Mon 4 May 2026, 3 days left"
    assert safe_by_in_words(deadline, date(2026, 5, 1)) == "safe by Fri 1 May 2026, today"
    assert safe_by_in_words(deadline, date(2026, 4, 30)) == "safe by Fri 1 May 2026, in 1 day"
    assert safe_by_in_words(deadline, date(2026, 5, 3)) == "safe by Fri 1 May 2026, 2 days ago"


@pytest.mark.parametrize(
    ("rule_id", "expected"),
    [
        ("eu.dsr", "one month"),
        ("ccpa.respond", "45 days"),
        ("ccpa.ack", "10 business days"),
        ("jp.appi", "no fixed number of days"),
    ],
)
def test_a_period_in_words(rule_id: str, expected: str) -> None:
    assert period_in_words(DEADLINES.rule(rule_id).period) == expected


def test_the_sources_name_rule_and_calendar_with_their_versions() -> None:
    deadline = DEADLINES.count("eu.dsr", "DE-BY", received=date(2026, 3, 5))
    text = sources_in_words(deadline)
    assert text[0].startswith("Rule eu.dsr, version 1, checked on 21 November 2026.")
    assert text[1].startswith("Calendar DE-BY, Germany: Bayern: holidays 0.")


def test_every_code_that_is_raised_has_a_sentence_that_fills() -> None:
    sources = "\n".join(path.read_text("utf-8") for path in CLOCK_FILES)
    raised = re.findall(r'InputError\(\s*"(clock\.\w+)"((?:[^()]|\([^()]*\))*)\)', sources)
    assert len(raised) > 20
    for code, arguments in raised:
        values = dict.fromkeys(re.findall(r"(\w+)=", arguments), "some")
        if "wanted" in values:
            values["wanted"] = "day"
        sentence = clock_problem_in_words(InputError(code, **values))
        assert sentence.endswith(".")
        assert "{" not in sentence


def test_what_a_person_typed_cannot_steer_the_terminal() -> None:
    assert printable("\x1b[2Jeu\ud800\u202e") == "\\x1b[2Jeu\\ud800\\u202e"
    assert len(printable("x" * 1000)) == 81
