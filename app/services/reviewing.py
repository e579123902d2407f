"""The officer's decision on each record: masks, reveals, redactions, undo, what is still open."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.domain.audit import Action, Details, Event
from app.domain.errors import InputError, NotAllowedError, NotFoundError
from app.domain.people import Verb
from app.domain.pulls import PulledCollection, PullState, in_effect
from app.domain.requests import Stage
from app.domain.review import (
    Flag,
    Mark,
    RecordReview,
    RevealReason,
    ReviewCounts,
    Target,
    Verdict,
    reason,
)
from app.domain.values import as_text
from app.ports.progress import Progress
from app.services.casework import move
from app.services.detecting import Detector
from app.services.flagging import MASK, flags_of, is_masked, mask_spans
from app.services.review_marks import Marks, count_review
from app.services.scoping import active_maps

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from app.domain.datamap import Collection
    from app.domain.pulls import Notice
    from app.domain.requests import Request
    from app.ports.progress import Task
    from app.ports.regimes import Regime
    from app.ports.storage import UnitOfWork
    from app.services.records import Records
    from app.services.signed_in import RequestKeys, SignedIn

_CLOSE = 2000
"""Rows between two that are read in one go: opening a chunk twice costs more than reading on."""


@dataclass(frozen=True)
class SeenRecord:
    """A record as a reviewer sees it. A masked value is ``MASK``; ``masked`` names the fields."""

    number: int
    values: tuple[str, ...]
    masked: frozenset[str]
    flags: tuple[Flag, ...]
    review: RecordReview
    exact: frozenset[str] = frozenset()
    """The fields whose value is shown as it is, so that places in it can be marked."""


@dataclass(frozen=True)
class Place:
    """Where a text occurs: characters of a value's text, end exclusive."""

    pulled: int
    row: int
    field: str
    start: int
    end: int


class Reviewing:
    """Reviews pulled records of requests whose key is sealed to this member."""

    def __init__(
        self,
        here: SignedIn,
        *,
        records: Records,
        request_keys: RequestKeys,
        regimes: Mapping[str, Regime],
    ) -> None:
        self._here = here
        self._records = records
        self._request_keys = request_keys
        self._regimes = regimes
        self._revealed: set[tuple[int, str]] = set()

    def collections(self, request_id: str) -> tuple[PulledCollection, ...]:
        """Return the collections that count for the answer."""
        with self._here.workspace.read() as unit:
            return in_effect(unit.pulls.of_request(request_id))

    def prepare(self, request_id: str, task: Task) -> None:
        """Search what was pulled for what a person must look at; does nothing twice."""
        with self._here.workspace.read() as unit:
            waiting = [
                each
                for each in in_effect(unit.pulls.of_request(request_id))
                if not each.scanned and each.state is not PullState.RUNNING
            ]
        for pulled in waiting:
            self._scan(pulled, task)

    def page(
        self, request_id: str, pulled_id: int, *, offset: int = 0, limit: int = 200
    ) -> tuple[SeenRecord, ...]:
        """Return records of one collection, masked where nobody has revealed them yet."""
        return self._read(request_id, pulled_id, [(offset, offset + limit)])

    def records_at(
        self, request_id: str, pulled_id: int, rows: Sequence[int]
    ) -> tuple[SeenRecord, ...]:
        """Return the records at ``rows``, as ``page`` does."""
        wanted = frozenset(rows)
        found = self._read(request_id, pulled_id, _spans(sorted(wanted)))
        by_row = {each.number: each for each in found if each.number in wanted}
        return tuple(by_row[row] for row in rows if row in by_row)

    def undecided(self, request_id: str, pulled_id: int) -> tuple[int, ...]:
        """Return the rows of a collection that somebody still has to decide, in order."""
        with self._here.workspace.read() as unit:
            return Marks.load(unit, _find(unit, request_id, pulled_id)).undecided()

    def to_decide(self, request_id: str) -> dict[int, int]:
        """Return how many records of each collection somebody still has to decide."""
        with self._here.workspace.read() as unit:
            return {
                each.id: len(Marks.load(unit, each).undecided())
                for each in in_effect(unit.pulls.of_request(request_id))
            }

    def forget(self) -> None:
        """Mask everything again that this member revealed: she locked the window."""
        self._revealed.clear()

    def _read(
        self, request_id: str, pulled_id: int, spans: Sequence[tuple[int, int]]
    ) -> tuple[SeenRecord, ...]:
        with self._here.workspace.read() as unit:
            request = unit.requests.get(request_id)
            pulled = _find(unit, request_id, pulled_id)
            key = self._request_keys.get(unit, request_id)
            collection = _mapped(unit, pulled)
            detector = Detector(request.subject)
            seen: list[SeenRecord] = []
            for start, end in spans:
                flags: dict[int, list[Flag]] = {}
                for each in unit.review.flags(pulled.id, from_row=start, to_row=end):
                    flags.setdefault(each.row, []).append(each)
                found = unit.review.marks(request_id, pulled=pulled_id, span=(start, end))
                marks = Marks(pulled, found, flags)
                seen += [
                    self._seen(
                        row.number,
                        [as_text(value) for value in self._records.values(pulled, row)],
                        marks=marks,
                        flags=tuple(flags.get(row.number, ())),
                        collection=collection,
                        detector=detector,
                    )
                    for row in self._records.rows(unit, pulled, key, from_row=start, to_row=end)
                ]
            return tuple(seen)

    def reveal(
        self, request_id: str, pulled_id: int, fields: Sequence[str], *, why: RevealReason
    ) -> None:
        """Show the values of ``fields`` to this member until she signs out; it is on record."""
        with self._here.workspace.write() as unit:
            unit.members.get(self._here.member).must(Verb.HANDLE_REQUESTS)
            pulled = _find(unit, request_id, pulled_id)
            self._request_keys.get(unit, request_id)
            names = {name for name, _ in pulled.columns}
            for field in fields:
                if field not in names:
                    raise NotFoundError("review.no_such_field", field=field)
            new = sorted(field for field in fields if (pulled_id, field) not in self._revealed)
            if new:
                details: Details = {
                    "collection": str(pulled.collection),
                    "fields": list(new),
                    "reason": why.value,
                }
                self._record(unit, Action.REVIEW_REVEALED, request_id, details)
                unit.commit()
                self._revealed.update((pulled_id, field) for field in new)

    def find_text(self, request_id: str, text: str) -> tuple[Place, ...]:
        """Return every place where ``text`` occurs as a whole word, in whatever case."""
        wanted = unicodedata.normalize("NFC", text.strip())
        if not wanted:
            raise InputError("review.nothing_to_find")
        pattern = re.compile(rf"(?<!\w){re.escape(wanted)}(?!\w)", re.IGNORECASE)
        with self._here.workspace.read() as unit:
            key = self._request_keys.get(unit, request_id)
            return tuple(
                Place(pulled.id, row.number, name, *match.span())
                for pulled in in_effect(unit.pulls.of_request(request_id))
                for row in self._records.rows(unit, pulled, key)
                for (name, _), value in zip(
                    pulled.columns, self._records.values(pulled, row), strict=True
                )
                for match in pattern.finditer(as_text(value))
            )

    def mark(
        self, request_id: str, targets: Iterable[Target], *, verdict: Verdict, why: str = ""
    ) -> tuple[Mark, ...]:
        """Decide on records, values or passages; withholding and covering take a reason code."""
        if verdict is not Verdict.DISCLOSE:
            reason(why)
        with self._here.workspace.write() as unit:
            request = self._reviewable(unit, request_id)
            pulled = {each.id: each for each in in_effect(unit.pulls.of_request(request.id))}
            now = unit.now()
            marks = []
            for target in targets:
                _check_target(target, pulled, verdict=verdict)
                mark = Mark(0, request_id, target, verdict, why, self._here.member, now)
                marks.append(mark)
            made = unit.review.add_marks(marks)
            if made:
                details: Details = {
                    "verdict": verdict.value,
                    "reason": why or None,
                    "count": len(made),
                    "collections": sorted(
                        {str(pulled[each.target.pulled].collection) for each in made}
                    ),
                }
                self._record(unit, Action.REVIEW_MARKED, request_id, details)
            unit.commit()
            return made

    def undo(self, request_id: str, mark_id: int) -> Mark:
        """Take a decision back; both stay on record."""
        with self._here.workspace.write() as unit:
            self._reviewable(unit, request_id)
            mark = unit.review.undo(mark_id, by=self._here.member, at=unit.now())
            if mark.request != request_id:
                raise NotFoundError("review.no_such_mark")
            details: Details = {"verdict": mark.verdict.value, "reason": mark.reason or None}
            self._record(unit, Action.REVIEW_UNDONE, request_id, details)
            unit.commit()
            return mark

    def counts(self, request_id: str) -> ReviewCounts:
        """Return how far the review is."""
        with self._here.workspace.read() as unit:
            return count_review(unit, request_id)

    def notices(self, request_id: str) -> tuple[Notice, ...]:
        """Return what a pull found that somebody has to settle, or has settled."""
        with self._here.workspace.read() as unit:
            return unit.pulls.notices(request_id)

    def settle(self, request_id: str, notice_id: int, *, how: str) -> None:
        """Settle a notice, in words that stay with the request."""
        if not how.strip():
            raise InputError("review.settle_needs_words")
        with self._here.workspace.write() as unit:
            unit.members.get(self._here.member).must(Verb.HANDLE_REQUESTS)
            notice = next(
                (each for each in unit.pulls.notices(request_id) if each.id == notice_id), None
            )
            if notice is None:
                raise NotFoundError("review.no_such_notice")
            unit.pulls.settle(
                replace(
                    notice,
                    settled_by=self._here.member,
                    settled_how=how.strip(),
                    settled_at=unit.now(),
                )
            )
            details: Details = {
                "code": notice.code,
                "collection": notice.collection,
                "count": notice.count,
            }
            self._record(unit, Action.NOTICE_SETTLED, request_id, details)
            unit.commit()

    def finish(self, request_id: str) -> ReviewCounts:
        """Finish the review and go on to the answer; nothing may be left to decide."""
        with self._here.workspace.write() as unit:
            request = self._reviewable(unit, request_id)
            pulled = in_effect(unit.pulls.of_request(request_id))
            if not all(each.scanned for each in pulled):
                raise NotAllowedError("review.not_searched_yet", request=request_id)
            still_open = [each for each in unit.pulls.notices(request_id) if each.is_open]
            if still_open:
                raise NotAllowedError("review.notices_open", count=len(still_open))
            counts = count_review(unit, request_id)
            if counts.to_decide:
                raise NotAllowedError("review.undecided", count=counts.to_decide)
            unit.review.finish(request_id, by=self._here.member, at=unit.now())
            details: Details = {
                "records": counts.records,
                "withheld": counts.withheld,
                "redacted": counts.redacted,
                "covered": sum(counts.covered.values()),
            }
            self._record(unit, Action.REVIEW_FINISHED, request_id, details)
            move(unit, request, Stage.RESPOND, by=self._here.member)
            unit.commit()
            return counts

    def _reviewable(self, unit: UnitOfWork, request_id: str) -> Request:
        unit.members.get(self._here.member).must(Verb.HANDLE_REQUESTS)
        request = unit.requests.get(request_id)
        request.must_be_at(Stage.REVIEW)
        return request

    def _record(self, unit: UnitOfWork, action: Action, request_id: str, details: Details) -> None:
        unit.record(Event(action, self._here.member, request_id, details=details))

    def _seen(
        self,
        number: int,
        values: Sequence[str],
        *,
        marks: Marks,
        flags: tuple[Flag, ...],
        collection: Collection | None,
        detector: Detector,
    ) -> SeenRecord:
        shown: list[str] = []
        masked: set[str] = set()
        for (name, _), text in zip(marks.pulled.columns, values, strict=True):
            field = collection.find(name) if collection else None
            if not text or (marks.pulled.id, name) in self._revealed:
                shown.append(text)
            elif field is None or is_masked(field):
                shown.append(MASK)
                masked.add(name)
            else:
                hits = sorted(detector.others(text), key=lambda hit: hit.start)
                shown.append(mask_spans(text, [(hit.start, hit.end) for hit in hits]))
        columns = [name for name, _ in marks.pulled.columns]
        return SeenRecord(
            number,
            tuple(shown),
            frozenset(masked),
            flags,
            marks.review(number),
            frozenset(
                name
                for name, text, seen in zip(columns, values, shown, strict=True)
                if text == seen
            ),
        )

    def _scan(self, pulled: PulledCollection, task: Task) -> None:
        with self._here.workspace.read() as unit:
            request = unit.requests.get(pulled.request)
            key = self._request_keys.get(unit, pulled.request)
            collection = _mapped(unit, pulled)
            kinds = self._regimes[request.regime].forbidden
            detector = Detector(request.subject)
            flags: list[Flag] = []
            for row in self._records.rows(unit, pulled, key):
                if row.number % 1000 == 0:
                    task.report(Progress(str(pulled.collection), row.number, pulled.rows))
                flags.extend(
                    flags_of(
                        pulled,
                        row.number,
                        self._records.values(pulled, row),
                        collection=collection,
                        detector=detector,
                        kinds=kinds,
                    )
                )
        with self._here.workspace.write() as unit:
            fresh = _find(unit, pulled.request, pulled.id)
            if not fresh.scanned:
                unit.review.add_flags(flags)
                unit.pulls.replace(replace(fresh, scanned=True))
                unit.commit()


def _spans(rows: Sequence[int]) -> list[tuple[int, int]]:
    """Return stretches that hold ``rows``: what lies close is in the same chunks of the vault."""
    spans: list[tuple[int, int]] = []
    for row in rows:
        if spans and row - spans[-1][1] < _CLOSE:
            spans[-1] = (spans[-1][0], row + 1)
        else:
            spans.append((row, row + 1))
    return spans


def _mapped(unit: UnitOfWork, pulled: PulledCollection) -> Collection | None:
    for each in active_maps(unit):
        if each.key == pulled.collection.dataset:
            return each.find(pulled.collection.collection)
    return None


def _find(unit: UnitOfWork, request_id: str, pulled_id: int) -> PulledCollection:
    for each in unit.pulls.of_request(request_id):
        if each.id == pulled_id:
            return each
    raise NotFoundError("review.no_such_collection")


def _check_target(
    target: Target, pulled: Mapping[int, PulledCollection], *, verdict: Verdict
) -> None:
    found = pulled.get(target.pulled)
    if found is None:
        raise NotFoundError("review.no_such_collection")
    if target.row is not None and not 0 <= target.row < found.rows:
        raise NotFoundError("review.no_such_record", row=target.row + 1)
    if target.field and target.field not in {name for name, _ in found.columns}:
        raise NotFoundError("review.no_such_field", field=target.field)
    if (verdict is Verdict.REDACT) != bool(target.field):
        raise InputError("review.mark_does_not_fit")
