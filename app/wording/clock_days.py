"""Days, periods and pauses as people write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.clock import Period, Unit
from app.i18n import _, ngettext

if TYPE_CHECKING:
    from datetime import date


def long_day(day: date) -> str:
    """Return ``Thursday 5 March 2026``."""
    return _("{weekday} {day} {month} {year}").format(
        weekday=_weekdays()[day.weekday()],
        day=day.day,
        month=_months()[day.month - 1],
        year=day.year,
    )


def day_of_year(day: date) -> str:
    """Return ``Thursday 5 March``, for a year that was just said."""
    return _("{weekday} {day} {month}").format(
        weekday=_weekdays()[day.weekday()], day=day.day, month=_months()[day.month - 1]
    )


def plain_day(day: date) -> str:
    """Return ``5 March 2026``."""
    return _("{day} {month} {year}").format(
        day=day.day, month=_months()[day.month - 1], year=day.year
    )


def short_day(day: date) -> str:
    """Return ``Thu 5 Mar 2026``, for lists."""
    return _("{weekday} {day} {month} {year}").format(
        weekday=_short_weekdays()[day.weekday()],
        day=day.day,
        month=_short_months()[day.month - 1],
        year=day.year,
    )


def day_in_year(day: date) -> str:
    """Return ``5 Mar``, where the year is plain."""
    return _("{day} {month}").format(day=day.day, month=_short_months()[day.month - 1])


def short_weekday(day: date) -> str:
    """Return ``Thu``."""
    return _short_weekdays()[day.weekday()]


def a_weekday(day: date) -> str:
    """Return ``a Sunday``."""
    return _("a {weekday}").format(weekday=_weekdays()[day.weekday()])


def period_in_words(period: Period) -> str:
    """Return ``one month``, ``45 days``, ``10 business days``."""
    n = period.n
    match period.unit:
        case Unit.MONTH:
            return ngettext("one month", "{n} months", n).format(n=_small_number(n))
        case Unit.DAY:
            return days_in_words(n)
        case Unit.BUSINESS_DAY:
            return ngettext("{n} business day", "{n} business days", n).format(n=n)
        case Unit.NONE:
            return _("no fixed number of days")


def days_in_words(n: int) -> str:
    """Return ``1 day``, ``45 days``."""
    return ngettext("{n} day", "{n} days", n).format(n=n)


def _small_number(n: int) -> str:
    names = (_("no"), _("one"), _("two"), _("three"), _("four"), _("five"), _("six"))
    return names[n] if n < len(names) else str(n)


def _weekdays() -> tuple[str, ...]:
    return (
        _("Monday"),
        _("Tuesday"),
        _("Wednesday"),
        _("Thursday"),
        _("Friday"),
        _("Saturday"),
        _("Sunday"),
    )


def _short_weekdays() -> tuple[str, ...]:
    return (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))


def _months() -> tuple[str, ...]:
    return (
        _("January"),
        _("February"),
        _("March"),
        _("April"),
        _("May"),
        _("June"),
        _("July"),
        _("August"),
        _("September"),
        _("October"),
        _("November"),
        _("December"),
    )


def _short_months() -> tuple[str, ...]:
    return (
        _("Jan"),
        _("Feb"),
        _("Mar"),
        _("Apr"),
        _("May"),
        _("Jun"),
        _("Jul"),
        _("Aug"),
        _("Sep"),
        _("Oct"),
        _("Nov"),
        _("Dec"),
    )
