"""The log as people look at it: a part of it, one entry with its proof, whether it is whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from app.domain.audit import NO_HASH, Verified, hash_entry
from app.domain.errors import AppError, NotFoundError
from app.domain.people import Verb
from app.services.log_checks import check_log
from app.services.signatures import signatures_valid

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from app.domain.access import AccessCase
    from app.domain.audit import ChainState, Entry
    from app.domain.people import Member
    from app.ports.progress import Task
    from app.ports.security import Certificates
    from app.ports.storage import EntryFilter, UnitOfWork
    from app.services.signed_in import SignedIn

_WHOLE_EVERY = timedelta(days=1)


@dataclass(frozen=True)
class LogPage:
    """A part of the log, how long the whole is, and who is meant by the ids in it."""

    rows: tuple[Entry, ...]
    total: int
    names: Mapping[str, str]


@dataclass(frozen=True)
class LogFacts:
    """What filters of the log offer, and where it ends at ``now``."""

    members: tuple[Member, ...]
    sources: tuple[tuple[str, str], ...]
    """Key and title."""
    entries: int
    head: str
    now: datetime
    verified: Verified | None
    """How far this machine found it sound."""


@dataclass(frozen=True)
class EntryView:
    """One entry with what belongs to it.

    ``case`` is the access request that it is part of, if any; ``signature_valid`` is of its
    decisions. ``is_unchanged``: the hash is that of this line after the entry before. ``follows``:
    the entry before has the hash that this one names.
    """

    entry: Entry
    actor: Member | None
    names: Mapping[str, str]
    case: AccessCase | None
    signature_valid: bool | None
    is_unchanged: bool
    follows: bool


class LogViews:
    """Reads the log for members who may; reading it changes nothing."""

    def __init__(self, here: SignedIn, *, certificates: Certificates) -> None:
        self._here = here
        self._certificates = certificates

    def facts(self) -> LogFacts:
        """Return who, what and how much there is."""
        with self._here.workspace.read() as unit:
            self._must_read(unit)
            number, head, _at = unit.log.head()
            sources = tuple((each.key, each.title) for each in unit.sources.all())
            verified = unit.log.verified()
            return LogFacts(unit.members.all(), sources, number, head, unit.now(), verified)

    def page(self, which: EntryFilter) -> LogPage:
        """Return a part of the log."""
        with self._here.workspace.read() as unit:
            self._must_read(unit)
            found = unit.log.find(which)
            names = {each.id: each.name for each in unit.members.all()}
            return LogPage(found.rows, found.total, names)

    def entry(self, number: int) -> EntryView:
        """Return one entry with its proof; ``NotFoundError("log.no_such_entry")``."""
        with self._here.workspace.read() as unit:
            self._must_read(unit)
            entry = unit.log.get(number)
            if entry is None:
                raise NotFoundError("log.no_such_entry", number=number)
            before = unit.log.get(number - 1)
            members = {each.id: each for each in unit.members.all()}
            facts = entry.facts()
            case = self._case(unit, str(facts.get("object", "")))
            expected = hash_entry(entry.previous, number, entry.line.encode())
            return EntryView(
                entry=entry,
                actor=members.get(str(facts.get("actor", ""))),
                names={each.id: each.name for each in members.values()},
                case=case,
                signature_valid=signatures_valid(unit, case.decisions, self._certificates)
                if case is not None
                else None,
                is_unchanged=expected == entry.hash,
                follows=entry.previous == (before.hash if before is not None else NO_HASH),
            )

    def check(self, task: Task, *, whole: bool = False) -> ChainState:
        """Verify the log and hold it against what this machine remembers of it.

        It goes on from where this machine found it sound before, and looks at every entry once a
        day, where ``whole`` says so, and where the log no longer holds what was sound.
        """
        with self._here.workspace.read() as unit:
            self._must_read(unit)
            known, now = unit.log.verified(), unit.now()
            if known is not None and (whole or now - known.whole_at > _WHOLE_EVERY):
                known = None
            state = check_log(
                unit,
                self._certificates,
                task=task,
                since=known.state if known else None,
            )
            if state.is_sound:
                whole_at = known.whole_at if known is not None else now
                unit.log.remember_verified(Verified(state, now, whole_at))
            return state

    @staticmethod
    def _case(unit: UnitOfWork, of: str) -> AccessCase | None:
        """Return the access request that a session or an access request is part of."""
        find = {"S": unit.access.by_session, "A": unit.access.get}.get(of.partition("-")[0])
        if find is None:
            return None
        try:
            return find(of)
        except AppError:
            return None

    def _must_read(self, unit: UnitOfWork) -> None:
        unit.members.get(self._here.member).must(Verb.READ_LOG)
