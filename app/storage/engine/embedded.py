"""Connections to an embedded workspace: one SQLite file, many readers, one writer at a time."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, event
from sqlalchemy.pool import QueuePool

from app.storage.failures import translated

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Connection, Engine

APPLICATION_ID = 0x53474C53
"""``SGLS`` in the file's header: this is a Sandglass workspace."""

_PRAGMAS = (
    "PRAGMA synchronous = FULL",  # a commit that was answered survives a power cut
    "PRAGMA secure_delete = ON",  # destroyed keys do not stay behind in free pages
    "PRAGMA temp_store = MEMORY",  # no sorted names in temporary files
    "PRAGMA cell_size_check = ON",
)


# Without a mode SQLite makes an empty file where somebody moved the workspace away.
AS_ITS_USER = "mode=rw"
AS_ITS_READER = "mode=ro"
AS_SOMETHING_THAT_RESTS = "mode=ro&immutable=1"
"""Nobody has it open: SQLite then takes no locks and needs no files beside it."""


def connect(path: Path, *, busy_seconds: float, how: str = AS_ITS_USER) -> sqlite3.Connection:
    """Return a connection of the driver to an existing file, without implicit transactions."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?{how}",
        uri=True,
        timeout=busy_seconds,
        isolation_level=None,
        check_same_thread=False,  # the pool hands it on; a unit of work checks its own thread
    )
    try:
        for pragma in _PRAGMAS:
            connection.execute(pragma)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def reader(path: Path, *, busy_seconds: float, how: str = AS_ITS_USER) -> Engine:
    """Return the engine of units of work that read one snapshot."""

    def open_connection() -> sqlite3.Connection:
        return connect(path, busy_seconds=busy_seconds, how=how)

    # As many as there are threads that read.
    return _engine(open_connection, "BEGIN", pool_size=4, max_overflow=-1)


def writer(path: Path, *, busy_seconds: float, keys_checked: bool = True) -> Engine:
    """Return the engine of units of work that write, one at a time.

    ``BEGIN IMMEDIATE`` waits for its turn; a transaction that began by reading would fail instead
    when somebody else wrote meanwhile. There is one connection, so that threads wait in the pool
    and wake at once; SQLite only looks from time to time, and does that for other processes.
    Migrations check foreign keys at the end, not on the way.
    """

    def open_connection() -> sqlite3.Connection:
        connection = connect(path, busy_seconds=busy_seconds)
        connection.execute(f"PRAGMA foreign_keys = {'ON' if keys_checked else 'OFF'}")
        return connection

    return _engine(
        open_connection,
        "BEGIN IMMEDIATE",
        pool_size=1,
        max_overflow=0,
        pool_timeout=busy_seconds,
    )


def _engine(open_connection: Callable[[], sqlite3.Connection], begin: str, **pool: float) -> Engine:
    def begin_transaction(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    engine = create_engine(
        "sqlite://", creator=open_connection, poolclass=QueuePool, hide_parameters=True, **pool
    )
    event.listen(engine, "begin", begin_transaction)
    return engine


def copy_file(path: Path, to: Path, *, busy_seconds: float) -> None:
    """Copy the last committed state of the database at ``path`` into the empty file ``to``."""
    with (
        closing(connect(path, busy_seconds=busy_seconds)) as source,
        closing(connect(to, busy_seconds=busy_seconds)) as target,
    ):
        source.backup(target)


class Watch:
    """Notices that anybody, this program included, committed something."""

    def __init__(self, path: Path, *, busy_seconds: float) -> None:
        with translated():
            self._connection = connect(path, busy_seconds=busy_seconds)
        # Two threads in one statement at once: the second finds no row.
        self._lock = Lock()

    def changes(self) -> int:
        """Return a number that differs after a commit through any other connection."""
        with self._lock, translated():
            found: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return found

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()
