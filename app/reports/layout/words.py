"""The fixed words of documents for the person, in the language of the request."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

from app.paths import resource

if TYPE_CHECKING:
    from datetime import date, datetime
    from decimal import Decimal

LANGUAGES = ("en", "de", "fr", "es")


class Words:
    """The words of one language, with its way to write days and numbers."""

    def __init__(self, language: str, texts: dict[str, str | list[str]]) -> None:
        self.language = language
        self._texts = texts

    def __call__(self, key: str, **values: object) -> str:
        """Return the text called ``key`` with its fields filled."""
        text = self._texts[key]
        if not isinstance(text, str):
            raise TypeError(key)
        return text.format(**values) if values else text

    def count(self, key: str, n: int) -> str:
        """Return the form of ``key`` for one or for many."""
        forms = self._texts[key]
        if isinstance(forms, str):
            raise TypeError(key)
        one, many = forms
        is_one = n == 1 or (n == 0 and self.language == "fr")
        return (one if is_one else many).format(n=self.number(n))

    def find(self, key: str) -> str | None:
        """Return the text called ``key``, if there is one."""
        text = self._texts.get(key)
        return text if isinstance(text, str) else None

    def names(self) -> frozenset[str]:
        """Return the name of every text."""
        return frozenset(self._texts)

    def day(self, day: date | datetime) -> str:
        """Return a day as people write it: ``20 November 2026``."""
        from babel.dates import format_date  # noqa: PLC0415 - costs start-up time

        pattern = {"de": "d. MMMM y", "es": "d 'de' MMMM 'de' y"}.get(self.language, "d MMMM y")
        return format_date(day, pattern, locale=self.language)

    def number(self, number: int | Decimal) -> str:
        """Return a number with the language's separators."""
        from babel.numbers import format_decimal  # noqa: PLC0415 - costs start-up time

        return format_decimal(number, locale=self.language)

    def size(self, size: int) -> str:
        """Return a number of bytes as ``12 kB``."""
        for unit, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
            if size >= unit:
                return f"{self.number(round(size / unit))}\u00a0{name}"
        return f"{size}\u00a0B"


def words_for(language: str) -> Words:
    """Return the words for a BCP 47 tag; English where there are none of its language."""
    base = language.replace("_", "-").split("-")[0].lower()
    return _load(base if base in LANGUAGES else LANGUAGES[0])


@cache
def _load(language: str) -> Words:
    path = resource("documents", "words", f"{language}.json")
    texts: dict[str, str | list[str]] = json.loads(path.read_text("utf-8"))
    return Words(language, texts)
