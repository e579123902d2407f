"""Triggers that refuse, in an embedded workspace, to change what is recorded.

They stop mistakes, ours or those of somebody with the sqlite3 shell. They cannot stop the file's
owner, who can drop them: what she changes is found by the log's chain and by remembered heads.
A shared workspace has the guard of its server instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import DDL, UniqueConstraint, event

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Table

CHAIN = """\
CREATE TRIGGER log_continues BEFORE INSERT ON log
WHEN NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM log)
  OR NEW.previous IS NOT coalesce(
    (SELECT hash FROM log ORDER BY number DESC LIMIT 1),
    '0000000000000000000000000000000000000000000000000000000000000000')
BEGIN SELECT RAISE(ABORT, 'log.not_a_continuation'); END"""


ALL_GRANTED = tuple(
    f"""\
CREATE TRIGGER source_grants_granted_{verb.lower()} BEFORE {verb} ON source_grants
WHEN (NEW.allowed <> '' OR NEW.opened_at IS NOT NULL) AND NOT EXISTS (
  SELECT 1 FROM decisions
   WHERE access_request = NEW.access_request AND granted AND number = approvers_needed)
BEGIN SELECT RAISE(ABORT, 'access.not_granted'); END"""  # noqa: S608 - our own names
    for verb in ("INSERT", "UPDATE")
)
"""A source is allowed and opened only after everybody whose yes it takes has said it."""

TAKEN = "taken"
"""Under this name a table's ``info`` holds the rule that a second row with the same key breaks."""

_REFUSED = "BEGIN SELECT RAISE(ABORT, 'workspace.insert_only'); END"


def insert_only(table: Table, *, taken: str = "workspace.already_there") -> None:
    """Let rows of ``table`` only be added.

    ``taken`` is the rule that a second row with the same key breaks: without a trigger of its own
    INSERT OR REPLACE would remove the first one.
    """
    table.info[TAKEN] = taken
    uniques = [each for each in table.constraints if isinstance(each, UniqueConstraint)]
    keys = {tuple(each.columns.keys()) for each in (table.primary_key, *uniques)}
    # A key that contains another one adds nothing.
    least = [key for key in sorted(keys) if not any(set(other) < set(key) for other in keys)]
    for statement in no_changes(table.name):
        on_create(table, statement)
    on_create(table, first_stays(table.name, least, taken=taken))


def on_create(table: Table, statement: str) -> None:
    """Run ``statement`` after ``table`` is made in SQLite."""
    trigger = DDL(statement)  # type: ignore[no-untyped-call]  # SQLAlchemy left it untyped
    event.listen(table, "after_create", trigger.execute_if(dialect="sqlite"))


def no_changes(table: str) -> list[str]:
    """Return the triggers that refuse to change or remove rows."""
    return [
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}\n{_REFUSED}"
        for verb in ("UPDATE", "DELETE")
    ]


def first_stays(table: str, keys: Iterable[tuple[str, ...]], *, taken: str) -> str:
    """Return the trigger that refuses a second row with one of ``keys``."""
    same = " OR ".join(
        "(" + " AND ".join(f'"{column}" = NEW."{column}"' for column in key) + ")" for key in keys
    )
    # Names of our own tables and columns: S608 sees text put together, nobody's input is in it.
    return (
        f"CREATE TRIGGER {table}_first_stays BEFORE INSERT ON {table}\n"  # noqa: S608
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})\n"
        f"BEGIN SELECT RAISE(ABORT, '{taken}'); END"
    )
