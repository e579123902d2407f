from __future__ import annotations

import pytest

from app.domain.audit import Action, Entry, Event, chain
from app.wording.actions import actor_in_words, entry_in_words
from tests.reports import samples

NAMES = {"m-omar": "Omar Haddad"}


def facts(action: Action, about: str = "", **details: object) -> dict[str, object]:
    return {"action": action.value, "actor": "m-omar", "object": about, "details": details}


@pytest.mark.parametrize("action", list(Action))
def test_every_action_has_a_sentence_even_without_details(action: Action) -> None:
    for given in (facts(action), {"action": action.value}, facts(action, rows=None, fields=None)):
        text = entry_in_words(given, NAMES)
        assert text
        assert "{" not in text
        assert text == text.strip(": ")


@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("value", [{"a": {"b": 1}}, [1, [2]], -1, True, "x" * 9, None])
def test_odd_details_never_show_raw(action: Action, value: object) -> None:
    keys = (
        "minutes fields sources collection rows from to reason count files kind level "
        "method what why version refused"
    )
    text = entry_in_words(facts(action, "X", **dict.fromkeys(keys.split(), value)), NAMES)
    assert "{" not in text
    assert "[" not in text


def test_an_unknown_action_is_still_words() -> None:
    assert entry_in_words({"action": "coffee.made_fresh"}, NAMES) == "Coffee made fresh"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            facts(Action.ACCESS_REQUESTED, minutes=30, sources=["a", "b", "c"], fields=17),
            "Asked for access to 3 sources for 30 min, 17 fields",
        ),
        (
            facts(Action.DATA_READ, collection="shop.orders", rows=1, fields=["a"]),
            "Read shop / orders, 1 row, 1 field",
        ),
        (
            facts(Action.DATA_READ, collection="shop.orders", rows=28_000, fields=["a", "b"]),
            "Read shop / orders, 28,000 rows, 2 fields",
        ),
        (
            facts(Action.SESSION_ENDED, "S-1", reason="expired", seconds=1800, incomplete=2),
            "Session S-1 ended: the time was over, open for 30 min 0 s, 2 collections incomplete",
        ),
        (facts(Action.POLICY_EVALUATED, allowed=False, refused=["x"]), "Policy refused it"),
        (
            facts(Action.REQUEST_MOVED, **{"from": "scope", "to": "approval"}),
            "Moved from scope to approval",
        ),
        (
            facts(Action.LEAK_TESTED, files=9, leaks=2),
            "Leak test failed: 2 leaks, 9 files searched",
        ),
        (
            facts(Action.MEMBER_JOINED, "m-omar", roles=["approver"]),
            "Omar Haddad joined as approver",
        ),
    ],
)
def test_sentences_say_what_happened(given: dict[str, object], sentence: str) -> None:
    assert entry_in_words(given, NAMES) == sentence


def test_real_entries_read_well() -> None:
    last: Entry | None = None
    for event in samples.events():
        last = chain(
            last,
            Event(event.action, event.actor, event.request, event.object, event.details),
            samples.MADE_AT,
        )
        assert entry_in_words(last.facts(), NAMES)


def test_actors_are_named() -> None:
    assert actor_in_words("m-omar", NAMES) == "Omar Haddad"
    assert actor_in_words("shop-eu", NAMES) == "shop-eu"
    assert actor_in_words("", NAMES) == "Sandglass"
