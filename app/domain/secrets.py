"""A text that never prints itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final, override

PASSPHRASE_CHARACTERS_AT_LEAST = 10
"""Shorter ones are not taken to lock keys with."""


@final
class Secret:
    """A password or key: it must be asked for by name, and shows nothing in a log or traceback."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the secret itself."""
        return self._value

    @override
    def __repr__(self) -> str:
        return "Secret(…)"

    @override
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    @override
    def __hash__(self) -> int:
        return hash(self._value)


@dataclass(frozen=True)
class KeyedSecret:
    """What a login with a client certificate needs: the passphrase of its key's file, and the
    password where the server asks for one as well.
    """

    key: Secret
    password: Secret | None = None


type LoginSecret = Secret | KeyedSecret
"""What a person proves her login to a server with: a password, if nothing else is said."""
