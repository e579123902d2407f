"""Finds in a text what a person must look at: others' contact details and names, and identifiers
that a law forbids to send.

Every hit is a suggestion for review; only forbidden identifiers hold a package back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import stdnum.iban
import stdnum.luhn
import stdnum.us.ssn

from app.domain.datamap import category_within

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.domain.datamap import Field
    from app.domain.requests import Subject

_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_PHONE = re.compile(r"(?<![\w.])(?:\+|00|0|\()[\d() ./-]{6,18}\d(?!\w)")
_NAME = re.compile(
    r"\b(?:Herrn?|Frau|Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Madame|Mme|Monsieur|Señora?|Sra?|Signora?)\.?"
    r"\s+(?P<name>[^\W\d_][\w'\u2019-]+(?:\s+[A-ZÀ-ÖØ-Þ][\w'\u2019-]+)?)"
)
_CARD = re.compile(r"(?<![\d.,-])\d(?:[ -]?\d){12,18}(?![\d.,-])")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_SSN = re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])")
_NOT_DIGITS = re.compile(r"\D+")
_SHORTEST_PHONE = 7
_TAIL = 7
"""Digits from the end in which two ways of writing a telephone number agree."""


@dataclass(frozen=True)
class Hit:
    """Something found in a text; characters, end exclusive."""

    kind: str
    start: int
    end: int


class Detector:
    """Knows the subject, so that what is hers is not taken for somebody else's."""

    def __init__(self, subject: Subject) -> None:
        values = [each.value.strip() for each in subject.identities]
        self._emails = {value.casefold() for value in values if "@" in value}
        self._tails = {
            digits[-_TAIL:]
            for value in values
            if "@" not in value and len(digits := _NOT_DIGITS.sub("", value)) >= _SHORTEST_PHONE
        }
        self._names = {part.casefold() for part in re.findall(r"[^\W\d_]+", subject.name)}

    def others(self, text: str) -> Iterator[Hit]:
        """Yield what seems to belong to other people."""
        for match in _EMAIL.finditer(text):
            if match.group().casefold() not in self._emails:
                yield Hit("other_email", *match.span())
        for match in _PHONE.finditer(text):
            digits = _NOT_DIGITS.sub("", match.group())
            if len(digits) >= _SHORTEST_PHONE and digits[-_TAIL:] not in self._tails:
                yield Hit("other_phone", *match.span())
        for match in _NAME.finditer(text):
            parts = {part.casefold() for part in re.findall(r"[^\W\d_]+", match.group("name"))}
            if not parts <= self._names:
                yield Hit("other_name", *match.span("name"))


def _is_ssn(text: str) -> bool:
    return bool(stdnum.us.ssn.is_valid(text))


def _is_card(text: str) -> bool:
    digits = _NOT_DIGITS.sub("", text)
    return len(set(digits)) > 1 and bool(stdnum.luhn.is_valid(digits))


def _is_iban(text: str) -> bool:
    return bool(stdnum.iban.is_valid(text))


_FORBIDDEN: dict[str, tuple[re.Pattern[str], Callable[[str], bool]]] = {
    "social_security_number": (_SSN, _is_ssn),
    "payment_card": (_CARD, _is_card),
    "bank_account": (_IBAN, _is_iban),
}

FORBIDDEN_CATEGORIES: dict[str, tuple[str, ...]] = {
    "social_security_number": ("user.government_id.national_identification_number",),
    "government_id": ("user.government_id",),
    "payment_card": ("user.financial.credit_card",),
    "bank_account": ("user.financial.bank_account",),
    "health_insurance_id": (
        "user.health_and_medical.insurance_beneficiary_id",
        "user.health_and_medical.record_id",
    ),
    "password": ("user.authorization", "system.authentication"),
    "biometric": ("user.biometric",),
}
"""Kinds of identifier that 11 CCR 7024(d) forbids, by the data categories that hold them."""


def forbidden_by_map(field: Field | None, kinds: tuple[str, ...]) -> Iterator[str]:
    """Yield the kinds, of those that may not leave, which the map says ``field`` holds."""
    for kind in kinds:
        wanted = FORBIDDEN_CATEGORIES.get(kind, ())
        if field and any(
            category_within(mine, each) for mine in field.categories for each in wanted
        ):
            yield kind


def forbidden(text: str, kinds: tuple[str, ...]) -> Iterator[Hit]:
    """Yield identifiers of ``kinds`` in ``text``; a check digit must hold where there is one."""
    for kind in kinds:
        if kind not in _FORBIDDEN:
            continue
        pattern, is_valid = _FORBIDDEN[kind]
        for match in pattern.finditer(text):
            if is_valid(match.group()):
                yield Hit(f"forbidden:{kind}", *match.span())
