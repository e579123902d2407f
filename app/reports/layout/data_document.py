"""Data document: what we do with the person's data, and a copy of it, ready for its template."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.reports.layout.columns import widths
from app.reports.layout.person import Setting, breakable
from app.reports.layout.sections import set_sections
from app.reports.layout.tokens import TEXT_WIDTH
from app.reports.layout.typesetting import ask

if TYPE_CHECKING:
    from app.ports.reports import PersonDocument
    from app.reports.layout.sections import SetSection, Value

_LETTERS_AT_MOST = 4000
_CELLS_AT_MOST = 60_000
"""Typst holds a document whole: 10,000 rows of six cells are 1 GB."""
SHORT_WIDTHS = (118.0, 112.0, 96.0, 123.0, 44.0)


def pages_of_sections(content: PersonDocument) -> dict[str, int]:
    """Return the page of your-data.pdf on which each section, by its title, begins."""
    pages: dict[str, int] = {}
    for found in ask("your-data", data_of(content), label="section"):
        if isinstance(found, list):
            title, page = found
            pages.setdefault(str(title), int(page))
    return pages


def data_of(content: PersonDocument) -> dict[str, object]:
    """Return what ``your-data.typ`` sets."""
    setting = Setting(content)
    words = setting.words
    reference = setting.visible(content.envelope.request.id)
    sections = set_sections(
        content,
        words=words,
        visible=setting.visible,
        letters_at_most=_LETTERS_AT_MOST,
        cells_at_most=_CELLS_AT_MOST,
    )
    return {
        **setting.base(words("data_title", controller=setting.controller)),
        "intro": words("data_intro", day=setting.made_on, id=reference),
        "short": {
            "widths": SHORT_WIDTHS,
            "rows": [
                [*map(breakable, setting.short_row(line)), setting.visible(line.label)]
                for line in content.short
            ],
        },
        "purposes": [
            {
                "title": breakable(title),
                "pairs": [(label, breakable(text)) for label, text in pairs],
            }
            for title, pairs in setting.purposes()
        ],
        "answers": [(label, breakable(text)) for label, text in setting.answers()],
        "sections": [_section(each, setting=setting) for each in sections],
        "has_substitutes": setting.visible.has_substitutes,
    }


def _section(section: SetSection, *, setting: Setting) -> dict[str, object]:
    common = {
        "title": breakable(section.title),
        "key": section.title,
        "about": breakable(section.about),
        "reasons": section.reasons,
        "notes": section.notes,
    }
    if not section.rows:
        return {**common, "kind": "nothing"}
    if not section.is_table:
        return {**common, "kind": "cards", "records": _cards(section, setting=setting)}
    plain = ([_plain(value) for value in row] for row in section.rows)
    return {
        **common,
        "kind": "table",
        "labels": [breakable(label) for label in section.labels],
        "aligns": ["end" if each.numeric else "start" for each in section.columns],
        "widths": widths(section.labels, plain, total=TEXT_WIDTH),
        "rows": [[_breakable(value) for value in row] for row in section.rows],
    }


def _cards(section: SetSection, *, setting: Setting) -> list[dict[str, object]]:
    number = setting.words.number
    many = len(section.rows) > 1
    return [
        {
            "title": setting.words("record", n=number(at)) if many else "",
            "pairs": [
                (breakable(label), _breakable(value))
                for label, value in zip(section.labels, row, strict=True)
                if value
            ],
        }
        for at, row in enumerate(section.rows, start=1)
    ]


def _breakable(value: Value) -> Value:
    if isinstance(value, str):
        return breakable(value)
    return [breakable(each) if isinstance(each, str) else each for each in value]


def _plain(value: Value) -> str:
    """Return what is about as wide as the value."""
    if isinstance(value, str):
        return value
    return " ".join(each if isinstance(each, str) else "covered place" for each in value)
