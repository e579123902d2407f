"""The authority's key on paper and what it signs: only its own certificate fits."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from app.domain.errors import SecurityError
from app.domain.recovery import KEY_BYTES
from app.security.certificates import X509Certificates
from app.security.keys import HeldKeys

if TYPE_CHECKING:
    from app.ports.security import Authority

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
CERTIFICATES = X509Certificates()


@pytest.fixture(scope="module")
def authority() -> Authority:
    return CERTIFICATES.make_authority("w1", "Northwind", at=NOW)


@pytest.fixture(scope="module")
def other() -> Authority:
    return CERTIFICATES.make_authority("w2", "Elsewhere", at=NOW)


def test_the_whole_key_follows_from_what_is_printed_and_the_certificate(
    authority: Authority,
) -> None:
    short = CERTIFICATES.shortened(authority)
    assert len(short) == KEY_BYTES
    assert CERTIFICATES.restored(authority.certificate, short) == authority


def test_a_kit_of_another_workspace_restores_nothing(
    authority: Authority, other: Authority
) -> None:
    for short in (CERTIFICATES.shortened(other), bytes(KEY_BYTES), b"\0" * 191 + b"\1"):
        with pytest.raises(SecurityError, match=r"recovery\.other_workspace"):
            CERTIFICATES.restored(authority.certificate, short)


def test_only_the_authority_s_own_signature_is_taken(
    authority: Authority, other: Authority
) -> None:
    signature = CERTIFICATES.sign(authority, b"taken back")
    CERTIFICATES.check_signed(signature, b"taken back", authority=authority.certificate)
    for data, certificate in ((b"other", authority), (b"taken back", other)):
        with pytest.raises(SecurityError, match=r"signature\.wrong"):
            CERTIFICATES.check_signed(signature, data, authority=certificate.certificate)


def test_a_certificate_of_another_authority_is_not_ours_and_keys_are_read_out_of_ours(
    authority: Authority, other: Authority
) -> None:
    keys = HeldKeys.generate("olga").public()
    signing, encryption = CERTIFICATES.issue(
        authority, keys, member="olga", name="Olga", email="", roles=["officer"], at=NOW
    )
    assert CERTIFICATES.public_keys(signing, encryption) == keys
    CERTIFICATES.check_issued(signing, authority=authority.certificate)
    with pytest.raises(SecurityError, match=r"certificate\.not_ours"):
        CERTIFICATES.check_issued(signing, authority=other.certificate)
