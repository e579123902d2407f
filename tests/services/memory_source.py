"""A source in memory that resolves selections as the port says, for tests of what uses one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from app.domain.errors import SourceError
from app.domain.identities import same_identity
from app.domain.plan import Follows, Holds, Matches, Selection
from app.domain.secrets import Secret
from app.ports.sources import (
    Batch,
    Capability,
    Cell,
    Column,
    Difference,
    Enforcement,
    Rows,
    Settings,
    SourceType,
)

if TYPE_CHECKING:
    from app.domain.datamap import SourceMap

type Record = Mapping[str, object]


def _values(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else [] if value is None else [value]


def _meet(left: object, right: object) -> bool:
    return any(a == b for a in _values(left) for b in _values(right))


@dataclass
class MemoryReader:
    tables: Mapping[str, Sequence[Record]]
    capability: Capability
    is_open: bool = True

    def _chosen(self, selection: Selection) -> list[Record]:
        return [
            each
            for each in self.tables[selection.collection]
            if any(self._leads(way, each) for way in selection.ways)
        ]

    def _leads(self, way: Matches | Holds | Follows, record: Record) -> bool:
        if isinstance(way, Matches):
            found = _values(record[way.field])
            return any(same_identity(way.kind, str(a), b) for a in found for b in way.values)
        if isinstance(way, Holds):
            return any(
                all(_meet(record[name], part) for name, part in zip(way.fields, key, strict=True))
                for key in way.keys
            )
        return any(
            all(_meet(parent[theirs], record[ours]) for theirs, ours in way.pairs)
            for parent in self._chosen(way.parent)
        )

    def read(self, selection: Selection, *, batch_rows: int = 1000) -> Rows:
        allowed = self.capability.disclosed.get(selection.collection, frozenset())
        if not allowed.issuperset(selection.fields):
            raise SourceError("source.not_granted", collection=selection.collection)
        columns = tuple(Column(name, "memory") for name in selection.fields)
        return Rows(columns, self._batches(selection, min(batch_rows, 2)))

    def _batches(self, selection: Selection, size: int) -> Iterator[Batch]:
        rows = [tuple(each[name] for name in selection.fields) for each in self._chosen(selection)]
        for start in range(0, len(rows), size):
            yield rows[start : start + size]  # type: ignore[misc]

    def count_shared(
        self, selection: Selection, holder: Selection, pairs: tuple[tuple[str, str], ...]
    ) -> int:
        own = self._chosen(holder)
        others = [each for each in self.tables[holder.collection] if each not in own]
        return sum(
            any(all(_meet(other[a], each[b]) for a, b in pairs) for other in others)
            for each in self._chosen(selection)
        )

    def stop(self) -> None:
        self.is_open = False

    def close(self) -> None:
        self.is_open = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass
class MemorySource:
    tables: Mapping[str, Sequence[Record]]
    opened: list[MemoryReader] = field(default_factory=list)

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    def check(self, source_map: SourceMap) -> tuple[Difference, ...]:
        found = []
        for collection in source_map.collections:
            rows = self.tables.get(collection.name)
            if rows is None:
                found.append(Difference("missing_collection", collection.name))
                continue
            found += [
                Difference("missing_field", collection.name, each.name)
                for each in collection.fields
                if rows and each.name not in rows[0]
            ]
        return tuple(found)

    def open(self, capability: Capability) -> MemoryReader:
        self.opened.append(MemoryReader(self.tables, capability))
        return self.opened[-1]

    def type(self) -> SourceType:
        def connect(_settings: Settings, _secret: Secret | None) -> MemorySource:
            return self

        def decode(_type: str, cell: Cell) -> object:
            return cell

        def from_url(_url: str) -> tuple[Settings, Secret | None]:
            return {}, Secret("hunter2")

        return SourceType(
            "memory",
            "Memory",
            (),
            Enforcement.NOBODY,
            connect,
            decode,
            schemes=("memory",),
            from_url=from_url,
        )
