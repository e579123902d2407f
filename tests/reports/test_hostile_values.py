"""Values from data are text everywhere: inert and visible."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app.domain.review import Piece
from app.reports import (
    audit_report,
    letter,
    redactions,
    start_here,
    your_data,
    your_data_html,
)
from app.reports._texts import FileTexts
from tests.reports import samples
from tests.reports.reading import assert_sound, flat, text_of

if TYPE_CHECKING:
    from pathlib import Path

    from app.ports.reports import AuditReport, PersonDocument

SHOWN_AS_IS = (
    '#panic("no") $x^2$ *bold* _it_ @label <tag> `raw` // no comment',
    "<img src=/etc/passwd><b>bold</b><onDraw name=x>&amp;&lt;",
    '<script>alert(1)</script>" onload="alert(2)',
    "=HYPERLINK(1);+1;-1;@SUM(A1)",
    "\\(paren\\) (unbalanced",
    "{subject_name} {0} %s {n}",
    "[in short] # title",
    "Ελληνικά Кириллица Łódź",
    "你好世界 こんにちは 안녕",
)
SHOWN_BY_NUMBER = {
    "a\x00b": "a⟨U+0000⟩b",
    "user\u202egnp.exe": "user⟨U+202E⟩gnp.exe",
    "bell\x07": "bell⟨U+0007⟩",
    "zero\u200bwidth": "zero⟨U+200B⟩width",
    "lone\ud800": "lone⟨U+D800⟩",
    "old\U00017000": "old⟨U+17000⟩",
}
SHAPED = ("مرحبا بالعالم", "שלום עולם", "नमस्ते दुनिया", "🙂👩🏽‍⚕️")
EVERYTHING = (*SHOWN_AS_IS, *SHOWN_BY_NUMBER, *SHAPED)


def hostile_person(value: str) -> PersonDocument:
    """A document in which every text that comes from data is ``value``."""
    base = samples.person()
    short = replace(
        samples.SHORT[0],
        label=value,
        purpose=value,
        retention=value,
        recipients=(value,),
        basis=value,
        transfers=value,
        origin=value,
        categories=(value,),
    )
    columns = tuple(replace(each, label=value) for each in samples.columns("A", "B"))
    section = samples.section(
        "S", columns, [(value, (Piece(value), Piece("", "TP-ID"))), ("", value)]
    )
    section = replace(section, title=value, source=value, purpose=value, file=value)
    request = samples.request(
        subject=replace(base.envelope.request.subject, name=value, address=(value, value))
    )
    controller = replace(
        samples.WORKSPACE.controller, name=value, place=value, contact=value, authority=value
    )
    envelope = replace(
        base.envelope, request=request, workspace=replace(samples.WORKSPACE, controller=controller)
    )
    return replace(
        base,
        envelope=envelope,
        letter_text=f"# {value}\n\n{value}\n\n## {value}\n\n[in short]\n\n{value}",
        short=(short,),
        sections=(section,),
        checklist=tuple(replace(each, text=value) for each in base.checklist),
        places=tuple(replace(each, section=value, field=value) for each in base.places),
        files=((value, 1), ("data/x", 2)),
    )


def hostile_audit(value: str) -> AuditReport:
    base = samples.audit()
    controller = replace(
        samples.WORKSPACE.controller, name=value, address=(value,), contact=value, authority=value
    )
    story = samples.access_story()
    (decision,) = story.case.decisions
    case = replace(
        story.case,
        asked=replace(story.case.asked, purpose=value),
        decisions=(replace(decision, note=value),),
    )
    return replace(
        base,
        workspace=replace(samples.WORKSPACE, controller=controller),
        request=replace(base.request, subject=replace(base.request.subject, name=value)),
        members={key: replace(each, name=value) for key, each in base.members.items()},
        made_by=replace(base.made_by, name=value),
        verifications=tuple(replace(each, note=value) for each in base.verifications),
        access=(replace(story, case=case),),
        notices=tuple(replace(each, settled_how=value, collection=value) for each in base.notices),
        checklist=tuple(replace(each, text=value) for each in base.checklist),
        packages=tuple(replace(each, channel=value) for each in base.packages),
        titles=dict.fromkeys(base.titles, value),
    )


@pytest.mark.parametrize("value", [*SHOWN_AS_IS, *SHOWN_BY_NUMBER])
def test_a_value_is_shown_in_every_pdf_and_acts_in_none(value: str, tmp_path: Path) -> None:
    expected = flat(SHOWN_BY_NUMBER.get(value, value))
    for module in (letter, your_data, redactions):
        out = tmp_path / module.REPORT.file_name
        module.REPORT.render(hostile_person(value), out)
        assert expected.replace(" ", "") in flat(text_of(out)).replace(" ", ""), module.__name__
        assert "root:" not in text_of(out)
    out = tmp_path / "audit-report.pdf"
    audit_report.REPORT.render(hostile_audit(value), out)
    assert expected.replace(" ", "") in flat(text_of(out)).replace(" ", "")


def test_every_script_at_once_is_drawn_with_fonts_that_have_it(tmp_path: Path) -> None:
    value = " ".join(EVERYTHING)
    for module in (letter, your_data, redactions):
        out = tmp_path / module.REPORT.file_name
        module.REPORT.render(hostile_person(value), out)
        assert_sound(out)
    out = tmp_path / "audit-report.pdf"
    audit_report.REPORT.render(hostile_audit(value), out)
    assert_sound(out)


@pytest.mark.parametrize("value", SHAPED)
def test_scripts_that_need_shaping_stay_readable_for_machines(value: str, tmp_path: Path) -> None:
    audit = tmp_path / "audit-report.pdf"
    audit_report.REPORT.render(hostile_audit(value), audit)
    data = tmp_path / "your-data.pdf"
    your_data.REPORT.render(hostile_person(value), data)
    wanted = value.partition(" ")[0]
    for out in (audit, data):
        texts = " ".join(text for _where, text in FileTexts().texts(out))
        marks = str.maketrans(dict.fromkeys("\u202a\u202b\u202c\u200f\u200e"))
        assert wanted in text_of(out).translate(marks) or wanted in texts, out.name


@pytest.mark.parametrize("value", EVERYTHING)
def test_a_value_is_text_in_every_web_page(value: str, tmp_path: Path) -> None:
    import html  # noqa: PLC0415

    for module in (start_here, your_data_html):
        out = tmp_path / module.REPORT.file_name
        module.REPORT.render(hostile_person(value), out)
        page = out.read_text("utf-8")
        assert "<script" not in page
        assert "<img" not in page
        assert "\u202e" not in page
        assert SHOWN_BY_NUMBER.get(value, value) in html.unescape(page)


def test_one_megabyte_in_every_field_is_survived(tmp_path: Path) -> None:
    audit_report.REPORT.render(hostile_audit("word " * 200_000), tmp_path / "a.pdf")
    assert (tmp_path / "a.pdf").stat().st_size < 5_000_000
