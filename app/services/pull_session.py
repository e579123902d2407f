"""One run of a pull: from the open window to its recorded end."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from app.domain.access import EndReason
from app.domain.airlock import as_brought, origin_of
from app.domain.audit import Action, Details, Event
from app.domain.errors import AppError, SourceError
from app.domain.plan import Join, Seed, selection
from app.domain.planning import capability_columns
from app.domain.pulls import Notice, PulledCollection, PullState
from app.domain.requests import Stage
from app.ports.airlocks import AirlockReader
from app.ports.progress import Cancelled, Progress
from app.ports.sources import Capability
from app.services.casework import move
from app.services.chunk_writing import ChunkWriter
from app.services.sessions import OpenWindow, WindowWatch, end_in
from app.services.side_by_side import Milestones, side_by_side

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from app.domain.access import AccessCase
    from app.domain.airlock import Proof
    from app.domain.datamap import CollectionAddress, SourceMap
    from app.domain.plan import Key, Plan, Selection, Step
    from app.ports.airlocks import Attested, GrantedSource
    from app.ports.clocks import Clock
    from app.ports.progress import Task
    from app.ports.security import ChunkCipher
    from app.ports.sources import Batch, Reader, Source, SourceType
    from app.ports.storage import UnitOfWork
    from app.services.opening import Opening
    from app.services.signed_in import SignedIn

_BATCH_ROWS = 500


@dataclass(frozen=True)
class PullResult:
    """What came of a session. ``failure`` is what went wrong, where something did."""

    case: AccessCase
    pulled: tuple[PulledCollection, ...]
    notices: tuple[Notice, ...]
    failure: AppError | None = None
    proofs: tuple[Proof, ...] = ()
    """What the sources with an airlock say is left of the access."""

    @property
    def rows(self) -> int:
        """Rows that are in the vault."""
        return sum(each.rows for each in self.pulled)

    @property
    def is_complete(self) -> bool:
        """Whether everything in scope was read."""
        return all(each.state is PullState.COMPLETE for each in self.pulled)


@dataclass(frozen=True)
class Prepared:
    """What a pull will do, worked out before its window opens."""

    plan: Plan
    maps: Mapping[str, SourceMap]
    sources: Mapping[str, Source]
    airlocks: Mapping[str, GrantedSource]
    types: Mapping[str, SourceType]
    identities: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class PullTools:
    """What a session works with."""

    here: SignedIn
    cipher: ChunkCipher
    clock: Clock
    opening: Opening


class PullSession:
    """One run of a pull, from the open window to its recorded end.

    Each source is read in a thread of its own, its collections one after the other; a collection
    that is found by keys of another source waits for them.
    """

    def __init__(
        self,
        tools: PullTools,
        prepared: Prepared,
        opened: OpenWindow,
        key: bytes,
        task: Task,
    ) -> None:
        self.here = tools.here
        self.cipher = tools.cipher
        self.key = key
        self.task = task
        self._clock = tools.clock
        self._opening = tools.opening
        self._prepared = prepared
        self._opened = opened
        self._request = opened.case.asked.request
        self._session = opened.window.session
        self._readers: dict[str, Reader] = {}
        self._through: dict[str, AirlockReader] = {}
        self._attested: dict[str, Attested] = {}
        self._brought: set[tuple[str, str]] = set()
        self._stopped: EndReason | None = None
        self._is_over = False
        self._begun = 0
        self._guard = threading.Lock()
        self._read: Milestones[CollectionAddress] = Milestones()
        self._carried: dict[tuple[CollectionAddress, tuple[str, ...]], tuple[Key, ...]] = {}
        self._found: dict[CollectionAddress, int] = {}
        self._shared: list[Notice] = []

    def run(self) -> PullResult:
        """Read everything, whatever happens close the window, and say what came of it."""
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
        self._give_up()

    def _give_up(self) -> None:
        """Let no read go on, whoever's failure it was."""
        self._read.give_up()
        with self._guard:
            self._is_over = True
            for reader in self._readers.values():
                reader.stop()

    def _reason_of(self, error: AppError) -> EndReason:
        if self._stopped is not None:
            return self._stopped
        closed = error.values.get("reason") if error.code == "source.window_closed" else ""
        if error.code == "access.already_ended" or closed == "stopped":
            return EndReason.ENDED_EARLY
        if closed == "expired":
            return EndReason.EXPIRED
        return EndReason.FAILED

    def _read_all(self) -> None:
        steps = self._prepared.plan.steps
        with self.here.workspace.read() as unit:
            pulled = {each.collection: each for each in unit.pulls.of_session(self._session)}
        by_source: dict[str, list[Step]] = {}
        for step in steps:
            by_source.setdefault(step.collection.dataset, []).append(step)
        works = [partial(self._read_source, each, pulled) for each in by_source.values()]
        side_by_side(works, stop=self._give_up)
        self.task.report(Progress("", len(steps), len(steps)))

    def _read_source(
        self, steps: list[Step], pulled: Mapping[CollectionAddress, PulledCollection]
    ) -> None:
        for step in steps:
            self._read.wait_for(self._needed_for(step))
            self._report(step)
            reader = self._reader(step.collection.dataset)
            self._bring(step)
            if step.fields or step.carries:
                self._read_step(step, reader, pulled.get(step.collection))
            self._read.reach(step.collection)
            self._check_shared(step, reader)

    def _needed_for(self, step: Step) -> Iterator[CollectionAddress]:
        """Yield the collections of other sources whose keys lead to this one."""
        for way in step.ways:
            if not isinstance(way, Join) or way.parent.dataset == step.collection.dataset:
                continue
            if self._prepared.plan.step(way.parent) is not None:
                yield way.parent

    def _report(self, step: Step) -> None:
        with self._guard:
            begun, self._begun = self._begun, self._begun + 1
        total = len(self._prepared.plan.steps)
        self.task.report(Progress(str(step.collection), begun, total))

    def _reader(self, dataset: str) -> Reader:
        if dataset in self._readers:
            return self._readers[dataset]
        disclosed, joined = capability_columns(self._prepared.plan, dataset)
        capability = Capability(disclosed, joined, self._opened.deadline)
        source = self._prepared.airlocks.get(dataset) or self._prepared.sources[dataset]
        reader = source.open(capability)
        if isinstance(reader, AirlockReader):
            self._through[dataset] = reader
        with self._guard:
            self._readers[dataset] = reader
            if self._is_over:
                reader.stop()
        return reader

    def _select(self, step: Step) -> Selection:
        return selection(
            self._prepared.plan,
            step,
            identities=self._prepared.identities,
            carried=self._carried,
        )

    def _read_step(self, step: Step, reader: Reader, pulled: PulledCollection | None) -> None:
        through = self._through.get(step.collection.dataset)
        carries = () if through is not None else step.carries
        extra = sorted({field for group in carries for field in group} - set(step.fields))
        if through is not None:
            self._attest(step, through)
            if not step.fields:
                return
        wanted = replace(self._select(step), fields=(*step.fields, *extra))
        rows = reader.read(wanted, batch_rows=_BATCH_ROWS)
        keys = _Keys(carries, tuple(column.name for column in rows.columns))
        if pulled is None:
            for batch in rows.batches:
                keys.collect(batch)
        else:
            cut = len(step.fields)
            columns = tuple((each.name, each.type) for each in rows.columns[:cut])
            with ChunkWriter(self, replace(pulled, columns=columns)) as writer:
                for batch in rows.batches:
                    keys.collect(batch)
                    writer.add([row[:cut] for row in batch] if extra else batch)
                self._found[step.collection] = writer.finish()
        for group, found in keys.found():
            self._carried[(step.collection, group)] = found

    def _attest(self, step: Step, through: AirlockReader) -> None:
        """Let the airlock say which keys lead from here into other sources."""
        for group in step.carries:
            origin = origin_of(step.collection, group)
            self._attested[origin] = attested = through.attest(origin)
            self._carried[(step.collection, group)] = attested.keys

    def _bring(self, step: Step) -> None:
        """Hand the keys that lead here from other sources to this one's airlock."""
        dataset = step.collection.dataset
        through = self._through.get(dataset)
        for way in step.ways:
            if through is None or not isinstance(way, Join) or way.parent.dataset == dataset:
                continue
            theirs = tuple(pair[0] for pair in way.pairs)
            origin = origin_of(way.parent, theirs)
            if (dataset, origin) in self._brought:
                continue
            self._brought.add((dataset, origin))
            if origin in self._attested:
                through.bring(self._attested[origin].text, self._attested[origin].mac)
            else:
                keys = self._carried.get((way.parent, theirs), ())
                through.bring(as_brought(origin, keys), None)

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
        proofs = [each.end(reason.value) for each in self._prepared.airlocks.values()]
        if proofs:
            refused = refused is not False and all(each.refused for each in proofs)
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
            self._opening.ended(unit, case.asked.id, proofs)
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
                tuple(proofs),
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
            if dataset in self._prepared.airlocks:
                continue
            step = next(
                each for each in self._prepared.plan.steps if each.collection.dataset == dataset
            )
            refused = _refuses(reader, self._select(step)) and refused is not False
        return refused


class _Keys:
    """Distinct keys that steps in other sources need, collected while rows pass by."""

    def __init__(self, groups: tuple[tuple[str, ...], ...], columns: tuple[str, ...]) -> None:
        self._places = {group: [columns.index(field) for field in group] for group in groups}
        self._seen: dict[tuple[str, ...], dict[Key, None]] = {group: {} for group in groups}

    def collect(self, batch: Batch) -> None:
        for group, seen in self._seen.items():
            at = self._places[group]
            seen.update(dict.fromkeys(tuple(row[each] for each in at) for row in batch))

    def found(self) -> Iterator[tuple[tuple[str, ...], tuple[Key, ...]]]:
        """Yield each group with its keys; what is NULL joins nothing."""
        for group, seen in self._seen.items():
            yield group, tuple(key for key in seen if None not in key)


def _refuses(reader: Reader, wanted: Selection) -> bool:
    try:
        for _ in reader.read(wanted, batch_rows=1).batches:
            return False
    except SourceError:
        return True
    return False
