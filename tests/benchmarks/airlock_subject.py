"""One person through the airlock: 200 rows in 12 collections, and grants that come and go.

The floor is plain psycopg with a connection and rights of its own, which opens nothing, closes
nothing and keeps nothing.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.plan import Selection
from app.ports.progress import QuietTask
from app.ports.sources import Capability
from tests.airlock.ground import Shop
from tests.airlock.store import dba
from tests.benchmarks.figures import seconds, tell
from tests.fakes import RealClock
from tests.office import open_office
from tests.servers import Mortal, home_of_a_server

if TYPE_CHECKING:
    from tests.airlock.ground import Connection
    from tests.office import Office
    from tests.servers import PostgresqlServer

RUNS = 5
CYCLES = 40
"""In each run: 200 in all."""
SOURCE = DATABASE = "many"
PEOPLE = 2000
TABLES = {f"things_{number}": 18 + (number == 1) for number in range(1, 12)}
"""Eleven beside the people, with so many rows of each person."""
COLUMNS = ("id", "person_id", "note", "amount")
HERS = "SELECT id FROM people WHERE lower(email) = 'mara@example.org'"
CATALOGUES = """
SELECT (SELECT count(*) FROM pg_authid), (SELECT count(*) FROM pg_auth_members),
  (SELECT coalesce(sum(cardinality(attacl)), 0) FROM pg_attribute),
  (SELECT coalesce(sum(cardinality(relacl)), 0) FROM pg_class),
  (SELECT count(*) FROM pg_shdepend), (SELECT count(*) FROM pg_db_role_setting)
"""


def map_text() -> str:
    """Return the map of the 12 collections."""
    things = "".join(
        f"""
  - name: {name}
    fields:
    - {{name: id, data_categories: [system.operations], fides_meta: {{primary_key: true}}}}
    - name: person_id
      data_categories: [user.unique_id]
      fides_meta: {{references: [{{dataset: {SOURCE}, field: people.id, direction: from}}]}}
    - {{name: note, data_categories: [user.content.private]}}
    - {{name: amount, data_categories: [user.financial]}}"""
        for name in TABLES
    )
    return f"""
dataset:
- fides_key: {SOURCE}
  name: Many
  collections:
  - name: people
    fields:
    - {{name: id, data_categories: [user.unique_id], fides_meta: {{primary_key: true}}}}
    - name: email
      data_categories: [user.contact.email]
      fides_meta: {{identity: email}}{things}
"""


def make(server: PostgresqlServer) -> None:
    """Write the source: everybody in it has as many rows as she."""
    with closing(server.connect()) as owner:
        owner.execute(f"CREATE DATABASE {DATABASE}")
    with closing(server.connect(DATABASE)) as owner:
        owner.execute("CREATE TABLE people (id int PRIMARY KEY, email text)")
        owner.execute(
            "INSERT INTO people SELECT n, CASE n WHEN 7 THEN 'mara@example.org'"
            f" ELSE n || '@example.org' END FROM generate_series(1, {PEOPLE}) AS n"
        )
        for name, each in TABLES.items():
            owner.execute(
                f"CREATE TABLE {name} (id int PRIMARY KEY, person_id int, note text,"
                " amount numeric(12, 2))"
            )
            owner.execute(
                f"INSERT INTO {name} SELECT n, 1 + n % {PEOPLE}, 'note number ' || n, n * 1.01"
                f" FROM generate_series(1, {PEOPLE * each}) AS n"
            )
            owner.execute(f"CREATE INDEX ON {name} (person_id)")
        owner.execute("VACUUM ANALYZE")


def open_many(folder: Path, server: PostgresqlServer) -> Office:
    """Return an office that has the source, with its airlock."""
    office = open_office(folder, clock=RealClock())
    office.administrator.sourcing.set_in_use("shop", is_active=False)
    settings = server.settings(DATABASE, sslmode="disable")
    del settings["user"]
    text = map_text()
    office.administrator.sourcing.add("postgresql", settings, map_text=text, map_file="many.yml")
    office.administrator.airlocks.install(SOURCE, dba(server))
    with closing(server.connect(DATABASE)) as owner:  # as the script advises
        for form in ("email", "any_email"):
            owner.execute(f"CREATE INDEX ON people (sandglass_{SOURCE}.{form}(email))")
        owner.execute("CREATE INDEX ON people (lower(email))")
        owner.execute("ANALYZE")
    return office


def read_plainly(base: Connection) -> int:
    """Read the person's rows as somebody who may read everything does."""
    rows = base.execute(f"SELECT id, email FROM people WHERE id IN ({HERS})").fetchall()
    columns = ", ".join(COLUMNS)
    for name in TABLES:
        query = f"SELECT {columns} FROM {name} WHERE person_id IN ({HERS})"
        rows += base.execute(query).fetchall()
    return len(rows)


def read_through(office: Office) -> float:
    """Return how long the rows take once the reader of a grant is open."""
    case = office.granted()
    with office.workspace.read() as unit:
        session = office.officer.pulling._opening.session(unit, case.asked.id, SOURCE)
    disclosed = {"people": ("id", "email"), **dict.fromkeys(TABLES, COLUMNS)}
    capability = Capability({name: frozenset(fields) for name, fields in disclosed.items()})
    with session.open(capability) as reader:
        began = time.perf_counter()
        for name, fields in disclosed.items():
            for _batch in reader.read(Selection(name, fields, ())).batches:
                pass
        took = time.perf_counter() - began
    assert session.end("finished").is_dead
    return took


def whole_session(office: Office) -> float:
    """Return how long a session takes from its window to the proof of its end."""
    case = office.granted()
    began = time.perf_counter()
    result = office.officer.pulling.run(case.asked.id, QuietTask())
    took = time.perf_counter() - began
    assert result.is_complete, result.failure
    return took


def come_and_go(shop: Shop) -> float:
    """Return how long one grant takes to be opened and closed."""

    def cycles() -> None:
        for _ in range(CYCLES):
            shop.gatekeeper.end(shop.opened().grant, reason="finished")

    return seconds(cycles) / CYCLES


def spread(times: list[float]) -> str:
    """Return the median and the range, in ms."""
    low, middle, high = (each * 1000 for each in (min(times), statistics.median(times), max(times)))
    return f"{middle:.1f} ms ({low:.1f} to {high:.1f})"


def main() -> None:
    """Measure and tell."""
    with tempfile.TemporaryDirectory() as name, home_of_a_server() as (home, as_user):
        mortal = Mortal(home, as_user)
        mortal.start()
        try:
            measure(Path(name), mortal.server)
        finally:
            mortal.stop()


def measure(folder: Path, server: PostgresqlServer) -> None:
    """Measure on a running server, and tell."""
    make(server)
    office = open_many(folder, server)
    plain, through, whole = [], [], []
    with closing(server.connect(DATABASE)) as base:
        assert read_plainly(base) == 1 + sum(TABLES.values())
        for _ in range(RUNS):
            plain.append(seconds(lambda: read_plainly(base)))
            through.append(read_through(office))
            whole.append(whole_session(office))
    shop = Shop(server)
    shop.build()
    shop.gatekeeper.end(shop.opened().grant, reason="finished")
    before = shop.query(CATALOGUES)
    cycle = [come_and_go(shop) for _ in range(RUNS)]
    after = shop.query(CATALOGUES)
    assert before == after, (before, after)
    tell(
        ours=statistics.median(whole),
        floor=statistics.median(plain),
        reading=round(statistics.median(through) / statistics.median(plain), 2),
        cycles=RUNS * CYCLES,
        words="one person's 200 rows in 12 collections: the whole session "
        f"{spread(whole)}, the rows alone {spread(through)} or {{reading}} of plain psycopg with "
        f"{spread(plain)}; {{cycles}} grants opened and closed, {spread(cycle)} each, leave "
        "nothing in the catalogues",
    )
