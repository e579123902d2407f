"""Verification of 1,000,000 entries, against a bare SHA-256 loop over the same bytes.

The floor reads from a table of its own the very bytes that each entry's hash is made of, already
put together, and hashes them; it compares nothing. Ours reads the entries as the workspace has
them, and checks chain, times, signatures and what this machine remembers. Both are one thread at
work, so what counts is the processor's time; in slices and in turn, so that noise hits both.
"""

from __future__ import annotations

import hashlib
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from app.domain.audit import Action, Event, hash_entry, write_line
from app.services.log_checks import check_log
from tests.benchmarks.figures import peak_megabytes, tell
from tests.fakes import START
from tests.office import open_office

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.ports.security import Certificates
    from app.ports.storage import Workspace

ENTRIES = 1_000_000
ROUNDS = 5


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


def lay_bare(path: Path, bare: Path) -> None:
    """Write the bytes that are hashed into a table of nothing else."""
    with closing(sqlite3.connect(path)) as store, closing(sqlite3.connect(bare)) as to:
        to.execute("CREATE TABLE hashed (number INTEGER PRIMARY KEY, bytes BLOB)")
        rows = store.execute("SELECT number, previous, line FROM log ORDER BY number")
        to.executemany(
            "INSERT INTO hashed VALUES (?, ?)",
            (
                (number, f"64:{before},{len(str(number))}:{number},{len(line)}:{line},".encode())
                for number, before, line in rows
            ),
        )
        to.commit()


def loop(bare: Path) -> None:
    """Hash the same bytes in the simplest loop there is."""
    sha256 = hashlib.sha256
    with closing(sqlite3.connect(bare)) as store:
        for (data,) in store.execute("SELECT bytes FROM hashed ORDER BY number"):
            sha256(data).hexdigest()


def check(workspace: Workspace, certificates: Certificates) -> None:
    """Verify all that there is."""
    with workspace.read() as unit:
        state = check_log(unit, certificates)
    assert state.is_sound
    assert state.entries == ENTRIES


def in_turn(*works: Callable[[], object]) -> list[float]:
    """Return the processor's seconds of each, the median of some rounds."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(ROUNDS):
        for work, column in zip(works, times, strict=True):
            began = time.process_time()
            work()
            column.append(time.process_time() - began)
    return [median(column) for column in times]


def main() -> None:
    """Measure and tell."""
    with tempfile.TemporaryDirectory() as name:
        office = open_office(Path(name))
        path, bare = Path(name) / "workspace.sqlite", Path(name) / "bare.sqlite"
        with office.workspace.read() as unit:
            number, head, _ = unit.log.head()
        fill(path, start=number, head=head)
        lay_bare(path, bare)
        ours, floor = in_turn(
            lambda: check(office.workspace, office.adapters.certificates), lambda: loop(bare)
        )
        tell(
            ours=ours,
            floor=floor,
            megabytes=peak_megabytes(),
            words="1,000,000 entries verified in {cost} of the time of a bare SHA-256 loop over "
            "the same bytes ({ours_s} s against {floor_s} s of the processor), {megabytes} MB "
            "at most",
        )
