"""100,000 requests opened, sorted and filtered in the window, each until it is drawn."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from app.ui.pages.requests import RequestsPage
from app.ui.pages.requests.filters import Filters
from tests.benchmarks.figures import fastest, peak_megabytes, tell
from tests.benchmarks.window import shown, sit, start
from tests.office import open_office

REQUESTS = 100_000
STAGES = ("intake", "identity", "scope", "approval", "pull", "review", "respond", "close")


def fill(path: Path) -> None:
    """Copy the one request that is there: what is measured is reading them."""
    with closing(sqlite3.connect(path)) as store:
        store.execute("PRAGMA synchronous=OFF")
        for table, key in (("requests", "id"),
                           ("request_identities", "request")):  # fmt: skip
            cursor = store.execute(f"SELECT * FROM {table}")
            names = [each[0] for each in cursor.description]
            (first,) = cursor.fetchall()
            marks = ", ".join("?" * len(names))
            quoted = ", ".join(f'"{name}"' for name in names)
            row = dict(zip(names, first, strict=True))
            store.executemany(
                f"INSERT INTO {table}({quoted}) VALUES({marks})",
                (_copy(row, key, n) for n in range(2, REQUESTS + 1)),
            )
        store.commit()


def _copy(row: dict[str, object], key: str, n: int) -> tuple[object, ...]:
    day = f"2026-{n % 12 + 1:02d}-{n % 28 + 1:02d}"
    row[key] = f"DSR-2026-{n:06d}"
    changes = {
        "subject_name": f"Person {n}",
        "subject_folded": f"person {n}",
        "stage": STAGES[n % len(STAGES)],
        "received_at": f"{day} 09:00:00.000000",
        "due": day,
        "safe_by": day,
        "value": f"person{n}@example.org",
    }
    return tuple(changes.get(name, value) for name, value in row.items())


def main() -> None:
    """Measure and tell."""
    start()
    with tempfile.TemporaryDirectory() as name:
        office = open_office(Path(name))
        path = Path(name) / "workspace.sqlite"
        office.record()
        fill(path)
        seat = sit(office.officer)
        seat.room.go("requests")
        shown(seat)
        page = seat.workbench.page
        assert isinstance(page, RequestsPage)

        def show(filters: Filters, order: str = "due") -> None:
            page.bar.show_filters(filters)
            page._memory = page._memory.__class__(filters=filters, order=order)
            page.table.sort_by(order)
            page._restart()
            shown(seat)
            assert page.model.total

        def scroll() -> None:
            bar = page.table.verticalScrollBar()
            for part in (0.2, 0.9, 0.5):
                bar.setValue(int(bar.maximum() * part))
                shown(seat)

        opened, by_name, by_number, staged, searched, scrolled = fastest(
            lambda: show(Filters()),
            lambda: show(Filters(stage=""), "subject"),
            lambda: show(Filters(stage=""), "-id"),
            lambda: show(Filters(stage="review")),
            lambda: show(Filters(stage="", text="person 4321")),
            scroll,
        )
    slowest = max(opened, by_name, by_number, staged, searched)
    tell(
        ours=slowest,
        floor=0,
        opened_ms=round(opened * 1000),
        sorted_ms=round(max(by_name, by_number) * 1000),
        filtered_ms=round(max(staged, searched) * 1000),
        scrolled_ms=round(scrolled / 3 * 1000),
        megabytes=peak_megabytes(),
        words="100,000 requests opened in {opened_ms} ms, sorted in {sorted_ms} ms, filtered or "
        "searched in {filtered_ms} ms, a jump in {scrolled_ms} ms, each until drawn; "
        "{megabytes} MB at most",
    )
