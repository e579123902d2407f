"""What lists and the first page say of requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.i18n import _, ngettext

if TYPE_CHECKING:
    from datetime import datetime

_MINUTE = 60


def _later(text: str) -> str:
    """Mark ``text`` for translation; it is translated when it is asked for."""
    return text


_STEPS = {
    "begin": _later("Acknowledge, verify who asks"),
    "verify": _later("Verify who asks"),
    "await_subject": _later("Waiting for the person's answer"),
    "ask": _later("Choose the scope, ask for access"),
    "await_decision": _later("Waiting for an approver"),
    "decide": _later("Approve or deny the access"),
    "denied": _later("Access denied: change the scope"),
    "ask_again": _later("Access is over: ask again"),
    "pull": _later("Granted: begin the pull"),
    "review": _later("Review what was read"),
    "respond": _later("Write and release the answer"),
    "close": _later("Confirm and close"),
    "nothing": "",
}


def step_in_words(step: str, *, ends_at: datetime | None, now: datetime) -> str:
    """Return what a request needs next; an open session with the minutes that are left."""
    if step == "session_open" and ends_at is not None:
        minutes = max(0, -int(-(ends_at - now).total_seconds() // _MINUTE))
        return _("Session open, {n} min left").format(n=minutes)
    text = _STEPS.get(step, "")
    return _(text) if text else ""


def needs_in_words(count: int, *, due_soon: int) -> str:
    """Return how much waits for this member, and how much of it is due within a week."""
    if not count:
        return _("Nothing waits for you.")
    text = ngettext("{n} request waits for you", "{n} requests wait for you", count)
    text = text.format(n=f"{count:,}")
    if due_soon:
        soon = ngettext("{n} of them due within a week", "{n} of them due within a week", due_soon)
        text = f"{text}, {soon.format(n=f'{due_soon:,}')}"
    return f"{text}."


def requests_due(count: int) -> str:
    """Return ``2 requests due``."""
    return ngettext("{n} request due", "{n} requests due", count).format(n=f"{count:,}")


def requests_closed(count: int) -> str:
    """Return ``2 closed``."""
    return ngettext("{n} closed", "{n} closed", count).format(n=f"{count:,}")
