"""How benchmarks measure: seconds, the highest memory of this process, and what they print."""

from __future__ import annotations

import json
import re
import resource
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def seconds(work: Callable[[], object]) -> float:
    """Return how long ``work`` took, in seconds."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def fastest(*works: Callable[[], object], rounds: int = 3) -> list[float]:
    """Return the shortest time of each of ``works``, done in turn, so that noise hits all alike."""
    times = [[seconds(work) for work in works] for _ in range(rounds)]
    return [min(column) for column in zip(*times, strict=True)]


def peak_megabytes() -> int:
    """Return the most memory that this process ever held, in MB."""
    # ru_maxrss begins with the memory of the process that started this one.
    return _status("VmHWM") or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def megabytes() -> int:
    """Return the memory that this process holds, in MB; 0 where the system does not say."""
    return _status("VmRSS")


def _status(what: str) -> int:
    status = Path("/proc/self/status")
    if not status.exists():
        return 0
    found = re.search(rf"{what}:\s+(\d+) kB", status.read_text(encoding="ascii"))
    return int(found.group(1)) // 1024 if found else 0


def tell(*, ours: float, floor: float, words: str, **more: float) -> None:
    """Print the figures; ``cost`` is our time in units of the floor's."""
    cost = round(ours / floor, 2) if floor else round(ours, 2)
    figures = {"ours_s": round(ours, 2), "floor_s": round(floor, 2), "cost": cost, **more}
    print(json.dumps({**figures, "words": words.format(**figures)}))
