"""The timeline of a request, drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from app.domain.responses import LetterKind
from app.i18n import _
from app.reports.audit.facts import day_short
from app.reports.layout.fonts import REGULAR
from app.reports.layout.sheet import Line, fill, stroke
from app.reports.layout.tokens import (
    BAD,
    CALM,
    CELL_SIZE,
    LINE,
    MARGIN,
    OPEN,
    QUIET,
    SMALL_SIZE,
    TEXT_WIDTH,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from app.reports.audit.facts import Facts
    from app.reports.layout.evidence import Evidence

_INSET, _RADIUS = 12.0, 3.6
_GAP = 44.0
"""Dots keep this distance, so that labels above and below the line have room."""


@dataclass(frozen=True)
class _Event:
    at: datetime
    label: str
    when: str
    colour: str = CALM


def set_timeline(page: Evidence, facts: Facts) -> None:
    """Draw what happened from receipt to the deadline."""
    events = _with_times(sorted(_events(facts), key=lambda each: each.at))
    page.heading(_("Timeline"), keep=110)
    sheet = page.sheet
    middle = sheet.y - 46
    left, width = MARGIN + _INSET, TEXT_WIDTH - 2 * _INSET
    sheet.write(
        f"{stroke(LINE)} 0.9 w {left:.2f} {middle:.2f} m {left + width:.2f} {middle:.2f} l S"
    )
    for at, (x, event) in enumerate(zip(_places(events, left, width), events, strict=True)):
        _set_label(page, event, x=x, y=middle + (14 if at % 2 == 0 else -24))
        sheet.write(_dot(x, middle, event.colour))
    sheet.y = middle - 34


def _with_times(events: Sequence[_Event]) -> list[_Event]:
    """Add the time of day where several things happened on one day."""
    days = [each.when for each in events]
    return [
        replace(each, when=f"{each.when} {each.at:%H:%M}") if days.count(each.when) > 1 else each
        for each in events
    ]


def _places(events: Sequence[_Event], left: float, width: float) -> list[float]:
    """Return where the dots are: by time, but never so close that labels meet."""
    times = [each.at.timestamp() for each in events]
    span = max(times[-1] - times[0], 1.0)
    gap = min(_GAP, width / max(1, len(events) - 1))
    places = [left + (each - times[0]) / span * width for each in times]
    for at in range(1, len(places)):
        places[at] = max(places[at], places[at - 1] + gap)
    places[-1] = left + width
    for at in range(len(places) - 2, -1, -1):
        places[at] = min(places[at], places[at + 1] - gap)
    return places


def _set_label(page: Evidence, event: _Event, *, x: float, y: float) -> None:
    sizes = (CELL_SIZE - 0.3, SMALL_SIZE - 0.4)
    widths = [
        page.ink.width(text, REGULAR, size)
        for text, size in zip((event.label, event.when), sizes, strict=True)
    ]
    left, right = MARGIN + _INSET - _RADIUS, MARGIN + TEXT_WIDTH - _INSET + _RADIUS
    starts = [min(max(x - wide / 2, left), right - wide) for wide in widths]
    page.sheet.text(starts[0], y + 10, Line(event.label, size=sizes[0]))
    page.sheet.text(starts[1], y, Line(event.when, size=sizes[1], colour=QUIET))


def _events(facts: Facts) -> Iterator[_Event]:
    report, request = facts.report, facts.report.request
    yield _event(facts, request.received_at, _("Received"))
    for letter in report.letters:
        if letter.kind is LetterKind.ACKNOWLEDGEMENT and letter.sent_at:
            yield _event(facts, letter.sent_at, _("Acknowledged"))
    verified = [each.at for each in report.verifications if each.verified]
    if verified:
        yield _event(facts, verified[-1], _("Identity verified"))
    for story in facts.used:
        if story.case.window:
            yield _event(facts, story.case.window.opened_at, _("Access, session"), OPEN)
    if request.extended_at:
        yield _event(facts, request.extended_at, _("Extended"))
    yield from _endings(facts)


def _endings(facts: Facts) -> Iterator[_Event]:
    report, request = facts.report, facts.report.request
    released = [each.released_at for each in report.packages if each.released_at]
    for at in released:
        yield _event(facts, at, _("Response sent"))
    if request.closed_at and facts.local(request.closed_at) not in map(facts.local, released):
        yield _event(facts, request.closed_at, _("Closed"))
    due = datetime.combine(report.deadline.limit, time(12), tzinfo=UTC)
    label = _("Due") if report.deadline.due else _("Target")
    yield _Event(due, label, _day_and_month(due), BAD)


def _event(facts: Facts, at: datetime, label: str, colour: str = CALM) -> _Event:
    return _Event(at.astimezone(UTC), label, _day_and_month(facts.local(at)), colour)


def _day_and_month(day: date) -> str:
    return day_short(day).rsplit(" ", 1)[0]


def _dot(x: float, y: float, colour: str) -> str:
    r, k = _RADIUS, _RADIUS * 0.5523
    return (
        f"{fill(colour)} {x + r:.2f} {y:.2f} m"
        f" {x + r:.2f} {y + k:.2f} {x + k:.2f} {y + r:.2f} {x:.2f} {y + r:.2f} c"
        f" {x - k:.2f} {y + r:.2f} {x - r:.2f} {y + k:.2f} {x - r:.2f} {y:.2f} c"
        f" {x - r:.2f} {y - k:.2f} {x - k:.2f} {y - r:.2f} {x:.2f} {y - r:.2f} c"
        f" {x + k:.2f} {y - r:.2f} {x + r:.2f} {y - k:.2f} {x + r:.2f} {y:.2f} c f"
    )
