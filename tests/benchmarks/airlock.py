"""Through the airlock of PostgreSQL: 1,000,000 rows of one subject against COPY to nowhere."""

from __future__ import annotations

import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.domain.plan import Selection
from app.ports.progress import QuietTask
from app.ports.sources import Capability
from tests.airlock.store import dba
from tests.benchmarks.figures import fastest, peak_megabytes, tell
from tests.benchmarks.vault_from_sqlite import COLUMNS, MAP, ROWS
from tests.fakes import RealClock
from tests.office import open_office
from tests.servers import Mortal, home_of_a_server

if TYPE_CHECKING:
    import psycopg

    from app.domain.access import AccessCase
    from app.ports.airlocks import AirlockedSource
    from app.services.airlocks import DbaLogin
    from tests.office import Office
    from tests.servers import PostgresqlServer

SOURCE = "big"
DATABASE = "big"
OPENINGS = 7
BASE = (
    f"SELECT {COLUMNS} FROM orders WHERE person_id IN"
    " (SELECT id FROM people WHERE lower(email) = 'mara@example.org')"
)


def make(server: PostgresqlServer) -> None:
    """Write the source."""
    with closing(server.connect()) as owner:
        owner.execute(f"CREATE DATABASE {DATABASE}")
    with closing(server.connect(DATABASE)) as owner:
        owner.execute("CREATE TABLE people (id int PRIMARY KEY, email text)")
        owner.execute("INSERT INTO people VALUES (7, 'mara@example.org'), (8, 'leyla@example.org')")
        owner.execute(
            "CREATE TABLE orders (id int PRIMARY KEY, person_id int, placed_at timestamp,"
            " total numeric(12, 2), status text, note text, quantity int, sku text)"
        )
        owner.execute(
            "INSERT INTO orders SELECT n, 7, '2026-01-01'::timestamp + n * interval '1 s',"
            " n * 1.01, 'sent', 'note number ' || n || ' for the parcel', n % 5, 'SKU-' || n % 1000"
            f" FROM generate_series(1, {ROWS}) AS n"
        )
        owner.execute("CREATE INDEX ON orders (person_id)")
        owner.execute("VACUUM ANALYZE")


def copied(connection: psycopg.Connection[Any], query: str) -> int:
    """Let the server write every row to nowhere."""
    with connection.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT") as copy:
        return sum(len(block) for block in copy)


def open_big(folder: Path, kind: str, settings: dict[str, str], *, login: DbaLogin) -> Office:
    """Return an office that has the source, with its airlock."""
    office = open_office(folder, clock=RealClock())
    office.administrator.sourcing.set_in_use("shop", is_active=False)
    del settings["user"]
    text = MAP.replace("fides_key: shop", f"fides_key: {SOURCE}").replace(
        "dataset: shop", f"dataset: {SOURCE}"
    )
    office.administrator.sourcing.add(kind, settings, map_text=text, map_file="big.yml")
    office.administrator.airlocks.install(SOURCE, login)
    return office


def first_rows(office: Office) -> list[float]:
    """Return how long it took from begin to the first row, each time of a grant of its own."""
    capability = Capability({"people": frozenset({"email"}), "orders": frozenset({"id"})})
    times = []
    for _ in range(OPENINGS):
        session = session_of(office, office.granted(minutes=20))
        began = time.perf_counter()
        with session.open(capability) as reader:
            next(iter(reader.read(Selection("people", ("email",), ())).batches))
            times.append(time.perf_counter() - began)
        assert session.end("finished").is_dead
    return times


def session_of(office: Office, case: AccessCase) -> AirlockedSource:
    """Return the source as the officer of a grant has it."""
    with office.workspace.read() as unit:
        return office.officer.pulling._opening.session(unit, case.asked.id, SOURCE)


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
    settings = server.settings(DATABASE, sslmode="disable")
    office = open_big(folder, "postgresql", settings, login=dba(server))
    times = first_rows(office)
    case = office.granted(minutes=20)
    session = session_of(office, case)
    with session.open(Capability({"orders": frozenset({"id"})})):
        pass
    login = session._address  # type: ignore[attr-defined]
    with closing(login.connect()) as gate, closing(server.connect(DATABASE)) as base:
        view = f"SELECT {COLUMNS} FROM sandglass_{SOURCE}.orders"
        through, direct = fastest(lambda: copied(gate, view), lambda: copied(base, BASE))
        before = peak_megabytes()
        began = time.perf_counter()
        result = office.officer.pulling.run(case.asked.id, QuietTask())
        ours = time.perf_counter() - began
        assert result.rows == ROWS + 1, result.failure
        (floor,) = fastest(lambda: copied(base, BASE))
    tell(
        ours=ours,
        floor=floor,
        speed=round(floor / ours, 2),
        gate=round(direct / through, 2),
        first_row_ms=round(statistics.median(times) * 1000),
        megabytes=peak_megabytes(),
        megabytes_before=before,
        words="1,000,000 rows through the airlock into the vault at {speed} of the rows per second "
        "of COPY to nowhere ({ours_s} s against {floor_s} s), {megabytes} MB at most; the gate "
        "reads at {gate} of the base tables; from begin to the first row {first_row_ms} ms",
    )
