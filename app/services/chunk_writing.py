"""Writing what a pull reads into the vault: chunk by chunk, each with its entry in the log."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, Self

from app.domain.audit import Action, Event
from app.domain.errors import ConflictError
from app.domain.pulls import PulledCollection, PullState
from app.ports.progress import Progress

if TYPE_CHECKING:
    from concurrent.futures import Future

    from app.ports.progress import Task
    from app.ports.security import ChunkCipher
    from app.ports.sources import Batch
    from app.services.signed_in import SignedIn

_CHUNK_BYTES = 2_000_000
_CHUNK_ROWS_AT_FIRST = 2_000
_CHUNK_ROWS_AT_MOST = 20_000


class Writing(Protocol):
    """The running session that chunks are written for."""

    here: SignedIn
    cipher: ChunkCipher
    key: bytes
    task: Task


class ChunkWriter:
    """Collects batches into chunks and writes each with its log entry in one transaction.

    Packing, sealing and writing go on in one thread of their own while the source is read: most of
    it happens outside Python's lock, so the pull takes little more than the read (measured). At
    most one chunk waits. Whoever leaves the ``with`` leaves nothing in flight.
    """

    def __init__(self, session: Writing, pulled: PulledCollection) -> None:
        self._session = session
        self._pulled = pulled
        self._rows: Batch = []
        self._chunk_rows = _CHUNK_ROWS_AT_FIRST
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="vault")
        self._pending: Future[None] | None = None
        self._taken = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown(wait=True)

    def add(self, batch: Batch) -> None:
        """Take rows; a chunk is written when there are enough."""
        self._rows.extend(batch)
        if len(self._rows) >= self._chunk_rows:
            self._hand_over(PullState.RUNNING)

    def finish(self) -> int:
        """Write what is left, mark the collection complete and return its number of rows."""
        self._hand_over(PullState.COMPLETE)
        self._settle()
        return self._pulled.rows

    def _hand_over(self, state: PullState) -> None:
        self._settle()
        self._taken += len(self._rows)
        self._session.task.report(Progress(str(self._pulled.collection), self._taken))
        self._pending = self._thread.submit(self._write, self._rows, state)
        self._rows = []

    def _settle(self) -> None:
        """Wait for the chunk that is being written, and raise what went wrong with it."""
        if self._pending is not None:
            pending, self._pending = self._pending, None
            pending.result()

    def _write(self, rows: Batch, state: PullState) -> None:
        session, pulled = self._session, self._pulled
        place = f"{pulled.request}/{pulled.id}/{pulled.chunks}"
        sealed = session.cipher.seal_rows(session.key, rows, context=place) if rows else b""
        with session.here.workspace.write() as unit:
            window = unit.access.by_session(pulled.session).window
            if window is None or window.ended_at is not None:
                raise ConflictError("access.already_ended")
            if rows:
                unit.vault.add_chunk(
                    pulled.id,
                    pulled.chunks,
                    first_row=pulled.rows,
                    rows=len(rows),
                    sealed=sealed,
                )
            done = replace(
                pulled,
                rows=pulled.rows + len(rows),
                chunks=pulled.chunks + bool(rows),
                state=state,
                ended_at=unit.now() if state is PullState.COMPLETE else None,
            )
            unit.pulls.replace(done)
            if rows or not pulled.chunks:
                unit.record(self._read_event(session, window.grant, rows))
            unit.commit()
        self._pulled = done
        if sealed:
            per_row = max(1, len(sealed) // max(1, len(rows)))
            self._chunk_rows = max(1, min(_CHUNK_ROWS_AT_MOST, _CHUNK_BYTES // per_row))

    def _read_event(self, session: Writing, grant: str, rows: Batch) -> Event:
        pulled = self._pulled
        return Event(
            Action.DATA_READ,
            session.here.member,
            pulled.request,
            pulled.session,
            details={
                "collection": str(pulled.collection),
                "fields": [name for name, _ in pulled.columns],
                "rows": len(rows),
                "from_row": pulled.rows,
                "grant": grant,
            },
        )
