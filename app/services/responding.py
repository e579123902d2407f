"""The answer: letters, the checklist, releasing a package."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from app.domain.audit import Action, Details, Event
from app.domain.errors import InputError, NotAllowedError, NotFoundError
from app.domain.people import Verb
from app.domain.requests import Stage
from app.domain.responses import (
    ANSWER_LETTERS,
    Answered,
    ChecklistLine,
    Letter,
    LetterKind,
    Package,
)
from app.services.checklist import checklist_of
from app.services.letters import BLANK, LetterWriter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.errors import AppError
    from app.domain.requests import Request
    from app.ports.regimes import Regime
    from app.ports.storage import UnitOfWork
    from app.services.deadlines import Deadlines
    from app.services.letter_texts import LetterTexts
    from app.services.signed_in import SignedIn


class Responding:
    """Prepares and releases answers."""

    def __init__(
        self,
        here: SignedIn,
        *,
        regimes: Mapping[str, Regime],
        deadlines: Deadlines,
        texts: LetterTexts,
    ) -> None:
        self._here = here
        self._texts = texts
        self._regimes = regimes
        self._letters = LetterWriter(regimes=regimes, deadlines=deadlines)

    def checklist(self, request_id: str) -> tuple[ChecklistLine, ...]:
        """Return what the regime demands, line by line, as it stands."""
        with self._here.workspace.read() as unit:
            request = unit.requests.get(request_id)
            return checklist_of(unit, request, self._regimes[request.regime])

    def answer(self, request_id: str, key: str, *, state: Answered, text: str) -> None:
        """Fill a line, or say why it does not apply."""
        if state is not Answered.OPEN and not text.strip():
            raise InputError("checklist.answer_missing")
        with self._here.workspace.write() as unit:
            request = self._answerable(unit, request_id)
            items = {each.key: each for each in self._regimes[request.regime].checklist}
            if key not in items:
                raise NotFoundError("checklist.no_such_line", key=key)
            if items[key].derived:
                raise NotAllowedError("checklist.derived_line", key=key)
            line = ChecklistLine(items[key], state, text.strip(), self._here.member)
            unit.responses.answer(request_id, line, at=unit.now())
            self._record(
                unit, Action.CHECKLIST_ANSWERED, request_id, {"line": key, "state": state.value}
            )
            unit.commit()

    def draft_letter(self, request_id: str, kind: LetterKind, *, language: str = "") -> str:
        """Return the text of a letter from its template, to be edited before it goes."""
        with self._here.workspace.read() as unit:
            request = unit.requests.get(request_id)
            sender = unit.members.get(self._here.member)
            return self._letters.draft(unit, request, kind, sender=sender, language=language)

    def save_letter(
        self, request_id: str, kind: LetterKind, text: str, *, language: str = ""
    ) -> Letter:
        """Keep a letter as edited, with its hash."""
        if not text.strip():
            raise InputError("letter.empty")
        if BLANK in text:
            raise InputError("letter.blanks_left", count=text.count(BLANK))
        with self._here.workspace.write() as unit:
            unit.members.get(self._here.member).must(Verb.HANDLE_REQUESTS)
            request = unit.requests.get(request_id)
            letter = Letter(
                id=f"L-{unit.workspace.next_number('letter'):04d}",
                request=request_id,
                kind=kind,
                language=language or request.subject.language,
                text=text,
                sha256=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
                by=self._here.member,
                at=unit.now(),
            )
            unit.responses.put_letter(self._texts.sealed(unit, letter))
            details: Details = {
                "kind": kind.value,
                "language": letter.language,
                "sha256": letter.sha256,
            }
            self._record(unit, Action.LETTER_WRITTEN, request_id, details, about=letter.id)
            unit.commit()
            return letter

    def letter_sent(self, request_id: str, letter_id: str, *, how: str) -> Letter:
        """Record that a letter went out, and how."""
        if not how.strip():
            raise InputError("letter.how_missing")
        with self._here.workspace.write() as unit:
            unit.members.get(self._here.member).must(Verb.HANDLE_REQUESTS)
            letter = next(
                (each for each in unit.responses.letters(request_id) if each.id == letter_id), None
            )
            if letter is None:
                raise NotFoundError("letter.not_found")
            sent = replace(letter, sent_at=unit.now(), sent_how=how.strip())
            unit.responses.put_letter(sent)
            details: Details = {"kind": letter.kind.value, "sha256": letter.sha256}
            self._record(unit, Action.LETTER_SENT, request_id, details, about=letter.id)
            unit.commit()
            return self._texts.opened(unit, sent)

    def letters(self, request_id: str) -> tuple[Letter, ...]:
        """Return the letters of a request, oldest first."""
        with self._here.workspace.read() as unit:
            return self._texts.of_request(unit, request_id)

    def packages(self, request_id: str) -> tuple[Package, ...]:
        """Return the packages that passed their leak test, oldest first."""
        with self._here.workspace.read() as unit:
            return unit.responses.packages(request_id)

    def release(self, request_id: str, package_id: str, *, channel: str) -> Package:
        """Record that the package goes out; every line of the checklist must be answered."""
        if not channel.strip():
            raise InputError("package.channel_missing")
        with self._here.workspace.write() as unit:
            request = self._answerable(unit, request_id)
            package = next(
                (each for each in unit.responses.packages(request_id) if each.id == package_id),
                None,
            )
            if package is None:
                raise NotFoundError("package.not_found")
            self._must_be_ready(unit, request, package)
            now = unit.now()
            released = replace(
                package, released_by=self._here.member, released_at=now, channel=channel.strip()
            )
            unit.responses.put_package(released)
            details: Details = {
                "channel_characters": len(channel.strip()),
                "manifest_sha256": package.manifest_sha256,
                "zip_sha256": package.zip_sha256,
                "encrypted": package.encrypted,
            }
            self._record(unit, Action.PACKAGE_RELEASED, request_id, details, about=package_id)
            unit.commit()
            return released

    def why_not_release(self, request_id: str) -> AppError | None:
        """Return what keeps the newest package from going out, as ``release`` would say it."""
        with self._here.workspace.read() as unit:
            packages = unit.responses.packages(request_id)
            try:
                request = self._answerable(unit, request_id)
                if packages:
                    self._must_be_ready(unit, request, packages[-1])
            except NotAllowedError as error:
                return error
        return None if packages else NotAllowedError("package.not_made")

    def _must_be_ready(self, unit: UnitOfWork, request: Request, package: Package) -> None:
        lines = checklist_of(unit, request, self._regimes[request.regime])
        still_open = [each.item.key for each in lines if each.state is Answered.OPEN]
        if still_open:
            raise NotAllowedError(
                "package.checklist_open", count=len(still_open), lines=tuple(still_open)
            )
        finished = unit.review.finished(request.id)
        written = [
            each.at for each in unit.responses.letters(request.id) if each.kind in ANSWER_LETTERS
        ]
        if (
            finished is None
            or package.made_at < finished[1]
            or any(package.made_at < at for at in written)
        ):
            raise NotAllowedError("package.out_of_date")

    def _answerable(self, unit: UnitOfWork, request_id: str) -> Request:
        unit.members.get(self._here.member).must(Verb.HANDLE_REQUESTS)
        request = unit.requests.get(request_id)
        request.must_be_at(Stage.RESPOND)
        return request

    def _record(
        self,
        unit: UnitOfWork,
        action: Action,
        request_id: str,
        details: Details,
        *,
        about: str = "",
    ) -> None:
        unit.record(Event(action, self._here.member, request_id, about, details=details))
