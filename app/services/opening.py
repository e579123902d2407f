"""Opening sources that have an airlock: asked by the officer, allowed by the approver, closed.

The workspace decides nothing here: the source itself checks what both signed with their keys.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.domain.airlock import (
    UNATTESTED_AT_MOST,
    Allowed,
    Asked,
    Proof,
    SourceGrant,
    grant_id,
    mac,
    origin_of,
)
from app.domain.audit import Action, Event
from app.domain.errors import ConflictError, NotAllowedError, SecurityError, SourceError
from app.domain.people import Verb
from app.domain.plan import Join
from app.domain.secrets import Secret
from app.ports.airlocks import SessionKeys
from app.ports.sources import Enforcement
from app.services.airlock_secrets import Kind
from app.services.enforcing import enforcement_of, entrance_of
from app.services.identifying import search_values
from app.services.proofs import recorded_proofs
from app.services.scoping import active_maps, plan_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from app.domain.access import AccessCase, AccessRequest
    from app.domain.airlock import AirlockRecord
    from app.domain.requests import Request
    from app.domain.workspace import SourceRecord
    from app.ports.airlocks import AirlockType, Gatekeeper, GrantedSource
    from app.ports.sources import SourceType
    from app.ports.storage import UnitOfWork
    from app.services.airlock_secrets import AirlockSecrets
    from app.services.signed_in import SignedIn

_CLOCK_DIFFERS_SECONDS = 60


@dataclass(frozen=True)
class NotOpened:
    """A source that a grant could not open; ``failure`` says why."""

    source: str
    failure: SourceError


class Opening:
    """Asks, allows, opens and closes at the sources themselves."""

    def __init__(
        self,
        here: SignedIn,
        *,
        secrets: AirlockSecrets,
        source_types: Mapping[str, SourceType],
    ) -> None:
        self._here = here
        self._secrets = secrets
        self._source_types = source_types

    # Asking

    def ask(self, unit: UnitOfWork, request: Request, asked: AccessRequest) -> None:
        """Write down, under the officers' key, what is asked of each source with an airlock."""
        for record, airlock in self._airlocked(unit, asked):
            password, token = Secret(secrets.token_urlsafe(32)), secrets.token_urlsafe(32)
            document = self._document(
                unit,
                request,
                asked,
                record=record,
                airlock=airlock,
                verifier=airlock.verifier(password),
                closing_sha256=hashlib.sha256(token.encode()).hexdigest(),
            )
            key = self._secrets.key(unit, record.key, Kind.OFFICERS)
            mine = json.dumps({"password": password.reveal(), "token": token}).encode()
            sealed = self._secrets.seal_to_me(unit, mine, context=self._context(document.grant))
            unit.airlocks.put_grant(
                SourceGrant(
                    access_request=asked.id,
                    source=record.key,
                    grant=document.grant,
                    asked=document.text(),
                    asked_mac=mac(key, document.text()),
                    sealed=sealed,
                    entrance=airlock.entrance,
                )
            )

    def _document(
        self,
        unit: UnitOfWork,
        request: Request,
        asked: AccessRequest,
        *,
        record: SourceRecord,
        airlock: AirlockType,
        verifier: str,
        closing_sha256: str,
    ) -> Asked:
        identities = search_values(request.subject.identities, region=request.subject.country)
        return Asked(
            grant=grant_id(self._here.workspace_id, asked.id, record.key),
            source=record.key,
            reference=f"{self._here.workspace_id}/{asked.id}",
            requester=asked.requester,
            minutes=asked.minutes,
            not_after=int(asked.not_after.timestamp()),
            identities=dict(airlock.identities(identities)),
            fields={
                at.collection: tuple(paths)
                for at, paths in asked.scope.collections.items()
                if at.dataset == record.key
            },
            unattested=self._unattested(unit, request, asked, record.key),
            verifier=verifier,
            closing_sha256=closing_sha256,
        )

    def _unattested(
        self, unit: UnitOfWork, request: Request, asked: AccessRequest, source: str
    ) -> dict[str, int]:
        """Return the keys that other sources bring and no airlock attests, and how many at most."""
        kinds = frozenset(each.kind for each in request.subject.identities)
        plan = plan_in(active_maps(unit), asked.scope, identities=kinds)
        return {
            origin_of(way.parent, tuple(theirs for theirs, _ in way.pairs)): UNATTESTED_AT_MOST
            for step in plan.steps
            if step.collection.dataset == source
            for way in step.ways
            if isinstance(way, Join)
            and way.parent.dataset != source
            and not self._is_attested(unit, way.parent.dataset)
        }

    def _is_attested(self, unit: UnitOfWork, source: str) -> bool:
        return enforcement_of(unit, unit.sources.get(source), self._source_types) is (
            Enforcement.SOURCE
        )

    # Allowing

    def allow(self, unit: UnitOfWork, request: Request, case: AccessCase) -> None:
        """Write down, under the approvers' key, what is allowed of what was asked.

        What was asked is compared with what the approver saw: the officer's machine wrote it.
        Where several must agree it is the last of them who does this. The source knows one key of
        all approvers: it proves two people, who asked and one who allowed; that there were as many
        as the policy wants, the workspace proves, with each one's own signature.
        """
        grant = case.grant
        if grant is None:
            return
        for record, airlock in self._airlocked(unit, case.asked):
            found = self._grant(unit, case.asked.id, record.key)
            if not self._secrets.has(unit, record.key, Kind.APPROVERS):
                raise NotAllowedError("airlock.both_keys", source=record.title)
            if found.entrance != airlock.entrance:
                raise ConflictError("airlock.other_way", access_request=case.asked.id)
            theirs = Asked.read(found.asked)
            seen = self._document(
                unit,
                request,
                case.asked,
                record=record,
                airlock=airlock,
                verifier=theirs.verifier,
                closing_sha256=theirs.closing_sha256,
            )
            if seen != theirs:
                raise ConflictError("airlock.asked_differs", access_request=case.asked.id)
            allowed = Allowed(
                found.asked_mac,
                grant.minutes,
                int(grant.start_by.timestamp()),
                self._here.member,
            ).text()
            key = self._secrets.key(unit, record.key, Kind.APPROVERS)
            unit.airlocks.put_grant(replace(found, allowed=allowed, allowed_mac=mac(key, allowed)))

    def open(self, access_request: str) -> tuple[NotOpened, ...]:
        """Open the sources of a grant, those that are not open yet; say which could not be."""
        failed: list[NotOpened] = []
        with self._here.workspace.read() as unit:
            request = unit.access.get(access_request).asked.request
            waiting = [
                (each, self._gatekeeper(unit, each), self._handed(unit, each.source))
                for each in unit.airlocks.grants(access_request)
                if each.allowed and each.opened_at is None
            ]
        for grant, gatekeeper, keys in waiting:
            try:
                for kind, key in keys.items():
                    gatekeeper.set_key(kind, key)
                gatekeeper.open(
                    grant.asked,
                    grant.asked_mac,
                    allowed=grant.allowed,
                    allowed_mac=grant.allowed_mac,
                )
            except SourceError as error:
                failed.append(NotOpened(grant.source, _of_its_login(error, grant.source)))
                continue
            with self._here.workspace.write() as unit:
                unit.airlocks.put_grant(replace(grant, opened_at=unit.now()))
                unit.record(
                    Event(
                        Action.SOURCE_OPENED,
                        self._here.member,
                        request,
                        grant.source,
                        details={"grant": grant.grant, "access_request": access_request},
                    )
                )
                unit.commit()
        return tuple(failed)

    def not_opened(self, unit: UnitOfWork, access_request: str) -> tuple[str, ...]:
        """Return the sources that a grant has not opened yet."""
        return tuple(
            each.source
            for each in unit.airlocks.grants(access_request)
            if each.allowed and each.opened_at is None
        )

    def unattested(self, unit: UnitOfWork, access_request: str) -> dict[str, int]:
        """Return the fields whose keys no airlock vouches for, and how many keys at most."""
        return {
            origin: most
            for each in unit.airlocks.grants(access_request)
            for origin, most in Asked.read(each.asked).unattested.items()
        }

    def enforcement(self, unit: UnitOfWork, access_request: str, source: str) -> Enforcement:
        """Return what a source keeps of this grant itself."""
        kind = self._source_types[unit.sources.get(source).type]
        if not kind.entrances():
            return kind.enforcement
        return self._entered(unit, self._grant(unit, access_request, source))[1].enforces

    def weaker(self, unit: UnitOfWork, access_request: str) -> tuple[str, ...]:
        """Return the titles of the sources that a grant enters without an airlock."""
        return tuple(
            unit.sources.get(each.source).title
            for each in unit.airlocks.grants(access_request)
            if self._entered(unit, each)[1].enforces is Enforcement.FIELDS
        )

    def count(self, access_request: str) -> dict[str, int]:
        """Return how many rows each collection would give, as the sources themselves count.

        By ``dataset.collection``; only approvers can ask, and only for what an officer asked.
        """
        with self._here.workspace.read() as unit:
            unit.members.get(self._here.member).must(Verb.DECIDE_ACCESS)
            asked = [
                (each, self._gatekeeper(unit, each), self._handed(unit, each.source))
                for each in unit.airlocks.grants(access_request)
            ]
        found: dict[str, int] = {}
        for grant, gatekeeper, keys in asked:
            try:
                for kind, key in keys.items():
                    gatekeeper.set_key(kind, key)
                counted = gatekeeper.count(grant.asked, grant.asked_mac)
            except SourceError as error:
                raise _of_its_login(error, grant.source) from None
            found.update({f"{grant.source}.{name}": rows for name, rows in counted.items()})
        return found

    # Going in and out

    def session(self, unit: UnitOfWork, access_request: str, source: str) -> GrantedSource:
        """Return the source as this grant opens it, for its officer."""
        found = self._grant(unit, access_request, source)
        record, airlock = self._entered(unit, found)
        if found.opened_at is None:
            raise SourceError("airlock.not_opened_yet", source=record.title)
        held = json.loads(self._secrets.open_mine(found.sealed, context=self._context(found.grant)))
        keys = SessionKeys(
            found.grant,
            Secret(held["password"]),
            held["token"],
            self._secrets.password(unit, source, Kind.WATCHMAN),
        )
        return airlock.session(record.settings, source, keys)

    def check_ready(self, unit: UnitOfWork, source: str, *, map_hash: str) -> None:
        """Raise where an airlock is not as it must be for a pull."""
        record, airlock = self._source(unit, source)
        watchman = airlock.watchman(
            record.settings, source, self._secrets.password(unit, source, Kind.WATCHMAN)
        )
        try:
            installed, theirs = watchman.installed(), watchman.now()
        except SourceError as error:
            raise _of_its_login(error, record.title) from None
        if installed.map_sha256 != map_hash:
            raise SourceError("airlock.older_than_map", source=record.title)
        if not installed.has_fuse:
            raise SourceError("airlock.events_off")
        behind = abs((theirs - unit.now()).total_seconds())
        if behind > _CLOCK_DIFFERS_SECONDS:
            raise SourceError("airlock.clock_differs", source=record.title, seconds=int(behind))

    def ended(self, unit: UnitOfWork, access_request: str, proofs: Iterable[Proof]) -> bool:
        """Record what is left of the access at each source, in ``unit``.

        What is on record already is not recorded again; say whether anything was new.
        """
        is_new = False
        request = unit.access.get(access_request).asked.request
        known = recorded_proofs(unit, request, access_request)
        grants = {each.source: each for each in unit.airlocks.grants(access_request)}
        for proof in proofs:
            if proof.source in grants and proof.is_dead:
                unit.airlocks.put_grant(replace(grants[proof.source], closed_at=unit.now()))
            elif known.get(proof.source) == proof:
                continue
            is_new = True
            unit.record(
                Event(
                    Action.SOURCE_CLOSED,
                    self._here.member,
                    request,
                    proof.source,
                    details={**proof.as_data(), "access_request": access_request},
                )
            )
        return is_new

    def end(self, access_request: str, *, reason: str) -> tuple[Proof, ...]:
        """Close the sources of a grant now, with whatever this member holds; repeatable.

        Raises ``SourceError("airlock.ends_later")`` where she holds nothing that closes one: then
        it ends when the officer's machine hears of it, and at the deadline by itself. An officer
        whose login is proved dead already has nothing more to close, though its role be there.
        """
        proofs: list[Proof] = []
        with self._here.workspace.read() as unit:
            asked = unit.access.get(access_request).asked
            known = recorded_proofs(unit, asked.request, access_request)
            quiet = {each.source for each in known.values() if each.is_quiet}
            live = [
                each
                for each in unit.airlocks.grants(access_request)
                if each.opened_at is not None and each.closed_at is None
            ]
            ways = [
                (
                    each.source,
                    each.grant,
                    self._gatekeeper(unit, each)
                    if self._secrets.has(unit, each.source, Kind.GATEKEEPER)
                    else None,
                    self.session(unit, access_request, each.source)
                    if asked.requester == self._here.member
                    and each.source not in quiet
                    and self._secrets.has(unit, each.source, Kind.WATCHMAN)
                    else None,
                )
                for each in live
            ]
        for source, grant, gatekeeper, mine in ways:
            if gatekeeper is not None:
                proofs.append(_ended_by(gatekeeper, source, grant, reason))
            elif mine is not None:
                proofs.append(mine.end(reason))
        if proofs:
            with self._here.workspace.write() as unit:
                if self.ended(unit, access_request, proofs):
                    unit.commit()
        closed = {each.source for each in proofs}
        for source, *_way in ways:
            if source not in closed:
                raise SourceError("airlock.ends_later", source=source)
        return tuple(proofs)

    def sweep(self) -> None:
        """Close at their sources the grants that are over, as far as this member can."""
        with self._here.workspace.read() as unit:
            now = unit.now()
            over = {
                each.access_request
                for each in unit.airlocks.unclosed()
                if _is_over(unit, unit.access.get(each.access_request), now)
            }
        for access_request in sorted(over):
            with suppress(SourceError):  # somebody else's to close
                self.end(access_request, reason="sweep")

    # What belongs to what

    def _airlocked(
        self, unit: UnitOfWork, asked: AccessRequest
    ) -> list[tuple[SourceRecord, AirlockType]]:
        found = []
        for key in sorted({at.dataset for at in asked.scope.collections}):
            record = unit.sources.get(key)
            airlock = entrance_of(unit, record, self._source_types)
            if airlock is not None:
                found.append((record, airlock))
        return found

    def _source(self, unit: UnitOfWork, source: str) -> tuple[SourceRecord, AirlockType]:
        record = unit.sources.get(source)
        airlock = entrance_of(unit, record, self._source_types)
        if airlock is None:
            raise NotAllowedError("source.no_airlock", source=record.title)
        return record, airlock

    def _entered(self, unit: UnitOfWork, grant: SourceGrant) -> tuple[SourceRecord, AirlockType]:
        """Return how a grant enters: as was asked and allowed, whatever the source has become."""
        record = unit.sources.get(grant.source)
        airlock = self._source_types[record.type].entered(grant.entrance)
        if airlock is None:
            raise NotAllowedError("source.no_airlock", source=record.title)
        return record, airlock

    def _gatekeeper(self, unit: UnitOfWork, grant: SourceGrant) -> Gatekeeper:
        record, airlock = self._entered(unit, grant)
        password = self._secrets.password(unit, grant.source, Kind.GATEKEEPER)
        return airlock.gatekeeper(record.settings, grant.source, password)

    def _handed(self, unit: UnitOfWork, source: str) -> dict[str, bytes]:
        record: AirlockRecord | None = unit.airlocks.find(source)
        return {} if record is None else self._secrets.held_keys(unit, record)

    @staticmethod
    def _grant(unit: UnitOfWork, access_request: str, source: str) -> SourceGrant:
        for each in unit.airlocks.grants(access_request):
            if each.source == source:
                return each
        raise SecurityError("airlock.not_asked", access_request=access_request)

    def _context(self, grant: str) -> str:
        return f"sandglass session {self._here.workspace_id} {grant} {self._here.member}"


def _is_over(unit: UnitOfWork, case: AccessCase, now: datetime) -> bool:
    """Say whether nobody may use a grant any more: it has ended, or its officer has left."""
    officer = unit.members.get(case.asked.requester)
    return case.state(now).is_final or not officer.may(Verb.ASK_FOR_ACCESS)


def _of_its_login(error: SourceError, source: str) -> SourceError:
    """Say whose login was refused: nobody who reads of it ever typed this password."""
    if error.code != "source.login_refused":
        return error
    return SourceError("airlock.login_locked", source=source)


def _ended_by(gatekeeper: Gatekeeper, source: str, grant: str, reason: str) -> Proof:
    """Close with the gatekeeper, who never had the password: the login's absence is the proof."""
    try:
        state = gatekeeper.end(grant, reason=reason)
    except SourceError as error:
        return Proof(source, failure=error.code)
    return Proof(
        source,
        refused=not state.has_role,
        role_absent=not state.has_role,
        sessions=state.sessions,
        overshoot_ms=state.overshoot_ms,
    )
