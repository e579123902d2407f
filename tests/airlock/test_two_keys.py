"""Nobody opens alone, and nothing is opened by a document that lacks anything."""

from __future__ import annotations

import hashlib
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from app.domain.airlock import grant_id, mac
from app.domain.errors import SourceError
from tests.airlock.base import edited
from tests.airlock.ground import Shop, refusal

if TYPE_CHECKING:
    from app.domain.airlock import Asked

pytestmark = pytest.mark.server

DENIED = "42501"
ASKED = (
    "format", "grant", "source", "reference", "requester", "minutes", "not_after", "identities",
    "fields", "unattested", "verifier", "closing_sha256",
)  # fmt: skip
ALLOWED = ("format", "asked_mac", "minutes", "start_by", "approver")
GOOD = f"SCRAM-SHA-256$4096:{'A' * 22}==${'B' * 43}=:{'C' * 43}="


def code_of(shop: Shop, asked: str, *without: str, **changes: object) -> str:
    with pytest.raises(SourceError) as failed:
        shop.try_open(asked, "", *without, **changes)
    return failed.value.code


def nothing_is_left(shop: Shop, asked: Asked) -> bool:
    return shop.traces(asked.grant) == (0, 0)


@pytest.mark.parametrize("bad", [b"", b"\x00" * 32, b"k" * 32, b"short"])
def test_what_was_asked_needs_the_officers_mac(shop: Shop, bad: bytes) -> None:
    asked, _ = shop.asked()
    allowed = shop.allowed(asked).text()
    with pytest.raises(SourceError, match=r"airlock\.not_genuine"):
        shop.gatekeeper.open(
            asked.text(), bad, allowed=allowed, allowed_mac=mac(shop.approvers, allowed)
        )
    assert nothing_is_left(shop, asked)


@pytest.mark.parametrize("bad", [b"", b"\x00" * 32, b"k" * 32])
def test_what_was_allowed_needs_the_approvers_mac(shop: Shop, bad: bytes) -> None:
    asked, _ = shop.asked()
    text = asked.text()
    with pytest.raises(SourceError, match=r"airlock\.not_genuine"):
        shop.gatekeeper.open(
            text, mac(shop.officers, text), allowed=shop.allowed(asked).text(), allowed_mac=bad
        )
    assert nothing_is_left(shop, asked)


@pytest.mark.parametrize("missing", [0, 1, 2, 3])
def test_null_is_no_document_and_no_mac(shop: Shop, missing: int) -> None:
    asked, _ = shop.asked()
    allowed = shop.allowed(asked).text()
    given: list[Any] = [
        asked.text(), mac(shop.officers, asked.text()), allowed, mac(shop.approvers, allowed),
    ]  # fmt: skip
    given[missing] = None
    with closing(shop.gatekeeper.address.connect()) as gate:
        query = f"SELECT * FROM {shop.names.schema}.open(%s, %s, %s, %s)"
        assert refusal(gate, query, *given) == "SG001"
    assert nothing_is_left(shop, asked)


def test_swapped_keys_open_nothing(shop: Shop) -> None:
    asked, _ = shop.asked()
    text, allowed = asked.text(), shop.allowed(asked).text()
    with pytest.raises(SourceError, match=r"airlock\.not_genuine"):
        shop.gatekeeper.open(
            text,
            mac(shop.approvers, text),
            allowed=allowed,
            allowed_mac=mac(shop.officers, allowed),
        )
    assert nothing_is_left(shop, asked)


@pytest.mark.parametrize(
    "change",
    [
        {"identities": {"email": ["u8@example.test"]}},
        {"fields": {"customers": ["id", "email", "full_name", "phone"]}},
        {"minutes": 240},
        {"requester": "somebody"},
        {"verifier": GOOD},
    ],
)
def test_nobody_edits_what_was_asked(shop: Shop, change: dict[str, object]) -> None:
    asked, _ = shop.asked()
    genuine, text = mac(shop.officers, asked.text()), edited(asked.text(), **change)
    allowed = shop.allowed(asked).text()
    with pytest.raises(SourceError, match=r"airlock\.not_genuine"):
        shop.try_open(text, allowed, asked_mac_given=genuine)
    assert code_of(shop, text, asked_mac=genuine.hex()) == "airlock.documents_differ"
    assert nothing_is_left(shop, asked)


def test_what_was_allowed_opens_only_what_it_was_allowed_for(shop: Shop) -> None:
    asked, _ = shop.asked()
    other, _ = shop.asked(person=8)
    allowed = shop.allowed(other).text()
    with pytest.raises(SourceError, match=r"airlock\.documents_differ"):
        shop.try_open(asked.text(), allowed)
    assert nothing_is_left(shop, asked)
    assert nothing_is_left(shop, other)


@pytest.mark.parametrize("missing", ASKED)
def test_what_was_asked_must_be_whole(shop: Shop, missing: str) -> None:
    asked, _ = shop.asked()
    code_of(shop, edited(asked.text(), missing))
    assert nothing_is_left(shop, asked)


@pytest.mark.parametrize("missing", ASKED)
def test_null_stands_for_nothing_that_was_asked(shop: Shop, missing: str) -> None:
    asked, _ = shop.asked()
    code_of(shop, edited(asked.text(), **{missing: None}))
    assert nothing_is_left(shop, asked)


@pytest.mark.parametrize("missing", ALLOWED)
def test_what_was_allowed_must_be_whole(shop: Shop, missing: str) -> None:
    asked, _ = shop.asked()
    code_of(shop, asked.text(), missing)
    code_of(shop, asked.text(), **{missing: None})
    assert nothing_is_left(shop, asked)


@pytest.mark.parametrize(
    "change",
    [
        {"format": "sandglass-asked-2"},
        {"source": "other"},
        {"requester": "approver"},
        {"grant": "0123"},
        {"grant": "0123456789ABCDEF"},
        {"grant": "0123456789abcde'"},
        {"minutes": 0},
        {"minutes": 29},
        {"minutes": -1},
        {"minutes": "many"},
        {"not_after": 1},
        {"not_after": int(time.time()) - 5},
        {"not_after": 10**30},
        {"fields": []},
        {"fields": "customers"},
        {"fields": {"customers": "id"}},
        {"fields": {"customers": ["id", "password_hash"]}},
        {"fields": {"customers": ["*"]}},
        {"fields": {"customers": ["risk_score"]}},
        {"fields": {"ledger": ["grant_id"]}},
        {"fields": {"nowhere": ["id"]}},
        {"identities": ["u7@example.test"]},
        {"unattested": [1]},
        {"verifier": "a clear password"},
        {"verifier": "md5" + "0" * 32},
        {"verifier": "SCRAM-SHA-256$4096:AAAA$AAAA:AAAA"},
        {"verifier": GOOD + "\n"},
        {"verifier": GOOD.replace("4096", "1")},
        {"verifier": GOOD.replace("4096", "9" * 30)},
        {"verifier": GOOD[:-1] + "A" * 500 + "="},
        {"verifier": GOOD.replace(":", "$")},
        {"closing_sha256": "00"},
        {"reference": ""},
    ],
)
def test_what_does_not_fit_is_refused_though_both_keys_are_genuine(
    shop: Shop, change: dict[str, object]
) -> None:
    asked, _ = shop.asked()
    text = edited(asked.text(), **change)
    code_of(shop, text)
    assert nothing_is_left(shop, asked)


@pytest.mark.parametrize(
    "change",
    [
        {"format": "sandglass-asked-1"},
        {"minutes": 31},
        {"minutes": 0},
        {"minutes": -5},
        {"approver": "officer"},
        {"start_by": 1},
        {"start_by": int(time.time()) - 5},
        {"start_by": "soon"},
    ],
)
def test_an_approver_cannot_allow_what_does_not_fit(shop: Shop, change: dict[str, object]) -> None:
    asked, _ = shop.asked()
    code_of(shop, asked.text(), **change)
    assert nothing_is_left(shop, asked)


def test_no_grant_is_longer_than_the_source_allows(shop: Shop) -> None:
    asked, _ = shop.asked(minutes=241)
    assert code_of(shop, asked.text(), minutes=241) == "airlock.documents_differ"
    assert nothing_is_left(shop, asked)


def test_opening_again_finds_it_open_and_changes_nothing(shop: Shop) -> None:
    asked, opened = shop.asked()
    first = shop.allowed(asked, start_by=int(time.time()) + 1000)
    shop.let_in(asked, first)
    before = shop.state(opened.grant)
    longer = shop.allowed(asked, start_by=int(time.time()) + 3000)
    shop.let_in(asked, longer)
    assert shop.state(opened.grant) == before


def test_a_spent_grant_never_opens_again(shop: Shop) -> None:
    asked, opened = shop.asked()
    shop.let_in(asked, shop.allowed(asked))
    shop.gatekeeper.end(opened.grant, reason="revoked")
    with pytest.raises(SourceError, match=r"airlock\.spent"):
        shop.let_in(asked, shop.allowed(asked))
    assert shop.traces(opened.grant) == (0, 1)


def test_another_document_does_not_open_a_grant_that_is_open(shop: Shop) -> None:
    asked, opened = shop.asked()
    shop.let_in(asked, shop.allowed(asked))
    assert code_of(shop, edited(asked.text(), identities={"email": ["u8@example.test"]})) == (
        "airlock.spent"
    )
    with closing(shop.enter(opened)) as officer:
        officer.execute(f"SELECT {shop.names.schema}.begin()")
        assert officer.execute(f"SELECT id FROM {shop.view('customers')}").fetchall() == [(7,)]


def test_there_are_only_so_many_live_grants(shop: Shop) -> None:
    shop.opened()
    about = f"{shop.names.schema}.about"
    with closing(shop.owner()) as owner:
        owner.execute(f"UPDATE {about} SET live_at_most = 1")
        try:
            asked, _ = shop.asked()
            assert code_of(shop, asked.text()) == "airlock.too_many_grants"
        finally:
            owner.execute(f"UPDATE {about} SET live_at_most = 500")
    assert nothing_is_left(shop, asked)


def test_grants_of_different_requests_and_sources_differ() -> None:
    found = {grant_id(*each) for each in (("W", "1", "a"), ("W", "1", "b"), ("W", "2", "a"))}
    assert len(found) == 3
    assert all(len(each) == len(hashlib.sha256().hexdigest()) // 4 for each in found)
