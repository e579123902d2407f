"""Counting a deadline: the rule, the case, the count with its working, and what is left of it."""

from app.domain.clock.cases import ClockCase, Pause, PauseKind
from app.domain.clock.counting import count
from app.domain.clock.deadlines import (
    Deadline,
    Standing,
    Step,
    StepCode,
    StepValue,
    days_left,
    days_to_safe_by,
    ends_at,
    share_used,
    standing,
)
from app.domain.clock.rules import (
    ClockStart,
    Extension,
    PauseCount,
    PauseRule,
    Period,
    Roll,
    Rule,
    Unit,
)
from app.domain.clock.zones import find_zone, local_day

__all__ = [
    "ClockCase",
    "ClockStart",
    "Deadline",
    "Extension",
    "Pause",
    "PauseCount",
    "PauseKind",
    "PauseRule",
    "Period",
    "Roll",
    "Rule",
    "Standing",
    "Step",
    "StepCode",
    "StepValue",
    "Unit",
    "count",
    "days_left",
    "days_to_safe_by",
    "ends_at",
    "find_zone",
    "local_day",
    "share_used",
    "standing",
]
