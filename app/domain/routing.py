"""Finds the way from a subject's identities to collections, in an order that can be read."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.errors import InputError
from app.domain.flow import flow
from app.domain.ordering import RingError, put_in_order
from app.domain.plan import Seed

if TYPE_CHECKING:
    from collections.abc import Collection as AnyOf
    from collections.abc import Iterable, Mapping

    from app.domain.datamap import CollectionAddress
    from app.domain.flow import Seeds
    from app.domain.links import Edge, Links

type _Rank = tuple[int, CollectionAddress]


@dataclass(frozen=True)
class Route:
    """The collections that are reached, in order, and the edges that are and are not followed."""

    order: tuple[CollectionAddress, ...]
    seeds: Seeds
    ways: Mapping[CollectionAddress, tuple[Edge, ...]]
    refused: tuple[tuple[Edge, str], ...]

    def leaving(self) -> dict[CollectionAddress, tuple[Edge, ...]]:
        """Return for each collection the followed edges out of it."""
        found: dict[CollectionAddress, list[Edge]] = {at: [] for at in self.ways}
        for edges in self.ways.values():
            for edge in edges:
                found[edge.parent].append(edge)
        return {at: tuple(edges) for at, edges in found.items()}

    def on_the_way_to(self, *goals: CollectionAddress) -> set[CollectionAddress]:
        """Return those of ``goals`` that are reached, and all that lies on the way to them."""
        found: set[CollectionAddress] = set()
        waiting = [at for at in goals if at in self.ways]
        while waiting:
            at = waiting.pop()
            if at not in found:
                found.add(at)
                waiting.extend(edge.parent for edge in self.ways[at])
        return found


def find_route(
    links: Links,
    kinds: AnyOf[str],
    *,
    after: set[tuple[CollectionAddress, CollectionAddress]],
) -> Route:
    """Return how ``kinds`` of identity lead to collections, the nearest way first.

    Raises ``InputError("plan.deadlock", ring=...)`` when ``after`` cannot be kept.
    """
    seeds, edges = seeds_of(links, kinds), followable(links)
    first = flow(links.collections, edges, seeds=seeds)
    rank = _distances(seeds, first.followed)
    forward = [edge for edge in edges if edge.parent in rank and not _is_backward(edge, rank)]
    useful = [edge for edge in forward if edge in first.followed]
    order, dropped = _ordered(seeds, useful, rank=rank, after=after)
    kept = [edge for edge in useful if (edge.parent, edge.child) not in dropped]
    # What is the subject's own may have hung on a dropped edge, so look again.
    final = flow(links.collections, kept, seeds=seeds)
    ways: dict[CollectionAddress, list[Edge]] = {at: [] for at in final.reached}
    for edge in final.followed:
        ways[edge.child].append(edge)
    refused = [
        (edge, dropped.get((edge.parent, edge.child), "other_person"))
        for edge in forward
        if edge.parent in final.reached and edge not in final.followed
    ]
    return Route(
        tuple(at for at in order if at in final.reached),
        seeds,
        {at: tuple(sorted(ways[at])) for at in sorted(ways)},
        tuple(sorted(refused)),
    )


def reach(links: Links, kinds: AnyOf[str], *, strict: bool = True) -> AnyOf[CollectionAddress]:
    """Return what these kinds reach; if not strict, through skipped and other people too."""
    edges = followable(links) if strict else links.edges
    seeds = seeds_of(links, kinds, skipped_too=not strict)
    return flow(links.collections, edges, seeds=seeds, strict=strict).reached


def seeds_of(links: Links, kinds: AnyOf[str], *, skipped_too: bool = False) -> Seeds:
    """Return the ways in for these kinds of identity, for each collection."""
    found: dict[CollectionAddress, tuple[Seed, ...]] = {}
    for at, collection in links.collections.items():
        declared = collection.identities()
        seeds = [Seed(path, kind) for kind in declared if kind in kinds for path in declared[kind]]
        if seeds and (skipped_too or not collection.skip_processing):
            found[at] = tuple(sorted(seeds))
    return found


def followable(links: Links) -> tuple[Edge, ...]:
    """Return the edges between collections that the map does not leave out."""
    skipped = {at for at, each in links.collections.items() if each.skip_processing}
    return tuple(
        edge for edge in links.edges if edge.parent not in skipped and edge.child not in skipped
    )


def _distances(
    seeds: Iterable[CollectionAddress], edges: Iterable[Edge]
) -> dict[CollectionAddress, _Rank]:
    """Return for each collection how far it is from the seeds, with its address for ties."""
    leaving: dict[CollectionAddress, set[CollectionAddress]] = {}
    for edge in edges:
        leaving.setdefault(edge.parent, set()).add(edge.child)
    rank = {at: (0, at) for at in seeds}
    waiting = deque(rank)
    while waiting:
        at = waiting.popleft()
        for child in leaving.get(at, ()):
            if child not in rank:
                rank[child] = (rank[at][0] + 1, child)
                waiting.append(child)
    return rank


def _is_backward(edge: Edge, rank: Mapping[CollectionAddress, _Rank]) -> bool:
    """Say whether the opposite of an edge that runs either way is the one to follow."""
    return edge.either and edge.child in rank and rank[edge.child] < rank[edge.parent]


def _ordered(
    seeds: AnyOf[CollectionAddress],
    edges: Iterable[Edge],
    *,
    rank: Mapping[CollectionAddress, _Rank],
    after: set[tuple[CollectionAddress, CollectionAddress]],
) -> tuple[tuple[CollectionAddress, ...], dict[tuple[CollectionAddress, CollectionAddress], str]]:
    """Return the collections in order, and the edges that run against it with the reason."""
    parents: dict[CollectionAddress, set[CollectionAddress]] = {at: set() for at in rank}
    for edge in edges:
        parents[edge.child].add(edge.parent)
    hard = {(a, b) for a, b in after if a in rank and b in rank}
    try:
        order = put_in_order(
            rank,
            soft=[(parent, child) for child, found in parents.items() for parent in found],
            hard=hard,
            rank=rank.__getitem__,
            may_start=lambda at, ring: at in seeds or not parents[at] <= ring,
        )
    except RingError as error:
        shown = " → ".join(str(each) for each in (*error.ring, error.ring[0]))
        raise InputError("plan.deadlock", ring=shown) from None
    return order.nodes, dict.fromkeys(order.dropped, "after" if hard else "cycle")
