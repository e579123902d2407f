"""Places in a text: Python counts characters, Qt counts UTF-16 units, an emoji is two of them."""

from __future__ import annotations

_ONE_UNIT = "\uffff"


def to_qt(text: str, place: int) -> int:
    """Return where Qt finds the character at ``place``."""
    before = text[:place]
    return place if _is_plain(before) else sum(1 + (each > _ONE_UNIT) for each in before)


def from_qt(text: str, units: int) -> int:
    """Return which character of ``text`` stands where Qt counts ``units``."""
    if _is_plain(text[:units]):
        return min(units, len(text))
    counted = 0
    for place, each in enumerate(text):
        if counted >= units:
            return place
        counted += 1 + (each > _ONE_UNIT)
    return len(text)


def _is_plain(text: str) -> bool:
    return text.isascii() or max(text, default="") <= _ONE_UNIT
