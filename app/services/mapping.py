"""Checking a map file, and trying a map out on a source before anybody relies on it."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from app.domain.errors import InputError, NotFoundError
from app.domain.identities import compared_as, normalise
from app.domain.plan import Unreachable
from app.domain.planning import make_plan
from app.services.fides import (
    Inspected,
    inspect_maps,
    map_data,
    map_hash,
    map_says,
    read_maps,
    write_maps,
)
from app.services.identifying import phone_rule
from app.services.trial import Notice, OnRows, Trial, TryResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from collections.abc import Mapping as AnyMapping

    from app.domain.datamap import Collection, CollectionAddress, Field, SourceMap
    from app.domain.identities import Identity
    from app.domain.plan import NotFollowed
    from app.ports.sources import Difference, Source, SourceType

__all__ = [
    "Inspected",
    "Mapping",
    "Notice",
    "TryResult",
    "map_data",
    "map_hash",
    "map_says",
    "read_maps",
    "read_stored_map",
    "write_maps",
]

_STORED_MAPS = 128


@lru_cache(maxsize=_STORED_MAPS)
def read_stored_map(text: str, *, key: str) -> SourceMap:
    """Return the map called ``key`` from a text that ``write_maps`` wrote."""
    for each in read_maps(text, file=key):
        if each.key == key:
            return each
    raise NotFoundError("map.not_stored", dataset=key)


class Mapping:
    """Checks maps and tries them out. ``source_types`` are known by the scheme of their URLs."""

    def __init__(self, source_types: AnyMapping[str, SourceType]) -> None:
        self._source_types = source_types

    def check(self, text: str | bytes, file: str) -> Inspected:
        """Return the maps of a file, as far as it could be understood, with all its problems."""
        return inspect_maps(text, file=file)

    def try_out(
        self,
        maps: Sequence[SourceMap],
        source_url: str,
        *,
        identities: AnyMapping[str, Sequence[str]],
        on_rows: OnRows,
        region: str = "",
    ) -> TryResult:
        """Read from one source all that the maps reach from ``identities`` (kind -> as written).

        What of the maps is not in that source is left out, with a notice. Raises ``InputError``
        for a URL or an identity that cannot be used, ``SourceError`` when reading fails.
        """
        source_type = self._type_of(source_url)
        if source_type.from_url is None:
            raise InputError("source.no_url", type=source_type.key)
        source = source_type.connect(*source_type.from_url(source_url))
        return try_maps(
            maps,
            source,
            source_type,
            identities=normalised(identities, region),
            on_rows=on_rows,
        )

    def _type_of(self, url: str) -> SourceType:
        scheme, colon, _rest = url.partition("://")
        known = ", ".join(sorted(self._source_types))
        if not colon:
            raise InputError("source.no_scheme", known=known)
        if scheme not in self._source_types:
            raise InputError("source.unknown_scheme", scheme=scheme, known=known)
        return self._source_types[scheme]


def try_maps(
    maps: Sequence[SourceMap],
    source: Source,
    source_type: SourceType,
    *,
    identities: Sequence[Identity],
    on_rows: OnRows,
    deadline: float | None = None,
) -> TryResult:
    """Read from ``source`` all that the maps reach, not later than ``deadline`` (monotonic)."""
    there = [_Present(each, source) for each in maps]
    found = [each.map for each in there if each.map.collections]
    if not found:
        raise InputError("map.nothing_there")
    plan = make_plan(found, identities={each.kind for each in identities})
    collections = {each.address(one.name): one for each in found for one in each.collections}
    trial = Trial(
        plan,
        collections,
        source=source,
        source_type=source_type,
        identities=identities,
        deadline=deadline,
    )
    return _with_absent(trial.run(on_rows), there)


def normalised(written: AnyMapping[str, Sequence[str]], region: str) -> tuple[Identity, ...]:
    """Return identities (kind -> as written) as sources compare them; ``InputError`` for others."""
    rule = phone_rule(region)
    found = {
        normalise(compared_as(kind), each, phone=rule): None
        for kind, values in written.items()
        for each in values
    }
    if not found:
        raise InputError("identity.none")
    return tuple(found)


class _Present:
    """What of a map is in a source, and what is not."""

    def __init__(self, source_map: SourceMap, source: Source) -> None:
        differences = source.check(source_map)
        self._whole = source_map
        self._absent = {each.collection for each in differences if _is_absent(each)}
        self._fields = {
            (each.collection, each.field) for each in differences if each.kind == "missing_field"
        }
        collections = [each for each in source_map.collections if each.name not in self._absent]
        self.map = replace(source_map, collections=tuple(map(self._trimmed, collections)))

    def _trimmed(self, collection: Collection) -> Collection:
        gone = {path for name, path in self._fields if name == collection.name}
        return replace(collection, fields=tuple(_without(collection.fields, gone, "")))

    def absent(self) -> list[CollectionAddress]:
        """Return the collections that the source does not have."""
        return sorted(self._whole.address(name) for name in self._absent)

    def notices(self) -> Iterable[Notice]:
        """Yield what a person has to know about the difference."""
        for at in self.absent():
            yield Notice("pull.missing_collection", {"collection": str(at)})
        for name, path in sorted(self._fields):
            if name not in self._absent:
                at = self._whole.address(name)
                yield Notice("pull.missing_field", {"collection": str(at), "field": path})


def _is_absent(difference: Difference) -> bool:
    return difference.kind == "missing_collection"


def _without(fields: Iterable[Field], gone: set[str], prefix: str) -> Iterable[Field]:
    for each in fields:
        path = f"{prefix}{each.name}"
        if path not in gone:
            yield replace(each, fields=tuple(_without(each.fields, gone, f"{path}.")))


def _with_absent(result: TryResult, there: Sequence[_Present]) -> TryResult:
    """Say of references and collections that they are not in the source, where that is why."""
    absent = {at for each in there for at in each.absent()}

    def explained(each: NotFollowed) -> NotFollowed:
        gone = each.why == "not_in_maps" and absent & {each.from_.owner, each.to.owner}
        return replace(each, why="not_in_source") if gone else each

    missing = (Unreachable(at, "not_in_source") for at in absent)
    return TryResult(
        result.collections,
        tuple(sorted(map(explained, result.not_followed))),
        tuple(sorted((*result.unreachable, *missing))),
        (*(notice for each in there for notice in each.notices()), *result.notices),
    )
