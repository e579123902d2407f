"""The colours and sizes that everything is drawn with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tokens:
    """One colour scheme; every colour is ``#RRGGBB``.

    Text is ink, muted or one of the five hues: each has a contrast of at least 4.5 (WCAG 2.2,
    1.4.3) on every ground it may stand on. ``faint`` is for shapes and for what is disabled, never
    for text that must be read.
    """

    is_dark: bool
    background: str
    surface: str
    side: str
    line: str
    ink: str
    muted: str
    faint: str
    accent: str
    accent_soft: str
    on_accent: str
    amber: str
    amber_soft: str
    red: str
    red_soft: str
    green: str
    green_soft: str
    blue: str
    blue_soft: str

    def tone(self, name: str) -> tuple[str, str]:
        """Return (text, ground) of a pill: accent, amber, red, green, blue or grey."""
        if name == "grey":
            return self.muted, self.grey_soft
        return getattr(self, name), getattr(self, f"{name}_soft")

    @property
    def grey_soft(self) -> str:
        """The ground of a pill that means nothing in particular."""
        return self.side if not self.is_dark else self.line


LIGHT = Tokens(
    is_dark=False,
    background="#F6F5F2",
    surface="#FFFFFF",
    side="#EFEDE8",
    line="#E2DFD8",
    ink="#1D1C1A",
    muted="#65625B",
    faint="#98958D",
    accent="#1F5F5B",
    accent_soft="#E2EFED",
    on_accent="#FFFFFF",
    amber="#A3550A",
    amber_soft="#FCF0DD",
    red="#B3261E",
    red_soft="#FBE8E6",
    green="#1C7A48",
    green_soft="#E3F3E9",
    blue="#3A57A8",
    blue_soft="#E8ECF8",
)
DARK = Tokens(
    is_dark=True,
    background="#191816",
    surface="#22211E",
    side="#1E1D1A",
    line="#37352F",
    ink="#ECEAE4",
    muted="#ABA79E",
    faint="#77736A",
    accent="#6FC2B8",
    accent_soft="#20403D",
    on_accent="#12211F",
    amber="#E9A64B",
    amber_soft="#40301A",
    red="#F08A80",
    red_soft="#46221F",
    green="#6CC893",
    green_soft="#1E3A2A",
    blue="#9DB2EE",
    blue_soft="#27304B",
)

STEP = 4
"""Spacing goes in steps of this many pixels."""
RADIUS_CARD = 10
RADIUS_CONTROL = 7
TEXT_PIXELS = 13
SMALL_PIXELS = 12
TITLE_PIXELS = 20
