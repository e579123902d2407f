"""Every code that the product can raise has its sentence, and every sentence fits its values."""

from __future__ import annotations

import ast
import string
from pathlib import Path

import pytest

from app.domain.audit import Action
from app.domain.errors import AppError, ConflictError, InputError, SourceError
from app.wording.errors import error_in_words, sentences

APP = Path(__file__).resolve().parents[2] / "app"
ERRORS = {
    "AppError", "InputError", "NotAllowedError", "NotFoundError", "ConflictError", "SourceError",
    "StorageError", "SecurityError",
}  # fmt: skip


def raised_codes() -> dict[str, str]:
    """Return every code given literally to an error class, with where it stands."""
    found: dict[str, str] = {}
    for path in APP.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if node.func.id in ERRORS and node.args and isinstance(node.args[0], ast.Constant):
                found[str(node.args[0].value)] = f"{path.relative_to(APP)}:{node.lineno}"
    return found


def test_every_code_has_its_sentence() -> None:
    known = sentences()
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
