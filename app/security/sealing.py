"""Secrets sealed to members (HPKE, RFC 9180) and bulk data under a key (AES-256-GCM)."""

from __future__ import annotations

import os
from typing import final

from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.domain.errors import SecurityError

KEY_BYTES = 32
_NONCE_BYTES = 12
_VERSION = b"\x01"
_SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


@final
class HpkeSealing:
    """Sealing with HPKE (DHKEM X25519, HKDF-SHA256, AES-256-GCM) and AES-256-GCM.

    Everything sealed begins with one byte that names the format, now 1. ``context`` says what the
    thing is and where it belongs: it is bound in, not stored.
    """

    def new_key(self) -> bytes:
        """Return 32 random bytes."""
        return os.urandom(KEY_BYTES)

    def seal(self, secret: bytes, *, to: bytes, context: str) -> bytes:
        """Seal ``secret`` to the member whose DER encryption certificate is ``to``.

        ``SecurityError("certificate.unreadable")`` when that holds no key to seal to.
        """
        try:
            return _VERSION + _SUITE.encrypt(secret, _key_in(to), info=_bound(b"seal", context))
        except ValueError:  # a public key that leads to a shared secret of zeros
            raise SecurityError("certificate.unreadable") from None

    def encrypt(self, key: bytes, plain: bytes, *, context: str) -> bytes:
        """Encrypt under ``key`` with a random nonce, ``context`` bound in."""
        return encrypt(key, plain, kind=b"data", context=context)

    def decrypt(self, key: bytes, sealed: bytes, *, context: str) -> bytes:
        """Undo ``encrypt``; ``SecurityError("vault.damaged")`` if a bit or the context differs."""
        return decrypt(key, sealed, kind=b"data", context=context)


def unseal(private: X25519PrivateKey, sealed: bytes, *, context: str) -> bytes:
    """Undo ``HpkeSealing.seal``; ``SecurityError("seal.broken")``."""
    if sealed[:1] != _VERSION:
        raise SecurityError("seal.broken")
    try:
        return _SUITE.decrypt(sealed[1:], private, info=_bound(b"seal", context))
    except (InvalidTag, ValueError):
        raise SecurityError("seal.broken") from None


def encrypt(key: bytes, plain: bytes, *, kind: bytes, context: str) -> bytes:
    """Return version, random nonce and AES-256-GCM ciphertext; ``kind`` keeps formats apart."""
    nonce = os.urandom(_NONCE_BYTES)
    return _VERSION + nonce + _cipher(key).encrypt(nonce, plain, _bound(kind, context))


def decrypt(key: bytes, sealed: bytes, *, kind: bytes, context: str) -> bytes:
    """Undo ``encrypt``; ``SecurityError("vault.damaged")``."""
    start = len(_VERSION) + _NONCE_BYTES
    if sealed[:1] != _VERSION or len(sealed) < start:
        raise SecurityError("vault.damaged")
    try:
        nonce, body = sealed[1:start], sealed[start:]
        return _cipher(key).decrypt(nonce, body, _bound(kind, context))
    except InvalidTag:
        raise SecurityError("vault.damaged") from None


def _cipher(key: bytes) -> AESGCM:
    if len(key) != KEY_BYTES:  # AESGCM would take a shorter key and be weaker
        raise ValueError(f"a key has {KEY_BYTES} bytes")
    return AESGCM(key)


def _bound(kind: bytes, context: str) -> bytes:
    return b"\x00".join((b"sandglass", kind, _VERSION, context.encode()))


def _key_in(certificate: bytes) -> X25519PublicKey:
    try:
        key = x509.load_der_x509_certificate(certificate).public_key()
    except (ValueError, TypeError, x509.InvalidVersion):
        raise SecurityError("certificate.unreadable") from None
    if not isinstance(key, X25519PublicKey):
        raise SecurityError("certificate.unreadable")
    return key
