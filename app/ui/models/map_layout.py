"""Maps as a picture: collections as boxes, references as lines, laid out without crossings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import graphlay

from app.domain.plan import Join, Seed
from app.domain.scope import never_disclosed
from app.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from app.domain.datamap import Collection, SourceMap
    from app.domain.plan import Plan

IDENTITY = "identity"
BOX_WIDTH = 166
_HEAD = 44
_LINE = 17
_FOOT = 9
_IDENTITY_SIZE = (118, 50)
_LAYER_GAP = 86
_NODE_GAP = 24
_LINES_AT_MOST = 3


@dataclass(frozen=True)
class Box:
    """One collection, or the person's identity; centre and size in pixels.

    ``lines`` are (text, tone). ``is_reached`` False: no reference leads there.
    """

    key: str
    title: str
    source: str
    source_title: str
    lines: tuple[tuple[str, str], ...]
    spoken: str
    x: float
    y: float
    width: float
    height: float
    is_reached: bool = True


@dataclass(frozen=True)
class Link:
    """One reference as it is read; ``is_followed`` False: values do not flow there, ``why`` says
    it in a code.
    """

    source: str
    target: str
    points: tuple[tuple[float, float], ...]
    label: str
    is_followed: bool = True
    why: str = ""


@dataclass(frozen=True)
class MapPicture:
    """Everything to draw, from (0, 0) to (``width``, ``height``)."""

    boxes: tuple[Box, ...]
    links: tuple[Link, ...]
    width: float
    height: float


@dataclass(frozen=True)
class _Edge:
    source: str
    target: str
    label: str
    is_followed: bool = True
    why: str = ""


def lay_out(maps: Iterable[SourceMap], plan: Plan) -> MapPicture:
    """Return the picture of ``maps`` as ``plan`` reads them; the same maps, the same picture."""
    graph = graphlay.Graph()
    kinds = sorted(
        {way.identity for step in plan.steps for way in step.ways if isinstance(way, Seed)}
    )
    parts = {
        str(source_map.address(each.name)): (source_map, each)
        for source_map in maps
        for each in source_map.collections
    }
    if not parts:
        return MapPicture((), (), 0, 0)
    lines = {key: tuple(_lines(each)) for key, (_map, each) in parts.items()}
    graph.node(IDENTITY, width=_IDENTITY_SIZE[0], height=_IDENTITY_SIZE[1])
    for key, told in lines.items():
        graph.node(key, width=BOX_WIDTH, height=_HEAD + _LINE * len(told) + _FOOT)
    keys = {key: set(each.primary_key()) for key, (_map, each) in parts.items()}
    edges = [
        each for each in _edges(plan, keys) if {each.source, each.target} <= {IDENTITY, *parts}
    ]
    for each in edges:
        graph.edge(each.source, each.target, weight=1.0 if each.is_followed else 0.3)
    layout = graphlay.layout(
        graph,
        options={
            "direction": "leftright",
            "routing": {"style": "diagonal"},
            "spacing": {"layer_gap": _LAYER_GAP, "node_gap": _NODE_GAP},
        },
    )
    left, top = (layout.bounds["min"][axis] for axis in ("x", "y"))
    reached = {str(step.collection) for step in plan.steps}
    boxes = []
    for key, node in zip(layout.ids, layout.nodes, strict=True):
        place = (node["center"]["x"] - left, node["center"]["y"] - top)
        size = (node["size"]["width"], node["size"]["height"])
        if key == IDENTITY:
            boxes.append(_identity_box(kinds, place, size))
        else:
            source_map, collection = parts[key]
            boxes.append(
                _box(
                    source_map,
                    collection,
                    lines[key],
                    place=place,
                    size=size,
                    is_reached=key in reached,
                )
            )
    links = tuple(
        Link(
            edge.source,
            edge.target,
            tuple((point["x"] - left, point["y"] - top) for point in drawn["points"]),
            edge.label,
            edge.is_followed,
            edge.why,
        )
        for edge, drawn in zip(edges, layout.edges, strict=True)
    )
    right, bottom = (layout.bounds["max"][axis] for axis in ("x", "y"))
    return MapPicture(tuple(boxes), links, right - left, bottom - top)


def _edges(plan: Plan, keys: Mapping[str, set[str]]) -> Iterator[_Edge]:
    seen: set[tuple[str, str]] = set()
    for step in plan.steps:
        target = str(step.collection)
        if any(isinstance(way, Seed) for way in step.ways):
            yield _Edge(IDENTITY, target, "")
        for way in step.ways:
            if isinstance(way, Join):
                seen.add((str(way.parent), target))
                names = [
                    theirs if ours in keys.get(target, ()) else ours for theirs, ours in way.pairs
                ]
                yield _Edge(str(way.parent), target, ", ".join(names))
    for each in plan.not_followed:
        ends = (str(each.from_.owner), str(each.to.owner))
        if ends[0] != ends[1] and ends not in seen and ends[::-1] not in seen:
            seen.add(ends)
            label = each.from_.path if each.why != "cycle" else each.to.path
            yield _Edge(*ends, label, is_followed=False, why=each.why)


def _lines(collection: Collection) -> Iterator[tuple[str, str]]:
    identities, others, never = [], [], []
    for path, each in collection.all_fields():
        name = each.label or each.name
        if never_disclosed(collection, path):
            never.append(name)
        elif each.identity:
            identities.append(name)
        elif not each.is_object():
            others.append(name)
    if identities:
        yield _("{names}: identity").format(names=", ".join(identities)), "accent"
    if others:
        yield ", ".join(others), "muted"
    if never:
        yield _("{names}: never").format(names=", ".join(never)), "red"


def _identity_box(
    kinds: Iterable[str], place: tuple[float, float], size: tuple[float, float]
) -> Box:
    names = ", ".join(each.replace("_", " ") for each in kinds)
    return Box(
        IDENTITY,
        _("identity"),
        "",
        "",
        ((names, "muted"),),
        _("The person's identity: {names}").format(names=names),
        *place,
        *size,
    )


def _box(
    source_map: SourceMap,
    collection: Collection,
    lines: tuple[tuple[str, str], ...],
    *,
    place: tuple[float, float],
    size: tuple[float, float],
    is_reached: bool,
) -> Box:
    title = collection.label or collection.name
    spoken = f"{title}, {source_map.title()}. " + ". ".join(text for text, _tone in lines)
    if not is_reached:
        spoken += ". " + _("No reference leads here.")
    return Box(
        str(source_map.address(collection.name)),
        title,
        source_map.key,
        source_map.title(),
        lines,
        spoken,
        *place,
        *size,
        is_reached=is_reached,
    )
