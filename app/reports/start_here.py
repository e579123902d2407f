"""The first page of a package: what is where, rights, how to complain; start-here.html."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.ports.reports import PersonDocument, ReportType
from app.reports.layout.person import Setting
from app.reports.layout.web import head, page, table, text
from app.reports.layout.writing import whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_KNOWN = {
    "letter.pdf": "start_letter",
    "your-data.pdf": "start_data",
    "your-data.html": "start_data_html",
    "redactions.pdf": "start_redactions",
    "manifest.json": "start_manifest",
}
_FOLDERS = {"data": "start_folder", "files": "start_files"}


def render(content: PersonDocument, out: Path) -> None:
    """Write the page."""
    setting = Setting(content)
    language = setting.words.language
    with whole(out) as (path,), path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(page(setting.words("start_title"), language=language, body=_body(setting)))


def _body(setting: Setting) -> Iterator[str]:
    words, envelope = setting.words, setting.envelope
    reference = setting.visible(envelope.request.id)
    yield from head(setting.controller, words("personal"))
    yield f"<main><h1>{text(words('start_title'))}</h1>"
    intro = words("start_intro", id=reference, received=setting.received_on)
    yield f"<p>{text(intro)}</p>\n"
    labels = (words("file"), words("holds"), words("size"))
    yield from table(words("contents"), labels, _files(setting), numeric=(False, False, True))
    if setting.content.short:
        yield f"<h2>{text(words('in_short'))}</h2>"
        yield from _short(setting)
    yield f"<h2>{text(words('your_rights'))}</h2>"
    rights = setting.visible(envelope.regime.letter_rights) or words("rights")
    yield f"<p>{text(rights)}</p>"
    yield f"<h2>{text(words('complain'))}</h2><p>{text(_complaint(setting))}</p>"
    controller = envelope.workspace.controller
    if controller.contact:
        yield f"<h2>{text(words('questions'))}</h2>"
        yield f"<p>{text(words('contact', contact=setting.visible(controller.contact)))}</p>"
    yield "</main>"
    made = f"{reference}. {words('made', day=setting.made_on)}"
    yield f"<footer><span>{text(made)}</span><span>{text(words('offline'))}</span></footer>\n"


def _complaint(setting: Setting) -> str:
    envelope = setting.envelope
    authority = envelope.workspace.controller.authority or envelope.regime.authority
    if authority:
        return setting.words("complain_to", authority=setting.visible(authority).rstrip("."))
    return setting.words("complain_any")


def _short(setting: Setting) -> Iterator[str]:
    words = setting.words
    labels = ("what_we_hold", "why", "how_long", "who_receives")
    rows = ([text(cell) for cell in setting.short_row(line)] for line in setting.content.short)
    yield from table(
        words("in_short"), [words(each) for each in labels], rows, numeric=(False,) * len(labels)
    )


def _files(setting: Setting) -> Iterator[list[str]]:
    """Yield known files, then each folder once with all that is in it."""
    words = setting.words
    folders: dict[str, int] = {}
    for name, size in sorted(setting.content.files, key=lambda each: _order(each[0])):
        head, slash, _rest = name.partition("/")
        if slash:
            folders[head] = folders.get(head, 0) + size
        elif name != "start-here.html":
            known = _KNOWN.get(name)
            yield [_link(setting, name), text(words(known)) if known else "", words.size(size)]
    for folder, size in folders.items():
        known = _FOLDERS.get(folder)
        yield [_link(setting, f"{folder}/"), text(words(known)) if known else "", words.size(size)]


def _order(name: str) -> tuple[int, str]:
    names = list(_KNOWN)
    return (names.index(name) if name in names else len(names), name)


def _link(setting: Setting, name: str) -> str:
    """Return a link to a known file or folder of ours; other names are text only."""
    shown = text(setting.visible(name))
    if name in _KNOWN or name.rstrip("/") in _FOLDERS:
        return f'<a href="{shown}">{shown}</a>'
    return shown


REPORT = ReportType("start-here", "start-here.html", render)
