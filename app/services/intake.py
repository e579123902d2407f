"""Recording requests: who, which right, when received and how, the original kept."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.domain.audit import Action, Event
from app.domain.clock import find_zone, local_day
from app.domain.errors import InputError
from app.domain.people import Verb
from app.domain.requests import Channel, Request, Right, Stage, Subject
from app.services.clocks import deadline_of
from app.services.identifying import search_values
from app.services.signed_in import key_print

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from app.domain.clock import Deadline
    from app.domain.requests import SubjectIdentity
    from app.domain.verification import Level
    from app.domain.workspace import WorkspaceFacts
    from app.ports.regimes import Regime
    from app.ports.security import Sealing
    from app.ports.storage import UnitOfWork
    from app.services.dates import Dates
    from app.services.deadlines import Deadlines
    from app.services.signed_in import RequestKeys, SignedIn

_CLOCK_SKEW_SECONDS = 300


@dataclass(frozen=True)
class NewRequest:
    """What came in. Several rights in one message become linked requests with their own clocks.

    ``timezone`` and ``calendar`` empty: the workspace's. ``original`` are the bytes of the message.
    """

    regime: str
    rights: tuple[Right, ...]
    subject: Subject
    received_at: datetime
    channel: Channel
    timezone: str = ""
    calendar: str = ""
    original: bytes = b""
    original_name: str = ""


class Intake:
    """Records what comes in."""

    def __init__(
        self,
        here: SignedIn,
        *,
        regimes: Mapping[str, Regime],
        deadlines: Deadlines,
        request_keys: RequestKeys,
        sealing: Sealing,
        dates: Dates,
    ) -> None:
        self._here = here
        self._dates = dates
        self._regimes = regimes
        self._deadlines = deadlines
        self._request_keys = request_keys
        self._sealing = sealing

    def suggest_regime(self, country: str) -> Regime | None:
        """Return the regime that ``country`` (ISO 3166, with subdivision where there is) suggests.

        The more exact match wins; None where no regime names the country.
        """
        wanted = country.strip().upper()
        for candidate in (wanted, wanted.partition("-")[0]):
            for regime in self._regimes.values():
                if candidate and candidate in regime.countries:
                    return regime
        return None

    def identity_level(self, regime: str, right: Right) -> Level:
        """Return how sure the regime wants us to be before we answer."""
        return self._regimes[regime].identity_level[right]

    def regimes(self) -> tuple[Regime, ...]:
        """Return every law under which a request can be recorded."""
        return tuple(self._regimes.values())

    def preview(self, new: NewRequest) -> Deadline:
        """Count when the first of the rights would have to be answered; nothing is recorded."""
        with self._here.workspace.read() as unit:
            facts = unit.workspace.facts()
            if new.regime not in self._regimes:
                raise InputError("request.unknown_regime", regime=new.regime)
            regime = self._regimes[new.regime]
            if not new.rights or new.rights[0] not in regime.rules:
                raise InputError("request.no_right")
            blank = _blank(new, facts, member=self._here.member, now=unit.now())
            return deadline_of(
                blank,
                facts=facts,
                regime=regime,
                deadlines=self._deadlines,
                today=local_day(unit.now(), blank.timezone),
            )

    def similar(self, identities: Iterable[SubjectIdentity], *, region: str) -> tuple[Request, ...]:
        """Return requests whose subject has one of ``identities``, newest first."""
        written = [each for each in identities if each.value.strip()]
        values = {each.value for each in written}
        for kind_values in search_values(written, region=region).values():
            values.update(kind_values)
        with self._here.workspace.read() as unit:
            return unit.requests.known_by(values)

    def record(self, new: NewRequest) -> tuple[Request, ...]:
        """Record a message as one request for each right, and keep the original sealed."""
        with self._here.workspace.write() as unit:
            unit.members.get(self._here.member).must(Verb.HANDLE_REQUESTS)
            self._check(unit, new)
            facts = unit.workspace.facts()
            now = unit.now()
            blank = _blank(new, facts, member=self._here.member, now=now)
            year = local_day(new.received_at, blank.timezone).year
            ids = [self._reference(unit, year) for _ in new.rights]
            requests = []
            for request_id, right in zip(ids, new.rights, strict=True):
                linked = tuple(each for each in ids if each != request_id)
                request = replace(blank, id=request_id, right=right, linked=linked)
                requests.append(self._add(unit, request, new))
            unit.commit()
            return tuple(requests)

    def read_original(self, request_id: str, name: str) -> bytes:
        """Return a file that is kept with the request, in clear."""
        with self._here.workspace.read() as unit:
            key = self._request_keys.get(unit, request_id)
            sealed = unit.vault.file(request_id, name)
        return self._sealing.decrypt(key, sealed, context=f"{request_id}/file/{name}")

    def _add(self, unit: UnitOfWork, request: Request, new: NewRequest) -> Request:
        unit.requests.add(request)
        self._dates.keep(unit, request)
        key = self._request_keys.make(unit, request.id)
        if new.original:
            name = new.original_name or "original"
            sealed = self._sealing.encrypt(key, new.original, context=f"{request.id}/file/{name}")
            unit.vault.put_file(
                request.id,
                name,
                sealed,
                bytes_=len(new.original),
                sha256=hashlib.sha256(new.original).hexdigest(),
            )
        unit.record(
            Event(
                Action.REQUEST_RECORDED,
                self._here.member,
                request.id,
                details={
                    "regime": request.regime,
                    "right": request.right.value,
                    "channel": request.channel.value,
                    "received_at": request.received_at.isoformat(),
                    "linked": list(request.linked),
                    "key": key_print(key),
                    "original_sha256": hashlib.sha256(new.original).hexdigest()
                    if new.original
                    else None,
                },
            )
        )
        return request

    def _check(self, unit: UnitOfWork, new: NewRequest) -> None:
        if new.regime not in self._regimes:
            raise InputError("request.unknown_regime", regime=new.regime)
        if not new.rights or len(set(new.rights)) != len(new.rights):
            raise InputError("request.no_right")
        served = self._regimes[new.regime].rules
        for right in new.rights:
            if right not in served:
                raise InputError("request.right_not_in_regime", right=right.value)
        if not new.subject.name.strip():
            raise InputError("request.name_missing")
        search_values(new.subject.identities, region=new.subject.country)
        if new.received_at.tzinfo is None:
            raise InputError("request.received_without_zone")
        if (new.received_at - unit.now()).total_seconds() > _CLOCK_SKEW_SECONDS:
            raise InputError("request.received_in_future")
        if new.timezone:
            find_zone(new.timezone)
        if new.calendar:
            self._deadlines.calendar(new.calendar)

    @staticmethod
    def _reference(unit: UnitOfWork, year: int) -> str:
        return f"DSR-{year}-{unit.workspace.next_number(f'request {year}'):04d}"


def _blank(new: NewRequest, facts: WorkspaceFacts, *, member: str, now: datetime) -> Request:
    """Return the request that ``new`` makes, without its reference."""
    return Request(
        id="",
        regime=new.regime,
        right=new.rights[0],
        subject=new.subject,
        received_at=new.received_at,
        channel=new.channel,
        timezone=new.timezone or facts.timezone,
        calendar=new.calendar or facts.calendar,
        owner=member,
        stage=Stage.INTAKE,
        created_at=now,
        created_by=member,
    )
