"""What services hand to documents: facts and pieces of text, never markup.

Sentences are the documents' business (through ``app.wording``); services give codes and values.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from app.domain.access import AccessCase
    from app.domain.airlock import Proof
    from app.domain.audit import ChainState, Entry, StoredEntry
    from app.domain.clock import Deadline
    from app.domain.datamap import CollectionAddress
    from app.domain.people import Member
    from app.domain.policy import Verdict
    from app.domain.pulls import Notice, NotReached, PulledCollection
    from app.domain.requests import Request
    from app.domain.responses import ChecklistLine, Letter, Package
    from app.domain.review import Piece, ReviewCounts
    from app.domain.verification import Verification
    from app.domain.workspace import WorkspaceFacts
    from app.ports.regimes import Regime


@dataclass(frozen=True)
class Envelope:
    """What every document for the person carries; ``language`` is BCP 47."""

    workspace: WorkspaceFacts
    request: Request
    regime: Regime
    language: str
    made_at: datetime
    made_by: Member


@dataclass(frozen=True)
class ShortLine:
    """One line of "In short": what we hold, why, how long, who receives it."""

    label: str
    records: int
    purpose: str
    retention: str
    recipients: tuple[str, ...]
    basis: str = ""
    transfers: str = ""
    origin: str = ""
    categories: tuple[str, ...] = ()
    """In words, in the language of the document."""


@dataclass(frozen=True)
class DataColumn:
    """One field as people read it; ``numeric`` aligns it to the right."""

    key: str
    label: str
    numeric: bool = False


type DataCell = str | tuple[Piece, ...]
"""A value as people read it; pieces where something is covered. Empty means: leave it out."""


@dataclass(frozen=True)
class DataSection:
    """One collection in part 2; at most the limit of rows is in ``rows``, ``records`` counts all
    that are given (those in ``file``), ``withheld`` those that are not.

    ``file`` is the path, inside the package, of the whole collection as JSON and CSV.
    """

    title: str
    source: str
    collected_at: datetime
    purpose: str
    columns: tuple[DataColumn, ...]
    rows: Sequence[tuple[DataCell, ...]]
    records: int
    withheld: int
    file: str


@dataclass(frozen=True)
class CoveredPlace:
    """One line of the redaction schedule: where and why, never what. Record numbers start at 1."""

    section: str
    record: int
    field: str
    reason: str
    withheld: bool = False


@dataclass(frozen=True)
class PersonDocument:
    """Everything that letter, your-data, redactions and start-here need."""

    envelope: Envelope
    letter_text: str
    short: tuple[ShortLine, ...]
    checklist: tuple[ChecklistLine, ...]
    sections: tuple[DataSection, ...]
    covered: Mapping[str, int]
    """Reason code to number of covered places."""
    withheld: Mapping[str, int]
    """Reason code to number of withheld records."""
    places: tuple[CoveredPlace, ...]
    files: tuple[tuple[str, int], ...] = ()
    """Other files in the package, for start-here: path and bytes."""
    row_limit: int = 2000


@dataclass(frozen=True)
class Read:
    """One collection as a session read it, for the audit report."""

    at: datetime
    session: str
    collection: CollectionAddress
    fields: tuple[str, ...]
    rows: int
    complete: bool


@dataclass(frozen=True)
class AccessStory:
    """One access request with all that followed. ``signature_valid`` is None for no decision."""

    case: AccessCase
    verdict: Verdict
    state: str
    signature_valid: bool | None
    reads: tuple[Read, ...]
    refused: int
    enforcement: Mapping[str, str]
    """Source key to ``source`` or ``sandglass``: who kept rows, fields and deadline."""
    proofs: tuple[Proof, ...] = ()
    """What was left of the access at each source, the last look at each."""


@dataclass(frozen=True)
class Seal:
    """How a report is going to be signed: fingerprints of the certificates, who stamps the time.

    ``not_stamped`` is the code of why a service that the workspace names gave no stamp.
    """

    certificate: str
    authority: str
    stamped_by: str = ""
    not_stamped: str = ""


@dataclass(frozen=True)
class AuditReport:
    """Everything that the audit report of one request needs, at one moment of the log."""

    id: str
    workspace: WorkspaceFacts
    regime: Regime
    request: Request
    deadline: Deadline
    deadline_rule_source: str
    calendar_source: str
    members: Mapping[str, Member]
    made_by: Member
    made_at: datetime
    seal: Seal
    is_shared: bool
    verifications: tuple[Verification, ...]
    access: tuple[AccessStory, ...]
    pulled: tuple[PulledCollection, ...]
    not_reached: tuple[NotReached, ...]
    notices: tuple[Notice, ...]
    review: ReviewCounts | None
    reviewed_by: str
    letters: tuple[Letter, ...]
    packages: tuple[Package, ...]
    checklist: tuple[ChecklistLine, ...]
    chain: ChainState
    """State of the whole log, verified for this report."""
    request_entries: int
    entries: Callable[[], Iterator[Entry]]
    """The request's entries in order, streamed anew at each call."""
    stored: Callable[[], Iterator[StoredEntry]]
    """The same as stored, for the attachment."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """Source and collection addresses to their names for people."""


@dataclass(frozen=True)
class RecoveryKit:
    """The authority's key on paper. ``lines`` are typed, ``code`` is scanned; both are secret."""

    workspace: WorkspaceFacts
    place: str
    is_shared: bool
    fingerprint: str
    lines: tuple[str, ...] = field(repr=False)
    code: str = field(repr=False)
    made_at: datetime
    made_by: Member


@dataclass(frozen=True)
class ReportType[Content]:
    """One kind of document: ``render`` writes it to a path, whole or not at all.

    The same content gives the same bytes. ``StorageError("export.disk_full" | "export.failed")``.
    """

    key: str
    file_name: str
    render: Callable[[Content, Path], None]


@dataclass(frozen=True)
class PortableColumn:
    """A column of a portable file: its field name and what it is called for people."""

    key: str
    label: str


class PortableFiles(Protocol):
    """JSON and CSV of one collection, streamed."""

    def write(
        self,
        columns: Sequence[PortableColumn],
        rows: Iterable[Sequence[object]],
        *,
        json_path: Path,
        csv_path: Path,
    ) -> int:
        """Write both files in one pass and return the number of rows.

        A value is None, bool, int, float, str, bytes, Decimal, date, time, datetime, list, dict or
        a tuple of ``Piece``. ISO dates, exact decimals as strings, bytes as base64; a covered place
        becomes ``[covered: TP-ID]``. CSV per RFC 4180; a text cell that a spreadsheet could take
        for a formula gets an apostrophe before it.
        """
        ...

    def write_table(
        self, titles: Sequence[str], rows: Iterable[Sequence[object]], *, csv_path: Path
    ) -> int:
        """Write a CSV file for people, as ``write`` does, and return the number of rows.

        Begins with a byte order mark, without which spreadsheets misread letters.
        """
        ...


class TextOfFiles(Protocol):
    """What can be read out of files that leave, for the leak test."""

    def texts(self, path: Path) -> Iterator[tuple[str, str]]:
        """Yield (where, text) of everything in a file: pages, metadata, attachments, hidden parts.

        PDF, HTML, JSON, CSV and text are understood; of anything else the raw bytes are searched.
        """
        ...
