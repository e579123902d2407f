"""Whether the log is whole: its chain, its order, what members signed, what this machine saw."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from app.domain.audit import NO_HASH, ChainState, time_in, verify
from app.ports.progress import Progress
from app.services.checkpoints import first_wrong

if TYPE_CHECKING:
    from app.ports.progress import Task
    from app.ports.security import Certificates
    from app.ports.storage import UnitOfWork

_TOLD_EVERY = 20_000


def check_log(
    unit: UnitOfWork,
    certificates: Certificates,
    *,
    task: Task | None = None,
    since: ChainState | None = None,
) -> ChainState:
    """Verify the chain and every member's signature on it, and hold it against what this machine
    remembers.

    ``since`` is what was sound before: only what came after it is read, unless it is not there any
    more. Raises ``Cancelled`` where ``task`` says so.
    """
    if since is not None and not _still_has(unit, since):
        since = None
    state = check_chain(unit, task=task, since=since)
    if state.fault not in {"cut", "rewritten", ""}:
        return state
    wrong = first_wrong(unit, certificates, after=since.entries if since is not None else 0)
    if wrong is not None and (state.broken_at is None or wrong < state.broken_at):
        return ChainState(wrong - 1, state.head, wrong, "signature")
    return state


def check_chain(
    unit: UnitOfWork,
    *,
    task: Task | None = None,
    since: ChainState | None = None,
) -> ChainState:
    """Verify hashes, links and times, and hold the log against what this machine remembers."""
    total, _head, _at = unit.log.head()
    state = replace(since, at=_time_of(unit, since)) if since else ChainState(0, NO_HASH)
    stored, before = unit.log.stored(after=state.entries), -1
    # In slices, so that the hot loop of a million entries knows nothing of progress.
    while state.entries > before:
        before, state = state.entries, verify(islice(stored, _TOLD_EVERY), start=state)
        if not state.is_sound:
            return state
        if task is not None:
            task.report(Progress("log", state.entries, total))
    remembered = unit.log.checkpoint()
    if remembered is not None:
        if state.entries < remembered.entries:
            return ChainState(state.entries, state.head, state.entries + 1, "cut")
        if not _still_has(unit, remembered):
            return ChainState(remembered.entries - 1, state.head, remembered.entries, "rewritten")
    return state


def _time_of(unit: UnitOfWork, state: ChainState) -> bytes:
    entry = unit.log.get(state.entries)
    return time_in(entry.line.encode()) if entry is not None else b""


def _still_has(unit: UnitOfWork, remembered: ChainState) -> bool:
    if remembered.entries == 0:
        return True
    entry = next(unit.log.stored(after=remembered.entries - 1), None)
    return entry is not None and entry[3] == remembered.head.encode()
