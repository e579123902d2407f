"""The private key of a workspace's authority: what it signs, and how it fits on a page."""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from app.domain.errors import SecurityError
from app.ports.security import Authority

PRIME_BYTES = 192
_SCHEME = padding.PSS(padding.MGF1(SHA256()), padding.PSS.DIGEST_LENGTH)


def sign(authority: Authority, data: bytes) -> bytes:
    """Return the authority's RSA-PSS/SHA-256 signature; ``SecurityError("authority.unusable")``."""
    return _private(authority).sign(data, _SCHEME, SHA256())


def check_signed(signature: bytes, data: bytes, *, authority: bytes) -> None:
    """Raise ``SecurityError("signature.wrong")`` unless the authority signed ``data``."""
    key = _public(authority)
    try:
        key.verify(signature, data, _SCHEME, SHA256())
    except InvalidSignature:
        raise SecurityError("signature.wrong") from None


def shortened(authority: Authority) -> bytes:
    """Return one prime of the key: the rest follows from it and the authority's certificate."""
    return _private(authority).private_numbers().p.to_bytes(PRIME_BYTES)


def restored(certificate: bytes, short: bytes) -> Authority:
    """Undo ``shortened``; ``SecurityError("recovery.other_workspace")`` where the prime is not of
    this certificate's key.
    """
    public = _public(certificate).public_numbers()
    p = int.from_bytes(short)
    if not 1 < p < public.n or public.n % p:
        raise SecurityError("recovery.other_workspace")
    q = public.n // p
    d = rsa.rsa_recover_private_exponent(public.e, p, q)
    numbers = rsa.RSAPrivateNumbers(
        p, q, d, d % (p - 1), d % (q - 1), rsa.rsa_crt_iqmp(p, q), public
    )
    try:
        private = numbers.private_key()
    except ValueError:
        raise SecurityError("recovery.other_workspace") from None
    encoded = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return Authority(certificate, encoded)


def _private(authority: Authority) -> rsa.RSAPrivateKey:
    try:
        private = load_der_private_key(authority.private, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise SecurityError("authority.unusable") from None
    if not isinstance(private, rsa.RSAPrivateKey):
        raise SecurityError("authority.unusable")
    return private


def _public(certificate: bytes) -> rsa.RSAPublicKey:
    try:
        key = x509.load_der_x509_certificate(certificate).public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise SecurityError("certificate.unreadable") from None
    if not isinstance(key, rsa.RSAPublicKey):
        raise SecurityError("certificate.unreadable")
    return key
