"""How MariaDB compares: by a column's own collation to use its index, and exactly besides.

Most collations take ``abc``, ``ABC`` and ``abc `` for one key; they are three people's.
"""

from __future__ import annotations

import math
import re
import struct
import unicodedata
import uuid
from decimal import Decimal
from functools import cache
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING, override

from app.sources._mariadb_wire import literal
from app.sources._sql import NOTHING, Operand, SourceColumn, Statements
from app.sources._values import MORE_SPACES, SPACES, digits_of, folded, number_in, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

INTEGERS = {"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "bigint": 64, "bit": 64}
NUMBERS = frozenset({*INTEGERS, "decimal", "float", "double", "year"})
TEXTS = frozenset(
    {"char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set", "json"}
)
BINARIES = frozenset(
    {
        "binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob",
        "geometry", "point", "linestring", "polygon", "multipoint", "multilinestring",
        "multipolygon", "geometrycollection",
    }
)  # fmt: skip

EXACT = "utf8mb4_nopad_bin"
"""The collation under which only the same characters are equal, spaces at the end too."""

_EVERY_ROW = "LIMIT 18446744073709551615"
_LONGEST_EMAIL = 1000
_LONGEST_PHONE = 100
_IN_ONE_PATTERN = 20


def quoted(name: str) -> str:
    """Return ``name`` as a quoted identifier, in every SQL mode."""
    return "`" + name.replace("`", "``") + "`"


class MariadbStatements(Statements):
    """Statements for MariaDB, with their values written in them."""

    @override
    def _operand(self, alias: str, column: SourceColumn) -> Operand:
        return Operand(f"{alias}.{quoted(column.name)}", column)

    @override
    def _placeholder(self, number: int) -> str:
        return literal(self._values[number - 1])

    @override
    def _bind(self, value: object) -> str:
        return literal(value)

    @override
    def _shown(self, operand: Operand) -> str:
        """Return the column; a float as the double that it is: the server rounds it otherwise."""
        if operand.column.kind == "float":
            return f"CAST({operand.sql} AS DOUBLE)"
        return operand.sql

    @override
    def _add_part(self, body: str, *, width: int) -> str:
        # The limit keeps parts apart: merged into one join they are soon too many tables for it.
        return super()._add_part(f"{body} {_EVERY_ROW}", width=width)

    @override
    def _within(
        self,
        ours: Sequence[Operand],
        *,
        part: str,
        theirs: Sequence[SourceColumn],
        rule: Sequence[SourceColumn],
    ) -> str:
        left: list[str] = []
        right: list[str] = []
        for number, (our, their) in enumerate(zip(ours, theirs, strict=True)):
            key = Operand(f"{part}.c{number}", their)
            for mine, other in _comparisons(our, key):
                left.append(mine)
                right.append(other)
        return f"({', '.join(left)}) IN (SELECT {', '.join(right)} FROM {part})"  # noqa: S608

    @override
    def _holds(self, ours: Sequence[Operand], *, keys: Sequence[tuple[object, ...]]) -> str:
        fits = [_fitting(our.column) for our in ours]
        fitting: dict[tuple[object, ...], None] = {}
        for key in keys:
            written = tuple(fit(value) for fit, value in zip(fits, key, strict=True))
            if all(each is not None for each in written):
                fitting[written] = None
        if not fitting:
            return NOTHING
        exact = _listed([_exact(our) for our in ours], list(fitting))
        by_index = [
            f"{our.sql} IN ({', '.join(map(literal, dict.fromkeys(values)))})"
            for our, values in zip(ours, zip(*fitting, strict=True), strict=True)
            if our.column.kind in TEXTS and _suit(our.column, values)
        ]
        return " AND ".join([*by_index, exact])

    @override
    def _email(self, ours: Operand, *, values: Sequence[str]) -> str:
        wanted = {folded(value) for value in values if _is_storable(value)} - {""}
        patterns = [_email_pattern(each) for each in sorted(wanted) if len(each) <= _LONGEST_EMAIL]
        return _matching(ours, patterns, around=f"[{SPACES}{MORE_SPACES}]*+")

    @override
    def _phone(self, ours: Operand, *, values: Sequence[str]) -> str:
        wanted = sorted({digits_of(value) for value in values} - {""})
        between = r"\P{Nd}*+"
        patterns = [
            between.join(f"[{_digits()[digit]}]" for digit in each)
            for each in wanted
            if len(each) <= _LONGEST_PHONE
        ]
        return _matching(ours, patterns, around=between)


def _matching(ours: Operand, patterns: list[str], *, around: str) -> str:
    """Match whole cells; the server neither trims more than spaces nor knows composed letters."""
    text = f"CONVERT({_as_text(ours)} USING utf8mb4) COLLATE {EXACT}"
    conditions = []
    for start in range(0, len(patterns), _IN_ONE_PATTERN):
        either = "|".join(patterns[start : start + _IN_ONE_PATTERN])
        pattern = literal(rf"\A{around}(?:{either}){around}\z")
        conditions.append(f"{text} REGEXP {pattern}")
    return " OR ".join(conditions) or NOTHING


def _email_pattern(wanted: str) -> str:
    return "".join(_either_case(each, ascii_only=wanted.isascii()) for each in wanted)


@cache
def _either_case(letter: str, *, ascii_only: bool) -> str:
    """Return a pattern of everything that ``folded`` makes ``letter`` of."""
    forms = {letter, letter.upper()} if ascii_only else {letter, *_capitals().get(letter, ())}
    forms |= {unicodedata.normalize("NFD", form) for form in forms}
    return "(?:" + "|".join(sorted(map(re.escape, forms))) + ")"


@cache
def _capitals() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for number in range(0x110000):
        letter = chr(number)
        if (small := letter.lower()) != letter:
            found.setdefault(small, set()).add(letter)
    return found


@cache
def _digits() -> dict[str, str]:
    """Return the characters of all scripts for each digit."""
    found = dict.fromkeys("0123456789", "")
    for number in range(0x110000):
        digit = digits_of(chr(number))
        if digit:
            found[digit] += chr(number)
    return found


def _comparisons(our: Operand, key: Operand) -> list[tuple[str, str]]:
    """Return the pairs that are all equal where ``our = key``: for the index, and exactly."""
    mine, their = our.column.kind, key.column.kind
    if mine in TEXTS and their in TEXTS:
        exact = (exact_text(our), exact_text(key))
        return [(our.sql, _collated_like(our.column, key)), exact]
    if mine in BINARIES or their in BINARIES:
        return [(_bytes_of(our), _bytes_of(key))]
    if mine == their or (mine in NUMBERS and their in NUMBERS):
        return [(our.sql, key.sql)]
    return [(exact_text(our), exact_text(key))]


def _collated_like(column: SourceColumn, key: Operand) -> str:
    if column.collation == key.column.collation:
        return key.sql
    charset = column.collation.partition("_")[0]
    return f"CONVERT({key.sql} USING {charset}) COLLATE {column.collation}"


def _as_text(operand: Operand) -> str:
    kind = operand.column.kind
    if kind in TEXTS or kind in BINARIES:
        return operand.sql
    if kind in INTEGERS:  # a bit is no digit, and zerofill adds some
        return f"CAST({operand.sql} + 0 AS CHAR)"
    return f"CAST({operand.sql} AS CHAR)"


def exact_text(operand: Operand) -> str:
    """Return a value as text that equals only itself."""
    is_whole = operand.column.collation.startswith("utf8mb4_") or operand.column.kind not in TEXTS
    text = _as_text(operand)
    return f"{text if is_whole else f'CONVERT({text} USING utf8mb4)'} COLLATE {EXACT}"


def _bytes_of(operand: Operand) -> str:
    if operand.column.kind in BINARIES:
        return f"CAST({operand.sql} AS BINARY)" if _is_shape(operand.column) else operand.sql
    return f"CAST(CONVERT({_as_text(operand)} USING utf8mb4) AS BINARY)"


def _is_shape(column: SourceColumn) -> bool:
    return not column.kind.endswith(("binary", "blob"))


def _exact(our: Operand) -> str:
    kind = our.column.kind
    if kind in BINARIES:
        return _bytes_of(our)
    return our.sql if kind in NUMBERS or kind in _SPECIAL else exact_text(our)


def _listed(parts: list[str], keys: list[tuple[object, ...]]) -> str:
    if len(parts) == 1:
        return f"{parts[0]} IN ({', '.join(literal(key) for (key,) in keys)})"
    lists = (f"({', '.join(map(literal, key))})" for key in keys)
    return f"({', '.join(parts)}) IN ({', '.join(lists)})"


def _suit(column: SourceColumn, values: Sequence[object]) -> bool:
    """Say whether a column can be compared with texts in its own character set."""
    charset = column.collation.partition("_")[0]
    highest = {"utf8mb4": 0x10FFFF, "utf8mb3": 0xFFFF}.get(charset, 0x7F)
    return all(ord(max(str(value), default="a")) <= highest for value in values)


def _fitting(column: SourceColumn) -> Callable[[object], object]:
    """Return what writes a key as the column may hold it (None: cannot be there)."""
    kind = column.kind
    if kind in INTEGERS:
        bits = INTEGERS[kind]
        is_unsigned = "unsigned" in column.type or kind == "bit"
        allowed = range(2**bits) if is_unsigned else range(-(2 ** (bits - 1)), 2 ** (bits - 1))
        return lambda value: _integer(value, allowed)
    if kind in NUMBERS:
        return lambda value: _number(value, kind)
    if kind in BINARIES:
        return _bytes
    return _SPECIAL.get(kind, _text)


def _as_number(value: object, *, scaled: bool = False) -> Decimal | None:
    if isinstance(value, str):
        found = number_in(value, scaled=scaled)
        return None if found is None else Decimal(found)
    if isinstance(value, (int, Decimal)):
        return Decimal(value)
    if isinstance(value, bytes):
        return Decimal(int.from_bytes(value))
    return Decimal(repr(value)) if isinstance(value, float) else None


def _integer(value: object, allowed: range) -> int | None:
    number = _as_number(value)
    if number is None or not number.is_finite() or number.adjusted() > len(str(allowed.stop)):
        return None
    whole = int(number)
    return whole if whole == number and whole in allowed else None


def _number(value: object, kind: str) -> Decimal | float | None:
    number = None if isinstance(value, bytes) else _as_number(value, scaled=kind == "decimal")
    if number is None or not number.is_finite():
        return None
    if kind not in {"float", "double"}:
        _, digits, exponent = number.as_tuple()
        most = 65
        return number if len(digits) <= most and -most <= int(exponent) <= most else None
    try:
        stored = struct.unpack("f", struct.pack("f", number))[0] if kind == "float" else number
    except OverflowError:
        return None
    found = float(stored)
    return found if math.isfinite(found) and (found or not number) else None


def _uuid(value: object) -> str | None:
    try:
        return str(uuid.UUID(str(value)))
    except ValueError:
        return None


def _address(value: object, kind: type[IPv4Address | IPv6Address]) -> str | None:
    try:
        return str(kind(str(value)))
    except ValueError:
        return None


_SPECIAL: dict[str, Callable[[object], object]] = {
    "uuid": _uuid,
    "inet4": lambda value: _address(value, IPv4Address),
    "inet6": lambda value: _address(value, IPv6Address),
}


def _bytes(value: object) -> bytes | None:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    text = _text(value)
    return None if text is None else text.encode()


def _text(value: object) -> str | None:
    if value is None or isinstance(value, (bytes, bytearray, memoryview)):
        return None
    text = text_of(value)
    return text if _is_storable(text) else None


def _is_storable(text: str) -> bool:
    """Say whether a text is of whole characters."""
    return text.isascii() or not any("\ud800" <= each <= "\udfff" for each in text)
