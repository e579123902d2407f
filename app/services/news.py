"""What colleagues did that a member waits for: access asked of her, or decided for her."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from app.domain.access import AccessState
from app.domain.audit import Action
from app.ports.storage import EntryFilter
from app.services.deciders import Deciders

if TYPE_CHECKING:
    from app.domain.access import AccessCase
    from app.domain.audit import Entry
    from app.ports.storage import UnitOfWork
    from app.services.signed_in import SignedIn

_ACTIONS = (
    Action.ACCESS_REQUESTED.value,
    Action.ACCESS_GRANTED.value,
    Action.ACCESS_DENIED.value,
    Action.ACCESS_REVOKED.value,
)
_AT_MOST = 20


class Happened(StrEnum):
    """What a member is told of."""

    ASKED = "asked"
    HALF_GRANTED = "half_granted"
    GRANTED = "granted"
    DENIED = "denied"
    REVOKED = "revoked"


@dataclass(frozen=True)
class Item:
    """One thing that happened: kind and references, and no value of anybody's.

    ``number`` is that of the entry which tells of it.
    """

    happened: Happened
    request: str
    access_request: str
    number: int = field(compare=False)


@dataclass(frozen=True)
class Latest:
    """What is new since entry ``after``; ``head`` is the last entry now."""

    head: int
    items: tuple[Item, ...] = ()


class News:
    """Reads it from the log, where everything that counts is."""

    def __init__(self, here: SignedIn) -> None:
        self._here = here

    def since(self, after: int | None) -> Latest:
        """Return what others did after entry ``after``, oldest first; None only says where it ends.

        What was overtaken by now (decided, withdrawn) is not told any more.
        """
        with self._here.workspace.read() as unit:
            head = unit.log.head()[0]
            if after is None or after >= head:
                return Latest(head)
            which = EntryFilter(actions=_ACTIONS, limit=_AT_MOST)
            entries = [each for each in unit.log.find(which).rows if each.number > after]
            found = dict.fromkeys(
                item for each in reversed(entries) if (item := self._item(unit, each)) is not None
            )
            return Latest(head, tuple(found))

    def _item(self, unit: UnitOfWork, entry: Entry) -> Item | None:
        facts = entry.facts()
        if facts["actor"] == self._here.member:
            return None
        case = unit.access.get(str(facts["object"]))
        happened = self._happened(unit, case, str(facts["action"]))
        if happened is None:
            return None
        return Item(happened, case.asked.request, case.asked.id, entry.number)

    def _happened(self, unit: UnitOfWork, case: AccessCase, action: str) -> Happened | None:
        state, me = case.state(unit.now()), self._here.member
        if action == Action.ACCESS_REQUESTED.value:
            waits = state is AccessState.WAITING and case.waits_for(me)
            return Happened.ASKED if waits and Deciders(unit).may(me, case.asked.scope) else None
        if case.asked.requester != me:
            return None
        return {
            AccessState.WAITING: Happened.HALF_GRANTED,
            AccessState.GRANTED: Happened.GRANTED,
            AccessState.DENIED: Happened.DENIED,
            AccessState.REVOKED: Happened.REVOKED,
            AccessState.ENDED: Happened.REVOKED if case.revocation is not None else None,
        }.get(state)
