from __future__ import annotations

import dataclasses
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
)

from app.domain.errors import InputError, SecurityError
from app.ports.security import Certificates, PublicKeys
from app.security.certificates import X509Certificates

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from app.ports.security import Authority
    from tests.security.conftest import Enrolled

CERTIFICATES: Certificates = X509Certificates()
needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")


def issue(authority: Authority, keys: PublicKeys, **changed: Any) -> tuple[bytes, bytes]:
    facts = {"member": "m-1", "name": "Ana", "email": "", "roles": ("officer",)}
    return CERTIFICATES.issue(authority, keys, **{**facts, **changed})


@pytest.fixture(scope="session")
def impostor(made_at: datetime) -> Authority:
    """Another authority, under the same name."""
    return CERTIFICATES.make_authority("ws-1", "Ærø & Sons", at=made_at)


def test_a_certificate_says_who_may_do_what_until_when(ana: Enrolled, made_at: datetime) -> None:
    for certificate in (ana.signing, ana.encryption):
        facts = CERTIFICATES.read(certificate)

        assert facts.member == "m-ana"
        assert facts.name == "Ana Lučić"
        assert facts.email == "ana@example.org"
        assert facts.roles == ("officer", "auditor")
        assert facts.valid_from == made_at.replace(microsecond=0)
        assert facts.valid_until - facts.valid_from == timedelta(days=1826)
        assert facts.fingerprint == CERTIFICATES.fingerprint(certificate)


def test_a_fingerprint_is_sha256_in_groups_of_four() -> None:
    expected = "BA78 16BF 8F01 CFEA 4141 40DE 5DAE 2223 B003 61A3 9617 7A9C B410 FF61 F200 15AD"

    assert CERTIFICATES.fingerprint(b"abc") == expected


def test_serials_are_random_and_differ(ana: Enrolled, bo: Enrolled) -> None:
    certificates = (ana.signing, ana.encryption, bo.signing, bo.encryption)
    serials = {CERTIFICATES.read(certificate).serial for certificate in certificates}

    assert len(serials) == 4
    assert all(int(serial, 16).bit_length() > 100 for serial in serials)


def test_a_signature_of_a_member_is_accepted(
    ana: Enrolled, authority: Authority, made_at: datetime
) -> None:
    signature = ana.keys.sign(b"granted")

    CERTIFICATES.verify(
        signature,
        b"granted",
        certificate=ana.signing,
        authority=authority.certificate,
        at=made_at,
    )


def refusal(signature: bytes, data: bytes, **parts: Any) -> str:
    with pytest.raises(SecurityError) as caught:
        CERTIFICATES.verify(signature, data, **parts)
    return caught.value.code


def test_a_changed_text_and_a_changed_signature_are_refused(
    ana: Enrolled, authority: Authority, made_at: datetime
) -> None:
    signature = ana.keys.sign(b"granted")
    parts = {"certificate": ana.signing, "authority": authority.certificate, "at": made_at}

    assert refusal(signature, b"Granted", **parts) == "signature.wrong"
    assert refusal(b"", b"granted", **parts) == "signature.wrong"
    for place in range(0, len(signature), 16):
        changed = bytearray(signature)
        changed[place] ^= 1
        assert refusal(bytes(changed), b"granted", **parts) == "signature.wrong"


def test_somebody_elses_signature_is_refused(
    ana: Enrolled, bo: Enrolled, authority: Authority, made_at: datetime
) -> None:
    parts = {"certificate": ana.signing, "authority": authority.certificate, "at": made_at}

    assert refusal(bo.keys.sign(b"granted"), b"granted", **parts) == "signature.wrong"


def test_an_encryption_certificate_vouches_for_no_signature(
    ana: Enrolled, authority: Authority, made_at: datetime
) -> None:
    parts = {"certificate": ana.encryption, "authority": authority.certificate, "at": made_at}

    assert refusal(ana.keys.sign(b"x"), b"x", **parts) == "signature.wrong"


def test_a_certificate_of_another_authority_of_the_same_name_is_not_ours(
    ana: Enrolled, impostor: Authority, made_at: datetime
) -> None:
    parts = {"certificate": ana.signing, "authority": impostor.certificate, "at": made_at}

    assert refusal(ana.keys.sign(b"x"), b"x", **parts) == "certificate.not_ours"


def test_a_member_cannot_issue_and_the_authority_is_no_member(
    ana: Enrolled, authority: Authority, made_at: datetime
) -> None:
    signature = ana.keys.sign(b"x")
    as_authority = {"certificate": ana.signing, "authority": ana.signing, "at": made_at}
    as_member = {
        "certificate": authority.certificate,
        "authority": authority.certificate,
        "at": made_at,
    }

    assert refusal(signature, b"x", **as_authority) == "certificate.not_ours"
    assert refusal(signature, b"x", **as_member) == "certificate.not_ours"


@pytest.mark.parametrize("days", [-1, 1827])
def test_a_signature_outside_the_certificates_time_is_refused(
    ana: Enrolled, authority: Authority, made_at: datetime, days: int
) -> None:
    at = made_at + timedelta(days=days)
    parts = {"certificate": ana.signing, "authority": authority.certificate, "at": at}

    assert refusal(ana.keys.sign(b"x"), b"x", **parts) == "certificate.out_of_date"


def test_no_certificate_outlives_the_authority_and_none_follows_it(
    ana: Enrolled, authority: Authority, made_at: datetime
) -> None:
    late = made_at + timedelta(days=7304)

    signing, _ = issue(authority, ana.keys.public(), at=late)
    assert CERTIFICATES.read(signing).valid_until == datetime(2046, 3, 2, 9, 30, 15, tzinfo=UTC)

    with pytest.raises(SecurityError, match=r"authority\.unusable"):
        issue(authority, ana.keys.public(), at=late + timedelta(days=2))


def test_a_certificate_that_outlives_its_authority_ends_with_it(
    ana: Enrolled, authority: Authority, made_at: datetime
) -> None:
    private = load_der_private_key(authority.private, password=None)
    assert isinstance(private, rsa.RSAPrivateKey)
    given = x509.load_der_x509_certificate(ana.signing)
    builder = (
        x509.CertificateBuilder(extensions=list(given.extensions))
        .subject_name(given.subject)
        .issuer_name(given.issuer)
        .public_key(given.public_key())
        .serial_number(1)
        .not_valid_before(given.not_valid_before_utc)
        .not_valid_after(made_at + timedelta(days=20_000))
    )
    endless = builder.sign(private, SHA256()).public_bytes(Encoding.DER)
    parts = {"certificate": endless, "authority": authority.certificate}
    signature = ana.keys.sign(b"x")

    CERTIFICATES.verify(signature, b"x", at=made_at + timedelta(days=7000), **parts)
    late = refusal(signature, b"x", at=made_at + timedelta(days=7400), **parts)
    assert late == "certificate.out_of_date"


def test_an_authority_without_its_own_key_issues_nothing(
    ana: Enrolled, authority: Authority, impostor: Authority, made_at: datetime
) -> None:
    mixed = dataclasses.replace(authority, private=impostor.private)
    broken = dataclasses.replace(authority, private=authority.private[:-1])

    for unusable in (mixed, broken):
        with pytest.raises(SecurityError, match=r"authority\.unusable"):
            issue(unusable, ana.keys.public(), at=made_at)


def test_keys_that_another_machine_made_badly_get_no_certificate(
    ana: Enrolled, authority: Authority, made_at: datetime
) -> None:
    good = ana.keys.public()
    weak = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    other = X25519PrivateKey.generate().public_key()
    encoding = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    for bad in (
        PublicKeys(weak.public_bytes(*encoding), good.encryption),
        PublicKeys(other.public_bytes(*encoding), good.encryption),
        PublicKeys(b"", good.encryption),
        PublicKeys(good.signing, good.encryption[:-1]),
    ):
        with pytest.raises(SecurityError, match=r"keys\.unusable"):
            issue(authority, bad, at=made_at)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("", "m-1"),
        ("x" * 64, "x" * 64),
        ("x" * 65, "x" * 65),
        ("ж" * 300, "ж" * 300),
        ("Ana\n\x00 Lučić", "Ana Lučić"),
        ("Ana\u202eevil", "Ana evil"),
        ("\ud800 Bo", "Bo"),
        ("محمد", "محمد"),
    ],
    ids=range(8),
)
def test_a_name_is_shown_as_far_as_a_certificate_can(
    ana: Enrolled, authority: Authority, made_at: datetime, name: str, shown: str
) -> None:
    signing, _ = issue(authority, ana.keys.public(), at=made_at, name=name)

    assert CERTIFICATES.read(signing).name == shown


@pytest.mark.parametrize("email", ["", "ana@example.org", "анна@пример.рф", "ana@bücher.example"])
def test_any_address_is_kept(
    ana: Enrolled, authority: Authority, made_at: datetime, email: str
) -> None:
    signing, _ = issue(authority, ana.keys.public(), at=made_at, email=email)

    assert CERTIFICATES.read(signing).email == email


@pytest.mark.parametrize("email", ["Ana <ana@example.org>", "ß" * 100, "\ud800@example.org"])
def test_what_is_no_address_is_refused(
    ana: Enrolled, authority: Authority, made_at: datetime, email: str
) -> None:
    with pytest.raises(InputError, match=r"certificate\.bad_email"):
        issue(authority, ana.keys.public(), at=made_at, email=email)


def test_a_certificate_with_any_changed_byte_is_unreadable_or_not_ours(
    ana: Enrolled, authority: Authority, made_at: datetime
) -> None:
    signature = ana.keys.sign(b"x")
    for place in range(len(ana.signing)):
        changed = bytearray(ana.signing)
        changed[place] ^= 0x04
        parts = {
            "certificate": bytes(changed),
            "authority": authority.certificate,
            "at": made_at,
        }

        assert refusal(signature, b"x", **parts) in {
            "certificate.unreadable",
            "certificate.not_ours",
        }


def test_a_certificate_has_one_encoding(ana: Enrolled, authority: Authority) -> None:
    loaded = x509.load_der_x509_certificate(ana.signing)
    public = ana.keys.public()
    signing = ana.signing
    while loaded.signature[-1] & 0x0F:  # its last four bits must be 0 to be called unused
        signing, _ = issue(authority, public, at=loaded.not_valid_before_utc)
        loaded = x509.load_der_x509_certificate(signing)
    changed = bytearray(signing)
    changed[-len(loaded.signature) - 1] = 4
    assert x509.load_der_x509_certificate(bytes(changed)).signature == loaded.signature

    with pytest.raises(SecurityError, match=r"certificate\.unreadable"):
        CERTIFICATES.read(bytes(changed))


def test_what_is_no_certificate_is_unreadable() -> None:
    for data in (b"", b"0", b"-----BEGIN CERTIFICATE-----", bytes(500)):
        with pytest.raises(SecurityError, match=r"certificate\.unreadable"):
            CERTIFICATES.read(data)


def openssl(*arguments: Any) -> str:
    return subprocess.run(
        ["openssl", *map(str, arguments)], capture_output=True, text=True, check=True, timeout=60
    ).stdout


def as_pem(path: Path, certificate: bytes) -> Path:
    pem = x509.load_der_x509_certificate(certificate).public_bytes(Encoding.PEM)
    path.write_bytes(pem)
    return path


@needs_openssl
def test_openssl_accepts_the_chain_and_the_signature(
    ana: Enrolled, authority: Authority, made_at: datetime, tmp_path: Path
) -> None:
    root = as_pem(tmp_path / "authority.pem", authority.certificate)
    signing = as_pem(tmp_path / "signing.pem", ana.signing)
    encryption = as_pem(tmp_path / "encryption.pem", ana.encryption)
    moment = int(made_at.timestamp()) + 60
    chain = ("verify", "-x509_strict", "-attime", moment, "-CAfile", root)
    public = tmp_path / "public.pem"
    public.write_text(openssl("x509", "-in", signing, "-noout", "-pubkey"))
    text, signature = tmp_path / "text", tmp_path / "signature"
    text.write_bytes(b"granted")
    signature.write_bytes(ana.keys.sign(b"granted"))
    scheme = ("-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest")

    checked = openssl("dgst", "-sha256", "-verify", public, *scheme, "-signature", signature, text)

    assert openssl(*chain, signing).strip().endswith("OK")
    assert openssl(*chain, encryption).strip().endswith("OK")
    assert checked.strip() == "Verified OK"


def test_a_long_name_is_cut_only_where_x509_has_no_room(
    ana: Enrolled, authority: Authority, made_at: datetime
) -> None:
    signing, _ = issue(authority, ana.keys.public(), at=made_at, name="ж" * 33)

    subject = x509.load_der_x509_certificate(signing).subject
    [common] = subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)

    assert common.value == "ж" * 30 + "…"


@needs_openssl
def test_openssl_refuses_a_chain_to_another_authority(
    ana: Enrolled, impostor: Authority, made_at: datetime, tmp_path: Path
) -> None:
    root = as_pem(tmp_path / "authority.pem", impostor.certificate)
    signing = as_pem(tmp_path / "signing.pem", ana.signing)

    with pytest.raises(subprocess.CalledProcessError):
        openssl("verify", "-attime", int(made_at.timestamp()) + 60, "-CAfile", root, signing)


@needs_openssl
def test_openssl_reads_what_the_certificates_are_for(
    ana: Enrolled, authority: Authority, tmp_path: Path
) -> None:
    def described(certificate: bytes) -> str:
        path = as_pem(tmp_path / "certificate.pem", certificate)
        options = ("-nameopt", "utf8,sep_comma_plus_space")
        return openssl("x509", "-in", path, "-noout", "-text", *options)

    root = described(authority.certificate)
    signing, encryption = described(ana.signing), described(ana.encryption)

    assert "CN=Ærø & Sons workspace authority" in root
    assert "CA:TRUE, pathlen:0" in root
    assert "Certificate Sign, CRL Sign" in root
    assert "Public-Key: (3072 bit)" in root
    assert "CN=Ana Lučić, UID=m-ana, OU=officer, OU=auditor" in signing
    assert "Digital Signature, Non Repudiation" in signing
    assert "CA:FALSE" in signing
    assert "email:ana@example.org" in signing
    assert "Key Agreement" in encryption
    assert "X25519" in encryption.upper()
