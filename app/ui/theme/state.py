"""Which scheme is current. A process has one palette, so it has one of these."""

from __future__ import annotations

from app.ui.theme.tokens import LIGHT, Tokens

_current: Tokens = LIGHT


def current() -> Tokens:
    """Return the tokens that everything is drawn with now."""
    return _current


def set_current(tokens: Tokens) -> None:
    """Change them; the caller changes palette and sheet too."""
    global _current  # noqa: PLW0603 - as QApplication's palette is, one per process
    _current = tokens
