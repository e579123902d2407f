"""What can be wrong between the parts of a map file: references, order, keys."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.domain.datamap import FieldAddress, erasing_order, reading_order
from app.domain.ordering import RingError, put_in_order

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.domain.datamap import Collection, CollectionAddress, Field, Reference, SourceMap
    from app.services.fides.nodes import Findings, Place


@dataclass
class Places:
    """Where in the file things stand; of what stands there twice, the first."""

    _at: dict[tuple[str, object], Place] = field(default_factory=dict)

    def note(self, kind: str, what: object, *, place: Place) -> None:
        """Remember where ``what`` stands."""
        self._at.setdefault((kind, what), place)

    def of(self, kind: str, what: object) -> Place:
        """Return where ``what`` stands."""
        return self._at.get((kind, what), (1, 1))


def check(maps: tuple[SourceMap, ...], places: Places, found: Findings) -> None:
    """Report what is wrong between the parts of ``maps``."""
    there = {
        source_map.key: {each.name: each for each in source_map.collections} for source_map in maps
    }
    for address, path, each in _all_fields(maps):
        at = FieldAddress(address.dataset, address.collection, path)
        _check_field(at, each, places=places, found=found)
        for reference in each.references:
            _check_reference(at, reference, there, places=places, found=found)
    for address, collection in _all_collections(maps):
        _check_same_target(address, collection, places=places, found=found)
    _check_order(maps, places, found)
    if maps and not any(each.identity for _at, _path, each in _all_fields(maps)):
        found.warn("map.no_identity", places.of("dataset", maps[0].key))


def _all_collections(
    maps: tuple[SourceMap, ...],
) -> Iterator[tuple[CollectionAddress, Collection]]:
    for source_map in maps:
        for collection in source_map.collections:
            yield source_map.address(collection.name), collection


def _all_fields(
    maps: tuple[SourceMap, ...],
) -> Iterator[tuple[CollectionAddress, str, Field]]:
    for address, collection in _all_collections(maps):
        for path, each in collection.all_fields():
            yield address, path, each


def _check_field(at: FieldAddress, each: Field, *, places: Places, found: Findings) -> None:
    place = places.of("field", at)
    if each.fields and each.data_type not in ("", "object"):
        found.error("map.not_an_object", place, where=str(at), type=each.data_type)
    if each.is_object():
        if each.primary_key:
            found.error("map.key_on_object", place, where=str(at))
        if each.identity:
            found.error("map.identity_on_object", place, where=str(at), identity=each.identity)


def _check_reference(
    at: FieldAddress,
    reference: Reference,
    there: dict[str, dict[str, Collection]],
    *,
    places: Places,
    found: Findings,
) -> None:
    to, place = reference.to, places.of("reference", (at, reference.to))
    here = str(at)
    if to == at:
        found.error("map.refers_to_itself", place, where=here)
    elif to.dataset not in there:
        found.warn("map.unknown_dataset", place, where=here, dataset=to.dataset)
    elif not (collection := there[to.dataset].get(to.collection)):
        found.error("map.unknown_collection", place, where=here, name=str(to.owner))
    elif not (target := collection.find(to.path)):
        found.error("map.unknown_field", place, where=here, name=str(to))
    elif target.is_object():
        found.error("map.reference_to_object", place, where=here, name=str(to))


def _check_same_target(
    address: CollectionAddress, collection: Collection, *, places: Places, found: Findings
) -> None:
    """Two references to one field cannot be parts of a composite key; say what they will do."""
    first: dict[FieldAddress, str] = {}
    for path, each in collection.all_fields():
        for reference in each.references:
            to = reference.to
            if to.owner == address or each.alternative:
                continue
            here = FieldAddress(address.dataset, address.collection, path)
            if (other := first.setdefault(to, path)) != path:
                place = places.of("reference", (here, to))
                found.warn("map.same_target", place, where=str(here), other=other, name=str(to))


def _check_order(maps: tuple[SourceMap, ...], places: Places, found: Findings) -> None:
    there = dict(_all_collections(maps))
    datasets = {each.key for each in maps}
    for address, collection in there.items():
        for kind in ("after", "erase_after"):
            for other in getattr(collection, kind):
                place = places.of(kind, (address, other))
                if other.dataset not in datasets:
                    where, dataset = str(address), other.dataset
                    found.warn("map.unknown_dataset", place, where=where, dataset=dataset)
                elif other not in there:
                    found.error(
                        "map.unknown_collection", place, where=str(address), name=str(other)
                    )
    for source_map in maps:
        for key in set(source_map.after) - datasets:
            place, where = places.of("after", (source_map.key, key)), source_map.key
            found.warn("map.unknown_dataset", place, where=where, dataset=key)
    _check_rings(maps, places, found)


def _check_rings(maps: tuple[SourceMap, ...], places: Places, found: Findings) -> None:
    there = [address for address, _collection in _all_collections(maps)]
    orders = (
        ("map.after_ring", reading_order(maps)),
        ("map.erase_after_ring", erasing_order(maps)),
    )
    for code, pairs in orders:
        try:
            put_in_order(there, soft=(), hard=pairs, rank=lambda each: each)
        except RingError as error:
            place = places.of("collection", error.ring[0])
            shown = " → ".join(str(each) for each in (*error.ring, error.ring[0]))
            found.error(code, place, ring=shown)
