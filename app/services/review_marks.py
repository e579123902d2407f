"""What marks and flags together say of pulled records, and how far a review is."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from app.domain.pulls import PulledCollection, in_effect
from app.domain.review import Mark, RecordReview, ReviewCounts, Verdict, resolve

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from app.ports.storage import UnitOfWork

_NO_ROW = -1


class Marks:
    """What marks say of the records of one pulled collection, some of which have flags."""

    def __init__(
        self, pulled: PulledCollection, marks: Iterable[Mark], flagged: Iterable[int]
    ) -> None:
        self.pulled = pulled
        self._on_all: list[Mark] = []
        self._on_row: dict[int, list[Mark]] = defaultdict(list)
        for mark in marks:
            if mark.is_live and mark.target.row is None:
                self._on_all.append(mark)
            elif mark.is_live and mark.target.row is not None:
                self._on_row[mark.target.row].append(mark)
        self._flagged = frozenset(flagged)

    def review(self, row: int) -> RecordReview:
        """Return what goes out of the record at ``row``."""
        return self._resolve(row, has_flags=row in self._flagged)

    def _resolve(self, row: int, *, has_flags: bool) -> RecordReview:
        marks = [*self._on_all, *self._on_row.get(row, ())]
        marks.sort(key=lambda mark: mark.id)
        return resolve(self.pulled.id, row, marks=marks, has_flags=has_flags)

    def alike(self) -> Iterator[tuple[RecordReview, int]]:
        """Yield what goes out, with the number of records of which that is so.

        Most records have no mark of their own: one of them is resolved for all that have flags,
        and one for all that have none.
        """
        alone = self._flagged - self._on_row.keys()
        yield self._resolve(_NO_ROW, has_flags=True), len(alone)
        plain = self.pulled.rows - len(self._flagged | self._on_row.keys())
        yield self._resolve(_NO_ROW, has_flags=False), plain
        for row in self._on_row:
            yield self.review(row), 1

    def undecided(self) -> tuple[int, ...]:
        """Return the rows that somebody still has to decide, in order.

        Those without flags are disclosed unless somebody says otherwise.
        """
        marked = {row for row in self._on_row if self.review(row).verdict is None}
        if self._resolve(_NO_ROW, has_flags=True).verdict is None:
            marked |= self._flagged - self._on_row.keys()
        return tuple(sorted(marked))

    @classmethod
    def load(cls, unit: UnitOfWork, pulled: PulledCollection) -> Marks:
        """Read what there is on ``pulled``."""
        marks = unit.review.marks(pulled.request, pulled=pulled.id)
        return cls(pulled, marks, unit.review.flagged_rows(pulled.id))


def count_review(unit: UnitOfWork, request_id: str) -> ReviewCounts:
    """Return how far the review of a request is."""
    totals: Counter[str] = Counter()
    covered: Counter[str] = Counter()
    withheld: Counter[str] = Counter()
    for pulled in in_effect(unit.pulls.of_request(request_id)):
        for review, count in Marks.load(unit, pulled).alike():
            totals["records"] += count
            totals["decided"] += count if review.verdict is not None else 0
            totals[review.verdict.value if review.verdict else "to_decide"] += count
            if review.verdict is Verdict.WITHHOLD:
                withheld[review.reason] += count
            for _, covers in review.covers:
                for cover in covers:
                    covered[cover.reason] += count
    return ReviewCounts(
        records=totals["records"],
        decided=totals["decided"],
        to_decide=totals["to_decide"],
        withheld=totals[Verdict.WITHHOLD.value],
        redacted=totals[Verdict.REDACT.value],
        covered={code: count for code, count in sorted(covered.items()) if count},
        withheld_by_reason={code: count for code, count in sorted(withheld.items()) if count},
    )
