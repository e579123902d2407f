"""Text that breaks what is not careful."""

from __future__ import annotations

from dataclasses import fields, replace
from enum import Enum
from typing import Any

import pytest

HOSTILE = [
    "",
    "Robert'); DROP TABLE requests;--",
    '{"a": "\\u0000"} %_\\ "quoted"',
    "👩‍👩‍👧‍👦 and 🏴󠁧󠁢󠁳󠁣󠁴󠁿",
    "\u202egnp.exe\u202c שלום العربية",
    "a\r\nb\tc\x01\x1b[31m\x7f\x85\u2028\ufeff\uffff",
    "İstanbul ẞ ﬁ Å e\u0301",
    "漢字" * 500,
]
NOT_STORABLE = ["before\0after", "half a pair \ud83d"]
A_MEGABYTE = "0123456789abcde\n" * 65_536


with_hostile_text = pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
with_long_text_too = pytest.mark.parametrize(
    "text", [*HOSTILE, A_MEGABYTE], ids=[*range(len(HOSTILE)), "a megabyte"]
)


def filled[T](item: T, text: str, *, but: tuple[str, ...] = ()) -> T:
    """Return a copy of a dataclass with ``text`` in every field that holds words."""
    changes: dict[str, Any] = {}
    for field in fields(item):  # type: ignore[arg-type]
        value = getattr(item, field.name)
        if field.name in but or isinstance(value, Enum):
            continue
        if isinstance(value, str):
            changes[field.name] = text
        elif isinstance(value, tuple) and value and isinstance(value[0], str):
            changes[field.name] = (text, text)
    return replace(item, **changes)  # type: ignore[type-var]
