"""Recording how the subject's identity was looked at, and what came of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app.domain.audit import Action, Event
from app.domain.errors import NotAllowedError
from app.domain.people import Verb
from app.domain.requests import Stage
from app.domain.verification import Level, Method, Verification
from app.services.casework import move

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from app.domain.requests import Request
    from app.ports.regimes import Regime
    from app.services.dates import Dates
    from app.services.signed_in import SignedIn

_REACHES: dict[Method, Level] = {
    Method.NO_DOUBT: Level.REASONABLE,
    Method.ACCOUNT_LOGIN: Level.HIGH,
    Method.EMAIL_LOOP: Level.REASONABLE,
    Method.PHONE_LOOP: Level.REASONABLE,
    Method.FACTS_MATCHED: Level.REASONABLE,
    Method.DOCUMENT_SEEN: Level.HIGH,
    Method.DECLARATION_SIGNED: Level.HIGH,
    Method.AGENT_AUTHORITY: Level.REASONABLE,
}
_FACTS_FOR_HIGH = 3


def level_reached(method: Method, facts_matched: int) -> Level:
    """Return how sure ``method`` makes us; a declaration counts with three facts that match."""
    if method is Method.DECLARATION_SIGNED and facts_matched < _FACTS_FOR_HIGH:
        return Level.REASONABLE
    return _REACHES[method]


class Verifying:
    """Looks at identity."""

    def __init__(self, here: SignedIn, *, regimes: Mapping[str, Regime], dates: Dates) -> None:
        self._here = here
        self._dates = dates
        self._regimes = regimes

    def decide(
        self,
        request_id: str,
        *,
        method: Method,
        verified: bool,
        facts_matched: int = 0,
        note: str = "",
        evidence_kept: bool = False,
        identities: tuple[str, ...] = (),
        information_received: date | None = None,
    ) -> Request:
        """Record a look at identity. A yes that reaches the regime's level marks ``identities``
        (kinds; empty: all) as verified and moves the request on to its scope.

        ``information_received`` is the day on which something arrived that we had to ask for; some
        laws start the clock then (UK GDPR Art. 12A).
        """
        with self._here.workspace.write() as unit:
            unit.members.get(self._here.member).must(Verb.HANDLE_REQUESTS)
            request = unit.requests.get(request_id)
            request.must_be_at(Stage.INTAKE, Stage.IDENTITY)
            level = level_reached(method, facts_matched)
            wanted = self._regimes[request.regime].identity_level[request.right]
            if verified and level < wanted:
                raise NotAllowedError(
                    "identity.level_not_reached", level=level.name, wanted=wanted.name
                )
            unit.requests.add_verification(
                Verification(
                    request=request_id,
                    number=len(unit.requests.verifications(request_id)) + 1,
                    method=method,
                    level=level,
                    verified=verified,
                    facts_matched=facts_matched,
                    note=note,
                    evidence_kept=evidence_kept,
                    by=self._here.member,
                    at=unit.now(),
                )
            )
            unit.record(
                Event(
                    Action.IDENTITY_VERIFIED if verified else Action.IDENTITY_NOT_VERIFIED,
                    self._here.member,
                    request_id,
                    details={
                        "method": method.value,
                        "level": level.name.lower(),
                        "facts_matched": facts_matched,
                        "evidence_kept": evidence_kept,
                    },
                )
            )
            if request.stage is Stage.INTAKE:
                request = move(unit, request, Stage.IDENTITY, by=self._here.member)
            if verified:
                subject = replace(
                    request.subject,
                    identities=tuple(
                        replace(each, verified=not identities or each.kind in identities)
                        for each in request.subject.identities
                    ),
                )
                received = request.identity_received or information_received
                request = unit.requests.replace(
                    replace(request, subject=subject, identity_received=received)
                )
                self._dates.keep(unit, request)
                if request.right.ends_in_package:
                    request = move(unit, request, Stage.SCOPE, by=self._here.member)
            unit.commit()
            return request
