"""Reads maps in the Fides dataset format, and finds everything that is wrong with a file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import yaml

from app.domain.datamap import (
    Collection,
    CollectionAddress,
    Field,
    FieldAddress,
    Level,
    MapInvalid,
    Problem,
    Reference,
    SourceMap,
)
from app.services.fides import format_keys as known
from app.services.fides import values
from app.services.fides.checks import Places, check
from app.services.fides.keys import Keys
from app.services.fides.nodes import Findings, parse, place_of

if TYPE_CHECKING:
    from collections.abc import Collection as AnyOf

    from app.services.fides.nodes import Place

_FIDES_KEY = re.compile(r"[a-zA-Z0-9_.<>-]+")
_ADDRESS_PARTS = 2


@dataclass(frozen=True)
class Inspected:
    """What a file holds as far as it could be understood, and every problem in file order."""

    maps: tuple[SourceMap, ...]
    problems: tuple[Problem, ...]

    def is_usable(self) -> bool:
        """Say whether nothing worse than a warning was found."""
        return not any(each.level is Level.ERROR for each in self.problems)


def read_maps(text: str | bytes, *, file: str) -> tuple[SourceMap, ...]:
    """Return the maps of a file; raise ``MapInvalid`` with every problem when one is an error."""
    inspected = inspect_maps(text, file=file)
    if not inspected.is_usable():
        raise MapInvalid(inspected.problems)
    return inspected.maps


def inspect_maps(text: str | bytes, *, file: str) -> Inspected:
    """Return what could be understood of a file and all that is wrong with it."""
    found = Findings(file)
    root = parse(text, found)
    maps: tuple[SourceMap, ...] = ()
    if isinstance(root, yaml.MappingNode):
        reading = _Reading(found)
        maps = reading.file(root)
        check(maps, reading.places, found)
    elif not found.problems:
        found.error("map.no_dataset", place_of(root) if root else (1, 1))
    return Inspected(maps, found.in_order())


@dataclass(frozen=True)
class _Placed[T]:
    """Something that was read, its name and where the name stands."""

    name: str
    what: T
    place: Place


@dataclass
class _Reading:
    """One pass over one file; remembers where things stand for the checks that follow."""

    found: Findings
    places: Places = field(default_factory=Places)

    def file(self, root: yaml.Node) -> tuple[SourceMap, ...]:
        keys = Keys(root, self.found, where="", known=known.FILE)
        place, problems = keys.at("dataset"), len(self.found.problems)
        nodes = keys.mappings("dataset", or_one=True)
        if not nodes and len(self.found.problems) == problems:
            self.found.error("map.no_dataset", place)
        maps = self.unique("dataset", [self.dataset(node) for node in nodes], where="")
        beside = keys.rest()
        return tuple(replace(each, beside=beside) for each in maps)

    def dataset(self, node: yaml.Node) -> _Placed[SourceMap] | None:
        keys = Keys(node, self.found, where="", known=known.DATASET)
        key = keys.name("fides_key")
        keys.where = key
        if key and not _FIDES_KEY.fullmatch(key):
            self.found.error("map.bad_key", keys.at("fides_key"), name=key)
        self.places.note("dataset", key, place=keys.at("fides_key"))
        meta = self.meta(keys, known.DATASET_META)
        ours = self.ours(keys, known.OUR_DATASET)
        self.require_list(keys, "collections")
        collections = [self.collection(each, key) for each in keys.mappings("collections")]
        source_map = SourceMap(
            key=key,
            name=keys.text("name"),
            description=keys.text("description"),
            categories=values.categories(keys, self.found),
            label=ours.text("label"),
            region=ours.text("region"),
            owner=ours.text("owner"),
            timezone=ours.text("timezone"),
            collections=self.unique("collection", collections, where=key),
            after=self.dataset_after(meta, key),
            namespace=values.as_written(meta, "namespace"),
            redact=values.redact(meta, self.found),
            extra=keys.rest(),
        )
        return _Placed(key, source_map, keys.at("fides_key")) if key else None

    def collection(self, node: yaml.Node, dataset: str) -> _Placed[Collection] | None:
        keys = Keys(node, self.found, where=dataset, known=known.COLLECTION)
        name = self.plain_name(keys)
        address = CollectionAddress(dataset, name)
        keys.where = str(address)
        self.places.note("collection", address, place=keys.at("name"))
        meta = self.meta(keys, known.COLLECTION_META)
        ours = self.ours(keys, known.OUR_COLLECTION)
        self.require_list(keys, "fields")
        fields = [self.field(each, address, "") for each in keys.mappings("fields")]
        collection = Collection(
            name=name,
            description=keys.text("description"),
            categories=values.categories(keys, self.found),
            label=ours.text("label"),
            purpose=ours.text("purpose"),
            recipients=ours.texts("recipients"),
            retention=ours.text("retention"),
            basis=ours.text("basis"),
            origin=ours.text("origin"),
            transfers=ours.text("transfers"),
            fields=self.unique("field", fields, where=str(address)),
            after=self.after(meta, "after", address),
            erase_after=self.after(meta, "erase_after", address),
            skip_processing=meta.flag("skip_processing"),
            redact=values.redact(meta, self.found),
            masking=values.masking(meta, self.found),
            partitioning=meta.anything("partitioning") or None,
            extra=keys.rest(),
        )
        return _Placed(name, collection, keys.at("name")) if name else None

    def field(
        self, node: yaml.Node, owner: CollectionAddress, prefix: str
    ) -> _Placed[Field] | None:
        keys = Keys(
            node, self.found, where=f"{owner}{prefix and '.'}{prefix[:-1]}", known=known.FIELD
        )
        name = self.plain_name(keys)
        address = FieldAddress(owner.dataset, owner.collection, f"{prefix}{name}")
        keys.where = str(address)
        self.places.note("field", address, place=keys.at("name"))
        meta = self.meta(keys, known.FIELD_META)
        ours = self.ours(keys, known.OUR_FIELD)
        data_type, is_array = values.data_type(meta, self.found)
        inner = [self.field(each, owner, f"{address.path}.") for each in keys.mappings("fields")]
        whole = Field(
            name=name,
            description=keys.text("description"),
            categories=values.categories(keys, self.found),
            label=ours.text("label"),
            never_disclose=ours.flag("never_disclose"),
            may_hold_others=ours.flag("may_hold_others"),
            codes=ours.text_by_text("codes"),
            column_type=ours.text("column_type"),
            follow=ours.flag("follow"),
            alternative=ours.flag("alternative"),
            required=ours.flag("required"),
            data_type=data_type,
            is_array=is_array,
            length=meta.count("length"),
            identity=meta.text("identity").strip(),
            primary_key=meta.flag("primary_key"),
            references=self.references(meta, address),
            read_only=meta.flag("read_only"),
            return_all_elements=values.all_elements(meta, self.found, is_array=is_array),
            custom_request_field=meta.text("custom_request_field"),
            masking=values.masking(meta, self.found),
            redact=values.redact(meta, self.found),
            fields=self.unique("field", inner, where=str(address)),
            extra=keys.rest(),
        )
        return _Placed(name, whole, keys.at("name")) if name else None

    def meta(self, keys: Keys, allowed: AnyOf[str]) -> Keys:
        """Return ``fides_meta``, or what stands under its old name."""
        if not keys.has("fides_meta"):
            return keys.inside("fidesops_meta", known=allowed, kept_as="fides_meta")
        if keys.has("fidesops_meta"):
            self.found.warn("map.two_metas", keys.at("fidesops_meta"), where=keys.where)
        return keys.inside("fides_meta", known=allowed)

    @staticmethod
    def ours(keys: Keys, allowed: AnyOf[str]) -> Keys:
        return keys.inside("meta", known=("sandglass",)).inside("sandglass", known=allowed)

    def plain_name(self, keys: Keys) -> str:
        """Return a name that can be part of a dotted address."""
        name = keys.name("name")
        if "." not in name:
            return name
        self.found.error("map.dot_in_name", keys.at("name"), where=keys.where, name=name)
        return ""

    @staticmethod
    def require_list(keys: Keys, key: str) -> None:
        if not keys.has(key):
            keys.missing(key)

    def unique[T](self, kind: str, placed: list[_Placed[T] | None], *, where: str) -> tuple[T, ...]:
        """Drop what has the name of an earlier one, and report names that differ by case alone."""
        kept: dict[str, T] = {}
        folded: dict[str, str] = {}
        for each in placed:
            if each is None:
                continue
            name, place = each.name, each.place
            if name in kept:
                self.found.error("map.duplicate", place, kind=kind, name=name, where=where)
                continue
            if twin := folded.get(name.casefold()):
                self.found.warn("map.differ_in_case", place, kind=kind, name=name, other=twin)
            kept[name] = each.what
            folded.setdefault(name.casefold(), name)
        return tuple(kept.values())

    def references(self, meta: Keys, address: FieldAddress) -> tuple[Reference, ...]:
        found = [self.reference(node, address) for node in meta.mappings("references")]
        return tuple(each for each in found if each)

    def reference(self, node: yaml.Node, address: FieldAddress) -> Reference | None:
        keys = Keys(node, self.found, where=str(address), known=known.REFERENCE)
        dataset, target, place = keys.name("dataset"), keys.name("field"), keys.at("field")
        direction = values.direction(keys, self.found)
        if not dataset or not target:
            return None
        collection, _dot, path = target.partition(".")
        if not collection or not path or ".." in target or target.endswith("."):
            self.found.error("map.malformed_reference", place, where=str(address), text=target)
            return None
        to = FieldAddress(dataset, collection, path)
        self.places.note("reference", (address, to), place=place)
        return Reference(to, direction, keys.rest())

    def dataset_after(self, meta: Keys, dataset: str) -> tuple[str, ...]:
        placed = meta.placed_texts("after")
        for name, place in placed:
            self.places.note("after", (dataset, name), place=place)
        return tuple(name for name, _place in placed)

    def after(
        self, meta: Keys, key: str, address: CollectionAddress
    ) -> tuple[CollectionAddress, ...]:
        addresses: list[CollectionAddress] = []
        for text, place in meta.placed_texts(key):
            parts = text.split(".")
            if len(parts) != _ADDRESS_PARTS or not all(parts):
                self.found.error("map.malformed_address", place, where=meta.where, text=text)
                continue
            addresses.append(CollectionAddress(*parts))
            self.places.note(key, (address, addresses[-1]), place=place)
        return tuple(addresses)
