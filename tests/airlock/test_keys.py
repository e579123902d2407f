"""Keys are set once, replaced only under both old ones, and never come out again."""

from __future__ import annotations

import hashlib
import secrets
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app.domain.airlock import mac
from app.domain.errors import SourceError
from app.domain.renewal import rekey_text
from app.domain.secrets import Secret
from app.sources._postgresql_airlock_script import scram_verifier
from tests.airlock.ground import DENIED, refusal

if TYPE_CHECKING:
    from tests.airlock.ground import Shop

pytestmark = pytest.mark.server


def named(keys: dict[str, bytes]) -> dict[str, bytes]:
    return {kind: hashlib.sha256(key).digest() for kind, key in keys.items()}


def signed(keys: dict[str, bytes]) -> str:
    return rekey_text("shop", named(keys))


def fresh() -> dict[str, bytes]:
    return {kind: secrets.token_bytes(32) for kind in ("officers", "approvers")}


def held(shop: Shop) -> dict[str, bytes]:
    return dict(shop.query(f"SELECT kind, key FROM {shop.names.schema}.secret"))


@pytest.mark.parametrize("kind", ["officers", "approvers", "link:shop", "anything"])
@pytest.mark.parametrize("key", [b"", b"x" * 32, b"x" * 64])
def test_no_other_key_is_taken(shop: Shop, kind: str, key: bytes) -> None:
    before = held(shop)
    assert not shop.watchman.set_key(kind, key)
    assert held(shop) == before


def test_a_key_is_not_taken_for_another_kind(shop: Shop) -> None:
    assert not shop.watchman.set_key("approvers", shop.officers)
    assert shop.watchman.set_key("approvers", shop.approvers)  # as often as one likes


def test_without_its_keys_an_airlock_opens_nothing(shop: Shop) -> None:
    asked, _ = shop.asked()
    table = f"{shop.names.schema}.secret"
    with shop.owner() as owner:
        owner.execute(f"UPDATE {table} SET key = NULL WHERE kind = 'approvers'")
    with pytest.raises(SourceError, match=r"airlock\.no_key"):
        shop.let_in(asked, shop.allowed(asked))
    assert shop.gatekeeper.set_key("approvers", shop.approvers)
    shop.let_in(asked, shop.allowed(asked))


@pytest.mark.parametrize("wrong", ["officers", "approvers", "both", "swapped", "other text"])
def test_keys_are_replaced_only_under_both_old_ones(shop: Shop, wrong: str) -> None:
    new, before = fresh(), held(shop)
    old = {"officers": shop.officers, "approvers": shop.approvers}
    text = signed(fresh() if wrong == "other text" else new)
    macs = {kind: mac(key, text) for kind, key in old.items()}
    if wrong == "swapped":
        macs = {"officers": macs["approvers"], "approvers": macs["officers"]}
    for kind in macs:
        if wrong in {kind, "both"}:
            macs[kind] = mac(new[kind], text)
    with pytest.raises(SourceError, match=r"airlock\.not_genuine"):
        shop.gatekeeper.rekey(named(new), macs)
    assert held(shop) == before


@pytest.mark.parametrize("bad", [b"", b"short", b"x" * 33])
def test_a_new_key_is_named_by_a_hash_of_the_right_length(shop: Shop, bad: bytes) -> None:
    digests, before = {**named(fresh()), "approvers": bad}, held(shop)
    text = rekey_text("shop", digests)
    macs = {"officers": mac(shop.officers, text), "approvers": mac(shop.approvers, text)}
    with pytest.raises(SourceError):
        shop.gatekeeper.rekey(digests, macs)
    assert held(shop) == before


def test_what_was_signed_for_another_source_replaces_nothing(shop: Shop) -> None:
    digests, before = named(fresh()), held(shop)
    text = rekey_text("other", digests)
    macs = {"officers": mac(shop.officers, text), "approvers": mac(shop.approvers, text)}
    with pytest.raises(SourceError, match=r"airlock\.not_genuine"):
        shop.gatekeeper.rekey(digests, macs)
    assert held(shop) == before


def test_after_rekeying_the_old_keys_open_nothing(shop: Shop) -> None:
    asked, opened = shop.asked()
    old_allowed = shop.allowed(asked)
    old = {"officers": shop.officers, "approvers": shop.approvers}
    new = fresh()
    macs = {kind: mac(key, signed(new)) for kind, key in old.items()}
    shop.gatekeeper.rekey(named(new), macs)
    with pytest.raises(SourceError, match=r"airlock\.no_key"):
        shop.let_in(asked, old_allowed)
    assert not shop.watchman.set_key("officers", old["officers"])  # nor does it come back
    for kind, key in new.items():
        assert shop.watchman.set_key(kind, key)  # each from who holds it
    with pytest.raises(SourceError, match=r"airlock\.not_genuine"):
        shop.let_in(asked, old_allowed)
    with pytest.raises(SourceError, match=r"airlock\.not_genuine"):
        shop.gatekeeper.rekey(named(new), macs)
    assert shop.traces(opened.grant) == (0, 0)
    shop.officers, shop.approvers = new["officers"], new["approvers"]
    shop.let_in(asked, shop.allowed(asked))
    assert shop.traces(opened.grant) == (1, 1)


def test_what_is_open_or_granted_goes_on_while_the_keys_are_replaced(shop: Shop) -> None:
    _, reading = shop.begun()
    waiting = shop.opened(person=8)
    new = fresh()
    old = {"officers": shop.officers, "approvers": shop.approvers}
    shop.gatekeeper.rekey(named(new), {kind: mac(key, signed(new)) for kind, key in old.items()})
    with closing(reading), closing(shop.enter(waiting)) as other:
        assert reading.execute(f"SELECT id FROM {shop.view('customers')}").fetchall() == [(7,)]
        other.execute(f"SELECT {shop.names.schema}.begin()")
        assert other.execute(f"SELECT id FROM {shop.view('customers')}").fetchall() == [(8,)]
    for kind, key in new.items():
        assert shop.watchman.set_key(kind, key)
    shop.officers, shop.approvers = new["officers"], new["approvers"]


@pytest.mark.parametrize("login", ["gatekeeper", "watchman"])
def test_a_login_replaces_its_own_password_and_no_other(shop: Shop, login: str) -> None:
    new = Secret(secrets.token_urlsafe(24))
    old = getattr(shop, login)
    old.set_password(scram_verifier(new))
    keeper = replace(old, address=replace(old.address, secret=new))
    try:
        with pytest.raises(SourceError, match=r"source\.login_refused"):
            old.now()
        assert keeper.now()
        other = shop.names.watchman if login == "gatekeeper" else shop.names.gatekeeper
        with closing(keeper.address.connect()) as connection:
            change = f"ALTER ROLE {other} PASSWORD '{scram_verifier(new)}'"
            assert refusal(connection, change) == DENIED
    finally:
        keeper.set_password(getattr(shop.verifiers, login))
