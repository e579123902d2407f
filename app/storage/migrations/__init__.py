"""Revisions of the schema, driven from code; a file is upgraded in one transaction."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.errors import StorageError
from app.storage.failures import translated

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from sqlalchemy import Connection

NEWEST = "0011"
"""The revision that this program works with; the last one in ``versions``."""
MOVED_TO = "moved to "
"""Before its new place, instead of a revision, in a file whose workspace went to a server."""
MOVING_TO = "moving to "
"""The same, from before the first row is copied until the file knows that all arrived."""


def revision_of(connection: Connection) -> str | None:
    """Return the revision of a database, or None where no revision was ever applied."""
    with translated():
        if not connection.dialect.has_table(connection, "alembic_version"):
            return None
        row = connection.exec_driver_sql("SELECT version_num FROM alembic_version").first()
    return str(row[0]) if row is not None else None


def is_known(revision: str) -> bool:
    """Say whether this program has ``revision``."""
    return any(each.revision == revision for each in _scripts().walk_revisions())


def unknown(revision: str | None) -> StorageError:
    """Return what it means that this program does not know a revision: newer, or elsewhere."""
    if revision is not None and revision.startswith(MOVED_TO):
        return StorageError("workspace.moved", place=revision.removeprefix(MOVED_TO))
    if revision is not None and revision.startswith(MOVING_TO):
        return StorageError("workspace.moving", place=revision.removeprefix(MOVING_TO))
    return StorageError("workspace.newer", found=revision, known=NEWEST)


def upgrade(connection: Connection, to: str = NEWEST) -> None:
    """Bring the schema to a newer revision, in the transaction of ``connection``."""
    from alembic import command  # noqa: PLC0415 - 50 ms that only a new or old file needs

    with translated():
        command.upgrade(_config(connection), to)


def downgrade(connection: Connection, to: str) -> None:
    """Bring the schema back to an older revision, in the transaction of ``connection``."""
    from alembic import command  # noqa: PLC0415 - as above

    with translated():
        command.downgrade(_config(connection), to)


@cache
def _scripts() -> ScriptDirectory:
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - as above

    return ScriptDirectory.from_config(_config(None))


def _config(connection: Connection | None) -> Config:
    if connection is not None and not connection.in_transaction():
        raise RuntimeError("alembic would commit revision by revision")
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    folder = str(Path(__file__).parent)
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = connection
    return config
