"""What a MariaDB server holds: tables, views, columns, their types and collations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.sources._mariadb_statements import BINARIES, INTEGERS, NUMBERS, TEXTS, quoted
from app.sources._mariadb_values import keep_broken, kind_of
from app.sources._mariadb_wire import literal
from app.sources._sql import SourceColumn, Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.domain.datamap import Field
    from app.sources._mariadb_wire import Connection

_KINDS = "('BASE TABLE', 'VIEW', 'SYSTEM VERSIONED')"
_OWN = frozenset({"information_schema", "mysql", "performance_schema", "sys"})


def rows(connection: Connection, query: str, *values: object) -> list[tuple[str, ...]]:
    """Return all rows of a query about the schema; empty for NULL."""
    return [
        tuple("" if cell is None else keep_broken(cell) for cell in row)
        for row in connection.run(query, *values)
    ]


def database(connection: Connection) -> str:
    """Return the database in which a plain name is looked for."""
    ((name,),) = rows(connection, "SELECT DATABASE()")
    return name


def find_tables(connection: Connection, wanted: Iterable[str], *, home: str) -> dict[str, Table]:
    """Return those of the ``wanted`` collections that exist, by the name they were wanted by.

    A collection is a table of the database ``home``, or ``database.table``.
    """
    ((folding,),) = rows(connection, "SELECT @@lower_case_table_names")

    def same(place: tuple[str, str]) -> tuple[str, str]:
        return place if folding == "0" else (place[0].lower(), place[1].lower())

    names = list(dict.fromkeys(wanted))
    candidates = {name: [(home, name), *_split(name)] for name in names if _is_name(name)}
    places = list(dict.fromkeys(place for each in candidates.values() for place in each))
    if not places:
        return {}
    there = {
        same((schema, name)): (schema, name, int(row_bytes or 0))
        for schema, name, row_bytes in rows(
            connection,
            "SELECT TABLE_SCHEMA, TABLE_NAME, AVG_ROW_LENGTH"  # noqa: S608 - literals
            " FROM information_schema.TABLES"
            f" WHERE TABLE_TYPE IN {_KINDS} AND {_among(places)}",
        )
    }
    found = {
        name: there[place]
        for name, each in candidates.items()
        if (place := next((same(place) for place in each if same(place) in there), None))
    }
    columns = _columns(connection, [(schema, name) for schema, name, _ in found.values()])
    return {
        wanted_name: Table(
            name=f"{schema}.{name}",
            sql=f"{quoted(schema)}.{quoted(name)}",
            columns=columns.get((schema, name), {}),
            row_bytes=row_bytes,
            folds_case=True,
        )
        for wanted_name, (schema, name, row_bytes) in found.items()
    }


def _split(name: str) -> list[tuple[str, str]]:
    dots = [place for place, letter in enumerate(name) if letter == "."]
    return [(name[:dot], name[dot + 1 :]) for dot in dots]


def _is_name(name: str) -> bool:
    """Say whether a table can be called so at all."""
    return "\x00" not in name and all(
        letter <= "\uffff" and not "\ud800" <= letter <= "\udfff" for letter in name
    )


def _among(places: Iterable[tuple[str, str]]) -> str:
    schemas = ", ".join(sorted({literal(schema) for schema, _ in places}))
    names = ", ".join(sorted({literal(name) for _, name in places}))
    return f"TABLE_SCHEMA IN ({schemas}) AND TABLE_NAME IN ({names})"


def _columns(
    connection: Connection, places: list[tuple[str, str]]
) -> dict[tuple[str, str], dict[str, SourceColumn]]:
    found: dict[tuple[str, str], dict[str, SourceColumn]] = {}
    if not places:
        return found
    for schema, table, name, kind, named, collation in rows(
        connection,
        "SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, DATA_TYPE,"  # noqa: S608 - literals
        " COLUMN_TYPE, COLLATION_NAME"
        f" FROM information_schema.COLUMNS WHERE {_among(places)}"
        " ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION",
    ):
        column = SourceColumn(
            name,
            named,
            kind_of(kind),
            collation=collation,
            folds=bool(collation) and not collation.endswith("_nopad_bin"),
        )
        found.setdefault((schema, table), {})[name] = column
    return found


def other_tables(connection: Connection, tables: Iterable[Table], *, home: str) -> list[str]:
    """Return the tables that are not among ``tables``, in their databases and at ``home``."""
    known = {table.sql for table in tables}
    schemas = {home, *(table.name.split(".")[0] for table in tables)} - _OWN - {""}
    if not schemas:
        return []
    listed = ", ".join(map(literal, sorted(schemas)))
    return [
        name if schema == home else f"{schema}.{name}"
        for schema, name in rows(
            connection,
            "SELECT TABLE_SCHEMA, TABLE_NAME"  # noqa: S608 - literals
            " FROM information_schema.TABLES"
            f" WHERE TABLE_TYPE IN {_KINDS} AND TABLE_SCHEMA IN ({listed})",
        )
        if f"{quoted(schema)}.{quoted(name)}" not in known
    ]


def fits(mapped: Field, column: SourceColumn) -> bool:
    """Say whether a column can hold what the map says of it."""
    if mapped.column_type:
        return _bare(mapped.column_type) == _bare(column.type)
    kind = column.kind
    is_object = kind in {"json", "longtext"}
    if not mapped.data_type or (mapped.is_array and is_object):
        return True
    if mapped.is_array:
        return False
    return {
        "string": kind not in NUMBERS | BINARIES or kind.endswith("binary"),
        "integer": kind in INTEGERS or kind in {"decimal", "year"},
        "float": kind in {"decimal", "float", "double"},
        "boolean": kind in {"tinyint", "bit"},
        "object_id": kind in TEXTS | {"uuid", "binary", "varbinary"},
        "object": is_object,
    }.get(mapped.data_type, True)


def _bare(named: str) -> str:
    return " ".join(named.split()).lower()
