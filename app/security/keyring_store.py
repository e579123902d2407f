"""The desktop's own secret store, where there is one that needs no terminal."""

from __future__ import annotations

import base64
import binascii
import secrets
from typing import TYPE_CHECKING, final

import keyring.backend
import keyring.core

from app.domain.errors import SecurityError

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

_SERVICE = "sandglass"
_NATIVE = "keyring.backends."
_NOT_A_STORE = frozenset({"chainer", "fail", "null"})


@final
class KeyringStore:
    """Short random keys in the desktop's keyring.

    Only keyring's own backends for real stores count (Secret Service, KWallet, macOS, Windows):
    others prompt on a terminal that a window does not have, or store in the clear. Without
    ``backend`` the user's choice for keyring is followed, else the best one is taken. What a
    desktop's store raises is not bounded by ``KeyringError`` (D-Bus, GLib and Win32 errors come
    through), so everything is caught, and its text, which could hold the secret, is dropped.
    """

    def __init__(self, backend: KeyringBackend | None = None) -> None:
        self._given = backend

    def usable(self) -> bool:
        """Say whether a secret can be stored, found again and deleted; may ask to be unlocked."""
        entry, key = f"probe/{secrets.token_hex(8)}", secrets.token_bytes(32)
        try:
            self.put(entry, key)
            self.drop(entry)
            return self.get(entry) is None
        except SecurityError:
            return False

    def put(self, entry: str, key: bytes) -> None:
        """Store ``key``. ``SecurityError``: keys.no_keyring, keys.keyring_locked."""
        backend, text = self._backend(), base64.b64encode(key).decode()
        try:
            backend.set_password(_SERVICE, entry, text)
        except Exception:  # noqa: BLE001  see the class
            raise SecurityError("keys.keyring_locked") from None
        if self.get(entry) != key:  # a store that forgets is none
            raise SecurityError("keys.no_keyring")

    def get(self, entry: str) -> bytes | None:
        """Return what is stored. ``SecurityError``: keys.no_keyring, keys.keyring_locked."""
        backend = self._backend()
        try:
            text = backend.get_password(_SERVICE, entry)
        except Exception:  # noqa: BLE001  see the class
            raise SecurityError("keys.keyring_locked") from None
        try:
            return None if text is None else base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            return None  # not what we stored

    def drop(self, entry: str) -> None:
        """Delete what is stored, if anything. ``SecurityError`` as for ``get``."""
        if self.get(entry) is None:
            return
        try:
            self._backend().delete_password(_SERVICE, entry)
        except Exception:  # noqa: BLE001  see the class
            raise SecurityError("keys.keyring_locked") from None

    def _backend(self) -> KeyringBackend:
        backend = self._given or _best_native()
        if backend is None:
            raise SecurityError("keys.no_keyring")
        return backend


def _best_native() -> KeyringBackend | None:
    try:
        chosen = keyring.core.load_env() or keyring.core.load_config()
        rings = [chosen] if chosen else keyring.backend.get_all_keyring()
        native = [ring for ring in rings if _is_native(ring)]
        return max(native, key=lambda ring: ring.priority, default=None)
    except Exception:  # noqa: BLE001  a backend that cannot be loaded raises what it likes
        return None


def _is_native(ring: KeyringBackend) -> bool:
    module = type(ring).__module__
    is_store = module.startswith(_NATIVE) and module.removeprefix(_NATIVE) not in _NOT_A_STORE
    return is_store and ring.priority >= 1
