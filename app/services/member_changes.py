"""What changes of members: their roles, their keys, and that they leave."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app.domain.audit import Action, Event
from app.domain.certificates import Why
from app.domain.errors import InputError
from app.domain.people import Verb, why_no_departure, why_no_new_keys, why_no_new_roles
from app.services.airlock_secrets import drop_former_holders
from app.services.key_exchange import end_windows, exchange_keys, only_held_by
from app.services.sharing import drop_keys_of

if TYPE_CHECKING:
    from app.domain.errors import AppError
    from app.domain.people import Member, Role
    from app.domain.secrets import Secret
    from app.ports.security import PublicKeys
    from app.services.certifying import Certifying
    from app.services.key_exchange import Lost
    from app.services.signed_in import RequestKeys, SignedIn


class MemberChanges:
    """What an administrator does, and what every machine seals anew for others when it can."""

    def __init__(
        self, here: SignedIn, *, certifying: Certifying, request_keys: RequestKeys
    ) -> None:
        self._here = here
        self._certifying = certifying
        self._request_keys = request_keys

    def only_hers(self, member_id: str) -> Lost:
        """Return what nobody could open any more without this member's keys."""
        with self._here.workspace.read() as unit:
            unit.members.get(self._here.member).must(Verb.MANAGE_MEMBERS)
            return only_held_by(unit, member_id)

    def change_roles(self, member_id: str, roles: frozenset[Role]) -> Member:
        """Certify other roles, as of now; what belongs to those that she loses is taken away."""
        if not roles:
            raise InputError("member.no_role")
        with self._here.workspace.write() as unit:
            member, me = unit.members.get(member_id), unit.members.get(self._here.member)
            _check(why_no_new_roles(member, by=me))
            authority = self._certifying.held(unit, self._here)
            changed = self._certifying.recertify(
                unit,
                authority,
                replace(member, roles=roles),
                keys=None,
                why=Why.ROLES,
                by=me.id,
                action=Action.MEMBER_CHANGED,
            )
            if changed.may(Verb.MANAGE_MEMBERS):
                self._certifying.seal_to(unit, authority, member=changed)
            else:
                unit.workspace.drop_authority(member_id)
            if not changed.may(Verb.ASK_FOR_ACCESS):
                end_windows(unit, member_id, by=me.id)
                drop_keys_of(unit, member_id, by=me.id)
            drop_former_holders(unit, by=me.id)
            unit.commit()
        return changed

    def leave(self, member_id: str) -> None:
        """Record a departure: her certificates are taken back, what is open for her closes, what
        was sealed to her is dropped, secrets that she knew are replaced.
        """
        with self._here.workspace.write() as unit:
            member, me = unit.members.get(member_id), unit.members.get(self._here.member)
            _check(why_no_departure(member, by=me, among=unit.members.all()))
            authority = self._certifying.held(unit, self._here)
            end_windows(unit, member_id, by=me.id)
            details = self._certifying.revoke(unit, authority, member_id, why=Why.LEFT, by=me.id)
            unit.members.replace(replace(member, left_at=unit.now()))
            unit.record(Event(Action.MEMBER_LEFT, me.id, object=member_id, details=details))
            unit.workspace.drop_authority(member_id)
            drop_keys_of(unit, member_id, by=me.id)
            drop_former_holders(unit, by=me.id)
            unit.commit()
        self._here.resting.forget(self._here.workspace_id, member_id)

    def replace_keys(self, member_id: str, keys: PublicKeys) -> Lost:
        """Certify new keys of a member who lost hers, and say what is lost with the old ones.

        The old certificates count no more as of now. What others hold as well is sealed to her
        anew: by this machine at once, by theirs when they sign in next.
        """
        with self._here.workspace.write() as unit:
            member, me = unit.members.get(member_id), unit.members.get(self._here.member)
            _check(why_no_new_keys(member, by=me))
            authority = self._certifying.held(unit, self._here)
            lost = exchange_keys(
                unit, self._certifying, authority, member=member, keys=keys, why=Why.KEYS, by=me.id
            )
            self._request_keys.catch_up(unit)
            unit.commit()
        return lost

    def renew_here(self, member_id: str, *, passphrase: Secret | None) -> Lost:
        """Make the new keys of a member who lost hers on this machine, and certify them."""
        with self._here.workspace.read() as unit:
            member, me = unit.members.get(member_id), unit.members.get(self._here.member)
            _check(why_no_new_keys(member, by=me))
            self._certifying.held(unit, self._here)
        resting, workspace_id = self._here.resting, self._here.workspace_id
        resting.forget(workspace_id, member_id)
        made = resting.create(workspace_id, member_id, passphrase=passphrase)
        return self.replace_keys(member_id, made)

    def catch_up(self) -> None:
        """Seal the vault keys that this member holds to colleagues who wait for them."""
        with self._here.workspace.read() as unit:
            self._certifying.remember_revoked(unit)
            if not unit.vault.awaited_keys():
                return
        with self._here.workspace.write() as unit:
            if self._request_keys.catch_up(unit):
                unit.commit()


def _check(hindrance: AppError | None) -> None:
    if hindrance is not None:
        raise hindrance
