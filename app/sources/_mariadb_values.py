"""MariaDB's own texts and bytes as plain values, where Python can hold them without loss."""

from __future__ import annotations

import re
import struct
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING

from app.sources._mariadb_statements import BINARIES, INTEGERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from app.ports.sources import Batch, Cell
    from app.sources._mariadb_wire import Texts

_WORD = re.compile(r"[a-z0-9]+")
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"\d\d:\d\d:\d\d(?:\.\d{1,6})?", re.ASCII)
_MOST_DIGITS = 9


def kind_of(column_type: str) -> str:
    """Return the kind of a type as the server writes it, ``int`` of ``int(11) unsigned``."""
    found = _WORD.match(column_type.lower())
    return found.group() if found else ""


def cells(rows: list[Texts], kinds: Iterable[str]) -> Batch:
    """Return rows with their texts as texts, and as bytes what is none."""
    columns = [
        list(column) if kind in BINARIES or kind == "bit" else _texts(column)
        for kind, column in zip(kinds, zip(*rows, strict=True), strict=True)
    ]
    return list(zip(*columns, strict=True))


def _texts(column: tuple[bytes | None, ...]) -> list[str | None]:
    try:
        return [None if cell is None else cell.decode() for cell in column]
    except UnicodeDecodeError:
        return [None if cell is None else keep_broken(cell) for cell in column]


def keep_broken(text: bytes) -> str:
    """Return a text of which no byte is lost, even if it is not valid UTF-8."""
    return text.decode("utf-8", "surrogateescape")


def decode(column_type: str, cell: Cell) -> object:
    """Return what a cell of ``column_type`` (as ``COLUMN_TYPE`` has it) says.

    What Python cannot hold exactly stays text: dates with zeros, times that are no time of day,
    JSON with its spelling. Geometries are the server's bytes.
    """
    read = _READERS.get(kind_of(column_type))
    if cell is None or read is None:
        return cell
    try:
        return read(cell)
    except (ValueError, ArithmeticError, TypeError):
        return cell


def _number(cell: Cell) -> object:
    return Decimal(str(cell))


def _integer(cell: Cell) -> object:
    return int(str(cell))


def _bits(cell: Cell) -> object:
    return int.from_bytes(cell) if isinstance(cell, bytes) else cell


def _double(cell: Cell) -> object:
    return float(str(cell))


def _float(cell: Cell) -> object:
    """Return the shortest number that is this one in single precision: 0.1, not 0.10000000149."""
    exact = float(str(cell))
    single = struct.pack("f", exact)
    tries = (float(f"{exact:.{digits}g}") for digits in range(1, _MOST_DIGITS))
    return next((each for each in tries if _is_single(each, single)), exact)


def _is_single(number: float, single: bytes) -> bool:
    try:
        return struct.pack("f", number) == single
    except OverflowError:
        return False


def _date(cell: Cell) -> object:
    text = str(cell)
    return date.fromisoformat(text) if _DATE.fullmatch(text) else cell


def _time(cell: Cell) -> object:
    text = str(cell)
    return time.fromisoformat(text) if _TIME.fullmatch(text) else cell


def _datetime(cell: Cell) -> object:
    text = str(cell)
    day, _, clock = text.partition(" ")
    whole = _DATE.fullmatch(day) and _TIME.fullmatch(clock)
    return datetime.fromisoformat(text) if whole else cell


def _timestamp(cell: Cell) -> object:
    found = _datetime(cell)
    return found.replace(tzinfo=UTC) if isinstance(found, datetime) else cell


_READERS: dict[str, Callable[[Cell], object]] = {
    **dict.fromkeys(INTEGERS, _integer),
    "bit": _bits,
    "year": _integer,
    "decimal": _number,
    "float": _float,
    "double": _double,
    "date": _date,
    "time": _time,
    "datetime": _datetime,
    "timestamp": _timestamp,
}
