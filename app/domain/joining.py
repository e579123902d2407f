"""How somebody joins from her own machine: an invitation goes to her, an answer comes back.

Both are texts that any mail can carry. What is secret in an invitation is worth one answer; what
makes sure that the answer is hers are six words, read to each other.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.domain.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

_CONSONANTS, _VOWELS = "bdfghjklmnprstvz", "aiou"
_WORDS = 6


@dataclass(frozen=True)
class Invitation:
    """Where the workspace is and as whom to come in; ``fingerprint`` is its authority's.

    ``code`` proves that an answer is to this invitation, once. ``purpose`` is ``join``, or ``keys``
    where a member who lost hers makes new ones.
    """

    address: str
    workspace: str
    fingerprint: str
    member: str
    code: str = field(repr=False)
    purpose: str = "join"

    @property
    def is_for_new_keys(self) -> bool:
        """Whether it goes to a member whose old keys are given up by the answer."""
        return self.purpose == "keys"

    def text(self) -> str:
        """Return what is sent."""
        return _written("invitation", vars(self))

    @classmethod
    def read(cls, text: str) -> Invitation:
        """Undo ``text``; ``InputError("invitation.unreadable")``."""
        return _read("invitation", text, lambda facts: cls(**facts))


@dataclass(frozen=True)
class Answer:
    """The public keys that a newcomer's machine made, as DER and raw bytes, and the proof that she
    has the invitation's code.
    """

    member: str
    signing: bytes
    encryption: bytes
    proof: bytes

    @classmethod
    def to(cls, invitation: Invitation, *, signing: bytes, encryption: bytes) -> Answer:
        """Return the answer to ``invitation``."""
        blank = cls(invitation.member, signing, encryption, b"")
        return cls(invitation.member, signing, encryption, blank.proof_by(invitation.code))

    def proof_by(self, code: str) -> bytes:
        """Return the proof that belongs to an answer with these keys."""
        return hmac.digest(code.encode(), self._keys(), "sha256")

    def is_by(self, code: str) -> bool:
        """Say whether whoever answered has the invitation's code."""
        return hmac.compare_digest(self.proof, self.proof_by(code))

    def words(self, fingerprint: str, *, address: str) -> tuple[str, ...]:
        """Return six words for these keys in that workspace, the same on both machines: nobody
        exchanged the keys on the way, nor the place to which a newcomer takes her password.

        Each is 16 bits, as consonants and vowels in turn (proquints, arXiv 0901.4016): ninety-six
        in all, so that nobody finds other keys with the same ones.
        """
        where = f"{fingerprint}\0{address}\0".encode()
        digest = hashlib.sha256(where + self._keys()).digest()
        return tuple(_word(digest[2 * at : 2 * at + 2]) for at in range(_WORDS))

    def text(self) -> str:
        """Return what is sent back."""
        facts = {
            name: value if isinstance(value, str) else base64.b64encode(value).decode()
            for name, value in vars(self).items()
        }
        return _written("answer", facts)

    @classmethod
    def read(cls, text: str) -> Answer:
        """Undo ``text``; ``InputError("invitation.unreadable")``."""

        def answer(facts: dict[str, str]) -> Answer:
            member = facts.pop("member")
            return cls(member, **{name: base64.b64decode(each) for name, each in facts.items()})

        return _read("answer", text, answer)

    def _keys(self) -> bytes:
        parts = (self.member.encode(), self.signing, self.encryption)
        return b"".join(b"%d:%b," % (len(part), part) for part in parts)


def _word(two_bytes: bytes) -> str:
    number = int.from_bytes(two_bytes)
    letters = (
        _CONSONANTS[number >> 12],
        _VOWELS[number >> 10 & 3],
        _CONSONANTS[number >> 6 & 15],
        _VOWELS[number >> 4 & 3],
        _CONSONANTS[number & 15],
    )
    return "".join(letters)


def _written(kind: str, facts: dict[str, str]) -> str:
    data = json.dumps(facts, sort_keys=True).encode()
    return f"sandglass-{kind}:{base64.urlsafe_b64encode(data).decode()}"


def _read[T](kind: str, text: str, make: Callable[[dict[str, str]], T]) -> T:
    start, _, rest = "".join(text.split()).partition(":")
    try:
        facts = json.loads(base64.urlsafe_b64decode(rest))
        if start == f"sandglass-{kind}" and all(isinstance(each, str) for each in facts.values()):
            return make(facts)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise InputError("invitation.unreadable") from None
    raise InputError("invitation.unreadable")
