"""The log as its page names things: groups of actions, hashes, whether it is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.audit import Action
from app.i18n import _
from app.wording.terms import FAULTS, in_words

if TYPE_CHECKING:
    from app.domain.audit import ChainState

_HASH_GROUP = 4
_HASH_GROUPS = 3
_GROUPS: dict[str, tuple[str, ...]] = {
    "reads": ("session", "data", "pull"),
    "access": ("access", "policy"),
    "requests": ("request", "note", "clock", "identity"),
    "review": ("review", "notice", "vault"),
    "answers": ("checklist", "letter", "leak", "package", "report"),
    "people": ("member", "keys", "workspace", "calendar", "log"),
    "sources": ("source", "airlock"),
}
_TONES: dict[str, str] = {
    Action.DATA_READ: "blue",
    Action.SESSION_OPENED: "accent",
    Action.SESSION_ENDED: "accent",
    Action.PULL_COMPLETED: "accent",
    Action.PULL_INCOMPLETE: "amber",
    Action.ACCESS_GRANTED: "green",
    Action.ACCESS_DENIED: "red",
    Action.ACCESS_REVOKED: "red",
    Action.DATA_REFUSED: "red",
    Action.SOURCE_OPENED: "accent",
    Action.SOURCE_CLOSED: "accent",
    Action.REVIEW_REVEALED: "amber",
    Action.DATA_DESTROYED: "amber",
    Action.PACKAGE_RELEASED: "green",
}


def action_groups() -> tuple[tuple[str, str], ...]:
    """Return key and title of every group of actions."""
    titles = {
        "reads": _("sessions and reads"),
        "access": _("access and policy"),
        "requests": _("requests and clocks"),
        "review": _("review"),
        "answers": _("answers and reports"),
        "people": _("people and workspace"),
        "sources": _("sources"),
    }
    return tuple((key, titles[key]) for key in _GROUPS)


def actions_in(group: str) -> tuple[str, ...]:
    """Return the actions of a group; an action alone is its own."""
    if group not in _GROUPS:
        return (group,) if group else ()
    return tuple(each.value for each in Action if each.value.partition(".")[0] in _GROUPS[group])


def action_tone(action: str) -> str:
    """Return the tone of an action's pill."""
    return _TONES.get(action, "grey")


def short_hash(digest: str) -> str:
    """Return the first digits of a hash, as people compare them: ``9f3a 61c2 07be``."""
    groups = [digest[at : at + _HASH_GROUP] for at in range(0, len(digest), _HASH_GROUP)]
    return " ".join(groups[:_HASH_GROUPS])


def chain_in_words(state: ChainState, *, checked: str) -> str:
    """Return whether the log is whole; ``checked`` is when."""
    if state.is_sound:
        text = _("Unbroken: verified to entry {n} at {time} by this machine, head {head}")
        return text.format(n=f"{state.entries:,}", time=checked, head=short_hash(state.head))
    return _("BROKEN: entry {n} {fault}. Verified at {time} by this machine").format(
        n=f"{state.broken_at:,}", fault=in_words(FAULTS, state.fault), time=checked
    )


def checking_in_words(done: int, total: int) -> str:
    """Return how far a look at the log has come."""
    return _("Verifying: entry {n} of {all}").format(n=f"{done:,}", all=f"{total:,}")


def advice_for(fault: str) -> str:
    """Return what to do about a log that does not hold."""
    if fault == "cut":
        return _(
            "The end of the log is missing: this machine has seen later entries. Keep this "
            "workspace as it is, and ask whoever answers for it what was restored or removed. "
            "Audit reports that were made since still hold their entries."
        )
    return _(
        "The log was changed after it was written. Keep this workspace as it is and tell whoever "
        "answers for it: what came before the broken entry still holds. A backup, another "
        "machine's memory and earlier audit reports show what stood there."
    )
