"""Identities are brought to one form, and lists show only enough to recognise them."""

from __future__ import annotations

import pytest

from app.domain.errors import InputError
from app.domain.identities import Identity, compared_as, mask, normalise, same_identity


def no_phone(text: str) -> tuple[str, tuple[str, ...]]:
    return f"+{text}", (text,)


def variants(kind: str, text: str) -> tuple[str, ...]:
    return normalise(kind, text, phone=no_phone).variants


def test_an_email_is_trimmed_and_folded() -> None:
    assert normalise("email", "  Ann@Example.ORG\n", phone=no_phone) == Identity(
        "email", "ann@example.org", ("ann@example.org",)
    )


def test_an_email_that_folding_changes_is_also_looked_for_in_small_letters() -> None:
    assert variants("email", "Weiß@example.de") == ("weiss@example.de", "weiß@example.de")


def test_an_email_is_found_however_its_letters_are_composed() -> None:
    assert variants("email", "rene\u0301@example.fr") == variants("email", "ren\xe9@example.fr")
    assert "rene\u0301@example.fr" in variants("email", "ren\xe9@example.fr")


@pytest.mark.parametrize(
    "text", ["ann", "@example.org", "ann@", "a b@c.de", "ann@example.org, b@c.de"]
)
def test_what_is_no_email_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(InputError) as caught:
        variants("email", text)
    assert (caught.value.code, caught.value.values) == ("identity.not_an_email", {})


@pytest.mark.parametrize(
    ("text", "code"), [(" \t", "identity.empty"), ("a\x1bb", "identity.unprintable")]
)
def test_what_is_no_identity_at_all_is_refused(text: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        variants("customer_number", text)
    assert (caught.value.code, caught.value.values) == (code, {"kind": "customer_number"})


def test_other_identities_are_trimmed_and_nothing_else() -> None:
    assert variants("customer_number", " 007-Ab ") == ("007-Ab",)


def test_a_phone_follows_the_rule_that_is_given() -> None:
    assert normalise("phone", " 123 ", phone=no_phone) == Identity("phone", "+123", ("123",))


@pytest.mark.parametrize(
    ("kind", "same"),
    [
        ("E-Mail", "email"),
        ("phone", "phone_number"),
        ("mobile", "phone_number"),
        ("cookie", "cookie"),
    ],
)
def test_other_names_for_a_kind_are_known(kind: str, same: str) -> None:
    assert compared_as(kind) == same


@pytest.mark.parametrize(
    ("kind", "text", "known", "is_same"),
    [
        ("email", " ANN@example.org", "ann@example.org", True),
        ("email", "ann@example.org", "bob@example.org", False),
        ("phone_number", "+41 44/668", "4144668", True),
        ("customer", "A1", "a1", False),
        ("", "0", "0", True),
    ],
)
def test_values_of_a_source_are_compared_as_sources_do(
    kind: str, text: str, known: str, *, is_same: bool
) -> None:
    assert same_identity(kind, text, known) is is_same


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("email", "mara@fastmail.com", "m•••@fastmail.com"),
        ("email", "m@fastmail.com", "•••@fastmail.com"),
        ("email", "not an address", "n•••"),
        ("phone_number", "+41446681867", "•••67"),
        ("phone_number", "112", "•••"),
        ("customer", "C-1042", "C•••"),
        ("customer", "42", "•••"),
        ("customer", "", "•••"),
    ],
)
def test_a_list_shows_only_enough_to_recognise_it(kind: str, value: str, shown: str) -> None:
    assert mask(kind, value) == shown
