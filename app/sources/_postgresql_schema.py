"""What a PostgreSQL database holds: tables, views, columns, their types and collations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg

from app.sources._postgresql_statements import CITEXT, INTEGERS, NUMBERS, TEXTS, Dialect
from app.sources._sql import SourceColumn, Table, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import LiteralString

    from app.domain.datamap import Field

type Texts = tuple[Any, ...]
"""A row as the server's own texts; None for NULL."""

type Connection = psycopg.Connection[Texts]

_RELATIONS = """
SELECT c.oid, n.nspname, c.relname,
       CASE WHEN c.reltuples > 0 THEN pg_table_size(c.oid) / c.reltuples::float8 ELSE 0 END,
       c.relkind IN ('r', 'p', 'm')
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND (c.relname = ANY($1::text[]) OR n.nspname || '.' || c.relname = ANY($1::text[]))
"""

_OTHERS = """
SELECT n.nspname, c.relname
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
  AND n.nspname = ANY($1::text[]) AND n.nspname NOT IN ('pg_catalog', 'information_schema')
"""

_COLUMNS = """
WITH found AS (
  SELECT a.attrelid, a.attnum, a.attname, a.attcollation,
         pg_catalog.format_type(a.atttypid, a.atttypmod) AS named,
         CASE WHEN t.typtype <> 'd' THEN t.oid ELSE (
           WITH RECURSIVE under(oid, base, depth) AS (
             SELECT t.oid, t.typbasetype, 0
             UNION ALL
             SELECT d.oid, d.typbasetype, depth + 1
             FROM under JOIN pg_catalog.pg_type d ON d.oid = under.base
           ) SELECT oid FROM under ORDER BY depth DESC LIMIT 1
         ) END AS base
  FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
  WHERE a.attrelid = ANY($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
)
SELECT f.attrelid, f.attname, f.named,
       CASE WHEN item.typnamespace = 'pg_catalog'::regnamespace OR item.typname = 'citext'
            THEN item.typname ELSE '' END,
       b.typelem <> 0 AND b.typlen = -1 AND b.typcategory = 'A',
       n.nspname, l.collname,
       coalesce(to_jsonb(l) ->> 'collisdeterministic', 'true')
FROM found f
JOIN pg_catalog.pg_type b ON b.oid = f.base
JOIN pg_catalog.pg_type item ON item.oid =
  CASE WHEN b.typelem <> 0 AND b.typlen = -1 AND b.typcategory = 'A' THEN b.typelem ELSE b.oid END
LEFT JOIN pg_catalog.pg_collation l ON l.oid = f.attcollation AND l.collname <> 'default'
LEFT JOIN pg_catalog.pg_namespace n ON n.oid = l.collnamespace
ORDER BY f.attrelid, f.attnum
"""

_UNICODE_COLLATIONS = """
SELECT collname FROM pg_catalog.pg_collation
WHERE collname IN ('und-x-icu', 'unicode', 'pg_c_utf8', 'C.utf8', 'C.UTF-8', 'en_US.utf8')
  AND collencoding IN (-1, pg_catalog.pg_char_to_encoding(pg_catalog.getdatabaseencoding()))
"""
_PREFERRED = ("und-x-icu", "unicode", "pg_c_utf8", "C.utf8", "C.UTF-8", "en_US.utf8")
_NORMALIZES_FROM = 130000

_TEMPORAL = frozenset({"date", "time", "timetz", "timestamp", "timestamptz", "interval"})
_OBJECTS = frozenset({"json", "jsonb", "xml", ""})


def rows(connection: Connection, query: LiteralString, *values: object) -> list[Texts]:
    """Return all rows of a query about the schema."""
    return list(psycopg.RawCursor(connection).execute(query, values or None).fetchall())


def search_path(connection: Connection, schema: str) -> list[str]:
    """Return the schemas in which a plain name is looked for, in order."""
    found = rows(
        connection,
        "SELECT name FROM unnest(current_schemas(false)) WITH ORDINALITY AS p(name, place)"
        " ORDER BY place",
    )
    return [*([schema] if schema else []), *(name for (name,) in found)]


def find_tables(
    connection: Connection, wanted: Iterable[str], *, path: list[str]
) -> dict[str, Table]:
    """Return those of the ``wanted`` collections that exist, by the name they were wanted by.

    A collection is a plain name, looked for along ``path``, or ``schema.table``.
    """
    names = list(dict.fromkeys(name for name in wanted if "\x00" not in name))
    there = {
        (schema, name): (oid, float(row_bytes), has_row_ids == "t")
        for oid, schema, name, row_bytes, has_row_ids in rows(connection, _RELATIONS, names)
    }
    places: dict[str, tuple[str, str]] = {}
    for name in names:
        candidates = [(schema, name) for schema in path]
        candidates += [place for place in there if ".".join(place) == name]
        place = next((each for each in candidates if each in there), None)
        if place is not None:
            places[name] = place
    columns = _columns(connection, [there[place][0] for place in places.values()])
    return {
        name: Table(
            name=".".join(place),
            sql=f"{quoted(place[0])}.{quoted(place[1])}",
            columns=columns.get(there[place][0], {}),
            row_bytes=int(there[place][1]),
            has_row_ids=there[place][2],
        )
        for name, place in places.items()
    }


def _columns(connection: Connection, tables: list[str]) -> dict[str, dict[str, SourceColumn]]:
    found: dict[str, dict[str, SourceColumn]] = {}
    for table, name, named, kind, is_array, schema, collation, exact in rows(
        connection, _COLUMNS, tables
    ):
        found.setdefault(table, {})[name] = SourceColumn(
            name,
            named,
            kind,
            collation=f"{quoted(schema)}.{quoted(collation)}" if collation else "",
            folds=exact == "false",
            is_array=is_array == "t",
        )
    return found


def other_tables(connection: Connection, tables: Iterable[Table], *, path: list[str]) -> list[str]:
    """Return the tables that are not among ``tables``, in their schemas and along ``path``."""
    known = {table.sql for table in tables}
    schemas = {*path, *(table.name.split(".")[0] for table in tables)}
    return [
        name if schema in path else f"{schema}.{name}"
        for schema, name in rows(connection, _OTHERS, sorted(schemas))
        if f"{quoted(schema)}.{quoted(name)}" not in known
    ]


def dialect(connection: Connection) -> Dialect:
    """Return what this server can do with texts."""
    encoding = connection.info.parameter_status("server_encoding")
    is_utf8 = encoding == "UTF8"
    there = {name for (name,) in rows(connection, _UNICODE_COLLATIONS)}
    if encoding == "SQL_ASCII":  # bytes only: the server would not let ICU near them
        there = set()
    collation = next((name for name in _PREFERRED if name in there), "")
    return Dialect(
        is_utf8=is_utf8,
        unicode_collation=f"pg_catalog.{quoted(collation)}" if collation else "",
        can_normalize=is_utf8 and connection.info.server_version >= _NORMALIZES_FROM,
    )


def fits(mapped: Field, column: SourceColumn) -> bool:
    """Say whether a column can hold what the map says of it."""
    if mapped.column_type:
        return _bare(mapped.column_type) == _bare(column.type)
    if not mapped.data_type:
        return True
    if mapped.is_array != column.is_array and column.kind not in _OBJECTS:
        return False
    kind = column.kind
    numbers_or_objects = NUMBERS | _OBJECTS | {"bool", "bytea", "money"}
    return {
        "string": kind not in numbers_or_objects or kind == "",
        "integer": kind in INTEGERS or kind in {"numeric", "oid"},
        "float": kind in NUMBERS - INTEGERS.keys() or kind == "money",
        "boolean": kind == "bool",
        "object_id": kind in TEXTS | {"bpchar", "uuid", "bytea", CITEXT},
        "object": kind in _OBJECTS,
    }.get(mapped.data_type, True)


def _bare(named: str) -> str:
    return " ".join(named.split()).lower()
