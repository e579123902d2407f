"""Who may decide on a scope: approvers, and those of its sources where these have an airlock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.people import Verb
from app.services.airlock_secrets import Kind

if TYPE_CHECKING:
    from app.domain.people import Member
    from app.domain.scope import Scope
    from app.ports.storage import UnitOfWork


class Deciders:
    """Approvers as they are now, in one unit of work.

    The last approver of a grant opens its sources, so each of them has to hold the approvers' key
    of every source that has an airlock. Nobody who asks for access holds one.
    """

    def __init__(self, unit: UnitOfWork) -> None:
        self._approvers = tuple(each for each in unit.members.all() if each.may(Verb.DECIDE_ACCESS))
        self._airlocked = {each.source for each in unit.airlocks.all()}
        self._holders = {
            (source, member)
            for source, kind, member in unit.airlocks.holders()
            if kind == Kind.APPROVERS
        }

    def of(self, scope: Scope) -> tuple[Member, ...]:
        """Return the members who may decide on ``scope``, each once."""
        sources = {at.dataset for at in scope.collections} & self._airlocked
        return tuple(
            each
            for each in self._approvers
            if all((source, each.id) in self._holders for source in sources)
        )

    def may(self, member: str, scope: Scope) -> bool:
        """Say whether ``member`` is one of them."""
        return any(each.id == member for each in self.of(scope))
