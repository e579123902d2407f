"""Text of any origin for the page: nothing vanishes, nothing acts, each run has a font."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from app.reports.layout.fonts import FALLBACKS, is_covered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.reports.layout.fonts import Face

# Joiners, variation selectors and direction marks belong to these scripts; elsewhere they hide.
_JOINING = re.compile(
    "[\u0590-\u08ff\u0900-\u0dff\ufb1d-\ufdff\ufe70-\ufefc\u2190-\u2bff\U0001f000-\U0001faff]"
)
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff]")
_JOINERS = frozenset({0x200C, 0x200D, 0x200E, 0x200F, 0xFE0E, 0xFE0F})
_LINES = re.compile("\r\n|\r|\u2028|\u2029|\u0085")


def is_right_to_left(text: str) -> bool:
    """Say whether ``text`` holds a letter that is written from right to left."""
    return not text.isascii() and _RIGHT_TO_LEFT.search(text) is not None


class _Substitutes(dict[int, str]):
    """For ``str.translate``: a character itself, or what stands for it on the page."""

    def __init__(self, *, keeps_joiners: bool) -> None:
        super().__init__({0x0A: "\n", 0x09: "    "})
        self._keeps_joiners = keeps_joiners

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if code in _JOINERS:
            kept = character if self._keeps_joiners else _number(code)
        else:
            category = unicodedata.category(character)
            if category == "Zs":
                kept = character if is_covered(code) else " "
            elif category in {"Cc", "Cf", "Cs"} or not is_covered(code):
                kept = _number(code)
            else:
                kept = character
        self[code] = kept
        return kept


def _number(code: int) -> str:
    return f"\u27e8U+{code:04X}\u27e9"


@cache
def _tables() -> tuple[_Substitutes, _Substitutes]:
    return _Substitutes(keeps_joiners=False), _Substitutes(keeps_joiners=True)


class Visible:
    """Makes every character visible and inert, and remembers whether one had to be replaced."""

    def __init__(self) -> None:
        self.has_substitutes = False

    def __call__(self, text: str) -> str:
        """Return ``text`` with controls, overrides and unknown characters as their numbers."""
        if text.isascii() and text.isprintable():
            return text
        lines = _LINES.sub("\n", text)
        shown = lines.translate(_tables()[_JOINING.search(text) is not None])
        if len(shown) != len(lines) and "\u27e8U+" in shown:
            self.has_substitutes = True
        return shown


@dataclass(frozen=True)
class Run:
    """A piece of a line in one font and one direction."""

    text: str
    face: Face
    is_reversed: bool = False


def runs(text: str, face: Face) -> tuple[Run, ...]:
    """Cut a line into runs in the order in which they stand on the page, left to right."""
    if not is_right_to_left(text):
        return tuple(_by_font(text, face))
    pieces: list[Run] = []
    for piece, level in _in_visual_order(text):
        by_font = list(_by_font(piece, face))
        if level % 2:
            by_font = [Run(each.text, each.face, is_reversed=True) for each in reversed(by_font)]
        pieces += by_font
    return tuple(pieces)


def _by_font(text: str, face: Face) -> Iterator[Run]:
    start, current = 0, None
    for index, character in enumerate(text):
        chosen = _font_of(character, face, before=current)
        if current is not None and chosen is not current:
            yield Run(text[start:index], current)
            start = index
        current = chosen
    if current is not None:
        yield Run(text[start:], current)


def _font_of(character: str, face: Face, *, before: Face | None) -> Face:
    """Return the font for a character; joiners, marks and blanks stay with what they follow."""
    code = ord(character)
    if before is not None and (code in _JOINERS or unicodedata.category(character)[0] == "M"):
        return before
    if before is not None and before.is_complex and character == " " and before.covers(code):
        return before
    if face.covers(code):
        return face
    return next((each for each in FALLBACKS if each.covers(code)), before or face)


def _in_visual_order(text: str) -> list[tuple[str, int]]:
    """Return the pieces of one level each, reordered by rule L2 of the bidirectional algorithm."""
    levels = _levels(text)
    pieces: list[tuple[str, int]] = []
    start = 0
    for index in range(1, len(text) + 1):
        if index == len(text) or levels[index] != levels[start]:
            pieces.append((text[start:index], levels[start]))
            start = index
    for level in range(max(levels), 0, -1):
        at = 0
        while at < len(pieces):
            end = at
            while end < len(pieces) and pieces[end][1] >= level:
                end += 1
            pieces[at:end] = reversed(pieces[at:end])
            at = end + 1
    return pieces


def _levels(text: str) -> list[int]:
    from bidi import algorithm  # noqa: PLC0415 - only for right-to-left text

    storage = algorithm.get_empty_storage()
    storage["base_level"] = algorithm.get_base_level(text)
    storage["base_dir"] = ("L", "R")[storage["base_level"]]
    algorithm.get_embedding_levels(text, storage)
    algorithm.explicit_embed_and_overrides(storage)
    algorithm.resolve_weak_types(storage)
    algorithm.resolve_neutral_types(storage, False)  # noqa: FBT003 - its own debug switch
    algorithm.resolve_implicit_levels(storage, False)  # noqa: FBT003
    # The algorithm takes joiners out (rule X9); they belong with what they follow.
    kept = iter(storage["chars"])
    levels: list[int] = []
    for character in text:
        if unicodedata.bidirectional(character) in algorithm.X9_REMOVED:
            levels.append(levels[-1] if levels else storage["base_level"])
        else:
            levels.append(next(kept)["level"])
    return levels
