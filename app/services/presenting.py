"""Values as the person reads them: her language's dates and amounts, words for codes."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_time
from babel.numbers import format_decimal

from app.domain.values import as_text

if TYPE_CHECKING:
    from app.domain.datamap import Field

_ISO = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
)
_DAY_LENGTH = len("2026-03-12")
_YES_NO = {
    "en": ("yes", "no"),
    "de": ("ja", "nein"),
    "fr": ("oui", "non"),
    "es": ("sí", "no"),
}


class Presentation:
    """How one reader's language writes things; exact values are in the JSON and CSV files."""

    def __init__(self, language: str, country: str = "") -> None:
        """English outside the United States writes the day before the month."""
        if language == "en" and not country.upper().startswith("US"):
            language = "en-GB"
        try:
            self._locale = Locale.parse(language, sep="-")
        except (UnknownLocaleError, ValueError):
            self._locale = Locale.parse("en")

    def text(self, value: object, field: Field | None) -> str:
        """Return ``value`` as this reader reads it."""
        if field is not None and field.codes and (code := field.codes.get(as_text(value))):
            return code
        if isinstance(value, bool):
            yes, no = _YES_NO.get(self._locale.language, _YES_NO["en"])
            return yes if value else no
        if isinstance(value, str):
            return self._moment(value) if _ISO.fullmatch(value) else value
        if isinstance(value, date | time):
            return self._when(value)
        if isinstance(value, Decimal | float):
            return self._amount(value)
        return as_text(value)

    def _when(self, value: date | time) -> str:
        if isinstance(value, datetime):
            return format_datetime(value, "medium", locale=self._locale)
        if isinstance(value, date):
            return format_date(value, "medium", locale=self._locale)
        return format_time(value, "medium", locale=self._locale)

    def _moment(self, text: str) -> str:
        try:
            if len(text) == _DAY_LENGTH:
                return format_date(date.fromisoformat(text), "medium", locale=self._locale)
            return format_datetime(datetime.fromisoformat(text), "medium", locale=self._locale)
        except ValueError:
            return text

    def _amount(self, value: Decimal | float) -> str:
        exact = Decimal(repr(value)) if isinstance(value, float) else value
        if not exact.is_finite():
            return str(value)
        return str(format_decimal(exact, locale=self._locale, decimal_quantization=False))


def label(field: Field | None, name: str) -> str:
    """Return what people call a field."""
    if field is not None and field.label:
        return field.label
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_+|-+", " ", name).strip()
    return words[:1].upper() + words[1:].lower() if words else name
