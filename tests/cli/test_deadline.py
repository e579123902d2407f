"""``sandglass deadline`` answers files as JSON and single cases in words."""

from __future__ import annotations

import argparse
import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.cli.command import Console
from app.cli.commands.deadline import COMMAND
from app.regimes._calendars import PackagedCalendars
from app.regimes._rules import shipped_rules
from app.services.deadlines import Deadlines
from tests.fakes import no_window

EXAMPLES = json.loads(
    (Path(__file__).parent.parent / "data" / "deadline_examples.json").read_text(encoding="utf-8")
)
EASTER = {"id": "EU-02", "rule": "eu.dsr", "calendar": "DE", "received": "2026-03-05"}
EASTER_ANSWER = {
    "id": "EU-02",
    "due": "2026-04-07",
    "safe_by": "2026-04-02",
    "unrolled": "2026-04-05",
}


def run(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
    parser = argparse.ArgumentParser()
    COMMAND.add_arguments(parser)
    out, err = io.StringIO(), io.StringIO()
    app: Any = SimpleNamespace(deadlines=Deadlines(shipped_rules(), PackagedCalendars()))
    console = Console(
        lambda: app, stdin_stream=io.StringIO(stdin), stdout=out, stderr=err, open_window=no_window
    )
    code = COMMAND.run(parser.parse_args(arguments), console)
    return code, out.getvalue(), err.getvalue()


def test_all_worked_examples_are_answered_in_one_list_in_their_order() -> None:
    questions = [
        {name: value for name, value in each.items() if name != "expect"} for each in EXAMPLES
    ]
    code, out, err = run("--from", "-", stdin=json.dumps(questions))
    assert (code, err) == (0, "")
    assert json.loads(out) == [{"id": each["id"], **each["expect"]} for each in EXAMPLES]


def test_one_object_in_a_file_is_answered_with_one_object(tmp_path: Path) -> None:
    file = tmp_path / "case.json"
    file.write_text(json.dumps(EASTER), encoding="utf-8-sig")
    code, out, err = run("--from", str(file))
    assert (code, err) == (0, "")
    assert json.loads(out) == EASTER_ANSWER


def test_a_case_without_an_id_is_answered_without_one() -> None:
    case = {name: value for name, value in EASTER.items() if name != "id"}
    code, out, _ = run("--from", "-", stdin=json.dumps(case))
    assert code == 0
    assert "id" not in json.loads(out)


def test_an_empty_list_is_answered_with_an_empty_list() -> None:
    assert run("--from", "-", stdin="[]") == (0, "[]\n", "")


def test_a_bad_case_in_a_list_says_why_in_its_place_and_the_others_are_answered() -> None:
    code, out, err = run("--from", "-", stdin=json.dumps([{"id": "A"}, EASTER, 7]))
    first, second, third = json.loads(out)
    assert code == 2
    assert first == {"id": "A", "error": "The field rule is missing. Add it."}
    assert second == EASTER_ANSWER
    assert list(third) == ["error"]
    assert err.splitlines()[0] == "A: The field rule is missing. Add it."
    assert err.splitlines()[1].startswith("Case 3: ")


def test_a_pause_that_did_not_count_is_told_beside_the_answer() -> None:
    pause = {"kind": "identity", "asked": "2026-03-06", "answered": "2026-03-16", "approved": False}
    code, out, err = run("--from", "-", stdin=json.dumps({**EASTER, "pauses": [pause]}))
    assert code == 0
    assert json.loads(out) == EASTER_ANSWER
    assert err.startswith("EU-02: Asking for proof of identity on Friday 6 March 2026 is not")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The file is no JSON: line 1, column 1"),
        ('{"rule": }', "The file is no JSON: line 1, column 10"),
        ("42", "The file holds neither a case nor a list"),
        ("[" * 200_000, "The file is nested too deep"),
        ("9" * 10_000, "The file holds neither a case nor a list"),
        ('{"id": "X"}', "The field rule is missing"),
    ],
)
def test_a_malformed_file_gets_a_sentence_and_exit_code_2(text: str, sentence: str) -> None:
    code, out, err = run("--from", "-", stdin=text)
    assert (code, out) == (2, "")
    assert err.startswith(sentence)


def test_a_file_that_is_not_there_or_no_text_gets_a_sentence(tmp_path: Path) -> None:
    assert run("--from", str(tmp_path / "none.json"))[2].endswith("Check its name and rights.\n")
    assert run("--from", str(tmp_path))[0] == 2
    (tmp_path / "latin.json").write_bytes(b'{"id": "\xe9"}')
    assert run("--from", str(tmp_path / "latin.json"))[2].startswith("The file is no UTF-8 text")


def test_hostile_ids_and_fields_are_shown_harmless() -> None:
    case = {"id": "\x1b[2J\ud800", "\ud800": 1}
    code, out, err = run("--from", "-", stdin=json.dumps([case]))
    assert code == 2
    assert "\x1b" not in out + err
    (out + err).encode("utf-8")


def test_one_case_by_options_is_answered_in_words() -> None:
    code, out, err = run(
        "--rule", "uk.dsr", "--calendar", "GB-ENG", "--received", "2026-03-02", "--tz",
        "Europe/London", "--pause", "clarification:2026-03-05:2026-03-16", "--extended",
        "--as-of", "2026-06-13",
    )  # fmt: skip
    assert (code, err) == (0, "")
    assert "Received on Monday 2 March 2026, counted in Europe/London." in out
    assert "12 days (UK GDPR 12A)" in out
    assert "due Mon 15 Jun 2026, 2 days left" in out
    assert "safe by Fri 12 Jun 2026, 1 day ago" in out
    assert "Rule uk.dsr, version 1" in out


def test_an_instant_an_open_and_an_approved_pause_can_be_given_by_options() -> None:
    code, out, _ = run(
        "--rule", "eu.dsr", "--calendar", "DE", "--received", "2026-08-31T22:30:00Z", "--tz",
        "Europe/Berlin", "--pause", "identity:2026-09-02",
    )  # fmt: skip
    assert code == 0
    assert "Received on Tuesday 1 September 2026" in out
    assert "These dates are provisional" in out


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--rule", "eu.dsr"],
        ["--from", "-", "--rule", "eu.dsr"],
        ["--from", "-", "--extended"],
        ["--rule", "eu.dsr", "--calendar", "DE", "--received", "2026-03-05", "--pause", "x"],
        ["--rule", "eu.dsr", "--calendar", "DE", "--received", "2026-03-05", "--pause", "a:b:c:d"],
        ["--rule", "eu.dsr", "--calendar", "DE", "--received", "2026-03-05T10:00:00Z"],
    ],
)
def test_options_that_do_not_make_a_case_get_a_sentence_and_exit_code_2(
    arguments: list[str],
) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert err.strip().endswith(".")


def test_rules_and_calendars_are_listed() -> None:
    code, out, _ = run("--list-rules")
    assert code == 0
    assert "eu.dsr\tGDPR\tArts 15-22 via 12(3)\tone month" in out.splitlines()
    assert len(out.splitlines()) == 62
    code, out, _ = run("--list-calendars")
    assert code == 0
    assert "DE-BY\tGermany: Bayern" in out.splitlines()
