"""What services need of a source of personal data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from datetime import datetime

    from app.domain.datamap import SourceMap
    from app.domain.fields import FormField
    from app.domain.plan import Selection
    from app.domain.secrets import Secret
    from app.ports.airlocks import AirlockType

type Cell = str | int | float | bytes | None
"""One value as the source itself wrote it: PostgreSQL's own text, SQLite's own storage class."""

type Row = tuple[Cell, ...]
type Batch = list[Row]

type Settings = Mapping[str, str]
"""A source type's form fields as filled in, without secrets."""


@dataclass(frozen=True)
class Column:
    """A column as the source describes it; ``type`` is the source's own name of the type."""

    name: str
    type: str


@dataclass(frozen=True)
class Rows:
    """A stream of one collection's rows, in batches; columns are known before the first batch."""

    columns: tuple[Column, ...]
    batches: Iterator[Batch]


@dataclass(frozen=True)
class Capability:
    """What one reader may touch, and until when.

    ``disclosed`` gives, for each collection, the columns that may be read; ``joined`` those that
    may only be compared on the way. ``deadline`` is on ``time.monotonic()``; None never closes
    (only for trying a map with credentials that the person gave for that very moment).
    """

    disclosed: Mapping[str, frozenset[str]]
    joined: Mapping[str, frozenset[str]] = field(default_factory=dict)
    deadline: float | None = None


@dataclass(frozen=True)
class Difference:
    """Where a source is not as its map says: ``kind`` is missing_collection, missing_field,
    other_type or not_in_map (which is information, not a fault).
    """

    kind: str
    collection: str
    field: str = ""
    expected: str = ""
    found: str = ""


class Reader(Protocol):
    """An open way into one source for one capability. Every method raises ``SourceError``.

    After the deadline, or after ``stop``, the next row does not arrive: a running read raises
    ``SourceError("source.window_closed", reason="expired" | "stopped")`` within 100 ms.
    """

    def read(self, selection: Selection, *, batch_rows: int = 1000) -> Rows:
        """Return the selected rows, streamed, all from one snapshot per reader where it can."""
        ...

    def count_shared(
        self, selection: Selection, holder: Selection, pairs: tuple[tuple[str, str], ...]
    ) -> int:
        """Return how many rows of ``selection`` rows of ``holder``'s collection point to that are
        not themselves in ``holder`` (other people's). ``pairs``: (holder's field, ours).
        """
        ...

    def stop(self) -> None:
        """End every read at once; may be called from any thread, and more than once."""
        ...

    def close(self) -> None:
        """Give the connection back. Nothing can be read afterwards."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


class Source(Protocol):
    """A source that can be reached."""

    def now(self) -> datetime:
        """Return the source's own time, in UTC; the window is counted by it."""
        ...

    def check(self, source_map: SourceMap) -> tuple[Difference, ...]:
        """Compare the source's schema with the map; reads no row."""
        ...

    def open(self, capability: Capability) -> Reader:
        """Open a reader that can do no more than ``capability`` says."""
        ...


class Enforcement(StrEnum):
    """Who keeps rows, fields and deadline."""

    SOURCE = "source"
    FIELDS = "fields"
    """The source keeps the fields alone, and of everybody; Sandglass keeps rows and end."""
    SANDGLASS = "sandglass"
    NOBODY = "nobody"
    """Only for trying a map: no grant can open such a source."""


@dataclass(frozen=True)
class SourceType:
    """One kind of source: what a person fills in, what it can do, how it is reached.

    ``decode`` turns a cell of a column type into a plain value: None, bool, int, float, str, bytes,
    Decimal, date, time, datetime, or lists and dicts of these; it never fails and never loses
    anything: what it does not understand it returns as it came. ``schemes`` are the URL schemes
    that ``from_url`` understands.
    """

    key: str
    title: str
    fields: tuple[FormField, ...]
    enforcement: Enforcement
    connect: Callable[[Settings, Secret | None], Source]
    decode: Callable[[str, Cell], object]
    schemes: tuple[str, ...] = ()
    from_url: Callable[[str], tuple[Settings, Secret | None]] | None = None
    airlock: AirlockType | None = None
    """How the source is made to enforce it all itself; None where it cannot."""
    direct: AirlockType | None = None
    """The weaker way in, for a DBA who installs no functions; None where there is none."""

    def entered(self, entrance: str) -> AirlockType | None:
        """Return how a grant enters in this way; None where it cannot."""
        return next((each for each in self.entrances() if each.entrance == entrance), None)

    def entrances(self) -> tuple[AirlockType, ...]:
        """Return the ways in which a grant can enter, the strongest first."""
        return tuple(each for each in (self.airlock, self.direct) if each is not None)
