"""The working of a deadline in words: every date with the article that carries it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.clock import Deadline, StepCode, days_left, days_to_safe_by
from app.i18n import _
from app.wording.clock_days import days_in_words, period_in_words, plain_day, short_day
from app.wording.clock_steps import step_in_words

if TYPE_CHECKING:
    from datetime import date

__all__ = [
    "due_in_words",
    "ignored_pauses_in_words",
    "period_in_words",
    "safe_by_in_words",
    "sources_in_words",
    "working_in_words",
]


def working_in_words(deadline: Deadline) -> list[str]:
    """Return the count of ``deadline`` as sentences, in the order in which it was made."""
    rule = deadline.case.rule
    return [step_in_words(step, rule) for step in deadline.working]


def ignored_pauses_in_words(deadline: Deadline) -> list[str]:
    """Return a sentence for every pause that was given and does not stop the clock."""
    return [
        step_in_words(step, deadline.case.rule)
        for step in deadline.working
        if step.code is StepCode.PAUSE_IGNORED
    ]


def sources_in_words(deadline: Deadline) -> list[str]:
    """Return which rule and which calendar, in which version, the dates rest on."""
    rule, calendar = deadline.case.rule, deadline.case.calendar
    return [
        _("Rule {id}, version {version}, checked on {day}. Confidence: {confidence}.").format(
            id=rule.id,
            version=rule.version,
            day=plain_day(rule.checked_on),
            confidence=rule.confidence,
        ),
        *([rule.note] if rule.note else []),
        _("Calendar {id}, {title}: {source}.").format(
            id=calendar.id, title=calendar.title, source=calendar.source
        ),
        _("This is not legal advice; any date can be overridden with a reason."),
    ]


def due_in_words(deadline: Deadline, today: date | None = None) -> str:
    """Return ``due Mon 23 Nov 2026, 2 days left``, for a list or a rail."""
    day = short_day(deadline.limit)
    has_number = deadline.due is not None
    if today is None:
        text = _("due {day}") if has_number else _("target {day}")
        return _with_doubt(deadline, text.format(day=day))
    left = days_left(deadline, today)
    if left < 0:
        text = _("was due {day}, {ago} ago") if has_number else _("target was {day}, {ago} ago")
    elif left == 0:
        text = _("due today, {day}") if has_number else _("target today, {day}")
    else:
        text = _("due {day}, {left} left") if has_number else _("target {day}, {left} left")
    left_or_ago = days_in_words(abs(left))
    return _with_doubt(deadline, text.format(day=day, ago=left_or_ago, left=left_or_ago))


def safe_by_in_words(deadline: Deadline, today: date | None = None) -> str:
    """Return ``safe by Fri 20 Nov 2026, today``."""
    day = short_day(deadline.safe_by)
    if today is None:
        return _("safe by {day}").format(day=day)
    left = days_to_safe_by(deadline, today)
    if left == 0:
        return _("safe by {day}, today").format(day=day)
    text = _("safe by {day}, {days} ago") if left < 0 else _("safe by {day}, in {days}")
    return text.format(day=day, days=days_in_words(abs(left)))


def _with_doubt(deadline: Deadline, text: str) -> str:
    return _("{text} (provisional)").format(text=text) if deadline.is_provisional else text
