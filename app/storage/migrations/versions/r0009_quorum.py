"""Lets several people decide one access request: as many as it needs, each once, all of them yes.

SQLite changes no constraint of a table that is there, so its three tables are made anew. PostgreSQL
adds to them. What was decided before was decided by one person, and needed no more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alembic import op
from sqlalchemy import Column, text

from app.storage.migrations import quorum
from app.storage.migrations.first import access
from app.storage.migrations.first.kinds import BOOLEAN, INTEGER
from app.storage.tables.guards import ALL_GRANTED, first_stays, no_changes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy.types import TypeEngine

revision = "0009"
down_revision = "0008"

_NEW: dict[str, dict[str, tuple[TypeEngine[Any], str | None]]] = {
    "access_requests": {"approvers_needed": (INTEGER, "1")},
    "decisions": {
        "number": (INTEGER, "1"),
        "approvers_needed": (INTEGER, "1"),
        "follows": (INTEGER, None),
        "follows_a_grant": (BOOLEAN, "true"),
    },
    "windows": {"approvers_needed": (INTEGER, "1")},
}
"""The columns that are added, and what they say of the rows that are there."""

_UNIQUES = (
    ("access_requests", ("id", "approvers_needed")),
    ("decisions", ("access_request", "number")),
    ("decisions", ("access_request", "number", "granted")),
    ("decisions", ("id", "number")),
)
_NEEDED = ("id", "approvers_needed")
_LINKS = (
    ("decisions", ("access_request", "approvers_needed"), "access_requests", _NEEDED),
    (
        "decisions",
        ("access_request", "follows", "follows_a_grant"),
        "decisions",
        ("access_request", "number", "granted"),
    ),
    ("windows", ("grant", "approvers_needed"), "decisions", ("id", "number")),
    ("windows", ("access_request", "approvers_needed"), "access_requests", _NEEDED),
)
_ONE_FOR_EACH_REQUEST = "decisions_access_request_key"

_MADE: dict[str, Callable[[], None]] = {
    "access_requests": quorum.create_access_requests,
    "decisions": quorum.create_decisions,
    "windows": quorum.create_windows,
}
_MADE_BEFORE: dict[str, Callable[[], None]] = {
    "access_requests": access.create_access_requests,
    "decisions": access.create_decisions,
    "windows": access.create_windows,
}
_EITHER_WAY = {
    "access_requests": ("access.exists", (("id",),)),
    "windows": ("access.already_begun", (("access_request",), ("session",))),
}
_KEYS = _EITHER_WAY | {
    "decisions": (
        "access.already_decided",
        (("access_request", "approver"), ("access_request", "number"), ("id",)),
    ),
}
_KEYS_BEFORE = _EITHER_WAY | {
    "decisions": ("access.already_decided", (("access_request",), ("id",))),
}
"""The rule that a second row with the same key breaks, and the keys."""


def upgrade() -> None:
    """Make room for more than one decision."""
    if op.get_context().dialect.name != "sqlite":
        _add()
        return
    for table, make in _MADE.items():
        values = {name: value or "NULL" for name, (_kind, value) in _NEW[table].items()}
        _make_anew(table, make, values)
        _keep_first(table, *_KEYS[table])
    for trigger in ALL_GRANTED:
        op.execute(trigger)


def downgrade() -> None:
    """Go back to one decision; where several were made, the tables of old refuse that."""
    if op.get_context().dialect.name != "sqlite":
        _take_away()
        return
    for verb in ("insert", "update"):
        op.execute(f"DROP TRIGGER source_grants_granted_{verb}")
    for table, make in _MADE_BEFORE.items():
        _make_anew(table, make, {})
        _keep_first(table, *_KEYS_BEFORE[table])


def _make_anew(table: str, make: Callable[[], None], values: Mapping[str, str]) -> None:
    """Put the rows of a table into one that is made anew; references to it stay as they are.

    ``values`` are those of columns that it did not have.
    """
    op.execute(f"CREATE TEMP TABLE kept AS SELECT * FROM {table}")  # noqa: S608 - our own names
    op.drop_table(table)
    make()
    columns = op.get_bind().exec_driver_sql(f"PRAGMA table_info({table})").all()
    row = ", ".join(values.get(each[1], f'"{each[1]}"') for each in columns)
    op.execute(f"INSERT INTO {table} SELECT {row} FROM kept")  # noqa: S608 - our own names
    op.execute("DROP TABLE temp.kept")


def _keep_first(table: str, taken: str, keys: tuple[tuple[str, ...], ...]) -> None:
    for statement in (*no_changes(table), first_stays(table, keys, taken=taken)):
        op.execute(statement)


def _add() -> None:
    for table, columns in _NEW.items():
        for name, (kind, value) in columns.items():
            # Said by the column, not by an update: the guard lets nobody change these rows.
            default = None if value is None else text(value)
            column = Column(name, kind, nullable=value is None, server_default=default)
            op.add_column(table, column)
            if value is not None:
                op.alter_column(table, name, server_default=None)
    for table, checks in quorum.CHECKS.items():
        for name, condition in checks:
            op.create_check_constraint(name, table, condition)
    op.drop_constraint(_ONE_FOR_EACH_REQUEST, "decisions")
    for table, key in _UNIQUES:
        op.create_unique_constraint(None, table, list(key))
    for table, columns_here, to, columns_there in _LINKS:
        op.create_foreign_key(None, table, to, list(columns_here), list(columns_there))


def _take_away() -> None:
    for table, columns in reversed(_NEW.items()):
        for name in columns:
            op.execute(f"ALTER TABLE {table} DROP COLUMN {name} CASCADE")
    op.create_unique_constraint(_ONE_FOR_EACH_REQUEST, "decisions", ["access_request"])
