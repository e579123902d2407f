"""Through the airlock of MariaDB: 1,000,000 rows of one subject against only reading them."""

from __future__ import annotations

import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.secrets import Secret
from app.ports.progress import QuietTask
from app.ports.sources import Capability
from app.services.airlocks import DbaLogin
from tests.benchmarks.airlock import BASE, DATABASE, SOURCE, first_rows, open_big, session_of
from tests.benchmarks.figures import fastest, peak_megabytes, tell
from tests.benchmarks.vault_from_sqlite import COLUMNS, ROWS
from tests.servers import running_mariadb

if TYPE_CHECKING:
    from app.sources._mariadb_wire import Connection
    from tests.servers import MariadbServer


def make(server: MariadbServer) -> None:
    """Write the source."""
    with closing(server.connect()) as owner:
        owner.run(f"CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4")
        owner.run_script(
            f"USE {DATABASE};"
            "CREATE TABLE people (id int PRIMARY KEY, email varchar(200));"
            "INSERT INTO people VALUES (7, 'mara@example.org'), (8, 'leyla@example.org');"
            "CREATE TABLE orders (id int PRIMARY KEY, person_id int, placed_at datetime,"
            " total decimal(12, 2), status varchar(20), note varchar(200), quantity int,"
            " sku varchar(20), KEY (person_id));"
            "INSERT INTO orders SELECT seq, 7, '2026-01-01' + INTERVAL seq SECOND, seq * 1.01,"
            " 'sent', CONCAT('note number ', seq, ' for the parcel'), seq % 5,"
            f" CONCAT('SKU-', seq % 1000) FROM seq_1_to_{ROWS};"
            "ANALYZE TABLE people, orders"
        )


def read(connection: Connection, query: str, *values: object) -> int:
    """Take every row over the wire, and keep none."""
    return sum(len(chunk) for chunk in connection.stream(query, *values))


def main() -> None:
    """Measure and tell."""
    with tempfile.TemporaryDirectory() as name, running_mariadb() as server:
        measure(Path(name), server)


def measure(folder: Path, server: MariadbServer) -> None:
    """Measure on a running server, and tell."""
    make(server)
    settings = server.settings(DATABASE, sslmode="disable")
    login = DbaLogin(server.user, Secret(server.password))
    office = open_big(folder, "mariadb", settings, login=login)
    times = first_rows(office)
    case = office.granted(minutes=20)
    session = session_of(office, case)
    with session.open(Capability({"orders": frozenset({"id"})})):
        pass
    officer = session._address  # type: ignore[attr-defined]
    columns = "[" + ", ".join(f'"{name.strip()}"' for name in COLUMNS.split(",")) + "]"
    call = f"CALL sandglass_{SOURCE}.`read`('orders', ?)"
    with closing(officer.connect()) as gate, closing(server.connect(DATABASE)) as base:
        through, direct = fastest(lambda: read(gate, call, columns), lambda: read(base, BASE))
        before = peak_megabytes()
        began = time.perf_counter()
        result = office.officer.pulling.run(case.asked.id, QuietTask())
        ours = time.perf_counter() - began
        assert result.rows == ROWS + 1, result.failure
        (floor,) = fastest(lambda: read(base, BASE))
    tell(
        ours=ours,
        floor=floor,
        speed=round(floor / ours, 2),
        gate=round(direct / through, 2),
        first_row_ms=round(statistics.median(times) * 1000),
        megabytes=peak_megabytes(),
        megabytes_before=before,
        words="1,000,000 rows through the airlock of MariaDB into the vault at {speed} of the rows "
        "per second of reading them and no more ({ours_s} s against {floor_s} s), {megabytes} MB "
        "at most; the gate reads at {gate} of the base tables; from begin to the first row "
        "{first_row_ms} ms",
    )
