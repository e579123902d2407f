"""No entry without what it says: for every action that there is."""

from __future__ import annotations

import json
from contextlib import closing, nullcontext, suppress
from typing import TYPE_CHECKING

import psycopg
import pytest

from app.domain.audit import Action, Event, hash_entry
from app.storage.guard.entries import HAPPENED
from tests.guard.insider import Insider, refusal

if TYPE_CHECKING:
    from tests.guard.scene import Scene

pytestmark = pytest.mark.server

OWN = {Action.KEYS_UNLOCKED, Action.KEYS_RELOCKED}
"""What anybody may say of her own keys, which no server sees."""
CLAIMED: dict[str, set[Action]] = {
    "olga": {Action.POLICY_EVALUATED, Action.REVIEW_REVEALED, Action.LEAK_TESTED},
    "otto": {Action.POLICY_EVALUATED},
    "anna": set(),
    "audra": set(),
    "ines": {Action.SOURCE_TRIED, Action.RECOVERY_PRINTED, Action.TURN_ENDED},
}
"""What happens outside of the database, by those who may say that it did; olga holds the key."""
ABOUT = {
    Action.RECOVERY_PRINTED: "SELECT id FROM workspace",
    Action.SOURCE_TRIED: "SELECT 'shop'",
    Action.POLICY_EVALUATED: "SELECT ''",
}


def test_every_action_says_what_must_be_so() -> None:
    assert set(HAPPENED) == set(Action)


@pytest.mark.parametrize("login", list(CLAIMED))
def test_nobody_writes_of_what_did_not_happen(scene: Scene, login: str) -> None:
    """She tries every action about what there is, in a transaction that does nothing else."""
    stood = set(OWN)
    with closing(scene.office.connect(login)) as connection:
        her = Insider(connection, scene.id_of(login))
        for action in set(Action) - OWN:
            with suppress(psycopg.Error), connection.transaction(force_rollback=True):
                about = her.value(ABOUT.get(action, "SELECT %(id)s"), id=scene.granted)
                her.log(action, about, request=scene.read)
                her.run("SET CONSTRAINTS ALL IMMEDIATE")
                stood.add(action)
    assert stood - OWN == CLAIMED[login]


@pytest.mark.parametrize("lie", [{}, {"decision": "G-other"}, {"minutes": 1}, {"scope_hash": "x"}])
def test_an_entry_on_a_decision_says_what_was_decided(scene: Scene, lie: dict[str, str]) -> None:
    with closing(scene.office.connect("anna")) as connection:
        her = Insider(connection, scene.id_of("anna"))
        her.decide(scene.waiting)
        ((decision, digest, minutes, request),) = her.run(
            "SELECT d.id, d.scope_hash, d.minutes, a.request FROM decisions d"
            " JOIN access_requests a ON a.id = d.access_request WHERE a.id = %(id)s",
            id=scene.waiting,
        )
        told = {"decision": decision, "scope_hash": digest, "minutes": minutes, **lie}
        event = Event(Action.ACCESS_GRANTED, her.me, request, scene.waiting, details=told)
        her.insert("log", **vars(her.entry(event)))
        with pytest.raises(psycopg.Error, match=r"log\.never") if lie else nullcontext():
            her.run("SET CONSTRAINTS ALL IMMEDIATE")
        connection.rollback()


@pytest.mark.parametrize("lie", [{}, {"minutes_at_most": 999}])
def test_an_entry_on_the_policy_says_what_it_says(scene: Scene, lie: dict[str, int]) -> None:
    with closing(scene.office.connect("ines")) as connection:
        her = Insider(connection, scene.id_of("ines"))
        policy = json.loads(her.value("SELECT policy FROM workspace"))
        told = {"policy": policy["key"], **{key: policy[key] for key in ("version", *lie)}, **lie}
        her.run("UPDATE workspace SET title = title")
        event = Event(Action.POLICY_CHANGED, her.me, details=told)
        her.insert("log", **vars(her.entry(event)))
        with pytest.raises(psycopg.Error, match=r"log\.never") if lie else nullcontext():
            her.run("SET CONSTRAINTS ALL IMMEDIATE")
        connection.rollback()


def test_what_no_program_writes_nobody_writes(scene: Scene) -> None:
    def attack(her: Insider) -> object:
        entry = her.entry(Event(Action.KEYS_UNLOCKED, her.me, "", her.me))
        line = entry.line.replace("keys.unlocked", "keys.admired")
        digest = hash_entry(entry.previous, entry.number, line.encode())
        return her.insert("log", **{**vars(entry), "line": line, "hash": digest})

    found = refusal(scene.office.connect("olga"), scene.id_of("olga"), attack)
    assert found == "log.never_happened"
