"""What a statement may do inside a SQLite connection: read the granted columns, nothing else."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from app.sources._sql import quoted
from app.sources._sqlite_statements import BUILT_IN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.ports.sources import Capability
    from app.sources._sql import Table

OUR_FUNCTIONS = frozenset(
    {"sandglass_key", "sandglass_number", "sandglass_fold", "sandglass_digits"}
)

_NO_COLUMN = ""
"""What SQLite asks for when a statement reads only a table's row numbers (as an integer primary
key is), inside a view too, and then it names neither view nor schema."""

type _Use = tuple[int, str | None, str | None, str | None]
"""Action, its two arguments, and the view inside which it happens."""


class Authorizer:
    """Decides about each thing that a statement would do, while SQLite compiles it.

    A granted view may do inside itself exactly what it did when the reader was opened. SQLite gives
    a CTE's name where it gives a view's, so whoever could write SQL here could read the columns
    that a granted view is made of, but no others; and it does not ask about columns that are only
    joined by USING or NATURAL. Nobody can: statements come from selections, and never join so.
    """

    def __init__(self, columns: frozenset[tuple[str, str]], inside_views: frozenset[_Use]) -> None:
        self._columns = columns
        self._inside_views = inside_views

    def __call__(
        self,
        action: int,
        first: str | None,
        second: str | None,
        database: str | None,
        inside: str | None,
    ) -> int:
        if action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE):
            return sqlite3.SQLITE_OK
        if inside and (action, first, second, inside) in self._inside_views:
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_READ:
            somewhere = database == "main" or not (database or second)
            granted = somewhere and (first, second) in self._columns
            return sqlite3.SQLITE_OK if granted else sqlite3.SQLITE_DENY
        if action == sqlite3.SQLITE_FUNCTION and (second in BUILT_IN or second in OUR_FUNCTIONS):
            return sqlite3.SQLITE_OK
        return sqlite3.SQLITE_DENY


def authorizer(
    connection: sqlite3.Connection, capability: Capability, tables: Mapping[str, Table]
) -> Authorizer:
    """Return the authorizer for ``capability``, after a look at what its views are made of."""
    columns: set[tuple[str, str]] = set()
    uses: set[_Use] = set()
    for collection, table in tables.items():
        names = capability.disclosed.get(collection, frozenset())
        names |= capability.joined.get(collection, frozenset())
        found = [column.name for name in names if (column := table.find(name))]
        columns.update((table.name, name) for name in found)
        if found:
            columns.add((table.name, _NO_COLUMN))
        if table.is_readable:
            inside = _uses_inside(connection, table, names=found)
            uses |= inside
            columns.update((str(each[1]), _NO_COLUMN) for each in inside if each[1])
    return Authorizer(frozenset(columns), frozenset(uses))


def _uses_inside(connection: sqlite3.Connection, table: Table, *, names: list[str]) -> set[_Use]:
    """Return what reading these columns does inside views, without reading any row."""
    uses: set[_Use] = set()

    def note(action: int, *details: str | None) -> int:
        first, second, _, inside = details
        if inside and action in (sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION):
            uses.add((action, first, second, inside))
        return sqlite3.SQLITE_OK

    shown = ", ".join(f"t.{quoted(name)}" for name in names) or "NULL"
    connection.set_authorizer(note)
    try:
        connection.execute(f"EXPLAIN SELECT {shown} FROM {table.sql} AS t").close()  # noqa: S608
    finally:
        connection.set_authorizer(None)
    return uses
