"""Passwords of logins to servers, in the desktop's keyring and nowhere else."""

from __future__ import annotations

from contextlib import suppress
from typing import final, override

from app.domain.errors import SecurityError
from app.domain.secrets import Secret
from app.ports.security import LoginPasswords
from app.security.keyring_store import KeyringStore


@final
class KeyringPasswords(LoginPasswords):
    """``LoginPasswords`` beside the keys, under names of their own."""

    def __init__(self, keyring: KeyringStore | None = None) -> None:
        self._keyring = keyring or KeyringStore()

    @override
    def usable(self) -> bool:
        """Say whether this desktop has a keyring that stores and returns a secret."""
        return self._keyring.usable()

    @override
    def get(self, address: str) -> Secret | None:
        """Return what was kept; None also where no keyring can be asked."""
        with suppress(SecurityError, UnicodeDecodeError):
            stored = self._keyring.get(_entry(address))
            return Secret(stored.decode()) if stored is not None else None
        return None

    @override
    def keep(self, address: str, password: Secret) -> None:
        """Keep it. ``SecurityError``: keys.no_keyring, keys.keyring_locked."""
        self._keyring.put(_entry(address), password.reveal().encode())

    @override
    def forget(self, address: str) -> None:
        """Keep it no longer; where no keyring can be asked there is none."""
        with suppress(SecurityError):
            self._keyring.drop(_entry(address))


def _entry(address: str) -> str:
    return f"login/{address}"
