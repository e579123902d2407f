"""Review: what goes out of a record, whatever was marked in whatever order."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InputError
from app.domain.review import (
    REASONS,
    Cover,
    Mark,
    Piece,
    Target,
    Verdict,
    cut,
    reason,
    resolve,
)

AT = datetime(2026, 11, 20, tzinfo=UTC)


def mark(
    number: int, verdict: Verdict, *, row: int | None = 0, why: str = "", undone: bool = False,
    field: str = "", start: int | None = None, end: int | None = None,
) -> Mark:  # fmt: skip
    target = Target(1, row, field, start, end)
    return Mark(
        number, "DSR-1", target, verdict, why, "nadia", AT, "nadia" if undone else "",
        AT if undone else None,
    )  # fmt: skip


def verdict(marks: list[Mark], *, has_flags: bool = False, row: int = 0) -> Verdict | None:
    return resolve(1, row, marks=marks, has_flags=has_flags).verdict


def test_a_record_without_flags_goes_out() -> None:
    assert verdict([]) is Verdict.DISCLOSE


def test_a_record_with_flags_has_to_be_decided() -> None:
    assert verdict([], has_flags=True) is None
    assert verdict([mark(1, Verdict.DISCLOSE)], has_flags=True) is Verdict.DISCLOSE


def test_covering_something_in_a_flagged_record_decides_it() -> None:
    covered = mark(1, Verdict.REDACT, field="body", start=3, end=7, why="TP-ID")
    assert verdict([covered], has_flags=True) is Verdict.REDACT


def test_an_undone_decision_does_not_count() -> None:
    marks = [mark(1, Verdict.WITHHOLD, why="LPP", undone=True)]
    assert verdict(marks) is Verdict.DISCLOSE
    assert verdict(marks, has_flags=True) is None


def test_the_later_decision_on_a_record_wins() -> None:
    marks = [mark(1, Verdict.WITHHOLD, why="LPP"), mark(2, Verdict.DISCLOSE)]
    assert verdict(marks) is Verdict.DISCLOSE
    assert verdict(marks[::-1]) is Verdict.WITHHOLD


def test_a_decision_on_one_record_beats_one_on_all() -> None:
    marks = [mark(1, Verdict.DISCLOSE), mark(2, Verdict.WITHHOLD, row=None, why="OOS")]
    assert verdict(marks) is Verdict.DISCLOSE
    assert verdict(marks, row=5) is Verdict.WITHHOLD


def test_withholding_beats_covering_in_the_same_record() -> None:
    marks = [
        mark(1, Verdict.REDACT, field="body", start=0, end=2, why="TP-ID"),
        mark(2, Verdict.WITHHOLD, why="LPP"),
    ]
    assert verdict(marks) is Verdict.WITHHOLD


def test_overlapping_covers_become_one_and_a_whole_value_swallows_all() -> None:
    def covers(marks: list[Mark]) -> tuple[tuple[str, tuple[Cover, ...]], ...]:
        return resolve(1, 0, marks=marks, has_flags=False).covers

    first = mark(1, Verdict.REDACT, field="b", start=2, end=6, why="TP-ID")
    second = mark(2, Verdict.REDACT, field="b", start=4, end=9, why="TP-ID")
    whole = mark(3, Verdict.REDACT, field="b", why="LPP")
    assert covers([first, second]) == (("b", (Cover(2, 9, "TP-ID"),)),)
    assert covers([first, second, whole]) == (("b", (Cover(0, -1, "LPP"),)),)


@given(
    st.text(max_size=40),
    st.lists(st.tuples(st.integers(0, 45), st.integers(1, 20)), max_size=5),
)
def test_what_is_covered_is_gone_and_all_else_stays(
    text: str, spans: list[tuple[int, int]]
) -> None:
    marks = [
        mark(n, Verdict.REDACT, field="b", start=start, end=start + size, why="TP-ID")
        for n, (start, size) in enumerate(spans)
    ]
    covers = dict(resolve(1, 0, marks=marks, has_flags=False).covers).get("b", ())
    pieces = cut(text, covers)
    hidden = {at for start, size in spans for at in range(start, start + size)}
    kept = "".join(sign for at, sign in enumerate(text) if at not in hidden)
    assert "".join(piece.text for piece in pieces) == kept
    assert all(not piece.text for piece in pieces if piece.covered)


def test_a_whole_covered_value_is_one_black_place() -> None:
    assert cut("Herr Brandt", (Cover(0, -1, "TP-ID"),)) == (Piece("", "TP-ID"),)


@pytest.mark.parametrize(("start", "end"), [(3, None), (None, 3), (-1, 2), (2, 2), (5, 1)])
def test_a_passage_needs_a_start_before_its_end(start: int | None, end: int | None) -> None:
    with pytest.raises(InputError):
        Target(1, 0, "body", start, end)


def test_every_reason_has_a_code_of_its_own_and_a_law() -> None:
    assert len({each.code for each in REASONS}) == len(REASONS)
    assert all(each.law and each.label for each in REASONS)
    with pytest.raises(InputError):
        reason("NOPE")
