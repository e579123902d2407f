"""Which collections the subject's values reach, and which of their keys are the subject's own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from app.domain.datamap import Collection, CollectionAddress
    from app.domain.links import Edge
    from app.domain.plan import Seed

type Seeds = Mapping[CollectionAddress, tuple[Seed, ...]]
type Key = frozenset[str]
"""Fields that together identify."""


@dataclass
class Flow:
    """What is reached from the seeds, through which edges.

    A collection is the subject's **own** when an identity, or a key of the subject's own rows,
    leads into it; rows that are merely pointed at (an address, a product, a colleague) are not.
    Person collections, those with identities, are entered by own keys alone: whoever is pointed at
    need not be the subject.
    """

    collections: Mapping[CollectionAddress, Collection]
    reached: set[CollectionAddress] = field(default_factory=set)
    followed: set[Edge] = field(default_factory=set)
    _own: dict[CollectionAddress, set[Key]] = field(default_factory=dict)

    def start(self, seeds: Seeds) -> None:
        """Enter the collections that hold the subject's identities."""
        for address, ways in seeds.items():
            self.reached.add(address)
            self._make_own(address, ())
            kinds = [way.identity for way in ways]
            # With two fields of one kind (from, to) either may be somebody else's.
            single = [way for way in ways if kinds.count(way.identity) == 1]
            self._own[address].update(frozenset({way.field}) for way in single)

    def _make_own(self, address: CollectionAddress, keys: Iterable[Key]) -> None:
        own = self._own.setdefault(address, set())
        own.update(keys)
        collection = self.collections[address]
        if key := collection.primary_key():
            own.add(frozenset(key))
        for paths in collection.identities().values():
            if len(paths) == 1:
                own.add(frozenset(paths))

    def _own_keys(self, edge: Edge) -> list[Key]:
        """Return the subject's own keys that the edge carries, as fields of the parent."""
        own = self._own.get(edge.parent)
        if own is None:
            return []
        carried = frozenset(theirs for theirs, _ours in edge.pairs)
        keys = [key for key in own if key <= carried]
        if edge.parent_keyed and not self.collections[edge.parent].primary_key():
            keys.append(carried)
        return keys

    def take(self, edge: Edge, *, strict: bool) -> bool:
        """Follow ``edge`` if it may be; say whether anything is new."""
        if edge.parent not in self.reached:
            return False
        keys = [] if edge.points_at_child() else self._own_keys(edge)
        is_person = bool(self.collections[edge.child].identities())
        if strict and is_person and not keys and not edge.followed:
            return False
        before = (len(self.followed), len(self._own.get(edge.child, ())), edge.child in self._own)
        self.reached.add(edge.child)
        self.followed.add(edge)
        if keys:
            self._make_own(edge.child, (_image(edge, key) for key in keys))
        after = (len(self.followed), len(self._own.get(edge.child, ())), edge.child in self._own)
        return before != after


def _image(edge: Edge, key: Key) -> Key:
    return frozenset(ours for theirs, ours in edge.pairs if theirs in key)


def flow(
    collections: Mapping[CollectionAddress, Collection],
    edges: Iterable[Edge],
    *,
    seeds: Seeds,
    strict: bool = True,
) -> Flow:
    """Return all that is reached; taking an edge never closes another, so order cannot matter.

    Without ``strict`` edges that lead to other people are followed too.
    """
    found = Flow(collections)
    found.start(seeds)
    leaving: dict[CollectionAddress, list[Edge]] = {}
    for edge in edges:
        leaving.setdefault(edge.parent, []).append(edge)
    waiting = list(found.reached)
    while waiting:
        ways = leaving.get(waiting.pop(), ())
        waiting.extend(edge.child for edge in ways if found.take(edge, strict=strict))
    return found
