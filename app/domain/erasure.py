"""What erasing a subject's rows would do: the order, what it proves, and what forbids it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from app.domain.datamap import Level, erasing_order
from app.domain.errors import InputError
from app.domain.links import link
from app.domain.masking import Mask, trouble_with_mask
from app.domain.ordering import RingError, put_in_order
from app.domain.plan import Join, Seed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from app.domain.datamap import Collection, CollectionAddress, SourceMap
    from app.domain.links import Edge, Links
    from app.domain.plan import Plan, Step

type _Pair = tuple[CollectionAddress, CollectionAddress]


class Effect(StrEnum):
    """What happens to the subject's rows of one collection."""

    DELETE = "delete"
    MASK = "mask"
    KEEP = "keep"


@dataclass(frozen=True)
class Treatment:
    """What is to be done with one collection; what is kept needs a reason."""

    effect: Effect
    masks: Mapping[str, Mask] = field(default_factory=dict)
    """For ``Effect.MASK``: the fields, each with how it is overwritten."""
    reason: str = ""


@dataclass(frozen=True, order=True)
class ErasureProblem:
    """Why an erasure cannot be carried out as asked, or what a person should know before it."""

    collection: CollectionAddress
    code: str
    path: str = ""
    values: Mapping[str, str | int] = field(default_factory=dict, compare=False)
    level: Level = Level.ERROR


@dataclass(frozen=True)
class ErasureStep:
    """Erase, mask or keep the rows that the access step of the same collection led to."""

    collection: CollectionAddress
    treatment: Treatment
    proves_by: tuple[str, ...]
    """Fields whose values the access step keeps, to find these very rows again afterwards."""


@dataclass(frozen=True)
class ErasurePlan:
    """Steps in the order in which they are carried out, children before parents."""

    steps: tuple[ErasureStep, ...]
    problems: tuple[ErasureProblem, ...]
    rings: tuple[_Pair, ...] = ()
    """Child and parent where rows point at each other in a ring, so that the child comes second:
    the reference has to be emptied first, or checked when the transaction ends."""

    def is_possible(self) -> bool:
        """Say whether nothing forbids it; the source's own preflight comes after this one."""
        return not any(each.level is Level.ERROR for each in self.problems)


def plan_erasure(
    maps: Iterable[SourceMap], plan: Plan, *, treatments: Mapping[CollectionAddress, Treatment]
) -> ErasurePlan:
    """Return what erasing the rows of ``plan`` would do; nothing is written before it is possible.

    Raises ``InputError("erasure.deadlock", ring=...)`` when ``erase_after`` cannot be kept.
    """
    maps = sorted(maps, key=lambda each: each.key)
    links = link(maps)
    steps = {each.collection: each for each in plan.steps if each.handed_over}
    order, rings = _in_order(steps, links, first=erasing_order(maps))
    problems = [
        *_about_decisions(steps, treatments),
        *_about_masks(links, steps, treatments),
        *_about_references(links, treatments),
    ]
    return ErasurePlan(
        tuple(
            ErasureStep(at, treatments[at], _proof(steps[at], links.collections[at]))
            for at in order
            if at in treatments
        ),
        tuple(sorted(problems)),
        rings,
    )


def treatments_of(maps: Iterable[SourceMap], plan: Plan) -> dict[CollectionAddress, Treatment]:
    """Return what the maps themselves want (``masking_strategy_override``), where they say so."""
    found: dict[CollectionAddress, Treatment] = {}
    for source_map in maps:
        for collection in source_map.collections:
            at = source_map.address(collection.name)
            if not ((step := plan.step(at)) and step.handed_over):
                continue
            masks = {
                path: Mask.from_map(each.masking)
                for path, each in collection.all_fields()
                if each.masking
            }
            if (collection.masking or {}).get("strategy") == "delete":
                found[at] = Treatment(Effect.DELETE)
            elif masks:
                found[at] = Treatment(Effect.MASK, masks)
    return found


def _in_order(
    steps: Iterable[CollectionAddress], links: Links, *, first: set[_Pair]
) -> tuple[tuple[CollectionAddress, ...], tuple[_Pair, ...]]:
    """Children before parents; ``erase_after`` before that."""
    soft = {_child_and_parent(edge) for edge in links.edges}
    try:
        order = put_in_order(steps, soft=soft, hard=first, rank=lambda each: each)
    except RingError as error:
        shown = " → ".join(str(each) for each in (*error.ring, error.ring[0]))
        raise InputError("erasure.deadlock", ring=shown) from None
    return order.nodes, tuple(sorted(order.dropped))


def _child_and_parent(edge: Edge) -> _Pair:
    """Return who holds the reference, and who is referred to."""
    if edge.points_at_child():
        return edge.parent, edge.child
    return edge.child, edge.parent


def _proof(step: Step, collection: Collection) -> tuple[str, ...]:
    fields = set(collection.primary_key())
    for way in step.ways:
        if isinstance(way, Seed):
            fields.add(way.field)
        elif isinstance(way, Join):
            fields.update(ours for _theirs, ours in way.pairs)
    return tuple(sorted(fields))


def _about_decisions(
    steps: Mapping[CollectionAddress, Step], treatments: Mapping[CollectionAddress, Treatment]
) -> Iterator[ErasureProblem]:
    for at in steps.keys() - treatments.keys():
        yield ErasureProblem(at, "erasure.no_decision")
    for at in treatments.keys() - steps.keys():
        yield ErasureProblem(at, "erasure.not_reached")
    for at, treatment in treatments.items():
        if treatment.effect is Effect.KEEP and not treatment.reason.strip():
            yield ErasureProblem(at, "erasure.no_reason")
        if treatment.effect is Effect.MASK and not treatment.masks:
            yield ErasureProblem(at, "erasure.nothing_masked")


def _about_masks(
    links: Links,
    steps: Mapping[CollectionAddress, Step],
    treatments: Mapping[CollectionAddress, Treatment],
) -> Iterator[ErasureProblem]:
    for at in steps.keys() & treatments.keys():
        collection = links.collections[at]
        for path, mask in treatments[at].masks.items():
            each = collection.find(path)
            if each is None:
                yield ErasureProblem(at, "erasure.unknown_field", path)
                continue
            for code, level, values in trouble_with_mask(mask, each):
                yield ErasureProblem(at, code, path, values, level)


def _about_references(
    links: Links, treatments: Mapping[CollectionAddress, Treatment]
) -> Iterator[ErasureProblem]:
    """Rows that stay must not lose what they refer to."""
    seen: set[tuple[_Pair, frozenset[tuple[str, str]]]] = set()
    for edge in links.edges:
        holder, target = _child_and_parent(edge)
        pairs = edge.pairs if holder == edge.child else tuple((b, a) for a, b in edge.pairs)
        same = ((holder, target), frozenset(pairs))
        if same in seen or not (edge.child_keyed or edge.parent_keyed):
            continue
        seen.add(same)
        gone, stays = treatments.get(target), treatments.get(holder)
        if gone is None or (stays is not None and stays.effect is Effect.DELETE):
            continue
        values = {"holder": str(holder)}
        for theirs, ours in pairs:
            emptied = stays is not None and ours in stays.masks
            if theirs in gone.masks and gone.effect is Effect.MASK:
                yield ErasureProblem(target, "erasure.masks_reference_target", theirs, values)
            elif gone.effect is Effect.DELETE and not emptied:
                # Whether the source really forbids it, only its own constraints can tell.
                code = "erasure.kept_rows_point_here"
                yield ErasureProblem(target, code, theirs, values, Level.WARNING)
