"""Certificates of servers and of people, by themselves or by an authority."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def certificate(
    name: str,
    *,
    ends: timedelta = timedelta(days=1),
    by: tuple[bytes, bytes] | None = None,
    passphrase: str = "",
) -> tuple[bytes, bytes]:
    """Return a certificate and its key, locked with ``passphrase`` if any; it ``ends`` so long from
    now. It vouches for itself, or is issued ``by`` another certificate and its key.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer, signing = who, key
    if by is not None:
        issuer = x509.load_pem_x509_certificate(by[0]).subject
        loaded = serialization.load_pem_private_key(by[1], password=None)
        assert isinstance(loaded, ec.EllipticCurvePrivateKey)
        signing = loaded
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=3))
        .not_valid_after(now + ends)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
        .sign(signing, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    lock: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        lock = serialization.BestAvailableEncryption(passphrase.encode())
    return made.public_bytes(encoding), key.private_bytes(
        encoding, serialization.PrivateFormat.PKCS8, lock
    )
