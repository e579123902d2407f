"""How SQLite compares: by affinity, storage class and collation, made exact where it is not."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, override

from app.sources._sql import NOTHING, Operand, SourceColumn, Statements
from app.sources._values import (
    MORE_SPACES,
    SPACES,
    digits_of,
    folded,
    looks_numeric,
    number_in,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from app.sources._sql import Table

TEXT = "text"
NUMBER = "number"
ANY = "any"
"""Kinds of column, by affinity: TEXT; INTEGER, REAL and NUMERIC; BLOB or none."""

BUILT_IN = frozenset({"count", "length", "like", "lower", "trim", "typeof"})
"""The functions of SQLite that our statements call; the authorizer refuses all others."""

type SqliteKey = int | float | str | bytes

_INT64 = range(-(2**63), 2**63)


class SqliteStatements(Statements):
    """Statements for SQLite; ``key_lists`` are the keys that ``sandglass_key`` hands in."""

    def __init__(self, tables: Mapping[str, Table], *, first_list: int = 0) -> None:
        super().__init__(tables)
        self.first_list = first_list
        self.key_lists: list[list[tuple[SqliteKey, ...]]] = []

    @override
    def _placeholder(self, number: int) -> str:
        return f":p{number}"

    @override
    def _within(
        self,
        ours: Sequence[Operand],
        *,
        part: str,
        theirs: Sequence[SourceColumn],
        rule: Sequence[SourceColumn],
    ) -> str:
        left = ", ".join(_collated(our, key.collation) for our, key in zip(ours, rule, strict=True))
        right: list[str] = []
        tables = [part]
        for number, (our, their) in enumerate(zip(ours, theirs, strict=True)):
            key = f"{part}.c{number}"
            if our.column.kind == ANY:
                forms = f"f{number}"
                tables.append(f"(SELECT 0 AS form UNION ALL SELECT 1) AS {forms}")
                right.append(f"CASE {forms}.form WHEN 0 THEN {key} ELSE {_other_form(key)} END")
            elif our.column.kind == NUMBER and their.kind != NUMBER:
                right.append(_as_number(key))
            else:
                right.append(f"+{key}")  # without affinity of its own: the column's decides
        return f"({left}) IN (SELECT {', '.join(right)} FROM {' CROSS JOIN '.join(tables)})"  # noqa: S608

    @override
    def _holds(self, ours: Sequence[Operand], *, keys: Sequence[tuple[object, ...]]) -> str:
        groups: dict[tuple[bool, ...], dict[tuple[SqliteKey, ...], None]] = {}
        kinds = [our.column.kind for our in ours]
        for key in keys:
            for fitting in _fitting(key, kinds):
                broken = tuple(isinstance(each, str) and is_broken(each) for each in fitting)
                groups.setdefault(broken, {})[fitting] = None
        conditions = [
            self._in_list(ours, keys=list(group), broken=broken) for broken, group in groups.items()
        ]
        return " OR ".join(conditions) or NOTHING

    def _in_list(
        self,
        ours: Sequence[Operand],
        *,
        keys: list[tuple[SqliteKey, ...]],
        broken: tuple[bool, ...],
    ) -> str:
        """Compare with keys that a function hands in one by one: any number, every type exact."""
        number = self.first_list + len(self.key_lists)
        self.key_lists.append(keys)
        last = self._bind(len(keys) - 1)
        counter = f"sandglass_{len(self._with)}"
        self._add_part(
            f"SELECT 0 UNION ALL SELECT c0 + 1 FROM {counter} WHERE c0 < {last}",  # noqa: S608
            width=1,
        )
        parts = [f"sandglass_key({number}, c0, {index})" for index in range(len(ours))]
        right = ", ".join(
            f"CAST({part} AS TEXT)" if text else part
            for part, text in zip(parts, broken, strict=True)
        )
        left = ", ".join(_collated(our, "BINARY") for our in ours)
        return f"({left}) IN (SELECT {right} FROM {counter})"  # noqa: S608 - all of it is ours

    @override
    def _email(self, ours: Operand, *, values: Sequence[str]) -> str:
        wanted = sorted({folded(value) for value in values if not is_broken(value)} - {""})
        ascii_only = [self._bind(value) for value in wanted if value.isascii()]
        others = [self._bind(value) for value in wanted if not value.isascii()]
        conditions = []
        if ascii_only:
            spaces = self._bind(SPACES + MORE_SPACES)
            bare = f"lower(trim(CAST({ours.sql} AS TEXT), {spaces}))"
            conditions.append(f"{bare} IN ({', '.join(ascii_only)})")
        if others:  # SQLite's lower() knows ASCII only, so these few go through ours
            fold = f"sandglass_fold(CAST({ours.sql} AS BLOB))"
            conditions.append(f"{_beyond_ascii(ours.sql)} AND {fold} IN ({', '.join(others)})")
        return " OR ".join(conditions) or NOTHING

    @override
    def _phone(self, ours: Operand, *, values: Sequence[str]) -> str:
        cell = ours.sql
        if ours.column.kind != TEXT:
            cell = f"CASE typeof({cell}) WHEN 'real' THEN CAST({cell} AS INTEGER) ELSE {cell} END"
        conditions = []
        for digits in sorted({digits_of(value) for value in values} - {""}):
            # The pattern is quick and lets through every cell with these digits in this order.
            pattern = self._bind("%" + "%".join(digits) + "%")
            likely = f"CAST({cell} AS TEXT) LIKE {pattern} OR {_beyond_ascii(cell)}"
            same = f"sandglass_digits(CAST({cell} AS BLOB)) = {self._bind(digits)}"
            conditions.append(f"(({likely}) AND {same})")
        return " OR ".join(conditions) or NOTHING


def number_or_text(cell: bytes | None) -> int | float | str | None:
    """Return a text as a column of numbers may hold it, or None when it may hold it as no other.

    Called from SQL as ``sandglass_number``.
    """
    if cell is None:
        return None
    try:
        text = cell.decode()
    except UnicodeDecodeError:
        return None
    fitting = _as_stored(text, NUMBER)
    return fitting[0] if fitting and not isinstance(fitting[0], bytes) else None


def fold_cell(cell: bytes | None) -> str | None:
    """Return an e-mail address as it is compared; called from SQL as ``sandglass_fold``."""
    return None if cell is None else folded(cell.decode("utf-8", "replace"))


def digits_of_cell(cell: bytes | None) -> str | None:
    """Return a phone number's digits; called from SQL as ``sandglass_digits``."""
    return None if cell is None else digits_of(cell.decode("utf-8", "replace"))


def _collated(operand: Operand, collation: str) -> str:
    if operand.column.kind == NUMBER:
        return operand.sql  # an explicit collation would keep its index from being used
    return f'{operand.sql} COLLATE "{collation or "BINARY"}"'


def _as_number(key: str) -> str:
    return (
        f"CASE typeof({key}) WHEN 'text' THEN sandglass_number(CAST({key} AS BLOB)) ELSE {key} END"
    )


def _other_form(key: str) -> str:
    return (
        f"CASE typeof({key}) WHEN 'integer' THEN CAST({key} AS TEXT)"
        f" WHEN 'text' THEN sandglass_number(CAST({key} AS BLOB)) END"
    )


def _beyond_ascii(cell: str) -> str:
    return f"length(CAST({cell} AS BLOB)) <> length(CAST({cell} AS TEXT))"


def is_broken(text: str) -> bool:
    """Say whether a text was not valid UTF-8 where it came from."""
    return not text.isascii() and any("\ud800" <= each <= "\udfff" for each in text)


def _is_whole(character: str) -> bool:
    """Say whether a character stands for itself or for a byte that was not UTF-8."""
    return not "\ud800" <= character <= "\udfff" or "\udc80" <= character <= "\udcff"


def _fitting(key: tuple[object, ...], kinds: Sequence[str]) -> Iterator[tuple[SqliteKey, ...]]:
    """Yield ``key`` in each form in which columns of these kinds may hold it."""
    found: list[tuple[SqliteKey, ...]] = [()]
    for value, kind in zip(key, kinds, strict=True):
        found = [(*head, form) for head in found for form in _as_stored(value, kind)]
    yield from found


def _as_stored(value: object, kind: str) -> tuple[SqliteKey, ...]:
    if value is None:
        return ()
    if isinstance(value, (bytes, bytearray, memoryview)):
        return (bytes(value),)
    if isinstance(value, (bool, int, float, Decimal)):
        number = _storable(value)
        as_text = (text_of(value),)
        return as_text if kind == TEXT else number if kind == NUMBER else number + as_text
    return _text_as_stored(text_of(value), kind)


def _text_as_stored(text: str, kind: str) -> tuple[SqliteKey, ...]:
    if is_broken(text) and not all(_is_whole(each) for each in text):
        return ()
    if kind == TEXT:
        return (text,)
    found = number_in(text)
    number = () if found is None else _storable(found)
    if kind == NUMBER:
        return number or (() if looks_numeric(text) else (text,))
    return (text, *number)


def _storable(number: float | Decimal) -> tuple[SqliteKey, ...]:
    """Return a number as SQLite can store it, or nothing: it cannot be there then."""
    if isinstance(number, int):
        return (int(number),) if number in _INT64 else ()
    if isinstance(number, Decimal) and number.is_finite() and number == number.to_integral_value():
        return _storable(int(number)) if number.adjusted() < 19 else ()  # noqa: PLR2004 - int64
    return () if math.isnan(number) else (float(number),)
