"""New secrets for an airlock after a departure, so that nobody who left knows one that counts.

No machine ever has both keys: officers' machines make the new officers' key, approvers' machines
the new approvers' key, each vouches under the old one for the SHA-256 of both, and the source takes
each from who holds it. Each member's machine does its part at the next occasion.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

from app.domain.airlock import mac
from app.domain.audit import Action, Event
from app.domain.errors import SecurityError, SourceError
from app.domain.renewal import KEYS, PASSWORDS, rekey_text
from app.domain.secrets import Secret
from app.services.airlock_secrets import NEXT, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.airlock import AirlockRecord
    from app.domain.renewal import Renewal
    from app.domain.workspace import SourceRecord
    from app.ports.airlocks import AirlockType, Watchman
    from app.ports.sources import SourceType
    from app.ports.storage import UnitOfWork
    from app.services.airlock_secrets import AirlockSecrets
    from app.services.signed_in import SignedIn

_LIVE = frozenset({"ready", "open", "closing"})


class KeyRenewal:
    """This member's part in replacing the secrets of airlocks."""

    def __init__(
        self,
        here: SignedIn,
        *,
        secrets: AirlockSecrets,
        source_types: Mapping[str, SourceType],
    ) -> None:
        self._here = here
        self._secrets = secrets
        self._source_types = source_types

    def go_on(self, source: str) -> None:
        """Do what this member can do now; ``SourceError`` where the source is not reached."""
        self._prepare(source)
        for login in PASSWORDS:
            self._replace_password(source, login)
        self._rekey(source)

    def _prepare(self, source: str) -> None:
        """Make new secrets of the kinds that this member holds, and vouch for the keys."""
        with self._here.workspace.write() as unit:
            record = unit.airlocks.find(source)
            if record is None or record.renewal is None:
                return
            renewal = record.renewal
            _source, airlock = self._source(unit, source)
            for kind in renewal.kinds:
                if kind not in renewal.made and self._secrets.has(unit, source, kind):
                    made = {**renewal.made, kind: self._make(unit, source, kind, airlock)}
                    renewal = replace(renewal, made=made)
            if renewal.keys_are_made:
                text = rekey_text(source, _digests(renewal))
                for kind in KEYS:
                    if kind not in renewal.macs and self._may_vouch(unit, source, kind, renewal):
                        proof = mac(self._secrets.key(unit, source, kind), text).hex()
                        renewal = replace(renewal, macs={**renewal.macs, kind: proof})
            if renewal != record.renewal:
                unit.airlocks.put(replace(record, renewal=renewal))
                unit.commit()

    def _may_vouch(self, unit: UnitOfWork, source: str, kind: str, renewal: Renewal) -> bool:
        """Say whether this member knows the new key of her side, and it is the one to vouch for.

        Else whoever writes into the workspace could let others vouch for a key of her own.
        """
        if not all(self._secrets.has(unit, source, each) for each in (kind, f"{NEXT}{kind}")):
            return False
        new = hashlib.sha256(self._secrets.key(unit, source, f"{NEXT}{kind}")).hexdigest()
        if new != renewal.made[kind]:
            raise SecurityError("airlock.new_key_differs", source=unit.sources.get(source).title)
        return True

    def _make(self, unit: UnitOfWork, source: str, kind: str, airlock: AirlockType) -> str:
        if kind in KEYS:
            key = secrets.token_bytes(32)
            self._secrets.put_next(unit, source, kind, key)
            return hashlib.sha256(key).hexdigest()
        password = secrets.token_urlsafe(32)
        self._secrets.put_next(unit, source, kind, password.encode())
        return airlock.verifier(Secret(password))

    def _replace_password(self, source: str, login: str) -> None:
        """Let a login change its own password; who looks in later may find it changed already."""
        with self._here.workspace.read() as unit:
            renewal = _renewal(unit.airlocks.find(source))
            kinds = (login, f"{NEXT}{login}")
            if renewal is None or not all(self._secrets.has(unit, source, each) for each in kinds):
                return
            old, new = (self._login(unit, source, each) for each in kinds)
        try:
            grants = old.status()
        except SourceError as error:
            if error.code != "source.login_refused":
                raise
            new.now()
        else:
            # An open session closes with the password that it has.
            if login == Kind.WATCHMAN and any(each.state in _LIVE for each in grants):
                return
            old.set_password(renewal.made[login])
        self._promote(source, (login,), renewal)

    def _rekey(self, source: str) -> None:
        with self._here.workspace.read() as unit:
            renewal = _renewal(unit.airlocks.find(source))
            if (
                renewal is None
                or not renewal.is_vouched_for
                or not self._secrets.has(unit, source, Kind.GATEKEEPER)
            ):
                return
            record, airlock = self._source(unit, source)
            password = self._secrets.password(unit, source, Kind.GATEKEEPER)
        gatekeeper = airlock.gatekeeper(record.settings, source, password)
        known = gatekeeper.installed().keys
        if any(known.get(kind) != renewal.made[kind] for kind in KEYS):
            macs = {kind: bytes.fromhex(renewal.macs[kind]) for kind in KEYS}
            gatekeeper.rekey(_digests(renewal), macs)
        self._promote(source, KEYS, renewal)

    def _promote(self, source: str, kinds: tuple[str, ...], done: Renewal) -> None:
        """Put new secrets, which the source has now, in the place of the old ones."""
        with self._here.workspace.write() as unit:
            record = unit.airlocks.find(source)
            renewal = _renewal(record)
            if record is None or renewal is None:
                return
            if any(renewal.made.get(kind) != done.made[kind] for kind in kinds):
                return  # somebody else was quicker
            keys = {kind: done.made[kind] for kind in kinds if kind in KEYS}
            verifiers = {f"{kind}_verifier": done.made[kind] for kind in kinds if kind in PASSWORDS}
            state = "keyless" if keys and record.is_ready else record.state
            changed = replace(
                record,
                keys={**record.keys, **keys},
                state=state,
                **verifiers,  # type: ignore[arg-type]
            )
            unit.airlocks.put(changed)
            for kind in kinds:
                self._secrets.promote_next(unit, source, kind)
            unit.airlocks.put(replace(changed, renewal=renewal.without(kinds)))
            unit.record(
                Event(
                    Action.AIRLOCK_RENEWED,
                    self._here.member,
                    object=source,
                    details={"what": kinds[0] if kinds[0] in PASSWORDS else "keys"},
                )
            )
            unit.commit()

    def _login(self, unit: UnitOfWork, source: str, kind: str) -> Watchman:
        record, airlock = self._source(unit, source)
        password = self._secrets.password(unit, source, kind)
        make = airlock.gatekeeper if kind.endswith(Kind.GATEKEEPER) else airlock.watchman
        return make(record.settings, source, password)

    def _source(self, unit: UnitOfWork, source: str) -> tuple[SourceRecord, AirlockType]:
        record = unit.sources.get(source)
        airlock = self._source_types[record.type].airlock
        if airlock is None:
            raise SourceError("airlock.none_for_this_kind", source=record.title)
        return record, airlock


def _renewal(record: AirlockRecord | None) -> Renewal | None:
    return None if record is None else record.renewal


def _digests(renewal: Renewal) -> dict[str, bytes]:
    return {kind: bytes.fromhex(renewal.made[kind]) for kind in KEYS}
