"""Pages of evidence by ReportLab: furniture, a cursor that goes down, raw operators for speed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.reports.layout.fonts import BOLD, REGULAR
from app.reports.layout.ink import Ink
from app.reports.layout.tokens import (
    INK,
    MARGIN,
    PAGE_HEIGHT,
    PAGE_WIDTH,
    QUIET,
    RULE,
    SMALL_SIZE,
    TEXT_WIDTH,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from app.reports.layout.fonts import Face

TOP = PAGE_HEIGHT - 92.0
BOTTOM = 72.0
RIGHT = PAGE_WIDTH - MARGIN
_HEADER_Y, _HEADER_RULE_Y = PAGE_HEIGHT - 56.0, PAGE_HEIGHT - 66.5
_FOOTER_Y, _FOOTER_RULE_Y = 33.0, 45.0
_LETTERS_AT_MOST = 2000


@dataclass(frozen=True)
class Furniture:
    """What stands on every page, and what a reader's window says of the document."""

    title: str
    author: str
    subject: str
    language: str
    header: str
    header_right: str
    footer: str
    page_of: str
    """``{n} of {m}``."""


@dataclass(frozen=True)
class Line:
    """One line of text to be set."""

    text: str
    face: Face = REGULAR
    size: float = SMALL_SIZE
    colour: str = INK


class Sheet:
    """A document under way. ``y`` is where the next line's baseline may be."""

    def __init__(self, path: Path, furniture: Furniture, *, pages_guess: int) -> None:
        from reportlab import rl_config  # noqa: PLC0415 - costs start-up time
        from reportlab.pdfbase import pdfmetrics  # noqa: PLC0415
        from reportlab.pdfgen.canvas import Canvas  # noqa: PLC0415

        # Else every stream is written as text, by Python, which costs a quarter of the time.
        rl_config.useA85 = 0
        self.ink = Ink()
        base = self.ink.font(REGULAR)
        pdfmetrics.registerFont(base)
        try:
            self._canvas = Canvas(
                str(path),
                pagesize=(PAGE_WIDTH, PAGE_HEIGHT),
                pageCompression=1,
                invariant=1,
                initialFontName=base.fontName,
                lang=furniture.language,
            )
        finally:
            base.unregister()
        self.ink.use(self._canvas)
        self._furniture = furniture
        self._digits = "0" * len(str(pages_guess))
        self._code: list[str] = self._canvas._code  # noqa: SLF001 - its own calls cost four times
        self._describe(furniture)
        self._before, self._after = self._page_furniture()
        self.pages = 0
        self.y = 0.0
        self.turn()

    def _describe(self, furniture: Furniture) -> None:
        def visible(text: str) -> str:
            return self.ink.visible(shortened(text, 200))

        self._canvas.setTitle(visible(furniture.title))
        self._canvas.setAuthor(visible(furniture.author))
        self._canvas.setSubject(visible(furniture.subject))
        self._canvas.setCreator("Sandglass")

    def turn(self) -> None:
        """Go to a new page."""
        if self.pages:
            self._end_page()
        self.pages += 1
        self._code.append(self._before)
        self.y = TOP

    def need(self, height: float) -> bool:
        """Go to a new page unless ``height`` points are left; say whether that was needed."""
        if self.y - height >= BOTTOM:
            return False
        self.turn()
        return True

    def write(self, operators: str) -> None:
        """Add operators to the page."""
        self._code.append(operators)

    def text(self, x: float, y: float, line: Line, *, align_right: bool = False) -> None:
        """Set one line with its baseline at ``y``; ``x`` is its right end if so asked."""
        visible = self.ink.visible(line.text[:_LETTERS_AT_MOST])
        if align_right:
            x -= self.ink.width(visible, line.face, line.size)
        shown = self.ink.show(visible, line.face, line.size)
        self._code.append(f"BT {fill(line.colour)} 1 0 0 1 {x:.2f} {y:.2f} Tm {shown} ET")

    def lines(self, x: float, texts: Sequence[str], line: Line, *, pitch: float) -> None:
        """Set wrapped lines one below the other from ``y``, over as many pages as they need."""
        for text in texts:
            self.need(pitch)
            self.y -= pitch
            self.text(x, self.y, Line(text, line.face, line.size, line.colour))

    def rule(self, y: float, *, x: float = MARGIN, width: float = TEXT_WIDTH) -> None:
        """Draw a hairline."""
        self._code.append(f"{stroke(RULE)} 0.6 w {x:.2f} {y:.2f} m {x + width:.2f} {y:.2f} l S")

    def bookmark(self, title: str, *, level: int = 0) -> None:
        """Make the place an entry of the outline."""
        key = f"p{self.pages}y{self.y:.0f}l{level}"
        self._canvas.bookmarkHorizontal(key, 0, self.y + 20)
        self._canvas.addOutlineEntry(self.ink.visible(shortened(title, 160)), key, level)

    def save(self) -> None:
        """End the document and write it."""
        self._end_page()
        self._canvas.beginForm("pages", 0, 0, PAGE_WIDTH, PAGE_HEIGHT)
        x = RIGHT - self.ink.width(self._digits, REGULAR, SMALL_SIZE)
        shown = self.ink.show(str(self.pages), REGULAR, SMALL_SIZE)
        at = f"1 0 0 1 {x:.2f} {_FOOTER_Y:.2f} Tm"
        self._canvas._code.append(f"BT {fill(QUIET)} {at} {shown} ET")  # noqa: SLF001
        self._canvas.endForm()
        self._canvas.save()

    def _end_page(self) -> None:
        before, _placeholder, after = self._furniture.page_of.partition("{m}")
        x = RIGHT - self.ink.width(self._digits, REGULAR, SMALL_SIZE)
        shown = before.format(n=self.pages)
        self.text(x, _FOOTER_Y, Line(shown, colour=QUIET), align_right=True)
        if after:
            self.text(RIGHT, _FOOTER_Y, Line(after, colour=QUIET))
        self._code.append(self._after)
        self._canvas.doForm("pages")
        self._canvas.showPage()
        self._code = self._canvas._code  # noqa: SLF001

    def _page_furniture(self) -> tuple[str, str]:
        """Return what stands before and after the content of each page, made once."""
        furniture, kept = self._furniture, self._code
        self._code = []
        self.text(MARGIN, _HEADER_Y, Line(shortened(furniture.header, 70), BOLD, colour=QUIET))
        right = Line(furniture.header_right, colour=QUIET)
        self.text(RIGHT, _HEADER_Y, right, align_right=True)
        self.rule(_HEADER_RULE_Y)
        before, self._code = " ".join(self._code), []
        self.rule(_FOOTER_RULE_Y)
        self.text(MARGIN, _FOOTER_Y, Line(furniture.footer, colour=QUIET))
        after, self._code = " ".join(self._code), kept
        return before, after


def shortened(text: str, at_most: int) -> str:
    """Return the beginning of ``text``, with a sign that there is more."""
    return text if len(text) <= at_most else f"{text[: at_most - 2]} …"


def fill(colour: str) -> str:
    """Return the operator that fills with ``colour``."""
    return f"{_rgb(colour)} rg"


def stroke(colour: str) -> str:
    """Return the operator that draws with ``colour``."""
    return f"{_rgb(colour)} RG"


def _rgb(colour: str) -> str:
    return " ".join(f"{int(colour[at : at + 2], 16) / 255:.3g}" for at in (1, 3, 5))
