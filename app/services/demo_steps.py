"""The steps of the main job as somebody would do them who knows what the made company holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.errors import StorageError
from app.domain.responses import Answered, LetterKind
from app.domain.review import RevealReason, Target, Verdict
from app.domain.verification import Method

if TYPE_CHECKING:
    from pathlib import Path

    from app.domain.access import AccessRequest
    from app.domain.review import ReviewCounts
    from app.domain.secrets import Secret
    from app.ports.progress import Task
    from app.services.desk import Desk
    from app.services.reviewing import Place

MINUTES_ASKED = 30
MINUTES_GRANTED = 20
_OTHERS = ("Brandt", "Okafor", "+49 40 5550 977", "Leyla")
"""Whom the made messages name besides the person who asks."""


def identify(officer: Desk, request_id: str) -> None:
    """Acknowledge the request and verify who asks."""
    kind = LetterKind.ACKNOWLEDGEMENT
    text = officer.responding.draft_letter(request_id, kind)
    letter = officer.responding.save_letter(request_id, kind, text)
    officer.responding.letter_sent(request_id, letter.id, how="e-mail")
    officer.verifying.decide(
        request_id,
        method=Method.EMAIL_LOOP,
        verified=True,
        facts_matched=2,
        note="Answered from the address that we have on file.",
    )


def ask(officer: Desk, request_id: str) -> AccessRequest:
    """Ask for everything that the maps hold about the person."""
    case = officer.scoping.ask(
        request_id,
        officer.scoping.suggest(request_id),
        purpose="Answer access request, Art. 15 GDPR",
        minutes=MINUTES_ASKED,
    )
    return case.asked


def grant(approver: Desk, asked: AccessRequest) -> None:
    """Say yes, for less time than was asked."""
    approver.granting.grant(
        asked.id, seen_hash=asked.scope_hash, minutes=MINUTES_GRANTED, note="Fits the request."
    )


def review(officer: Desk, request_id: str, task: Task) -> ReviewCounts:
    """Do what an officer does: look at what is flagged, cover what is not the person's."""
    reviewing = officer.reviewing
    reviewing.prepare(request_id, task)
    for notice in reviewing.notices(request_id):
        reviewing.settle(
            request_id,
            notice.id,
            how="The address is the person's own; it is given without the other resident.",
        )
    for pulled in reviewing.collections(request_id):
        if pulled.collection.collection != "messages":
            continue
        names = [name for name, _ in pulled.columns]
        reviewing.reveal(request_id, pulled.id, names, why=RevealReason.REVIEW)
        places = _others(officer, request_id, pulled.id)
        if places:
            targets = [
                Target(each.pulled, each.row, each.field, each.start, each.end) for each in places
            ]
            reviewing.mark(request_id, targets, verdict=Verdict.REDACT, why="TP-ID")
    for pulled in reviewing.collections(request_id):
        rows = [
            seen.number
            for seen in reviewing.page(request_id, pulled.id, limit=max(1, pulled.rows))
            if seen.review.verdict is None
        ]
        if rows:
            targets = [Target(pulled.id, row) for row in rows]
            reviewing.mark(request_id, targets, verdict=Verdict.DISCLOSE)
    return reviewing.finish(request_id)


def answer(officer: Desk, request_id: str, folder: Path, *, passphrase: Secret, task: Task) -> int:
    """Write the letter, make the package in ``folder``, release it; return its number of files."""
    responding = officer.responding
    responding.answer(
        request_id,
        "automated_decisions",
        state=Answered.NOT_APPLICABLE,
        text="No decision about you was made by automated means alone.",
    )
    kind = LetterKind.FULL_ANSWER
    text = responding.draft_letter(request_id, kind)
    letter = responding.save_letter(request_id, kind, text)
    made = officer.packages.make(
        request_id,
        folder=folder / "package",
        archive=folder / "package.zip",
        passphrase=passphrase,
        task=task,
    )
    if made.package is None:
        raise StorageError("package.leaks", count=len(made.leaks))
    responding.release(request_id, made.package.id, channel="Download, passphrase by telephone")
    responding.letter_sent(request_id, letter.id, how="with the package")
    return made.package.files


def _others(officer: Desk, request_id: str, pulled: int) -> list[Place]:
    """Return where the made messages name other people; her own name stays."""
    found: list[Place] = []
    for text in _OTHERS:
        found += [
            each for each in officer.reviewing.find_text(request_id, text) if each.pulled == pulled
        ]
    return found
