"""How near a date is, as a tone and in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.i18n import _, ngettext

if TYPE_CHECKING:
    from datetime import date

_SOON_DAYS = 7


def due_tone(due: date, today: date) -> str:
    """Return red for what is overdue, amber within a week, grey for what has time."""
    left = (due - today).days
    if left < 0:
        return "red"
    return "amber" if left <= _SOON_DAYS else "grey"


def due_in_short(due: date, today: date) -> str:
    """Return ``2 days left``, ``due today`` or ``1 day overdue``."""
    left = (due - today).days
    if left == 0:
        return _("due today")
    if left < 0:
        return ngettext("{n} day overdue", "{n} days overdue", -left).format(n=-left)
    return ngettext("{n} day left", "{n} days left", left).format(n=left)
