"""What a session read: pulls, collections, and what an officer has to look at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from app.domain.datamap import CollectionAddress


class PullState(StrEnum):
    """Whether what was read is all that there was."""

    RUNNING = "running"
    COMPLETE = "complete"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True)
class PulledCollection:
    """One collection as one session read it.

    ``columns`` are (name, the source's own type). ``incomplete_why`` is a code with a sentence.
    Rows count from 0 in the order in which they came.
    """

    id: int
    session: str
    request: str
    collection: CollectionAddress
    source_type: str
    columns: tuple[tuple[str, str], ...]
    rows: int
    chunks: int
    state: PullState
    started_at: datetime
    ended_at: datetime | None = None
    incomplete_why: str = ""
    scanned: bool = False
    """Whether its rows were searched for what a person must look at."""


@dataclass(frozen=True)
class Notice:
    """Something about a pull that an officer must settle before the answer goes out.

    ``code`` has a sentence in wording: nobody_found, several_people, shared_rows, incomplete.
    ``settled_by`` is empty while it is open; ``settled_how`` is what she decided, in her words.
    """

    id: int
    request: str
    session: str
    code: str
    collection: str
    count: int
    settled_by: str = ""
    settled_how: str = ""
    settled_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether somebody has to settle it."""
        return not self.settled_by


@dataclass(frozen=True)
class NotReached:
    """What a pull did not follow or reach, kept for the record of search."""

    what: str
    to: str
    why: str


def in_effect(pulled: Iterable[PulledCollection]) -> tuple[PulledCollection, ...]:
    """Return, of all that was ever read, what counts: for each collection its last complete
    reading, or the last one where none is complete.
    """
    chosen: dict[CollectionAddress, PulledCollection] = {}
    for each in pulled:
        before = chosen.get(each.collection)
        complete = PullState.COMPLETE
        if before is None or each.state is complete or before.state is not complete:
            chosen[each.collection] = each
    return tuple(sorted(chosen.values(), key=lambda each: each.collection))
