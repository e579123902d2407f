"""What the parts of the audit report say again and again: people, times, numbers."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from app.domain.clock import local_day
from app.i18n import _, ngettext
from app.wording import terms
from app.wording.clock_days import plain_day
from app.wording.terms import in_words

if TYPE_CHECKING:
    from datetime import date, datetime

    from app.domain.datamap import CollectionAddress
    from app.ports.reports import AccessStory, AuditReport

_MINUTE = 60
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR


class Facts:
    """One report, asked for people, names and days."""

    def __init__(self, report: AuditReport) -> None:
        self.report = report
        self.names = {each.id: each.name for each in report.members.values()}

    def name(self, member: str) -> str:
        """Return a member's name."""
        return self.names.get(member) or member or _("nobody")

    def name_and_role(self, member: str) -> str:
        """Return ``Nadia Roth, privacy officer``."""
        known = self.report.members.get(member)
        if known is None or not known.roles:
            return self.name(member)
        roles = sorted(known.roles)
        return f"{known.name}, {', '.join(in_words(terms.ROLES, role) for role in roles)}"

    def people(self, members: set[str]) -> str:
        """Return several members with their roles."""
        return "; ".join(sorted(self.name_and_role(each) for each in members)) or _("nobody")

    def collection(self, address: CollectionAddress) -> str:
        """Return ``Web shop / Orders`` as people call them."""
        titles = self.report.titles
        source = titles.get(address.dataset, address.dataset)
        return f"{source} / {titles.get(str(address), address.collection)}"

    def source(self, key: str) -> str:
        """Return what people call a source."""
        return self.report.titles.get(key, key)

    def article(self) -> str:
        """Return ``access under GDPR Art. 15``."""
        request, regime = self.report.request, self.report.regime
        right = in_words(terms.RIGHTS, request.right.value)
        article = regime.articles.get(request.right, "")
        return _("{right} under {law}").format(right=right, law=f"{regime.title} {article}".strip())

    def local(self, moment: datetime) -> date:
        """Return the day of a moment where the request is counted."""
        return local_day(moment, self.report.request.timezone)

    @property
    def used(self) -> tuple[AccessStory, ...]:
        """The access requests whose window was opened."""
        return tuple(each for each in self.report.access if each.case.window is not None)


def moment(at: datetime, *, seconds: bool = True) -> str:
    """Return ``20 Nov 2026 14:02:11`` in UTC."""
    utc = at.astimezone(UTC)
    return f"{day_short(utc)} {utc:%H:%M:%S}" if seconds else f"{day_short(utc)} {utc:%H:%M}"


def clock_time(at: datetime, *, milliseconds: bool = False) -> str:
    """Return ``14:02:11`` in UTC."""
    utc = at.astimezone(UTC)
    return f"{utc:%H:%M:%S}.{utc.microsecond // 1000:03}" if milliseconds else f"{utc:%H:%M:%S}"


def day_short(day: date) -> str:
    """Return ``20 Nov 2026``."""
    long = plain_day(day).split(" ")
    return " ".join(part[:3] if part.isalpha() else part for part in long)


def duration(seconds: int) -> str:
    """Return ``14 min 9 s``, ``3 h 5 min``, ``2 days``."""
    if seconds >= 2 * _DAY:
        return ngettext("{n} day", "{n} days", seconds // _DAY).format(n=seconds // _DAY)
    if seconds >= _HOUR:
        return _("{h} h {min} min").format(h=seconds // _HOUR, min=seconds % _HOUR // _MINUTE)
    if seconds >= _MINUTE:
        return _("{min} min {s} s").format(min=seconds // _MINUTE, s=seconds % _MINUTE)
    return _("{s} s").format(s=seconds)


def number(value: int) -> str:
    """Return ``12,408``."""
    return f"{value:,}"


def grouped(digest: str, *, groups: int = 16) -> str:
    """Return a hash in groups of four, at most ``groups`` of them."""
    return " ".join(digest[at : at + 4] for at in range(0, min(len(digest), groups * 4), 4))
