"""What proves logins to servers: passwords, in the desktop's keyring and nowhere else."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, final, override

from app.domain.errors import SecurityError
from app.domain.secrets import KeyedSecret, Secret
from app.ports.security import LoginPasswords
from app.security.keyring_store import KeyringStore

if TYPE_CHECKING:
    from app.domain.secrets import LoginSecret


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
    def get(self, address: str) -> LoginSecret | None:
        """Return what was kept; None also where no keyring can be asked."""
        with suppress(SecurityError, UnicodeDecodeError):
            password, key = (self._stored(name) for name in (_entry(address), _key_entry(address)))
            return KeyedSecret(key, password) if key is not None else password
        return None

    @override
    def keep(self, address: str, password: LoginSecret) -> None:
        """Keep it. ``SecurityError``: keys.no_keyring, keys.keyring_locked."""
        self.forget(address)
        if isinstance(password, KeyedSecret):
            self._keyring.put(_key_entry(address), password.key.reveal().encode())
            plain = password.password
        else:
            plain = password
        if plain is not None:
            self._keyring.put(_entry(address), plain.reveal().encode())

    @override
    def forget(self, address: str) -> None:
        """Keep it no longer; where no keyring can be asked there is none."""
        for name in (_entry(address), _key_entry(address)):
            with suppress(SecurityError):
                self._keyring.drop(name)

    def _stored(self, name: str) -> Secret | None:
        stored = self._keyring.get(name)
        return Secret(stored.decode()) if stored is not None else None


def _entry(address: str) -> str:
    return f"login/{address}"


def _key_entry(address: str) -> str:
    return f"key-of-login/{address}"
