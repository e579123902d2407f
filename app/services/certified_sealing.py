"""Sealing to members whom the workspace's authority certified, and to nobody else.

Whoever can write the members' table could put her own key in the place of another's: what the
window seals to a colleague would be hers to read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.errors import SecurityError

if TYPE_CHECKING:
    from app.ports.security import Certificates, Sealing


class CertifiedSealing:
    """``Sealing`` that looks at the certificate first. A ``context`` names the member it is for."""

    def __init__(self, sealing: Sealing, *, certificates: Certificates, authority: bytes) -> None:
        self._sealing = sealing
        self._certificates = certificates
        self._authority = authority

    def new_key(self) -> bytes:
        """Return 32 random bytes."""
        return self._sealing.new_key()

    def seal(self, secret: bytes, *, to: bytes, context: str) -> bytes:
        """Seal ``secret``; ``SecurityError("certificate.not_ours")`` where ``to`` is not by the
        authority, or not of the member whom ``context`` names.
        """
        self._certificates.check_issued(to, authority=self._authority)
        if self._certificates.read(to).member not in context.split():
            raise SecurityError("certificate.not_ours")
        return self._sealing.seal(secret, to=to, context=context)

    def encrypt(self, key: bytes, plain: bytes, *, context: str) -> bytes:
        """Encrypt under ``key``, as ``Sealing`` does."""
        return self._sealing.encrypt(key, plain, context=context)

    def decrypt(self, key: bytes, sealed: bytes, *, context: str) -> bytes:
        """Undo ``encrypt``."""
        return self._sealing.decrypt(key, sealed, context=context)
