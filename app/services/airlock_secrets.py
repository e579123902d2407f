"""The secrets of airlocks: made once, sealed to those whose part they are, and to nobody else.

No member holds both keys of an airlock: who may ask gets the officers' key, who decides and may not
ask gets the approvers' key and the gatekeeper's password.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from app.domain.airlock import AirlockRecord
from app.domain.audit import Action, Event
from app.domain.errors import NotAllowedError, SecurityError
from app.domain.people import Verb
from app.domain.renewal import Renewal, lost
from app.domain.secrets import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from app.domain.people import Member
    from app.ports.airlocks import AirlockType
    from app.ports.storage import UnitOfWork
    from app.services.certified_sealing import CertifiedSealing
    from app.services.signed_in import SignedIn

NEXT = "next:"
"""Before the kind of a secret that is to take the place of the one of this kind."""

_LINK = "link:"


class Kind(StrEnum):
    """A secret that every airlock has; beside them ``link:DATASET``, which attests keys."""

    OFFICERS = "officers"
    APPROVERS = "approvers"
    GATEKEEPER = "gatekeeper"
    WATCHMAN = "watchman"


def _decides_only(member: Member) -> bool:
    return member.may(Verb.DECIDE_ACCESS) and not member.may(Verb.ASK_FOR_ACCESS)


_HOLDERS: dict[str, Callable[[Member], bool]] = {
    Kind.OFFICERS: lambda member: member.may(Verb.ASK_FOR_ACCESS),
    Kind.APPROVERS: _decides_only,
    Kind.GATEKEEPER: _decides_only,
    Kind.WATCHMAN: lambda member: member.left_at is None,
}


def may_hold(member: Member, kind: str) -> bool:
    """Say whether a secret is this member's part; keys that link airlocks are administrators'."""
    if kind.startswith(_LINK):
        return member.may(Verb.MANAGE_SOURCES)
    return _HOLDERS[kind.removeprefix(NEXT)](member)


def drop_former_holders(unit: UnitOfWork, *, by: str) -> bool:
    """Forget secrets sealed to those whose part they are no more; what they know is replaced.

    Say whether there were any.
    """
    members = {each.id: each for each in unit.members.all()}
    known: dict[tuple[str, str], set[str]] = {}
    for source, kind, member in sorted(unit.airlocks.holders()):
        if member not in members or not may_hold(members[member], kind):
            unit.airlocks.drop_secret(source, kind, member)
            known.setdefault((source, member), set()).add(kind.removeprefix(NEXT))
    for (source, member), held in known.items():
        _outdate(unit, source, held, member=member, by=by)
    return bool(known)


def only_holder_of(unit: UnitOfWork, member: str) -> tuple[str, ...]:
    """Return the sources with a secret that nobody but this member holds."""
    holders = unit.airlocks.holders()
    others = {(source, kind) for source, kind, whose in holders if whose != member}
    return tuple(
        sorted(
            {
                source
                for source, kind, whose in holders
                if whose == member and (source, kind) not in others
            }
        )
    )


def forget_holder(unit: UnitOfWork, member: str, *, by: str) -> None:
    """Forget what is sealed to a member's lost keys: who else holds it seals it to her new ones.

    What a finder of the old keys would know is replaced, unless it is lost to everybody: then a new
    airlock has to be installed.
    """
    lost_sources = only_holder_of(unit, member)
    known: dict[str, set[str]] = {}
    for source, kind, whose in sorted(unit.airlocks.holders()):
        if whose == member:
            unit.airlocks.drop_secret(source, kind, member)
            known.setdefault(source, set()).add(kind.removeprefix(NEXT))
    for source, held in known.items():
        if source not in lost_sources:
            _outdate(unit, source, held, member=member, by=by)


def _outdate(unit: UnitOfWork, source: str, held: set[str], *, member: str, by: str) -> None:
    record, kinds = unit.airlocks.find(source), lost(held)
    if record is None or not kinds:
        return
    renewal = record.renewal or Renewal(())
    unit.airlocks.put(replace(record, renewal=renewal.widened(kinds)))
    details = {"member": member}
    unit.record(Event(Action.AIRLOCK_OUTDATED, by, object=source, details=details))


class AirlockSecrets:
    """Makes, seals and opens them."""

    def __init__(self, here: SignedIn, sealing: CertifiedSealing) -> None:
        self._here = here
        self._sealing = sealing
        self._just_made: dict[tuple[str, str], bytes] = {}

    def just_made(self, source: str) -> dict[str, bytes]:
        """Return, once, the keys of an airlock that were made here, so that its source gets them.

        Nobody keeps them who may not hold them.
        """
        made = [each for each in self._just_made if each[0] == source]
        return {kind: self._just_made.pop((source, kind)) for _, kind in made}

    def key(self, unit: UnitOfWork, source: str, kind: str) -> bytes:
        """Return a key; ``SecurityError("airlock.not_sealed_to_you")`` for anybody else's."""
        sealed = unit.airlocks.secret(source, kind, self._here.member)
        if sealed is None:
            raise SecurityError("airlock.not_sealed_to_you", source=source)
        context = self._context(source, kind, self._here.member)
        return self._here.keys.unseal(sealed, context=context)

    def password(self, unit: UnitOfWork, source: str, kind: str) -> Secret:
        """Return the password of a login."""
        return Secret(self.key(unit, source, kind).decode())

    def has(self, unit: UnitOfWork, source: str, kind: str) -> bool:
        """Say whether this member holds a secret."""
        return unit.airlocks.secret(source, kind, self._here.member) is not None

    def prepare(
        self, unit: UnitOfWork, source: str, airlock: AirlockType, *, linked: Iterable[str]
    ) -> AirlockRecord:
        """Return the record of an airlock; what it lacks of secrets is made and sealed.

        ``linked`` names the sources with an airlock whose keys arrive here.
        """
        record = unit.airlocks.find(source)
        if record is None:
            if not any(_decides_only(each) for each in unit.members.all()):
                raise NotAllowedError("airlock.no_approver")
            passwords = {
                kind: secrets.token_urlsafe(32) for kind in (Kind.GATEKEEPER, Kind.WATCHMAN)
            }
            verifiers = {kind: airlock.verifier(Secret(each)) for kind, each in passwords.items()}
            record = AirlockRecord(
                source=source,
                gatekeeper_verifier=verifiers[Kind.GATEKEEPER],
                watchman_verifier=verifiers[Kind.WATCHMAN],
                keys={},
                prepared_by=self._here.member,
                prepared_at=unit.now(),
            )
            unit.airlocks.put(record)
            for kind, password in passwords.items():
                self._seal_to_all(unit, source, kind, password.encode())
        for made in (Kind.OFFICERS, Kind.APPROVERS, f"{_LINK}{source}"):
            if made not in record.keys:
                key = self._sealing.new_key()
                self._seal_to_all(unit, source, made, key)
                self._just_made[source, made] = key
                record.keys[made] = hashlib.sha256(key).hexdigest()
        for other in linked:
            theirs = unit.airlocks.find(other)
            if theirs is not None and f"{_LINK}{other}" in theirs.keys:
                record.keys[f"{_LINK}{other}"] = theirs.keys[f"{_LINK}{other}"]
        unit.airlocks.put(record)
        return record

    def held_keys(self, unit: UnitOfWork, record: AirlockRecord) -> dict[str, bytes]:
        """Return the keys of an airlock that this member holds, to be handed to the source."""
        found: dict[str, bytes] = {}
        for kind in record.keys:
            owner = kind.removeprefix(_LINK) if kind.startswith(_LINK) else record.source
            if self.has(unit, owner, kind):
                found[kind] = self.key(unit, owner, kind)
        return found

    def catch_up(self, unit: UnitOfWork) -> bool:
        """Seal what this member holds to colleagues whose part it has become; drop what is not.

        Say whether anything changed.
        """
        is_changed = drop_former_holders(unit, by=self._here.member)
        holders = set(unit.airlocks.holders())
        members = unit.members.all()
        for source, kind, holder in sorted(holders):
            if holder != self._here.member:
                continue
            missing = [
                each
                for each in members
                if may_hold(each, kind) and (source, kind, each.id) not in holders
            ]
            if missing:
                secret = self.key(unit, source, kind)
                for each in missing:
                    self._seal(unit, source, kind, secret, member=each)
                is_changed = True
        return is_changed

    def put_next(self, unit: UnitOfWork, source: str, kind: str, secret: bytes) -> None:
        """Seal the secret that is to follow on the one of this kind to all whose part it is."""
        self._seal_to_all(unit, source, f"{NEXT}{kind}", secret)

    @staticmethod
    def promote_next(unit: UnitOfWork, source: str, kind: str) -> None:
        """Put what was to follow in the place of the secret of this kind."""
        unit.airlocks.follow_on(source, kind, f"{NEXT}{kind}")

    def seal_to_me(self, unit: UnitOfWork, secret: bytes, *, context: str) -> bytes:
        """Seal something that only this member will need."""
        return self._sealing.seal(
            unit, secret, to=unit.members.get(self._here.member), context=context
        )

    def open_mine(self, sealed: bytes, *, context: str) -> bytes:
        """Undo ``seal_to_me``."""
        return self._here.keys.unseal(sealed, context=context)

    def _seal_to_all(self, unit: UnitOfWork, source: str, kind: str, secret: bytes) -> None:
        for member in unit.members.all():
            if may_hold(member, kind):
                self._seal(unit, source, kind, secret, member=member)

    def _seal(
        self, unit: UnitOfWork, source: str, kind: str, secret: bytes, *, member: Member
    ) -> None:
        context = self._context(source, kind, member.id)
        sealed = self._sealing.seal(unit, secret, to=member, context=context)
        unit.airlocks.put_secret(source, kind, member.id, sealed)

    def _context(self, source: str, kind: str, member: str) -> str:
        # Without "next:", so that what is sealed stays as it is when its time has come.
        plain = kind.removeprefix(NEXT)
        return f"sandglass airlock {self._here.workspace_id} {source} {plain} {member}"
