"""What there is to attack in an office, and the parts that attacks are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from app.domain.audit import Action, Event, hash_entry
from tests.guard.insider import Insider

if TYPE_CHECKING:
    from tests.guard.office import SharedOffice

NOT_PERMITTED, TAKEN, NO_SUCH_ROW = "not permitted", "taken", "no such row"
NOT_YOU, NOT_NOW, NOT_RECORDED = "workspace.not_you", "workspace.not_now", "workspace.not_recorded"
STAYS, BROKEN_CHAIN = "workspace.insert_only", "log.not_a_continuation"
VERDICT = '{"approvers":[],"approvers_needed":1,"findings":[],"policy":"standard","version":1}'
AS_APPROVER = '["approver"]'
OTHER_SUBJECT = "UPDATE requests SET subject_name = 'x'"


@dataclass(frozen=True)
class Scene:
    """What there is to attack: ids of access requests, requests and members."""

    office: SharedOffice
    waiting: str
    """Asked by olga; nobody decided."""
    of_bea: str
    """Asked by bea, who is an approver too."""
    granted: str
    """Olga's, granted by anna, not begun."""
    withdrawn: str
    read: str
    """A request of olga's with data in the vault."""
    quiet: str
    """A request for which nobody asked access."""
    closed: str
    """A closed request with a key in the vault."""
    half: str
    """Olga's; two people must grant it, and anna has."""
    half_denied: str
    """Olga's; two people must grant it, and anna said no."""

    def id_of(self, login: str) -> str:
        return self.office.id_of(login)


type Attack = Callable[[Insider, Scene], object]


def sql(statement: str) -> Attack:
    """Return the attack of running one statement."""
    return lambda her, _: her.run(statement)


def hour_ago(her: Insider) -> object:
    return her.now - timedelta(hours=1)


def owner(her: Insider) -> str:
    return f"{her.value('SELECT channel()')}_owner"


def group(her: Insider) -> str:
    """Return a group in which she is not."""
    inside = her.value(f"SELECT pg_has_role('{her.value('SELECT channel()')}_approver', 'MEMBER')")
    return f"{her.value('SELECT channel()')}_{'administrator' if inside else 'approver'}"


def log_as(her: Insider, **changes: object) -> Insider:
    entry = her.entry(Event(Action.NOTE_ADDED, her.me))
    return her.insert("log", **{**vars(entry), **changes})


def log_two_actors(her: Insider) -> Insider:
    entry = her.entry(Event(Action.NOTE_ADDED, her.me))
    line = entry.line.replace('"actor":', '"actor":"anna","actor":')
    digest = hash_entry(entry.previous, entry.number, line.encode())
    return her.insert("log", **{**vars(entry), "line": line, "hash": digest})


def ask(her: Insider, scene: Scene, *, requester: str = "", **changes: object) -> Insider:
    ((scope, digest),) = her.run(
        "SELECT scope, scope_hash FROM access_requests WHERE id = %(id)s", id=scene.waiting
    )
    row: dict[str, object] = {
        "id": "A-forged",
        "request": scene.read,
        "requester": scene.id_of(requester) if requester else her.me,
        "purpose": "Curiosity",
        "minutes": 5,
        "scope": scope,
        "scope_hash": digest,
        "asked_at": her.now,
        "not_after": her.now + timedelta(days=1),
        "verdict": VERDICT,
        "approvers_needed": 1,
    }
    return her.insert("access_requests", **{**row, **changes})


def pull_into(her: Insider, scene: Scene) -> Insider:
    return her.insert(
        "pulled", session="S-none", request=scene.read, dataset="shop", collection="people",
        source_type="fake", columns="[]", rows=0, chunks=0, state="running", started_at=her.now,
        incomplete_why="", scanned=False,
    )  # fmt: skip


def certify(her: Insider, scene: Scene, **changes: object) -> Insider:
    row: dict[str, object] = {
        "member": scene.id_of("otto"), "number": 2, "signing": b"mine", "encryption": b"mine",
        "why": "roles", "issued_by": her.me, "issued_at": her.now,
    }  # fmt: skip
    return her.insert("certificates", **{**row, **changes})


def revoke(her: Insider, scene: Scene, **changes: object) -> Insider:
    row: dict[str, object] = {
        "member": scene.id_of("otto"), "number": 1, "why": "left", "by": her.me, "at": her.now,
        "signature": b"forged",
    }  # fmt: skip
    return her.insert("certificate_revocations", **{**row, **changes})


def member(her: Insider, login: str) -> Insider:
    return her.insert(
        "members", id="puppet", name="Puppet", email="p@example.org", roles=AS_APPROVER,
        joined_at=her.now, signing_certificate=b"", encryption_certificate=b"",
    ).insert("logins", login=login, member="puppet")  # fmt: skip
