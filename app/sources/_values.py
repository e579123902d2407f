"""Keys and identities in the forms in which sources of different types hold the same value."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

SPACES = " \t\n\r\v\f"
MORE_SPACES = (
    "\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u200b\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
)

_INTEGER = re.compile(r"0|-?[1-9][0-9]*")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]*[1-9]")
_SCALED = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+")
_NUMERIC_LOOK = re.compile(r"\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*", re.ASCII)


def number_in(text: str, *, scaled: bool = False) -> int | Decimal | None:
    """Return the number that ``text`` is the only way to write; None for ``0042``, ``1e3``, ``x``.

    With ``scaled``, zeros at the end of decimal places do not matter: PostgreSQL keeps them.
    ``0042`` in a column of texts and 42 in a column of numbers are two customers, not one.
    """
    if _INTEGER.fullmatch(text):
        return int(text) if len(text) < 1000 else None  # noqa: PLR2004 - int() refuses 4300 digits
    pattern = _SCALED if scaled else _DECIMAL
    return Decimal(text) if pattern.fullmatch(text) else None


def looks_numeric(text: str) -> bool:
    """Say whether a column of numbers would turn ``text`` into a number by itself."""
    return _NUMERIC_LOOK.fullmatch(text) is not None


def text_of(value: object) -> str:
    """Return a key value as a column of texts would hold it."""
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value)


def folded(text: str) -> str:
    """Return an e-mail address without case, outer spaces and composed variants."""
    bare = text.strip(SPACES + MORE_SPACES)
    return unicodedata.normalize("NFC", bare.lower()) if not bare.isascii() else bare.lower()


def digits_of(text: str) -> str:
    """Return the decimal digits of any script in ``text``, as 0 to 9."""
    found = (unicodedata.decimal(character, None) for character in text)
    return "".join(str(digit) for digit in found if digit is not None)
