"""Deadlines ahead and weeks behind, as the pictures on the first page want them."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from app.i18n import _
from app.ui.widgets.dots import Day
from app.wording.clock_days import day_of_year, short_weekday
from app.wording.overview import requests_closed, requests_due
from app.wording.standing import due_tone

if TYPE_CHECKING:
    from app.services.overview import Today

_AHEAD = 15
_NAMED = 3
"""The first days are called by their weekday."""


def deadline_days(today: Today) -> tuple[Day, ...]:
    """Return the days ahead; what is overdue already stands before them."""
    first = today.today
    falls = Counter(day for day, _request in today.deadlines)
    late = sum(count for day, count in falls.items() if day < first)
    days = []
    if late:
        spoken = _("overdue: {due}").format(due=requests_due(late))
        days.append(Day("overdue", _("late"), late, "red", spoken))
    for number in range(_AHEAD):
        day = first + timedelta(days=number)
        count = falls[day]
        label = short_weekday(day) if number < _NAMED else str(day.day)
        tone = due_tone(day, first)
        spoken = f"{day_of_year(day)}: {requests_due(count)}"
        shown = "accent" if tone == "grey" else tone
        days.append(Day(day.isoformat(), label, count, shown, spoken))
    return tuple(days)


def closed_bars(today: Today) -> tuple[tuple[str, int, str], ...]:
    """Return the weeks behind, with the day on which the first and the last began."""
    last = len(today.closed) - 1
    bars = []
    for number, (monday, count) in enumerate(today.closed):
        spoken = _("week of {day}: {closed}").format(
            day=day_of_year(monday), closed=requests_closed(count)
        )
        label = _("this week") if number == last else ""
        bars.append((label, count, spoken))
    return tuple(bars)
