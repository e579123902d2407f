"""Writes maps in the Fides dataset format, and says by a hash what a map holds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

import yaml

from app.domain.datamap import Direction

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.domain.datamap import Collection, Extra, Field, Reference, SourceMap

type Data = dict[str, object]

_Dumper: type[yaml.SafeDumper] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _PlainDumper(_Dumper):  # type: ignore[misc, valid-type]
    """Writes every value out; anchors would only puzzle readers."""

    def ignore_aliases(self, _data: object) -> bool:
        return True


def write_maps(maps: Iterable[SourceMap]) -> str:
    """Return a map file; what it is read back to is equal to ``maps``."""
    maps = tuple(maps)
    data: Data = {"dataset": [map_data(each) for each in maps]}
    for each in maps:
        data = _merged(data, each.beside)
    return yaml.dump(data, Dumper=_PlainDumper, sort_keys=False, allow_unicode=True, width=100)


def map_says(source_map: SourceMap) -> str:
    """Return what a map says as JSON, in one form only; before keys stands the name of their type.

    The order of keys, collections, fields, references and categories does not change it.
    """
    return json.dumps(_canonical(map_data(source_map)), sort_keys=True, ensure_ascii=False)


def map_hash(source_map: SourceMap) -> str:
    """Return the SHA-256 in hex of what a map says."""
    return hashlib.sha256(map_says(source_map).encode("utf-8", "surrogatepass")).hexdigest()


def map_data(source_map: SourceMap) -> Data:
    """Return one dataset as plain data, as it stands in a file; what is empty is left out."""
    ours = {
        "label": source_map.label,
        "region": source_map.region,
        "owner": source_map.owner,
        "timezone": source_map.timezone,
    }
    data = {
        "fides_key": source_map.key,
        "name": source_map.name,
        "description": source_map.description,
        "meta": {"sandglass": _filled(ours)},
        "data_categories": list(source_map.categories),
        "fides_meta": _filled(
            {
                "after": list(source_map.after),
                "namespace": dict(source_map.namespace),
                "redact": _redact(redact=source_map.redact),
            }
        ),
    }
    collections = [_collection(each) for each in source_map.collections]
    return _merged(_filled(data) | {"collections": collections}, source_map.extra)


def _collection(collection: Collection) -> Data:
    ours = {
        "label": collection.label,
        "purpose": collection.purpose,
        "recipients": list(collection.recipients),
        "retention": collection.retention,
        "basis": collection.basis,
        "origin": collection.origin,
        "transfers": collection.transfers,
    }
    meta = {
        "after": [str(each) for each in collection.after],
        "erase_after": [str(each) for each in collection.erase_after],
        "skip_processing": collection.skip_processing,
        "masking_strategy_override": collection.masking,
        "redact": _redact(redact=collection.redact),
    }
    if collection.partitioning is not None:
        meta["partitioning"] = collection.partitioning
    data = {
        "name": collection.name,
        "description": collection.description,
        "meta": {"sandglass": _filled(ours)},
        "data_categories": list(collection.categories),
        "fides_meta": _filled(meta),
    }
    fields = [_field(each) for each in collection.fields]
    return _merged(_filled(data) | {"fields": fields}, collection.extra)


def _field(field: Field) -> Data:
    ours = {
        "label": field.label,
        "never_disclose": field.never_disclose,
        "may_hold_others": field.may_hold_others,
        "codes": dict(field.codes),
        "column_type": field.column_type,
        "follow": field.follow,
        "alternative": field.alternative,
        "required": field.required,
    }
    meta = {
        "primary_key": field.primary_key,
        "identity": field.identity,
        "data_type": field.data_type + "[]" * field.is_array,
        "length": field.length,
        "references": [_reference(each) for each in field.references],
        "return_all_elements": field.return_all_elements,
        "read_only": field.read_only,
        "custom_request_field": field.custom_request_field,
        "masking_strategy_override": field.masking,
        "redact": _redact(redact=field.redact),
    }
    data = {
        "name": field.name,
        "description": field.description,
        "meta": {"sandglass": _filled(ours)},
        "data_categories": list(field.categories),
        "fides_meta": _filled(meta),
        "fields": [_field(each) for each in field.fields],
    }
    return _merged(_filled(data), field.extra)


def _reference(reference: Reference) -> Data:
    data: Data = {
        "dataset": reference.to.dataset,
        "field": f"{reference.to.collection}.{reference.to.path}",
    }
    if reference.direction is not Direction.EITHER:
        data["direction"] = str(reference.direction)
    return _merged(data, reference.extra)


def _redact(*, redact: bool) -> str:
    return "name" if redact else ""


def _filled(data: Mapping[str, object]) -> Data:
    """Leave out what is empty, and mappings in which everything is."""
    return {
        key: value
        for key, value in data.items()
        if value not in (None, "", False, [], {}, {"sandglass": {}})
    }


def _merged(data: Data, extra: Extra) -> Data:
    """Put what we do not understand back where it came from."""
    merged = dict(data)
    for key, value in extra.items():
        ours = merged.get(key)
        if isinstance(ours, dict) and isinstance(value, Mapping):
            merged[key] = _merged(ours, value)
        else:
            merged.setdefault(key, value)
    return merged


def _canonical(value: object) -> object:
    """Return ``value`` in a form that JSON writes in one way only; lists of a map are sets."""
    if isinstance(value, Mapping):
        return {f"{type(key).__name__}:{key}": _canonical(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return sorted(
            (_canonical(each) for each in value), key=lambda each: json.dumps(each, sort_keys=True)
        )
    if value is None or isinstance(value, str | bool | int):
        return value
    return f"{type(value).__name__}:{value!r}"
