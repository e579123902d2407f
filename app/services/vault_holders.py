"""Who may read what was pulled for a request, as the log says: let in, and not out again."""

from __future__ import annotations

from dataclasses import replace
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
_AT_ONCE = 1000


def holders_on_record(unit: UnitOfWork, request: str) -> frozenset[str] | None:
    """Return the members to whom the key of a request was sealed on record.

    None where the log says nothing of its key, as logs of older versions do.
    """
    return _holders(unit, request=request).get(request)


def keys_not_on_record(unit: UnitOfWork) -> Iterator[tuple[str, str]]:
    """Yield request and member where a key is, or waits to be, sealed to somebody whom the log did
    not let in.
    """
    on_record = _holders(unit)
    for member in unit.members.all():
        for request in unit.vault.held_by(member.id):
            if member.id not in on_record.get(request, {member.id}):
                yield request, member.id


def _holders(unit: UnitOfWork, request: str = "") -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    which = EntryFilter(request=request, actions=_OF_KEYS, newest_first=False, limit=_AT_ONCE)
    while entries := unit.log.find(which).rows:
        for entry in entries:
            facts = entry.facts()
            about, details = str(facts["request"]), facts["details"]
            if not isinstance(details, dict):
                continue
            if "key" in details:  # made anew, by whom
                found[about] = frozenset({str(facts["actor"])})
            elif about in found:
                member = frozenset({str(details.get("member"))})
                found[about] = {
                    Action.VAULT_SHARED.value: found[about] | member,
                    Action.VAULT_UNSHARED.value: found[about] - member,
                }.get(str(facts["action"]), frozenset())
        which = replace(which, offset=which.offset + _AT_ONCE)
    return found
