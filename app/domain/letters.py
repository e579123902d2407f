"""Letters as text: templates with strict fields, and the forms of paragraph that a letter has."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from app.domain.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

FIELDS = frozenset(
    {
        "subject_name",
        "salutation",
        "controller",
        "reference",
        "received_on",
        "due_on",
        "regime",
        "article",
        "right",
        "authority",
        "contact",
        "place",
        "today",
        "sender",
        "sender_role",
        "extension_reason",
        "extended_to",
        "what_is_missing",
        "what_was_searched",
        "left_out",
        "rights",
        "enclosures",
    }
)
"""What a template may ask for."""

_FIELD = re.compile(r"\{([^{}]*)\}")
_BREAK = re.compile(r"\n[ \t]*\n\s*")
_TITLE, _HEADING, _SHORT = "# ", "## ", "[in short]"


def fields_of(template: str) -> frozenset[str]:
    """Return the fields of ``template``; ``InputError("letter.unknown_field")``."""
    found = frozenset(_FIELD.findall(template))
    for name in sorted(found - FIELDS):
        raise InputError("letter.unknown_field", field=name)
    return found


def fill(template: str, values: Mapping[str, str]) -> str:
    """Return ``template`` with every field filled from ``values``, whose own braces stay text.

    ``InputError("letter.unknown_field")``, ``InputError("letter.missing_field")`` when a value is
    not there or blank.
    """
    for name in sorted(fields_of(template)):
        if not values.get(name, "").strip():
            raise InputError("letter.missing_field", field=name)
    return _FIELD.sub(lambda found: _one_form(values[found[1]]), template)


def _one_form(value: str) -> str:
    """Return a value that cannot begin a paragraph of another form."""
    lines = _BREAK.sub("\n", value.replace("\r\n", "\n")).strip().split("\n")
    text = "\n".join(line.lstrip("# ") if line.startswith("#") else line for line in lines)
    return text.strip("[]") if text == _SHORT else text


class PartKind(StrEnum):
    """The forms of paragraph."""

    TITLE = "title"
    HEADING = "heading"
    SHORT = "short"
    PARAGRAPH = "paragraph"


@dataclass(frozen=True)
class Part:
    """One paragraph of a letter, its mark taken off."""

    kind: PartKind
    text: str


def parts(text: str) -> tuple[Part, ...]:
    """Return the paragraphs of a letter; forms as ``app.domain.responses.Letter`` says."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    found: list[Part] = []
    for paragraph in _BREAK.split(lines):
        each = paragraph.strip()
        if not each:
            continue
        if each == _SHORT:
            found.append(Part(PartKind.SHORT, ""))
        elif each.startswith(_HEADING):
            found.append(Part(PartKind.HEADING, each[len(_HEADING) :].strip()))
        elif each.startswith(_TITLE) and not found:
            found.append(Part(PartKind.TITLE, each[len(_TITLE) :].strip()))
        else:
            found.append(Part(PartKind.PARAGRAPH, each))
    return tuple(found)
