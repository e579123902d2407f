"""Points in time as people say them, in the zone that matters to them."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from app.i18n import _, ngettext
from app.wording.clock_days import day_in_year, short_day

if TYPE_CHECKING:
    from datetime import datetime

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_JUST_NOW_SECONDS = 45


def clock_time(at: datetime, zone: str, *, seconds: bool = False) -> str:
    """Return ``17:21`` or ``17:21:05``."""
    return at.astimezone(ZoneInfo(zone)).strftime("%H:%M:%S" if seconds else "%H:%M")


def log_time(at: datetime) -> str:
    """Return ``20 Nov 09:26:58`` in UTC, as the log counts."""
    local = at.astimezone(UTC)
    return f"{day_in_year(local.date())} {local:%H:%M:%S}"


def log_moment(at: datetime) -> str:
    """Return ``20 Nov 2026 09:26:28.402 UTC``."""
    local = at.astimezone(UTC)
    milliseconds = local.microsecond // 1000
    return f"{day_in_year(local.date())} {local.year} {local:%H:%M:%S}.{milliseconds:03} UTC"


def moment_in_words(at: datetime, zone: str) -> str:
    """Return ``Fri 23 Oct 2026, 17:21``."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{short_day(local.date())}, {local:%H:%M}"


def moment_near(at: datetime, now: datetime, zone: str) -> str:
    """Return ``today 17:21``, ``yesterday 17:21`` or the day with the time."""
    local = at.astimezone(ZoneInfo(zone))
    days = (now.astimezone(ZoneInfo(zone)).date() - local.date()).days
    if days == 0:
        return _("today {time}").format(time=f"{local:%H:%M}")
    if days == 1:
        return _("yesterday {time}").format(time=f"{local:%H:%M}")
    return moment_in_words(at, zone)


def ago_in_words(at: datetime, now: datetime) -> str:
    """Return ``4 minutes ago``, ``2 hours ago``, ``3 days ago``."""
    seconds = max(0, int((now - at).total_seconds()))
    if seconds < _JUST_NOW_SECONDS:
        return _("just now")
    return _("{time} ago").format(time=span_in_words(seconds))


def span_in_words(seconds: int) -> str:
    """Return ``4 minutes``, ``2 hours``, ``3 days``: the largest unit, rounded down, at least 1."""
    if seconds < _HOUR:
        minutes = max(1, seconds // _MINUTE)
        return ngettext("{n} minute", "{n} minutes", minutes).format(n=minutes)
    if seconds < _DAY:
        hours = seconds // _HOUR
        return ngettext("{n} hour", "{n} hours", hours).format(n=hours)
    days = seconds // _DAY
    return ngettext("{n} day", "{n} days", days).format(n=days)


def countdown_in_words(seconds: float) -> str:
    """Return ``21:46`` or ``1:02:03``; never less than nothing. What is begun counts as whole."""
    left = max(0, -int(-seconds // 1))
    hours, rest = divmod(left, _HOUR)
    minutes, secs = divmod(rest, _MINUTE)
    return f"{hours}:{minutes:02}:{secs:02}" if hours else f"{minutes:02}:{secs:02}"


def bytes_in_words(size: int) -> str:
    """Return ``38 kB`` or ``1.2 MB`` (decimal units)."""
    if size < 1000:  # noqa: PLR2004 - decimal units
        return _("{n} bytes").format(n=size)
    if size < 1_000_000:  # noqa: PLR2004 - decimal units
        return _("{n} kB").format(n=round(size / 1000))
    return _("{n:.1f} MB").format(n=size / 1_000_000)
