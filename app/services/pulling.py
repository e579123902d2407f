"""The pull: reads one subject's granted fields into the vault while a window is open."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.domain.access import EndReason
from app.domain.audit import Action, Details, Event
from app.domain.errors import AppError, ConflictError, SourceError
from app.domain.plan import Seed, selection
from app.domain.planning import capability_columns
from app.domain.pulls import Notice, NotReached, PulledCollection, PullState
from app.domain.requests import Stage
from app.ports.progress import Cancelled, Progress
from app.ports.sources import Capability
from app.services.casework import move
from app.services.identifying import search_values
from app.services.scoping import active_maps, plan_in
from app.services.sessions import OpenWindow, WindowWatch, end_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from app.domain.access import AccessCase
    from app.domain.datamap import CollectionAddress, SourceMap
    from app.domain.plan import Key, Plan, Selection, Step
    from app.ports.clocks import Clock
    from app.ports.progress import Task
    from app.ports.security import ChunkCipher
    from app.ports.sources import Batch, Reader, Source, SourceType
    from app.ports.storage import UnitOfWork
    from app.services.sessions import Sessions
    from app.services.signed_in import RequestKeys, SignedIn

_BATCH_ROWS = 500
_CHUNK_BYTES = 2_000_000
_CHUNK_ROWS_AT_FIRST = 2_000
_CHUNK_ROWS_AT_MOST = 20_000


@dataclass(frozen=True)
class PullResult:
    """What came of a session. ``failure`` is what went wrong, where something did."""

    case: AccessCase
    pulled: tuple[PulledCollection, ...]
    notices: tuple[Notice, ...]
    failure: AppError | None = None

    @property
    def rows(self) -> int:
        """Rows that are in the vault."""
        return sum(each.rows for each in self.pulled)

    @property
    def is_complete(self) -> bool:
        """Whether everything in scope was read."""
        return all(each.state is PullState.COMPLETE for each in self.pulled)


@dataclass(frozen=True)
class _Prepared:
    """What a pull will do, worked out before its window opens."""

    plan: Plan
    maps: Mapping[str, SourceMap]
    sources: Mapping[str, Source]
    types: Mapping[str, SourceType]
    identities: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class _Tools:
    """What a session works with."""

    here: SignedIn
    cipher: ChunkCipher
    clock: Clock


class Pulling:
    """Runs sessions."""

    def __init__(
        self,
        here: SignedIn,
        *,
        sessions: Sessions,
        source_types: Mapping[str, SourceType],
        request_keys: RequestKeys,
        cipher: ChunkCipher,
        clock: Clock,
    ) -> None:
        self._here = here
        self._sessions = sessions
        self._source_types = source_types
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
            tools = _Tools(self._here, self._cipher, self._clock)
            return _Session(tools, prepared, opened, key, task).run()
        finally:
            opened.lease.release()

    def _prepare(self, access_request_id: str) -> _Prepared:
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
        sources = {key: types[key].connect(records[key].settings, None) for key in sorted(records)}
        for key, source in sources.items():
            _check_unchanged(source, maps[key], plan)
        return _Prepared(plan, maps, sources, types, identities)

    def _open(self, access_request_id: str, prepared: _Prepared) -> tuple[OpenWindow, bytes]:
        enforcement = {key: each.enforcement.value for key, each in prepared.types.items()}
        with self._here.workspace.write() as unit:
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
        unit: UnitOfWork, opened: OpenWindow, step: Step, prepared: _Prepared
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


class _Session:
    """One run of a pull, from the open window to its recorded end."""

    def __init__(
        self,
        tools: _Tools,
        prepared: _Prepared,
        opened: OpenWindow,
        key: bytes,
        task: Task,
    ) -> None:
        self.here = tools.here
        self.cipher = tools.cipher
        self.key = key
        self.task = task
        self._clock = tools.clock
        self._prepared = prepared
        self._opened = opened
        self._request = opened.case.asked.request
        self._session = opened.window.session
        self._readers: dict[str, Reader] = {}
        self._stopped: EndReason | None = None
        self._guard = threading.Lock()
        self._carried: dict[tuple[CollectionAddress, tuple[str, ...]], tuple[Key, ...]] = {}
        self._found: dict[CollectionAddress, int] = {}
        self._shared: list[Notice] = []

    def run(self) -> PullResult:
        reason, failure, late = EndReason.FINISHED, None, None
        try:
            with WindowWatch(self.here.workspace, self._session, self._stop):
                self._read_all()
        except Cancelled:
            reason = EndReason.CANCELLED
        except AppError as error:
            reason, failure = self._reason_of(error), error
            if reason is EndReason.EXPIRED:
                late = max(0, int((self._clock.monotonic() - self._opened.deadline) * 1000))
        except BaseException:
            self._end(EndReason.CANCELLED, None, None)
            raise
        if reason is not EndReason.FAILED:
            failure = None
        return self._end(reason, failure, late)

    def _stop(self, reason: EndReason) -> None:
        """End every read at once; called from the watching thread."""
        with self._guard:
            self._stopped = self._stopped or reason
            for reader in self._readers.values():
                reader.stop()

    def _reason_of(self, error: AppError) -> EndReason:
        if self._stopped is not None:
            return self._stopped
        if error.code == "access.already_ended":
            return EndReason.ENDED_EARLY
        if error.code == "source.window_closed" and error.values.get("reason") == "expired":
            return EndReason.EXPIRED
        return EndReason.FAILED

    def _read_all(self) -> None:
        steps = self._prepared.plan.steps
        with self.here.workspace.read() as unit:
            pulled = {each.collection: each for each in unit.pulls.of_session(self._session)}
        for number, step in enumerate(steps):
            self.task.report(Progress(str(step.collection), number, len(steps)))
            reader = self._reader(step.collection.dataset)
            if step.fields or step.carries:
                self._read_step(step, reader, pulled.get(step.collection))
            self._check_shared(step, reader)
        self.task.report(Progress("", len(steps), len(steps)))

    def _reader(self, dataset: str) -> Reader:
        if dataset not in self._readers:
            disclosed, joined = capability_columns(self._prepared.plan, dataset)
            capability = Capability(disclosed, joined, self._opened.deadline)
            reader = self._prepared.sources[dataset].open(capability)
            with self._guard:
                self._readers[dataset] = reader
                if self._stopped is not None:
                    reader.stop()
        return self._readers[dataset]

    def _select(self, step: Step) -> Selection:
        return selection(
            self._prepared.plan,
            step,
            identities=self._prepared.identities,
            carried=self._carried,
        )

    def _read_step(self, step: Step, reader: Reader, pulled: PulledCollection | None) -> None:
        extra = sorted({field for group in step.carries for field in group} - set(step.fields))
        wanted = replace(self._select(step), fields=(*step.fields, *extra))
        rows = reader.read(wanted, batch_rows=_BATCH_ROWS)
        places = {column.name: at for at, column in enumerate(rows.columns)}
        carried: dict[tuple[str, ...], dict[Key, None]] = {group: {} for group in step.carries}
        writer = None
        if pulled is not None:
            kept = len(step.fields)
            columns = tuple((each.name, each.type) for each in rows.columns[:kept])
            writer = _ChunkWriter(self, replace(pulled, columns=columns))
        for batch in rows.batches:
            for group, seen in carried.items():
                at = [places[field] for field in group]
                seen.update(dict.fromkeys(tuple(row[each] for each in at) for row in batch))
            if writer is not None:
                cut = len(step.fields)
                writer.add([row[:cut] for row in batch] if extra else batch)
        if writer is not None:
            self._found[step.collection] = writer.finish()
        for group, seen in carried.items():
            whole = (key for key in seen if None not in key)
            self._carried[(step.collection, group)] = tuple(whole)

    def _check_shared(self, step: Step, reader: Reader) -> None:
        for check in step.shared:
            holder = self._prepared.plan.step(check.holder)
            if holder is None or check.holder.dataset != step.collection.dataset:
                continue
            count = reader.count_shared(self._select(step), self._select(holder), pairs=check.pairs)
            if count:
                name = str(step.collection)
                self._shared.append(
                    Notice(0, self._request, self._session, "shared_rows", name, count)
                )

    def _end(self, reason: EndReason, failure: AppError | None, late: int | None) -> PullResult:
        refused = self._close_readers()
        with self.here.workspace.write() as unit:
            case = unit.access.by_session(self._session)
            if case.window is not None and case.window.ended_at is None:
                case = end_in(
                    unit,
                    case,
                    by=self.here.member,
                    reason=reason,
                    overshoot_ms=late,
                    why=failure.code if failure else "",
                    refused_after=refused,
                )
            elif refused is not None:
                details: Details = {"after_end": True, "refused": refused}
                unit.record(
                    Event(
                        Action.DATA_REFUSED,
                        self.here.member,
                        self._request,
                        self._session,
                        details=details,
                    )
                )
            if reason is EndReason.FINISHED:
                self._complete(unit)
            unit.commit()
            return PullResult(
                case,
                unit.pulls.of_session(self._session),
                tuple(
                    each
                    for each in unit.pulls.notices(self._request)
                    if each.session == self._session
                ),
                failure,
            )

    def _complete(self, unit: UnitOfWork) -> None:
        unit.pulls.add_notices([*self._people_notices(), *self._shared])
        unit.record(
            Event(
                Action.PULL_COMPLETED,
                self.here.member,
                self._request,
                self._session,
                details={"collections": len(self._found), "rows": sum(self._found.values())},
            )
        )
        request = unit.requests.get(self._request)
        if request.stage is Stage.PULL:
            move(unit, request, Stage.REVIEW, by=self.here.member)

    def _people_notices(self) -> Iterator[Notice]:
        """Nobody found is said loudly; several people under one identity are put to a decision."""
        seeded = {
            step.collection: self._found.get(step.collection, 0)
            for step in self._prepared.plan.steps
            if step.fields and any(isinstance(way, Seed) for way in step.ways)
        }
        if seeded and not any(seeded.values()):
            yield Notice(0, self._request, self._session, "nobody_found", "", 0)
        for address, count in seeded.items():
            step = self._prepared.plan.step(address)
            collection = self._prepared.maps[address.dataset].find(address.collection)
            only_seeded = step is not None and all(isinstance(way, Seed) for way in step.ways)
            # A row with an identity and a name is a person; one with an identity alone is hers.
            if count > 1 and only_seeded and collection and collection.holds("user.name"):
                yield Notice(0, self._request, self._session, "several_people", str(address), count)

    def _close_readers(self) -> bool | None:
        """Close every reader, try each once more, and say whether all refused."""
        refused: bool | None = None
        for dataset, reader in self._readers.items():
            reader.stop()
            reader.close()
            step = next(
                each for each in self._prepared.plan.steps if each.collection.dataset == dataset
            )
            refused = _refuses(reader, self._select(step)) and refused is not False
        return refused


class _ChunkWriter:
    """Collects batches into chunks and writes each with its log entry in one transaction."""

    def __init__(self, session: _Session, pulled: PulledCollection) -> None:
        self._session = session
        self._pulled = pulled
        self._rows: Batch = []
        self._chunk_rows = _CHUNK_ROWS_AT_FIRST

    def add(self, batch: Batch) -> None:
        self._rows.extend(batch)
        if len(self._rows) >= self._chunk_rows:
            self._write(PullState.RUNNING)

    def finish(self) -> int:
        """Write what is left, mark the collection complete and return its number of rows."""
        self._write(PullState.COMPLETE)
        return self._pulled.rows

    def _write(self, state: PullState) -> None:
        session, pulled, rows = self._session, self._pulled, self._rows
        session.task.report(Progress(str(pulled.collection), pulled.rows + len(rows)))
        place = f"{pulled.request}/{pulled.id}/{pulled.chunks}"
        sealed = session.cipher.seal_rows(session.key, rows, context=place) if rows else b""
        with session.here.workspace.write() as unit:
            window = unit.access.by_session(pulled.session).window
            if window is None or window.ended_at is not None:
                raise ConflictError("access.already_ended")
            if rows:
                unit.vault.add_chunk(
                    pulled.id,
                    pulled.chunks,
                    first_row=pulled.rows,
                    rows=len(rows),
                    sealed=sealed,
                )
            done = replace(
                pulled,
                rows=pulled.rows + len(rows),
                chunks=pulled.chunks + bool(rows),
                state=state,
                ended_at=unit.now() if state is PullState.COMPLETE else None,
            )
            unit.pulls.replace(done)
            if rows or not pulled.chunks:
                unit.record(self._read_event(session, window.grant, rows))
            unit.commit()
        self._pulled, self._rows = done, []
        if sealed:
            per_row = max(1, len(sealed) // max(1, len(rows)))
            self._chunk_rows = max(1, min(_CHUNK_ROWS_AT_MOST, _CHUNK_BYTES // per_row))

    def _read_event(self, session: _Session, grant: str, rows: Batch) -> Event:
        pulled = self._pulled
        return Event(
            Action.DATA_READ,
            session.here.member,
            pulled.request,
            pulled.session,
            details={
                "collection": str(pulled.collection),
                "fields": [name for name, _ in pulled.columns],
                "rows": len(rows),
                "from_row": pulled.rows,
                "grant": grant,
            },
        )


def _as_mapped(step: Step, maps: Mapping[str, SourceMap]) -> Step:
    """Return ``step`` with its fields in the order of the map, as people know them."""
    collection = maps[step.collection.dataset].find(step.collection.collection)
    order = [field.name for field in collection.fields] if collection else []
    return replace(step, fields=tuple(sorted(step.fields, key=order.index)))


def _refuses(reader: Reader, wanted: Selection) -> bool:
    try:
        for _ in reader.read(wanted, batch_rows=1).batches:
            return False
    except SourceError:
        return True
    return False


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
