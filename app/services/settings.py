"""What holds for the whole workspace: the controller, the policy, days that calendars get wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app.domain.audit import Action, Details, Event
from app.domain.errors import InputError
from app.domain.people import Verb
from app.domain.workspace import DayOverride
from app.ports.storage import RequestFilter

if TYPE_CHECKING:
    from datetime import date

    from app.domain.policy import Policy
    from app.domain.workspace import Controller, WorkspaceFacts
    from app.ports.storage import UnitOfWork
    from app.services.dates import Dates
    from app.services.deadlines import Deadlines
    from app.services.signed_in import SignedIn

_ALL = 1_000_000


class WorkspaceSettings:
    """Changed by administrators, read by everybody."""

    def __init__(self, here: SignedIn, *, deadlines: Deadlines, dates: Dates) -> None:
        self._here = here
        self._dates = dates
        self._deadlines = deadlines

    def calendars(self) -> tuple[str, ...]:
        """Return the ids of the calendars of public holidays."""
        return tuple(self._deadlines.calendar_ids())

    def facts(self) -> WorkspaceFacts:
        """Return the workspace's own facts."""
        with self._here.workspace.read() as unit:
            return unit.workspace.facts()

    def set_controller(self, controller: Controller) -> None:
        """Change how documents name the controller."""
        if not controller.name.strip():
            raise InputError("workspace.title_missing")
        with self._here.workspace.write() as unit:
            self._must_manage(unit)
            unit.workspace.set_controller(controller)
            unit.record(
                Event(Action.WORKSPACE_CHANGED, self._here.member, details={"what": "controller"})
            )
            unit.commit()

    def set_policy(self, policy: Policy) -> None:
        """Replace the policy; its version must be the next one."""
        if policy.minutes_at_most < policy.minutes_by_default or policy.minutes_by_default < 1:
            raise InputError("policy.minutes_do_not_fit")
        if policy.lock_after_minutes < 1 or policy.retention_days < 1:
            raise InputError("policy.too_small")
        if policy.approvers_needed < 1 or policy.approvers_for_unusual < 1:
            raise InputError("policy.nobodys_yes")
        if policy.stamps_from and not _is_web_address(policy.stamps_from):
            raise InputError("stamp.bad_address")
        with self._here.workspace.write() as unit:
            self._must_manage(unit)
            before = unit.workspace.facts().policy
            if policy.version != before.version + 1:
                raise InputError("policy.version_not_next", version=before.version + 1)
            unit.workspace.set_policy(policy)
            details: Details = {
                "policy": policy.key,
                "version": policy.version,
                "minutes_at_most": policy.minutes_at_most,
                "retention_days": policy.retention_days,
                "lock_after_minutes": policy.lock_after_minutes,
                "approvers_needed": policy.approvers_needed,
                "approvers_for_unusual": policy.approvers_for_unusual,
                "stamps_from": policy.stamps_from,
            }
            unit.record(Event(Action.POLICY_CHANGED, self._here.member, details=details))
            unit.commit()

    def change_day(
        self, calendar: str, day: date, *, name: str, is_holiday: bool, reason: str
    ) -> None:
        """Say that ``day`` is a holiday, or is none, whatever the package says. The last word wins.

        Dates that depend on it are counted anew when they are asked for, with the change in their
        source.
        """
        override = DayOverride(calendar, day, name, is_holiday, reason)
        change = override.as_change()
        with self._here.workspace.write() as unit:
            self._must_manage(unit)
            before = unit.workspace.facts().overrides
            others = [each for each in before if (each.calendar, each.day) != (calendar, day)]
            if len(others) == len(before):
                # What the workspace itself said of a day it may take back.
                self._deadlines.calendar(calendar).check(change)
            unit.workspace.set_overrides([*others, override])
            self._count_anew(unit, calendar)
            details: Details = {
                "calendar": calendar,
                "day": day.isoformat(),
                "is_holiday": is_holiday,
            }
            unit.record(Event(Action.CALENDAR_CHANGED, self._here.member, details=details))
            unit.commit()

    def _count_anew(self, unit: UnitOfWork, calendar: str) -> None:
        """Keep what the change does to the open requests that are counted by ``calendar``."""
        which = RequestFilter(is_open=True, limit=_ALL)
        for request in unit.requests.find(which).rows:
            if request.calendar == calendar:
                self._dates.keep(unit, request)

    def _must_manage(self, unit: UnitOfWork) -> None:
        unit.members.get(self._here.member).must(Verb.MANAGE_SOURCES)


def _is_web_address(text: str) -> bool:
    """Say whether ``text`` is http or https with a host, without a name or password in it."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    is_web = parts.scheme in {"http", "https"} and bool(parts.hostname)
    return is_web and "@" not in parts.netloc and text.isascii() and " " not in text
