from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pikepdf
import pytest

from app.reports import letter, redactions, start_here, your_data, your_data_html
from tests.reports import samples
from tests.reports.reading import assert_sound, flat, run, structure_of, text_of

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

PDFS = (letter, your_data, redactions)
ALL = (*PDFS, start_here, your_data_html)


def render(module: ModuleType, folder: Path, content: object = None) -> Path:
    out = folder / module.REPORT.file_name
    module.REPORT.render(content or samples.person(), out)
    return out


@pytest.mark.parametrize("module", PDFS)
def test_a_document_is_tagged_archival_accessible_and_names_its_language(
    module: ModuleType, tmp_path: Path
) -> None:
    out = render(module, tmp_path, samples.person("de"))
    assert_sound(out)
    assert "Tagged:          yes" in run("pdfinfo", out)
    with pikepdf.open(out) as pdf:
        assert str(pdf.Root.Lang) == "de"
        with pdf.open_metadata() as meta:
            assert meta["pdfaid:part"] == "2"
            assert meta["pdfaid:conformance"] == "A"
            assert meta["pdfuaid:part"] == "1"
            assert meta["dc:title"]
        with pdf.open_outline() as outline:
            assert len(outline.root) >= 1


@pytest.mark.parametrize("module", ALL)
def test_the_same_content_gives_the_same_bytes(module: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, second = render(module, tmp_path / "a"), render(module, tmp_path / "b")
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("module", ALL)
def test_nothing_is_left_beside_a_document(module: ModuleType, tmp_path: Path) -> None:
    out = render(module, tmp_path)
    assert list(tmp_path.iterdir()) == [out]


def test_the_letter_has_recipient_references_table_and_closing(tmp_path: Path) -> None:
    text = flat(text_of(render(letter, tmp_path)))
    assert text.startswith(
        "Northwind Stores GmbH Personal and confidential Mara Köhler Lindenweg 4"
    )
    assert (
        "Hamburg, 20 November 2026. Your reference: request of 23 October 2026. "
        "Ours: DSR-2026-0142." in text
    )
    assert "What we hold Why How long Who receives it Page" in text
    assert "Contact details (1) To deliver your orders" in text
    assert "Yours sincerely, Nadia Roth, data protection officer" in text
    assert text.endswith("DSR-2026-0142 1 of 1")


def test_the_letter_gives_the_pages_of_the_data_document(tmp_path: Path) -> None:
    text = flat(text_of(render(letter, tmp_path)))
    render(your_data, tmp_path)
    pages = run("pdftotext", "-f", 5, "-l", 5, tmp_path / "your-data.pdf", "-")
    assert "Messages with support" in pages
    assert "Messages with support (4) To help you 2 years nobody 5" in text


def test_the_data_document_explains_each_purpose(tmp_path: Path) -> None:
    text = flat(text_of(render(your_data, tmp_path)))
    for told in (
        "To deliver your orders What we hold Contact details (1), Orders (30)",
        "Legal basis Legitimate interest, Art. 6(1)(f) GDPR",
        "Other countries, and safeguards USA, standard contractual clauses",
        "Where it comes from your bank",
        "Where you may complain Hamburg Commissioner for Data Protection",
        "Does not apply. No decision about you was made by automated means alone.",
        "We hold no data about you in Newsletter.",
        'From our help desk, system "support", collected 20 November 2026. Purpose: to help you.',
    ):
        assert told in text, told


def test_empty_fields_are_left_out(tmp_path: Path) -> None:
    text = text_of(render(your_data, tmp_path))
    assert "Second name" not in text
    assert "Customer since" in text


def test_wide_rows_become_cards_and_short_ones_tables(tmp_path: Path) -> None:
    structure = structure_of(render(your_data, tmp_path))
    assert structure.count('"Record ') >= 3
    assert "THead" in structure
    assert "/Scope /Column" in structure


def test_covered_places_are_pictures_that_say_only_that_they_cover(tmp_path: Path) -> None:
    out = render(your_data, tmp_path)
    with pikepdf.open(out) as pdf:
        alternatives = [
            str(each.Alt)
            for each in pdf.objects
            if isinstance(each, pikepdf.Dictionary) and "/Alt" in each
        ]
    assert alternatives == ["covered"] * 3
    text = flat(text_of(out))
    assert "Your neighbour" in text
    assert "Covered: names or contact details of another person (Art. 15(4) GDPR)." in text
    assert "1 record is not in this copy; redactions.pdf says why." in text


def test_a_limit_of_rows_is_said(tmp_path: Path) -> None:
    section = replace(samples.orders(40), records=12_345)
    content = samples.person(sections=(section,), row_limit=25)
    for module in (your_data, your_data_html):
        text = flat(
            text_of(render(module, tmp_path, content))
            if module is your_data
            else render(module, tmp_path, content).read_text("utf-8")
        )
        assert (
            "shows the first 25 of 12,345 records. All of them are in data/shop-eu/orders" in text
        )
        assert "A-10424" in text
        assert "A-10425" not in text


def test_many_large_sections_share_what_the_document_can_hold() -> None:
    from app.reports.layout.sections import _fair  # noqa: PLC0415

    sections = [samples.orders(5), *(samples.orders(5) for _ in range(3))]
    assert _fair(sections, [5, 2000, 2000, 1], cells=600) == [5, 57, 57, 1]


def test_nobody_found_is_said(tmp_path: Path) -> None:
    content = samples.person(sections=(), short=(), covered={}, withheld={}, places=())
    assert "We hold no data about you." in text_of(render(your_data, tmp_path, content))
    assert "Nothing was covered" in text_of(render(redactions, tmp_path, content))


def test_the_redaction_schedule_says_where_and_why(tmp_path: Path) -> None:
    text = flat(text_of(render(redactions, tmp_path)))
    assert "names or contact details of another person Art. 15(4) GDPR 2 0" in text
    assert "Messages with support 5 whole record, left out" in text


def test_a_very_long_text_is_cut_with_a_note(tmp_path: Path) -> None:
    section = samples.section(
        "Notes", samples.columns("Text", "Day"), [("x" * 1_000_000, "1 May"), ("b", "2 May")]
    )
    content = samples.person(sections=(section,))
    text = text_of(render(your_data, tmp_path, content))
    assert "the whole text is in data/shop-eu/notes" in flat(text)
    assert 3_900 < text.count("x") < 4_200
    assert_sound(tmp_path / "your-data.pdf")


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "pt-BR"])
def test_documents_are_in_the_language_of_the_request(language: str, tmp_path: Path) -> None:
    content = samples.person(language)
    expected = {
        "de": "Persönlich und vertraulich",
        "fr": "Personnel et confidentiel",
        "es": "Personal y confidencial",
    }.get(language, "Personal and confidential")
    for module in ALL:
        out = render(module, tmp_path, content)
        text = out.read_text("utf-8") if out.suffix == ".html" else text_of(out)
        assert expected in text


def test_the_web_pages_stand_alone(tmp_path: Path) -> None:
    for module in (start_here, your_data_html):
        html = render(module, tmp_path).read_text("utf-8")
        assert "default-src 'none'" in html
        assert "<script" not in html
        assert "http://" not in html
        assert "https://" not in html
        assert 'lang="en" dir="ltr"' in html


def test_the_start_page_says_what_is_where_and_how_to_complain(tmp_path: Path) -> None:
    html = render(start_here, tmp_path).read_text("utf-8")
    assert '<a href="letter.pdf">letter.pdf</a>' in html
    assert '<a href="data/">data/</a>' in html
    assert "Hamburg Commissioner for Data Protection" in html
