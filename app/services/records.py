"""Reading pulled records back out of the vault, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from app.domain.pulls import PulledCollection
    from app.ports.security import ChunkCipher
    from app.ports.sources import Row, SourceType
    from app.ports.storage import UnitOfWork


@dataclass(frozen=True)
class PulledRow:
    """One record: its place (from 0) and its cells as the source wrote them."""

    number: int
    cells: Row


class Records:
    """Opens chunks of one request with its key."""

    def __init__(self, cipher: ChunkCipher, source_types: Mapping[str, SourceType]) -> None:
        self._cipher = cipher
        self._source_types = source_types

    def rows(
        self,
        unit: UnitOfWork,
        pulled: PulledCollection,
        key: bytes,
        *,
        from_row: int = 0,
        to_row: int | None = None,
    ) -> Iterator[PulledRow]:
        """Yield records from ``from_row`` up to but not including ``to_row``, streamed."""
        for number, first, _, sealed in unit.vault.chunks(pulled.id, from_row=from_row):
            if to_row is not None and first >= to_row:
                return
            place = f"{pulled.request}/{pulled.id}/{number}"
            for at, cells in enumerate(self._cipher.open_rows(key, sealed, context=place), first):
                if at < from_row:
                    continue
                if to_row is not None and at >= to_row:
                    return
                yield PulledRow(at, cells)

    def values(self, pulled: PulledCollection, row: PulledRow) -> tuple[object, ...]:
        """Return the record's cells as plain values."""
        decode = self._source_types[pulled.source_type].decode
        return tuple(
            decode(kind, cell) for (_, kind), cell in zip(pulled.columns, row.cells, strict=True)
        )
