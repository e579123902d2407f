"""Puts nodes of a graph in order, lets go of what must not stop it, and names rings that do."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable, Mapping


class _Sortable(Protocol):
    def __lt__(self, other: Any, /) -> bool: ...  # noqa: ANN401 - as typeshed has it


type Edge[N] = tuple[N, N]
"""The first comes before the second."""


class RingError(Exception):
    """Nodes that each have to come before the next, and the last before the first."""

    def __init__(self, ring: tuple[Any, ...]) -> None:
        super().__init__("ring")
        self.ring = ring


@dataclass(frozen=True)
class Order[N]:
    """The nodes in order, and the soft edges that had to be let go."""

    nodes: tuple[N, ...]
    dropped: frozenset[Edge[N]]


def put_in_order[N: Hashable](
    nodes: Iterable[N],
    *,
    soft: Iterable[Edge[N]],
    hard: Collection[Edge[N]] = (),
    rank: Callable[[N], _Sortable],
    may_start: Callable[[N, frozenset[N]], bool] = lambda _node, _ring: True,
) -> Order[N]:
    """Return ``nodes`` so that every edge points forward, else lowest rank first.

    Where soft edges run in a ring, the lowest node that no hard edge of the ring leads to comes
    first, and the soft edges into it are dropped; ``may_start(node, ring)`` says whether a node can
    do without them. Raises ``RingError`` when there is none.
    """
    everything = frozenset(nodes)
    for a, b in hard:
        if a == b and a in everything:
            raise RingError((a,))
    firm = {edge for edge in hard if everything.issuperset(edge)}
    left = {(a, b) for a, b in soft if a != b and everything.issuperset((a, b))} - firm
    dropped: set[Edge[N]] = set()
    while rings := rings_of(everything, left | firm):
        for ring in rings:
            first = _entry(ring, left | firm, firm, rank=rank, may_start=may_start)
            into = {(a, b) for a, b in left if b == first and a in ring}
            left -= into
            dropped |= into
    return Order(_sorted(everything, left | firm, rank=rank), frozenset(dropped))


def _entry[N: Hashable](
    ring: frozenset[N],
    edges: set[Edge[N]],
    firm: set[Edge[N]],
    *,
    rank: Callable[[N], _Sortable],
    may_start: Callable[[N, frozenset[N]], bool],
) -> N:
    inside = [edge for edge in firm if ring.issuperset(edge)]
    bound = {b for _a, b in inside}
    free = [node for node in ring if node not in bound and may_start(node, ring)]
    if free:
        return min(free, key=rank)
    start = min((a for a, _b in inside), default=min(ring, key=rank), key=rank)
    step = min((b for a, b in inside if a == start), default=start, key=rank)
    raise RingError((start, *_walk(step, start, edges=edges, rank=rank)))


def _walk[N: Hashable](
    start: N, goal: N, *, edges: set[Edge[N]], rank: Callable[[N], _Sortable]
) -> list[N]:
    """Return the nodes of a shortest walk from ``start`` to ``goal``, without ``goal``."""
    came_from: dict[N, N] = {}
    waiting = [start]
    for node in waiting:
        for after in sorted((b for a, b in edges if a == node), key=rank):
            if after not in came_from:
                came_from[after] = node
                waiting.append(after)
    walk = [came_from[goal]] if start != goal else []
    while walk and walk[-1] != start:
        walk.append(came_from[walk[-1]])
    return walk[::-1]


def rings_of[N: Hashable](
    nodes: Collection[N], edges: Collection[Edge[N]]
) -> tuple[frozenset[N], ...]:
    """Return the sets of nodes that all lead to each other, those of one node left out."""
    after: dict[N, list[N]] = {node: [] for node in nodes}
    before: dict[N, list[N]] = {node: [] for node in nodes}
    for a, b in edges:
        after[a].append(b)
        before[b].append(a)
    rings: list[frozenset[N]] = []
    done: set[N] = set()
    for node in reversed(_finished(after)):
        members = _reach(node, before, done)
        if len(members) > 1:
            rings.append(frozenset(members))
    return tuple(rings)


def _finished[N: Hashable](after: Mapping[N, list[N]]) -> list[N]:
    """Return the nodes in the order in which a walk into the depth leaves them (Kosaraju)."""
    left: list[N] = []
    seen: set[N] = set()
    for start in after:
        stack: list[tuple[N, bool]] = [(start, False)]
        while stack:
            node, leaving = stack.pop()
            if leaving:
                left.append(node)
            elif node not in seen:
                seen.add(node)
                stack.append((node, True))
                stack.extend((each, False) for each in after[node])
    return left


def _reach[N: Hashable](start: N, before: Mapping[N, list[N]], done: set[N]) -> list[N]:
    members: list[N] = []
    stack = [start]
    while stack:
        node = stack.pop()
        if node not in done:
            done.add(node)
            members.append(node)
            stack.extend(before[node])
    return members


def _sorted[N: Hashable](
    nodes: frozenset[N], edges: set[Edge[N]], *, rank: Callable[[N], _Sortable]
) -> tuple[N, ...]:
    waiting = dict.fromkeys(nodes, 0)
    after: dict[N, list[N]] = {node: [] for node in nodes}
    for a, b in edges:
        waiting[b] += 1
        after[a].append(b)
    ranked = dict(enumerate(sorted(nodes, key=rank)))
    number_of = {node: number for number, node in ranked.items()}
    ready = [number_of[node] for node, count in waiting.items() if not count]
    heapq.heapify(ready)
    placed: list[N] = []
    while ready:
        node = ranked[heapq.heappop(ready)]
        placed.append(node)
        for each in after[node]:
            waiting[each] -= 1
            if not waiting[each]:
                heapq.heappush(ready, number_of[each])
    return tuple(placed)
