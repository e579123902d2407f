"""From an instant to a local day and back: the law counts days where the controller is."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from app.domain.errors import InputError

_LAST_SECOND = time(23, 59, 59, fold=1)


def find_zone(name: str) -> ZoneInfo:
    """Return the time zone of that IANA name; InputError if there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise InputError("clock.unknown_zone", zone=name) from None


def local_day(instant: datetime, zone: str) -> date:
    """Return the day that ``instant`` falls on in ``zone``; InputError if it has no offset."""
    if instant.utcoffset() is None:
        raise InputError("clock.instant_without_offset")
    try:
        return instant.astimezone(find_zone(zone)).date()
    except OverflowError:
        raise InputError("clock.not_an_instant") from None


def last_second(day: date, zone: str) -> datetime:
    """Return 23:59:59 of ``day`` in ``zone``, the later one where that hour comes twice, in UTC."""
    return datetime.combine(day, _LAST_SECOND, tzinfo=find_zone(zone)).astimezone(UTC)
