"""The pull: what is seen while it runs, and every way in which it ends."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QApplication

from app.domain.access import AccessState, EndReason
from app.domain.errors import SourceError
from app.domain.pulls import PullState
from app.domain.requests import Stage
from app.ui.stages.pull import PullStage
from tests.fakes import FakeSource, FakeTable
from tests.office import NOTES, Office, open_office
from tests.ui.studio import named, open_dialogs
from tests.ui.windows import finish_work, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from app.ui.shell.seat import Seat

    Sit = Callable[..., Seat]


@dataclass
class Gate:
    """Lets a source go on, or fail, when the test says so."""

    opened: threading.Event = field(default_factory=threading.Event)
    reached: threading.Event = field(default_factory=threading.Event)
    error: SourceError | None = None

    def pass_by(self, number: int) -> None:
        if number < 1:
            return
        self.reached.set()
        assert self.opened.wait(20)
        if self.error is not None:
            raise self.error


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.opened.set()


@pytest.fixture
def office(tmp_path: Path, gate: Gate) -> Office:
    """An office whose source stops in the middle of the notes until the gate opens."""
    people = FakeTable(("id", "email", "secret"), [("1", "mara@example.org", "hash")])
    rows = [("1", text) for text in NOTES]
    notes = FakeTable(("person_id", "text"), rows, before_batch=gate.pass_by)
    return open_office(tmp_path, source=FakeSource({"people": people, "notes": notes}))


@pytest.fixture
def seat(office: Office, sit: Sit, gate: Gate) -> Seat:
    """The officer while the pull stands at the gate."""
    case = office.granted()
    seat = sit(office.officer, "request", case.asked.request)
    stage(seat).open.click()
    while not gate.reached.wait(0.01):
        _deliver(seat)
    _deliver(seat)
    return seat


def _deliver(seat: Seat) -> None:
    """Show what came, without waiting for the pull."""

    QApplication.processEvents()
    seat.feed.look()
    QApplication.processEvents()


def stage(seat: Seat) -> PullStage:
    found = seat.workbench.findChild(PullStage)
    assert isinstance(found, PullStage)
    return found


def _state(office: Office) -> AccessState | None:
    return office.officer.views.get("DSR-2026-0001").state


def _wait(seat: Seat, is_so: Callable[[], bool]) -> None:
    """Wait while the pull hangs: its thread never ends, so nothing may wait for it."""
    for _ in range(2000):
        _deliver(seat)
        if is_so():
            return
        seat.thread().msleep(5)
    raise AssertionError("it never became so")


def test_while_it_reads_the_bar_the_ring_and_the_way_to_end_are_there(
    office: Office, seat: Seat, gate: Gate
) -> None:
    _wait(seat, seat.bars.isVisible)
    _wait(seat, stage(seat).end.isVisible)
    assert _state(office) is AccessState.OPEN
    gate.opened.set()
    until(seat.room, lambda: office.officer.casework.get("DSR-2026-0001").stage is Stage.REVIEW)
    assert _state(office) is AccessState.ENDED
    until(seat.room, lambda: not seat.bars.isVisible())


def test_ending_it_by_hand_keeps_what_is_complete_and_says_so(
    office: Office, seat: Seat, gate: Gate
) -> None:
    _wait(seat, stage(seat).end.isVisible)
    stage(seat).end.click()
    (dialog,) = open_dialogs()
    named(dialog, "End access").click()
    _wait(seat, lambda: _state(office) is AccessState.ENDED)
    gate.opened.set()
    finish_work(seat.room)
    states = {each.collection.collection: each.state for each in _pulled(office)}
    assert states["people"] is PullState.COMPLETE
    assert states["notes"] is PullState.INCOMPLETE
    assert "incomplete" in stage(seat).notice.text


def _pulled(office: Office) -> tuple[object, ...]:
    return office.officer.views.get("DSR-2026-0001").pulled


def test_a_source_that_goes_away_leaves_a_sentence_and_closed_access(
    office: Office, seat: Seat, gate: Gate
) -> None:
    gate.error = SourceError("source.gone", source="shop")
    gate.opened.set()
    until(seat.room, lambda: _state(office) is AccessState.ENDED)
    finish_work(seat.room)
    assert stage(seat).notice.text
    assert "incomplete" in stage(seat).notice.text
    assert not seat.bars.isVisible()


def test_a_grant_that_is_revoked_meanwhile_stops_the_reading(
    office: Office, seat: Seat, gate: Gate
) -> None:
    case = office.officer.views.get("DSR-2026-0001").case
    assert case is not None
    office.approver.granting.revoke(case.asked.id, reason="Wrong person.")
    gate.opened.set()
    finish_work(seat.room)
    window = office.officer.granting.get(case.asked.id).window
    assert window is not None
    assert window.reason is EndReason.REVOKED


def test_the_deadline_stops_the_reading(office: Office, seat: Seat, gate: Gate) -> None:
    office.clock.move(minutes=21)
    gate.opened.set()
    finish_work(seat.room)
    case = office.officer.views.get("DSR-2026-0001").case
    assert case is not None
    assert case.window is not None
    assert case.window.reason is EndReason.EXPIRED


def test_signing_out_stops_the_reading_and_closes_access(
    office: Office, seat: Seat, gate: Gate
) -> None:
    seat.leave()
    gate.opened.set()
    finish_work(seat.room)
    assert _state(office) is AccessState.ENDED


def test_more_time_is_never_added_to_an_open_window(office: Office, seat: Seat, gate: Gate) -> None:
    _wait(seat, stage(seat).more.isVisible)
    stage(seat).more.click()
    assert "never made longer" in stage(seat).notice.text
    assert _state(office) is AccessState.OPEN
    gate.opened.set()
