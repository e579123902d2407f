"""What marks and flags together say of pulled records, and how far a review is."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from app.domain.pulls import PulledCollection, in_effect
from app.domain.review import Flag, Mark, RecordReview, ReviewCounts, Verdict, resolve

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.ports.storage import UnitOfWork


class Marks:
    """What marks and flags say of the records of one pulled collection."""

    def __init__(
        self, pulled: PulledCollection, marks: Iterable[Mark], flags: Iterable[Flag]
    ) -> None:
        self.pulled = pulled
        self._on_all = [each for each in marks if each.is_live and each.target.row is None]
        self._on_row: dict[int, list[Mark]] = defaultdict(list)
        for mark in marks:
            if mark.is_live and mark.target.row is not None:
                self._on_row[mark.target.row].append(mark)
        self.flags: dict[int, list[Flag]] = defaultdict(list)
        for flag in flags:
            self.flags[flag.row].append(flag)

    def review(self, row: int) -> RecordReview:
        """Return what goes out of the record at ``row``."""
        marks = [*self._on_all, *self._on_row.get(row, ())]
        marks.sort(key=lambda mark: mark.id)
        return resolve(self.pulled.id, row, marks=marks, has_flags=row in self.flags)

    def special_rows(self) -> list[int]:
        """Return the rows that have marks or flags of their own, in order."""
        return sorted({*self._on_row, *self.flags})

    @classmethod
    def load(cls, unit: UnitOfWork, pulled: PulledCollection) -> Marks:
        """Read marks and flags of ``pulled``."""
        marks = unit.review.marks(pulled.request, pulled=pulled.id)
        return cls(pulled, marks, unit.review.flags(pulled.id))


def count_review(unit: UnitOfWork, request_id: str) -> ReviewCounts:
    """Return how far the review of a request is."""
    totals: Counter[str] = Counter()
    covered: Counter[str] = Counter()
    withheld: Counter[str] = Counter()
    for pulled in in_effect(unit.pulls.of_request(request_id)):
        marks = Marks.load(unit, pulled)
        special = marks.special_rows()
        # All rows without marks or flags of their own are alike: resolve one for them all.
        plain = (marks.review(-1), pulled.rows - len(special))
        for review, count in [plain, *((marks.review(row), 1) for row in special)]:
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


def undecided_rows(unit: UnitOfWork, pulled: PulledCollection) -> tuple[int, ...]:
    """Return the rows of ``pulled`` that somebody still has to decide, in order."""
    marks = Marks.load(unit, pulled)
    # Rows without flags or marks of their own are disclosed unless somebody says otherwise.
    return tuple(row for row in marks.special_rows() if marks.review(row).verdict is None)
