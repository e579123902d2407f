"""What a SQLite file holds: tables, views, columns, their affinity and collation."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from app.sources._sql import SourceColumn, Table, folded_name, quoted
from app.sources._sqlite_statements import ANY, NUMBER, TEXT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.domain.datamap import Field

_HIDDEN_IN_VIRTUAL_TABLE = 1

_FITTING = {
    "string": {"TEXT", "NUMERIC", "BLOB"},
    "integer": {"INTEGER", "NUMERIC", "BLOB"},
    "float": {"REAL", "NUMERIC", "BLOB"},
    "boolean": {"INTEGER", "NUMERIC", "BLOB"},
    "object_id": {"TEXT", "NUMERIC", "BLOB"},
    "object": {"TEXT", "NUMERIC", "BLOB"},
}
"""Affinities that can hold a map's data type. DATE, DATETIME and JSON have NUMERIC affinity."""


def names_in(connection: sqlite3.Connection) -> dict[str, str]:
    """Return the tables and views, each with its kind: table, view or virtual."""
    found = connection.execute(
        "SELECT name, type, sql LIKE 'create virtual table%' FROM main.sqlite_master"
        " WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
    )
    return {name: "virtual" if is_virtual else kind for name, kind, is_virtual in found}


def find_tables(connection: sqlite3.Connection, wanted: Iterable[str]) -> dict[str, Table]:
    """Return those of the ``wanted`` collections that exist, by the name they were wanted by.

    Names are found without regard to the case of ASCII letters, as SQLite itself does.
    """
    there = names_in(connection)
    folded = {folded_name(name): name for name in there}
    found: dict[str, Table] = {}
    for collection in wanted:
        name = collection if collection in there else folded.get(folded_name(collection))
        if name is None:
            continue
        table = _table(connection, name, is_readable=there[name] != "virtual")
        if table is not None:
            found[collection] = table
    return found


def _table(connection: sqlite3.Connection, name: str, *, is_readable: bool) -> Table | None:
    sql = f"main.{quoted(name)}"
    try:
        described = connection.execute(
            "SELECT name, type, hidden FROM pragma_table_xinfo(?, 'main') ORDER BY cid", (name,)
        ).fetchall()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
            raise
        return None  # a view over something that is gone
    columns: dict[str, SourceColumn] = {}
    for column, declared, hidden in described:
        if hidden == _HIDDEN_IN_VIRTUAL_TABLE:
            continue
        kind = _kind(declared)
        collation = "" if kind == NUMBER else _collation(connection, table=sql, column=column)
        columns[column] = SourceColumn(column, declared, kind, collation)
    return Table(name, sql, columns, folds_case=True, is_readable=is_readable)


def affinity(declared: str) -> str:
    """Return the affinity of a declared type (https://sqlite.org/datatype3.html, 3.1)."""
    upper = declared.upper()
    if "INT" in upper:
        return "INTEGER"
    if any(part in upper for part in ("CHAR", "CLOB", "TEXT")):
        return "TEXT"
    if not upper or "BLOB" in upper:
        return "BLOB"
    if any(part in upper for part in ("REAL", "FLOA", "DOUB")):
        return "REAL"
    return "NUMERIC"


def fits(mapped: Field, column: SourceColumn) -> bool:
    """Say whether a column can hold what the map says of it."""
    if mapped.column_type:
        return _bare(mapped.column_type) == _bare(column.type)
    if mapped.is_array:
        return affinity(column.type) in _FITTING["object"]
    return affinity(column.type) in _FITTING.get(mapped.data_type, {affinity(column.type)})


def _bare(declared: str) -> str:
    return "".join(declared.split()).upper()


def _kind(declared: str) -> str:
    if declared.upper() == "ANY":
        return ANY  # of a STRICT table
    return {"TEXT": TEXT, "BLOB": ANY}.get(affinity(declared), NUMBER)


def _collation(connection: sqlite3.Connection, *, table: str, column: str) -> str:
    """Return a column's collation, as the plan of a comparison shows it: no PRAGMA tells.

    A collation that only the owner's program knows cannot be had here; bytes decide then.
    """
    try:
        plan = connection.execute(
            f"EXPLAIN SELECT t.{quoted(column)} = :p1 FROM {table} AS t",  # noqa: S608 - quoted
            {"p1": ""},
        )
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_ERROR_MISSING_COLLSEQ:
            raise
        return "BINARY"
    steps = ((opcode, detail) for _, opcode, _, _, _, detail, *_ in plan if opcode == "Eq")
    detail = next((detail for _, detail in steps if detail), "BINARY")
    return str(detail).rsplit("-", 1)[0]
