"""Work that goes on side by side: parts that wait for one another, and end together."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TYPE_CHECKING

from app.domain.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence


class Milestones[T: Hashable]:
    """What is done already; whoever waits goes on when it is, or gives up with all others."""

    def __init__(self) -> None:
        self._moved = threading.Condition()
        self._reached: set[T] = set()
        self._is_over = False

    def reach(self, milestone: T) -> None:
        """Say that this is done."""
        with self._moved:
            self._reached.add(milestone)
            self._moved.notify_all()

    def wait_for(self, milestones: Iterable[T]) -> None:
        """Return when all of these are done; ``source.window_closed`` when they never will be."""
        wanted = frozenset(milestones)
        with self._moved:
            self._moved.wait_for(lambda: self._is_over or wanted <= self._reached)
            if self._is_over:
                raise SourceError("source.window_closed", reason="stopped")

    def give_up(self) -> None:
        """Let nobody wait any more, nor go on."""
        with self._moved:
            self._is_over = True
            self._moved.notify_all()


def side_by_side(works: Sequence[Callable[[], None]], *, stop: Callable[[], None]) -> None:
    """Run each of ``works`` in a thread of its own; the first failure stops all and is raised.

    ``stop`` must make every one of them end. Whatever happens, none runs on afterwards.
    """
    if not works:
        return
    with ThreadPoolExecutor(len(works), thread_name_prefix="source") as threads:
        try:
            for ended in as_completed([threads.submit(work) for work in works]):
                ended.result()
        except BaseException:
            stop()
            raise
