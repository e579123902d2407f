"""PostgreSQL's own texts as plain values, where Python can hold them without loss."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.ports.sources import Cell

_MODIFIER = re.compile(r"\([^)]*\)")
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"\d\d:\d\d:\d\d(?:\.\d{1,6})?", re.ASCII)
_TIME_WITH_ZONE = re.compile(_TIME.pattern + r"[+-]\d\d(?::\d\d){0,2}", re.ASCII)
_ARRAY_PART = re.compile(r'"((?:[^"\\]|\\.)*)"|([{},])|([^{},"]+)', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_NULL = "NULL"


def decode(column_type: str, cell: Cell) -> object:
    """Return what a cell of ``column_type`` (as ``format_type`` writes it) says.

    What Python cannot hold exactly stays text: infinity, 24:00, years before 1 and after 9999,
    intervals, JSON with its spelling, ranges, composites, arrays with bounds of their own.
    """
    if not isinstance(cell, str):
        return cell
    if column_type.endswith("[]"):
        return _array(_MODIFIER.sub("", column_type[:-2]), cell)
    return _plain(_MODIFIER.sub("", column_type), cell)


def _plain(bare_type: str, text: str) -> object:
    read = _READERS.get(bare_type)
    if read is None:
        return text
    try:
        return read(text)
    except (ValueError, ArithmeticError):
        return text


def _boolean(text: str) -> object:
    return {"t": True, "f": False}.get(text, text)


def _number(text: str) -> object:
    # Decimal() keeps what it is given; it would also read texts that no server writes.
    return Decimal(text)


def _date(text: str) -> object:
    return date.fromisoformat(text) if _DATE.fullmatch(text) else text


def _time(text: str) -> object:
    return time.fromisoformat(text) if _TIME.fullmatch(text) else text


def _time_with_zone(text: str) -> object:
    return time.fromisoformat(text) if _TIME_WITH_ZONE.fullmatch(text) else text


def _timestamp(text: str) -> object:
    day, _, clock = text.partition(" ")
    whole = _DATE.fullmatch(day) and _TIME.fullmatch(clock)
    return datetime.fromisoformat(text) if whole else text


def _timestamp_with_zone(text: str) -> object:
    day, _, clock = text.partition(" ")
    whole = _DATE.fullmatch(day) and _TIME_WITH_ZONE.fullmatch(clock)
    return datetime.fromisoformat(text) if whole else text


def _bytes(text: str) -> object:
    return bytes.fromhex(text[2:]) if text.startswith("\\x") else text


_READERS: dict[str, Callable[[str], object]] = {
    "boolean": _boolean,
    "smallint": int,
    "integer": int,
    "bigint": int,
    "oid": int,
    "numeric": _number,
    "real": float,
    "double precision": float,
    "date": _date,
    "time without time zone": _time,
    "time with time zone": _time_with_zone,
    "timestamp without time zone": _timestamp,
    "timestamp with time zone": _timestamp_with_zone,
    "bytea": _bytes,
}


def _array(bare_type: str, text: str) -> object:
    """Return an array as nested lists; as text when it has bounds of its own or a box's commas."""
    if bare_type == "box" or not text.startswith("{"):
        return text
    open_lists: list[list[object]] = [[]]
    end = 0
    for part in _ARRAY_PART.finditer(text):
        if part.start() != end:
            return text
        end = part.end()
        in_quotes, sign, bare = part.groups()
        if sign == "{":
            inner: list[object] = []
            open_lists[-1].append(inner)
            open_lists.append(inner)
        elif sign == "}":
            if len(open_lists) == 1:
                return text
            open_lists.pop()
        elif bare is not None:
            open_lists[-1].append(None if bare == _NULL else _plain(bare_type, bare))
        elif in_quotes is not None:
            open_lists[-1].append(_plain(bare_type, _ESCAPED.sub(r"\1", in_quotes)))
    return open_lists[0][0] if end == len(text) and len(open_lists) == 1 else text
