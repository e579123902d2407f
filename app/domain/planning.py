"""Makes the plan of a pull: which collections are read, in which order, through which ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.datamap import reading_order
from app.domain.errors import InputError
from app.domain.identities import compared_as
from app.domain.links import link
from app.domain.plan import Join, NotFollowed, Plan, Seed, SharedCheck, Step, Unreachable, top_level
from app.domain.routing import find_route, reach
from app.domain.scope import disclosable_paths, everything

if TYPE_CHECKING:
    from collections.abc import Collection as AnyOf
    from collections.abc import Iterable, Iterator, Mapping

    from app.domain.datamap import CollectionAddress, SourceMap
    from app.domain.links import Edge, Links
    from app.domain.plan import Way
    from app.domain.routing import Route
    from app.domain.scope import Scope

type Columns = Mapping[str, frozenset[str]]
"""For each collection of one dataset, names of top-level columns."""


def make_plan(
    maps: Iterable[SourceMap], *, identities: AnyOf[str], scope: Scope | None = None
) -> Plan:
    """Return how the rows of a subject known by ``identities`` (kinds) are reached.

    Without a scope everything that may be disclosed is handed over. The order of maps,
    collections, fields and references never changes the plan. Raises
    ``InputError("plan.deadlock", ring=...)`` when ``after`` cannot be kept,
    ``InputError("plan.duplicate_dataset")``, and ``InputError("scope.not_in_map")`` for a scope
    that names what no map describes.
    """
    maps = sorted(maps, key=lambda each: each.key)
    kinds = frozenset(compared_as(kind) for kind in identities)
    planning = _Planning(link(maps), kinds, everything(maps) if scope is None else scope)
    planning.check_scope()
    return planning.plan(reading_order(maps))


def capability_columns(plan: Plan, dataset: str) -> tuple[Columns, Columns]:
    """Return the columns of one dataset that may be read, and those that are only compared.

    Values that another source needs as keys have to be read too; they are among the first.
    """
    read: dict[str, set[str]] = {}
    compared: dict[str, set[str]] = {}

    def note(where: dict[str, set[str]], at: CollectionAddress, paths: Iterable[str]) -> None:
        if at.dataset == dataset:
            where.setdefault(at.collection, set()).update(top_level(path) for path in paths)

    for step in plan.steps:
        note(read, step.collection, step.fields)
        for carry in step.carries:
            note(read, step.collection, carry)
        for way in step.ways:
            if isinstance(way, Seed):
                note(compared, step.collection, (way.field,))
            else:
                note(compared, step.collection, (ours for _theirs, ours in way.pairs))
                note(compared, way.parent, (theirs for theirs, _ours in way.pairs))
    return (
        {name: frozenset(columns) for name, columns in sorted(read.items()) if columns},
        {
            name: frozenset(columns - read.get(name, set()))
            for name, columns in sorted(compared.items())
            if columns - read.get(name, set())
        },
    )


@dataclass(frozen=True)
class _Planning:
    """One planning: maps as links, the kinds of identity that a request has, and its scope."""

    links: Links
    identities: frozenset[str]
    scope: Scope

    def check_scope(self) -> None:
        for at, paths in self.scope.collections.items():
            collection = self.links.collections.get(at)
            if collection is None:
                raise InputError("scope.not_in_map", what=str(at))
            for path in paths:
                if collection.find(path) is None:
                    raise InputError("scope.not_in_map", what=f"{at}.{path}")

    def plan(self, after: set[tuple[CollectionAddress, CollectionAddress]]) -> Plan:
        route = find_route(self.links, self.identities, after=after)
        granted = {
            at: paths
            for at, collection in self.links.collections.items()
            if (paths := disclosable_paths(collection, self.scope.paths(at)))
        }
        needed = route.on_the_way_to(*granted)
        read = [at for at in route.order if at in needed]
        leaving = route.leaving()
        return Plan(
            tuple(
                self.step(at, route, paths=granted.get(at, ()), leaving=leaving[at], read=needed)
                for at in read
            ),
            tuple(sorted(set(self.not_followed(route, needed)))),
            tuple(self.unreachable(needed, granted)),
        )

    def step(
        self,
        at: CollectionAddress,
        route: Route,
        *,
        paths: tuple[str, ...],
        leaving: tuple[Edge, ...],
        read: AnyOf[CollectionAddress],
    ) -> Step:
        """Return how ``at`` is read, for ``paths`` and for what hangs on it."""
        edges = route.ways[at]
        joins: list[Way] = [Join(edge.parent, edge.pairs) for edge in edges]
        seeds = route.seeds.get(at, ())
        entered = {seed.field for seed in seeds} | {
            ours for edge in edges for _theirs, ours in edge.pairs
        }
        wanted = [edge for edge in leaving if edge.child in read]
        left = {theirs for edge in wanted for theirs, _ours in edge.pairs}
        arrays = tuple(sorted(path for path in entered | left if self.is_array(at, path)))
        collection = self.links.collections[at]
        return Step(
            collection=at,
            fields=tuple(sorted({top_level(path) for path in paths})),
            ways=(*seeds, *joins),
            carries=_carries(edge for edge in wanted if edge.child.dataset != at.dataset),
            shared=tuple(
                SharedCheck(edge.parent, edge.pairs)
                for edge in edges
                if edge.points_at_child() and edge.parent.dataset == at.dataset
            ),
            paths=paths,
            arrays=arrays,
            only_matching=tuple(
                path
                for path in arrays
                if path in entered
                and not ((each := collection.find(path)) and each.return_all_elements)
            ),
        )

    def is_array(self, at: CollectionAddress, path: str) -> bool:
        """Say whether the field at ``path``, or what it is part of, is a list."""
        parts = path.split(".")
        above = (".".join(parts[: count + 1]) for count in range(len(parts)))
        collection = self.links.collections[at]
        return any(each.is_array for each in map(collection.find, above) if each)

    def not_followed(self, route: Route, read: AnyOf[CollectionAddress]) -> Iterator[NotFollowed]:
        """Yield what is not followed out of the collections that are read."""
        for edge, why in route.refused:
            if edge.parent in read:
                is_back = edge.child in route.on_the_way_to(edge.parent)
                yield from edge.not_followed("cycle" if is_back else why)
        for edge in self.links.edges:
            if edge.parent in read and self.links.collections[edge.child].skip_processing:
                yield from edge.not_followed("skipped_by_map")
        for each in self.links.loose:
            if each.why != "same_collection" or each.from_.owner in read:
                yield each

    def unreachable(
        self, read: AnyOf[CollectionAddress], granted: AnyOf[CollectionAddress]
    ) -> Iterator[Unreachable]:
        """Yield every collection that is not read, with the reason that helps most."""
        left = [at for at in self.links.collections if at not in read]
        kinds = {kind for each in self.links.collections.values() for kind in each.identities()}
        reached_with = {kind: reach(self.links, {kind}) for kind in sorted(kinds - self.identities)}
        loosely = reach(self.links, self.identities, strict=False) if left else frozenset()
        for at in left:
            needs = tuple(kind for kind, reached in reached_with.items() if at in reached)
            if self.links.collections[at].skip_processing:
                yield Unreachable(at, "skipped_by_map")
            elif at not in granted:
                yield Unreachable(at, "not_in_scope")
            elif at in loosely:
                yield Unreachable(at, "only_through_not_followed", needs)
            elif needs:
                yield Unreachable(at, "needs_identity", needs)
            else:
                yield Unreachable(at, "no_path")


def _carries(edges: Iterable[Edge]) -> tuple[tuple[str, ...], ...]:
    """Return the fields of the parent that each edge compares, as ``Join`` has them."""
    return tuple(sorted({tuple(theirs for theirs, _ours in edge.pairs) for edge in edges}))
