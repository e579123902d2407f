"""The fonts that ship with the product."""

from __future__ import annotations

from functools import cache

from PySide6.QtGui import QFont, QFontDatabase

from app.paths import resource
from app.ui.theme.tokens import SMALL_PIXELS, TEXT_PIXELS, TITLE_PIXELS

_FAMILY = "Inter"
_MONO = "Noto Sans Mono"


@cache
def load_fonts() -> None:
    """Make every shipped font known to Qt, which then falls back among them."""
    for path in sorted(resource("fonts").glob("*.ttf")):
        QFontDatabase.addApplicationFont(str(path))


def text_font() -> QFont:
    """Return the font of everything."""
    font = QFont(_FAMILY)
    font.setPixelSize(TEXT_PIXELS)
    return font


def small_font() -> QFont:
    """Return the font of captions."""
    font = text_font()
    font.setPixelSize(SMALL_PIXELS)
    return font


def bold_font() -> QFont:
    """Return the font of headings and of what a row is called by."""
    font = text_font()
    font.setWeight(QFont.Weight.DemiBold)
    return font


def title_font() -> QFont:
    """Return the font of page titles."""
    font = bold_font()
    font.setPixelSize(TITLE_PIXELS)
    return font


def figure_font(pixels: int = TEXT_PIXELS, *, bold: bool = False) -> QFont:
    """Return a font whose figures are equally wide, for numbers that change or align."""
    font = bold_font() if bold else text_font()
    font.setPixelSize(pixels)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def mono_font() -> QFont:
    """Return the font of hashes and scripts."""
    font = QFont(_MONO)
    font.setPixelSize(SMALL_PIXELS)
    return font
