"""The leak test: whether anything covered or withheld is still in what leaves."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from app.domain.responses import Leak
from app.services.detecting import forbidden

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from app.ports.reports import TextOfFiles

_SHORTEST_WORD = 3
_SHORTEST_NUMBER = 6
_SHORTEST_WITHHELD = 8
_AT_ONCE = 2_000
_SPACES = re.compile(r"\s+")


def fold(text: str) -> str:
    """Return ``text`` as it is compared: compatibility forms, no case, single spaces."""
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", text)).strip().casefold()


class Covered:
    """Texts that must not leave, collected while a package is written."""

    def __init__(self) -> None:
        self._covered: set[str] = set()
        self._withheld: set[str] = set()
        self._disclosed: set[str] = set()

    def cover(self, text: str) -> None:
        """Remember a covered passage. What is too short to be told from chance is not searched."""
        folded = fold(text)
        letters = sum(each.isalpha() for each in folded)
        signs = sum(each.isalnum() for each in folded)
        if letters >= _SHORTEST_WORD or signs >= _SHORTEST_NUMBER:
            self._covered.add(folded)

    def withhold(self, text: str) -> None:
        """Remember a value of a withheld record."""
        folded = fold(text)
        if len(folded) >= _SHORTEST_WITHHELD:
            self._withheld.add(folded)

    def disclose(self, text: str) -> None:
        """Remember a whole value that leaves, so that it is no leak when a withheld record has it
        too.
        """
        if self._withheld:
            self._disclosed.add(fold(text))

    def patterns(self) -> Iterator[re.Pattern[str]]:
        """Yield patterns for folded texts, longest texts first."""
        wanted = sorted(self._covered | (self._withheld - self._disclosed), key=len, reverse=True)
        for at in range(0, len(wanted), _AT_ONCE):
            some = "|".join(re.escape(each) for each in wanted[at : at + _AT_ONCE])
            yield re.compile(rf"(?<!\w)(?:{some})(?!\w)")


def find_leaks(
    paths: Iterable[tuple[str, Path]],
    *,
    covered: Covered,
    forbidden_kinds: tuple[str, ...],
    texts: TextOfFiles,
) -> tuple[Leak, ...]:
    """Search every text of every file; ``paths`` gives each file's name in the package."""
    patterns = list(covered.patterns())
    leaks: dict[Leak, None] = {}
    for name, path in paths:
        for where, text in texts.texts(path):
            folded = fold(text)
            if any(pattern.search(folded) for pattern in patterns):
                leaks[Leak(name, where, "covered")] = None
            for hit in forbidden(text, forbidden_kinds):
                leaks[Leak(name, where, hit.kind)] = None
    return tuple(leaks)
