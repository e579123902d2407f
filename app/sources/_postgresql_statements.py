"""How PostgreSQL compares: natively within a family of types, by text across families."""

from __future__ import annotations

import math
import struct
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, override

from app.sources._sql import NOTHING, Operand, SourceColumn, Statements
from app.sources._values import MORE_SPACES, SPACES, digits_of, folded, number_in, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from app.sources._sql import Table

INTEGERS = {"int2": 2**15, "int4": 2**31, "int8": 2**63}
NUMBERS = frozenset({*INTEGERS, "numeric", "float4", "float8"})
TEXTS = frozenset({"text", "varchar"})
CITEXT = "citext"
_OWN_EQUALITY = frozenset(
    {"bpchar", "uuid", "bool", "bytea", "date", "time", "timestamp", "timestamptz", "inet", "oid"}
)
_OTHER_DIGITS = "٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹０１２３４５６７８９"
_NUMERIC_DIGITS = 1000


@dataclass(frozen=True)
class Dialect:
    """What this server can do with texts."""

    is_utf8: bool = True
    unicode_collation: str = ""
    """A collation under which lower() knows every script; empty when the server has none."""
    can_normalize: bool = True


class PostgresqlStatements(Statements):
    """Statements for PostgreSQL."""

    def __init__(self, tables: Mapping[str, Table], *, dialect: Dialect) -> None:
        super().__init__(tables)
        self._dialect = dialect

    @override
    def _placeholder(self, number: int) -> str:
        return f"${number}"

    @override
    def _projection(self, table: Table, columns: Sequence[SourceColumn], *, alias: str) -> str:
        keys: list[str] = []
        tables = [f"{table.sql} AS {alias}"]
        for column in columns:
            operand = self._operand(alias, column)
            if column.is_array:
                item = self._alias()
                tables.append(f"LATERAL unnest({operand.sql}) AS {item}(item)")
                keys.append(f"{item}.item")
            else:
                keys.append(operand.sql)
        return f"SELECT {', '.join(keys)} FROM {' CROSS JOIN '.join(tables)}"  # noqa: S608

    @override
    def _within(
        self,
        ours: Sequence[Operand],
        *,
        part: str,
        theirs: Sequence[SourceColumn],
        rule: Sequence[SourceColumn],
    ) -> str:
        def compare(items: Sequence[Operand]) -> str:
            left: list[str] = []
            right: list[str] = []
            for number, (our, their) in enumerate(zip(items, theirs, strict=True)):
                key = Operand(f"{part}.c{number}", their)
                for side, operand in ((left, our), (right, key)):
                    side.append(_comparable(operand, our.column, their, rule=rule[number]))
            return f"({', '.join(left)}) IN (SELECT {', '.join(right)} FROM {part})"  # noqa: S608

        return self._item_by_item(ours, compare)

    @override
    def _holds(self, ours: Sequence[Operand], *, keys: Sequence[tuple[object, ...]]) -> str:
        fits = [_fitting(our.column.kind) for our in ours]
        fitting: dict[tuple[str, ...], None] = {}
        for key in keys:
            written = tuple(fit(value) for (_, fit), value in zip(fits, key, strict=True))
            whole = tuple(each for each in written if each is not None)
            if len(whole) == len(written):
                fitting[whole] = None
        if not fitting:
            return NOTHING
        lists = [
            f"{self._bind(list(values))}::{cast}[]"
            for (cast, _), values in zip(fits, zip(*fitting, strict=True), strict=True)
        ]

        def compare(items: Sequence[Operand]) -> str:
            left = [_exact(item, cast) for item, (cast, _) in zip(items, fits, strict=True)]
            if len(left) == 1:
                return f"{left[0]} = ANY({lists[0]})"
            return f"({', '.join(left)}) IN (SELECT * FROM unnest({', '.join(lists)}))"  # noqa: S608

        return self._item_by_item(ours, compare)

    @override
    def _email(self, ours: Operand, *, values: Sequence[str]) -> str:
        wanted = sorted({folded(value) for value in values if _is_storable(value)} - {""})
        if not wanted:
            return NOTHING
        spaces = self._bind(SPACES + MORE_SPACES if self._dialect.is_utf8 else SPACES)
        ascii_only = [value for value in wanted if value.isascii()]
        others = [value for value in wanted if not value.isascii()]

        def compare(items: Sequence[Operand]) -> str:
            bare = f"btrim({items[0].sql}::text, {spaces}::text)"
            conditions = []
            if ascii_only:  # under a Turkish collation lower('I') is not i
                lists = f"{self._bind(ascii_only)}::text[]"
                conditions.append(f'lower({bare} COLLATE "C") = ANY({lists})')
            if others:
                lists = f"{self._bind(others)}::text[]"
                conditions.append(f"{self._folded(bare)} = ANY({lists})")
            return " OR ".join(conditions)

        return self._item_by_item([ours], compare)

    def _folded(self, sql: str) -> str:
        collation = self._dialect.unicode_collation
        collated = f"{sql} COLLATE {collation}" if collation else sql
        lowered = f"pg_catalog.lower({collated})"
        return f"normalize({lowered}, NFC)" if self._dialect.can_normalize else lowered

    @override
    def _phone(self, ours: Operand, *, values: Sequence[str]) -> str:
        wanted = sorted({digits_of(value) for value in values} - {""})
        numbers = f"{self._bind(wanted)}::text[]"

        def compare(items: Sequence[Operand]) -> str:
            return f"{self._digits(items[0])} = ANY({numbers})"

        return self._item_by_item([ours], compare)

    def _digits(self, ours: Operand) -> str:
        text = f"{ours.sql}::pg_catalog.text"
        if self._dialect.is_utf8:
            text = f"pg_catalog.translate({text}, '{_OTHER_DIGITS}', '{'0123456789' * 3}')"
        digits = f"pg_catalog.regexp_replace({text}, '[^0-9]', '', 'g')"
        return f'{digits} COLLATE pg_catalog."C"'

    def _item_by_item(
        self, ours: Sequence[Operand], compare: Callable[[Sequence[Operand]], str]
    ) -> str:
        """Compare arrays by their items, anything else as it is."""
        items: list[Operand] = []
        lists: list[str] = []
        for our in ours:
            if our.column.is_array:
                alias = self._alias()
                lists.append(f"unnest({our.sql}) AS {alias}(item)")
                items.append(Operand(f"{alias}.item", our.column))
            else:
                items.append(our)
        condition = compare(items)
        if not lists:
            return condition
        return f"EXISTS (SELECT FROM {' CROSS JOIN '.join(lists)} WHERE {condition})"


def _comparable(
    operand: Operand, our: SourceColumn, their: SourceColumn, *, rule: SourceColumn
) -> str:
    """Return one side of ``our = their`` in a form that both sides have."""
    sql = operand.sql
    native = our.kind == their.kind and our.kind in _OWN_EQUALITY
    if native and our.kind != "bpchar":
        return sql
    if our.kind in NUMBERS and their.kind in NUMBERS:
        return sql
    if not native and not (our.kind in TEXTS and their.kind in TEXTS):
        sql = f"{sql}::text"
    if rule.kind == CITEXT:
        return f"lower({sql})"
    if our.collation or their.collation:
        return f"{sql} COLLATE {rule.collation or '"default"'}"
    return sql


def _exact(operand: Operand, cast: str) -> str:
    kind = operand.column.kind
    as_it_is = kind == cast or (cast == "text" and kind in TEXTS)
    sql = operand.sql if as_it_is else f"{operand.sql}::text"
    return f'{sql} COLLATE "C"' if operand.column.folds else sql


def _fitting(kind: str) -> tuple[str, Callable[[object], str | None]]:
    """Return the type to compare keys in, and what writes a key in it (None: cannot be there)."""
    if kind in INTEGERS:
        limit = INTEGERS[kind]
        return kind, lambda value: _integer(value, limit)
    if kind in NUMBERS:
        return kind, lambda value: _number(value, kind)
    special: dict[str, Callable[[object], str | None]] = {
        "uuid": _uuid,
        "bool": _boolean,
        "bytea": _bytes,
        "bpchar": _text,
    }
    return (kind, special[kind]) if kind in special else ("text", _text)


def _as_number(value: object, *, scaled: bool = False) -> Decimal | None:
    if isinstance(value, str):
        found = number_in(value, scaled=scaled)
        return None if found is None else Decimal(found)
    if isinstance(value, (int, Decimal)):
        return Decimal(value)
    return Decimal(repr(value)) if isinstance(value, float) else None


def _integer(value: object, limit: int) -> str | None:
    number = _as_number(value)
    if number is None or not number.is_finite() or abs(number) > limit:
        return None
    whole = int(number)
    return str(whole) if whole == number and -limit <= whole < limit else None


def _number(value: object, kind: str) -> str | None:
    number = _as_number(value, scaled=kind == "numeric")
    if number is None or not number.is_finite() or abs(number.adjusted()) > _NUMERIC_DIGITS:
        return None
    if kind != "numeric":
        try:
            stored = struct.unpack("f", struct.pack("f", number))[0] if kind == "float4" else number
        except OverflowError:
            return None
        if not math.isfinite(float(stored)) or (number and not float(stored)):
            return None  # the server would refuse it: out of range
    return str(number)


def _uuid(value: object) -> str | None:
    try:
        return str(uuid.UUID(str(value)))
    except ValueError:
        return None


def _boolean(value: object) -> str | None:
    texts = {"t": "t", "true": "t", "1": "t", "f": "f", "false": "f", "0": "f"}
    return texts.get(str(value).lower())


def _bytes(value: object) -> str | None:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return "\\x" + bytes(value).hex()
    try:
        return "\\x" + bytes.fromhex(str(value).removeprefix("\\x")).hex()
    except ValueError:
        return None


def _text(value: object) -> str | None:
    if value is None or isinstance(value, (bytes, bytearray, memoryview)):
        return None
    text = text_of(value)
    return text if _is_storable(text) else None


def _is_storable(text: str) -> bool:
    """Say whether a text of this server can be ``text``: without NUL, of whole characters."""
    if "\x00" in text:
        return False
    return text.isascii() or not any("\ud800" <= each <= "\udfff" for each in text)
