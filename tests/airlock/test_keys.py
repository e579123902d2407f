"""Keys are set once, replaced only under both old ones, and never come out again."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

from app.domain.airlock import mac
from app.domain.errors import SourceError

if TYPE_CHECKING:
    from tests.airlock.ground import Shop

pytestmark = pytest.mark.server


def signed(keys: dict[str, bytes]) -> str:
    return f"sandglass-rekey-1:{keys['officers'].hex()}:{keys['approvers'].hex()}"


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
        shop.gatekeeper.rekey(new, macs)
    assert held(shop) == before


@pytest.mark.parametrize("bad", [b"", b"short", b"x" * 33])
def test_a_new_key_has_the_right_length(shop: Shop, bad: bytes) -> None:
    new, before = {**fresh(), "approvers": bad}, held(shop)
    text = signed(new)
    macs = {"officers": mac(shop.officers, text), "approvers": mac(shop.approvers, text)}
    with pytest.raises(SourceError):
        shop.gatekeeper.rekey(new, macs)
    assert held(shop) == before


def test_after_rekeying_the_old_keys_open_nothing(shop: Shop) -> None:
    asked, opened = shop.asked()
    old_allowed = shop.allowed(asked)
    old = {"officers": shop.officers, "approvers": shop.approvers}
    new = fresh()
    macs = {kind: mac(key, signed(new)) for kind, key in old.items()}
    shop.gatekeeper.rekey(new, macs)
    with pytest.raises(SourceError, match=r"airlock\.not_genuine"):
        shop.let_in(asked, old_allowed)
    with pytest.raises(SourceError, match=r"airlock\.not_genuine"):
        shop.gatekeeper.rekey(new, macs)
    assert shop.traces(opened.grant) == (0, 0)
    assert not shop.watchman.set_key("officers", old["officers"])  # nor does it come back
    shop.officers, shop.approvers = new["officers"], new["approvers"]
    shop.let_in(asked, shop.allowed(asked))
    assert shop.traces(opened.grant) == (1, 1)
