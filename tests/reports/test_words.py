from __future__ import annotations

import re

import pytest

from app.domain.review import REASONS
from app.reports.layout.words import LANGUAGES, words_for

ENGLISH = words_for("en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_are_complete(language: str) -> None:
    words = words_for(language)
    assert words.language == language
    assert words.names() == ENGLISH.names()
    for name in words.names():
        ours, english = words.find(name), ENGLISH.find(name)
        fields = re.compile(r"\{\w+\}")
        assert sorted(fields.findall(ours or "")) == sorted(fields.findall(english or "")), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_has_words(language: str) -> None:
    for each in REASONS:
        assert words_for(language).find(f"reason.{each.code}")


def test_an_unknown_language_gets_english() -> None:
    assert words_for("pt-BR") is ENGLISH
    assert words_for("de-AT").language == "de"
    assert words_for("") is ENGLISH


def test_counts_have_their_forms() -> None:
    assert words_for("en").count("records", 1) == "1 record."
    assert words_for("en").count("records", 0) == "0 records."
    assert words_for("fr").count("records", 0) == "0 enregistrement."
    assert words_for("de").count("records", 12345) == "12.345 Datensätze."
