"""The references of maps as edges: from which collection values flow into which, in which pairs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.domain.datamap import Direction, FieldAddress
from app.domain.errors import InputError
from app.domain.plan import NotFollowed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from app.domain.datamap import Collection, CollectionAddress, Field, Reference, SourceMap

type Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, order=True)
class Edge:
    """Values flow from ``parent`` into ``child``, all ``pairs`` (parent's field, ours) at once.

    ``parent_keyed``: the pairs hold the parent's whole primary key, so the child names its parent.
    ``child_keyed``: they hold the child's, so the parent points at one row of the child, which
    other rows may point at as well. Where a map declares no primary key, the fields by which the
    other collection names it are taken for one. ``either``: only distance decides which of this
    edge and its opposite is followed. ``followed``: the map says so, whomever it leads to.
    """

    parent: CollectionAddress
    child: CollectionAddress
    pairs: Pairs
    parent_keyed: bool
    child_keyed: bool
    either: bool = False
    followed: bool = False

    def not_followed(self, why: str) -> Iterator[NotFollowed]:
        """Yield what to report, one line for each pair."""
        for theirs, ours in self.pairs:
            from_ = FieldAddress(self.parent.dataset, self.parent.collection, theirs)
            yield NotFollowed(
                from_, FieldAddress(self.child.dataset, self.child.collection, ours), why
            )

    def points_at_child(self) -> bool:
        """Say whether rows of the parent name rows of the child, not the other way round."""
        return self.child_keyed and not self.parent_keyed


@dataclass(frozen=True)
class Links:
    """The collections of some maps with the edges between them."""

    collections: Mapping[CollectionAddress, Collection]
    edges: tuple[Edge, ...]
    loose: tuple[NotFollowed, ...]
    """References that are no edges: inside one collection, or to what no map describes."""


@dataclass(frozen=True)
class _Declared:
    """One reference, from the field that declares it."""

    at: FieldAddress
    declarer: Field
    reference: Reference

    def flows(self) -> Iterator[tuple[FieldAddress, FieldAddress]]:
        """Yield the directions in which its values may flow."""
        if self.reference.direction is not Direction.TO:
            yield self.reference.to, self.at
        if self.reference.direction is not Direction.FROM:
            yield self.at, self.reference.to


@dataclass
class _Bundle:
    """The references that make up one edge."""

    pairs: set[tuple[str, str]] = field(default_factory=set)
    declared_by: set[CollectionAddress] = field(default_factory=set)
    directed: bool = False
    followed: bool = False


type _Ends = tuple[CollectionAddress, CollectionAddress, str]
"""Parent, child, and what tells alternatives apart."""


def link(maps: Iterable[SourceMap]) -> Links:
    """Return the edges between the collections of ``maps``, sorted.

    Raises ``InputError("plan.duplicate_dataset")`` when two maps have the same key.
    """
    collections = _collections(maps)
    declared: list[_Declared] = []
    loose: set[NotFollowed] = set()
    for each in _references(collections):
        why = _trouble(each, collections)
        if why:
            from_, to = next(each.flows()) if why == "not_in_maps" else (each.at, each.reference.to)
            loose.add(NotFollowed(from_, to, why))
        else:
            declared.append(each)
    edges = (_edge(ends, bundle, collections) for ends, bundle in _bundles(declared).items())
    return Links(collections, tuple(sorted(edges)), tuple(sorted(loose)))


def _collections(maps: Iterable[SourceMap]) -> dict[CollectionAddress, Collection]:
    found: dict[CollectionAddress, Collection] = {}
    keys: set[str] = set()
    for source_map in sorted(maps, key=lambda each: each.key):
        if source_map.key in keys:
            raise InputError("plan.duplicate_dataset", dataset=source_map.key)
        keys.add(source_map.key)
        for each in sorted(source_map.collections, key=lambda each: each.name):
            found[source_map.address(each.name)] = each
    return found


def _references(collections: Mapping[CollectionAddress, Collection]) -> Iterator[_Declared]:
    for address, collection in collections.items():
        for path, each in collection.all_fields():
            at = FieldAddress(address.dataset, address.collection, path)
            for reference in each.references:
                yield _Declared(at, each, reference)


def _trouble(each: _Declared, collections: Mapping[CollectionAddress, Collection]) -> str:
    to = each.reference.to
    if to.owner == each.at.owner:
        return "same_collection"
    if to.owner not in collections or collections[to.owner].find(to.path) is None:
        return "not_in_maps"
    return ""


def _bundles(declared: list[_Declared]) -> dict[_Ends, _Bundle]:
    """Gather references between the same two collections: together they are one composite key.

    One that runs either way goes with those that have a direction, so that no part of a key is
    ever compared alone.
    """
    bundles: dict[_Ends, _Bundle] = {}
    directed = {
        (from_.owner, to.owner, _apart(each))
        for each in declared
        if each.reference.direction is not Direction.EITHER
        for from_, to in each.flows()
    }
    for each in declared:
        ends = {(a.owner, b.owner, _apart(each)): (a.path, b.path) for a, b in each.flows()}
        wanted = [end for end in ends if end in directed] or list(ends)
        for end in wanted:
            bundle = bundles.setdefault(end, _Bundle())
            bundle.pairs.add(ends[end])
            bundle.declared_by.add(each.at.owner)
            bundle.directed |= end in directed
            bundle.followed |= each.declarer.follow
    return bundles


def _apart(each: _Declared) -> str:
    return str(each.at) if each.declarer.alternative else ""


def _edge(
    ends: _Ends, bundle: _Bundle, collections: Mapping[CollectionAddress, Collection]
) -> Edge:
    parent, child, _apart_from = ends
    theirs = {pair[0] for pair in bundle.pairs}
    ours = {pair[1] for pair in bundle.pairs}

    def keyed(address: CollectionAddress, fields: set[str]) -> bool:
        key = collections[address].primary_key()
        return fields.issuperset(key) if key else address not in bundle.declared_by

    return Edge(
        parent,
        child,
        tuple(sorted(bundle.pairs)),
        parent_keyed=keyed(parent, theirs),
        child_keyed=keyed(child, ours),
        either=not bundle.directed,
        followed=bundle.followed,
    )
