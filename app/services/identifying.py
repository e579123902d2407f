"""From what a person wrote about who is looked for to the values that sources compare with."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol

import phonenumbers
from phonenumbers import PhoneNumberFormat

from app.domain.errors import InputError
from app.domain.identities import compared_as, normalise

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.domain.identities import PhoneRule


class Known(Protocol):
    """Something that a person is known by, as written."""

    @property
    def kind(self) -> str:
        """The kind of identity."""
        ...

    @property
    def value(self) -> str:
        """What was written."""
        ...


def search_values(identities: Iterable[Known], *, region: str = "") -> dict[str, tuple[str, ...]]:
    """Return for each kind of identity the values that ``plan.selection`` wants.

    Phone numbers without a country code are read as those of ``region`` (ISO 3166). Raises
    ``InputError`` with a code below ``identity.`` for what cannot be one.
    """
    rule = phone_rule(region)
    found: dict[str, dict[str, None]] = {}
    for each in identities:
        values = found.setdefault(compared_as(each.kind), {})
        values.update(dict.fromkeys(normalise(each.kind, each.value, phone=rule).variants))
    return {kind: tuple(values) for kind, values in found.items()}


def phone_rule(region: str = "") -> PhoneRule:
    """Return the rule for phone numbers; those without a country code are of ``region``.

    Without a region such numbers are refused rather than guessed.
    """
    return partial(_forms, region=region.strip().upper())


def _forms(text: str, *, region: str) -> tuple[str, tuple[str, ...]]:
    """Return E.164, and the digits of every way in which this very number is commonly kept."""
    if region and region not in phonenumbers.SUPPORTED_REGIONS:
        raise InputError("identity.unknown_region", region=region)
    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException as error:
        needs_country = error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE
        code = "identity.phone_needs_country" if needs_country else "identity.not_a_phone"
        raise InputError(code) from None
    if not phonenumbers.is_possible_number(number):
        raise InputError("identity.not_a_phone")
    number.extension = None
    full = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    national = _digits(phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL))
    international = _digits(full)
    kept = [international, national, f"00{international}"]
    if national.startswith("0"):
        kept.append(f"{number.country_code}{national}")  # +44 (0)20 …
    return full, tuple(dict.fromkeys(kept))


def _digits(text: str) -> str:
    return "".join(each for each in text if each.isdigit())
