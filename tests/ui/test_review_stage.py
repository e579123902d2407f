"""Review by hand: masks, passages, decisions, undo, and the way from record to record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest

from app.domain.review import RevealReason, Verdict
from app.ui.stages.review import ReviewStage
from app.ui.widgets.positions import from_qt, to_qt
from tests.fakes import FakeSource, FakeTable
from tests.office import Office, open_office
from tests.ui.studio import named, open_dialogs
from tests.ui.windows import finish_work, until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.ui.shell.seat import Seat

    Sit = Callable[..., Seat]

NOTES = [
    "🦊 Frau Okafor called, then Frau Okafor wrote.",
    "Thank you.",
    "Frau Okafor again: عربي 漢字.",
]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """An office whose source holds three notes; a third person is named in two of them."""
    people = FakeTable(("id", "email", "secret"), [("1", "mara@example.org", "hash")])
    notes = FakeTable(("person_id", "text"), [("1", text) for text in NOTES])
    return open_office(tmp_path, source=FakeSource({"people": people, "notes": notes}))


@pytest.fixture
def seat(office: Office, sit: Sit) -> Seat:
    """The officer before the review of what was pulled."""
    request, _result = office.pulled()
    seat = sit(office.officer, "request", request, "review")
    until(
        seat.room,
        lambda: stage(seat).records.table is not None and stage(seat).records.model is not None,
    )
    stage(seat).picks.setCurrentRow(0)
    finish_work(seat.room)
    return seat


def stage(seat: Seat) -> ReviewStage:
    found = seat.workbench.findChild(ReviewStage)
    assert isinstance(found, ReviewStage)
    return found


def _open_notes(seat: Seat) -> None:
    """Open the notes and reveal their text."""
    panel = stage(seat)
    for number in range(panel.picks.count()):
        panel.picks.setCurrentRow(number)
        finish_work(seat.room)
        if panel.records.table is not None and panel.records.table.accessibleName() == "Notes":
            break
    assert panel.records.table is not None
    _at(seat, row=0, column=2)
    panel._reveal(["text"], RevealReason.REVIEW)
    finish_work(seat.room)


def _at(seat: Seat, *, row: int, column: int) -> None:
    panel = stage(seat)
    assert panel.records.table is not None
    panel.records.table.setCurrentIndex(panel.records.table.model().index(row, column))
    finish_work(seat.room)


def _choose(seat: Seat, text: str) -> None:
    """Choose ``text`` in the value, as a mouse does."""
    panel = stage(seat)
    value = panel.records.passage.toPlainText()
    start = value.index(text)
    cursor = panel.records.passage.textCursor()
    cursor.setPosition(to_qt(value, start))
    cursor.setPosition(to_qt(value, start + len(text)), QTextCursor.MoveMode.KeepAnchor)
    panel.records.passage.setTextCursor(cursor)
    finish_work(seat.room)


def _marks(office: Office) -> list[tuple[Verdict, str, int | None, int | None]]:
    with office.workspace.read() as unit:
        return [
            (each.verdict, each.target.field, each.target.start, each.target.end)
            for each in unit.review.marks("DSR-2026-0001")
            if each.is_live
        ]


def test_values_are_masked_until_they_are_revealed_for_a_reason(office: Office, seat: Seat) -> None:
    panel = stage(seat)
    _open_notes(seat)
    _at(seat, row=1, column=2)
    assert panel.records.passage.toPlainText() == "Thank you."
    assert "review.revealed" in office.actions("DSR-2026-0001")
    with office.workspace.read() as unit:
        lines = [line for _, line, _, _ in unit.log.stored(request="DSR-2026-0001")]
    assert not any(b"Okafor" in line for line in lines)


def test_a_passage_is_covered_exactly_where_it_is_even_after_an_emoji(
    office: Office, seat: Seat
) -> None:
    _open_notes(seat)
    _choose(seat, "Frau Okafor")
    stage(seat).redact.click()
    finish_work(seat.room)
    start = NOTES[0].index("Frau Okafor")
    assert _marks(office) == [(Verdict.REDACT, "text", start, start + len("Frau Okafor"))]


def test_the_same_words_are_covered_everywhere_at_once(office: Office, seat: Seat) -> None:
    _open_notes(seat)
    _choose(seat, "Frau Okafor")
    panel = stage(seat)
    until(seat.room, panel.side.all.isVisible)
    assert "3" in panel.side.all.text()
    panel.side.all.click()
    finish_work(seat.room)
    assert len(_marks(office)) == 3
    panel.undo.click()
    finish_work(seat.room)
    assert _marks(office) == []


def test_space_discloses_and_goes_on_and_u_takes_it_back(office: Office, seat: Seat) -> None:
    _open_notes(seat)
    panel = stage(seat)
    assert panel.records.table is not None
    panel.records.table.setFocus()
    QTest.keyClick(panel.records.table, Qt.Key.Key_Space)
    finish_work(seat.room)
    assert _marks(office) == [(Verdict.DISCLOSE, "", None, None)]
    assert panel.records.table.currentIndex().row() > 0
    QTest.keyClick(panel.records.table, Qt.Key.Key_U)
    finish_work(seat.room)
    assert _marks(office) == []


def test_a_record_is_withheld_for_a_reason(office: Office, seat: Seat) -> None:
    _open_notes(seat)
    stage(seat)._on_withhold()
    finish_work(seat.room)
    (dialog,) = open_dialogs()
    named(dialog, "Withhold").click()
    finish_work(seat.room)
    assert [each[0] for each in _marks(office)] == [Verdict.WITHHOLD]


def test_only_what_is_to_decide_is_shown_when_that_is_wanted(seat: Seat) -> None:
    _open_notes(seat)
    panel = stage(seat)
    assert panel.records.model is not None
    whole = panel.records.model.total
    panel._on_show("open")
    finish_work(seat.room)
    left = panel.records.model.total
    assert 0 < left <= whole
    panel._on_disclose()
    finish_work(seat.room)
    panel._on_show("open")
    finish_work(seat.room)
    assert panel.records.model.total == left - 1


def test_review_cannot_be_finished_while_something_is_open_and_says_what(seat: Seat) -> None:
    panel = stage(seat)
    assert not panel.finish.isEnabled()
    assert "to decide" in panel.finish.toolTip()


def test_what_was_revealed_is_forgotten_when_the_window_is_locked(seat: Seat) -> None:
    panel = stage(seat)
    _open_notes(seat)
    _at(seat, row=1, column=2)
    assert panel.records.passage.toPlainText() == "Thank you."
    seat.desk.reviewing.forget()
    panel._load()
    finish_work(seat.room)
    assert "Thank you." not in panel.records.passage.toPlainText()


@pytest.mark.parametrize("text", ["", "abc", "🦊", "a🦊b🦊c", "👨‍👩‍👧 x", "عربي 漢字 🇩🇪"])
def test_places_in_a_text_are_the_same_for_qt_and_for_us(text: str) -> None:
    for place in range(len(text) + 1):
        assert from_qt(text, to_qt(text, place)) == place
