"""The answer letter, or any other letter, as letter.pdf."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.letters import PartKind, parts
from app.ports.reports import PersonDocument, ReportType
from app.reports.layout.data_document import SHORT_WIDTHS, pages_of_sections
from app.reports.layout.person import Setting, breakable
from app.reports.layout.typesetting import typeset

if TYPE_CHECKING:
    from pathlib import Path


def render(content: PersonDocument, out: Path) -> None:
    """Write the letter; the page numbers of "In short" are those of your-data.pdf."""
    setting = Setting(content)
    paragraphs = [
        {"kind": part.kind.value, "text": breakable(setting.visible(part.text))}
        for part in parts(content.letter_text)
    ]
    title = next((each["text"] for each in paragraphs if each["kind"] == PartKind.TITLE), "")
    has_short = any(each["kind"] == PartKind.SHORT for each in paragraphs)
    pages = pages_of_sections(content) if has_short and content.sections else {}
    rows = [
        [*map(breakable, setting.short_row(line)), str(pages.get(setting.visible(line.label), ""))]
        for line in content.short
    ]
    data = {
        **setting.base(title or setting.visible(setting.envelope.request.id)),
        "recipient": _recipient(setting),
        "dateline": _dateline(setting),
        "parts": paragraphs,
        "short": {"widths": SHORT_WIDTHS, "rows": rows, "has_pages": bool(pages)},
        "has_substitutes": setting.visible.has_substitutes,
    }
    typeset("letter", data, out=out, made_at=setting.envelope.made_at)


def _recipient(setting: Setting) -> list[str]:
    subject = setting.envelope.request.subject
    return [setting.visible(each) for each in (subject.name, *subject.address) if each.strip()]


def _dateline(setting: Setting) -> str:
    place = setting.visible(setting.envelope.workspace.controller.place)
    day = f"{place}, {setting.made_on}." if place else f"{setting.made_on}."
    reference = setting.visible(setting.envelope.request.id)
    return f"{day} {setting.words('reference', received=setting.received_on, id=reference)}"


REPORT = ReportType("letter", "letter.pdf", render)
