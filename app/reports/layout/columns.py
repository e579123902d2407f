"""How wide the columns of a table are, from what is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.reports.layout.fonts import REGULAR, width
from app.reports.layout.tokens import CELL_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_PADDING = 11.0
_LINE_AT_MOST, _WORD_AT_MOST = 330.0, 120.0
_ROWS_LOOKED_AT = 300


def widths(labels: Sequence[str], rows: Iterable[Sequence[str]], *, total: float) -> list[float]:
    """Return widths in points that add up to ``total``: short columns whole, long ones share."""
    longest = [_wide(label) for label in labels]
    words = [_longest_word(label) for label in labels]
    for index, row in enumerate(rows):
        if index == _ROWS_LOOKED_AT:
            break
        for at, text in enumerate(row):
            longest[at] = max(longest[at], min(_wide(text[:200]), _LINE_AT_MOST))
            words[at] = max(words[at], min(_longest_word(text[:200]), _WORD_AT_MOST))
    wanted = [each + _PADDING for each in longest]
    least = [min(each + _PADDING, want) for each, want in zip(words, wanted, strict=True)]
    return _share(wanted, least, total=total)


def _share(wanted: list[float], least: list[float], *, total: float) -> list[float]:
    if sum(least) >= total:
        return [each * total / sum(least) for each in least]
    if sum(wanted) <= total:
        widest = wanted.index(max(wanted))
        return [
            each + (total - sum(wanted) if at == widest else 0.0) for at, each in enumerate(wanted)
        ]
    # Narrow columns get all they want as long as the others keep their fair share.
    given = list(least)
    left = total - sum(least)
    open_ = sorted(range(len(wanted)), key=lambda at: wanted[at] - least[at])
    for count, at in enumerate(open_):
        more = min(wanted[at] - least[at], left / (len(open_) - count))
        given[at] += more
        left -= more
    return given


def _wide(text: str) -> float:
    """Return the width of the longest line."""
    return max((width(line, REGULAR, CELL_SIZE) for line in text.split("\n")), default=0.0)


def _longest_word(text: str) -> float:
    return max((width(word, REGULAR, CELL_SIZE) for word in text.split()), default=0.0)
