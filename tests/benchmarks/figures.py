"""How benchmarks measure: seconds, the highest memory of this process, and what they print."""

from __future__ import annotations

import json
import resource
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def seconds(work: Callable[[], object]) -> float:
    """Return how long ``work`` took, in seconds."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def peak_megabytes() -> int:
    """Return the most memory that this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def tell(*, ours: float, floor: float, words: str, **more: float) -> None:
    """Print the figures; ``cost`` is our time in units of the floor's."""
    cost = round(ours / floor, 2) if floor else round(ours, 2)
    figures = {"ours_s": round(ours, 2), "floor_s": round(floor, 2), "cost": cost, **more}
    print(json.dumps({**figures, "words": words.format(**figures)}))
