"""Calendars hold the holidays that were checked, in English, for every year they reach."""

from __future__ import annotations

import json
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path

import pytest
from dateutil.easter import easter
from hypothesis import given
from hypothesis import strategies as st

from app.domain.clock import ClockStart, PauseKind, Unit
from app.domain.errors import InputError
from app.regimes._calendars import PackagedCalendars
from app.regimes._interpretation_acts import canada, easter_sunday, quebec
from app.regimes._rules import shipped_rules

CALENDARS = PackagedCalendars()
LISTED = json.loads(
    (Path(__file__).parent.parent / "data" / "listed_holidays.json").read_text(encoding="utf-8")
)
YEARS = [(calendar, year) for calendar, years in LISTED.items() for year in years]


@pytest.mark.parametrize(("calendar_id", "year"), YEARS)
def test_every_checked_holiday_is_there_and_no_other(calendar_id: str, year: str) -> None:
    days = CALENDARS.get(calendar_id).holidays_in(int(year))
    assert {f"{day:%m-%d}": name for day, name in days.items()} == LISTED[calendar_id][year]


def test_the_source_names_the_package_with_its_version_and_the_place() -> None:
    bavaria = CALENDARS.get("DE-BY")
    assert bavaria.source == f"holidays {version('holidays')}, DE-BY, public holidays"
    assert bavaria.title == "Germany: Bayern"
    assert CALENDARS.get("US-FED").source == f"holidays {version('holidays')}, US, public holidays"
    assert "s.35" in CALENDARS.get("CA-INTERP").source
    assert "s.61(23)" in CALENDARS.get("QC-INTERP").source


def test_a_calendar_is_read_once() -> None:
    assert CALENDARS.get("DE") is PackagedCalendars().get("DE")


def test_every_id_that_is_offered_can_be_had_and_has_holidays_in_english() -> None:
    for calendar_id in CALENDARS.ids():
        calendar = CALENDARS.get(calendar_id)
        assert calendar.title
        names = calendar.holidays_in(2026).values()
        assert calendar_id in {"NONE", *(["AQ"] if not names else [])} or all(
            name.strip() for name in names
        )


@pytest.mark.parametrize("calendar_id", ["", "XX", "DE-XX", "de", "DEU", "DE-", "US-FEDERAL"])
def test_a_place_that_is_not_known_is_refused(calendar_id: str) -> None:
    with pytest.raises(InputError, match=r"clock\.unknown_calendar"):
        CALENDARS.get(calendar_id)


def test_a_year_for_which_the_package_knows_nothing_is_refused_and_not_taken_for_empty() -> None:
    with pytest.raises(InputError, match=r"clock\.calendar_without_year"):
        CALENDARS.get("DE").holiday(date(1989, 12, 25))


@pytest.mark.parametrize("year", range(1970, 2101))
def test_easter_agrees_with_another_program(year: int) -> None:
    assert easter_sunday(year) == easter(year)


@given(st.integers(1970, 2100))
def test_the_interpretation_acts_hold_for_any_year(year: int) -> None:
    for days in (canada(year), quebec(year)):
        may = next(day for day, name in days.items() if name.endswith(("Victoria Day", "s' Day")))
        assert may.weekday() == 0
        assert date(year, 5, 18) <= may <= date(year, 5, 24)
        assert easter_sunday(year) + timedelta(days=1) in days
    assert (date(year, 9, 30) in canada(year)) == (year >= 2021)


# The rules that ship


def test_all_rules_are_read_with_their_version_and_the_day_they_were_checked() -> None:
    rules = shipped_rules().all()
    assert len(rules) == 62
    assert len({rule.id for rule in rules}) == 62
    assert {rule.checked_on for rule in rules} == {date(2026, 11, 21)}
    assert all(rule.authority and rule.confidence and rule.version for rule in rules)


def test_an_extension_is_always_longer_than_the_period_in_the_same_unit() -> None:
    for rule in shipped_rules().all():
        if rule.extension is not None:
            assert rule.extension.total.unit is rule.period.unit
            assert rule.extension.total.n > rule.period.n


def test_only_a_rule_without_a_number_has_none() -> None:
    assert [rule.id for rule in shipped_rules().all() if rule.period.n == 0] == ["jp.appi"]
    assert shipped_rules().get("jp.appi").period.unit is Unit.NONE


def test_only_the_eu_asks_for_approval_of_a_pause_and_only_the_uk_starts_with_identity() -> None:
    paused = {rule.id: rule.pause for rule in shipped_rules().all() if rule.pause is not None}
    assert {rule_id: pause.needs_approval for rule_id, pause in paused.items()} == {
        "eu.dsr": True,
        "uk.dsr": False,
    }
    assert all(pause.kinds <= set(PauseKind) for pause in paused.values())
    assert [rule.id for rule in shipped_rules().all() if rule.clock_start is ClockStart.LATEST] == [
        "uk.dsr"
    ]


def test_a_topic_without_its_own_article_cites_the_whole_authority() -> None:
    rule = shipped_rules().get("hipaa.access")
    assert rule.cite("period") == "45 CFR 164.524(b)(2)"
    assert shipped_rules().get("eu.dsr").cite("roll") == "Reg 1182/71 Art 3(4)"


def test_a_rule_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match=r"clock\.unknown_rule"):
        shipped_rules().get("xx.dsr")
