"""The file of an embedded workspace: made whole, recognised, copied aside and upgraded."""

from __future__ import annotations

import errno
import os
from contextlib import closing, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.audit import Action, Event
from app.domain.errors import StorageError
from app.ports.storage import Condition
from app.storage import migrations
from app.storage.engine import embedded
from app.storage.failures import translated
from app.storage.statements import EmbeddedStatements
from app.storage.unit_of_work import SqlUnitOfWork

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

    from app.ports.clocks import Clock
    from app.storage.heads import RememberedHeads

_PROGRAM = "sandglass"
"""The actor of what no member does."""

_MAGIC = b"SQLite format 3\0"
_APPLICATION_ID_AT = slice(68, 72)
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def make_file(path: Path, *, busy_seconds: float) -> None:
    """Make an empty workspace at the newest revision; it appears whole or not at all."""
    if path.exists() or path.is_symlink():
        raise StorageError("workspace.exists", path=str(path))
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with os_errors(path):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _make_private(part)
        with translated(), closing(embedded.connect(part, busy_seconds=busy_seconds)) as new:
            new.execute(f"PRAGMA application_id = {embedded.APPLICATION_ID}")
            new.execute("PRAGMA journal_mode = WAL").fetchall()
        maintenance = embedded.writer(part, busy_seconds=busy_seconds)
        try:
            with translated(), maintenance.begin() as connection:
                migrations.upgrade(connection)
        finally:
            maintenance.dispose()
        with os_errors(path):
            _appear(part, path)
    finally:
        _remove(part)


def check_file(path: Path, *, to_write: bool = True) -> None:
    """Raise ``StorageError`` unless ``path`` is a workspace's file, and can be written."""
    with os_errors(path):
        if not path.exists():
            raise StorageError("workspace.not_found", path=str(path))
        if not path.is_file():
            raise StorageError("workspace.not_a_workspace", path=str(path))
        if to_write and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
            raise StorageError("workspace.not_writable", path=str(path))
        with path.open("rb") as file:
            header = file.read(100)
        if not header.startswith(_MAGIC) or header[
            _APPLICATION_ID_AT
        ] != embedded.APPLICATION_ID.to_bytes(4):
            raise StorageError("workspace.not_a_workspace", path=str(path))
        if to_write and path.stat().st_mode & 0o077:
            # A copy made by a file manager; SQLite gives its other files the same mode.
            with suppress(PermissionError):
                path.chmod(0o600)


def upgrade_file(path: Path, *, clock: Clock, heads: RememberedHeads, busy_seconds: float) -> None:
    """Bring an older file to the newest revision, after a copy of it was put aside.

    In one transaction: a program that dies on the way leaves the file as it was.
    """
    maintenance = embedded.writer(path, busy_seconds=busy_seconds, keys_checked=False)
    statements = EmbeddedStatements(maintenance, writes=True, any_revision=True)
    unit = SqlUnitOfWork(statements, clock=clock, heads=heads)
    try:
        with unit:
            connection = statements.connection
            found = migrations.revision_of(connection)
            if found == migrations.NEWEST:
                return
            if found is None:
                raise StorageError("workspace.damaged", path=str(path))
            if not migrations.is_known(found):
                raise migrations.unknown(found)
            _put_aside(path, busy_seconds=busy_seconds)
            migrations.upgrade(connection)
            _check_keys(connection, path)
            details = {"from": found, "to": migrations.NEWEST}
            unit.record(Event(Action.WORKSPACE_UPGRADED, _PROGRAM, details=details))
            unit.commit()
    finally:
        maintenance.dispose()


def _put_aside(path: Path, *, busy_seconds: float) -> None:
    """Copy the last committed state to ``<name>.before-<revision>.bak``, kept until removed."""
    part = path.with_name(f"{path.name}.before-{migrations.NEWEST}.part")
    try:
        with os_errors(path):
            _remove(part)
            _make_private(part)
        with translated():
            embedded.copy_file(path, part, busy_seconds=busy_seconds)
        with os_errors(path):
            part.rename(_free_name(path))
    finally:
        _remove(part)


def condition_of(path: Path, reader: Engine) -> Condition:
    """Return how large a file is and of which revision its tables are, empty where none are."""
    statements = EmbeddedStatements(reader, writes=False, any_revision=True)
    statements.open()
    try:
        revision = migrations.revision_of(statements.connection) or ""
    finally:
        statements.close()
    with os_errors(path):
        return Condition(revision, size=path.stat().st_size)


def copy_to(path: Path, to: Path, *, busy_seconds: float) -> None:
    """Copy the last committed state to ``to``, in place of what is there; never onto itself."""
    part = to.with_name(f".{to.name}.{os.getpid()}.part")
    try:
        with os_errors(to):
            if to.exists() and to.samefile(path):
                raise StorageError("workspace.exists", path=str(to))
            _remove(part)
            _make_private(part)
        with translated():
            embedded.copy_file(path, part, busy_seconds=busy_seconds)
        with os_errors(to):
            part.replace(to)
    finally:
        _remove(part)


def _free_name(path: Path) -> Path:
    for number in count(1):
        more = f"-{number}" if number > 1 else ""
        file = path.with_name(f"{path.name}.before-{migrations.NEWEST}{more}.bak")
        if not file.exists():
            return file
    raise AssertionError("numbers do not end")


def _check_keys(connection: Connection, path: Path) -> None:
    with translated():
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        raise StorageError("workspace.damaged", path=str(path))


def _make_private(file: Path) -> None:
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _appear(part: Path, path: Path) -> None:
    try:
        # Unlike a rename, a link never takes the place of what somebody else made meanwhile.
        os.link(part, path)
    except FileExistsError:
        raise StorageError("workspace.exists", path=str(path)) from None
    except OSError:
        part.rename(path)  # a file system without links


def _remove(part: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        with suppress(OSError):  # what it was in the way of has been said
            Path(f"{part}{ending}").unlink()


@contextmanager
def os_errors(path: Path) -> Iterator[None]:
    """Raise what the system says as ``workspace.disk_full`` or ``workspace.not_writable``."""
    try:
        yield
    except OSError as error:
        code = "workspace.disk_full" if error.errno in _NO_ROOM else "workspace.not_writable"
        raise StorageError(code, path=str(path)) from None
