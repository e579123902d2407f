"""What a person is known by: kinds of identity, their normal form, their mask."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from app.domain.errors import InputError

EMAIL = "email"
PHONE = "phone_number"

_ALSO = {
    "e-mail": EMAIL,
    "e_mail": EMAIL,
    "mail": EMAIL,
    "email_address": EMAIL,
    "phone": PHONE,
    "telephone": PHONE,
    "mobile": PHONE,
    "mobile_number": PHONE,
}

_HIDDEN = "•••"
_TAIL = 2
_LONG_ENOUGH_FOR_A_TAIL = 7
_LONG_ENOUGH_FOR_A_HEAD = 4

type PhoneRule = Callable[[str], tuple[str, tuple[str, ...]]]
"""From a phone number as written to its E.164 form and the digits that it may be stored as."""


@dataclass(frozen=True)
class Identity:
    """One thing a person is known by.

    ``value`` is the normal form; ``variants`` are what sources compare with, the most likely first.
    """

    kind: str
    value: str
    variants: tuple[str, ...]


def compared_as(kind: str) -> str:
    """Return ``email`` or ``phone_number`` for kinds compared like these, else ``kind``."""
    return _ALSO.get(kind.casefold(), kind)


def normalise(kind: str, text: str, *, phone: PhoneRule) -> Identity:
    """Return ``text`` as an identity of ``kind``; raise ``InputError`` when it cannot be one."""
    trimmed = unicodedata.normalize("NFC", text.strip())
    if not trimmed:
        raise InputError("identity.empty", kind=kind)
    if not trimmed.isprintable():
        raise InputError("identity.unprintable", kind=kind)
    if compared_as(kind) == EMAIL:
        variants = email_variants(trimmed)
        return Identity(kind, variants[0], variants)
    if compared_as(kind) == PHONE:
        number, digits = phone(trimmed)
        return Identity(kind, number, digits)
    return Identity(kind, trimmed, _distinct(trimmed, unicodedata.normalize("NFD", trimmed)))


def email_variants(text: str) -> tuple[str, ...]:
    """Return an address folded for comparison, and what a source's own folding may make of it."""
    name, at, host = text.rpartition("@")
    if not name or not at or not host or any(each.isspace() for each in text) or "@" in host:
        raise InputError("identity.not_an_email")
    folded = unicodedata.normalize("NFC", text.casefold())
    lower = unicodedata.normalize("NFC", text.lower())
    return _distinct(folded, lower, unicodedata.normalize("NFD", lower))


def same_identity(kind: str, text: str, known: str) -> bool:
    """Say whether ``text``, as a source holds it, is the identity ``known`` (one of its variants).

    As sources compare: e-mail addresses without case and outer spaces, phones by their digits.
    """
    if compared_as(kind) == EMAIL:
        return unicodedata.normalize("NFC", text.strip()).casefold() == known.casefold()
    if compared_as(kind) == PHONE:
        return _digits(text) == _digits(known)
    return text == known


def mask(kind: str, value: str) -> str:
    """Return what may be shown of a value in a list: m•••@fastmail.com, •••67."""
    if compared_as(kind) == EMAIL and "@" in value:
        name, _at, host = value.rpartition("@")
        return f"{name[:1] if len(name) > 1 else ''}{_HIDDEN}@{host}"
    if compared_as(kind) == PHONE:
        digits = _digits(value)
        return _HIDDEN + (digits[-_TAIL:] if len(digits) >= _LONG_ENOUGH_FOR_A_TAIL else "")
    return mask_text(value)


def mask_text(value: str) -> str:
    """Return the first letter of a text that is long enough to keep the rest to itself."""
    return (value[:1] if len(value) >= _LONG_ENOUGH_FOR_A_HEAD else "") + _HIDDEN


def _digits(text: str) -> str:
    return "".join(each for each in text if each.isdigit())


def _distinct(*values: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
