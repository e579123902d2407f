"""What even the owner of the tables is refused, to whom they belong and who could drop them."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from app.domain.audit import Action
from tests.guard.insider import Insider, refusal
from tests.guard.scene import (
    BROKEN_CHAIN,
    NO_SUCH_ROW,
    NOT_NOW,
    NOT_YOU,
    STAYS,
    TAKEN,
    Attack,
    log_as,
    owner,
    sql,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.guard.scene import Scene

pytestmark = pytest.mark.server


@contextmanager
def owning(scene: Scene) -> Iterator[Insider]:
    """Give a transaction of the owner, as only a superuser can begin one."""
    connection = scene.office.connect_as_superuser()
    her = Insider(connection, scene.id_of("anna"))
    her.run(f"SET ROLE {owner(her)}")
    yield her
    connection.close()


OWNER: dict[str, tuple[str, Attack]] = {
    "decides in a member's name": (NOT_YOU, lambda her, scene: her.decide(scene.waiting)),
    "decides as nobody": (NOT_YOU, lambda her, scene: her.decide(scene.waiting, approver="")),
    "changes a decision": (STAYS, sql("UPDATE decisions SET minutes = 1")),
    "removes a decision": (STAYS, sql("DELETE FROM decisions")),
    "empties the decisions": (STAYS, sql("TRUNCATE decisions CASCADE")),
    "changes what was asked": (STAYS, sql("UPDATE access_requests SET scope = '{}'")),
    "changes a window": (STAYS, sql("UPDATE windows SET deadline = 'infinity'")),
    "opens a window in a member's name": (NOT_YOU, lambda her, scene: her.open(scene.granted)),
    "changes the log": (STAYS, sql("UPDATE log SET line = replace(line, 'olga', 'anna')")),
    "cuts the log": (STAYS, sql("DELETE FROM log WHERE number > 3")),
    "empties the log": (STAYS, sql("TRUNCATE log")),
    "writes an entry in a member's name": (NOT_YOU, lambda her, _: her.log(Action.NOTE_ADDED)),
    "writes an entry as the program in the past": (
        NOT_NOW,
        lambda her, _: her.log(
            Action.WORKSPACE_CHANGED, actor="sandglass", at=her.now - timedelta(days=9)
        ),
    ),
    "begins a chain of its own": (
        BROKEN_CHAIN + "|" + NOT_YOU,
        lambda her, _: log_as(her, previous="0" * 64),
    ),
    "changes who a member's login is": (STAYS, sql("UPDATE logins SET login = 'somebody'")),
    "removes a note": (STAYS, sql("DELETE FROM notes")),
    "writes a note in a member's name": (
        NOT_YOU,
        lambda her, scene: her.insert(
            "notes", request=scene.quiet, number=95, at=her.now, by=her.me, text="x"
        ),
    ),
}


@pytest.mark.parametrize("what", list(OWNER))
def test_the_owner_is_refused(scene: Scene, what: str) -> None:
    refused_as, attack = OWNER[what]
    with owning(scene) as her:
        found = refusal(her.connection, her.me, lambda her: attack(her, scene))
    assert found in refused_as.split("|")


@pytest.mark.parametrize(
    ("refused_as", "attack"),
    [
        (
            "approver_is_not_requester",
            lambda her, scene: her.decide(scene.of_bea, approver=scene.id_of("bea")),
        ),
        (
            NO_SUCH_ROW,
            lambda her, scene: her.decide(
                scene.of_bea, approver=scene.id_of("bea"), requester=scene.id_of("olga")
            ),
        ),
        (NO_SUCH_ROW, lambda her, scene: her.decide(scene.waiting, scope_hash="f" * 64)),
        (TAKEN, lambda her, scene: her.decide(scene.granted)),
        ("grant_within_asked", lambda her, scene: her.decide(scene.waiting, minutes=999)),
    ],
    ids=["of its own", "with a lie", "of another scope", "a second one", "of more minutes"],
)
def test_a_decision_is_refused_by_the_tables_themselves(
    scene: Scene, refused_as: str, attack: Attack
) -> None:
    with owning(scene) as her:
        her.run("ALTER TABLE decisions DISABLE TRIGGER USER")
        found = refusal(her.connection, her.me, lambda her: attack(her, scene))
    assert found == refused_as
