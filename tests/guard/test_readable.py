"""One row that no program can read would hide all others, so nobody writes it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from app.domain.audit import Action, Event, hash_entry
from tests.guard.insider import refusal
from tests.guard.scene import BROKEN_CHAIN, VERDICT, ask

if TYPE_CHECKING:
    from tests.guard.insider import Insider
    from tests.guard.scene import Scene

pytestmark = pytest.mark.server


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE requests SET outcome = 'none of those'",
        "UPDATE requests SET extended_at = 'infinity'",
        "UPDATE requests SET closed_at = '20000-01-01'",
        "UPDATE requests SET due = '-infinity'",
        "UPDATE requests SET subject_address = '{'",
        "UPDATE requests SET subject_address = '[1]'",
        r"""UPDATE requests SET subject_address = '["\ud800"]'""",
        "UPDATE pulled SET columns = '[[\"id\"]]'",
        "UPDATE pulled SET state = 'gone'",
    ],
)
def test_nobody_writes_what_no_program_reads(scene: Scene, change: str) -> None:
    statement = f"{change} WHERE id = (SELECT max(id) FROM {change.split()[1]})"
    found = refusal(
        scene.office.connect("olga"), scene.id_of("olga"), lambda her: her.run(statement)
    )
    assert found == "workspace.unreadable"


@pytest.mark.parametrize(
    "verdict",
    [
        "{}",
        VERDICT.replace('"findings":[]', '"findings":[{"level":"rule","code":"x"}]'),
        VERDICT.replace('"approvers_needed":1', '"approvers_needed":2'),
        VERDICT.replace('"approvers":[]', r'"approvers":["\udc00"]'),
    ],
)
def test_nobody_asks_with_a_verdict_that_no_program_reads(scene: Scene, verdict: str) -> None:
    found = refusal(
        scene.office.connect("olga"),
        scene.id_of("olga"),
        lambda her: ask(her, scene, verdict=verdict),
    )
    assert found == "workspace.unreadable"


@pytest.mark.parametrize(
    "details",
    [
        '{"x":1.5}',
        '{"x":1e5}',
        '{"x":' + "9" * 5000 + "}",
        r'{"x":"\ud800"}',
        '{"x":' + "[" * 2000 + "]" * 2000 + "}",
        json.dumps({"x": "y" * 1_000_000}, separators=(",", ":")),
        '{"x": 1}',
    ],
    ids=["a float", "an exponent", "a large number", "half a character", "depth", "size", "room"],
)
def test_no_entry_is_written_that_programs_stumble_over(scene: Scene, details: str) -> None:
    def attack(her: Insider) -> object:
        entry = her.entry(Event(Action.KEYS_UNLOCKED, her.me, "", her.me))
        line = entry.line.replace('"details":{}', f'"details":{details}')
        digest = hash_entry(entry.previous, entry.number, line.encode())
        return her.insert("log", **{**vars(entry), "line": line, "hash": digest})

    found = refusal(scene.office.connect("olga"), scene.id_of("olga"), attack)
    assert found == BROKEN_CHAIN
