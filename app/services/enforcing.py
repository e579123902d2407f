"""Who keeps rows, fields and deadline of a source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.ports.sources import Enforcement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.workspace import SourceRecord
    from app.ports.sources import SourceType
    from app.ports.storage import UnitOfWork


def enforcement_of(
    unit: UnitOfWork, record: SourceRecord, types: Mapping[str, SourceType]
) -> Enforcement:
    """Return who keeps rows, fields and deadline of a source, as it is now."""
    kind = types.get(record.type)
    if kind is None:
        return Enforcement.NOBODY
    if kind.airlock is None:
        return kind.enforcement
    found = unit.airlocks.find(record.key)
    fits = found is not None and found.is_ready and found.map_hash == record.map_hash
    return Enforcement.SOURCE if fits else Enforcement.NOBODY
