"""Entries of the log as lines of a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.i18n import _
from app.ui.models.paged import Column
from app.ui.theme.cells import Style
from app.wording.actions import actor_in_words, entry_in_words
from app.wording.log import action_tone
from app.wording.moments import log_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from app.domain.audit import Entry


@dataclass(frozen=True)
class EntryLine:
    """One entry as it is written in a list."""

    number: int
    at: str
    who: str
    action: str
    request: str
    what: str


def entry_lines(entries: Iterable[Entry], names: Mapping[str, str]) -> tuple[EntryLine, ...]:
    """Return the lines of a part of the log; ``names`` are those of the members by id."""
    lines = []
    for each in entries:
        facts = each.facts()
        lines.append(
            EntryLine(
                each.number,
                log_time(each.at),
                actor_in_words(str(facts.get("actor", "")), names),
                str(facts.get("action", "")),
                str(facts.get("request", "")),
                entry_in_words(facts, names),
            )
        )
    return tuple(lines)


def entry_columns() -> tuple[Column[EntryLine], ...]:
    """Return the columns of the log."""
    return (
        Column("number", _("No."), lambda line: f"{line.number:,}", 64, style=Style.FIGURE_LEFT),
        Column("at", _("When, UTC"), lambda line: line.at, 128, style=Style.FIGURE_LEFT),
        Column("who", _("Who"), lambda line: line.who, 104, spare=1),
        Column(
            "action",
            _("Action"),
            lambda line: line.action,
            146,
            tone=lambda line: action_tone(line.action),
        ),
        Column("request", _("Request"), lambda line: line.request, 122, spare=2),
        Column("what", _("What"), lambda line: line.what, style=Style.MUTED, tip=_what),
    )


def _what(line: EntryLine) -> str:
    return line.what
