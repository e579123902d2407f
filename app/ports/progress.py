"""How long work tells of its progress, and learns that it should stop."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Protocol


class Cancelled(Exception):  # noqa: N818 - it is not an error
    """The person stopped the work."""


@dataclass(frozen=True)
class Progress:
    """How far work has come; ``total`` is 0 while nobody knows."""

    what: str
    done: int
    total: int = 0


class Task(Protocol):
    """What running work may ask of its surroundings; safe from any thread."""

    def report(self, progress: Progress) -> None:
        """Tell how far the work has come; raises ``Cancelled`` when it should stop."""
        ...


class QuietTask:
    """A ``Task`` for work that nobody watches, but somebody may stop."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """Ask the work to stop; from any thread."""
        self._cancelled.set()

    def report(self, progress: Progress) -> None:
        """Raise ``Cancelled`` once ``cancel`` was called."""
        del progress
        if self._cancelled.is_set():
            raise Cancelled
