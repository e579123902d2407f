"""Where a source's tables are not as its map says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.ports.sources import Difference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from app.domain.datamap import Collection, Field, SourceMap
    from app.sources._sql import SourceColumn, Table


def differences(
    source_map: SourceMap,
    tables: Mapping[str, Table],
    *,
    others: Iterable[str],
    fits: Callable[[Field, SourceColumn], bool],
) -> tuple[Difference, ...]:
    """Compare the map with the ``tables`` found for its collections.

    ``others`` are the source's tables that the map does not name. What is missing or different
    comes in the map's order, then what the map does not know, by name.
    """
    faults = [
        fault
        for collection in source_map.collections
        for fault in _faults(collection, tables.get(collection.name), fits=fits)
    ]
    unknown = [
        Difference("not_in_map", collection.name, name)
        for collection in source_map.collections
        if (table := tables.get(collection.name))
        for name in _unmapped(collection, table)
    ]
    return (*faults, *unknown, *(Difference("not_in_map", name) for name in sorted(others)))


def _faults(
    collection: Collection, table: Table | None, *, fits: Callable[[Field, SourceColumn], bool]
) -> Iterator[Difference]:
    if table is None:
        yield Difference("missing_collection", collection.name)
        return
    for each in collection.fields:
        column = table.find(each.name)
        if column is None:
            yield Difference("missing_field", collection.name, each.name)
        elif not fits(each, column):
            yield Difference(
                "other_type",
                collection.name,
                each.name,
                expected=each.column_type or each.data_type + ("[]" if each.is_array else ""),
                found=column.type,
            )


def _unmapped(collection: Collection, table: Table) -> list[str]:
    mapped = {column.name for each in collection.fields if (column := table.find(each.name))}
    return [name for name in table.columns if name not in mapped]
