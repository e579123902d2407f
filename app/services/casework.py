"""Leading a request through its stages: moves, owner, notes, history, closing, reopening."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from app.domain.access import AccessState
from app.domain.audit import Action, Details, Event
from app.domain.errors import InputError, NotAllowedError
from app.domain.people import Verb
from app.domain.requests import Note, Outcome, Request, Stage
from app.ports.storage import EntryFilter, RequestFilter
from app.services.identifying import search_values
from app.services.sharing import hand_over

if TYPE_CHECKING:
    from app.domain.audit import Entry
    from app.domain.errors import AppError
    from app.domain.requests import Subject
    from app.ports.storage import Page, UnitOfWork
    from app.services.dates import Dates
    from app.services.signed_in import RequestKeys, SignedIn

_HISTORY_AT_MOST = 1000


def move(unit: UnitOfWork, request: Request, stage: Stage, *, by: str) -> Request:
    """Move ``request`` to ``stage`` in ``unit`` and record it; the stage it is at is no move."""
    if request.stage is stage:
        return request
    request.must_move_to(stage)
    moved = unit.requests.replace(replace(request, stage=stage))
    details: Details = {"from": request.stage.value, "to": stage.value}
    unit.record(Event(Action.REQUEST_MOVED, by, request.id, details=details))
    return moved


class Casework:
    """What an officer does with a request besides the work of its stages."""

    def __init__(self, here: SignedIn, *, request_keys: RequestKeys, dates: Dates) -> None:
        self._here = here
        self._dates = dates
        self._request_keys = request_keys

    def get(self, request_id: str) -> Request:
        """Return one request."""
        with self._here.workspace.read() as unit:
            return unit.requests.get(request_id)

    def find(self, which: RequestFilter) -> Page[Request]:
        """Return a part of the requests that ``which`` describes."""
        with self._here.workspace.read() as unit:
            return unit.requests.find(which)

    def move(self, request_id: str, stage: Stage) -> Request:
        """Move on, or back, where the stage's work allows it."""
        with self._here.workspace.write() as unit:
            request = self._changeable(unit, request_id)
            if stage is Stage.SCOPE and request.stage is Stage.IDENTITY:
                self._must_be_verified(unit, request_id)
            if stage in {Stage.APPROVAL, Stage.PULL, Stage.REVIEW, Stage.RESPOND}:
                self._must_be_earned(unit, request, stage)
            moved = move(unit, request, stage, by=self._here.member)
            unit.commit()
            return moved

    def change_subject(self, request_id: str, subject: Subject, *, version: int) -> Request:
        """Correct who the subject is; ``ConflictError`` when somebody changed the request since."""
        if not subject.name.strip():
            raise InputError("request.name_missing")
        search_values(subject.identities, region=subject.country)
        with self._here.workspace.write() as unit:
            request = self._changeable(unit, request_id)
            request.must_be_at(Stage.INTAKE, Stage.IDENTITY, Stage.SCOPE)
            if subject.identities != request.subject.identities:
                _must_not_be_asked(unit, request_id)
            changed = unit.requests.replace(replace(request, subject=subject, version=version))
            kinds = sorted({each.kind for each in subject.identities})
            details: Details = {"what": "subject", "identities": list(kinds)}
            unit.record(
                Event(Action.REQUEST_CHANGED, self._here.member, request_id, details=details)
            )
            unit.commit()
            return changed

    def assign(self, request_id: str, owner: str) -> Request:
        """Hand the request to another officer and seal its key to her."""
        with self._here.workspace.write() as unit:
            request = self._changeable(unit, request_id)
            unit.members.get(owner).must(Verb.HANDLE_REQUESTS)
            hand_over(unit, self._request_keys, request_id, to=owner, by=self._here.member)
            changed = unit.requests.replace(replace(request, owner=owner))
            details: Details = {"what": "owner", "owner": owner}
            unit.record(
                Event(Action.REQUEST_CHANGED, self._here.member, request_id, details=details)
            )
            unit.commit()
            return changed

    def add_note(self, request_id: str, text: str) -> Note:
        """Add a note; its text stays out of the log."""
        if not text.strip():
            raise InputError("note.empty")
        with self._here.workspace.write() as unit:
            unit.members.get(self._here.member).must(Verb.HANDLE_REQUESTS)
            number = len(unit.requests.notes(request_id)) + 1
            note = Note(number, unit.now(), self._here.member, text)
            unit.requests.add_note(request_id, note)
            unit.record(
                Event(
                    Action.NOTE_ADDED,
                    self._here.member,
                    request_id,
                    details={"characters": len(text)},
                )
            )
            unit.commit()
            return note

    def notes(self, request_id: str) -> tuple[Note, ...]:
        """Return the notes, oldest first."""
        with self._here.workspace.read() as unit:
            return unit.requests.notes(request_id)

    def history(self, request_id: str) -> tuple[Entry, ...]:
        """Return what happened to the request, newest first."""
        with self._here.workspace.read() as unit:
            which = EntryFilter(request=request_id, limit=_HISTORY_AT_MOST)
            return unit.log.find(which).rows

    def close(self, request_id: str, outcome: Outcome) -> Request:
        """Close the request; an answer must have gone out where the outcome says so."""
        with self._here.workspace.write() as unit:
            request = self._changeable(unit, request_id)
            self._may_close(unit, request, outcome)
            now = unit.now()
            keep_days = unit.workspace.facts().policy.retention_days
            request.must_move_to(Stage.CLOSE)
            closed = unit.requests.replace(
                replace(
                    request,
                    stage=Stage.CLOSE,
                    outcome=outcome,
                    closed_at=now,
                    keep_until=(now + timedelta(days=keep_days)).date(),
                )
            )
            details: Details = {"outcome": outcome.value, "from": request.stage.value}
            unit.record(
                Event(Action.REQUEST_CLOSED, self._here.member, request_id, details=details)
            )
            unit.commit()
            return closed

    def why_not_close(self, request_id: str) -> dict[Outcome, AppError]:
        """Return the outcomes with which the request cannot be closed now, each with its reason."""
        refused: dict[Outcome, AppError] = {}
        with self._here.workspace.read() as unit:
            for outcome in Outcome:
                try:
                    request = self._changeable(unit, request_id)
                    self._may_close(unit, request, outcome)
                    request.must_move_to(Stage.CLOSE)
                except NotAllowedError as error:
                    refused[outcome] = error
        return refused

    def reopen(self, request_id: str, stage: Stage) -> Request:
        """Take a closed request up again at ``stage``."""
        with self._here.workspace.write() as unit:
            unit.members.get(self._here.member).must(Verb.HANDLE_REQUESTS)
            request = unit.requests.get(request_id)
            if request.is_open:
                raise NotAllowedError("request.is_open", request=request_id)
            request.must_move_to(stage)
            opened = unit.requests.replace(
                replace(request, stage=stage, outcome=None, closed_at=None, keep_until=None)
            )
            self._dates.keep(unit, opened)
            unit.record(
                Event(
                    Action.REQUEST_REOPENED,
                    self._here.member,
                    request_id,
                    details={"to": stage.value},
                )
            )
            unit.commit()
            return opened

    def _changeable(self, unit: UnitOfWork, request_id: str) -> Request:
        unit.members.get(self._here.member).must(Verb.HANDLE_REQUESTS)
        request = unit.requests.get(request_id)
        if not request.is_open:
            raise NotAllowedError("request.is_closed", request=request_id)
        return request

    @staticmethod
    def _must_be_verified(unit: UnitOfWork, request_id: str) -> None:
        looks = unit.requests.verifications(request_id)
        if not (looks and looks[-1].verified):
            raise NotAllowedError("request.not_verified", request=request_id)

    @staticmethod
    def _must_be_earned(unit: UnitOfWork, request: Request, stage: Stage) -> None:
        """Refuse a stage that only asking, pulling or finishing the review leads to."""
        now = unit.now()
        states = {case.state(now) for case in unit.access.of_request(request.id)}
        earned = {
            Stage.APPROVAL: bool(states & {AccessState.WAITING, AccessState.GRANTED}),
            Stage.PULL: bool(states & {AccessState.GRANTED, AccessState.OPEN}),
            Stage.REVIEW: AccessState.ENDED in states,
            Stage.RESPOND: unit.review.finished(request.id) is not None,
        }
        if not earned[stage]:
            raise NotAllowedError("request.stage_not_earned", request=request.id, to=stage.value)

    @staticmethod
    def _may_close(unit: UnitOfWork, request: Request, outcome: Outcome) -> None:
        now = unit.now()
        for case in unit.access.of_request(request.id):
            if case.state(now) is AccessState.OPEN:
                raise NotAllowedError("request.window_open", request=request.id)
        answered = {Outcome.ANSWERED, Outcome.ANSWERED_IN_PART}
        if outcome in answered and request.right.ends_in_package:
            packages = unit.responses.packages(request.id)
            if not any(each.released_at for each in packages):
                raise NotAllowedError("request.not_answered", request=request.id)


def _must_not_be_asked(unit: UnitOfWork, request_id: str) -> None:
    """Refuse other identities while access waits, is granted or is open: nobody approved those."""
    now = unit.now()
    if any(not case.state(now).is_final for case in unit.access.of_request(request_id)):
        raise NotAllowedError("request.access_asked", request=request_id)
