"""An embedded workspace moves to a server: every table as it is, the log to the byte."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Integer, MetaData, Table, Text, func, select

from app.domain.audit import verify
from app.domain.errors import StorageError
from app.storage.columns import Choice, Document, Words
from app.storage.failures import translated
from app.storage.migrations import MOVED_TO, MOVING_TO, NEWEST
from app.storage.tables import METADATA, log, workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection
    from sqlalchemy.types import TypeEngine

    from app.domain.audit import ChainState, StoredEntry

_ROWS_AT_ONCE = 500
_SEALED_AT_ONCE = 10
"""Chunks of the vault are up to some megabytes each."""


def copy_all(source: Connection, target: Connection) -> None:
    """Copy every row of a workspace's tables; those of ``target`` are there and empty."""
    for table in METADATA.sorted_tables:
        plain = _plain(table)
        at_once = _SEALED_AT_ONCE if "sealed" in plain.c else _ROWS_AT_ONCE
        with translated():
            found = source.execute(select(plain), execution_options={"yield_per": at_once})
            for rows in found.mappings().partitions():
                target.execute(plain.insert(), [dict(each) for each in rows])
            _count_on(target, table)


def chain_of(connection: Connection) -> ChainState:
    """Check the log from its first entry to its last."""
    return verify(_stored(connection))


def is_moving(source: Connection, place: str) -> bool:
    """Say whether a file is marked as on its way to ``place``."""
    with translated():
        found = source.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return bool(found == MOVING_TO + place)


def mark_moving(source: Connection, place: str) -> None:
    """Let every program that opens the file hear that its workspace is on its way."""
    _mark(source, MOVING_TO + place)


def mark_stays(source: Connection) -> None:
    """Let the file open as before."""
    _mark(source, NEWEST)


def mark_moved(source: Connection, place: str) -> None:
    """Let every program that opens the file hear where its workspace is now.

    The log stays as it is: it goes on there, and whoever knows its head finds it there.
    """
    _mark(source, MOVED_TO + place)


def _mark(source: Connection, text: str) -> None:
    with translated():
        source.exec_driver_sql("UPDATE alembic_version SET version_num = ?", (text,))


def _stored(connection: Connection) -> Iterator[StoredEntry]:
    query = select(log.c.number, log.c.line, log.c.previous, log.c.hash).order_by(log.c.number)
    with translated():
        rows = connection.execute(query, execution_options={"yield_per": _ROWS_AT_ONCE})
        for number, *texts in rows:
            line, previous, digest = (each.encode() for each in texts)
            yield number, line, previous, digest


def _plain(table: Table) -> Table:
    """Return a table whose documents and choices are the texts that they are stored as."""
    columns = [
        Column(each.name, _type(each.type), primary_key=each.primary_key, autoincrement=False)
        for each in table.columns
        if each.computed is None
    ]
    return Table(table.name, MetaData(), *columns)


def _type(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    if isinstance(kind, Choice):
        return Integer() if issubclass(kind.kind, IntEnum) else Text()
    return Text() if isinstance(kind, Document | Words) else kind


def _count_on(target: Connection, table: Table) -> None:
    """Let ids that the engine makes up go on after the last one."""
    counted = table.autoincrement_column
    if counted is None:
        return
    last = target.execute(select(func.max(counted))).scalar()
    if last is not None:
        sequence = func.pg_get_serial_sequence(f'"{table.name}"', counted.name)
        target.execute(select(func.setval(sequence, last)))


def is_same(source: Connection, target: Connection) -> bool:
    """Say whether the workspace of a file is at ``target``, with all that its log had."""
    last = select(log.c.number, log.c.hash).order_by(log.c.number.desc()).limit(1)
    with translated():
        number, digest = source.execute(last).one()
        ids = {each.execute(select(workspace.c.id)).scalar() for each in (source, target)}
        there = target.execute(select(log.c.hash).where(log.c.number == number)).scalar()
    return len(ids) == 1 and there == digest


def must_be_same(before: ChainState, after: ChainState) -> None:
    """Raise unless a log is unbroken and ends where it did."""
    if not before.is_sound or after != before:
        raise StorageError("workspace.log_not_moved", number=after.broken_at or before.broken_at)
