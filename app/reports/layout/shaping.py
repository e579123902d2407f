"""Runs whose glyphs HarfBuzz chooses and places; what they say stays readable as ActualText."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import uharfbuzz
    from reportlab.pdfbase.pdfdoc import PDFDocument
    from reportlab.pdfbase.ttfonts import TTFont

    from app.reports.layout.fonts import Face
    from app.reports.layout.scripts import Run

_PRIVATE, _LAST_PRIVATE = 0xE000, 0xF8FF
"""How glyphs are numbered that have no character of two bytes, which is all ReportLab can map."""

_FOUR_BYTES = 0x10000

type Glyph = tuple[int, float, float, float]
"""Number, advance, offset to the right, offset upwards; in em."""


def needs_shaping(run: Run) -> bool:
    """Say whether glyphs must be chosen; also where ReportLab cannot say what they mean."""
    return run.face.is_complex or max(run.text) >= chr(_FOUR_BYTES)


@cache
def _font(face: Face) -> uharfbuzz.Font:
    import uharfbuzz as harfbuzz  # noqa: PLC0415 - costs start-up time

    return harfbuzz.Font(harfbuzz.Face(harfbuzz.Blob.from_file_path(str(face.path))))


def _glyphs(run: Run) -> Iterator[Glyph]:
    """Yield the glyphs of a run from left to right."""
    import uharfbuzz as harfbuzz  # noqa: PLC0415 - costs start-up time

    font = _font(run.face)
    buffer = harfbuzz.Buffer()
    buffer.add_str(run.text)
    buffer.guess_segment_properties()
    buffer.direction = "rtl" if run.is_reversed else "ltr"
    harfbuzz.shape(font, buffer, {"kern": True, "liga": True})
    em = font.face.upem
    for info, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        yield info.codepoint, place.x_advance / em, place.x_offset / em, place.y_offset / em


def width(run: Run) -> float:
    """Return the width of a run in em."""
    return sum(advance for _number, advance, _right, _up in _glyphs(run))


def show(run: Run, font: TTFont, document: PDFDocument, *, size: float) -> str:
    """Return the operators that show the run."""
    parts: list[str] = []
    current = -1
    for glyph, advance, right, up in _glyphs(run):
        character = _character(font, glyph, advance)
        own = font.face.charWidths.get(ord(character), font.face.defaultWidth)
        ((subset, data),) = font.splitString(character, document)
        if subset != current:
            current = subset
            parts.append(f"{font.getSubsetInternalName(subset, document)} {size:g} Tf")
        before, after = -right * 1000, own + right * 1000 - advance * 1000
        shown = f"[{before:.0f} ({literal(data)}) {after:.0f}] TJ"
        parts.append(f"{up * size:.2f} Ts {shown} 0 Ts" if up else shown)
    return spoken(run.text, " ".join(parts))


def _character(font: TTFont, glyph: int, advance: float) -> str:
    """Return a character that stands for ``glyph`` in the font, a private one if need be."""
    face = font.face
    for code in face.glyphToChar.get(glyph, ()):
        if code < _FOUR_BYTES:
            return chr(code)
    code = next(each for each in range(_PRIVATE, _LAST_PRIVATE) if each not in face.charToGlyph)
    face.charToGlyph[code] = glyph
    face.glyphToChar.setdefault(glyph, []).append(code)
    face.charWidths[code] = advance * 1000
    return chr(code)


def mirrored(run: Run) -> str:
    """Return the characters of a run from left to right, brackets turned where it is reversed."""
    if not run.is_reversed:
        return run.text
    return "".join(_TURNED.get(each, each) for each in reversed(run.text))


_OPENING, _CLOSING = "([{<\u00ab\u2039\u27e8", ")]}>\u00bb\u203a\u27e9"
_TURNED = dict(zip(_OPENING + _CLOSING, _CLOSING + _OPENING, strict=True))


def spoken(text: str, shown: str) -> str:
    """Say that ``shown`` reads as ``text``, whatever its glyphs are."""
    readable = unicodedata.normalize("NFC", text)
    return (
        f"/Span <</ActualText <FEFF{readable.encode('utf-16-be').hex().upper()}>>> BDC {shown} EMC"
    )


def literal(data: bytes) -> str:
    """Return the inside of a PDF string."""
    return "".join(
        f"\\{byte:03o}" if byte < 32 or byte > 126 or byte in b"()\\" else chr(byte)  # noqa: PLR2004
        for byte in data
    )
