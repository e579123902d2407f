"""Every code that the product can raise has its sentence, and every sentence fits its values."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest

from app.domain.audit import Action
from app.domain.errors import AppError, ConflictError, InputError, SourceError
from app.domain.policy import Finding, FindingLevel
from app.wording.erasure import erasure_sentences
from app.wording.errors import error_in_words, sentences
from app.wording.findings import finding_in_words
from app.wording.map_problems import problem_sentences
from app.wording.maps import notice_in_words
from app.wording.proofs import faults

APP = Path(__file__).resolve().parents[2] / "app"
FINDINGS = {
    "policy.approvers_needed", "policy.empty_scope", "policy.longer_than_usual",
    "policy.may_not_ask", "policy.never_disclosed", "policy.nobody_can_approve",
    "policy.not_in_map", "policy.special_category", "policy.too_few_approvers",
    "policy.too_many_minutes",
}  # fmt: skip
NOTICES = {
    "pull.nobody_found", "pull.identity_not_in_map", "pull.several_people", "pull.shared_rows",
    "pull.missing_collection", "pull.missing_field",
}  # fmt: skip
# Text of this form that is no code of an error.
NOT_ERRORS = {each.value for each in Action} | {
    "workspace.only_one", "letter.pdf", "package.zip", "workspace.sqlite", "proof.log_",
    "proof.report_",
}  # fmt: skip
PREFIXES = {code.partition(".")[0] for code in sentences()}
CODE = re.compile(r"[a-z]+\.[a-z_]+")


def raised_codes() -> dict[str, str]:
    """Return every text that reads like an error's code, with where it stands."""
    found: dict[str, str] = {}
    for folder in ("domain", "services", "storage", "sources", "reports", "security", "regimes"):
        for path in (APP / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
                    continue
                if CODE.fullmatch(node.value) and node.value.partition(".")[0] in PREFIXES:
                    found[node.value] = f"{path.relative_to(APP)}:{node.lineno}"
    return {code: where for code, where in found.items() if code not in NOT_ERRORS}


def test_every_code_has_its_sentence() -> None:
    known = {
        *sentences(),
        *faults(),
        *problem_sentences(),
        *erasure_sentences(),
        *NOTICES,
        *FINDINGS,
    }
    missing = {code: where for code, where in raised_codes().items() if code not in known}
    assert missing == {}


@pytest.mark.parametrize("code", sorted(sentences()))
def test_a_sentence_ends_as_one_and_names_no_code(code: str) -> None:
    happened, next_step = sentences()[code]
    for part in (happened, next_step):
        assert not part or part.endswith((".", ")"))
        assert code not in part
        for _, name, _, _ in string.Formatter().parse(part):
            assert name is None or name.isidentifier()


def test_a_code_without_a_sentence_is_admitted_not_hidden() -> None:
    text = error_in_words(AppError("made.up")).text()
    assert "made.up" in text
    assert "Please report" in text


def test_a_value_that_is_missing_leaves_a_gap_and_no_failure() -> None:
    assert "…" in error_in_words(SourceError("source.changed")).text()


def test_values_cannot_steer_the_terminal() -> None:
    text = error_in_words(InputError("source.unknown_type", type="\x1b[31mred\u202e")).text()
    assert "\x1b" not in text
    assert "\u202e" not in text


@pytest.mark.parametrize("code", sorted(FINDINGS))
def test_every_finding_of_a_policy_has_its_sentence(code: str) -> None:
    text = finding_in_words(Finding(FindingLevel.REFUSED, code, "shop.people.email", "5"))
    assert text
    assert code not in text


@pytest.mark.parametrize("code", sorted(NOTICES))
def test_every_notice_of_a_trial_has_its_sentence(code: str) -> None:
    values = {"kind": "email", "number": 1, "count": 2, "collection": "a.b", "field": "c"}
    assert "{" not in notice_in_words(code, values)


def test_a_conflict_says_whose_work_stands() -> None:
    text = error_in_words(ConflictError("access.already_decided")).text()
    assert "What the other person did stands" in text


def test_every_action_of_the_log_has_words() -> None:
    from app.wording.actions import entry_in_words  # noqa: PLC0415 - slow to import elsewhere

    for action in Action:
        facts = {"action": action.value, "actor": "m", "at": "2026-11-20T09:00:00Z",
                 "details": {}, "object": "x", "request": "DSR-1"}  # fmt: skip
        words = entry_in_words(facts, {"m": "Nadia Roth"})
        assert words
        assert "{" not in words
        assert action.value not in words
