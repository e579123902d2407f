"""Letters from their templates, filled with the facts of a request."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from babel.dates import format_date

from app.domain.clock import local_day
from app.domain.errors import NotFoundError
from app.domain.letters import fill
from app.paths import resource
from app.services.clocks import deadline_of
from app.services.review_marks import count_review

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from app.domain.people import Member
    from app.domain.requests import Request
    from app.domain.responses import LetterKind
    from app.domain.review import ReviewCounts
    from app.ports.regimes import Regime
    from app.ports.storage import UnitOfWork
    from app.services.deadlines import Deadlines

_FALLBACK = "en"
BLANK = "[…]"
"""What only the officer can say: a letter with such a place left is not kept."""


def template(kind: LetterKind, language: str) -> tuple[str, str]:
    """Return the template of a letter and the language that it is in."""
    for candidate in (language, language.partition("-")[0], _FALLBACK):
        path = resource("letters", candidate, f"{kind.value}.txt")
        if candidate.isascii() and candidate.replace("-", "").isalpha() and path.is_file():
            return path.read_text(encoding="utf-8"), candidate
    raise NotFoundError("letter.no_template", kind=kind.value)


class _Phrases:
    """Pieces of sentences that depend on facts, in the letter's language."""

    def __init__(self, language: str) -> None:
        path = resource("letters", language, "phrases.json")
        self._texts: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))

    def get(self, key: str) -> str:
        return self._texts[key]

    def left_out(self, counts: ReviewCounts) -> str:
        """Say in how many places something was covered, and how many records were withheld."""
        covered = sum(counts.covered.values())
        parts = []
        if covered:
            key = "covered_one" if covered == 1 else "covered_many"
            parts.append(self._texts[key].format(count=covered))
        if counts.withheld:
            key = "withheld_one" if counts.withheld == 1 else "withheld_many"
            parts.append(self._texts[key].format(count=counts.withheld))
        parts.append(self._texts["nothing_else" if parts else "nothing"])
        return " ".join(parts)


class LetterWriter:
    """Fills templates. A field that nobody can fill yet stays in brackets for the officer."""

    def __init__(self, *, regimes: Mapping[str, Regime], deadlines: Deadlines) -> None:
        self._regimes = regimes
        self._deadlines = deadlines

    def draft(
        self,
        unit: UnitOfWork,
        request: Request,
        kind: LetterKind,
        *,
        sender: Member,
        language: str = "",
    ) -> str:
        """Return the letter's text with every fact in its place."""
        text, used = template(kind, language or request.subject.language)
        return fill(text, self._values(unit, request, sender=sender, language=used))

    @staticmethod
    def _searched(unit: UnitOfWork, request: Request) -> str:
        sources = {each.collection.dataset for each in unit.pulls.of_request(request.id)}
        return ", ".join(each.title for each in unit.sources.all() if each.key in sources)

    def _values(
        self, unit: UnitOfWork, request: Request, *, sender: Member, language: str
    ) -> dict[str, str]:
        facts = unit.workspace.facts()
        regime = self._regimes[request.regime]
        today = local_day(unit.now(), request.timezone)
        deadline = deadline_of(
            request, facts=facts, regime=regime, deadlines=self._deadlines, today=today
        )

        def day(when: date | None) -> str:
            return format_date(when, "long", locale=language) if when else ""

        controller = facts.controller
        phrases = _Phrases(language)
        return {
            "subject_name": request.subject.name,
            "salutation": request.subject.salutation or request.subject.name,
            "controller": controller.name,
            "reference": request.id,
            "received_on": day(local_day(request.received_at, request.timezone)),
            "due_on": day(deadline.due or deadline.safe_by),
            "regime": regime.title,
            "article": regime.articles[request.right],
            "right": phrases.get(f"right_{request.right.value}"),
            "authority": controller.authority or regime.authority or BLANK,
            "contact": controller.contact or BLANK,
            "place": controller.place or controller.name,
            "today": day(today),
            "sender": sender.name,
            "sender_role": controller.contact.partition(",")[0] or controller.name,
            "extension_reason": request.extension_reason or BLANK,
            "extended_to": day(deadline.due or deadline.safe_by),
            "what_is_missing": BLANK,
            "what_was_searched": self._searched(unit, request) or BLANK,
            "left_out": phrases.left_out(count_review(unit, request.id)),
            "rights": phrases.get("rights"),
            "enclosures": "start-here.html, your-data.pdf, your-data.html, data/",
        }
