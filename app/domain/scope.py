"""The collections and fields that a pull may touch, and the hash by which a decision names them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.datamap import CollectionAddress
from app.domain.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from app.domain.datamap import Collection, Field, SourceMap

_FORMAT = "sandglass-scope-1"


@dataclass(frozen=True)
class Scope:
    """For each collection the dotted paths of the fields that are granted, sorted.

    A path that names an object grants all of it; a longer one grants a part.
    """

    collections: Mapping[CollectionAddress, tuple[str, ...]]

    def __post_init__(self) -> None:
        ordered = {at: tuple(sorted(set(self.collections[at]))) for at in sorted(self.collections)}
        object.__setattr__(self, "collections", ordered)

    def paths(self, address: CollectionAddress) -> tuple[str, ...]:
        """Return what is granted of a collection; nothing when it is not in the scope."""
        return self.collections.get(address, ())

    def fields_count(self) -> int:
        """Return how many fields are granted in all."""
        return sum(len(paths) for paths in self.collections.values())

    def as_data(self) -> list[dict[str, object]]:
        """Return the scope as plain data, in one order only."""
        return [
            {"dataset": at.dataset, "collection": at.collection, "fields": list(paths)}
            for at, paths in self.collections.items()
        ]

    @classmethod
    def from_data(cls, data: object) -> Scope:
        """Return the scope that ``as_data`` wrote; raise ``InputError("scope.unreadable")``."""
        if not isinstance(data, list):
            raise InputError("scope.unreadable")
        collections: dict[CollectionAddress, tuple[str, ...]] = {}
        for each in data:
            match each:
                case {"dataset": str(dataset), "collection": str(name), "fields": list(fields)}:
                    at = CollectionAddress(dataset, name)
                case _:
                    raise InputError("scope.unreadable")
            if at in collections or not all(isinstance(path, str) for path in fields):
                raise InputError("scope.unreadable")
            collections[at] = tuple(fields)
        return cls(collections)


def everything(maps: Iterable[SourceMap]) -> Scope:
    """Return the scope of all that may ever be disclosed."""
    return Scope(
        {
            source_map.address(each.name): paths
            for source_map in maps
            for each in source_map.collections
            if (paths := tuple(_disclosable(each.fields, "")))
        }
    )


def scope_hash(scope: Scope, map_hashes: Mapping[str, str]) -> str:
    """Return the SHA-256 in hex of a scope over the very maps that it was chosen from.

    ``map_hashes`` gives the hash of each map by its key.
    """
    data = {"format": _FORMAT, "maps": dict(map_hashes), "collections": scope.as_data()}
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def never_disclosed(collection: Collection, path: str) -> bool:
    """Say whether the map forbids to disclose the field at ``path`` or what it is part of."""
    parts = path.split(".")
    above = (".".join(parts[: count + 1]) for count in range(len(parts)))
    return any(each.never_disclose for at in above if (each := collection.find(at)))


def disclosable_paths(collection: Collection, paths: Iterable[str]) -> tuple[str, ...]:
    """Return ``paths`` without what the map never discloses, sorted; objects are cut around it."""
    found: set[str] = set()
    for path in paths:
        each = collection.find(path)
        if each is None or never_disclosed(collection, path):
            continue
        found.update(_disclosable((each,), path.removesuffix(each.name)))
    return tuple(sorted(found))


def _disclosable(fields: Iterable[Field], prefix: str) -> Iterator[str]:
    for each in fields:
        if each.never_disclose:
            continue
        path = f"{prefix}{each.name}"
        if any(inner.never_disclose for _at, inner in each.walk()):
            yield from _disclosable(each.fields, f"{path}.")
        else:
            yield path


def granted_part(column: str, value: object, paths: Sequence[str]) -> object:
    """Return of a column's decoded value what ``paths`` grant; lists are cut element by element."""
    if column in paths:
        return value
    inner = [path.removeprefix(f"{column}.") for path in paths if path.startswith(f"{column}.")]
    return _part(value, inner)


def _part(value: object, paths: Sequence[str]) -> object:
    if isinstance(value, list):
        return [_part(each, paths) for each in value]
    if not isinstance(value, dict):
        return None
    names = dict.fromkeys(path.partition(".")[0] for path in paths)
    return {name: granted_part(name, value[name], paths) for name in names if name in value}
