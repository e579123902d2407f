"""What becomes of what is sealed to a member's keys when they are lost, or hers no more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.access import EndReason
from app.domain.audit import Action
from app.domain.people import Verb
from app.services.airlock_secrets import forget_holder, only_holder_of
from app.services.sessions import end_in
from app.services.sharing import only_read_by

if TYPE_CHECKING:
    from app.domain.certificates import Why
    from app.domain.people import Member
    from app.ports.security import Authority, PublicKeys
    from app.ports.storage import UnitOfWork
    from app.services.certifying import Certifying


@dataclass(frozen=True)
class Lost:
    """What was sealed to one member and to nobody else: open requests by id, sources by key."""

    requests: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Say whether there is any."""
        return bool(self.requests or self.sources)


def only_held_by(unit: UnitOfWork, member: str) -> Lost:
    """Return what nobody could open without this member's keys."""
    return Lost(only_read_by(unit, member), only_holder_of(unit, member))


def exchange_keys(
    unit: UnitOfWork,
    certifying: Certifying,
    authority: Authority,
    *,
    member: Member,
    keys: PublicKeys,
    why: Why,
    by: str,
) -> Lost:
    """Put new keys in the place of lost ones and return what is lost with those.

    What others hold too waits to be sealed to her anew; airlocks' secrets that a thief of the old
    keys could know are replaced.
    """
    lost = only_held_by(unit, member.id)
    end_windows(unit, member.id, by=by)
    member = certifying.recertify(
        unit, authority, member, keys=keys, why=why, by=by, action=Action.KEYS_REPLACED
    )
    if member.may(Verb.MANAGE_MEMBERS):
        certifying.seal_to(unit, authority, member=member)
    for request in unit.vault.held_by(member.id):
        unit.vault.await_key(request, member.id)
    forget_holder(unit, member.id, by=by)
    return lost


def end_windows(unit: UnitOfWork, member: str, *, by: str) -> None:
    """Close what is open for a member."""
    for case in unit.access.unended():
        if case.asked.requester == member:
            end_in(unit, case, by=by, reason=EndReason.REVOKED)
