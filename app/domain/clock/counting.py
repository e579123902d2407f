"""The count itself: start, period, pauses, weekends and holidays, and the strictest reading."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.calendars import DayOff, shift
from app.domain.clock.deadlines import Deadline, Step, StepCode
from app.domain.clock.pauses import Stops, paused_days, sort_pauses
from app.domain.clock.rules import ClockStart, PauseCount, Period, Roll, Unit
from app.domain.clock.working_days import after_business_days, back_to_working_day, day_off, roll

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from app.domain.clock.cases import ClockCase

INTERNAL_TARGET_DAYS = 14
COST_REFLECTION_DAYS = 10


@dataclass(frozen=True, slots=True)
class _Run:
    """One period laid from the start: its bare end, the pauses, the end with them, the due day."""

    period: Period
    bare_end: date
    stops: Stops
    unrolled: date
    due: date
    skipped: tuple[DayOff, ...]


def count(case: ClockCase) -> Deadline:
    """Count the deadline of ``case``; Reg 1182/71 Art 3 for the EU, the rule's authority elsewhere.

    Raises InputError where a date lies outside the years that calendars reach.
    """
    start, moved = _start(case)
    opening = (*_receipt_steps(case), *moved)
    if case.rule.period.unit is Unit.NONE:
        return _without_number(case, start, opening)
    if case.rule.period.unit is Unit.BUSINESS_DAY:
        return _in_business_days(case, start, opening)
    return _in_calendar_days(case, start, opening)


def _receipt_steps(case: ClockCase) -> Iterator[Step]:
    received = case.received_on
    yield Step(StepCode.RECEIVED, {"day": received, "zone": case.zone})
    if case.rule.in_force is not None and received < case.rule.in_force:
        yield Step(StepCode.NOT_IN_FORCE, {"day": case.rule.in_force})


def _start(case: ClockCase) -> tuple[date, tuple[Step, ...]]:
    """Return the day the clock starts from, and a step for each event that moved it or could not.

    UK GDPR 12A: the latest of receipt, identity and fee; Swiss DPO 19: the end of the ten days in
    which a person may think over the costs.
    """
    rule, received = case.rule, case.received_on
    events = {"identity": case.identity_received, "fee": case.fee_paid}
    later = {name: day for name, day in events.items() if day is not None and day > received}
    moving = dict(later) if rule.clock_start is ClockStart.LATEST else {}
    if case.costs_notified is not None:
        later["costs"] = shift(case.costs_notified, COST_REFLECTION_DAYS)
        if rule.clock_start is ClockStart.COST_REFLECTION:
            moving["costs"] = later["costs"]
    start = max([received, *moving.values()])
    moved = [
        _start_step(StepCode.START_MOVED, name, day) for name, day in moving.items() if day == start
    ]
    kept = [
        _start_step(StepCode.START_NOT_MOVED, name, day)
        for name, day in later.items()
        if name not in moving
    ]
    return start, (*moved, *kept)


def _start_step(code: StepCode, event: str, day: date) -> Step:
    return Step(code, {"event": event, "day": day})


def _in_calendar_days(case: ClockCase, start: date, opening: tuple[Step, ...]) -> Deadline:
    rule = case.rule
    base = _run(case, start, rule.period)
    run = base
    if case.extended and rule.extension is not None:
        run = _run(case, start, rule.extension.total)
    if_rolled = None
    if rule.roll is Roll.NONE:
        if_rolled = roll(run.unrolled, Roll.SAT_SUN_HOLIDAY, case.calendar)[0]
    notice = base.due if rule.extension is not None else None
    safe_by, safe_step = _safe_by(case, start, run)
    is_provisional = any(pause.answered is None for pause in run.stops.pauses)
    return Deadline(
        case=case,
        start=start,
        due=run.due,
        safe_by=safe_by,
        working=(
            *opening,
            *_run_steps(case, start, run),
            *_end_steps(case, run, if_rolled=if_rolled, notice=notice),
            safe_step,
            *([Step(StepCode.PROVISIONAL, {"as_of": case.as_of})] if is_provisional else []),
        ),
        unrolled=run.unrolled,
        if_rolled=if_rolled,
        extension_notice_by=notice,
        paused_days=run.stops.days,
        is_provisional=is_provisional,
    )


def _run(case: ClockCase, start: date, period: Period) -> _Run:
    """Lay ``period`` from ``start``; paused days come before the roll (UK GDPR 12A)."""
    bare_end = period.end_from(start)

    def last_day(paused: int) -> date:
        return roll(shift(bare_end, paused), case.rule.roll, case.calendar)[0]

    stops = sort_pauses(case, start, last_day=last_day)
    unrolled = shift(bare_end, stops.days)
    due, skipped = roll(unrolled, case.rule.roll, case.calendar)
    return _Run(period, bare_end, stops, unrolled, due, skipped)


def _run_steps(case: ClockCase, start: date, run: _Run) -> Iterator[Step]:
    yield Step(
        StepCode.PERIOD,
        {
            "n": run.period.n,
            "unit": run.period.unit.value,
            "extended": case.extended,
            "start": start,
            "end": run.bare_end,
            "is_shortened": run.period.unit is Unit.MONTH and run.bare_end.day != start.day,
        },
    )
    for each in run.stops.counted:
        asked, answered = each.pause.asked, each.pause.answered
        yield Step(
            StepCode.PAUSED,
            {
                "kind": each.pause.kind.value,
                "asked": asked,
                "answered": answered,
                "days": each.days,
            },
        )
    yield from _ignored_steps(run.stops)
    if run.stops.days:
        yield Step(StepCode.PAUSES_ADDED, {"days": run.stops.days, "end": run.unrolled})


def _ignored_steps(stops: Stops) -> Iterator[Step]:
    for pause, why in stops.ignored:
        yield Step(
            StepCode.PAUSE_IGNORED,
            {"kind": pause.kind.value, "asked": pause.asked, "why": why.value},
        )


def _end_steps(
    case: ClockCase, run: _Run, *, if_rolled: date | None, notice: date | None
) -> Iterator[Step]:
    if run.skipped:
        yield Step(StepCode.ROLLED, {"end": run.unrolled, "due": run.due, "skipped": run.skipped})
    elif (off := day_off(run.due, case.calendar, saturdays=True)) is not None:
        yield Step(StepCode.NOT_ROLLED, {"due": run.due, "skipped": (off,), "if_rolled": if_rolled})
    if notice is not None:
        yield Step(StepCode.EXTENSION_NOTICE, {"day": notice, "extended": case.extended})


def _safe_by(case: ClockCase, start: date, run: _Run) -> tuple[date, Step]:
    """Return the strictest reading, moved back to a working day.

    No roll; pauses by elapsed days, or none where the rule does not rely on them; the day of
    receipt counted where the text allows that.
    """
    pause, strict_days = case.rule.pause, 0
    if pause is not None and pause.is_relied_on_for_safe_by:
        pauses = run.stops.pauses
        strict_days = paused_days(pauses, PauseCount.ELAPSED, start=start, as_of=case.as_of)
    counts_receipt = case.rule.strict_reading_counts_receipt_day
    strict = shift(run.bare_end, strict_days - int(counts_receipt))
    day, passed = back_to_working_day(strict, case.calendar)
    return day, Step(
        StepCode.SAFE_BY,
        {
            "day": day,
            "strict": strict,
            "passed": passed,
            "unrolled": run.unrolled,
            "paused": run.stops.days,
            "paused_strictly": strict_days,
            "counts_receipt": counts_receipt,
        },
    )


def _in_business_days(case: ClockCase, start: date, opening: tuple[Step, ...]) -> Deadline:
    """Count working days from the day after ``start``; the strict reading skips no holidays."""
    n = case.rule.period.n
    due, skipped = after_business_days(start, n, calendar=case.calendar)
    safe_by, _ = after_business_days(start, n, calendar=None)
    stops = sort_pauses(case, start, last_day=lambda _paused: due)
    return Deadline(
        case=case,
        start=start,
        due=due,
        safe_by=safe_by,
        working=(
            *opening,
            Step(StepCode.BUSINESS_DAYS, {"n": n, "start": start, "end": due, "skipped": skipped}),
            *_ignored_steps(stops),
            Step(StepCode.SAFE_BY, {"day": safe_by, "strict": safe_by, "business_days": True}),
        ),
    )


def _without_number(case: ClockCase, start: date, opening: tuple[Step, ...]) -> Deadline:
    target = shift(start, INTERNAL_TARGET_DAYS)
    safe_by, passed = back_to_working_day(target, case.calendar)
    return Deadline(
        case=case,
        start=start,
        due=None,
        safe_by=safe_by,
        internal_target=target,
        working=(
            *opening,
            Step(StepCode.NO_NUMBER, {"days": INTERNAL_TARGET_DAYS, "target": target}),
            Step(StepCode.SAFE_BY, {"day": safe_by, "strict": target, "passed": passed}),
        ),
    )
