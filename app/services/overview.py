"""Many requests at once: the list, what needs whom, what is due when, what was done."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from app.domain.access import AccessCase, AccessState
from app.domain.clock import local_day
from app.domain.people import Verb
from app.domain.requests import Stage
from app.ports.progress import Progress
from app.ports.storage import RequestFilter
from app.services.deciders import Deciders
from app.services.scratch import exporting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date
    from pathlib import Path

    from app.domain.people import Member
    from app.domain.requests import Request, RequestDates
    from app.ports.progress import Task
    from app.ports.reports import PortableFiles
    from app.ports.storage import Listed, UnitOfWork
    from app.services.signed_in import SignedIn

DAYS_AHEAD = 15
SOON_DAYS = 7
WEEKS_BACK = 12
_NEEDS_AT_MOST = 50
_FOUND_AT_MOST = 12
_EXPORTED_AT_ONCE = 500


class Step(StrEnum):
    """What a request needs next."""

    BEGIN = "begin"
    VERIFY = "verify"
    AWAIT_SUBJECT = "await_subject"
    ASK = "ask"
    AWAIT_DECISION = "await_decision"
    DECIDE = "decide"
    DENIED = "denied"
    ASK_AGAIN = "ask_again"
    PULL = "pull"
    SESSION_OPEN = "session_open"
    REVIEW = "review"
    RESPOND = "respond"
    CLOSE = "close"
    NOTHING = "nothing"


@dataclass(frozen=True)
class RequestRow:
    """One request as lists show it. ``ends_at`` is the deadline of its open session."""

    request: Request
    dates: RequestDates
    step: Step
    ends_at: datetime | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether somebody else has to act first."""
        return self.step in {Step.AWAIT_DECISION, Step.AWAIT_SUBJECT, Step.NOTHING}

    @property
    def is_to_decide(self) -> bool:
        """Whether access for it waits for who reads this."""
        return self.step is Step.DECIDE


@dataclass(frozen=True)
class Requests:
    """A part of a list, how long the whole is, and what is needed to read it."""

    rows: tuple[RequestRow, ...]
    total: int
    now: datetime
    today: date
    names: Mapping[str, str]


@dataclass(frozen=True)
class OpenAccess:
    """One window that is open, with who granted it and how many sources it reaches."""

    case: AccessCase
    officer: str
    approver: str
    sources: int


@dataclass(frozen=True)
class Glance:
    """What is always in sight: who I am, counters and open windows, at ``now``."""

    now: datetime
    me: Member
    open_requests: int
    due_soon: int
    overdue: int
    waiting_for_me: int
    open_access: tuple[OpenAccess, ...]


@dataclass(frozen=True)
class Today:
    """The first page. ``deadlines`` are (day, request) of the days ahead and of what is overdue;
    ``closed`` is per week (its Monday, how many), oldest first.
    """

    glance: Glance
    today: date
    new_this_week: int
    earliest: Listed | None
    latest_overdue: Listed | None
    waiting: int
    longest_waiting: timedelta
    deadlines: tuple[tuple[date, str], ...]
    closed: tuple[tuple[date, int], ...]
    needs_me: Requests


class Overview:
    """Reads over all requests, in SQL; names leave it only where a person asks for one of them."""

    def __init__(self, here: SignedIn, *, portable: PortableFiles) -> None:
        self._here = here
        self._portable = portable

    def requests(self, which: RequestFilter) -> Requests:
        """Return a part of the list."""
        with self._here.workspace.read() as unit:
            return self._requests(unit, which)

    def none(self) -> Requests:
        """Return a part of the list without requests: the time, the day, the people."""
        return self.requests(RequestFilter(limit=0))

    def counts(self) -> tuple[int, int]:
        """Return how many requests are open and how many closed."""
        with self._here.workspace.read() as unit:
            count = unit.requests.count
            return count(RequestFilter(is_open=True)), count(RequestFilter(is_open=False))

    def officers(self) -> tuple[Member, ...]:
        """Return who handles requests, by name."""
        with self._here.workspace.read() as unit:
            return tuple(each for each in unit.members.all() if each.may(Verb.HANDLE_REQUESTS))

    def find(self, text: str) -> Requests:
        """Return the requests that ``text`` is most likely about, newest first."""
        return self.requests(RequestFilter(text=text, limit=_FOUND_AT_MOST))

    def glance(self) -> Glance:
        """Return what is always in sight."""
        with self._here.workspace.read() as unit:
            return self._glance(unit)

    def today(self) -> Today:
        """Return everything on the first page, of one moment."""
        with self._here.workspace.read() as unit:
            now, zone = unit.now(), unit.workspace.facts().timezone
            today = local_day(now, zone)
            glance = self._glance(unit)
            due = RequestFilter(is_open=True, order="due", due_from=today, limit=1)
            overdue = replace(due, due_from=None, due_until=today - timedelta(days=1), limit=500)
            ahead = replace(due, due_until=today + timedelta(days=DAYS_AHEAD - 1), limit=500)
            late, soon = unit.requests.listed(overdue).rows, unit.requests.listed(ahead).rows
            waiting = [
                each for each in unit.access.undecided() if each.state(now) is AccessState.WAITING
            ]
            monday = today - timedelta(days=today.weekday())
            return Today(
                glance=glance,
                today=today,
                new_this_week=self._new_since(unit, _midnight(monday, zone)),
                earliest=soon[0] if soon else None,
                latest_overdue=late[0] if late else None,
                waiting=len(waiting),
                longest_waiting=max(
                    (now - each.asked.asked_at for each in waiting), default=timedelta()
                ),
                deadlines=tuple(
                    (each.dates.due, each.request.id) for each in (*late, *soon) if each.dates.due
                ),
                closed=tuple(self._closed(unit, monday, zone)),
                needs_me=self._needs_me(unit),
            )

    def export(self, which: RequestFilter, out: Path, task: Task, words: Words) -> int:
        """Write the whole list as CSV, without the subjects' names; return how many lines.

        ``StorageError`` where it cannot be written; an existing file is only replaced by a whole
        one.
        """
        lines = (
            words.line(each, part) for part in self._in_parts(which, task) for each in part.rows
        )
        with exporting():
            return self._portable.write_table(words.titles, lines, csv_path=out)

    def _in_parts(self, which: RequestFilter, task: Task) -> Iterator[Requests]:
        done = 0
        with self._here.workspace.read() as unit:
            while True:
                part = replace(which, offset=done, limit=_EXPORTED_AT_ONCE)
                rows = self._requests(unit, part)
                done += len(rows.rows)
                yield rows
                task.report(Progress("export", done, rows.total))
                if len(rows.rows) < _EXPORTED_AT_ONCE:
                    return

    def _requests(self, unit: UnitOfWork, which: RequestFilter) -> Requests:
        now = unit.now()
        page = unit.requests.listed(which)
        return Requests(
            rows=tuple(_row(unit, each, now) for each in page.rows),
            total=page.total,
            now=now,
            today=local_day(now, unit.workspace.facts().timezone),
            names={each.id: each.name for each in unit.members.all()},
        )

    def _needs_me(self, unit: UnitOfWork) -> Requests:
        me = unit.members.get(self._here.member)
        which = RequestFilter(is_open=True, order="due", limit=_NEEDS_AT_MOST)
        if me.may(Verb.HANDLE_REQUESTS):
            hers = self._requests(unit, replace(which, owner=me.id))
        else:
            hers = replace(self._requests(unit, replace(which, limit=0)), total=0)
        if not me.may(Verb.DECIDE_ACCESS):
            return hers
        asked = {}
        for case in self._waiting_for(unit, me.id, hers.now):
            found = unit.requests.listed(RequestFilter(text=case.asked.request, limit=10)).rows
            for each in found:
                if each.request.id == case.asked.request:
                    asked[each.request.id] = RequestRow(each.request, each.dates, Step.DECIDE)
        others = tuple(each for each in hers.rows if each.request.id not in asked)
        total = hers.total - len(hers.rows) + len(others) + len(asked)
        return replace(hers, rows=(*asked.values(), *others)[:_NEEDS_AT_MOST], total=total)

    def _glance(self, unit: UnitOfWork) -> Glance:
        now = unit.now()
        me = unit.members.get(self._here.member)
        today = local_day(now, unit.workspace.facts().timezone)
        names = {each.id: each.name for each in unit.members.all()}
        count = unit.requests.count
        is_open = RequestFilter(is_open=True)
        soon = today + timedelta(days=SOON_DAYS)
        return Glance(
            now=now,
            me=me,
            open_requests=count(is_open),
            due_soon=count(replace(is_open, due_from=today, due_until=soon)),
            overdue=count(replace(is_open, due_until=today - timedelta(days=1))),
            waiting_for_me=(
                len(self._waiting_for(unit, me.id, now)) if me.may(Verb.DECIDE_ACCESS) else 0
            ),
            open_access=tuple(
                OpenAccess(
                    case,
                    officer=names.get(case.asked.requester, ""),
                    approver=", ".join(names.get(each.approver, "") for each in case.grants),
                    sources=len({each.dataset for each in case.asked.scope.collections}),
                )
                for case in unit.access.unended()
                if case.state(now) is AccessState.OPEN
            ),
        )

    @staticmethod
    def _waiting_for(unit: UnitOfWork, member: str, now: datetime) -> list[AccessCase]:
        deciders = Deciders(unit)
        return [
            each
            for each in unit.access.undecided()
            if each.state(now) is AccessState.WAITING
            and each.waits_for(member)
            and deciders.may(member, each.asked.scope)
        ]

    @staticmethod
    def _new_since(unit: UnitOfWork, since: datetime) -> int:
        page = unit.requests.find(RequestFilter(order="-created_at", limit=500))
        return sum(each.created_at >= since for each in page.rows)

    @staticmethod
    def _closed(unit: UnitOfWork, monday: date, zone: str) -> Iterator[tuple[date, int]]:
        for weeks in range(WEEKS_BACK - 1, -1, -1):
            first = monday - timedelta(weeks=weeks)
            until = _midnight(first + timedelta(weeks=1), zone)
            yield first, unit.requests.count_closed(_midnight(first, zone), until)


@dataclass(frozen=True)
class Words:
    """How an exported list is written: the titles, and the cells of a line."""

    titles: tuple[str, ...]
    line: Callable[[RequestRow, Requests], tuple[str, ...]]


def _row(unit: UnitOfWork, listed: Listed, now: datetime) -> RequestRow:
    request, dates = listed.request, listed.dates
    if request.closed_at is not None:
        return RequestRow(request, dates, Step.NOTHING)
    if request.stage not in {Stage.APPROVAL, Stage.PULL}:
        waits = dates.is_paused and request.stage in {Stage.INTAKE, Stage.IDENTITY, Stage.SCOPE}
        return RequestRow(request, dates, Step.AWAIT_SUBJECT if waits else _STEPS[request.stage])
    cases = unit.access.of_request(request.id)
    if not cases:
        return RequestRow(request, dates, Step.ASK)
    window = cases[-1].window
    state = cases[-1].state(now)
    ends_at = window.deadline if window is not None and state is AccessState.OPEN else None
    return RequestRow(request, dates, _STEPS_OF_ACCESS[state], ends_at)


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone))


_STEPS = {
    Stage.INTAKE: Step.BEGIN,
    Stage.IDENTITY: Step.VERIFY,
    Stage.SCOPE: Step.ASK,
    Stage.REVIEW: Step.REVIEW,
    Stage.RESPOND: Step.RESPOND,
    Stage.CLOSE: Step.CLOSE,
}
_STEPS_OF_ACCESS = {
    AccessState.WAITING: Step.AWAIT_DECISION,
    AccessState.DENIED: Step.DENIED,
    AccessState.WITHDRAWN: Step.ASK_AGAIN,
    AccessState.LAPSED: Step.ASK_AGAIN,
    AccessState.REVOKED: Step.ASK_AGAIN,
    AccessState.GRANTED: Step.PULL,
    AccessState.OPEN: Step.SESSION_OPEN,
    AccessState.ENDED: Step.ASK_AGAIN,
}
