"""1,000,000 rows of one subject from SQLite into the vault, against sqlite3 fetching them."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from app.ports.progress import QuietTask
from tests.benchmarks.figures import peak_megabytes, seconds, tell
from tests.office import open_office

ROWS = 1_000_000
MAP = """
dataset:
- fides_key: shop
  name: Shop
  collections:
  - name: people
    fields:
    - {name: id, data_categories: [user.unique_id], fides_meta: {primary_key: true}}
    - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email}}
  - name: orders
    fields:
    - {name: id, data_categories: [user.unique_id], fides_meta: {primary_key: true}}
    - name: person_id
      data_categories: [user.unique_id]
      fides_meta: {references: [{dataset: shop, field: people.id, direction: from}]}
    - {name: placed_at, data_categories: [user.behavior]}
    - {name: total, data_categories: [user.financial]}
    - {name: status, data_categories: [user.behavior]}
    - {name: note, data_categories: [user.content]}
    - {name: quantity, data_categories: [user.behavior]}
    - {name: sku, data_categories: [user.behavior]}
"""
COLUMNS = "id, person_id, placed_at, total, status, note, quantity, sku"


def make(path: Path) -> None:
    """Write the source."""
    with closing(sqlite3.connect(path)) as made:
        made.execute("CREATE TABLE people(id INTEGER PRIMARY KEY, email TEXT)")
        made.execute("INSERT INTO people VALUES(7, 'mara@example.org'), (8, 'leyla@example.org')")
        made.execute(
            "CREATE TABLE orders(id INTEGER PRIMARY KEY, person_id INTEGER, placed_at TEXT, "
            "total REAL, status TEXT, note TEXT, quantity INTEGER, sku TEXT)"
        )
        made.executemany(
            "INSERT INTO orders VALUES(?,?,?,?,?,?,?,?)",
            (
                (n, 7, f"2026-01-{n % 28 + 1:02d} 10:00:00", n * 1.01, "sent",
                 f"note number {n} for the parcel", n % 5, f"SKU-{n % 1000}")
                for n in range(ROWS)
            ),
        )  # fmt: skip
        made.execute("CREATE INDEX by_person ON orders(person_id)")
        made.commit()


def fetch(path: Path) -> None:
    """Do what the driver alone needs for the same rows."""
    query = f"SELECT {COLUMNS} FROM orders WHERE person_id IN (SELECT id FROM people WHERE email=?)"
    with closing(sqlite3.connect(path)) as source:
        cursor = source.execute(query, ("mara@example.org",))
        while cursor.fetchmany(1000):
            pass


def main() -> None:
    """Measure and tell."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder / "big.sqlite")
        office = open_office(folder)
        settings = {"path": str(folder / "big.sqlite")}
        office.administrator.sourcing.add("sqlite", settings, map_text=MAP, map_file="big.yml")
        case = office.granted()
        floor = seconds(lambda: fetch(folder / "big.sqlite"))
        before = peak_megabytes()

        def pull() -> None:
            result = office.officer.pulling.run(case.asked.id, QuietTask())
            assert result.rows == ROWS + 1
            assert result.is_complete

        ours = seconds(pull)
        floor = (floor + seconds(lambda: fetch(folder / "big.sqlite"))) / 2
        tell(
            ours=ours,
            floor=floor,
            speed=round(floor / ours, 2),
            megabytes=peak_megabytes(),
            megabytes_before=before,
            words="1,000,000 rows into the vault at {speed} of the rows per second of sqlite3 "
            "alone ({ours_s} s against {floor_s} s), {megabytes} MB at most",
        )
