"""Who keeps rows, fields and deadline of a source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.airlock import Entrance
from app.ports.sources import Enforcement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.workspace import SourceRecord
    from app.ports.airlocks import AirlockType
    from app.ports.sources import SourceType
    from app.ports.storage import UnitOfWork


def entrance_of(
    unit: UnitOfWork, record: SourceRecord, types: Mapping[str, SourceType]
) -> AirlockType | None:
    """Return how grants enter a source, as it is now; None where it needs nothing for that."""
    kind, found = types.get(record.type), unit.airlocks.find(record.key)
    if kind is None:
        return None
    return kind.entered(found.entrance if found is not None else Entrance.AIRLOCK)


def enforcement_of(
    unit: UnitOfWork, record: SourceRecord, types: Mapping[str, SourceType]
) -> Enforcement:
    """Return who keeps rows, fields and deadline of a source, as it is now."""
    kind = types.get(record.type)
    if kind is None:
        return Enforcement.NOBODY
    way = entrance_of(unit, record, types)
    if way is None:
        return kind.enforcement
    found = unit.airlocks.find(record.key)
    fits = found is not None and found.is_ready and found.map_hash == record.map_hash
    return way.enforces if fits else Enforcement.NOBODY
