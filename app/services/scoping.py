"""Choosing what to pull: what there is, what the policy says of it, and asking for access."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from app.domain.access import PURPOSE_CHARACTERS_AT_LEAST, AccessCase, AccessRequest
from app.domain.audit import Action, Event
from app.domain.errors import InputError, NotAllowedError
from app.domain.people import Verb
from app.domain.planning import make_plan
from app.domain.policy import FindingLevel, Verdict, disclosable, evaluate
from app.domain.requests import Request, Stage
from app.domain.scope import Scope, everything, scope_hash
from app.ports.sources import Enforcement
from app.services.casework import move
from app.services.deciders import Deciders
from app.services.enforcing import enforcement_of
from app.services.mapping import map_hash, read_stored_map

if TYPE_CHECKING:
    from collections.abc import Collection as AnyOf
    from collections.abc import Iterable, Mapping

    from app.domain.datamap import CollectionAddress, SourceMap
    from app.domain.plan import Plan
    from app.ports.sources import SourceType
    from app.ports.storage import UnitOfWork
    from app.services.opening import Opening
    from app.services.signed_in import SignedIn


def active_maps(unit: UnitOfWork) -> tuple[SourceMap, ...]:
    """Return the maps of the sources in use, in the order in which they were added."""
    records = sorted(unit.sources.all(), key=lambda each: (each.added_at, each.key))
    return tuple(read_stored_map(each.map_text, key=each.key) for each in records if each.is_active)


def plan_in(maps: Iterable[SourceMap], scope: Scope, *, identities: AnyOf[str]) -> Plan:
    """Return the plan for ``scope``; a source that is not in it is not even a way to another."""
    used = {address.dataset for address in scope.collections}
    return make_plan(
        [each for each in maps if each.key in used], identities=identities, scope=scope
    )


def hash_of(unit: UnitOfWork, scope: Scope) -> str:
    """Return the hash that binds ``scope`` to the maps that it was seen with.

    It is over what the maps say, not over what is written beside them.
    """
    used = {address.dataset for address in scope.collections}
    hashes = {
        each.key: map_hash(read_stored_map(each.map_text, key=each.key))
        for each in unit.sources.all()
        if each.key in used
    }
    return scope_hash(scope, hashes)


def verdict_on(unit: UnitOfWork, requester: str, scope: Scope, *, minutes: int) -> Verdict:
    """Return what the policy says now of a scope, whoever else said what it does."""
    return evaluate(
        unit.workspace.facts().policy,
        requester=unit.members.get(requester),
        members=Deciders(unit).of(scope),
        maps=active_maps(unit),
        scope=scope,
        minutes=minutes,
    )


@dataclass(frozen=True)
class ScopePreview:
    """What a scope would mean, before asking."""

    plan: Plan
    verdict: Verdict
    fields: int
    sources: int
    weaker: tuple[str, ...] = ()
    """Titles of the sources that would be entered without an airlock, the weaker way."""


class Scoping:
    """Prepares and asks access requests."""

    def __init__(
        self, here: SignedIn, *, source_types: Mapping[str, SourceType], opening: Opening
    ) -> None:
        self._here = here
        self._source_types = source_types
        self._opening = opening

    def maps(self) -> tuple[SourceMap, ...]:
        """Return the maps of the sources in use."""
        with self._here.workspace.read() as unit:
            return active_maps(unit)

    def kinds(self) -> dict[str, str]:
        """Return what each source is, by its key: "SQLite file", "PostgreSQL"."""
        with self._here.workspace.read() as unit:
            return {
                each.key: self._source_types[each.type].title
                for each in unit.sources.all()
                if each.type in self._source_types
            }

    def enforcements(self, keys: Iterable[str]) -> dict[str, Enforcement]:
        """Return who keeps rows, fields and deadline of each of these sources, by its title."""
        with self._here.workspace.read() as unit:
            records = [unit.sources.get(key) for key in keys]
            return {each.title: enforcement_of(unit, each, self._source_types) for each in records}

    def reach(self, request_id: str) -> Plan:
        """Return the plan of everything that this person's identities lead to."""
        with self._here.workspace.read() as unit:
            request = unit.requests.get(request_id)
            maps = active_maps(unit)
            return make_plan(maps, identities=_kinds(request), scope=everything(maps))

    def suggest(self, request_id: str) -> Scope:
        """Return everything that a pull for this request could reach and the policy lets out."""
        with self._here.workspace.read() as unit:
            request = unit.requests.get(request_id)
            policy = unit.workspace.facts().policy
            maps = active_maps(unit)
            whole: dict[CollectionAddress, tuple[str, ...]] = {}
            for source_map in maps:
                for collection in source_map.collections:
                    paths = tuple(
                        field.name for field in collection.fields if disclosable(policy, field)
                    )
                    if paths:
                        whole[source_map.address(collection.name)] = paths
            plan = make_plan(maps, identities=_kinds(request), scope=Scope(whole))
            reached = {step.collection for step in plan.steps}
            return Scope({at: paths for at, paths in whole.items() if at in reached})

    def preview(self, request_id: str, scope: Scope, *, minutes: int) -> ScopePreview:
        """Return the plan and the policy's verdict for a scope, without asking for anything."""
        with self._here.workspace.read() as unit:
            request = unit.requests.get(request_id)
            maps = active_maps(unit)
            return ScopePreview(
                plan=plan_in(maps, scope, identities=_kinds(request)),
                verdict=verdict_on(unit, self._here.member, scope, minutes=minutes),
                fields=scope.fields_count(),
                sources=len({address.dataset for address in scope.collections}),
                weaker=self._weaker(unit, scope),
            )

    def _weaker(self, unit: UnitOfWork, scope: Scope) -> tuple[str, ...]:
        used = {address.dataset for address in scope.collections}
        return tuple(
            each.title
            for each in unit.sources.all()
            if each.key in used
            and enforcement_of(unit, each, self._source_types) is Enforcement.FIELDS
        )

    def ask(self, request_id: str, scope: Scope, *, purpose: str, minutes: int) -> AccessCase:
        """Ask for access to ``scope``; nothing opens before somebody else says yes."""
        if len(purpose.strip()) < PURPOSE_CHARACTERS_AT_LEAST:
            raise InputError("access.purpose_missing", characters=PURPOSE_CHARACTERS_AT_LEAST)
        with self._here.workspace.write() as unit:
            unit.members.get(self._here.member).must(Verb.ASK_FOR_ACCESS)
            request = unit.requests.get(request_id)
            request.must_be_at(Stage.SCOPE, Stage.APPROVAL, Stage.PULL, Stage.REVIEW)
            if not request.subject.identities:
                raise NotAllowedError("access.no_identities", request=request_id)
            now = unit.now()
            for case in unit.access.of_request(request_id):
                if not case.state(now).is_final:
                    raise NotAllowedError("access.one_at_a_time", access_request=case.asked.id)
            self._check_sources(unit, scope)
            _must_be_whole_fields(scope)
            verdict = verdict_on(unit, self._here.member, scope, minutes=minutes)
            asked = AccessRequest(
                id=f"A-{unit.workspace.next_number('access'):04d}",
                request=request_id,
                requester=self._here.member,
                purpose=purpose.strip(),
                minutes=minutes,
                scope=scope,
                scope_hash=hash_of(unit, scope),
                asked_at=now,
                not_after=now + timedelta(hours=unit.workspace.facts().policy.decide_within_hours),
                approvers_needed=verdict.approvers_needed,
            )
            self._record_verdict(unit, asked, verdict)
            if not verdict.is_allowed:
                unit.commit()
                refused = [each for each in verdict.findings if each.level is FindingLevel.REFUSED]
                raise NotAllowedError("access.refused_by_policy", findings=tuple(refused))
            self._record_asked(unit, request, asked, verdict)
            self._opening.ask(unit, request, asked)
            unit.commit()
            return AccessCase(asked)

    def _record_asked(
        self, unit: UnitOfWork, request: Request, asked: AccessRequest, verdict: Verdict
    ) -> None:
        unit.access.add(asked, verdict)
        scope = asked.scope.collections
        unit.record(
            Event(
                Action.ACCESS_REQUESTED,
                self._here.member,
                request.id,
                asked.id,
                details={
                    "minutes": asked.minutes,
                    "sources": sorted({address.dataset for address in scope}),
                    "collections": sorted(str(address) for address in scope),
                    "fields": asked.scope.fields_count(),
                    "scope_hash": asked.scope_hash,
                    "approvers_needed": asked.approvers_needed,
                },
            )
        )
        if request.stage is not Stage.SCOPE:
            request = move(unit, request, Stage.SCOPE, by=self._here.member)
        move(unit, request, Stage.APPROVAL, by=self._here.member)

    def _record_verdict(self, unit: UnitOfWork, asked: AccessRequest, verdict: Verdict) -> None:
        unit.record(
            Event(
                Action.POLICY_EVALUATED,
                self._here.member,
                asked.request,
                asked.id,
                details={
                    "policy": verdict.policy,
                    "version": verdict.version,
                    "allowed": verdict.is_allowed,
                    "approvers_needed": verdict.approvers_needed,
                    "unusual": sorted({each.code for each in verdict.unusual}),
                    "refused": sorted(
                        {
                            each.code
                            for each in verdict.findings
                            if each.level is FindingLevel.REFUSED
                        }
                    ),
                },
            )
        )

    def _check_sources(self, unit: UnitOfWork, scope: Scope) -> None:
        for key in sorted({address.dataset for address in scope.collections}):
            source = unit.sources.get(key)
            if enforcement_of(unit, source, self._source_types) is Enforcement.NOBODY:
                raise NotAllowedError("source.no_airlock", source=source.title)


def _must_be_whole_fields(scope: Scope) -> None:
    """Refuse a part of a field: sources hand over columns, not what is inside them."""
    for address, paths in scope.collections.items():
        for path in paths:
            if "." in path:
                raise InputError("scope.only_whole_fields", what=f"{address}.{path}")


def _kinds(request: Request) -> frozenset[str]:
    return frozenset(each.kind for each in request.subject.identities)
