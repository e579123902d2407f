"""Who may read what was pulled for a request, as the log says: let in, and not out again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.audit import Action
from app.ports.storage import EntryFilter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.ports.storage import UnitOfWork

_OF_KEYS = (
    Action.REQUEST_RECORDED.value,
    Action.VAULT_SHARED.value,
    Action.VAULT_UNSHARED.value,
    Action.DATA_DESTROYED.value,
)
_AT_MOST = 10_000


def holders_on_record(unit: UnitOfWork, request: str) -> frozenset[str] | None:
    """Return the members to whom the key of a request was sealed on record.

    None where the log says nothing of its key, as logs of older versions do.
    """
    found: set[str] | None = None
    which = EntryFilter(request=request, actions=_OF_KEYS, newest_first=False, limit=_AT_MOST)
    for entry in unit.log.find(which).rows:
        facts = entry.facts()
        details = facts["details"]
        if not isinstance(details, dict):
            continue
        if "key" in details:  # made anew, by whom
            found = {str(facts["actor"])}
        elif found is None:
            continue
        elif facts["action"] == Action.VAULT_SHARED:
            found.add(str(details.get("member")))
        elif facts["action"] == Action.VAULT_UNSHARED:
            found.discard(str(details.get("member")))
        elif facts["action"] == Action.DATA_DESTROYED:
            found.clear()
    return None if found is None else frozenset(found)


def keys_not_on_record(unit: UnitOfWork) -> Iterator[tuple[str, str]]:
    """Yield request and member where a key is, or waits to be, sealed to somebody whom the log did
    not let in.
    """
    held: dict[str, list[str]] = {}
    for member in unit.members.all():
        for request in unit.vault.held_by(member.id):
            held.setdefault(request, []).append(member.id)
    for request, members in sorted(held.items()):
        on_record = holders_on_record(unit, request)
        if on_record is not None:
            yield from ((request, each) for each in members if each not in on_record)
