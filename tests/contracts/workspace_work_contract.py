"""What every workspace must give back of the work on a request: pulls, vault, review, answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from app.domain.errors import (
    AppError,
    ConflictError,
    NotFoundError,
)
from app.domain.pulls import PullState
from app.domain.responses import Answered, LetterKind
from app.domain.review import Target
from app.domain.review import Verdict as MarkVerdict
from tests.builders import (
    NOON,
    a_checklist_line,
    a_flag,
    a_letter,
    a_mark,
    a_notice,
    a_package,
    a_place_not_reached,
    a_pulled_collection,
)
from tests.contracts.hostile_text import filled, with_hostile_text, with_long_text_too
from tests.contracts.workspace_ground import (
    REQUEST,
    SettledContract,
    open_access,
    pull,
    refused,
)

if TYPE_CHECKING:
    from app.ports.storage import UnitOfWork, Workspace

BUT_MARK = ("request", "undone_by")


class WorkContract(SettledContract):
    """Stores of what is read, reviewed and sent."""

    @with_hostile_text
    def test_what_was_pulled_comes_back_as_it_was_given(self, unit: UnitOfWork, text: str) -> None:
        open_access(unit)
        first = unit.pulls.start(a_pulled_collection())
        second = unit.pulls.start(a_pulled_collection(columns=((text, text), ("b", ""))))
        done = replace(
            second, rows=3_000_000_000, state=PullState.INCOMPLETE, ended_at=NOON, chunks=3
        )
        done = replace(done, incomplete_why=text)
        unit.pulls.replace(done)
        assert first.id != second.id
        assert unit.pulls.of_request(REQUEST) == (first, done)
        assert unit.pulls.of_session("session-1") == (first, done)
        assert unit.pulls.of_session("session-2") == ()
        with pytest.raises(NotFoundError, match=r"pull\.not_found"):
            unit.pulls.replace(replace(done, id=99))

    def test_nothing_is_pulled_outside_a_window(self, unit: UnitOfWork) -> None:
        with pytest.raises(AppError, match=r"workspace\.refused"):
            unit.pulls.start(a_pulled_collection())

    @with_hostile_text
    def test_notices_are_settled_once(self, unit: UnitOfWork, text: str) -> None:
        open_access(unit)
        unit.pulls.add_notices([a_notice(), a_notice(code="incomplete", count=0)])
        unit.pulls.add_notices([])
        first, second = unit.pulls.notices(REQUEST)
        settled = replace(first, settled_by="olga", settled_how=text, settled_at=NOON)
        unit.pulls.settle(settled)
        assert unit.pulls.notices(REQUEST) == (settled, second)
        with pytest.raises(ConflictError, match=r"notice\.already_settled"):
            unit.pulls.settle(replace(settled, settled_how="otherwise"))
        with pytest.raises(NotFoundError, match=r"notice\.not_found"):
            unit.pulls.settle(replace(settled, id=99))

    @with_hostile_text
    def test_places_not_reached_come_back_in_order(self, unit: UnitOfWork, text: str) -> None:
        open_access(unit)
        places = (filled(a_place_not_reached(), text), a_place_not_reached())
        unit.pulls.add_not_reached("session-1", places)
        assert unit.pulls.not_reached("session-1") == places

    def test_vault_keys_are_sealed_to_members_and_destroyed(self, unit: UnitOfWork) -> None:
        for member, sealed in (("olga", b"1"), ("anna", b"2"), ("olga", bytes(range(256)))):
            unit.vault.put_key(REQUEST, member, sealed)
        assert unit.vault.sealed_key(REQUEST, "olga") == bytes(range(256))
        assert unit.vault.sealed_key(REQUEST, "adam") is None
        assert unit.vault.key_holders(REQUEST) == ("anna", "olga")
        assert unit.vault.destroy_keys(REQUEST) == 2
        assert unit.vault.key_holders(REQUEST) == ()

    def test_chunks_come_from_the_one_that_holds_the_row(self, unit: UnitOfWork) -> None:
        pulled = pull(unit)
        chunks = [(1, 0, 500, b"\0" * 3_000_000), (2, 500, 500, b""), (3, 1000, 20, b"\xff")]
        for number, first_row, rows, sealed in chunks:
            unit.vault.add_chunk(pulled, number, first_row=first_row, rows=rows, sealed=sealed)
        assert list(unit.vault.chunks(pulled)) == chunks
        assert list(unit.vault.chunks(pulled, from_row=499)) == chunks
        assert list(unit.vault.chunks(pulled, from_row=500)) == chunks[1:]
        assert list(unit.vault.chunks(pulled, from_row=1019)) == chunks[2:]
        assert list(unit.vault.chunks(pulled + 1)) == []
        with pytest.raises(AppError, match=r"workspace\.refused"):
            unit.vault.add_chunk(pulled, 1, first_row=0, rows=1, sealed=b"again")

    @with_hostile_text
    def test_files_are_kept_replaced_and_destroyed(self, unit: UnitOfWork, text: str) -> None:
        pulled = pull(unit)
        unit.vault.add_chunk(pulled, 1, first_row=0, rows=1, sealed=b"rows")
        unit.vault.put_file(REQUEST, text, b"old", bytes_=1, sha256="x")
        unit.vault.put_file(REQUEST, text, b"\0new", bytes_=5_000_000_000, sha256="y")
        assert unit.vault.file(REQUEST, text) == b"\0new"
        assert unit.vault.files(REQUEST) == ((text, 5_000_000_000, "y"),)
        assert unit.vault.destroy_data(REQUEST) == 2
        assert unit.vault.files(REQUEST) == ()
        assert list(unit.vault.chunks(pulled)) == []
        with pytest.raises(NotFoundError, match=r"vault\.no_such_file"):
            unit.vault.file(REQUEST, text)

    @with_hostile_text
    def test_flags_come_back_by_row(self, unit: UnitOfWork, text: str) -> None:
        pulled = pull(unit)
        flags = [
            a_flag(row, pulled=pulled, field=text, kind=text) for row in (5, 1, 5, 3_000_000_000)
        ]
        unit.review.add_flags(iter(flags))
        unit.review.add_flags([])
        assert unit.review.flags(pulled) == (flags[1], flags[0], flags[2], flags[3])
        assert unit.review.flags(pulled, from_row=2, to_row=6) == (flags[0], flags[2])
        assert unit.review.flags(pulled, from_row=6) == (flags[3],)
        assert unit.review.flagged_rows(pulled) == tuple(sorted({each.row for each in flags}))
        assert unit.review.flagged_rows(pulled + 1) == ()

    @with_hostile_text
    def test_marks_come_back_in_order_and_undone_ones_too(
        self, unit: UnitOfWork, text: str
    ) -> None:
        pulled = pull(unit)
        made = unit.review.add_marks(
            [
                filled(a_mark(target=Target(pulled, 0, text, 4, 21)), text, but=BUT_MARK),
                a_mark(target=Target(pulled), verdict=MarkVerdict.WITHHOLD),
                a_mark(target=Target(pulled, 3_000_000_000), verdict=MarkVerdict.DISCLOSE),
            ]
        )
        assert unit.review.add_marks([]) == ()
        assert unit.review.marks(REQUEST) == made
        assert [each.id for each in made] == sorted({each.id for each in made})
        undone = unit.review.undo(made[1].id, by="anna", at=NOON)
        assert undone == replace(made[1], undone_by="anna", undone_at=NOON)
        assert unit.review.marks(REQUEST, pulled=pulled) == (made[0], undone, made[2])
        assert unit.review.marks(REQUEST, pulled=pulled + 1) == ()
        assert unit.review.marks(REQUEST, pulled=pulled, span=(0, 5)) == (made[0], undone)
        assert unit.review.marks(REQUEST, pulled=pulled, span=(1, 5)) == (undone,)

    def test_a_mark_is_undone_once(self, workspace: Workspace) -> None:
        with workspace.write() as unit:
            (mark,) = unit.review.add_marks([a_mark(target=Target(pull(unit)))])
            unit.review.undo(mark.id, by="anna", at=NOON)
            unit.commit()
        again = refused(workspace, lambda unit: unit.review.undo(mark.id, by="olga", at=NOON))
        assert again.code == "review.already_undone"
        none = refused(workspace, lambda unit: unit.review.undo(mark.id + 1, by="olga", at=NOON))
        assert none.code == "review.no_such_mark"

    def test_a_review_is_finished_and_reopened(self, unit: UnitOfWork) -> None:
        assert unit.review.finished(REQUEST) is None
        unit.review.finish(REQUEST, by="olga", at=NOON)
        unit.review.finish(REQUEST, by="anna", at=NOON)
        assert unit.review.finished(REQUEST) == ("anna", NOON)
        unit.review.reopen(REQUEST)
        assert unit.review.finished(REQUEST) is None

    @with_long_text_too
    def test_letters_come_back_and_the_last_of_a_kind_is_found(
        self, unit: UnitOfWork, text: str
    ) -> None:
        first = a_letter("3")
        last = filled(a_letter("2", at=NOON + timedelta(days=1)), text, but=("id", "request"))
        refusal = a_letter("1", kind=LetterKind.REFUSAL, at=NOON + timedelta(days=2))
        for letter in (last, refusal, first):
            unit.responses.put_letter(letter)
        assert unit.responses.last_letter(REQUEST, LetterKind.FULL_ANSWER) == last
        assert unit.responses.last_letter(REQUEST, LetterKind.EXTENSION) is None
        sent = replace(last, sent_at=NOON, sent_how=text)
        unit.responses.put_letter(sent)
        assert unit.responses.letters(REQUEST) == (first, sent, refusal)

    @with_hostile_text
    def test_an_answer_to_the_checklist_replaces_the_one_before(
        self, unit: UnitOfWork, text: str
    ) -> None:
        line = filled(a_checklist_line("b"), text)
        unit.responses.answer(REQUEST, a_checklist_line("b"), at=NOON)
        unit.responses.answer(REQUEST, line, at=NOON)
        unit.responses.answer(REQUEST, a_checklist_line("a", state=Answered.OPEN), at=NOON)
        assert unit.responses.answers(REQUEST) == (
            a_checklist_line("a", state=Answered.OPEN),
            line,
        )

    @with_hostile_text
    def test_packages_are_made_and_released(self, unit: UnitOfWork, text: str) -> None:
        made = a_package(bytes=5_000_000_000)
        unit.responses.put_package(made)
        released = replace(made, released_by="olga", released_at=NOON, channel=text)
        unit.responses.put_package(released)
        assert unit.responses.packages(REQUEST) == (released,)

    def test_a_report_is_recorded_once(self, unit: UnitOfWork) -> None:
        facts = {"request": "", "sha256": "ab" * 32, "head": "cd" * 32, "by": "olga", "at": NOON}
        unit.responses.add_report("report-1", **facts)
        with pytest.raises(ConflictError, match=r"report\.exists"):
            unit.responses.add_report("report-1", **facts)
