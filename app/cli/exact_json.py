"""Decoded values as JSON that loses nothing, written row by row."""

from __future__ import annotations

import base64
import json
import math
from datetime import date, time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def exact(value: object) -> object:
    """Return ``value`` in types of JSON.

    Integers of any size stay numbers, decimals become texts, dates and times ISO 8601, bytes
    base64; what is not a number, or not finite, is a text.
    """
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else _not_finite(value)
        case bytes() | bytearray() | memoryview():
            return base64.b64encode(value).decode("ascii")
        case list() | tuple():
            return [exact(each) for each in value]
        case dict():
            return {str(key): exact(each) for key, each in value.items()}
        case _:
            return value.isoformat() if isinstance(value, date | time) else str(value)


def as_json(value: object) -> str:
    """Return one line of JSON; broken text, which no encoding can write, is escaped."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(value)
    return text


def _not_finite(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


class RowsAsJson:
    """Writes ``{"collections": {name: [row, …]}, …}`` while the rows come.

    What breaks off is no JSON, so it cannot be taken for complete.
    """

    def __init__(self, out: Callable[[str], object]) -> None:
        self._out = out
        self._open = ""
        self._rows = 0
        self._begun = False

    def add(self, collection: str, rows: Sequence[Mapping[str, object]]) -> None:
        """Write rows of one collection; all of one come before any of the next."""
        if collection != self._open:
            self._close(",")
            self._out(f"\n  {as_json(collection)}: [")
            self._open, self._rows = collection, 0
        for row in rows:
            comma = "," if self._rows else ""
            self._out(f"{comma}\n    {as_json(exact(row))}")
            self._rows += 1

    def finish(self, rest: Mapping[str, object]) -> None:
        """Write what comes after the rows, and the end."""
        self._close("")
        self._out("\n}")
        for name, value in rest.items():
            self._out(f",\n{as_json(name)}: {json.dumps(value, ensure_ascii=False, indent=2)}")
        self._out("}\n")

    def _close(self, separator: str) -> None:
        if not self._begun:
            self._begun = True
            self._out('{"collections": {')
        if self._open:
            self._out(("\n  ]" if self._rows else "]") + separator)
