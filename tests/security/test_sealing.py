from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.errors import SecurityError
from app.security.sealing import HpkeSealing

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.ports.security import Sealing
    from tests.security.conftest import Enrolled

SEALING: Sealing = HpkeSealing()
KEY = bytes(range(32))


def codes_of_every_changed_byte(sealed: bytes, attempt: Callable[[bytes], object]) -> set[str]:
    codes = set()
    for place in range(len(sealed)):
        for flip in (0x01, 0x80):
            changed = bytearray(sealed)
            changed[place] ^= flip
            with pytest.raises(SecurityError) as caught:
                attempt(bytes(changed))
            codes.add(caught.value.code)
    return codes


def test_only_the_member_it_was_sealed_to_opens_a_secret(ana: Enrolled, bo: Enrolled) -> None:
    sealed = SEALING.seal(b"the first key", to=ana.encryption, context="source 7")

    assert ana.keys.unseal(sealed, context="source 7") == b"the first key"
    with pytest.raises(SecurityError, match=r"seal\.broken"):
        bo.keys.unseal(sealed, context="source 7")


def test_a_secret_does_not_open_in_another_place_than_it_was_sealed_for(ana: Enrolled) -> None:
    sealed = SEALING.seal(b"secret", to=ana.encryption, context="source 7")

    with pytest.raises(SecurityError, match=r"seal\.broken"):
        ana.keys.unseal(sealed, context="source 8")


def test_every_changed_byte_of_a_sealed_secret_is_found(ana: Enrolled) -> None:
    sealed = SEALING.seal(b"secret", to=ana.encryption, context="c")

    codes = codes_of_every_changed_byte(sealed, lambda each: ana.keys.unseal(each, context="c"))

    assert codes == {"seal.broken"}


@pytest.mark.parametrize("length", [0, 1, 20, 48])
def test_a_secret_cut_short_is_found(ana: Enrolled, length: int) -> None:
    sealed = SEALING.seal(b"secret", to=ana.encryption, context="c")

    with pytest.raises(SecurityError, match=r"seal\.broken"):
        ana.keys.unseal(sealed[:length], context="c")


def test_the_same_secret_never_seals_to_the_same_bytes(ana: Enrolled) -> None:
    seals = {SEALING.seal(b"secret", to=ana.encryption, context="c") for _ in range(20)}

    assert len(seals) == 20


def test_nothing_is_sealed_to_a_certificate_without_an_encryption_key(ana: Enrolled) -> None:
    for certificate in (ana.signing, b"", b"no certificate", ana.encryption[:-1]):
        with pytest.raises(SecurityError, match=r"certificate\.unreadable"):
            SEALING.seal(b"secret", to=certificate, context="c")


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(secret=st.binary(max_size=300), context=st.text(st.characters(codec="utf-8")))
def test_any_secret_comes_back_as_it_was(ana: Enrolled, secret: bytes, context: str) -> None:
    sealed = SEALING.seal(secret, to=ana.encryption, context=context)

    assert ana.keys.unseal(sealed, context=context) == secret


@settings(deadline=None)
@given(plain=st.binary(), context=st.text(st.characters(codec="utf-8")))
def test_any_data_comes_back_as_it_was(plain: bytes, context: str) -> None:
    sealed = SEALING.encrypt(KEY, plain, context=context)

    assert SEALING.decrypt(KEY, sealed, context=context) == plain


def test_every_changed_byte_of_encrypted_data_is_found() -> None:
    sealed = SEALING.encrypt(KEY, b"eleven rows", context="c")

    codes = codes_of_every_changed_byte(
        sealed, lambda each: SEALING.decrypt(KEY, each, context="c")
    )

    assert codes == {"vault.damaged"}


@pytest.mark.parametrize("length", [0, 1, 5, 13, 28])
def test_encrypted_data_cut_short_is_found(length: int) -> None:
    sealed = SEALING.encrypt(KEY, b"eleven rows", context="c")

    with pytest.raises(SecurityError, match=r"vault\.damaged"):
        SEALING.decrypt(KEY, sealed[:length], context="c")


def test_data_does_not_decrypt_in_another_place_or_under_another_key() -> None:
    sealed = SEALING.encrypt(KEY, b"data", context="request 1")

    with pytest.raises(SecurityError, match=r"vault\.damaged"):
        SEALING.decrypt(KEY, sealed, context="request 2")
    with pytest.raises(SecurityError, match=r"vault\.damaged"):
        SEALING.decrypt(SEALING.new_key(), sealed, context="request 1")


def test_a_new_key_has_256_bits_and_is_never_the_same() -> None:
    keys = {SEALING.new_key() for _ in range(50)}

    assert len(keys) == 50
    assert {len(key) for key in keys} == {32}


def test_a_key_of_another_length_is_refused_rather_than_weaker() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        SEALING.encrypt(bytes(16), b"data", context="c")


def test_errors_show_neither_the_secret_nor_the_key(ana: Enrolled) -> None:
    sealed = SEALING.encrypt(KEY, b"Ana lives here", context="c")

    with pytest.raises(SecurityError) as caught:
        SEALING.decrypt(KEY, sealed[:-1], context="c")

    assert str(caught.value) == "vault.damaged()"
    assert caught.value.__suppress_context__
    assert repr(ana.keys) == "HeldKeys(…)"
