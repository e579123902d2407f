"""Text operators of a PDF page: every string shown with fonts that have it, wrapped, measured."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from app.reports.layout import shaping
from app.reports.layout.fonts import advances
from app.reports.layout.scripts import Visible, runs

if TYPE_CHECKING:
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    from app.reports.layout.fonts import Face
    from app.reports.layout.scripts import Run

_ESCAPED = str.maketrans({"\\": r"\\", "(": r"\(", ")": r"\)"})
_KEPT_AT_MOST = 20_000
_serial = count(1)


class Ink:
    """The fonts of one document and what was measured with them.

    Font objects are new for each document: ReportLab numbers characters in the order of their use,
    so that shared ones would make a document depend on those before it.
    """

    def __init__(self) -> None:
        self.visible = Visible()
        self._fonts: dict[Face, TTFont] = {}
        self._canvas: Canvas | None = None
        self._shown: dict[tuple[str, Face, float], str] = {}
        self._widths: dict[tuple[str, Face], float] = {}
        self._ascii: dict[Face, tuple[list[float], float, str]] = {}

    def font(self, face: Face) -> TTFont:
        """Return ReportLab's font for ``face``."""
        font = self._fonts.get(face)
        if font is None:
            from reportlab.pdfbase.ttfonts import TTFont  # noqa: PLC0415 - costs start-up time

            name = f"{face.file} {next(_serial)}"
            font = self._fonts[face] = TTFont(name, str(face.path), asciiReadable=True)
        return font

    def use(self, canvas: Canvas) -> None:
        """Show text on ``canvas`` from now on."""
        self._canvas = canvas

    def width(self, text: str, face: Face, size: float) -> float:
        """Return how wide one line of ``text`` is, in points."""
        if text.isascii():
            return sum(map(self._table(face)[0].__getitem__, text.encode())) * size
        key = (text, face)
        known = self._widths.get(key)
        if known is None:
            if len(self._widths) > _KEPT_AT_MOST:
                self._widths.clear()
            known = self._widths[key] = sum(self._run_width(each) for each in runs(text, face))
        return known * size

    def show(self, text: str, face: Face, size: float) -> str:
        """Return the operators that show one line of visible ``text`` and move on to its end."""
        if text.isascii():
            name = self._table(face)[2]
            if "(" in text or ")" in text or "\\" in text:
                text = text.translate(_ESCAPED)
            return f"{name} {size:g} Tf ({text}) Tj"
        key = (text, face, size)
        known = self._shown.get(key)
        if known is None:
            if len(self._shown) > _KEPT_AT_MOST:
                self._shown.clear()
            known = self._shown[key] = " ".join(
                self._show_run(each, size) for each in runs(text, face)
            )
        return known

    def wrap(self, text: str, face: Face, size: float, *, width: float) -> list[str]:
        """Return ``text``, made visible, as lines that fit into ``width``."""
        if not (text.isascii() and text.isprintable()):
            text = self.visible(text)
        if "\n" not in text:
            if len(text) * self._table(face)[1] * size <= width and text.isascii():
                return [text]
            return self._wrap_line(text, face, size, width)
        return [
            line for part in text.split("\n") for line in self._wrap_line(part, face, size, width)
        ]

    def _wrap_line(self, text: str, face: Face, size: float, width: float) -> list[str]:
        if self.width(text, face, size) <= width:
            return [text]
        lines: list[str] = []
        line, used = "", 0.0
        blank = self.width(" ", face, size)
        for word in text.split(" "):
            wide = self.width(word, face, size)
            if line and used + blank + wide <= width:
                line, used = f"{line} {word}", used + blank + wide
                continue
            if line:
                lines.append(line)
            if wide > width:
                *full, word = self._break(word, face, size, width)  # noqa: PLW2901 - its rest
                lines += full
                wide = self.width(word, face, size)
            line, used = word, wide
        return [*lines, line]

    def _break(self, word: str, face: Face, size: float, width: float) -> list[str]:
        """Cut a word that is wider than the column."""
        pieces: list[str] = []
        piece, used = "", 0.0
        for each in word:
            wide = self.width(each, face, size)
            if piece and used + wide > width:
                pieces.append(piece)
                piece, used = "", 0.0
            piece, used = piece + each, used + wide
        return [*pieces, piece]

    def _table(self, face: Face) -> tuple[list[float], float, str]:
        """Return widths of ASCII in em, the widest of them, and the font's name on the page."""
        table = self._ascii.get(face)
        if table is None:
            known = advances(face)
            widths = [known.get(code, 0.0) for code in range(128)]
            name = ""
            if self._canvas is not None:
                font = self.font(face)
                # The space is in every subset; asking for it makes the font part of the document.
                font.splitString(" ", self._canvas._doc)  # noqa: SLF001 - ReportLab has no other way
                name = font.getSubsetInternalName(0, self._canvas._doc)  # noqa: SLF001
            table = (widths, max(widths), name)
            if name:
                self._ascii[face] = table
        return table

    def _run_width(self, run: Run) -> float:
        if shaping.needs_shaping(run):
            return shaping.width(run)
        known = advances(run.face)
        return sum(known.get(ord(each), 0.0) for each in run.text)

    def _show_run(self, run: Run, size: float) -> str:
        if self._canvas is None:
            raise TypeError("there is no page to show text on")
        font, document = self.font(run.face), self._canvas._doc  # noqa: SLF001
        if shaping.needs_shaping(run):
            return shaping.show(run, font, document, size=size)
        text = run.text
        shown = " ".join(
            f"{font.getSubsetInternalName(subset, document)} {size:g} Tf"
            f" ({shaping.literal(data)}) Tj"
            for subset, data in font.splitString(shaping.mirrored(run), document)
        )
        return shaping.spoken(text, shown) if run.is_reversed else shown
