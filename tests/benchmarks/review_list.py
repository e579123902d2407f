"""100,000 records in Review, scrolled through and filtered in the window, each until drawn."""

from __future__ import annotations

import tempfile
from pathlib import Path

from app.ui.stages.review import ReviewStage
from tests.benchmarks.figures import fastest, peak_megabytes, seconds, tell
from tests.benchmarks.window import shown, sit, start
from tests.fakes import FakeSource, FakeTable
from tests.office import open_office

RECORDS = 100_000
OPEN_EVERY = 50


def _source() -> FakeSource:
    people = FakeTable(("id", "email", "secret"), [("1", "mara@example.org", "hash")])
    notes = [
        ("1", f"Note {n}: please call Frau Okafor." if n % OPEN_EVERY == 0 else f"Note {n}: sent.")
        for n in range(RECORDS)
    ]
    table = FakeTable(("person_id", "text"), list(notes), batch_rows=1000)
    return FakeSource({"people": people, "notes": table})


def main() -> None:
    """Measure and tell."""
    start()
    with tempfile.TemporaryDirectory() as name:
        office = open_office(Path(name), source=_source())
        request, _result = office.pulled()
        seat = sit(office.officer)
        opened = seconds(lambda: _open(seat, request))
        stage = seat.workbench.findChild(ReviewStage)
        assert isinstance(stage, ReviewStage)
        assert stage.records.table is not None
        assert stage.records.model is not None
        assert stage.records.model.total == RECORDS
        bar = stage.records.table.verticalScrollBar()
        places = iter(range(1, 1000))

        def jump() -> None:
            bar.setValue(int(bar.maximum() * (next(places) * 0.37 % 1)))
            shown(seat)

        def page() -> None:
            bar.setValue(bar.value() + bar.pageStep())
            shown(seat)

        def only_open() -> None:
            stage._on_show("open")
            shown(seat)
            stage._on_show("all")
            shown(seat)

        jumped, paged, filtered = fastest(jump, page, only_open, rounds=8)
    tell(
        ours=max(jumped, paged, filtered / 2),
        floor=0,
        opened_ms=round(opened * 1000),
        jump_ms=round(jumped * 1000),
        page_ms=round(paged * 1000),
        filter_ms=round(filtered / 2 * 1000),
        megabytes=peak_megabytes(),
        words="100,000 records in Review: opened in {opened_ms} ms, a jump in {jump_ms} ms, a page "
        "in {page_ms} ms, filtered in {filter_ms} ms, each until drawn; {megabytes} MB at most",
    )


def _open(seat: object, request: str) -> None:
    seat.room.go("request", request, stage="review")  # type: ignore[attr-defined]  # a Seat
    shown(seat)  # type: ignore[arg-type]
    stage = seat.workbench.findChild(ReviewStage)  # type: ignore[attr-defined]
    for number in range(stage.picks.count()):
        stage.picks.setCurrentRow(number)
        shown(seat)  # type: ignore[arg-type]
        if stage.records.table is not None and stage.table.accessibleName() == "Notes":
            return
