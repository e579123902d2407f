"""How the window looks: tokens, palette, one style sheet, icons, fonts."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStyleFactory

from app.ui.theme.fonts import load_fonts, text_font
from app.ui.theme.palette import palette_of
from app.ui.theme.sheet import sheet_of
from app.ui.theme.state import current, set_current
from app.ui.theme.tokens import DARK, LIGHT

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

__all__ = ["Scheme", "apply_theme", "current"]


class Scheme(StrEnum):
    """Which colours; ``AUTO`` follows the desktop."""

    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"


def apply_theme(app: QApplication, scheme: Scheme) -> None:
    """Draw everything in ``scheme`` from now on."""
    load_fonts()
    is_dark = scheme is Scheme.DARK or (
        scheme is Scheme.AUTO and app.styleHints().colorScheme() is Qt.ColorScheme.Dark
    )
    tokens = DARK if is_dark else LIGHT
    set_current(tokens)
    if app.style().name() != "fusion":
        app.setStyle(QStyleFactory.create("Fusion"))
    app.setFont(text_font())
    app.setPalette(palette_of(tokens))
    app.setStyleSheet(sheet_of(tokens))
