"""No entry without what it says: for every action that there is."""

from __future__ import annotations

from contextlib import closing, suppress
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


def test_what_no_program_writes_nobody_writes(scene: Scene) -> None:
    def attack(her: Insider) -> object:
        entry = her.entry(Event(Action.KEYS_UNLOCKED, her.me, "", her.me))
        line = entry.line.replace("keys.unlocked", "keys.admired")
        digest = hash_entry(entry.previous, entry.number, line.encode())
        return her.insert("log", **{**vars(entry), "line": line, "hash": digest})

    found = refusal(scene.office.connect("olga"), scene.id_of("olga"), attack)
    assert found == "log.never_happened"
