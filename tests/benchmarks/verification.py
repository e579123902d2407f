"""Verification of 1,000,000 entries, against a bare SHA-256 loop over the same bytes."""

from __future__ import annotations

import hashlib
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from app.domain.audit import Action, Event, hash_entry, write_line
from app.services.log_checks import check_log
from tests.benchmarks.figures import fastest, peak_megabytes, tell
from tests.fakes import START
from tests.office import open_office

ENTRIES = 1_000_000


def fill(path: Path, *, start: int, head: str) -> None:
    """Write entries straight into the table: what is measured is reading them."""

    def entries() -> object:
        previous = head
        for number in range(start + 1, ENTRIES + 1):
            details = {"collection": "shop.orders", "fields": ["placed_at", "total"],
                       "from_row": number, "grant": "G-0001", "rows": 28}  # fmt: skip
            event = Event(Action.DATA_READ, "a1b2c3d4e5f6", "DSR-2026-0142", "S-0001", details)
            line = write_line(event, START)
            claimed = hash_entry(previous, number, line.encode())
            yield number, previous, line, claimed
            previous = claimed

    with closing(sqlite3.connect(path)) as store:
        store.execute("PRAGMA synchronous=OFF")
        insert = "INSERT INTO log(number, previous, line, hash) VALUES(?,?,?,?)"
        store.executemany(insert, entries())  # type: ignore[arg-type]
        store.commit()


def bare(path: Path) -> None:
    """Hash the same bytes in the simplest loop there is."""
    sha256 = hashlib.sha256
    with closing(sqlite3.connect(path)) as store:
        for (line,) in store.execute("SELECT CAST(line AS BLOB) FROM log ORDER BY number"):
            sha256(line).hexdigest()


def main() -> None:
    """Measure and tell."""
    with tempfile.TemporaryDirectory() as name:
        office = open_office(Path(name))
        path = Path(name) / "workspace.sqlite"
        with office.workspace.read() as unit:
            number, head, _ = unit.log.head()
        fill(path, start=number, head=head)

        def check() -> None:
            with office.workspace.read() as unit:
                state = check_log(unit, office.adapters.certificates)
            assert state.is_sound
            assert state.entries == ENTRIES

        ours, floor = fastest(check, lambda: bare(path))
        tell(
            ours=ours,
            floor=floor,
            megabytes=peak_megabytes(),
            words="1,000,000 entries verified in {cost} of the time of a bare SHA-256 loop over "
            "them ({ours_s} s against {floor_s} s), {megabytes} MB at most",
        )
