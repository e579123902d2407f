"""The longest gap of the event loop while 1,000,000 rows are pulled and a 400-page report is made.

The window stands at the pull, and at the page of the request, as it does when a person waits.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from app.domain.audit import Action, Event
from tests.benchmarks import vault_from_sqlite as source
from tests.benchmarks.figures import tell
from tests.benchmarks.window import Gaps, shown, sit, start
from tests.office import open_office

PAGES = 400
ENTRIES_A_PAGE = 28


def main() -> None:
    """Measure and tell."""
    qt = start()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source.make(folder / "shop.sqlite")
        office = open_office(folder)
        office.administrator.sourcing.set_in_use("shop", is_active=False)
        office.administrator.sourcing.add(
            "sqlite", {"path": str(folder / "shop.sqlite")},
            map_text=source.MAP, map_file="shop.yml",
        )  # fmt: skip
        case = office.granted(minutes=30)
        seat = sit(office.officer)
        seat.room.go("request", case.asked.request, stage="pull")
        shown(seat)
        seat.workbench.show()
        pull = seat.pulls.start(case.asked.id)
        pulling = Gaps().during(lambda: not pull.is_running)
        assert pull.result is not None
        assert pull.result.rows >= source.ROWS
        request = case.asked.request
        with office.workspace.write() as unit:
            for number in range(PAGES * ENTRIES_A_PAGE):
                details = {"rights": ["access"], "count": number}
                unit.record(
                    Event(Action.NOTE_ADDED, office.officer.here.member, request, details=details)
                )
            unit.commit()
        shown(seat)
        made: list[object] = []
        seat.room.run(
            seat,
            lambda _work: office.officer.auditing.report(request, folder / "report.pdf"),
            done=made.append,
            failed=made.append,
        )
        reporting = Gaps().during(lambda: bool(made))
        assert isinstance(made[0], str), made[0]
        pages = _pages(folder / "report.pdf")
        qt.processEvents()
    tell(
        ours=max(pulling, reporting) / 1000,
        floor=0,
        pull_ms=round(pulling),
        report_ms=round(reporting),
        pages=pages,
        words="the event loop stood still for {pull_ms} ms at most while 1,000,000 rows were "
        "pulled, for {report_ms} ms while a report of {pages} pages was made",
    )


def _pages(path: Path) -> int:
    import pikepdf  # noqa: PLC0415 - only to count

    with pikepdf.open(path) as pdf:
        return len(pdf.pages)
