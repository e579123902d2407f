"""Requests as lines of a list: the same words on every page and in the exported file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.identities import mask, mask_text
from app.i18n import _
from app.ui.models.paged import Column
from app.ui.theme.cells import Style
from app.wording.clock_days import short_day
from app.wording.overview import step_in_words
from app.wording.standing import due_in_short, due_tone
from app.wording.terms import OUTCOMES, RIGHTS, STAGE_TITLES, in_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.requests import Subject
    from app.services.overview import RequestRow, Requests


@dataclass(frozen=True)
class RequestLine:
    """One request as it is written in a list; ``due_day`` is the day itself, in words."""

    id: str
    right: str
    law: str
    stage: str
    stage_tone: str
    due: str
    due_tone: str
    due_day: str
    subject: str
    owner: str
    step: str
    received: str


def request_lines(found: Requests, *, laws: Mapping[str, str]) -> tuple[RequestLine, ...]:
    """Return the lines of a part of the list; ``laws`` are the titles by key."""
    return tuple(request_line(each, found, laws=laws) for each in found.rows)


def request_line(each: RequestRow, found: Requests, *, laws: Mapping[str, str]) -> RequestLine:
    """Return the line of one request."""
    request = each.request
    due, tone = _due(each, found)
    right = in_words(RIGHTS, request.right)
    is_open = request.closed_at is None
    return RequestLine(
        id=request.id,
        right=right[:1].upper() + right[1:],
        law=laws.get(request.regime, request.regime),
        stage=in_words(STAGE_TITLES, request.stage) if is_open else _("Closed"),
        stage_tone="accent" if is_open else "grey",
        due=due,
        due_tone=tone,
        due_day=short_day(each.dates.due) if each.dates.due is not None else "",
        subject=masked_subject(request.subject),
        owner=found.names.get(request.owner, ""),
        step=step_in_words(each.step, ends_at=each.ends_at, now=found.now)
        if is_open
        else in_words(OUTCOMES, request.outcome or ""),
        received=short_day(request.received_at.date()),
    )


def _due(each: RequestRow, found: Requests) -> tuple[str, str]:
    due, closed_at = each.dates.due, each.request.closed_at
    if closed_at is not None:
        is_late = due is not None and closed_at.date() > due
        return (_("closed late"), "red") if is_late else (_("closed in time"), "green")
    if each.dates.is_paused:
        return _("clock paused"), "grey"
    if due is None:
        return "", "grey"
    return due_in_short(due, found.today), due_tone(due, found.today)


def masked_subject(subject: Subject) -> str:
    """Return who it is about, so that a glance at the screen gives nobody away."""
    if not subject.identities:
        return mask_text(subject.name)
    first = next((each for each in subject.identities if each.kind == "email"), None)
    first = first or subject.identities[0]
    return mask(first.kind, first.value)


def request_columns() -> tuple[Column[RequestLine], ...]:
    """Return every column that a list of requests can show, in their order."""
    return (
        Column("id", _("Reference"), lambda line: line.id, 136, "id", style=Style.STRONG),
        Column("right", _("Right"), lambda line: line.right, 98, "right", spare=1),
        Column("regime", _("Law"), lambda line: line.law, 86, "regime", spare=3),
        Column(
            "stage",
            _("Stage"),
            lambda line: line.stage,
            98,
            "stage",
            tone=lambda line: line.stage_tone,
        ),
        Column(
            "due",
            _("Due"),
            lambda line: line.due,
            118,
            "due",
            tone=lambda line: line.due_tone,
            tip=lambda line: line.due_day,
        ),
        Column("subject", _("Data subject"), lambda line: line.subject, 178, "subject"),
        Column("owner", _("Owner"), lambda line: line.owner, 118, "owner", spare=4),
        Column(
            "received_at", _("Received"), lambda line: line.received, 126, "received_at", spare=2
        ),
        Column("step", _("Next step"), lambda line: line.step, 0, style=Style.MUTED),
    )
