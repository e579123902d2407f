"""New secrets for an airlock, when somebody who held the old ones holds them by right no more."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

KEYS = ("officers", "approvers")
PASSWORDS = ("gatekeeper", "watchman")


@dataclass(frozen=True)
class Renewal:
    """How far the replacing of an airlock's secrets has come; nothing here opens anything.

    ``kinds`` are to be replaced. ``made`` says of the new ones what a script may say: the SHA-256
    of a key in hex, the verifier of a password. ``macs`` are over ``rekey_text`` under the old
    keys, in hex. Somebody else has left before the secrets ``again`` had replaced the old ones.
    """

    kinds: tuple[str, ...]
    made: Mapping[str, str] = field(default_factory=dict)
    macs: Mapping[str, str] = field(default_factory=dict)
    again: tuple[str, ...] = ()

    @property
    def keys_are_made(self) -> bool:
        """Whether both new keys are there, so that the old ones can vouch for them."""
        return all(kind in self.made for kind in KEYS)

    @property
    def is_vouched_for(self) -> bool:
        """Whether both old keys vouch for the new ones, so that the source takes them."""
        return all(kind in self.macs for kind in KEYS)

    def widened(self, kinds: Iterable[str]) -> Renewal:
        """Return the renewal when these kinds are known to one more who has left."""
        known = frozenset(kinds)
        return replace(
            self,
            kinds=_in_order({*self.kinds, *known}),
            again=_in_order({*self.again, *(known & self.made.keys())}),
        )

    def without(self, kinds: Iterable[str]) -> Renewal | None:
        """Return what is left to do when these kinds are replaced."""
        done = frozenset(kinds)
        left = _in_order({*self.kinds} - done | {*self.again} & done)
        if not left:
            return None
        return Renewal(
            left,
            {kind: each for kind, each in self.made.items() if kind not in done},
            {kind: each for kind, each in self.macs.items() if kind not in done},
            _in_order({*self.again} - done),
        )


def lost(kinds: Iterable[str]) -> tuple[str, ...]:
    """Return what is replaced when somebody who held these kinds leaves.

    The keys are replaced together, for each is proved under both; with them the passwords.
    """
    known = frozenset(kinds) & {*KEYS, *PASSWORDS}
    return tuple(known) if known <= {"watchman"} else (*KEYS, *PASSWORDS)


def rekey_text(source: str, digests: Mapping[str, bytes]) -> str:
    """Return what the old keys of an airlock sign: the SHA-256 of both new ones."""
    return ":".join(["sandglass-rekey-2", source, *(digests[kind].hex() for kind in KEYS)])


def _in_order(kinds: set[str]) -> tuple[str, ...]:
    """Return these kinds; one key is never replaced without the other."""
    both = kinds if kinds.isdisjoint(KEYS) else {*kinds, *KEYS}
    return tuple(kind for kind in (*KEYS, *PASSWORDS) if kind in both)
