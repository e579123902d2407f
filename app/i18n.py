"""Texts in the reader's language, from the first string; the source language is English."""

from __future__ import annotations

import gettext

from app.paths import resource

_DOMAIN = "sandglass"
_translation: gettext.NullTranslations = gettext.NullTranslations()


def use_language(*languages: str) -> None:
    """Translate from now on into the first of ``languages`` that there is a catalogue for."""
    global _translation  # noqa: PLW0603 - one language per process, as gettext itself does it
    _translation = gettext.translation(
        _DOMAIN, resource("locale"), languages=list(languages) or None, fallback=True
    )


def _(text: str) -> str:
    """Return ``text`` in the reader's language."""
    return _translation.gettext(text)


def ngettext(one: str, many: str, count: int) -> str:
    """Return the form of ``one`` or ``many`` that ``count`` takes in the reader's language."""
    return _translation.ngettext(one, many, count)
