"""Holidays that an Interpretation Act lists itself, worked out for any year by rule."""

from __future__ import annotations

from datetime import date, timedelta

_MONDAY = 0
_TRUTH_AND_RECONCILIATION_SINCE = 2021


def canada(year: int) -> dict[date, str]:
    """Return the holidays of the Interpretation Act (Canada) s.35 that fall on fixed days."""
    easter = easter_sunday(year)
    days = {
        date(year, 1, 1): "New Year's Day",
        easter - timedelta(days=2): "Good Friday",
        easter + timedelta(days=1): "Easter Monday",
        _monday_before_25_may(year): "Victoria Day",
        date(year, 7, 1): "Canada Day",
        _nth_monday(1, month=9, year=year): "Labour Day",
        date(year, 11, 11): "Remembrance Day",
        date(year, 12, 25): "Christmas Day",
    }
    if year >= _TRUTH_AND_RECONCILIATION_SINCE:
        days[date(year, 9, 30)] = "National Day for Truth and Reconciliation"
    return days


def quebec(year: int) -> dict[date, str]:
    """Return the holidays of the Interpretation Act (Quebec) s.61(23)."""
    easter = easter_sunday(year)
    return {
        date(year, 1, 1): "New Year's Day",
        easter - timedelta(days=2): "Good Friday",
        easter + timedelta(days=1): "Easter Monday",
        _monday_before_25_may(year): "National Patriots' Day",
        date(year, 6, 24): "Fete nationale",
        date(year, 7, 1): "Canada Day",
        _nth_monday(1, month=9, year=year): "Labour Day",
        _nth_monday(2, month=10, year=year): "Thanksgiving",
        date(year, 12, 25): "Christmas Day",
    }


def easter_sunday(year: int) -> date:
    """Return Easter Sunday of a Gregorian year (Meeus, Jones and Butcher)."""
    golden = year % 19
    century, rest = divmod(year, 100)
    leap_centuries, odd_centuries = divmod(century, 4)
    moon = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leap_centuries - moon + 15) % 30
    weekday = (32 + 2 * odd_centuries + 2 * (rest // 4) - epact - rest % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def _monday_before_25_may(year: int) -> date:
    last = date(year, 5, 24)
    return last - timedelta(days=last.weekday())


def _nth_monday(n: int, *, month: int, year: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(_MONDAY - first.weekday()) % 7 + 7 * (n - 1))
