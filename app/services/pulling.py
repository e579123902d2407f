"""The pull: reads one subject's granted fields into the vault while a window is open."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app.domain.errors import SourceError
from app.domain.pulls import NotReached, PulledCollection, PullState
from app.services.identifying import search_values
from app.services.pull_session import Prepared, PullResult, PullSession, PullTools
from app.services.scoping import active_maps, plan_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.datamap import SourceMap
    from app.domain.plan import Plan, Step
    from app.ports.airlocks import GrantedSource
    from app.ports.clocks import Clock
    from app.ports.progress import Task
    from app.ports.security import ChunkCipher
    from app.ports.sources import Source, SourceType
    from app.ports.storage import UnitOfWork
    from app.services.opening import Opening
    from app.services.sessions import OpenWindow, Sessions
    from app.services.signed_in import RequestKeys, SignedIn


class Pulling:
    """Runs sessions."""

    def __init__(
        self,
        here: SignedIn,
        *,
        sessions: Sessions,
        source_types: Mapping[str, SourceType],
        opening: Opening,
        request_keys: RequestKeys,
        cipher: ChunkCipher,
        clock: Clock,
    ) -> None:
        self._here = here
        self._sessions = sessions
        self._source_types = source_types
        self._opening = opening
        self._request_keys = request_keys
        self._cipher = cipher
        self._clock = clock

    def run(self, access_request_id: str, task: Task) -> PullResult:
        """Open the window, read everything in scope, close the window.

        What the person, an approver or the clock cuts short comes back as a result that says what
        is incomplete; only what goes wrong before the window opens is raised.
        """
        prepared = self._prepare(access_request_id)
        opened, key = self._open(access_request_id, prepared)
        try:
            tools = PullTools(self._here, self._cipher, self._clock, self._opening)
            return PullSession(tools, prepared, opened, key, task).run()
        finally:
            opened.lease.release()

    def _prepare(self, access_request_id: str) -> Prepared:
        """Connect to the sources and compare them with their maps, before the window opens."""
        with self._here.workspace.read() as unit:
            asked = unit.access.get(access_request_id).asked
            request = unit.requests.get(asked.request)
            used = {address.dataset for address in asked.scope.collections}
            records = {each.key: each for each in unit.sources.all() if each.key in used}
            maps = {each.key: each for each in active_maps(unit)}
        identities = search_values(request.subject.identities, region=request.subject.country)
        plan = plan_in(maps.values(), asked.scope, identities=frozenset(identities))
        plan = replace(plan, steps=tuple(_as_mapped(step, maps) for step in plan.steps))
        types = {key: self._source_types[record.type] for key, record in records.items()}
        sources: dict[str, Source] = {}
        airlocks: dict[str, GrantedSource] = {}
        for key in sorted(records):
            if types[key].airlock is None:
                sources[key] = types[key].connect(records[key].settings, None)
                _check_unchanged(sources[key], maps[key], plan)
                continue
            with self._here.workspace.read() as unit:
                self._opening.check_ready(unit, key, map_hash=records[key].map_hash)
                airlocks[key] = self._opening.session(unit, access_request_id, key)
        return Prepared(plan, maps, sources, airlocks, types, identities)

    def _open(self, access_request_id: str, prepared: Prepared) -> tuple[OpenWindow, bytes]:
        with self._here.workspace.write() as unit:
            enforcement = {
                key: self._opening.enforcement(unit, access_request_id, key).value
                for key in prepared.types
            }
            opened = self._sessions.begin(unit, access_request_id, enforcement=enforcement)
            try:
                request = opened.case.asked.request
                key = self._request_keys.get(unit, request)
                for step in prepared.plan.steps:
                    if step.fields:
                        unit.pulls.start(self._blank(unit, opened, step, prepared))
                unit.pulls.add_not_reached(opened.window.session, _not_reached(prepared.plan))
                unit.commit()
            except BaseException:
                opened.lease.release()
                raise
            return opened, key

    @staticmethod
    def _blank(
        unit: UnitOfWork, opened: OpenWindow, step: Step, prepared: Prepared
    ) -> PulledCollection:
        return PulledCollection(
            id=0,
            session=opened.window.session,
            request=opened.case.asked.request,
            collection=step.collection,
            source_type=prepared.types[step.collection.dataset].key,
            columns=tuple((field, "") for field in step.fields),
            rows=0,
            chunks=0,
            state=PullState.RUNNING,
            started_at=unit.now(),
        )


def _as_mapped(step: Step, maps: Mapping[str, SourceMap]) -> Step:
    """Return ``step`` with its fields in the order of the map, as people know them."""
    collection = maps[step.collection.dataset].find(step.collection.collection)
    order = [field.name for field in collection.fields] if collection else []
    return replace(step, fields=tuple(sorted(step.fields, key=order.index)))


def _check_unchanged(source: Source, source_map: SourceMap, plan: Plan) -> None:
    """Raise ``SourceError("source.changed")`` where a collection in the plan is not as mapped."""
    used = {
        step.collection.collection
        for step in plan.steps
        if step.collection.dataset == source_map.key
    }
    for difference in source.check(source_map):
        if difference.kind != "not_in_map" and difference.collection in used:
            raise SourceError(
                "source.changed",
                kind=difference.kind,
                collection=f"{source_map.key}.{difference.collection}",
                field=difference.field,
            )


def _not_reached(plan: Plan) -> list[NotReached]:
    return [
        *(NotReached(str(each.from_), str(each.to), each.why) for each in plan.not_followed),
        *(
            NotReached(str(each.collection), ", ".join(each.needs), each.why)
            for each in plan.unreachable
        ),
    ]
