"""Writes what a guard of this program looks like on servers of several versions.

``python -m tests.guard.make_digests FOLDER...`` takes folders with PostgreSQL's programs, one for
each major version that is supported, and has to run whenever tables, guard or inventory change.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from app.domain.addresses import WorkspaceAddress
from app.domain.secrets import Secret
from app.paths import resource
from app.ports.servers import FirstLogin
from app.storage.guard import inventory, people, records
from app.storage.guard.inspecting import OWNER, names_of
from app.storage.guard.names import Names
from app.storage.heads import RememberedHeads
from app.storage.servers import ServerWorkspaces
from app.storage.tables import METADATA
from tests.servers import PASSWORD, Mortal, home_of_a_server

DIGESTS = resource("guard", inventory.DIGESTS)


def made_from() -> str:
    """Return a digest of all that the guard is made from."""
    names, dialect = Names("sandglass_of_nobody"), postgresql.dialect()  # type: ignore[no-untyped-call]
    parts = [names.filled("inventory.sql"), *records.statements(names), *people.statements(names)]
    for table in METADATA.sorted_tables:
        parts.append(str(CreateTable(table).compile(dialect=dialect)))
        indexes = [str(CreateIndex(each).compile(dialect=dialect)) for each in table.indexes]
        parts += sorted(indexes)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def digests_on(programs: Path) -> tuple[int, dict[str, str]]:
    """Make a workspace on a server of its own; return the server's version, and the digests."""
    with home_of_a_server() as (home, as_user), TemporaryDirectory() as folder:
        mortal = Mortal(home, as_user, programs=programs)
        mortal.start()
        try:
            server = mortal.server
            address = WorkspaceAddress(server.host, server.database, server.user, server.port)
            first = FirstLogin("first", Secret(PASSWORD))
            servers = ServerWorkspaces(RememberedHeads(Path(folder)))
            servers.create(address, Secret(PASSWORD), first=first).close()
            with server.connect(options="-c search_path=sandglass,pg_temp") as connection:
                names = names_of(connection.execute(OWNER.encode()).fetchall(), address)
                found = inventory.digests(
                    lambda query: connection.execute(query.encode()).fetchall(), names
                )
                return connection.info.server_version // 10000, found
        finally:
            mortal.stop()


def main(folders: list[str]) -> None:
    made = dict(digests_on(Path(folder)) for folder in folders)
    first, *others = made.values()
    if differing := {item for each in others for item, _digest in first.items() ^ each.items()}:
        sys.exit(f"Servers print these in different ways, so nobody could compare: {differing}")
    facts = {"made_from": made_from(), "servers": sorted(made), "items": first}
    DIGESTS.write_text(json.dumps(facts, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
