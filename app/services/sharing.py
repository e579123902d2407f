"""Who can read what was pulled for a request: shared with a colleague, taken back, recorded."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app.domain.audit import Action, Details, Event
from app.domain.errors import NotAllowedError
from app.domain.people import Verb
from app.domain.pulls import PullState
from app.services.signed_in import key_print

if TYPE_CHECKING:
    from app.ports.storage import UnitOfWork
    from app.services.signed_in import RequestKeys, SignedIn


def drop_keys_of(unit: UnitOfWork, member: str, *, by: str) -> int:
    """Drop what is sealed to somebody who handles requests no more; return of how many requests.

    What nobody else could read is lost by that: whoever takes such a request on pulls it anew.
    """
    requests = unit.vault.held_by(member)
    for request in requests:
        unit.vault.drop_key(request, member)
        details: Details = {"member": member}
        unit.record(Event(Action.VAULT_UNSHARED, by, request, details=details))
    return len(requests)


def only_read_by(unit: UnitOfWork, member: str) -> tuple[str, ...]:
    """Return the open requests whose data nobody but this member can read."""
    return tuple(
        request
        for request in unit.vault.held_by(member)
        if unit.vault.key_holders(request) == (member,) and unit.requests.get(request).is_open
    )


class Sharing:
    """What officers do with requests whose key is sealed to them."""

    def __init__(self, here: SignedIn, *, request_keys: RequestKeys) -> None:
        self._here = here
        self._request_keys = request_keys

    def only_read_by(self, member: str) -> tuple[str, ...]:
        """Return the open requests whose data is lost when this member leaves without sharing."""
        with self._here.workspace.read() as unit:
            return only_read_by(unit, member)

    def share(self, request_id: str, member: str) -> None:
        """Let another officer read what was and will be pulled for a request."""
        with self._here.workspace.write() as unit:
            unit.members.get(self._here.member).must(Verb.HANDLE_REQUESTS)
            unit.members.get(member).must(Verb.HANDLE_REQUESTS)
            self._request_keys.share(unit, request_id, member=member)
            unit.commit()

    def unshare(self, request_id: str, member: str) -> None:
        """Let a colleague read it no more; what she read, she has read.

        The owner goes on reading, and so does whoever takes it back from others.
        """
        with self._here.workspace.write() as unit:
            unit.members.get(self._here.member).must(Verb.HANDLE_REQUESTS)
            if member in {self._here.member, unit.requests.get(request_id).owner}:
                raise NotAllowedError("vault.owner_reads", request=request_id)
            self._request_keys.get(unit, request_id)
            if member not in unit.vault.key_holders(request_id):
                return
            unit.vault.drop_key(request_id, member)
            details: Details = {"member": member}
            unit.record(
                Event(Action.VAULT_UNSHARED, self._here.member, request_id, details=details)
            )
            unit.commit()


def hand_over(unit: UnitOfWork, keys: RequestKeys, request_id: str, *, to: str, by: str) -> None:
    """Let the new owner of a request read it.

    Where everybody who could read it has left, its ciphertext is destroyed and it gets a new key.
    """
    if not unit.vault.key_holders(request_id):
        chunks = unit.vault.destroy_data(request_id)
        made = key_print(keys.make(unit, request_id))
        details: Details = {"keys": 0, "chunks": chunks, "key": made}
        unit.record(Event(Action.DATA_DESTROYED, by, request_id, details=details))
        for each in unit.pulls.of_request(request_id):
            unit.pulls.replace(
                replace(
                    each,
                    rows=0,
                    chunks=0,
                    state=PullState.INCOMPLETE,
                    incomplete_why="vault.key_lost",
                )
            )
    keys.share(unit, request_id, member=to)
