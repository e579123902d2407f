"""The log as its page names things: groups of actions, hashes, whether it is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.audit import Action
from app.i18n import _, ngettext
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
    "people": ("member", "keys", "workspace", "calendar"),
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
    """Return whether the log is whole; ``checked`` is the time of day."""
    if state.is_sound:
        text = ngettext(
            "{n} entry, unbroken. Checked at {time}, head {head}",
            "{n} entries, unbroken. Checked at {time}, head {head}",
            state.entries,
        )
        return text.format(n=f"{state.entries:,}", time=checked, head=short_hash(state.head))
    return _("BROKEN: entry {n} {fault}. Checked at {time}").format(
        n=f"{state.broken_at:,}", fault=in_words(FAULTS, state.fault), time=checked
    )
