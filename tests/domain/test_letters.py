from __future__ import annotations

import pytest

from app.domain.errors import InputError
from app.domain.letters import FIELDS, PartKind, fields_of, fill, parts
from app.domain.responses import LetterKind
from app.paths import resource

VALUES = {name: f"<{name}>" for name in FIELDS}
LANGUAGES = ("en", "de", "fr", "es")


def template(language: str, kind: LetterKind) -> str:
    return resource("letters", language, f"{kind.value}.txt").read_text("utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", list(LetterKind))
def test_every_letter_exists_and_fills(language: str, kind: LetterKind) -> None:
    text = fill(template(language, kind), VALUES)
    assert "{" not in text
    kinds = [part.kind for part in parts(text)]
    assert kinds[0] is PartKind.TITLE
    assert kinds.count(PartKind.TITLE) == 1
    assert "<salutation>" in text
    assert "<sender>, <sender_role>" in text


@pytest.mark.parametrize("kind", list(LetterKind))
def test_a_letter_has_the_same_fields_and_parts_in_every_language(kind: LetterKind) -> None:
    texts = [template(language, kind) for language in LANGUAGES]
    assert len({fields_of(text) for text in texts}) == 1
    assert len({tuple(part.kind for part in parts(text)) for text in texts}) == 1


@pytest.mark.parametrize("kind", [LetterKind.FULL_ANSWER, LetterKind.PARTIAL_ANSWER])
def test_an_answer_says_what_is_held_what_is_left_out_and_how_to_complain(kind: LetterKind) -> None:
    found = fields_of(template("en", kind))
    assert {"left_out", "rights", "authority", "enclosures", "article"} <= found
    assert PartKind.SHORT in [part.kind for part in parts(template("en", kind))]


@pytest.mark.parametrize(
    "kind",
    [LetterKind.REFUSAL, LetterKind.NO_DATA, LetterKind.ERASURE_PARTLY, LetterKind.EXTENSION],
)
def test_bad_news_comes_with_a_way_to_complain(kind: LetterKind) -> None:
    assert {"authority", "contact", "received_on"} - {"received_on"} <= fields_of(
        template("en", kind)
    )


def test_an_unknown_field_is_an_error() -> None:
    with pytest.raises(InputError, match=r"letter\.unknown_field"):
        fill("Dear {name},", VALUES)


@pytest.mark.parametrize("values", [{}, {"sender": "  "}])
def test_a_missing_value_is_an_error(values: dict[str, str]) -> None:
    with pytest.raises(InputError, match=r"letter\.missing_field"):
        fill("Yours, {sender}", values)


def test_a_value_stays_text() -> None:
    assert fill("Yours, {sender}", {"sender": "{contact} \\1"}) == "Yours, {contact} \\1"
    filled = fill("# A\n\n{left_out}", {"left_out": "# B\n\n## C\n\n[in short]"})
    assert [part.kind for part in parts(filled)] == [PartKind.TITLE, PartKind.PARAGRAPH]


def test_a_value_cannot_become_the_table() -> None:
    filled = fill("# A\n\n{left_out}", {"left_out": "[in short]"})
    assert PartKind.SHORT not in [part.kind for part in parts(filled)]


def test_paragraphs_keep_their_lines_and_forms() -> None:
    found = parts("# Title\r\n\r\n\r\nOne\r\ntwo\r\n \r\n## Three\n\n[in short]\n\n# four")
    assert [(part.kind.value, part.text) for part in found] == [
        ("title", "Title"),
        ("paragraph", "One\ntwo"),
        ("heading", "Three"),
        ("short", ""),
        ("paragraph", "# four"),
    ]
