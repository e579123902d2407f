"""The time in which a reader may read, and the cutting of rows into batches inside it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.ports.sources import Batch

_FIRST_SLICE = 16
_SLOW_SLICE_SECONDS = 0.01
_BATCH_SECONDS = 0.05


@dataclass(frozen=True)
class Patience:
    """How long to wait for a table that is locked, and for a network that moves nothing."""

    lock_seconds: float = 5.0
    stall_seconds: float = 60.0


class Window:
    """Open until its deadline on ``time.monotonic()``, or until somebody stops it; never reopens.

    Safe from any thread.
    """

    def __init__(
        self, deadline: float | None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._deadline = deadline
        self._clock = clock
        self._reason = ""

    def stop(self) -> None:
        """End the window now."""
        self._reason = self._reason or "stopped"

    def closed(self) -> bool:
        """Say whether nothing may be read any more."""
        if self._reason:
            return True
        if self._deadline is None or self._clock() < self._deadline:
            return False
        self._reason = "expired"
        return True

    def remaining(self) -> float | None:
        """Return the seconds that are left; None when there is no deadline."""
        return None if self._deadline is None else max(0.0, self._deadline - self._clock())

    def check(self) -> None:
        """Raise ``source.window_closed`` when nothing may be read any more."""
        if self.closed():
            raise self.error()

    def error(self) -> SourceError:
        """Return what a read that the window's end cut short raises."""
        # A timer may ring a moment before the clock says so: nobody stopped it, so it expired.
        ended = "stopped" if self._deadline is None else "expired"
        return SourceError("source.window_closed", reason=self._reason or ended)


def batches(
    fill: Callable[[Batch, int], None],
    *,
    batch_rows: int,
    check: Callable[[], None],
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Batch]:
    """Yield batches of at most ``batch_rows`` rows until ``fill`` has no more.

    ``fill(batch, wanted)`` appends up to ``wanted`` rows; fewer mean that there are no more.
    Rows come in slices that grow while they are quick, and a batch is handed over early when it
    took long: huge cells can neither pile up in memory nor keep ``check`` waiting.
    """
    slice_rows = _FIRST_SLICE
    while True:
        batch: Batch = []
        began = clock()
        while len(batch) < batch_rows:
            wanted = min(slice_rows, batch_rows - len(batch))
            expected = len(batch) + wanted
            started = clock()
            fill(batch, wanted)
            check()
            if len(batch) < expected:
                if batch:
                    yield batch
                return
            now = clock()
            quick = now - started < _SLOW_SLICE_SECONDS
            slice_rows = min(slice_rows * 2, batch_rows) if quick else max(1, slice_rows // 2)
            if now - began > _BATCH_SECONDS:
                break
        yield batch
        check()
