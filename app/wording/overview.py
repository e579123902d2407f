"""What lists and the first page say of requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.i18n import _

if TYPE_CHECKING:
    from datetime import datetime

_MINUTE = 60


def _later(text: str) -> str:
    """Mark ``text`` for translation; it is translated when it is asked for."""
    return text


_STEPS = {
    "begin": _later("Acknowledge and verify who asks"),
    "verify": _later("Verify who asks"),
    "await_subject": _later("Waiting for the person's answer"),
    "ask": _later("Choose what to read and ask for access"),
    "await_decision": _later("Waiting for an approver"),
    "denied": _later("Access denied: change the scope or close"),
    "ask_again": _later("Access is over: ask again or close"),
    "pull": _later("Granted: begin the pull"),
    "review": _later("Review what was read"),
    "respond": _later("Write the answer and release it"),
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
