"""How long a window is still open, whatever happens to this machine's clock meanwhile."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

ALARM_SECONDS = 120
"""Red from here on."""
WARNINGS_SECONDS = (300, 60)
"""When the person is told."""


@dataclass(frozen=True)
class Countdown:
    """Counts from one reading of the workspace's time with the clock that never jumps."""

    opened_at: datetime
    deadline: datetime
    read_at: datetime
    """The workspace's time when ``started`` was taken."""
    monotonic: Callable[[], float] = time.monotonic
    started: float = field(default=-1.0)

    def __post_init__(self) -> None:
        if self.started < 0:
            object.__setattr__(self, "started", self.monotonic())

    @property
    def left(self) -> float:
        """Seconds until the deadline; 0 once it is over."""
        passed = self.monotonic() - self.started
        return max(0.0, (self.deadline - self.read_at).total_seconds() - passed)

    @property
    def share(self) -> float:
        """What is left of the whole, from 1 to 0."""
        whole = (self.deadline - self.opened_at).total_seconds()
        return min(1.0, self.left / whole) if whole > 0 else 0.0

    @property
    def tone(self) -> str:
        """Amber, and red in the last two minutes."""
        return "red" if self.left <= ALARM_SECONDS else "amber"
