"""Phone numbers are read as people write them, and looked for as sources keep them."""

from __future__ import annotations

import pytest

from app.domain.errors import InputError
from app.domain.requests import SubjectIdentity
from app.services.identifying import phone_rule, search_values


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("+41 44 668 18 00", ""),
        ("0041 44 668 18 00", "CH"),
        ("044 668 18 00", "ch"),
        ("+41 (0)44 668 18 00", ""),
        ("(044) 668-18-00 ext. 12", "CH"),
        ("tel:+41-44-668-18-00", ""),
    ],
)
def test_one_number_has_one_form(text: str, region: str) -> None:
    number, digits = phone_rule(region)(text)
    assert number == "+41446681800"
    assert digits == ("41446681800", "0446681800", "0041446681800", "410446681800")


def test_a_number_without_a_trunk_prefix_has_a_shorter_national_form() -> None:
    assert phone_rule("US")("(415) 555-2671") == (
        "+14155552671",
        ("14155552671", "4155552671", "0014155552671"),
    )


@pytest.mark.parametrize(
    ("text", "region", "code"),
    [
        ("044 668 18 00", "", "identity.phone_needs_country"),
        ("hello", "CH", "identity.not_a_phone"),
        ("12", "CH", "identity.not_a_phone"),
        ("+41 44 668 18 00", "XX", "identity.unknown_region"),
    ],
)
def test_what_cannot_be_told_is_refused_not_guessed(text: str, region: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        phone_rule(region)(text)
    assert caught.value.code == code
    assert text not in str(caught.value)


def test_values_of_one_kind_are_gathered_whatever_the_kind_is_called() -> None:
    identities = [
        SubjectIdentity("email", "Ann@Example.org"),
        SubjectIdentity("E-Mail", "ann@example.org "),
        SubjectIdentity("email", "ann@work.example"),
        SubjectIdentity("phone", "044 668 18 00"),
        SubjectIdentity("customer_number", "0042"),
    ]
    values = search_values(identities, region="CH")
    assert values["email"] == ("ann@example.org", "ann@work.example")
    assert values["phone_number"][0] == "41446681800"
    assert values["customer_number"] == ("0042",)


def test_a_country_that_is_no_region_matters_only_for_phones() -> None:
    identities = [SubjectIdentity("email", "ann@example.org")]
    assert search_values(identities, region="Helvetia") == {"email": ("ann@example.org",)}
