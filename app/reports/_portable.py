"""The portable copy: JSON and CSV of one collection, streamed, with exact values."""

from __future__ import annotations

import base64
import csv
import json
import math
import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from app.domain.review import Piece
from app.reports.layout.writing import whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from app.ports.reports import PortableColumn

# What a spreadsheet may take for a formula, also behind blanks, also full-width.
_FORMULA = re.compile(r"[\s\u200b\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_DIGITS_AT_MOST = 60
_PLAIN = frozenset({str, int, bool, type(None)})


class PortableWriter:
    """Writes both files in one pass; memory does not grow with rows."""

    def write(
        self,
        columns: Sequence[PortableColumn],
        rows: Iterable[Sequence[object]],
        *,
        json_path: Path,
        csv_path: Path,
    ) -> int:
        """Write both files, whole or not at all; a row is an object of keys and values."""
        count = 0
        with (
            whole(json_path, csv_path) as (json_beside, csv_beside),
            json_beside.open("w", encoding="utf-8", newline="\n") as json_file,
            csv_beside.open("w", encoding="utf-8", newline="") as csv_file,
        ):
            keys = [_visible(each.key, _SURROGATES) for each in columns]
            table = csv.writer(csv_file, lineterminator="\r\n")
            table.writerow([_as_cell(each.key) for each in columns])
            json_file.write(f'{{"columns": {_as_json(_described(columns))},\n"records": [')
            for count, row in enumerate(rows, start=1):
                values = [each if type(each) in _PLAIN else exact(each) for each in row]
                table.writerow([_as_cell(each) for each in values])
                record = _as_json(dict(zip(keys, values, strict=True)))
                json_file.write(f",\n{record}" if count > 1 else f"\n{record}")
            json_file.write("\n]}\n")
        return count

    def write_table(
        self, titles: Sequence[str], rows: Iterable[Sequence[object]], *, csv_path: Path
    ) -> int:
        """Write a CSV file for people."""
        count = 0
        with (
            whole(csv_path) as (beside,),
            beside.open("w", encoding="utf-8-sig", newline="") as file,
        ):
            table = csv.writer(file, lineterminator="\r\n")
            table.writerow(titles)
            for count, row in enumerate(rows, start=1):  # noqa: B007 - the count is returned
                table.writerow([_as_cell(each) for each in row])
        return count


def _described(columns: Sequence[PortableColumn]) -> list[dict[str, str]]:
    return [{"key": each.key, "label": each.label} for each in columns]


_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


class Number(str):
    """An exact number as text: a string in JSON, a number and so no formula in CSV."""

    __slots__ = ()


def exact(value: object) -> object:  # noqa: PLR0911 - one line a type
    """Return what stands for a value in both files, without loss."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else Number(value)
        case Decimal():
            return Number(_decimal(value))
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return f"PT{Decimal(value // timedelta(microseconds=1)).scaleb(-6).normalize():f}S"
        case bytes() | bytearray() | memoryview():
            return base64.b64encode(value).decode()
        case Mapping():
            return {str(key): exact(each) for key, each in value.items()}
        case tuple() if value and all(isinstance(each, Piece) for each in value):
            return "".join(_piece(each) for each in value)
        case list() | tuple() | set() | frozenset():
            return [exact(each) for each in value]
        case _:
            return str(value)


def _piece(piece: Piece) -> str:
    return f"[covered: {piece.covered}]" if piece.covered else piece.text


def _decimal(value: Decimal) -> str:
    exponent = value.as_tuple().exponent
    is_short = isinstance(exponent, int) and abs(exponent) < _DIGITS_AT_MOST
    return f"{value:f}" if is_short else str(value)


def _as_json(value: object) -> str:
    """Return JSON; controls are escaped, lone surrogates (which no reader takes) are visible."""
    text = _encode(value)
    return text if text.isascii() else _visible(text, _SURROGATES)


def _as_cell(value: object) -> str:
    """Return a CSV cell; text that could be a formula gets an apostrophe before it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Number):
        return str(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if not text.isprintable():
        text = _visible(text, _CONTROLS)
    return f"'{text}" if _FORMULA.match(text) else text


def _visible(text: str, which: re.Pattern[str]) -> str:
    return which.sub(lambda found: f"\u27e8U+{ord(found[0]):04X}\u27e9", text)
