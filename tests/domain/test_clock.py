"""The clock counts as the laws say, and never in the requester's disfavour by accident."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from app.domain.calendars import LAST_DAY, Calendar, DayChange, DayOff
from app.domain.clock import (
    ClockCase,
    ClockStart,
    Deadline,
    Extension,
    Pause,
    PauseCount,
    PauseKind,
    PauseRule,
    Period,
    Roll,
    Rule,
    Standing,
    StepCode,
    Unit,
    count,
    days_left,
    days_to_safe_by,
    ends_at,
    local_day,
    share_used,
    standing,
)
from app.domain.errors import InputError

EASTER_2026 = {date(2026, 4, 3): "Good Friday", date(2026, 4, 6): "Easter Monday"}

EU_PAUSE = PauseRule(
    kinds=frozenset({"clarification", "identity"}),
    count=PauseCount.ELAPSED,
    needs_approval=True,
    is_relied_on_for_safe_by=False,
    basis="guidance",
)
UK_PAUSE = PauseRule(
    kinds=frozenset({"clarification"}),
    count=PauseCount.INCLUSIVE,
    needs_approval=False,
    is_relied_on_for_safe_by=True,
    basis="statute",
)
EU = Rule(
    id="eu",
    regime="GDPR",
    right="access",
    period=Period(1, Unit.MONTH),
    extension=Extension(Period(3, Unit.MONTH), ground="complexity", notice="first month"),
    roll=Roll.SAT_SUN_HOLIDAY,
    clock_start=ClockStart.RECEIPT,
    pause=EU_PAUSE,
    strict_reading_counts_receipt_day=False,
    authority=("GDPR 12(3)",),
    confidence="high",
    note="",
    version="1",
    checked_on=date(2026, 11, 21),
)
UK = replace(EU, id="uk", clock_start=ClockStart.LATEST, pause=UK_PAUSE)
DAYS_45 = replace(
    EU,
    id="days",
    period=Period(45, Unit.DAY),
    extension=Extension(Period(90, Unit.DAY), ground="need", notice="day 45"),
    roll=Roll.NONE,
    pause=None,
    strict_reading_counts_receipt_day=True,
)
SWISS = replace(
    DAYS_45, period=Period(30, Unit.DAY), extension=None, clock_start=ClockStart.COST_REFLECTION
)
SUNDAYS = replace(DAYS_45, period=Period(30, Unit.DAY), roll=Roll.SUN_HOLIDAY)
BUSINESS = replace(DAYS_45, period=Period(10, Unit.BUSINESS_DAY), extension=None)
NO_NUMBER = replace(DAYS_45, period=Period(0, Unit.NONE), extension=None)
RULES = (EU, UK, DAYS_45, SWISS, SUNDAYS, BUSINESS, NO_NUMBER)


def a_calendar(holidays: dict[date, str] | None = None) -> Calendar:
    days = holidays or {}
    return Calendar(
        id="TEST",
        title="Test",
        source="test 1",
        days_of=lambda year: {day: name for day, name in days.items() if day.year == year},
    )


WEEKENDS = a_calendar()


def due(
    rule: Rule, received: date | datetime, calendar: Calendar = WEEKENDS, **facts: object
) -> date:
    counted = counted_case(rule, received, calendar, **facts).due
    assert counted is not None
    return counted


def counted_case(
    rule: Rule, received: date | datetime, calendar: Calendar = WEEKENDS, **facts: object
) -> Deadline:
    return count(ClockCase(rule, calendar, received, **facts))  # type: ignore[arg-type]


def codes(deadline: Deadline) -> list[StepCode]:
    return [step.code for step in deadline.working]


days = st.dates(date(1975, 1, 1), date(2095, 12, 31))
holiday_sets = st.sets(st.integers(0, 200), max_size=25)


@st.composite
def cases(draw: st.DrawFn) -> ClockCase:
    received = draw(days)
    later = st.integers(0, 60).map(lambda n: received + timedelta(days=n))
    pauses = []
    for _ in range(draw(st.integers(0, 3))):
        asked = draw(later)
        answered = draw(
            st.none() | st.integers(0, 40).map(lambda n, a=asked: a + timedelta(days=n))
        )
        pauses.append(Pause(draw(st.sampled_from(PauseKind)), asked, answered, draw(st.booleans())))
    rule = draw(st.sampled_from(RULES))
    off = draw(holiday_sets)
    return ClockCase(
        rule=rule,
        calendar=a_calendar({received + timedelta(days=n): f"holiday {n}" for n in off}),
        received=received,
        identity_received=draw(st.none() | later),
        fee_paid=draw(st.none() | later),
        costs_notified=draw(st.none() | later),
        pauses=tuple(pauses),
        extended=rule.extension is not None and draw(st.booleans()),
        as_of=draw(st.none() | later),
    )


@given(cases())
def test_due_is_never_before_the_start_and_the_start_never_before_receipt(case: ClockCase) -> None:
    deadline = count(case)
    assert case.received_on <= deadline.start <= deadline.limit


@given(cases())
def test_safe_by_is_never_after_due_and_always_a_weekday(case: ClockCase) -> None:
    deadline = count(case)
    assert deadline.safe_by <= deadline.limit
    assert deadline.safe_by.weekday() < 5


@given(cases())
def test_safe_by_is_a_working_day_unless_business_days_are_counted(case: ClockCase) -> None:
    assume(case.rule is not BUSINESS)
    assert case.calendar.is_working_day(count(case).safe_by)


@given(cases())
def test_an_extension_moves_the_end_later(case: ClockCase) -> None:
    assume(case.rule.extension is not None)
    base, extended = count(replace(case, extended=False)), count(replace(case, extended=True))
    assert base.unrolled is not None
    assert extended.unrolled is not None
    assert base.unrolled < extended.unrolled
    assert base.limit <= extended.limit


@given(cases())
def test_the_notice_of_an_extension_is_due_when_the_answer_would_have_been(case: ClockCase) -> None:
    assume(case.rule.extension is not None)
    assert (
        count(replace(case, extended=True)).extension_notice_by
        == count(replace(case, extended=False)).due
    )


@given(cases(), st.integers(0, 200))
def test_one_more_holiday_never_moves_due_earlier_nor_safe_by_later(
    case: ClockCase, n: int
) -> None:
    holiday = DayChange(case.received_on + timedelta(days=n), "New Day", "law of today")
    before = count(case)
    after = count(replace(case, calendar=case.calendar.changed(holiday)))
    assert after.limit >= before.limit
    # Another pause can only come in through a later end; without pauses safe-by only moves back.
    if not case.pauses:
        assert after.safe_by <= before.safe_by


@given(cases())
def test_an_open_pause_that_counts_makes_the_dates_provisional(case: ClockCase) -> None:
    deadline = count(case)
    waits = [
        step
        for step in deadline.working
        if step.code is StepCode.PAUSED and step.values["answered"] is None
    ]
    assert deadline.is_provisional == bool(waits)
    assert deadline.is_provisional == (StepCode.PROVISIONAL in codes(deadline))


@given(cases())
def test_the_same_case_counts_the_same_twice(case: ClockCase) -> None:
    assert count(case) == count(case)


@given(days)
@example(date(2028, 2, 29))
@example(date(2026, 12, 31))
@example(date(2026, 1, 31))
def test_a_month_ends_on_the_same_number_or_on_the_last_of_the_next_month(received: date) -> None:
    end = counted_case(EU, received).unrolled
    assert end is not None
    assert (end.year * 12 + end.month) - (received.year * 12 + received.month) == 1
    assert end.day == received.day or (end + timedelta(days=1)).day == 1


@given(days)
def test_three_months_are_counted_from_the_start_and_not_from_the_end_of_the_first(
    received: date,
) -> None:
    end = counted_case(EU, received, extended=True).unrolled
    assert end is not None
    assert end.day == received.day or (end + timedelta(days=1)).day == 1


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        ("2026-08-31", "2026-09-30"),
        ("2027-12-31", "2028-01-31"),
        ("2028-01-31", "2028-02-29"),
        ("2027-01-29", "2027-03-01"),  # 28 February 2027 is a Sunday
        ("2028-02-29", "2028-03-29"),
    ],
)
def test_months_without_the_day_leap_years_and_year_ends(received: str, expected: str) -> None:
    assert due(EU, date.fromisoformat(received)) == date.fromisoformat(expected)


def test_the_working_is_kept_as_codes_with_the_days_passed_over() -> None:
    deadline = counted_case(EU, date(2026, 3, 5), a_calendar(EASTER_2026))
    rolled = next(step for step in deadline.working if step.code is StepCode.ROLLED)
    assert rolled.values["skipped"] == (
        DayOff(date(2026, 4, 5)),
        DayOff(date(2026, 4, 6), "Easter Monday"),
    )
    assert codes(deadline) == [
        StepCode.RECEIVED,
        StepCode.PERIOD,
        StepCode.ROLLED,
        StepCode.EXTENSION_NOTICE,
        StepCode.SAFE_BY,
    ]


def test_a_saturday_stays_where_only_sundays_and_holidays_move() -> None:
    assert due(SUNDAYS, date(2026, 3, 5)) == date(2026, 4, 4)
    assert due(SUNDAYS, date(2026, 3, 6)) == date(2026, 4, 6)
    saturday = a_calendar({date(2026, 4, 4): "Holy Saturday"})
    assert due(SUNDAYS, date(2026, 3, 5), saturday) == date(2026, 4, 6)


def test_the_receipt_day_counts_in_the_strictest_reading_only() -> None:
    deadline = counted_case(DAYS_45, date(2026, 3, 2))
    assert (deadline.due, deadline.safe_by) == (date(2026, 4, 16), date(2026, 4, 15))


def test_business_days_skip_holidays_for_due_and_only_weekends_for_safe_by() -> None:
    deadline = counted_case(BUSINESS, date(2026, 3, 26), a_calendar(EASTER_2026))
    assert (deadline.due, deadline.safe_by) == (date(2026, 4, 13), date(2026, 4, 9))
    assert deadline.unrolled is None
    assert deadline.if_rolled is None


def test_a_law_without_a_number_gives_an_internal_target_and_no_due_date() -> None:
    deadline = counted_case(NO_NUMBER, date(2026, 4, 20), a_calendar({date(2026, 5, 4): "Day"}))
    assert deadline.due is None
    assert deadline.internal_target == date(2026, 5, 4)
    assert deadline.safe_by == date(2026, 5, 1)


# Start of the clock


def test_the_latest_of_receipt_identity_and_fee_starts_the_clock_where_the_law_says_so() -> None:
    facts = {"identity_received": date(2026, 3, 10), "fee_paid": date(2026, 3, 12)}
    assert due(UK, date(2026, 3, 2), **facts) == date(2026, 4, 13)  # the 12th is a Sunday
    assert counted_case(UK, date(2026, 3, 2), **facts).start == date(2026, 3, 12)


def test_identity_known_before_receipt_does_not_start_the_clock_early() -> None:
    deadline = counted_case(UK, date(2026, 3, 2), identity_received=date(2026, 2, 1))
    assert deadline.start == date(2026, 3, 2)


def test_identity_does_not_move_the_start_elsewhere_and_the_working_says_so() -> None:
    deadline = counted_case(DAYS_45, date(2026, 3, 2), identity_received=date(2026, 3, 20))
    assert deadline.due == date(2026, 4, 16)
    assert StepCode.START_NOT_MOVED in codes(deadline)


def test_the_swiss_clock_starts_when_the_ten_days_to_think_over_the_costs_are_over() -> None:
    deadline = counted_case(SWISS, date(2026, 3, 2), costs_notified=date(2026, 3, 5))
    assert deadline.start == date(2026, 3, 15)


def test_a_rule_not_yet_in_force_is_named_in_the_working() -> None:
    rule = replace(EU, in_force=date(2027, 1, 1))
    assert StepCode.NOT_IN_FORCE in codes(counted_case(rule, date(2026, 12, 31)))
    assert StepCode.NOT_IN_FORCE not in codes(counted_case(rule, date(2027, 1, 1)))


# Pauses


def a_pause(asked: str, answered: str | None, **facts: object) -> Pause:
    return Pause(
        facts.pop("kind", PauseKind.CLARIFICATION),  # type: ignore[arg-type]
        date.fromisoformat(asked),
        date.fromisoformat(answered) if answered else None,
        **facts,  # type: ignore[arg-type]
    )


def test_both_end_days_are_paused_for_due_and_only_one_of_them_for_safe_by() -> None:
    pause = a_pause("2026-03-05", "2026-03-16")
    deadline = counted_case(UK, date(2026, 3, 2), pauses=(pause,))
    assert deadline.paused_days == 12
    assert (deadline.due, deadline.safe_by) == (date(2026, 4, 14), date(2026, 4, 13))


@pytest.mark.parametrize("second", [("2026-03-10", "2026-03-16"), ("2026-03-16", "2026-03-16")])
def test_a_day_in_two_pauses_is_paused_once(second: tuple[str, str]) -> None:
    pauses = (a_pause("2026-03-05", "2026-03-16"), a_pause(*second))
    assert counted_case(UK, date(2026, 3, 2), pauses=pauses).paused_days == 12


def test_a_pause_inside_another_does_not_shorten_it() -> None:
    pauses = (
        a_pause("2026-03-08", "2026-03-09"),
        a_pause("2026-03-05", "2026-03-16"),
        a_pause("2026-03-17", "2026-03-18"),
    )
    assert counted_case(UK, date(2026, 3, 2), pauses=pauses).paused_days == 14


def test_paused_days_before_the_clock_started_do_not_count() -> None:
    pause = a_pause("2026-03-03", "2026-03-12")
    deadline = counted_case(
        UK, date(2026, 3, 2), pauses=(pause,), identity_received=date(2026, 3, 10)
    )
    assert deadline.paused_days == 3


def test_an_eu_pause_counts_only_when_approved_and_never_for_safe_by() -> None:
    plain = counted_case(EU, date(2026, 3, 2))
    refused = counted_case(EU, date(2026, 3, 2), pauses=(a_pause("2026-03-05", "2026-03-16"),))
    allowed = counted_case(
        EU, date(2026, 3, 2), pauses=(a_pause("2026-03-05", "2026-03-16", approved=True),)
    )
    assert refused.due == plain.due
    assert StepCode.PAUSE_IGNORED in codes(refused)
    assert allowed.due == date(2026, 4, 13)
    assert allowed.safe_by == plain.safe_by


def test_a_question_about_identity_does_not_pause_a_clock_that_starts_with_identity() -> None:
    pause = a_pause("2026-03-05", "2026-03-16", kind=PauseKind.IDENTITY)
    assert counted_case(UK, date(2026, 3, 2), pauses=(pause,)).paused_days == 0


def test_a_law_without_pauses_ignores_them() -> None:
    pause = a_pause("2026-03-05", "2026-03-16", approved=True)
    for rule in (DAYS_45, BUSINESS):
        deadline = counted_case(rule, date(2026, 3, 2), pauses=(pause,))
        assert deadline.due == counted_case(rule, date(2026, 3, 2)).due
        assert StepCode.PAUSE_IGNORED in codes(deadline)


def test_a_question_asked_after_the_last_day_does_not_bring_the_period_back() -> None:
    in_time = a_pause("2026-04-07", "2026-04-08")
    too_late = a_pause("2026-04-08", "2026-04-20")
    calendar = a_calendar(EASTER_2026)
    assert due(UK, date(2026, 3, 3), calendar) == date(2026, 4, 7)
    assert counted_case(UK, date(2026, 3, 3), calendar, pauses=(in_time,)).paused_days == 2
    assert counted_case(UK, date(2026, 3, 3), calendar, pauses=(too_late,)).paused_days == 0


def test_an_open_pause_moves_the_provisional_date_day_by_day() -> None:
    pause = a_pause("2026-03-05", None)
    unknown = counted_case(UK, date(2026, 3, 2), pauses=(pause,))
    later = counted_case(UK, date(2026, 3, 2), pauses=(pause,), as_of=date(2026, 3, 16))
    assert unknown.is_provisional
    assert unknown.paused_days == 1
    assert later.is_provisional
    assert later.paused_days == 12


# Time zones


@pytest.mark.parametrize(
    ("instant", "zone", "day"),
    [
        ("2026-08-31T22:30:00+00:00", "Europe/Berlin", "2026-09-01"),
        ("2026-03-05T10:30:00+00:00", "Pacific/Kiritimati", "2026-03-06"),
        ("2026-03-05T10:30:00+00:00", "Pacific/Pago_Pago", "2026-03-04"),
        ("2026-03-29T00:59:59+00:00", "Europe/London", "2026-03-29"),
        ("2026-10-24T23:00:00+00:00", "Europe/London", "2026-10-25"),
        ("2026-12-31T23:30:00-08:00", "America/Los_Angeles", "2026-12-31"),
    ],
)
def test_receipt_is_the_day_it_was_where_the_controller_is(
    instant: str, zone: str, day: str
) -> None:
    case = ClockCase(EU, WEEKENDS, datetime.fromisoformat(instant), zone)
    assert case.received_on == date.fromisoformat(day)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.timezones()))  # noqa: DTZ001
def test_an_instant_and_the_local_day_of_it_give_the_same_deadline(instant: datetime) -> None:
    zone = "America/Sao_Paulo"
    day = local_day(instant, zone)
    assert counted_case(EU, instant, zone=zone).due == counted_case(EU, day, zone=zone).due


@pytest.mark.parametrize(
    ("received", "zone", "end"),
    [
        (date(2026, 2, 27), "Europe/Berlin", "2026-03-27T22:59:59"),
        (date(2026, 3, 30), "Europe/Berlin", "2026-04-30T21:59:59"),
        (date(2026, 3, 30), "Pacific/Kiritimati", "2026-04-30T09:59:59"),
        # Midnight comes twice in Havana on 1 November 2026: the second one ends the day before.
        (date(2026, 9, 30), "America/Havana", "2026-10-31T03:59:59"),
    ],
)
def test_the_deadline_ends_with_the_last_second_of_the_local_day(
    received: date, zone: str, end: str
) -> None:
    assert ends_at(counted_case(EU, received, zone=zone)) == datetime.fromisoformat(end).replace(
        tzinfo=UTC
    )


# What is left


def test_what_is_left_is_counted_in_days_and_goes_negative() -> None:
    deadline = counted_case(EU, date(2026, 3, 5), a_calendar(EASTER_2026))
    assert days_left(deadline, date(2026, 4, 5)) == 2
    assert days_left(deadline, date(2026, 4, 8)) == -1
    assert days_to_safe_by(deadline, date(2026, 4, 3)) == -1


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 3, 27), Standing.CALM),
        (date(2026, 3, 28), Standing.CLOSE),
        (date(2026, 4, 2), Standing.CLOSE),
        (date(2026, 4, 3), Standing.PAST_SAFE_BY),
        (date(2026, 4, 7), Standing.LAST_DAY),
        (date(2026, 4, 8), Standing.OVERDUE),
    ],
)
def test_a_deadline_gets_more_worrying_day_by_day(today: date, expected: Standing) -> None:
    deadline = counted_case(EU, date(2026, 3, 5), a_calendar(EASTER_2026))
    assert standing(deadline, today) is expected


@given(cases(), st.integers(-50, 400))
def test_the_share_used_stays_between_nothing_and_all(case: ClockCase, n: int) -> None:
    assert 0.0 <= share_used(count(case), case.received_on + timedelta(days=n)) <= 1.0


# Calendars


def test_a_changed_calendar_says_what_was_changed_and_why() -> None:
    calendar = a_calendar(EASTER_2026).changed(
        DayChange(date(2026, 4, 7), "Moving day", "works agreement"),
        DayChange(date(2026, 4, 6), "Easter Monday", "open that day", is_holiday=False),
    )
    assert calendar.source == (
        "test 1; + 2026-04-07 Moving day (works agreement); "
        "- 2026-04-06 Easter Monday (open that day)"
    )
    assert calendar.holidays_in(2026) == {
        date(2026, 4, 3): "Good Friday",
        date(2026, 4, 7): "Moving day",
    }
    assert calendar.is_working_day(date(2026, 4, 6))
    assert not calendar.is_working_day(date(2026, 4, 7))


def test_the_last_change_of_a_day_wins() -> None:
    day = date(2026, 4, 7)
    calendar = a_calendar().changed(
        DayChange(day, "Day", "added"), DayChange(day, "Day", "taken back", is_holiday=False)
    )
    assert calendar.holiday(day) is None
    assert calendar.holidays_in(2026) == {}


def test_removing_a_day_that_the_provider_dropped_since_does_not_stop_the_count() -> None:
    gone = DayChange(date(2026, 4, 7), "Day", "open that day", is_holiday=False)
    assert due(EU, date(2026, 3, 7), WEEKENDS.changed(gone)) == date(2026, 4, 7)


# What cannot be counted


def asked_too_early() -> object:
    return ClockCase(EU, WEEKENDS, date(2026, 3, 5), pauses=(a_pause("2026-03-04", None),))


@pytest.mark.parametrize(
    ("code", "attempt"),
    [
        ("clock.unknown_zone", lambda: ClockCase(EU, WEEKENDS, date(2026, 3, 5), "Mars/Olympus")),
        ("clock.unknown_zone", lambda: ClockCase(EU, WEEKENDS, date(2026, 3, 5), "../etc/passwd")),
        ("clock.unknown_zone", lambda: ClockCase(EU, WEEKENDS, date(2026, 3, 5), "")),
        ("clock.zone_missing", lambda: ClockCase(EU, WEEKENDS, datetime.now(UTC))),
        ("clock.zone_missing", lambda: ends_at(counted_case(EU, date(2026, 3, 5)))),
        (
            "clock.instant_without_offset",
            lambda: local_day(datetime(2026, 3, 5), "Europe/Berlin"),  # noqa: DTZ001
        ),
        (
            "clock.not_an_instant",
            lambda: local_day(
                datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-9))), "Asia/Tokyo"
            ),
        ),
        ("clock.date_out_of_range", lambda: ClockCase(EU, WEEKENDS, date(1969, 12, 31))),
        ("clock.date_out_of_range", lambda: counted_case(EU, LAST_DAY)),
        ("clock.date_out_of_range", lambda: counted_case(DAYS_45, LAST_DAY)),
        ("clock.answered_before_asked", lambda: a_pause("2026-03-05", "2026-03-04")),
        ("clock.asked_before_received", asked_too_early),
        (
            "clock.no_extension",
            lambda: ClockCase(BUSINESS, WEEKENDS, date(2026, 3, 5), extended=True),
        ),
        ("clock.change_without_reason", lambda: DayChange(date(2026, 3, 5), "Day", " ")),
        (
            "clock.no_such_holiday",
            lambda: WEEKENDS.check(DayChange(date(2026, 3, 5), "Day", "why", is_holiday=False)),
        ),
    ],
)
def test_what_cannot_be_counted_is_refused_by_a_code(code: str, attempt: object) -> None:
    with pytest.raises(InputError) as refused:
        attempt()  # type: ignore[operator]
    assert refused.value.code == code
