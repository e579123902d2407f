"""Keys and identities in the forms in which sources hold the same value."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.sources._values import digits_of, folded, looks_numeric, number_in


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("42", 42), ("-42", -42), ("42.5", Decimal("42.5")), ("-0.5", Decimal("-0.5"))],
)
def test_a_number_that_can_be_written_in_one_way(text: str, number: object) -> None:
    assert number_in(text) == number


@pytest.mark.parametrize(
    "text",
    ["", "-", "-0", "00", "0042", "+42", " 42", "42 ", "4e1", "1_000", "42.", ".5", "42.50", "٤٢",
     "x", "0x2a", "NaN", "inf", "42\n", "9" * 5000],
)  # fmt: skip
def test_anything_else_is_a_text(text: str) -> None:
    assert number_in(text) is None


def test_decimal_places_may_end_in_zeros_where_the_source_keeps_them() -> None:
    assert number_in("42.50", scaled=True) == Decimal("42.50")
    assert number_in("042.50", scaled=True) is None


def test_what_a_column_of_numbers_would_convert() -> None:
    for text in ("0042", "+42", " 42 ", "4e1", ".5", "42."):
        assert looks_numeric(text)
    for text in ("", "x42", "0x2a", "1_000", "٤٢", "."):
        assert not looks_numeric(text)


def test_addresses_fold_case_spaces_and_composition() -> None:
    assert folded("\u00a0 É@X.org\n") == folded("e\u0301@x.ORG") == "é@x.org"
    assert folded("straße@x") != folded("strasse@x")


def test_digits_of_every_script() -> None:
    assert digits_of("+٤٤ (0)20-7946 \uff10\uff19") == "44020794609"
    assert digits_of("no number ²½") == ""
