"""X.509: the authority of a workspace, its members' certificates, their signatures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)
from cryptography.x509.oid import NameOID

from app.domain.certificates import fingerprint_of
from app.domain.errors import InputError, SecurityError
from app.ports.security import Authority, CertificateFacts, PublicKeys
from app.security import authority_keys

if TYPE_CHECKING:
    from collections.abc import Sequence

_RSA_BITS = 3072
_LARGEST_RSA_BITS = 8192  # larger ones, made to keep the verifier busy, are not ours
_AUTHORITY_LIFE = timedelta(days=7305)  # 20 years
_MEMBER_LIFE = timedelta(days=1826)  # 5 years
_LONGEST_NAME = 64  # ub-common-name, RFC 5280 appendix A.1; cryptography counts bytes
_FULL_NAME = x509.ObjectIdentifier("2.5.4.41")  # X.520 "name", which may have 32,768
_SMTP_UTF8_MAILBOX = x509.ObjectIdentifier("1.3.6.1.5.5.7.8.9")  # RFC 9598
_UTF8_STRING = 0x0C
_LONGEST_MAILBOX = 127  # what one byte of DER length can say
_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)
_UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.ExtensionNotFound,
    x509.UnsupportedGeneralNameType,
    x509.AttributeNotFound,
)


@final
class X509Certificates:
    """Certificates that any program which reads X.509 can check: RSA-3072, SHA-256.

    A member's subject is CN (name), UID (member id) and one OU per role; the e-mail address is the
    subject's alternative name. The authority's subject is CN (title) and UID (workspace id). A CN
    has room for 64 bytes: a longer one is cut there and stands whole in the attribute "name".
    """

    def make_authority(self, workspace: str, title: str, *, at: datetime) -> Authority:
        """Make a self-signed RSA-3072 authority, valid for 20 years."""
        private = rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)
        suffix = " workspace authority"
        subject = _subject(_shown(title + suffix), identifier=workspace)
        public = private.public_key()
        key_id = x509.SubjectKeyIdentifier.from_public_key(public)
        issuer_id = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(key_id)
        certificate = (
            _builder(subject, issuer=subject, at=at, until=at + _AUTHORITY_LIFE)
            .serial_number(x509.random_serial_number())
            .public_key(public)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
            .add_extension(key_id, critical=False)
            .add_extension(issuer_id, critical=False)
            .sign(private, SHA256())
        )
        encoded = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return Authority(certificate.public_bytes(Encoding.DER), encoded)

    def issue(
        self,
        authority: Authority,
        keys: PublicKeys,
        *,
        member: str,
        name: str,
        email: str,
        roles: Sequence[str],
        at: datetime,
    ) -> tuple[bytes, bytes]:
        """Return (signing certificate, encryption certificate), both DER, valid for 5 years.

        ``SecurityError``: authority.unusable (also when it has run out at ``at``), keys.unusable;
        ``InputError("certificate.bad_email")``.
        """
        issuer, private = _load_authority(authority, at=at)
        subject = _subject(_shown(name) or member, identifier=member, roles=roles)
        until = min(at + _MEMBER_LIFE, issuer.not_valid_after_utc)
        issuer_id = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        builder = (
            _builder(subject, issuer=issuer.subject, at=at, until=until)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_id),
                critical=False,
            )
        )
        if email:
            names = x509.SubjectAlternativeName([_mailbox(email)])
            builder = builder.add_extension(names, critical=False)
        signing, encryption = _load_public(keys)
        return (
            _complete(builder, signing, private=private, usages=_SIGNING),
            _complete(builder, encryption, private=private, usages=_ENCRYPTION),
        )

    def read(self, certificate: bytes) -> CertificateFacts:
        """Return what a DER certificate says; ``SecurityError("certificate.unreadable")``."""
        loaded = _load(certificate)
        try:
            return CertificateFacts(
                member=_texts(loaded.subject, NameOID.USER_ID)[0],
                name=_name(loaded.subject),
                email=_email(loaded),
                roles=_texts(loaded.subject, NameOID.ORGANIZATIONAL_UNIT_NAME),
                serial=f"{loaded.serial_number:X}",
                fingerprint=self.fingerprint(certificate),
                valid_from=loaded.not_valid_before_utc,
                valid_until=loaded.not_valid_after_utc,
            )
        except (*_UNREADABLE, IndexError):
            raise SecurityError("certificate.unreadable") from None

    def fingerprint(self, certificate: bytes) -> str:
        """Return SHA-256 of the DER certificate as upper-case hex in groups of four."""
        return fingerprint_of(certificate)

    def verify(
        self, signature: bytes, data: bytes, *, certificate: bytes, authority: bytes, at: datetime
    ) -> None:
        """Check issuer, validity and signature, in this order.

        ``SecurityError``: certificate.unreadable, certificate.not_ours, certificate.out_of_date,
        signature.wrong.
        """
        own, issuer = _load(certificate), _load(authority)
        if not _is_issued_by(own, issuer):
            raise SecurityError("certificate.not_ours")
        if not (_is_valid(own, at=at) and _is_valid(issuer, at=at)):
            raise SecurityError("certificate.out_of_date")
        key = own.public_key()
        if not isinstance(key, rsa.RSAPublicKey):  # an encryption certificate
            raise SecurityError("signature.wrong")
        scheme = padding.PSS(padding.MGF1(SHA256()), padding.PSS.DIGEST_LENGTH)
        try:
            key.verify(signature, data, scheme, SHA256())
        except InvalidSignature:
            raise SecurityError("signature.wrong") from None

    def check_issued(self, certificate: bytes, *, authority: bytes) -> None:
        """Check that ``authority`` issued ``certificate``, whenever that was.

        ``SecurityError``: certificate.unreadable, certificate.not_ours.
        """
        if not _is_issued_by(_load(certificate), _load(authority)):
            raise SecurityError("certificate.not_ours")

    def public_keys(self, signing: bytes, encryption: bytes) -> PublicKeys:
        """Return the keys in two certificates; ``SecurityError("certificate.unreadable")``."""
        key, sealing = _load(signing).public_key(), _load(encryption).public_key()
        if not isinstance(key, rsa.RSAPublicKey) or not isinstance(sealing, X25519PublicKey):
            raise SecurityError("certificate.unreadable")
        info = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return PublicKeys(info, sealing.public_bytes_raw())

    def sign(self, authority: Authority, data: bytes) -> bytes:
        """Return the authority's own RSA-PSS/SHA-256 signature."""
        return authority_keys.sign(authority, data)

    def check_signed(self, signature: bytes, data: bytes, *, authority: bytes) -> None:
        """Raise ``SecurityError("signature.wrong")`` unless the authority itself signed."""
        authority_keys.check_signed(signature, data, authority=authority)

    def shortened(self, authority: Authority) -> bytes:
        """Return one prime of the authority's key, 192 bytes: the rest follows from it."""
        return authority_keys.shortened(authority)

    def restored(self, certificate: bytes, short: bytes) -> Authority:
        """Undo ``shortened``; ``SecurityError("recovery.other_workspace")``."""
        return authority_keys.restored(certificate, short)


def load_certificate(certificate: bytes) -> x509.Certificate:
    """Return a DER certificate, written as only it can be.

    ``SecurityError("certificate.unreadable")``.
    """
    return _load(certificate)


def _usage(*on: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{usage: usage in on for usage in _USAGES})


_SIGNING = _usage("digital_signature", "content_commitment")
_ENCRYPTION = _usage("key_agreement")


def _shown(text: str) -> str:
    """Return ``text`` without control and direction characters."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _subject(name: str, *, identifier: str, roles: Sequence[str] = ()) -> x509.Name:
    common = _cut(name)
    parts = [
        x509.NameAttribute(NameOID.COMMON_NAME, common),
        x509.NameAttribute(NameOID.USER_ID, identifier),
        *(x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, role) for role in roles),
    ]
    if common != name:
        parts.append(x509.NameAttribute(_FULL_NAME, name))
    return x509.Name(parts)


def _cut(name: str) -> str:
    encoded = name.encode()
    if len(encoded) <= _LONGEST_NAME:
        return name
    room = _LONGEST_NAME - len("…".encode())
    return encoded[:room].decode(errors="ignore") + "…"


def _name(subject: x509.Name) -> str:
    whole = _texts(subject, _FULL_NAME) or _texts(subject, NameOID.COMMON_NAME)
    return whole[0]


def _builder(
    subject: x509.Name, *, issuer: x509.Name, at: datetime, until: datetime
) -> x509.CertificateBuilder:
    """Start a certificate; X.509 counts whole seconds, so it begins within the one of ``at``."""
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .not_valid_before(at.astimezone(UTC).replace(microsecond=0))
        .not_valid_after(until.astimezone(UTC).replace(microsecond=0))
    )


def _complete(
    builder: x509.CertificateBuilder,
    public: rsa.RSAPublicKey | X25519PublicKey,
    *,
    private: rsa.RSAPrivateKey,
    usages: x509.KeyUsage,
) -> bytes:
    key_id = x509.SubjectKeyIdentifier.from_public_key(public)
    certificate = (
        builder.serial_number(x509.random_serial_number())
        .public_key(public)
        .add_extension(usages, critical=True)
        .add_extension(key_id, critical=False)
        .sign(private, SHA256())
    )
    return certificate.public_bytes(Encoding.DER)


def _load(certificate: bytes) -> x509.Certificate:
    try:
        loaded = x509.load_der_x509_certificate(certificate)
        loaded.public_key()
        _ = loaded.extensions, loaded.subject, loaded.issuer, loaded.not_valid_after_utc
    except _UNREADABLE:
        raise SecurityError("certificate.unreadable") from None
    # The byte before the signature counts the unused bits of its BIT STRING. It is not signed, and
    # cryptography allows any number whose bits happen to be 0: one certificate, several encodings.
    if certificate[-len(loaded.signature) - 1] != 0:
        raise SecurityError("certificate.unreadable")
    return loaded


def _load_authority(
    authority: Authority, *, at: datetime
) -> tuple[x509.Certificate, rsa.RSAPrivateKey]:
    certificate = _load(authority.certificate)
    try:
        private = load_der_private_key(authority.private, password=None)
    except _UNREADABLE:
        raise SecurityError("authority.unusable") from None
    is_pair = private.public_key() == certificate.public_key()
    if (
        not isinstance(private, rsa.RSAPrivateKey)
        or not is_pair
        or not _is_valid(certificate, at=at)
    ):
        raise SecurityError("authority.unusable")
    return certificate, private


def _load_public(keys: PublicKeys) -> tuple[rsa.RSAPublicKey, X25519PublicKey]:
    """Load keys that another machine sent, and may have made badly."""
    try:
        signing = load_der_public_key(keys.signing)
        encryption = X25519PublicKey.from_public_bytes(keys.encryption)
    except _UNREADABLE:
        raise SecurityError("keys.unusable") from None
    if not isinstance(signing, rsa.RSAPublicKey) or not (
        _RSA_BITS <= signing.key_size <= _LARGEST_RSA_BITS
    ):
        raise SecurityError("keys.unusable")
    return signing, encryption


def _mailbox(email: str) -> x509.GeneralName:
    try:
        if email.isascii():
            return x509.RFC822Name(email)
        encoded = email.encode()
    except ValueError:
        raise InputError("certificate.bad_email") from None
    if len(encoded) > _LONGEST_MAILBOX:
        raise InputError("certificate.bad_email")
    return x509.OtherName(_SMTP_UTF8_MAILBOX, bytes((_UTF8_STRING, len(encoded))) + encoded)


def _email(certificate: x509.Certificate) -> str:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ""
    for name in found:
        if isinstance(name, x509.RFC822Name):
            return name.value
        if isinstance(name, x509.OtherName) and name.type_id == _SMTP_UTF8_MAILBOX:
            return name.value[2:].decode()
    return ""


def _texts(subject: x509.Name, kind: x509.ObjectIdentifier) -> tuple[str, ...]:
    return tuple(str(part.value) for part in subject.get_attributes_for_oid(kind))


def _is_issued_by(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    """Say whether ``authority`` is one and issued ``certificate``, which is none."""
    try:
        certificate.verify_directly_issued_by(authority)
        return _is_authority(authority) and not _is_authority(certificate)
    except (*_UNREADABLE, InvalidSignature):
        return False


def _is_authority(certificate: x509.Certificate) -> bool:
    return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def _is_valid(certificate: x509.Certificate, *, at: datetime) -> bool:
    return certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc
