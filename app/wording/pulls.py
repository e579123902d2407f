"""What a session reads and how it ended, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.errors import AppError
from app.i18n import _
from app.wording.errors import error_in_words, sentences
from app.wording.terms import END_REASONS, in_words

if TYPE_CHECKING:
    from app.domain.access import Window


def incomplete_in_words(why: str) -> str:
    """Return why a collection was not read to its end; ``why`` is a code."""
    prefix, _dot, rest = why.partition(".")
    if prefix == "window":
        return in_words(END_REASONS, rest)
    if why in sentences():
        return error_in_words(AppError(why)).happened
    return in_words({}, why)


def end_in_words(window: Window) -> str:
    """Return how a window ended."""
    reason = in_words(END_REASONS, window.reason.value) if window.reason is not None else ""
    text = _("The session is over: {reason}.").format(reason=reason)
    if window.seconds_used is not None:
        text += " " + _("It was open for {n} s.").format(n=window.seconds_used)
    if window.overshoot_ms is not None:
        text += " " + _("The last row came {n} ms after the deadline at most.").format(
            n=max(0, window.overshoot_ms)
        )
    return text


def enforcement_in_words(who: str) -> str:
    """Return who keeps rows, fields and deadline of a source."""
    known = {
        "source": _("The source itself keeps rows, fields and deadline."),
        "sandglass": _("A file cannot defend itself: Sandglass's reader keeps rows and fields."),
        "nobody": _("Nobody enforces anything there: it is only for trying a map."),
    }
    return known.get(who, who)
