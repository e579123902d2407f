"""The ordered steps of a pull, what is not reached and why, and a step in terms of one source."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.domain.identities import compared_as

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.datamap import CollectionAddress, FieldAddress

type Key = tuple[object, ...]
"""One key value, or the parts of a composite one, in the order of the fields that hold them."""


@dataclass(frozen=True, order=True)
class Seed:
    """A way into a collection: rows whose ``field`` holds one of the subject's identities."""

    field: str
    identity: str


@dataclass(frozen=True, order=True)
class Join:
    """A way into a collection: rows that match a row of ``parent`` in **all** ``pairs``.

    A pair is (field of the parent, field of this collection). Several references from one
    collection to one parent are one composite key, never alternatives.
    """

    parent: CollectionAddress
    pairs: tuple[tuple[str, str], ...]


type Way = Seed | Join


@dataclass(frozen=True)
class SharedCheck:
    """Rows of this step that rows of other people in ``holder`` point to as well.

    ``pairs`` as in ``Join``: (field of the holder, field of this collection).
    """

    holder: CollectionAddress
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Step:
    """Read one collection: the rows that at least one of ``ways`` leads to, each row once."""

    collection: CollectionAddress
    fields: tuple[str, ...]
    """Top-level names of the columns to hand over, sorted: those that the scope grants, no key."""
    ways: tuple[Way, ...]
    carries: tuple[tuple[str, ...], ...] = ()
    """Field tuples whose values steps in **other** sources need; read, compared, not stored."""
    shared: tuple[SharedCheck, ...] = ()
    paths: tuple[str, ...] = ()
    """Dotted paths that the scope grants, sorted; where one goes below a column of ``fields``, the
    rest of that column must not be handed over (``scope.granted_part``)."""
    arrays: tuple[str, ...] = ()
    """Key fields of this collection that hold lists; a row matches when one element does."""
    only_matching: tuple[str, ...] = ()
    """Of ``arrays``, those of which only matching elements are handed over."""

    @property
    def handed_over(self) -> bool:
        """Whether rows are handed over; else the step is only a path to other collections."""
        return bool(self.fields)


@dataclass(frozen=True, order=True)
class NotFollowed:
    """A reference that the pull does not follow, in the direction in which values would flow.

    ``why`` is a code with a sentence in wording: ``same_collection``, ``cycle``, ``other_person``,
    ``after`` (the map wants the other order), ``skipped_by_map``, ``not_in_maps``.
    """

    from_: FieldAddress
    to: FieldAddress
    why: str


@dataclass(frozen=True, order=True)
class Unreachable:
    """A collection that is not read; ``why`` is a code, ``needs`` the identities that would help.

    ``why`` is ``no_path``, ``needs_identity``, ``only_through_not_followed``, ``not_in_scope`` or
    ``skipped_by_map``.
    """

    collection: CollectionAddress
    why: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """Steps in the order in which they can be read."""

    steps: tuple[Step, ...]
    not_followed: tuple[NotFollowed, ...]
    unreachable: tuple[Unreachable, ...]

    def step(self, collection: CollectionAddress) -> Step | None:
        """Return the step that reads ``collection``, or None."""
        return next((each for each in self.steps if each.collection == collection), None)


@dataclass(frozen=True)
class Matches:
    """Rows whose ``field`` holds one of ``values``, compared as identities of ``kind`` are.

    Sources compare e-mail addresses without case and outer spaces, phone numbers by their digits,
    anything else exactly (as text where the column is text, as number where it is a number).
    """

    field: str
    kind: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Holds:
    """Rows whose ``fields`` hold one of ``keys``, carried here from another source.

    ``origin`` names the fields that they come from, as ``dataset.collection.a+b``.
    """

    fields: tuple[str, ...]
    keys: tuple[Key, ...]
    origin: str = ""


@dataclass(frozen=True)
class Follows:
    """Rows that match a row of ``parent`` (in the same source) in all pairs."""

    parent: Selection
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Selection:
    """One subject's rows of one collection, in terms that a single source can resolve alone."""

    collection: str
    fields: tuple[str, ...]
    ways: tuple[Matches | Holds | Follows, ...]
    arrays: tuple[str, ...] = ()
    """Key fields of this collection that hold lists; they are compared element by element."""


def selection(
    plan: Plan,
    step: Step,
    *,
    identities: Mapping[str, tuple[str, ...]],
    carried: Mapping[tuple[CollectionAddress, tuple[str, ...]], tuple[Key, ...]],
) -> Selection:
    """Return ``step`` with its values filled in.

    ``identities`` maps a kind to the subject's normalised values; ``carried`` holds, for a parent
    in another source and the fields that it carries, the distinct keys read there.
    """
    known = {compared_as(kind): values for kind, values in identities.items()}
    return _selection(plan, step, known, carried=carried, made={})


def _selection(
    plan: Plan,
    step: Step,
    identities: Mapping[str, tuple[str, ...]],
    *,
    carried: Mapping[tuple[CollectionAddress, tuple[str, ...]], tuple[Key, ...]],
    made: dict[CollectionAddress, Selection],
) -> Selection:
    """Fill in ``step`` once, however many ways run through it."""
    if step.collection in made:
        return made[step.collection]
    ways: list[Matches | Holds | Follows] = []
    for way in step.ways:
        if isinstance(way, Seed):
            if values := identities.get(way.identity):
                ways.append(Matches(way.field, way.identity, values))
            continue
        theirs = tuple(pair[0] for pair in way.pairs)
        ours = tuple(pair[1] for pair in way.pairs)
        parent = plan.step(way.parent)
        if parent is None:
            continue
        if way.parent.dataset == step.collection.dataset:
            inner = _selection(plan, parent, identities, carried=carried, made=made)
            ways.append(Follows(replace(inner, fields=theirs), way.pairs))
        else:
            ways.append(Holds(ours, carried.get((way.parent, theirs), ())))
    whole = Selection(step.collection.collection, step.fields, tuple(ways), step.arrays)
    made[step.collection] = whole
    return whole


def top_level(path: str) -> str:
    """Return the column that a dotted path begins with."""
    return path.partition(".")[0]
