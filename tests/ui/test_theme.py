from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from app.ui.theme import Scheme, apply_theme, current
from app.ui.theme.icons import icon
from app.ui.theme.tokens import DARK, LIGHT, Tokens
from app.ui.widgets.card import Card
from app.ui.widgets.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

READABLE = 4.5  # WCAG 2.2, 1.4.3
GROUNDS = ("background", "surface", "side", "accent_soft")
TEXTS = ("ink", "muted")
HUES = ("accent", "amber", "red", "green", "blue")


@pytest.fixture(autouse=True)
def _light_again(qapp: QApplication) -> Iterator[None]:
    yield
    apply_theme(qapp, Scheme.LIGHT)


def luminance(colour: str) -> float:
    def linear(part: int) -> float:
        share = part / 255
        return share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4

    shown = QColor(colour)
    red, green, blue = linear(shown.red()), linear(shown.green()), linear(shown.blue())
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_text_can_be_read_on_every_ground(tokens: Tokens) -> None:
    pairs = [(text, ground) for text in TEXTS for ground in GROUNDS]
    pairs += [(hue, "surface") for hue in HUES] + [(hue, "background") for hue in HUES]
    weak = {
        f"{text} on {ground}": round(contrast(getattr(tokens, text), getattr(tokens, ground)), 2)
        for text, ground in pairs
        if contrast(getattr(tokens, text), getattr(tokens, ground)) < READABLE
    }

    assert not weak


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("tone", [*HUES, "grey"])
def test_a_pill_can_be_read(tokens: Tokens, tone: str) -> None:
    assert contrast(*tokens.tone(tone)) >= READABLE


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_the_primary_button_and_the_counters_can_be_read(tokens: Tokens) -> None:
    assert contrast(tokens.on_accent, tokens.accent) >= READABLE
    assert contrast(tokens.surface, tokens.amber) >= READABLE
    assert contrast(tokens.ink, tokens.line) >= READABLE


def test_the_focus_ring_is_seen_on_every_ground() -> None:
    for tokens in (LIGHT, DARK):
        for ground in GROUNDS:
            assert contrast(tokens.accent, getattr(tokens, ground)) >= 3  # WCAG 2.2, 1.4.11


def test_everything_shown_changes_with_the_scheme(qtbot: QtBot, qapp: QApplication) -> None:
    card = Card("Heading")
    card.body.addWidget(Text("Words"))
    card.resize(200, 100)
    qtbot.addWidget(card)
    card.show()

    light = card.grab().toImage().pixelColor(100, 80)
    apply_theme(qapp, Scheme.DARK)
    dark = card.grab().toImage().pixelColor(100, 80)

    assert (light.name().upper(), dark.name().upper()) == (LIGHT.surface, DARK.surface)
    assert current() is DARK


def test_an_icon_takes_the_colours_of_the_scheme_that_is_current(qapp: QApplication) -> None:
    lock = icon("lock", "ink")

    def drawn() -> set[str]:
        image = QImage(32, 32, QImage.Format.Format_ARGB32)
        image.fill(0)
        painter = QPainter(image)
        lock.paint(painter, image.rect())
        painter.end()
        return {
            image.pixelColor(x, y).name().upper()
            for x in range(32)
            for y in range(32)
            if image.pixelColor(x, y).alpha() == 255
        }

    assert drawn() == {LIGHT.ink}
    apply_theme(qapp, Scheme.DARK)
    assert drawn() == {DARK.ink}
