"""What a source holds: collections, fields with data categories, references between fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, override

from app.domain.errors import InputError
from app.domain.identities import compared_as

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

type Extra = Mapping[str, object]
"""Keys of the file that we do not understand, kept to be written back.

Those found inside ``fides_meta``, ``meta`` and ``meta.sandglass`` stand under these keys.
"""


class Direction(StrEnum):
    """Which way values flow along a reference, seen from the field that declares it."""

    FROM = "from"
    """From the other field into this one: the child names its parent."""
    TO = "to"
    """From this field into the other."""
    EITHER = "either"
    """Whichever side is reached first gives its values to the other."""


@dataclass(frozen=True, order=True)
class CollectionAddress:
    """A collection in a dataset, written ``dataset.collection``."""

    dataset: str
    collection: str

    @override
    def __str__(self) -> str:
        return f"{self.dataset}.{self.collection}"


@dataclass(frozen=True, order=True)
class FieldAddress:
    """A field in a collection; ``path`` is dotted where fields are nested."""

    dataset: str
    collection: str
    path: str

    @property
    def owner(self) -> CollectionAddress:
        """The collection that holds the field."""
        return CollectionAddress(self.dataset, self.collection)

    @override
    def __str__(self) -> str:
        return f"{self.dataset}.{self.collection}.{self.path}"


@dataclass(frozen=True, order=True)
class Reference:
    """A link from the declaring field to another field."""

    to: FieldAddress
    direction: Direction = Direction.EITHER
    extra: Extra = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Field:
    """One field (column) of a collection.

    ``data_type`` is one of string, integer, float, boolean, object_id, object, without ``[]``;
    ``is_array`` says that it had one. ``never_disclose`` and ``label`` come from our ``sandglass``
    key under ``meta``; ``codes`` explains coded values to people. ``follow`` lets its references
    lead to another person; ``alternative`` makes them a way of their own instead of one more part
    of a composite key; ``required`` says that the column takes no null.
    """

    name: str
    description: str = ""
    label: str = ""
    categories: tuple[str, ...] = ()
    data_type: str = ""
    is_array: bool = False
    length: int | None = None
    identity: str = ""
    primary_key: bool = False
    references: tuple[Reference, ...] = ()
    read_only: bool = False
    return_all_elements: bool = False
    custom_request_field: str = ""
    masking: Extra | None = None
    never_disclose: bool = False
    may_hold_others: bool = False
    codes: Mapping[str, str] = field(default_factory=dict)
    column_type: str = ""
    follow: bool = False
    alternative: bool = False
    required: bool = False
    redact: bool = False
    """The name itself must not be shown (``redact: name``)."""
    fields: tuple[Field, ...] = ()
    extra: Extra = field(default_factory=dict)

    def walk(self, prefix: str = "") -> Iterator[tuple[str, Field]]:
        """Yield this field and those inside it, each with its dotted path."""
        path = f"{prefix}{self.name}"
        yield path, self
        for inner in self.fields:
            yield from inner.walk(f"{path}.")

    def is_object(self) -> bool:
        """Say whether the field holds other fields instead of a value."""
        return bool(self.fields) or self.data_type == "object"


@dataclass(frozen=True)
class Collection:
    """One collection (table) of a dataset, with what people must be told about it (Art. 15)."""

    name: str
    description: str = ""
    label: str = ""
    categories: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    after: tuple[CollectionAddress, ...] = ()
    erase_after: tuple[CollectionAddress, ...] = ()
    skip_processing: bool = False
    purpose: str = ""
    recipients: tuple[str, ...] = ()
    retention: str = ""
    basis: str = ""
    origin: str = ""
    """Where the data come from, when not from the person (Art. 15(1)(g))."""
    transfers: str = ""
    """Third countries and safeguards (Art. 15(2))."""
    redact: bool = False
    masking: Extra | None = None
    partitioning: object = None
    """As written; read and written back, not interpreted."""
    extra: Extra = field(default_factory=dict)

    def all_fields(self) -> Iterator[tuple[str, Field]]:
        """Yield every field, nested ones too, with its dotted path, in file order."""
        for each in self.fields:
            yield from each.walk()

    def find(self, path: str) -> Field | None:
        """Return the field at ``path``, or None."""
        return next((each for at, each in self.all_fields() if at == path), None)

    def holds(self, category: str) -> bool:
        """Say whether a field holds data of ``category`` or below it."""
        return any(
            category_within(mine, category)
            for _, each in self.all_fields()
            for mine in each.categories
        )

    def primary_key(self) -> tuple[str, ...]:
        """Return the paths of the primary key, in file order."""
        return tuple(path for path, each in self.all_fields() if each.primary_key)

    def identities(self) -> dict[str, tuple[str, ...]]:
        """Return the kinds of identity declared here, each with the paths that hold it, sorted.

        Other names for e-mail addresses and phone numbers are brought to one.
        """
        found: dict[str, list[str]] = {}
        for path, each in self.all_fields():
            if each.identity:
                found.setdefault(compared_as(each.identity), []).append(path)
        return {kind: tuple(sorted(found[kind])) for kind in sorted(found)}


@dataclass(frozen=True)
class SourceMap:
    """What one source holds: one dataset of a map file.

    ``namespace`` says where in the source the collections are (schema, database), as written.
    ``beside`` holds what stands beside the datasets in the file; it is no part of the map itself.
    """

    key: str
    name: str = ""
    description: str = ""
    label: str = ""
    categories: tuple[str, ...] = ()
    region: str = ""
    owner: str = ""
    timezone: str = ""
    collections: tuple[Collection, ...] = ()
    after: tuple[str, ...] = ()
    namespace: Extra = field(default_factory=dict)
    redact: bool = False
    extra: Extra = field(default_factory=dict)
    beside: Extra = field(default_factory=dict)

    def find(self, name: str) -> Collection | None:
        """Return the collection called ``name``, or None."""
        return next((each for each in self.collections if each.name == name), None)

    def address(self, name: str) -> CollectionAddress:
        """Return the address of a collection of this map."""
        return CollectionAddress(self.key, name)

    def title(self) -> str:
        """Return what people call this source."""
        return self.label or self.name or self.key


def reading_order(
    maps: Sequence[SourceMap],
) -> set[tuple[CollectionAddress, CollectionAddress]]:
    """Return which collection comes before which, from ``after`` of collections and datasets."""
    members = {each.key: [each.address(one.name) for one in each.collections] for each in maps}
    pairs = {
        (other, source_map.address(each.name))
        for source_map in maps
        for each in source_map.collections
        for other in each.after
    }
    for source_map in maps:
        for key in source_map.after:
            before, after = members.get(key, ()), members[source_map.key]
            pairs.update((first, second) for first in before for second in after)
    return pairs


def erasing_order(
    maps: Sequence[SourceMap],
) -> set[tuple[CollectionAddress, CollectionAddress]]:
    """Return which collection is erased before which, from ``erase_after``."""
    return {
        (other, source_map.address(each.name))
        for source_map in maps
        for each in source_map.collections
        for other in each.erase_after
    }


def category_within(category: str, parent: str) -> bool:
    """Say whether ``category`` is ``parent`` or below it, by dotted parts.

    ``user.device.cookie_id`` is not within ``user.device.cookie``.
    """
    return category.split(".")[: parent.count(".") + 1] == parent.split(".")


class Level(StrEnum):
    """How bad a problem is: an error makes the map unusable, a warning is said and no more."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Problem:
    """Something wrong in a map file; ``code`` names a sentence, ``values`` fill it.

    ``line`` and ``column`` count from 1, as editors do.
    """

    file: str
    line: int
    column: int
    code: str
    values: Mapping[str, str | int] = field(default_factory=dict)
    level: Level = Level.ERROR


class MapInvalid(InputError):  # noqa: N818 - it says what is wrong with the map
    """A map file cannot be used; ``problems`` holds every reason, warnings too, in file order."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        errors = [each for each in self.problems if each.level is Level.ERROR]
        super().__init__("map.invalid", file=errors[0].file, count=len(errors))
