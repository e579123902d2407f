"""From a selection to the one statement that reads it; what all SQL sources share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.domain.errors import SourceError
from app.domain.plan import Follows, Holds, Matches, Selection

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from app.ports.sources import Capability

EMAIL_KINDS = frozenset({"email"})
PHONE_KINDS = frozenset({"phone", "phone_number"})

NOTHING = "1 = 0"
"""A condition without any way in must select no row, never all of them."""


@dataclass(frozen=True)
class SourceColumn:
    """A column as the source has it: ``type`` in its own words, ``kind`` as we compare it."""

    name: str
    type: str
    kind: str
    collation: str = ""
    """The collation, where it is not the database's own (in SQLite: of columns with texts)."""
    folds: bool = False
    """Whether that collation takes different texts for equal."""
    is_array: bool = False


@dataclass(frozen=True)
class Table:
    """A table or view as the source has it; ``sql`` is its full, quoted name."""

    name: str
    sql: str
    columns: Mapping[str, SourceColumn]
    row_bytes: int = 0
    """About how wide a stored row is; 0 when unknown."""
    folds_case: bool = False
    """Whether names are found without regard to the case of ASCII letters."""
    is_readable: bool = True
    has_row_ids: bool = False
    """Whether each row knows its place (PostgreSQL: ``ctid``), which is never NULL."""

    def find(self, name: str) -> SourceColumn | None:
        """Return the column called ``name``, or None."""
        column = self.columns.get(name)
        if column is None and self.folds_case:
            wanted = folded_name(name)
            columns = self.columns.values()
            column = next((each for each in columns if folded_name(each.name) == wanted), None)
        return column


@dataclass(frozen=True)
class Operand:
    """One side of a comparison: an SQL expression and the column that it reads."""

    sql: str
    column: SourceColumn


@dataclass
class Statement:
    """SQL text with its bound values, in the order of their numbers from 1."""

    sql: str
    values: list[object] = field(default_factory=list)


def folded_name(name: str) -> str:
    """Return ``name`` with its ASCII letters small; other letters differ by case."""
    return name.encode("utf-8", "surrogateescape").lower().decode("utf-8", "surrogateescape")


def quoted(name: str) -> str:
    """Return ``name`` as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def require(capability: Capability, selection: Selection) -> None:
    """Refuse a selection that hands over or compares what the capability does not name."""
    _require(capability.disclosed, selection.collection, names=selection.fields)
    require_comparable(capability, selection)


def require_comparable(
    capability: Capability, selection: Selection, *, names: Iterable[str] = ()
) -> None:
    """Refuse a selection whose fields (and ``names``) may not even be compared."""
    both = {
        collection: capability.disclosed.get(collection, frozenset())
        | capability.joined.get(collection, frozenset())
        for collection in (*capability.disclosed, *capability.joined)
    }
    _require(both, selection.collection, names=names)
    for way in selection.ways:
        _require(both, selection.collection, names=_fields_of(way))
        if isinstance(way, Follows):
            require_comparable(capability, way.parent, names=[their for their, _ in way.pairs])


def _require(
    granted: Mapping[str, frozenset[str]], collection: str, *, names: Iterable[str]
) -> None:
    allowed = granted.get(collection)
    if allowed is None:
        raise SourceError("source.not_granted", collection=collection, field="")
    for name in names:
        if name not in allowed:
            raise SourceError("source.not_granted", collection=collection, field=name)


def _fields_of(way: Matches | Holds | Follows) -> tuple[str, ...]:
    if isinstance(way, Matches):
        return (way.field,)
    return way.fields if isinstance(way, Holds) else tuple(ours for _, ours in way.pairs)


class Statements(ABC):
    """Builds one statement over ``tables``; each engine says how it compares.

    Every column is written with its table's alias and every table with its schema: a bare name
    could mean another table's column, a CTE, or (in SQLite) a text.
    """

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self._tables = tables
        self._values: list[object] = []
        self._parts: dict[Selection, str] = {}
        self._with: list[str] = []
        self._aliases = 0

    def rows(self, selection: Selection) -> Statement:
        """Return the statement that reads ``selection``, each of its rows once."""
        body = self._select(selection)
        return Statement(self._preamble() + body, self._values)

    def shared(
        self, selection: Selection, holder: Selection, *, pairs: Sequence[tuple[str, str]]
    ) -> Statement:
        """Return the statement that counts the rows of ``selection`` that others point to."""
        ours = tuple(our for _, our in pairs)
        part = self._part(Selection(selection.collection, ours, selection.ways))
        mine = list(self._columns(selection.collection, ours))
        theirs, others = self._others(holder, pairs=pairs, part=part, mine=mine)
        table, alias = self._table(selection.collection), self._alias()
        pointed_to = self._within(
            [self._operand(alias, column) for column in mine], part=others, theirs=theirs, rule=mine
        )
        condition = self._condition(selection, alias=alias)
        body = (
            f"SELECT count(*) FROM {table.sql} AS {alias}"  # noqa: S608 - names are quoted
            f" WHERE ({condition}) AND ({pointed_to})"
        )
        return Statement(self._preamble() + body, self._values)

    def _others(
        self,
        holder: Selection,
        *,
        pairs: Sequence[tuple[str, str]],
        part: str,
        mine: list[SourceColumn],
    ) -> tuple[list[SourceColumn], str]:
        """Add the part with the keys of the holder's rows that point here and are not its own."""
        table, alias = self._table(holder.collection), self._alias()
        theirs = list(self._columns(holder.collection, [their for their, _ in pairs]))
        points_here = self._within(
            [self._operand(alias, column) for column in theirs], part=part, theirs=mine, rule=mine
        )
        own = self._condition(holder, alias=alias)
        name = self._add_part(
            self._projection(table, theirs, alias=alias)
            + f" WHERE ({points_here}) AND ({own}) IS NOT TRUE",
            width=len(theirs),
        )
        return theirs, name

    def _select(self, selection: Selection) -> str:
        table, alias = self._table(selection.collection), self._alias()
        columns = self._columns(selection.collection, selection.fields)
        shown = ", ".join(self._shown(self._operand(alias, each)) for each in columns)
        condition = self._condition(selection, alias=alias)
        return f"SELECT {shown} FROM {table.sql} AS {alias} WHERE {condition}"  # noqa: S608

    def _part(self, selection: Selection) -> str:
        """Return the name of the part (CTE) that holds the keys of ``selection``."""
        if selection not in self._parts:
            table, alias = self._table(selection.collection), self._alias()
            columns = list(self._columns(selection.collection, selection.fields))
            condition = self._condition(selection, alias=alias)
            body = f"{self._projection(table, columns, alias=alias)} WHERE {condition}"
            self._parts[selection] = self._add_part(body, width=len(columns))
        return self._parts[selection]

    def _add_part(self, body: str, *, width: int) -> str:
        name = f"sandglass_{len(self._with)}"
        names = ", ".join(f"c{number}" for number in range(width))
        self._with.append(f"{name}({names}) AS ({body})")
        return name

    def _preamble(self) -> str:
        return f"WITH {', '.join(self._with)} " if self._with else ""

    def _condition(self, selection: Selection, *, alias: str) -> str:
        ways = [self._way(way, selection.collection, alias=alias) for way in selection.ways]
        return " OR ".join(f"({way})" for way in ways) or NOTHING

    def _way(self, way: Matches | Holds | Follows, collection: str, *, alias: str) -> str:
        columns = self._columns(collection, _fields_of(way))
        ours = [self._operand(alias, column) for column in columns]
        if isinstance(way, Follows):
            theirs = tuple(their for their, _ in way.pairs)
            parent = Selection(way.parent.collection, theirs, way.parent.ways)
            columns_there = list(self._columns(parent.collection, theirs))
            part = self._part(parent)
            return self._within(ours, part=part, theirs=columns_there, rule=columns_there)
        if isinstance(way, Holds):
            return self._holds(ours, keys=way.keys) if way.keys else NOTHING
        if way.kind in EMAIL_KINDS:
            return self._email(ours[0], values=way.values)
        if way.kind in PHONE_KINDS:
            return self._phone(ours[0], values=way.values)
        return self._holds(ours, keys=[(value,) for value in way.values])

    def _table(self, collection: str) -> Table:
        table = self._tables.get(collection)
        if table is None:
            raise SourceError("source.changed", collection=collection, field="")
        if not table.is_readable:
            raise SourceError("source.unsupported", collection=collection)
        return table

    def _columns(self, collection: str, names: Iterable[str]) -> Iterator[SourceColumn]:
        table = self._table(collection)
        for name in names:
            column = table.find(name)
            if column is None:
                raise SourceError("source.changed", collection=collection, field=name)
            yield column

    def _operand(self, alias: str, column: SourceColumn) -> Operand:
        return Operand(f"{alias}.{quoted(column.name)}", column)

    def _alias(self) -> str:
        self._aliases += 1
        return f"t{self._aliases}"

    def _bind(self, value: object) -> str:
        self._values.append(value)
        return self._placeholder(len(self._values))

    def _shown(self, operand: Operand) -> str:
        """Return the expression that hands over a column; as it is unless an engine must."""
        return operand.sql

    def _projection(self, table: Table, columns: Sequence[SourceColumn], *, alias: str) -> str:
        """Return SELECT … FROM … of a part's keys."""
        keys = ", ".join(self._operand(alias, column).sql for column in columns)
        return f"SELECT {keys} FROM {table.sql} AS {alias}"  # noqa: S608 - names are quoted

    @abstractmethod
    def _placeholder(self, number: int) -> str:
        """Return how the bound value with this number is written."""

    @abstractmethod
    def _within(
        self,
        ours: Sequence[Operand],
        *,
        part: str,
        theirs: Sequence[SourceColumn],
        rule: Sequence[SourceColumn],
    ) -> str:
        """Compare with the columns c0, c1, … of ``part``, which hold ``theirs``.

        ``rule`` are the columns whose collation decides what is equal: those of the key, as a
        foreign key has it.
        """

    @abstractmethod
    def _holds(self, ours: Sequence[Operand], *, keys: Sequence[tuple[object, ...]]) -> str:
        """Compare exactly with keys that came from outside."""

    @abstractmethod
    def _email(self, ours: Operand, *, values: Sequence[str]) -> str:
        """Compare without case and outer spaces."""

    @abstractmethod
    def _phone(self, ours: Operand, *, values: Sequence[str]) -> str:
        """Compare by digits."""
