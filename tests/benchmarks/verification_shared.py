"""Verification of 1,000,000 entries of a shared workspace, against a bare loop over the same bytes.

As ``verification``, over PostgreSQL: the floor reads the hashed bytes by a cursor of the driver.
What the server uses is not counted: it hands out rows to both.
"""

from __future__ import annotations

import hashlib
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.audit import Action, Event, hash_entry, write_line
from tests.benchmarks.figures import peak_megabytes, tell
from tests.benchmarks.verification import ENTRIES, check, in_turn
from tests.benchmarks.workspace_appends import SETTINGS
from tests.fakes import FakeCertificates
from tests.guard.office import open_shared_office
from tests.servers import Mortal, home_of_a_server

if TYPE_CHECKING:
    from tests.guard.office import SharedOffice

AT = datetime(2100, 1, 1, tzinfo=UTC)
"""Not before what the office itself has logged."""
_HASHED = """
CREATE TABLE public.hashed AS
SELECT number, convert_to(format('64:%s,%s:%s,%s:%s,', previous, length(number::text), number,
         octet_length(line), line), 'UTF8') AS bytes FROM log
"""
_AT_ONCE = 2000


def fill(office: SharedOffice) -> None:
    """Write entries past the guard: what is measured is reading them."""
    with office.as_superuser() as shell:
        shell.execute("ALTER TABLE log DISABLE TRIGGER USER")
        ((number, head),) = shell.execute("SELECT number, hash FROM log_head").fetchall()
        columns = "COPY log (number, previous, line, hash) FROM STDIN"
        with shell.cursor().copy(columns) as rows:
            for each in range(number + 1, ENTRIES + 1):
                details = {"collection": "shop.orders", "fields": ["placed_at", "total"],
                           "from_row": each, "grant": "G-0001", "rows": 28}  # fmt: skip
                event = Event(Action.DATA_READ, "a1b2c3d4e5f6", "DSR-2026-0142", "S-0001", details)
                line = write_line(event, AT)
                claimed = hash_entry(head, each, line.encode())
                rows.write_row((each, head, line, claimed))
                head = claimed
        shell.execute(_HASHED)
        shell.execute("GRANT SELECT ON public.hashed TO PUBLIC")
        shell.execute("GRANT USAGE ON SCHEMA public TO PUBLIC")
        shell.execute("VACUUM ANALYZE")


def loop(office: SharedOffice) -> None:
    """Hash the same bytes in the simplest loop there is."""
    sha256 = hashlib.sha256
    with office.connect("olga") as connection, connection.cursor("bare", binary=True) as rows:
        rows.itersize = _AT_ONCE
        rows.execute("SELECT bytes FROM public.hashed ORDER BY number")
        for (data,) in rows:
            sha256(data).hexdigest()


def main() -> None:
    """Measure and tell."""
    with tempfile.TemporaryDirectory() as name, home_of_a_server() as (home, as_user):
        mortal = Mortal(home, as_user)
        mortal.start(**SETTINGS)
        try:
            office = open_shared_office(mortal.server, "office", Path(name))
            fill(office)
            ours, floor = in_turn(
                lambda: check(office.workspace, FakeCertificates()), lambda: loop(office)
            )
            office.close()
        finally:
            mortal.stop()
    tell(
        ours=ours,
        floor=floor,
        megabytes=peak_megabytes(),
        words="1,000,000 entries of a shared workspace verified in {cost} of the time of a bare "
        "SHA-256 loop over the same bytes ({ours_s} s against {floor_s} s of the client's "
        "processor), {megabytes} MB at most",
    )
