"""The kinds of column that tables are made of, the same on every engine."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from enum import Enum, IntEnum
from typing import TYPE_CHECKING, Any, override

from sqlalchemy import BigInteger, Column, Computed, DateTime, Integer, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

from app.domain.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Dialect
    from sqlalchemy.sql.compiler import DDLCompiler, SQLCompiler
    from sqlalchemy.sql.schema import SchemaItem
    from sqlalchemy.types import TypeEngine

Number = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit number; as a primary key it is SQLite's own row number."""


def is_storable(text: str) -> bool:
    """Say whether every engine keeps ``text`` as it is: no NUL, no half of a surrogate pair."""
    if "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def must_be_storable(value: object) -> None:
    """Raise ``InputError("text.not_storable")`` for a text in ``value`` that is not."""
    if isinstance(value, str):
        if not is_storable(value):
            raise InputError("text.not_storable")
    elif isinstance(value, dict):
        for key, inner in value.items():
            must_be_storable(key)
            must_be_storable(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            must_be_storable(inner)


class Words(TypeDecorator[str]):
    """Text that comes back exactly as it was given, or is refused."""

    impl = Text
    cache_ok = True

    @override
    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        must_be_storable(value)
        return value


class Moment(TypeDecorator[datetime]):
    """A time in UTC, to the microsecond."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("a time without a time zone is no moment")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    @override
    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        found: datetime = value
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


class Choice(TypeDecorator[Enum]):
    """A member of an enumeration, stored as its value."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: type[Enum]) -> None:
        super().__init__()
        self.kind = kind

    @override
    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Integer() if issubclass(self.kind, IntEnum) else Text())

    @override
    def process_bind_param(self, value: Enum | None, dialect: Dialect) -> Any | None:
        return None if value is None else self.kind(value).value

    @override
    def process_result_value(self, value: Any | None, dialect: Dialect) -> Enum | None:
        return None if value is None else self.kind(value)


class Document(TypeDecorator[Any]):
    """A small structure as JSON text; ``write`` makes plain data of it and ``read`` undoes that."""

    impl = Text
    cache_ok = True

    def __init__(self, write: Callable[[Any], object], read: Callable[[Any], object]) -> None:
        super().__init__()
        self.write = write
        self.read = read

    @override
    def process_bind_param(self, value: Any | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        data = self.write(value)
        must_be_storable(data)
        return json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True)

    @override
    def process_result_value(self, value: Any | None, dialect: Dialect) -> object:
        return None if value is None else self.read(json.loads(value))


def names() -> Document:
    """Return the type of a tuple of texts."""
    return Document(list, tuple)


class Fact(Computed):
    """A column that the engine takes from the JSON in ``line``, so that both always agree.

    PostgreSQL (before 18) can only store it; SQLite need not.
    """

    inherit_cache = False

    def __init__(self, name: str) -> None:
        super().__init__("")
        self.name = name


@compiles(Fact, "sqlite")
def _in_sqlite(fact: Fact, _compiler: DDLCompiler, **_: object) -> str:
    return f"GENERATED ALWAYS AS (json_extract(line, '$.{fact.name}')) VIRTUAL"


@compiles(Fact, "postgresql")
def _in_postgresql(fact: Fact, _compiler: DDLCompiler, **_: object) -> str:
    # A line may hold the escape of a NUL, and no text of the server's can: it looks at a copy.
    line = r"replace(line, '\u0000', '\ufffd')"
    return f"GENERATED ALWAYS AS (({line}::json ->> '{fact.name}')) STORED"


class place_of(FunctionElement[int]):  # noqa: N801 - it is called as a function
    """Where a text stands in another, exactly so; 0 where it does not."""

    name = "place_of"
    inherit_cache = True
    type = Integer()


@compiles(place_of, "sqlite")
def _place_in_sqlite(call: place_of, compiler: SQLCompiler, **more: object) -> str:
    return f"instr({compiler.process(call.clauses, **more)})"


@compiles(place_of, "postgresql")
def _place_in_postgresql(call: place_of, compiler: SQLCompiler, **more: object) -> str:
    return f"strpos({compiler.process(call.clauses, **more)})"


def needed(
    name: str, kind: TypeEngine[Any] | type[TypeEngine[Any]], *more: SchemaItem
) -> Column[Any]:
    """Return a column that always has a value."""
    return Column(name, kind, *more, nullable=False)


def optional(name: str, kind: TypeEngine[Any] | type[TypeEngine[Any]]) -> Column[Any]:
    """Return a column that may be empty."""
    return Column(name, kind, nullable=True)


def key(name: str, kind: TypeEngine[Any] | type[TypeEngine[Any]], *more: SchemaItem) -> Column[Any]:
    """Return a column of the primary key whose value is given, not made up by the engine."""
    return Column(name, kind, *more, primary_key=True, autoincrement=False)


def made_up_key() -> Column[Any]:
    """Return the column ``id``, counted by the engine."""
    return Column("id", Number, primary_key=True, autoincrement=True)
