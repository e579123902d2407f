"""A member's private keys: made here, at rest in an encrypted file, held while the program runs."""

from __future__ import annotations

import json
import os
import secrets
import unicodedata
from contextlib import suppress
from typing import TYPE_CHECKING, Self, final, override

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from app.domain.errors import SecurityError, StorageError
from app.domain.secrets import PASSPHRASE_CHARACTERS_AT_LEAST
from app.ports.security import PublicKeys
from app.security.file_store import FileStore
from app.security.key_files import Argon2Cost, KeyFile, Lock, seal_key_file
from app.security.keyring_store import KeyringStore
from app.security.sealing import unseal

if TYPE_CHECKING:
    from pathlib import Path

    from app.domain.secrets import Secret

RSA_BITS = 3072
_SALT_BYTES = 16


@final
class HeldKeys:
    """A member's private keys, out of the file: implements ``UnlockedKeys``."""

    def __init__(
        self, member: str, *, signing: rsa.RSAPrivateKey, encryption: X25519PrivateKey
    ) -> None:
        self._member = member
        self._signing = signing
        self._encryption = encryption

    @classmethod
    def generate(cls, member: str) -> Self:
        """Make new keys: RSA-3072 and X25519."""
        signing = rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
        return cls(member, signing=signing, encryption=X25519PrivateKey.generate())

    @classmethod
    def from_bytes(cls, member: str, content: bytes) -> Self:
        """Undo ``to_bytes``; ``SecurityError("keys.damaged")``."""
        try:
            parts = json.loads(content)
            signing = load_der_private_key(
                bytes.fromhex(parts["signing"]),
                password=None,
                # It comes out of AES-GCM as we put it in; looking for primes again costs 0.2 s.
                unsafe_skip_rsa_key_validation=True,
            )
            encryption = X25519PrivateKey.from_private_bytes(bytes.fromhex(parts["encryption"]))
        except (KeyError, TypeError, ValueError, UnsupportedAlgorithm):
            raise SecurityError("keys.damaged") from None
        if not isinstance(signing, rsa.RSAPrivateKey):
            raise SecurityError("keys.damaged")
        return cls(member, signing=signing, encryption=encryption)

    @property
    def member(self) -> str:
        """Whose keys they are."""
        return self._member

    def sign(self, data: bytes) -> bytes:
        """Return the RSA-PSS signature of ``data``: SHA-256, MGF1 of it, 32 bytes of salt."""
        scheme = padding.PSS(padding.MGF1(SHA256()), padding.PSS.DIGEST_LENGTH)
        return self._signing.sign(data, scheme, SHA256())

    def unseal(self, sealed: bytes, *, context: str) -> bytes:
        """Return what was sealed to this member; ``SecurityError("seal.broken")``."""
        return unseal(self._encryption, sealed, context=context)

    def public(self) -> PublicKeys:
        """Return what others may know."""
        info = self._signing.public_key().public_bytes(
            Encoding.DER, PublicFormat.SubjectPublicKeyInfo
        )
        return PublicKeys(info, self._encryption.public_key().public_bytes_raw())

    def to_bytes(self) -> bytes:
        """Return the private keys, in the clear: to be encrypted at once."""
        signing = self._signing.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        parts = {"signing": signing.hex(), "encryption": self._encryption.private_bytes_raw().hex()}
        return json.dumps(parts).encode()

    @override
    def __repr__(self) -> str:
        return "HeldKeys(…)"


@final
class RestingKeys:
    """Where private keys rest: implements ``MemberKeys``.

    The keys are always in a file of ``folder``, encrypted under a key that is either stretched from
    a passphrase or random and kept in the desktop's keyring (Windows takes 2,560 bytes there, less
    than an RSA key). ``cost`` is for new files; old ones say their own.
    """

    def __init__(
        self, folder: Path, keyring: KeyringStore | None = None, *, cost: Argon2Cost | None = None
    ) -> None:
        self._files = FileStore(folder)
        self._keyring = keyring or KeyringStore()
        self._cost = cost or Argon2Cost()

    def keyring_usable(self) -> bool:
        """Say whether this desktop has a keyring that stores and returns a secret."""
        return self._keyring.usable()

    def create(self, workspace: str, member: str, *, passphrase: Secret | None) -> PublicKeys:
        """Make new keys and put them to rest.

        ``SecurityError``: keys.no_keyring, keys.keyring_locked, keys.passphrase_too_short,
        keys.already_here (they are never overwritten: what was sealed to them would be lost).
        """
        _check_length(passphrase)
        with self._files.changing(workspace, member):
            if self._files.read(workspace, member) is not None:
                raise SecurityError("keys.already_here")
            keys = HeldKeys.generate(member)
            self._put(workspace, keys, passphrase=passphrase)
        return keys.public()

    def unlock(self, workspace: str, member: str, *, passphrase: Secret | None) -> HeldKeys:
        """Take the keys out.

        ``SecurityError``: keys.not_here, keys.passphrase_needed, keys.wrong_passphrase,
        keys.damaged, keys.too_new, keys.no_keyring, keys.keyring_locked, keys.keyring_empty.
        """
        key_file = self._files.read(workspace, member)
        if key_file is None:
            raise SecurityError("keys.not_here")
        return HeldKeys.from_bytes(member, key_file.open(self._key_to(key_file, passphrase)))

    def relock(
        self, workspace: str, member: str, *, passphrase: Secret | None, new: Secret | None
    ) -> None:
        """Change the passphrase, or move between passphrase and keyring (``new`` is None).

        Fails as ``unlock`` and ``create`` do, and then leaves everything as it was.
        """
        _check_length(new)
        with self._files.changing(workspace, member):
            keys = self.unlock(workspace, member, passphrase=passphrase)
            before = self._files.read(workspace, member)
            self._put(workspace, keys, passphrase=new)
            if before is not None:
                self._drop_entry(before.lock)

    def where(self, workspace: str, member: str) -> str:
        """Return ``keyring``, ``file`` or, where they are on another machine, the empty text."""
        key_file = self._files.read(workspace, member)
        if key_file is None:
            return ""
        return "keyring" if key_file.lock.kind == "keyring" else "file"

    def forget(self, workspace: str, member: str) -> None:
        """Destroy this machine's copy, also a damaged one."""
        with self._files.changing(workspace, member):
            with suppress(SecurityError):
                if (key_file := self._files.read(workspace, member)) is not None:
                    self._drop_entry(key_file.lock)
            self._files.delete(workspace, member)

    def _put(self, workspace: str, keys: HeldKeys, *, passphrase: Secret | None) -> None:
        member = keys.member
        if passphrase is None:
            # An entry per file: a crash between the two never parts a file from its key.
            lock = Lock("keyring", entry=f"{workspace}/{member}/{secrets.token_hex(8)}")
            key = os.urandom(32)
            self._keyring.put(lock.entry, key)
        else:
            lock = Lock("passphrase", salt=os.urandom(_SALT_BYTES), cost=self._cost)
            key = lock.stretch(_normalised(passphrase))
        data = seal_key_file(keys.to_bytes(), key, workspace=workspace, member=member, lock=lock)
        try:
            self._files.write(workspace, member, data=data)
        except StorageError:
            self._drop_entry(lock)
            raise

    def _key_to(self, key_file: KeyFile, passphrase: Secret | None) -> bytes:
        if key_file.lock.kind == "keyring":
            stored = self._keyring.get(key_file.lock.entry)
            if stored is None:
                raise SecurityError("keys.keyring_empty")
            if not key_file.fits(stored):
                raise SecurityError("keys.damaged")
            return stored
        if passphrase is None:
            raise SecurityError("keys.passphrase_needed")
        stretched = key_file.lock.stretch(_normalised(passphrase))
        if not key_file.fits(stretched):
            raise SecurityError("keys.wrong_passphrase")
        return stretched

    def _drop_entry(self, lock: Lock) -> None:
        """Delete the keyring's key to a file that is gone; one left behind opens nothing."""
        if lock.kind == "keyring":
            with suppress(SecurityError):
                self._keyring.drop(lock.entry)


def _normalised(passphrase: Secret) -> bytes:
    """Return the same bytes however the keyboard composed the accents."""
    return unicodedata.normalize("NFC", passphrase.reveal()).encode("utf-8", "surrogatepass")


def _check_length(passphrase: Secret | None) -> None:
    if passphrase is None:
        return
    if len(unicodedata.normalize("NFC", passphrase.reveal())) < PASSPHRASE_CHARACTERS_AT_LEAST:
        raise SecurityError("keys.passphrase_too_short", minimum=PASSPHRASE_CHARACTERS_AT_LEAST)
