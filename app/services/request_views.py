"""Everything about one request that a person looks at, read in one snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.clock import local_day
from app.domain.errors import AppError
from app.domain.people import Verb
from app.ports.storage import EntryFilter
from app.services.clocks import deadline_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from app.domain.access import AccessCase, AccessState
    from app.domain.audit import Entry
    from app.domain.clock import Deadline
    from app.domain.people import Member
    from app.domain.policy import Policy, Verdict
    from app.domain.pulls import Notice, PulledCollection
    from app.domain.requests import Note, Request
    from app.domain.responses import Letter, Package
    from app.domain.verification import Verification
    from app.ports.regimes import Regime
    from app.ports.storage import UnitOfWork
    from app.services.deadlines import Deadlines
    from app.services.letter_texts import LetterTexts
    from app.services.signed_in import SignedIn

_HISTORY_AT_MOST = 500


@dataclass(frozen=True)
class RequestView:
    """One request with its clock, its access, its papers and its people, at ``now``.

    ``deadline`` is None where it cannot be counted; ``deadline_problem`` says why. ``entries`` are
    newest first. ``verdicts`` are by access request. ``readers`` hold the key of its data, as far
    as this member may know.
    """

    request: Request
    regime: Regime
    now: datetime
    today: date
    deadline: Deadline | None
    deadline_problem: AppError | None
    acknowledge: Deadline | None
    cases: tuple[AccessCase, ...]
    verdicts: Mapping[str, Verdict]
    verifications: tuple[Verification, ...]
    pulled: tuple[PulledCollection, ...]
    notices: tuple[Notice, ...]
    review_finished: tuple[str, datetime] | None
    letters: tuple[Letter, ...]
    packages: tuple[Package, ...]
    notes: tuple[Note, ...]
    files: tuple[tuple[str, int, str], ...]
    readers: tuple[str, ...]
    entries: tuple[Entry, ...]
    members: tuple[Member, ...]
    policy: Policy
    me: Member

    @property
    def names(self) -> dict[str, str]:
        """Member id to name."""
        return {each.id: each.name for each in self.members}

    @property
    def may_handle(self) -> bool:
        """Whether this member works on requests."""
        return self.me.may(Verb.HANDLE_REQUESTS)

    @property
    def case(self) -> AccessCase | None:
        """The newest access request."""
        return self.cases[-1] if self.cases else None

    @property
    def state(self) -> AccessState | None:
        """Where the newest access request stands."""
        return self.case.state(self.now) if self.case is not None else None

    @property
    def is_paused(self) -> bool:
        """Whether the subject has been asked for something and has not answered."""
        return any(each.answered is None for each in self.request.pauses)


class RequestViews:
    """Reads requests as a whole."""

    def __init__(
        self,
        here: SignedIn,
        *,
        regimes: Mapping[str, Regime],
        deadlines: Deadlines,
        texts: LetterTexts,
    ) -> None:
        self._here = here
        self._texts = texts
        self._regimes = regimes
        self._deadlines = deadlines

    def get(self, request_id: str) -> RequestView:
        """Return one request; ``NotFoundError("request.not_found")``."""
        with self._here.workspace.read() as unit:
            request = unit.requests.get(request_id)
            regime = self._regimes[request.regime]
            now = unit.now()
            cases = unit.access.of_request(request_id)
            deadline, problem = self._deadline(unit, request, now)
            history = EntryFilter(request=request_id, limit=_HISTORY_AT_MOST)
            return RequestView(
                request=request,
                regime=regime,
                now=now,
                today=local_day(now, request.timezone),
                deadline=deadline,
                deadline_problem=problem,
                acknowledge=self._deadline(unit, request, now, rule=regime.acknowledge)[0]
                if regime.acknowledge
                else None,
                cases=cases,
                verdicts={each.asked.id: unit.access.verdict(each.asked.id) for each in cases},
                verifications=unit.requests.verifications(request_id),
                pulled=unit.pulls.of_request(request_id),
                notices=unit.pulls.notices(request_id),
                review_finished=unit.review.finished(request_id),
                letters=self._texts.of_request(unit, request_id),
                packages=unit.responses.packages(request_id),
                notes=unit.requests.notes(request_id),
                files=unit.vault.files(request_id),
                readers=unit.vault.key_holders(request_id),
                entries=unit.log.find(history).rows,
                members=unit.members.all(),
                policy=unit.workspace.facts().policy,
                me=unit.members.get(self._here.member),
            )

    def _deadline(
        self, unit: UnitOfWork, request: Request, now: datetime, *, rule: str = ""
    ) -> tuple[Deadline | None, AppError | None]:
        try:
            counted = deadline_of(
                request,
                facts=unit.workspace.facts(),
                regime=self._regimes[request.regime],
                deadlines=self._deadlines,
                today=local_day(now, request.timezone),
                rule=rule,
            )
        except AppError as error:
            return None, error
        return counted, None
