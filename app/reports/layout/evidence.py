"""Building blocks of evidence: title, headings, paragraphs, a box of facts, long tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.reports.layout.fonts import BOLD, MONO, REGULAR, SEMIBOLD
from app.reports.layout.sheet import BOTTOM, TOP, Line, fill, shortened, stroke
from app.reports.layout.tokens import (
    BODY_PITCH,
    BODY_SIZE,
    CELL_PITCH,
    CELL_SIZE,
    HEADING_SIZE,
    INK,
    MARGIN,
    QUIET,
    RULE,
    SMALL_PITCH,
    SMALL_SIZE,
    TEXT_WIDTH,
    TITLE_PITCH,
    TITLE_SIZE,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from app.reports.layout.fonts import Face
    from app.reports.layout.sheet import Sheet

_CELL_PAD, _ROW_PAD = 5.0, 9.4
_LETTERS_AT_MOST = 3000
_LINES_AT_MOST = 36
_PARAGRAPH_AT_MOST = 20_000
_BOX_PAD, _LABEL_WIDTH = 13.0, 122.0


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    label: str
    width: float
    face: Face = REGULAR
    size: float = CELL_SIZE
    is_number: bool = False


@dataclass(frozen=True)
class Styled:
    """A cell, or a fact, that is not plain text: coloured, or with quiet lines below."""

    text: str
    colour: str = INK
    is_strong: bool = False
    below: str = ""
    is_code: bool = False


type Cell = str | Styled


def _cut(text: str, at_most: int = _LETTERS_AT_MOST) -> str:
    return text if len(text) <= at_most else f"{text[:at_most]} …"


class Evidence:
    """Sets blocks onto a sheet, one below the other."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.ink = sheet.ink

    def title(self, text: str, below: str) -> None:
        """Set the title of the document and the quiet lines below it."""
        lines = self.ink.wrap(shortened(text, 160), BOLD, TITLE_SIZE, width=TEXT_WIDTH * 0.86)
        self.sheet.bookmark(text)
        self.sheet.lines(MARGIN, lines, Line("", BOLD, TITLE_SIZE), pitch=TITLE_PITCH)
        self.sheet.y -= 5
        lines = self.ink.wrap(_cut(below), REGULAR, BODY_SIZE, width=TEXT_WIDTH * 0.94)
        self.sheet.lines(MARGIN, lines, Line("", size=BODY_SIZE, colour=QUIET), pitch=BODY_PITCH)

    def heading(self, text: str, *, keep: float = 60.0, level: int = 0) -> None:
        """Begin a section; ``keep`` points below the heading stay on its page."""
        gap = 0.0 if self.sheet.y == TOP else 30.0 - 13.0 * level
        if not self.sheet.need(gap + 12 + keep):
            self.sheet.y -= gap
        self.sheet.y -= 10
        self.sheet.bookmark(text, level=level)
        size = HEADING_SIZE if level == 0 else BODY_SIZE
        self.sheet.text(MARGIN, self.sheet.y, Line(text, SEMIBOLD, size))
        self.sheet.y -= 6

    def paragraph(self, text: str, *, quiet: bool = False, colour: str = INK) -> None:
        """Set running text."""
        size, pitch = (SMALL_SIZE, SMALL_PITCH) if quiet else (BODY_SIZE, BODY_PITCH)
        lines = self.ink.wrap(_cut(text, _PARAGRAPH_AT_MOST), REGULAR, size, width=TEXT_WIDTH)
        line = Line("", size=size, colour=QUIET if quiet else colour)
        self.sheet.lines(MARGIN, lines, line, pitch=pitch)
        self.sheet.y -= 5

    def code(self, text: str) -> None:
        """Set lines in which every column counts."""
        for part in text.split("\n"):
            lines = self.ink.wrap(part, MONO, SMALL_SIZE, width=TEXT_WIDTH - 12)
            self.sheet.lines(MARGIN + 6, lines, Line("", MONO, SMALL_SIZE), pitch=SMALL_PITCH)
        self.sheet.y -= 6

    def facts(self, facts: Sequence[tuple[str, Cell]], *, boxed: bool = False) -> None:
        """Set labels and what they say; ``boxed`` for the few that must be seen first."""
        pad = _BOX_PAD if boxed else 0.0
        set_ = [(label, *self._fact(given, pad=pad)) for label, given in facts]
        if boxed:
            height = sum(self._height(lines) for _label, _style, lines in set_) + 2 * pad - 4
            self.sheet.need(height + 8)
            self.sheet.y -= 8
            self._box(height)
            self.sheet.y -= pad - 3
        for label, style, lines in set_:
            self.sheet.need(min(self._height(lines), TOP - BOTTOM))
            y = self.sheet.y - CELL_PITCH
            name = self.ink.wrap(label, REGULAR, CELL_SIZE + 0.4, width=_LABEL_WIDTH - 6)
            for at, part in enumerate(name):
                line = Line(part, size=CELL_SIZE + 0.4, colour=QUIET)
                self.sheet.text(MARGIN + pad, y - at * CELL_PITCH, line)
            x = MARGIN + pad + _LABEL_WIDTH
            self.sheet.y += 1
            self.sheet.lines(x, lines, style, pitch=CELL_PITCH + 1)
            spare = max(0, len(name) - len(lines)) * CELL_PITCH
            self.sheet.y -= 3.6 + spare
        if boxed:
            self.sheet.y -= pad - 2

    def _fact(self, given: Cell, *, pad: float) -> tuple[Line, list[str]]:
        styled = given if isinstance(given, Styled) else Styled(given)
        face = MONO if styled.is_code else SEMIBOLD if styled.is_strong else REGULAR
        size = SMALL_SIZE if styled.is_code else CELL_SIZE + 0.4
        width = TEXT_WIDTH - 2 * pad - _LABEL_WIDTH
        lines = self.ink.wrap(_cut(styled.text), face, size, width=width)
        return Line("", face, size, styled.colour), lines

    @staticmethod
    def _height(lines: Sequence[str]) -> float:
        return len(lines) * (CELL_PITCH + 1) + 2.6

    def _box(self, height: float) -> None:
        x, top, bottom = MARGIN, self.sheet.y, self.sheet.y - height
        right, r = x + TEXT_WIDTH, 5.0
        k = r * 0.448  # how far a Bézier curve's handles are from the corner of a circle
        low = bottom + k
        self.sheet.write(
            f"{stroke(RULE)} 0.8 w {x + r:.2f} {bottom:.2f} m {right - r:.2f} {bottom:.2f} l"
            f" {right - k:.2f} {bottom:.2f} {right:.2f} {low:.2f} {right:.2f} {bottom + r:.2f} c"
            f" {right:.2f} {top - r:.2f} l"
            f" {right:.2f} {top - k:.2f} {right - k:.2f} {top:.2f} {right - r:.2f} {top:.2f} c"
            f" {x + r:.2f} {top:.2f} l"
            f" {x + k:.2f} {top:.2f} {x:.2f} {top - k:.2f} {x:.2f} {top - r:.2f} c"
            f" {x:.2f} {bottom + r:.2f} l"
            f" {x:.2f} {bottom + k:.2f} {x + k:.2f} {bottom:.2f} {x + r:.2f} {bottom:.2f} c s"
        )

    def table(self, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> int:
        """Set a table of any length, its head again on every page; return how many rows it has."""
        table = _Table(self.sheet, columns)
        count = 0
        for row in rows:
            table.row(row)
            count += 1
        if count == 0:
            self.sheet.y -= 2
        return count


class _Table:
    """A table under way."""

    def __init__(self, sheet: Sheet, columns: Sequence[Column]) -> None:
        self._sheet = sheet
        self._ink = sheet.ink
        self._columns = columns
        starts = [MARGIN]
        for column in columns:
            starts.append(starts[-1] + column.width)
        self._places = [
            (column, start + _CELL_PAD, column.width - 2 * _CELL_PAD)
            for column, start in zip(columns, starts, strict=False)
        ]
        self._edge = starts[-1]
        self._is_begun = False

    def row(self, cells: Sequence[Cell]) -> None:
        """Set one row."""
        sheet = self._sheet
        lines = [self._lines(*each) for each in zip(cells, self._places, strict=True)]
        height = max(map(len, lines)) * CELL_PITCH + _ROW_PAD
        if not self._is_begun:
            sheet.need(height + 28)
            self._head()
        elif sheet.need(height):
            self._head()
        top = sheet.y - CELL_PITCH - 1.6
        parts = [f"BT {_INK}"]
        for cell, texts, (column, x, width) in zip(cells, lines, self._places, strict=True):
            parts += self._set(cell, texts, column, x=x, width=width, top=top)
        sheet.y -= height
        rule = f"{_RULE} 0.6 w {MARGIN:.2f} {sheet.y:.2f} m {self._edge:.2f} {sheet.y:.2f} l S"
        sheet.write(f"{' '.join(parts)} ET {rule}")

    def _lines(self, cell: Cell, place: tuple[Column, float, float]) -> list[str]:
        column, _x, width = place
        if isinstance(cell, str):
            lines = self._ink.wrap(_cut(cell), column.face, column.size, width=width)
        else:
            face = SEMIBOLD if cell.is_strong else column.face
            lines = self._ink.wrap(_cut(cell.text), face, column.size, width=width)
            if cell.below:
                lines += self._ink.wrap(_cut(cell.below), column.face, column.size, width=width)
        if len(lines) > _LINES_AT_MOST:
            return [*lines[: _LINES_AT_MOST - 1], "…"]
        return lines

    def _set(
        self, cell: Cell, texts: list[str], column: Column, *, x: float, width: float, top: float
    ) -> Iterable[str]:
        face, strong = column.face, 0
        if not isinstance(cell, str):
            face = SEMIBOLD if cell.is_strong else face
            if cell.below:
                strong = len(self._ink.wrap(_cut(cell.text), face, column.size, width=width))
            if cell.colour != INK:
                yield fill(cell.colour)
        for at, text in enumerate(texts):
            if strong and at == strong:
                face = column.face
                yield fill(QUIET)
            start = x
            if column.is_number:
                start += width - self._ink.width(text, face, column.size)
            shown = self._ink.show(text, face, column.size)
            yield f"1 0 0 1 {start:.2f} {top - at * CELL_PITCH:.2f} Tm {shown}"
        if not isinstance(cell, str):
            yield _INK

    def _head(self) -> None:
        self._is_begun = True
        sheet = self._sheet
        labels = [
            self._ink.wrap(column.label, SEMIBOLD, SMALL_SIZE, width=width)
            for column, _x, width in self._places
        ]
        height = max(map(len, labels)) * SMALL_PITCH
        for texts, (column, x, width) in zip(labels, self._places, strict=True):
            for at, text in enumerate(texts):
                y = sheet.y - 5 - SMALL_PITCH * (at + 1)
                line = Line(text, SEMIBOLD, SMALL_SIZE, QUIET)
                end = x + width if column.is_number else x
                sheet.text(end, y, line, align_right=column.is_number)
        sheet.y -= height + 12
        y = sheet.y
        sheet.write(f"{stroke(INK)} 0.9 w {MARGIN:.2f} {y:.2f} m {self._edge:.2f} {y:.2f} l S")


_INK, _RULE = fill(INK), stroke(RULE)
