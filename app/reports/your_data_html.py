"""The twin of your-data.pdf as a web page that stands alone: your-data.html."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.ports.reports import PersonDocument, ReportType
from app.reports.layout.person import Setting
from app.reports.layout.sections import set_sections
from app.reports.layout.web import card, head, page, table, text
from app.reports.layout.writing import whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.reports.layout.sections import SetSection, Value

_LETTERS_AT_MOST = 20_000


def render(content: PersonDocument, out: Path) -> None:
    """Write the page, section by section."""
    setting = Setting(content)
    title = setting.words("data_title", controller=setting.controller)
    with whole(out) as (path,), path.open("w", encoding="utf-8", newline="\n") as file:
        body = _body(setting, title=title)
        file.writelines(page(title, language=setting.words.language, body=body))


def _body(setting: Setting, *, title: str) -> Iterator[str]:
    words = setting.words
    reference = setting.visible(setting.envelope.request.id)
    yield from head(setting.controller, words("personal"))
    yield f"<main><h1>{text(title)}</h1>"
    yield f"<p>{text(words('data_intro', day=setting.made_on, id=reference))}</p>\n"
    yield from _contents(setting)
    yield f'<h2 id="part-1">{text(words("part_1"))}</h2>'
    for purpose, pairs in setting.purposes():
        yield f"<h3>{text(purpose)}</h3>"
        yield from card((label, text(value)) for label, value in pairs)
    answers = list(setting.answers())
    if answers:
        yield f"<h3>{text(words('about_answer'))}</h3>"
        yield from card((label, text(value)) for label, value in answers)
    yield f'<h2 id="part-2">{text(words("part_2"))}</h2>'
    yield from _sections(setting)
    if setting.visible.has_substitutes:
        yield f'<p class="quiet">{text(words("substituted"))}</p>'
    made = words("made", day=setting.made_on)
    yield f"</main><footer><span>{text(reference)}</span><span>{text(made)}</span></footer>\n"


def _contents(setting: Setting) -> Iterator[str]:
    words = setting.words
    yield f'<nav aria-label="{text(words("contents"))}"><ul>'
    yield f'<li><a href="#part-1">{text(words("part_1"))}</a></li>'
    yield f'<li><a href="#part-2">{text(words("part_2"))}</a><ul>'
    for at, section in enumerate(setting.content.sections, start=1):
        yield f'<li><a href="#section-{at}">{text(setting.visible(section.title))}</a></li>'
    yield "</ul></li></ul></nav>\n"


def _sections(setting: Setting) -> Iterator[str]:
    words = setting.words
    sections = set_sections(
        setting.content, words=words, visible=setting.visible, letters_at_most=_LETTERS_AT_MOST
    )
    at = 0
    for at, section in enumerate(sections, start=1):
        yield f'<h3 id="section-{at}">{text(section.title)}</h3>'
        yield f'<p class="quiet">{text(section.about)}</p>\n'
        yield from _rows(section, setting=setting)
        for number, reason in section.reasons:
            yield f'<p class="quiet"><span class="note">{number}</span> {text(reason)}</p>'
        for note in section.notes:
            yield f'<p class="quiet">{text(note)}</p>'
    if at == 0:
        yield f"<p>{text(words('no_data'))}</p>"


def _rows(section: SetSection, *, setting: Setting) -> Iterator[str]:
    covered = text(setting.words("covered"))
    if section.is_table:
        rows = ([_value(value, covered=covered) for value in row] for row in section.rows)
        numeric = [each.numeric for each in section.columns]
        yield from table(section.title, section.labels, rows, numeric=numeric)
        return
    for at, row in enumerate(section.rows, start=1):
        if len(section.rows) > 1:
            yield f"<h4>{text(setting.words('record', n=setting.words.number(at)))}</h4>"
        yield from card(
            (label, _value(value, covered=covered))
            for label, value in zip(section.labels, row, strict=True)
            if value
        )


def _value(value: Value, *, covered: str) -> str:
    if isinstance(value, str):
        return text(value)
    return "".join(
        text(each)
        if isinstance(each, str)
        else f'<span class="covered" role="img" aria-label="{covered}"></span>'
        f'<span class="note">{each}</span>'
        for each in value
    )


REPORT = ReportType("your-data-html", "your-data.html", render)
