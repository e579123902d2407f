"""The texts of letters, which only those read to whom the request's key is sealed."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING

from app.domain.errors import InputError, SecurityError
from app.domain.responses import ANSWER_LETTERS

if TYPE_CHECKING:
    from app.domain.responses import Letter
    from app.ports.security import Sealing
    from app.ports.storage import UnitOfWork
    from app.services.signed_in import RequestKeys, SignedIn

_SEALED = "sealed:"
"""Before a text that is sealed; one without it was kept by an older program, in clear."""


class LetterTexts:
    """Seals them under the key of their request; retention destroys them with it."""

    def __init__(self, here: SignedIn, *, request_keys: RequestKeys, sealing: Sealing) -> None:
        self._here = here
        self._request_keys = request_keys
        self._sealing = sealing

    def sealed(self, unit: UnitOfWork, letter: Letter) -> Letter:
        """Return a letter as it is kept; ``InputError("text.not_storable")``."""
        try:
            plain = letter.text.encode()
        except UnicodeEncodeError:
            raise InputError("text.not_storable") from None
        if b"\0" in plain:
            raise InputError("text.not_storable")
        key = self._request_keys.get(unit, letter.request)
        sealed = self._sealing.encrypt(key, plain, context=_context(letter))
        return replace(letter, text=_SEALED + base64.b64encode(sealed).decode("ascii"))

    def opened(self, unit: UnitOfWork, letter: Letter) -> Letter:
        """Undo ``sealed``; empty for whoever does not hold the key that it was kept under."""
        if not letter.text.startswith(_SEALED):
            return letter
        if unit.vault.sealed_key(letter.request, self._here.member) is None:
            return replace(letter, text="")
        sealed = base64.b64decode(letter.text.removeprefix(_SEALED))
        key = self._request_keys.get(unit, letter.request)
        try:
            plain = self._sealing.decrypt(key, sealed, context=_context(letter))
        except SecurityError:  # the request has another key since all who held that one left
            return replace(letter, text="")
        return replace(letter, text=plain.decode())

    def of_request(self, unit: UnitOfWork, request_id: str) -> tuple[Letter, ...]:
        """Return the letters of a request, opened, oldest first."""
        return tuple(self.opened(unit, each) for each in unit.responses.letters(request_id))

    def answer(self, unit: UnitOfWork, request_id: str) -> str | None:
        """Return the text of the last answer letter, or None where none is readable."""
        letters = self.of_request(unit, request_id)
        texts = [each.text for each in letters if each.kind in ANSWER_LETTERS]
        return (texts[-1] or None) if texts else None


def _context(letter: Letter) -> str:
    return f"{letter.request}/letter/{letter.id}"
