"""One trial of maps on one source: reads a subject's rows step by step, and says what it saw."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

from app.domain.datamap import CollectionAddress
from app.domain.identities import same_identity
from app.domain.plan import Holds, Matches, NotFollowed, Seed, Selection, Unreachable, selection
from app.domain.planning import capability_columns
from app.domain.scope import granted_part
from app.ports.sources import Capability

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from app.domain.datamap import Collection
    from app.domain.identities import Identity
    from app.domain.plan import Key, Plan, Step
    from app.ports.sources import Reader, Rows, Source, SourceType

type Record = dict[str, object]
"""One row: top-level fields with their decoded values."""

type OnRows = Callable[[CollectionAddress, Sequence[Record]], None]
"""Takes the rows of a collection batch by batch; first without any, so that empty ones show."""


@dataclass(frozen=True)
class Notice:
    """Something that a person has to be told about a reading; ``code`` has a sentence."""

    code: str
    values: Mapping[str, str | int]


@dataclass(frozen=True)
class TryResult:
    """What a trial read: rows of each collection, and what it did not read and why."""

    collections: Mapping[CollectionAddress, int]
    not_followed: tuple[NotFollowed, ...]
    unreachable: tuple[Unreachable, ...]
    notices: tuple[Notice, ...]


class Trial:
    """Reads what a plan reaches; nothing is held but the keys that another dataset needs."""

    def __init__(
        self,
        plan: Plan,
        collections: Mapping[CollectionAddress, Collection],
        *,
        source: Source,
        source_type: SourceType,
        identities: Sequence[Identity],
        deadline: float | None = None,
    ) -> None:
        self._deadline = deadline
        self._plan = plan
        self._collections = collections
        self._source = source
        self._type = source_type
        self._identities = identities
        self._values: dict[str, tuple[str, ...]] = {}
        for each in identities:
            self._values[each.kind] = (*self._values.get(each.kind, ()), *each.variants)
        self._carried: dict[tuple[CollectionAddress, tuple[str, ...]], tuple[Key, ...]] = {}
        self._readers: dict[str, Reader] = {}
        self._shared: list[Notice] = []

    def run(self, on_rows: OnRows) -> TryResult:
        """Read every step; a source that fails ends the trial with its ``SourceError``."""
        counts: dict[CollectionAddress, int] = {}
        with ExitStack() as stack:
            for dataset in dict.fromkeys(each.collection.dataset for each in self._plan.steps):
                reader = self._source.open(self._capability(dataset))
                self._readers[dataset] = stack.enter_context(reader)
            for step in self._plan.steps:
                count = self._read(step, on_rows)
                if step.handed_over:
                    counts[step.collection] = count
                self._check_shared(step)
            notices = (*self._about_people(), *self._shared)
        return TryResult(counts, self._plan.not_followed, self._plan.unreachable, notices)

    def _capability(self, dataset: str) -> Capability:
        """Allow what the plan wants, and to read identities, to count whom they match."""
        disclosed, joined = capability_columns(self._plan, dataset)
        columns = {name: set(fields) for name, fields in disclosed.items()}
        for step, seed in self._seeded():
            if step.collection.dataset == dataset:
                columns.setdefault(step.collection.collection, set()).add(_column(seed.field))
        allowed = {name: frozenset(each) for name, each in columns.items()}
        return Capability(allowed, joined, self._deadline)

    def _seeded(self) -> Iterator[tuple[Step, Seed]]:
        for step in self._plan.steps:
            for way in step.ways:
                if isinstance(way, Seed):
                    yield step, way

    def _select(self, step: Step) -> Selection:
        return selection(self._plan, step, identities=self._values, carried=self._carried)

    def _read(self, step: Step, on_rows: OnRows) -> int:
        """Hand the rows of a step over and keep the keys that it carries; return how many."""
        carried: dict[tuple[str, ...], dict[Key, None]] = {each: {} for each in step.carries}
        if step.handed_over:
            on_rows(step.collection, ())
        elif not carried:
            return 0
        mine = self._select(step)
        collection = self._collections[step.collection]
        shown = [each.name for each in collection.fields if each.name in step.fields]
        keys = {_column(path) for carry in step.carries for path in carry}
        wanted = replace(mine, fields=(*shown, *sorted(keys - set(shown))))
        cut = _Cut(step, mine, tuple(shown))
        count = 0
        for batch in self._decoded(self._reader(step).read(wanted)):
            count += len(batch)
            for carry, found in carried.items():
                found.update((key, None) for record in batch for key in _keys(record, carry))
            if step.handed_over:
                on_rows(step.collection, [cut.of(record) for record in batch])
        self._carried |= {(step.collection, carry): tuple(each) for carry, each in carried.items()}
        return count

    def _reader(self, step: Step) -> Reader:
        return self._readers[step.collection.dataset]

    def _decoded(self, rows: Rows) -> Iterator[list[Record]]:
        decode = self._type.decode
        for batch in rows.batches:
            yield [
                {
                    column.name: decode(column.type, cell)
                    for column, cell in zip(rows.columns, row, strict=True)
                }
                for row in batch
            ]

    def _check_shared(self, step: Step) -> None:
        for check in step.shared:
            holder = self._plan.step(check.holder)
            if holder is None:
                continue
            ours, theirs = self._select(step), self._select(holder)
            if count := self._reader(step).count_shared(ours, theirs, check.pairs):
                at = str(step.collection)
                self._shared.append(Notice("pull.shared_rows", {"collection": at, "count": count}))

    def _about_people(self) -> Iterator[Notice]:
        """Say loudly whom nobody was found for, and which identity fits several people."""
        numbers: dict[str, int] = {}
        for identity in self._identities:
            number = numbers[identity.kind] = numbers.get(identity.kind, 0) + 1
            values: dict[str, str | int] = {"kind": identity.kind, "number": number}
            counts = [
                (step, self._count(step, Matches(seed.field, seed.identity, identity.variants)))
                for step, seed in self._seeded()
                if seed.identity == identity.kind
            ]
            if not counts:
                yield Notice("pull.identity_not_in_map", values)
            elif not any(count for _step, count in counts):
                yield Notice("pull.nobody_found", values)
            for step, count in counts:
                if count > 1 and self._is_of_people(step):
                    several = {**values, "collection": str(step.collection), "count": count}
                    yield Notice("pull.several_people", several)

    def _is_of_people(self, step: Step) -> bool:
        """Say whether each row is a person: it has a key, and hangs on nobody else's."""
        has_key = bool(self._collections[step.collection].primary_key())
        return has_key and all(isinstance(way, Seed) for way in step.ways)

    def _count(self, step: Step, matches: Matches) -> int:
        name = step.collection.collection
        wanted = Selection(name, (_column(matches.field),), (matches,), step.arrays)
        return sum(len(batch) for batch in self._reader(step).read(wanted).batches)


class _Cut:
    """Cuts records down to what is granted: parts of objects, matching elements of lists."""

    def __init__(self, step: Step, mine: Selection, shown: tuple[str, ...]) -> None:
        self._shown = shown
        self._paths = {
            name: [path for path in step.paths if _column(path) == name] for name in shown
        }
        ways = {path: _ways_into(mine, path) for path in step.only_matching if path in shown}
        self._matching = {path: found for path, found in ways.items() if found is not None}

    def of(self, record: Record) -> Record:
        """Return what of ``record`` is handed over."""
        cut = {name: granted_part(name, record[name], self._paths[name]) for name in self._shown}
        for path, known in self._matching.items():
            value = cut[path]
            if isinstance(value, list):
                cut[path] = [each for each in value if _is_known(each, known)]
        return cut


type _Known = list[tuple[str, tuple[object, ...]]]
"""Kinds of identity (or nothing) with the values that lead into a field."""


def _ways_into(mine: Selection, path: str) -> _Known | None:
    """Return the values that lead into a field, None when the source alone knows them."""
    known: _Known = []
    for way in mine.ways:
        if isinstance(way, Matches):
            if way.field == path:
                known.append((way.kind, way.values))
        elif isinstance(way, Holds):
            if path in way.fields:
                at = way.fields.index(path)
                known.append(("", tuple(key[at] for key in way.keys)))
        elif any(ours == path for _theirs, ours in way.pairs):
            return None
    return known


def _is_known(element: object, known: _Known) -> bool:
    return any(
        same_identity(kind, str(element), str(value)) for kind, values in known for value in values
    )


def _column(path: str) -> str:
    return path.partition(".")[0]


def _keys(record: Record, paths: tuple[str, ...]) -> Iterator[Key]:
    """Yield the keys that a record holds at ``paths``; lists are taken element by element."""
    yield from product(*(list(_leaves(record, path.split("."))) for path in paths))


def _leaves(value: object, parts: Sequence[str]) -> Iterable[object]:
    if isinstance(value, list):
        for each in value:
            yield from _leaves(each, parts)
    elif not parts:
        # A missing value points at nothing; 0, false and the empty text are values.
        if value is not None and not isinstance(value, dict):
            yield value
    elif isinstance(value, dict):
        yield from _leaves(value.get(parts[0]), parts[1:])
