"""The audit record in the workspace's database."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, override

from sqlalchemy import false, func, or_, select

from app.domain.audit import NO_HASH, ChainState, Entry, follow
from app.domain.errors import InputError
from app.ports.storage import Log, Page
from app.storage.columns import is_storable, place_of
from app.storage.repositories.request_filter import SEARCHED_AT_MOST
from app.storage.tables import log, workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement, Select

    from app.domain.audit import Event, StoredEntry, Verified
    from app.ports.storage import EntryFilter
    from app.storage.heads import RememberedHeads
    from app.storage.statements import Statements

_ENTRIES: Select[*tuple[Any, ...]] = select(log.c.number, log.c.line, log.c.previous, log.c.hash)
_ENTRIES_AT_ONCE = 250
"""What fits into a processor's cache: with thousands, looking at each takes a third longer."""


class ChainedLog(Log):
    """The log of a workspace; ``heads`` are what this machine remembers of it elsewhere."""

    def __init__(self, statements: Statements, heads: RememberedHeads) -> None:
        self._run = statements
        self._heads = heads
        self._appended: Entry | None = None

    @override
    def append(self, event: Event, at: datetime) -> Entry:
        number, previous, _at = self.head()
        try:
            entry = follow(number, previous, event, at)
        except UnicodeEncodeError:
            raise InputError("text.not_storable") from None
        self._run.add_entry(entry)
        self._appended = entry
        return entry

    @override
    def find(self, which: EntryFilter) -> Page[Entry]:
        wanted = _conditions(which)
        rows = self._run.all(
            _ENTRIES.where(*wanted)
            .order_by(*_ordering(which))
            .offset(which.offset)
            .limit(which.limit)
        )
        total = self._run.value(select(func.count()).select_from(log).where(*wanted))
        return Page(tuple(Entry(*row) for row in rows), total)

    @override
    def get(self, number: int) -> Entry | None:
        row = self._run.first(_ENTRIES.where(log.c.number == number))
        return Entry(*row) if row is not None else None

    @override
    def stored(self, *, after: int = 0, request: str = "") -> Iterator[StoredEntry]:
        query: Select[*tuple[Any, ...]] = (
            select(log.c.number, log.c.line, log.c.previous, log.c.hash)
            .where(log.c.number > after)
            .order_by(log.c.number)
        )
        if request:
            query = query.where(log.c.request == request)
        return self._run.stream(query, at_once=_ENTRIES_AT_ONCE, text_as_bytes=True)

    @override
    def head(self) -> tuple[int, str, datetime | None]:
        if self._appended is not None:
            return self._appended.number, self._appended.hash, self._appended.at
        known = self._run.head_at_begin()
        if known is not None:
            return known
        row = self._run.first(_ENTRIES.order_by(log.c.number.desc()).limit(1))
        return (row.number, row.hash, Entry(*row).at) if row is not None else (0, NO_HASH, None)

    @override
    def checkpoint(self) -> ChainState | None:
        found = self._workspace()
        return self._heads.last_seen(found) if found else None

    @override
    def verified(self) -> Verified | None:
        found = self._workspace()
        return self._heads.verified(found) if found else None

    @override
    def remember_verified(self, verified: Verified) -> None:
        found = self._workspace()
        if found:
            self._heads.remember_verified(found, verified)

    @override
    def revoked(self) -> frozenset[str]:
        found = self._workspace()
        return self._heads.revoked(found) if found else frozenset()

    @override
    def remember_revoked(self, fingerprints: frozenset[str]) -> None:
        found = self._workspace()
        if found:
            self._heads.remember_revoked(found, fingerprints)

    def commit(self) -> None:
        """Keep what was written, and remember the head of a log that grew outside of it.

        Not when the log contradicts what was remembered before: one that was cut and grew again
        must not wipe out the proof.
        """
        entry, self._appended = self._appended, None
        found = self._workspace() if entry else None
        if entry is None or found is None:
            self._run.commit()
            return
        with self._heads.memory(found) as memory:
            seen, at_begin = memory.seen(), self._run.head_at_begin()
            if seen is None or (at_begin is not None and at_begin[0] == seen.entries):
                self._run.commit()
                holds = seen is None or at_begin is None or at_begin[1] == seen.head
            else:
                holds = self._run.commit(seen.entries) == seen.head
            if holds:
                memory.keep(ChainState(entry.number, entry.hash))

    def forget(self) -> None:
        """Drop what was added in a transaction that is over."""
        self._appended = None

    def _workspace(self) -> str | None:
        found: str | None = self._run.workspace_at_begin()
        if found is None:
            found = self._run.value(select(workspace.c.id))
        return found


def _conditions(which: EntryFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [
        column.in_(values)
        for column, values in ((log.c.actor, which.actors), (log.c.action, which.actions))
        if values
    ]
    if which.request:
        found.append(log.c.request == which.request)
    if which.since is not None:
        found.append(log.c.at >= _written(which.since))
    if which.until is not None:
        found.append(log.c.at < _written(which.until))
    if which.source:
        # As an entry's object or in a list of sources, or before the name of a collection.
        key = json.dumps(which.source, ensure_ascii=False)
        found.append(or_(_holds_exactly(key), _holds_exactly(f"{key[:-1]}.")))
    if which.text:
        found.append(_holds(json.dumps(which.text, ensure_ascii=False)[1:-1]))
    return found


def _ordering(which: EntryFilter) -> list[ColumnElement[Any]]:
    # Times never go back, so both are the order of the chain; but an index that finds a stretch of
    # time has it in this order only, and sorting half a million entries takes seconds.
    in_time = which.since is not None or which.until is not None
    columns = [log.c.at, log.c.number] if in_time else [log.c.number]
    return [each.desc() if which.newest_first else each.asc() for each in columns]


def _written(at: datetime) -> str:
    """Return a time as lines hold it, so that texts sort as times do."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _holds(in_json: str) -> ColumnElement[bool]:
    """Search in whatever case, as SQLite's LIKE does for ASCII."""
    if not _is_searchable(in_json):
        return false()
    return log.c.line.icontains(in_json, autoescape=True)


def _holds_exactly(in_json: str) -> ColumnElement[bool]:
    return place_of(log.c.line, in_json) > 0 if _is_searchable(in_json) else false()


def _is_searchable(text: str) -> bool:
    return len(text) <= SEARCHED_AT_MOST and is_storable(text)
