"""A member at work: the workspace, who she is, and her keys while they are unlocked."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.audit import Action, Details, Event
from app.domain.errors import NotAllowedError, SecurityError
from app.ports.storage import EntryFilter
from app.services.vault_holders import holders_on_record

if TYPE_CHECKING:
    from app.ports.security import MemberKeys, UnlockedKeys
    from app.ports.storage import UnitOfWork, Workspace
    from app.services.certified_sealing import CertifiedSealing


@dataclass(frozen=True)
class SignedIn:
    """Who does what a service does. Services ask the stored member for her rights, never this.

    ``resting`` is where this machine keeps keys while nobody is signed in.
    """

    workspace: Workspace
    workspace_id: str
    member: str
    keys: UnlockedKeys
    resting: MemberKeys

    def check_clock(self, unit: UnitOfWork) -> None:
        """Refuse while the clock that counts is behind the log.

        ``NotAllowedError``: clock.set_back (this machine's), clock.server_set_back.
        """
        if behind := unit.clock_behind_seconds():
            code = "clock.server_set_back" if self.workspace.is_shared else "clock.set_back"
            raise NotAllowedError(code, seconds=behind)


_MADE = (Action.REQUEST_RECORDED.value, Action.DATA_DESTROYED.value)


def key_print(key: bytes) -> str:
    """Return what the log says of a request's key when it is made; nobody guesses 32 bytes."""
    return hashlib.sha256(b"sandglass request key " + key).hexdigest()


class RequestKeys:
    """The vault key of each request: made once, sealed to the members who work on it.

    Anybody can seal a key to anybody. So the log says which one was made: whoever writes into the
    workspace's tables could else put in a key that she knows, and read what comes to be encrypted
    with it.
    """

    def __init__(self, here: SignedIn, sealing: CertifiedSealing) -> None:
        self._here = here
        self._sealing = sealing
        self._opened: dict[str, dict[bytes, bytes]] = {}

    def make(self, unit: UnitOfWork, request_id: str) -> bytes:
        """Make the key of a new request and seal it to this member; who calls this records its
        ``key_print``.
        """
        key = self._sealing.new_key()
        sealed = self._seal(unit, request_id, key, member=self._here.member)
        self._opened[request_id] = {sealed: key}
        return key

    def get(self, unit: UnitOfWork, request_id: str) -> bytes:
        """Return the key; ``SecurityError``: vault.not_sealed_to_you for anybody else's,
        vault.key_differs for one that is not what was made.
        """
        sealed = unit.vault.sealed_key(request_id, self._here.member)
        if sealed is None:
            self.forget(request_id)
            raise SecurityError("vault.not_sealed_to_you", request=request_id)
        if sealed not in self._opened.get(request_id, {}):
            context = self._context(request_id, self._here.member)
            key = self._here.keys.unseal(sealed, context=context)
            if _made(unit, request_id) not in {"", key_print(key)}:
                raise SecurityError("vault.key_differs", request=request_id)
            self._opened[request_id] = {sealed: key}
        return self._opened[request_id][sealed]

    def share(self, unit: UnitOfWork, request_id: str, *, member: str) -> None:
        """Seal the key to a colleague as well, on record, unless she has it."""
        key = self.get(unit, request_id)
        if member in unit.vault.key_holders(request_id):
            return
        self._seal(unit, request_id, key, member=member)
        details: Details = {"member": member}
        unit.record(Event(Action.VAULT_SHARED, self._here.member, request_id, details=details))

    def catch_up(self, unit: UnitOfWork) -> bool:
        """Seal the keys that this member holds to those who wait for them; say whether any did.

        Nobody's word but the log's lets anybody in: who waits was let in before she lost her keys.
        """
        is_changed = False
        for request_id, member in unit.vault.awaited_keys():
            let_in = holders_on_record(unit, request_id)
            if let_in is not None and member not in let_in:
                continue
            if unit.vault.sealed_key(request_id, self._here.member) is not None:
                self.share(unit, request_id, member=member)
                is_changed = True
        return is_changed

    def forget(self, request_id: str) -> None:
        """Drop the key from memory."""
        self._opened.pop(request_id, None)

    def _seal(self, unit: UnitOfWork, request_id: str, key: bytes, *, member: str) -> bytes:
        context = self._context(request_id, member)
        sealed = self._sealing.seal(unit, key, to=unit.members.get(member), context=context)
        unit.vault.put_key(request_id, member, sealed)
        return sealed

    def _context(self, request_id: str, member: str) -> str:
        return f"sandglass request key {self._here.workspace_id} {request_id} {member}"


def _made(unit: UnitOfWork, request_id: str) -> str:
    """Return what the log says of the request's key, empty where an older version made it."""
    for entry in unit.log.find(EntryFilter(request=request_id, actions=_MADE)).rows:
        details = entry.facts()["details"]
        if isinstance(details, dict) and "key" in details:
            return str(details["key"])
    return ""
