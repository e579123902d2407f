"""Makes a workspace at an older revision: ``make_older_workspace.py REVISION FILE``.

The saved file in tests/data was made by it when its revision was the newest, and never again: it
stands for what is on people's machines.
"""

from __future__ import annotations

import sys
from pathlib import Path

from app.storage import migrations
from app.storage.engine import embedded
from app.storage.heads import RememberedHeads
from app.storage.statements import EmbeddedStatements
from app.storage.unit_of_work import SqlUnitOfWork
from app.storage.workspaces import EmbeddedWorkspaces
from tests.builders import an_event
from tests.contracts.workspace_ground import SetClock, open_access, settle_in


def main(revision: str, file: str) -> None:
    path, heads = Path(file), Path(f"{file}.heads")
    EmbeddedWorkspaces(SetClock(), heads=heads).create(path).close()
    maintenance = embedded.writer(path, busy_seconds=1, keys_checked=False)
    with maintenance.begin() as connection:
        migrations.downgrade(connection, revision)
    statements = EmbeddedStatements(maintenance, writes=True, any_revision=True)
    with SqlUnitOfWork(statements, clock=SetClock(), heads=RememberedHeads(heads)) as unit:
        settle_in(unit)
        open_access(unit)
        for _ in range(3):
            unit.record(an_event())
        statements.commit()
    maintenance.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])
