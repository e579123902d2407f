"""The fonts of all documents, in the order in which they stand in for each other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from app.paths import resource

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, eq=False)
class Face:
    """One font file; ``is_complex`` when its script needs shaping. Each is itself only, so that it
    is quickly found.
    """

    file: str
    is_complex: bool = False

    @property
    def path(self) -> Path:
        """Where the file is."""
        return resource("fonts", f"{self.file}.ttf")

    def covers(self, code: int) -> bool:
        """Say whether the font has a glyph for the character."""
        return code in _coverage(self.file)


REGULAR = Face("Inter-Regular")
MEDIUM = Face("Inter-Medium")
SEMIBOLD = Face("Inter-SemiBold")
BOLD = Face("Inter-Bold")
MONO = Face("NotoSansMono-Regular")

# Emoji before symbols, else a composed emoji loses its person (resources/fonts/README.md).
FALLBACKS = (
    Face("NotoSans-Regular"),
    Face("NotoSansArabic-Regular", is_complex=True),
    Face("NotoSansHebrew-Regular", is_complex=True),
    Face("NotoSansDevanagari-Regular", is_complex=True),
    Face("NotoSansCJKsc-Regular"),
    Face("NotoEmoji-Regular", is_complex=True),
    Face("NotoSansSymbols-Regular"),
    Face("NotoSansSymbols2-Regular"),
    MONO,
)

FAMILIES = (
    "Inter",
    "Noto Sans",
    "Noto Sans Arabic",
    "Noto Sans Hebrew",
    "Noto Sans Devanagari",
    "Noto Sans CJK SC",
    "Noto Emoji",
    "Noto Sans Symbols",
    "Noto Sans Symbols2",
    "Noto Sans Mono",
)
"""The same for Typst, by family name."""


@cache
def _coverage(file: str) -> frozenset[int]:
    from fontTools.ttLib import TTFont  # noqa: PLC0415 - costs start-up time

    with TTFont(resource("fonts", f"{file}.ttf"), lazy=True) as font:
        return frozenset(font.getBestCmap())


@cache
def advances(face: Face) -> dict[int, float]:
    """Return the width of each character in em."""
    from fontTools.ttLib import TTFont  # noqa: PLC0415 - costs start-up time

    with TTFont(face.path, lazy=True) as font:
        em, metrics = font["head"].unitsPerEm, font["hmtx"].metrics
        return {code: metrics[name][0] / em for code, name in font.getBestCmap().items()}


def width(text: str, face: Face, size: float) -> float:
    """Return about how wide ``text`` is in points; a character of another font counts as one em."""
    known = advances(face)
    return size * sum(known.get(ord(each), 1.0) for each in text)


def is_covered(code: int) -> bool:
    """Say whether any of our fonts has the character."""
    return REGULAR.covers(code) or any(face.covers(code) for face in FALLBACKS)
