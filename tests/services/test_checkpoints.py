"""Members sign the log, and who rewrites it contradicts them."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app.bootstrap import build
from app.domain.audit import NO_HASH, hash_entry
from app.storage.workspaces import EmbeddedWorkspaces
from app.wording.proofs import proof_in_words
from tests.office import Office, open_office

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.services.proving import Proof

type Lines = dict[int, str]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return open_office(tmp_path)


def prove(office: Office, folder: Path) -> Proof:
    """Check on a machine that has never seen this workspace."""
    elsewhere = EmbeddedWorkspaces(clock=office.clock, heads=folder / "elsewhere")
    adapters = replace(office.adapters, workspaces=elsewhere)
    return build(folder / "home", adapters=adapters).proving.check(folder / "workspace.sqlite")


def rewrite(path: Path, change: Callable[[Lines], Lines]) -> None:
    """Write the log anew, numbers and hashes fitting, as the owner of the file can."""
    with closing(sqlite3.connect(path)) as store, store:
        triggers = store.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'log'"
        ).fetchall()
        for (name,) in triggers:
            store.execute(f'DROP TRIGGER "{name}"')
        lines = dict(store.execute("SELECT number, line FROM log"))
        store.execute("DELETE FROM log")
        previous = NO_HASH
        for number, (_, line) in enumerate(sorted(change(lines).items()), start=1):
            digest = hash_entry(previous, number, line.encode())
            store.execute(
                "INSERT INTO log (number, line, previous, hash) VALUES (?, ?, ?, ?)",
                (number, line, previous, digest),
            )
            previous = digest


def of_action(lines: Lines, action: str) -> list[int]:
    return [number for number, line in lines.items() if json.loads(line)["action"] == action]


def faults(proof: Proof) -> list[tuple[str, object]]:
    return [(each.code, each.values.get("entry")) for each in proof.faults]


def test_the_log_is_signed_with_decisions_windows_and_reports(
    office: Office, tmp_path: Path
) -> None:
    request, _ = office.pulled()
    made = office.approver.auditing.report(request, tmp_path / "report.pdf")
    with office.workspace.read() as unit:
        facts = [json.loads(line) for _, line, _, _ in unit.log.stored()]
    signed = [(each["actor"], each["object"]) for each in facts if each["action"] == "log.signed"]
    officer, approver = office.officer.here.member, office.approver.here.member
    assert signed == [(approver, "G-0001"), (officer, "S-0001"), (approver, made.id)]
    assert prove(office, tmp_path).is_sound


def test_what_a_member_wrote_is_signed_once_and_only_if_she_wrote(office: Office) -> None:
    for desk in (office.approver, office.officer):
        desk.checkpoints.sign()
    before = office.actions().count("log.signed")
    office.record()
    assert not office.approver.checkpoints.sign()
    assert not office.officer.checkpoints.sign_if_due()
    office.clock.move(minutes=31)
    assert office.officer.checkpoints.sign_if_due()
    office.clock.move(minutes=31)
    assert not office.officer.checkpoints.sign_if_due()
    assert not office.officer.checkpoints.sign()
    office.record()
    assert office.officer.checkpoints.sign()
    assert office.actions().count("log.signed") == before + 2


def test_a_log_that_was_rewritten_contradicts_the_next_signature(
    office: Office, tmp_path: Path
) -> None:
    office.pulled()
    signature = 0

    def change(lines: Lines) -> Lines:
        nonlocal signature
        (verified,) = of_action(lines, "identity.verified")
        signature = of_action(lines, "log.signed")[0]
        lines[verified] = lines[verified].replace("email_loop", "account_login")
        return lines

    rewrite(tmp_path / "workspace.sqlite", change)
    proof = prove(office, tmp_path)
    named = ("proof.log_signature", signature), ("proof.decision_other_log", signature - 3)
    assert faults(proof) == [*named]
    assert "she signed another one" in " ".join(proof_in_words(proof))


def test_a_log_without_any_signature_contradicts_the_decisions(
    office: Office, tmp_path: Path
) -> None:
    office.granted()
    office.clock.move(minutes=1)
    office.granted()

    def change(lines: Lines) -> Lines:
        for number in of_action(lines, "log.signed"):
            del lines[number]
        return lines

    rewrite(tmp_path / "workspace.sqlite", change)
    proof = prove(office, tmp_path)
    assert [each.code for each in proof.faults] == [
        "proof.log_not_signed", "proof.decision_other_log", "proof.log_not_signed",
    ]  # fmt: skip
    assert "Decision G-0002 was signed with another log" in " ".join(proof_in_words(proof))


def test_a_log_that_nobody_signed_for_longer_than_a_week_is_named(
    office: Office, tmp_path: Path
) -> None:
    request = office.record().id
    office.clock.move(hours=24 * 7)
    office.officer.casework.add_note(request, "Nobody was here.")
    assert prove(office, tmp_path).is_sound
    office.clock.move(hours=1)
    office.officer.casework.add_note(request, "Nor did anybody sign out.")
    proof = prove(office, tmp_path)
    assert faults(proof) == [("proof.log_unsigned", 1)]
    assert "No member has signed the log since before entry 1" in " ".join(proof_in_words(proof))
    office.officer.checkpoints.sign()
    assert prove(office, tmp_path).is_sound


def test_a_time_that_goes_back_is_named(office: Office, tmp_path: Path) -> None:
    office.record()

    def change(lines: Lines) -> Lines:
        lines[3] = lines[3].replace('"at":"2026', '"at":"2025')
        return lines

    rewrite(tmp_path / "workspace.sqlite", change)
    assert faults(prove(office, tmp_path)) == [("proof.log_back_in_time", 3)]


def test_a_signature_by_somebody_else_is_named(office: Office, tmp_path: Path) -> None:
    office.granted()
    officer, approver = office.officer.here.member, office.approver.here.member

    def change(lines: Lines) -> Lines:
        (signed,) = of_action(lines, "log.signed")
        lines[signed] = lines[signed].replace(approver, officer)
        return lines

    rewrite(tmp_path / "workspace.sqlite", change)
    assert [code for code, _ in faults(prove(office, tmp_path))] == ["proof.log_signature"]
