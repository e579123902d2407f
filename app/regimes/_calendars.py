"""Public holidays by place: the ``holidays`` package, and two Acts worked out by rule."""

from __future__ import annotations

from functools import cache, partial
from importlib.metadata import version
from typing import TYPE_CHECKING

import holidays
from babel import Locale

from app.domain.calendars import Calendar
from app.domain.errors import InputError
from app.regimes._interpretation_acts import canada, quebec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

_LANGUAGE = "en_US"
_PACKAGE_VERSION = version("holidays")
_FEDERAL = "US-FED"

_OWN = {
    "NONE": Calendar(
        id="NONE",
        title="Weekends only",
        source="Saturdays and Sundays, no holidays",
        days_of=lambda _year: {},
    ),
    "CA-INTERP": Calendar(
        id="CA-INTERP",
        title="Canada: Interpretation Act",
        source="Interpretation Act (Canada) s.35, worked out by rule, version 1",
        days_of=cache(canada),
    ),
    "QC-INTERP": Calendar(
        id="QC-INTERP",
        title="Quebec: Interpretation Act",
        source="Interpretation Act (Quebec) s.61(23), worked out by rule, version 1",
        days_of=cache(quebec),
    ),
}


class PackagedCalendars:
    """Calendars by id: ``DE``, ``DE-BY``, ``FR-57``, ``US-FED``, and those in ``_OWN``."""

    def ids(self) -> Sequence[str]:
        """Return every id: our own first, then countries with their subdivisions."""
        return _ids()

    def get(self, calendar_id: str) -> Calendar:
        """Return one calendar; InputError if there is none of that id."""
        if calendar_id not in _ids():
            raise InputError("clock.unknown_calendar", calendar=calendar_id)
        return _calendar(calendar_id)


@cache
def _ids() -> tuple[str, ...]:
    places = [
        place
        for country, parts in holidays.list_supported_countries(include_aliases=False).items()
        for place in (country, *(f"{country}-{part}" for part in parts))
    ]
    return (*_OWN, _FEDERAL, *sorted(places))


@cache
def _calendar(calendar_id: str) -> Calendar:
    if calendar_id in _OWN:
        return _OWN[calendar_id]
    country, _, part = calendar_id.partition("-")
    if calendar_id == _FEDERAL:
        part = ""
    place = f"{country}-{part}" if part else country
    return Calendar(
        id=calendar_id,
        title=_title(country, part),
        source=f"holidays {_PACKAGE_VERSION}, {place}, public holidays",
        days_of=cache(partial(_days_of, calendar_id, country, part)),
    )


def _days_of(calendar_id: str, country: str, part: str, year: int) -> Mapping[date, str]:
    """Return the holidays of one year; InputError where the package knows none for it."""
    known = holidays.country_holidays(country, subdiv=part or None, language=_LANGUAGE)
    if not known.start_year <= year <= known.end_year:
        raise InputError("clock.calendar_without_year", calendar=calendar_id, year=year)
    days = holidays.country_holidays(
        country, subdiv=part or None, years=year, language=_LANGUAGE, expand=False
    )
    return {day: name for day, name in days.items() if day.year == year}


def _title(country: str, part: str) -> str:
    name = str(Locale("en").territories.get(country, country))
    if not part:
        return name
    aliases = holidays.country_holidays(country).subdivisions_aliases
    return f"{name}: {next((alias for alias, code in aliases.items() if code == part), part)}"
