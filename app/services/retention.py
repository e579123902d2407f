"""What must go, and when: sealed keys first, then the ciphertext; the record of both stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.audit import Action, Details, Event
from app.domain.errors import NotAllowedError
from app.domain.people import Verb
from app.ports.storage import RequestFilter

if TYPE_CHECKING:
    from app.domain.requests import Request
    from app.services.signed_in import RequestKeys, SignedIn

_AT_ONCE = 500


class Retention:
    """Destroys pulled data when its time is over."""

    def __init__(self, here: SignedIn, *, request_keys: RequestKeys) -> None:
        self._here = here
        self._request_keys = request_keys

    def due(self) -> tuple[Request, ...]:
        """Return closed requests whose data should be gone by now and is not."""
        with self._here.workspace.read() as unit:
            today = unit.now().date()
            closed = unit.requests.find(RequestFilter(is_open=False, limit=_AT_ONCE)).rows
            return tuple(
                each
                for each in closed
                if each.keep_until and each.keep_until <= today and unit.vault.key_holders(each.id)
            )

    def destroy(self, request_id: str) -> None:
        """Destroy the pulled data of a closed request for good."""
        with self._here.workspace.write() as unit:
            unit.members.get(self._here.member).must(Verb.HANDLE_REQUESTS)
            request = unit.requests.get(request_id)
            if request.is_open:
                raise NotAllowedError("request.is_open", request=request_id)
            keys = unit.vault.destroy_keys(request_id)
            chunks = unit.vault.destroy_data(request_id)
            details: Details = {"keys": keys, "chunks": chunks}
            unit.record(
                Event(Action.DATA_DESTROYED, self._here.member, request_id, details=details)
            )
            unit.commit()
        self._request_keys.forget(request_id)
