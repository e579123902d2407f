"""Checking an audit report from its file alone."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.domain.audit import verify_extract
from app.domain.errors import StorageError
from app.reports.audit.attachments import ENTRIES, README, REPORT
from app.reports.audit.facts import grouped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.domain.audit import ChainState, StoredEntry

_LINE = re.compile(
    rb'\{"entry":(?P<line>.*),"hash":"(?P<hash>[0-9a-f]{64})","number":(?P<number>[0-9]{1,15})'
    rb',"previous":"(?P<previous>[0-9a-f]{64})"\}'
)
_HEX = re.compile(r"[0-9a-f]{64}")
_GROUPS = 5


@dataclass(frozen=True)
class ReportFacts:
    """What a report says of itself, and what is wrong with it, whoever signed it.

    Problems: ``unreadable``, ``attachment_missing``, ``attachment_changed`` (it is not the one that
    the report names), ``entries_broken``, ``entries_count`` (not as many as the report says),
    ``head_differs`` (the foot of a page shows another head or number than the report's facts).
    """

    id: str
    request: str
    workspace: str
    made_by: str
    authority: str
    """The fingerprint of the workspace's authority."""
    head: str
    log_entries: int
    entries: int
    state: ChainState
    printed_head_equals: bool
    attachments: tuple[str, ...]
    problems: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def check_report(path: Path) -> ReportFacts:
    """Check a file; ``StorageError("file.unreadable")`` when it cannot even be opened."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise StorageError("file.unreadable", path=str(path), why=error.strerror) from None
    try:
        attached, feet = _open(data)
    except ValueError:
        return replace(_facts({}, []), problems=("unreadable",))
    return _facts(attached, feet)


def _facts(attached: dict[str, bytes], feet: list[str]) -> ReportFacts:
    problems = []
    if {ENTRIES, README, REPORT} - attached.keys():
        problems.append("attachment_missing")
    summary = _summary(attached.get(REPORT, b""))
    if any(
        name in attached and hashlib.sha256(attached[name]).hexdigest() != digest
        for name, digest in _digests(summary).items()
    ):
        problems.append("attachment_changed")
    report_id, head = str(summary.get("report", "")), str(summary.get("head", ""))
    count, unreadable = 0, 0

    def stored() -> Iterator[StoredEntry]:
        nonlocal count, unreadable
        for entry in _entries(attached.get(ENTRIES, b"")):
            if entry is None:
                unreadable += 1
            else:
                count += 1
                yield entry

    state = verify_extract(stored())
    if not state.is_sound or unreadable:
        problems.append("entries_broken")
    elif count != summary.get("entries"):
        problems.append("entries_count")
    is_printed = bool(_HEX.fullmatch(head)) and bool(feet)
    is_printed = is_printed and all(_is_foot(each, report_id, head) for each in feet)
    if not is_printed:
        problems.append("head_differs")
    log_entries = summary.get("log_entries", 0)
    return ReportFacts(
        id=report_id,
        request=str(summary.get("request", "")),
        workspace=str(summary.get("workspace", "")),
        made_by=str(summary.get("made_by", "")),
        authority=str(summary.get("authority", "")),
        head=head,
        log_entries=log_entries if isinstance(log_entries, int) else 0,
        entries=count,
        state=state,
        printed_head_equals=is_printed,
        attachments=tuple(sorted(attached)),
        problems=tuple(problems),
    )


def entries_of(path: Path) -> Iterator[StoredEntry]:
    """Yield the attached entries of a report, to be held against the workspace."""
    attached, _feet = _open(path.read_bytes(), with_pages=False)
    yield from (each for each in _entries(attached.get(ENTRIES, b"")) if each is not None)


def _open(data: bytes, *, with_pages: bool = True) -> tuple[dict[str, bytes], list[str]]:
    """Return attachments and the foot of each page; ``ValueError`` when it is no readable PDF."""
    import io  # noqa: PLC0415 - only with the two below

    import pikepdf  # noqa: PLC0415 - costs start-up time
    import pypdfium2  # noqa: PLC0415

    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            names = list(pdf.attachments)
            attached = {name: pdf.attachments[name].get_file().read_bytes() for name in names}
        feet: list[str] = []
        if with_pages:
            with pypdfium2.PdfDocument(data) as pages:
                for page in pages:
                    width, _height = page.get_size()
                    text = page.get_textpage().get_text_bounded(0, 0, width, 44)
                    feet.append(" ".join(text.split()))
    except (pikepdf.PdfError, pypdfium2.PdfiumError, KeyError, OSError) as error:
        raise ValueError("not a readable PDF") from error
    return attached, feet


def _entries(data: bytes) -> Iterator[StoredEntry | None]:
    """Yield entries, None for a line that is none."""
    for line in data.splitlines():
        found = _LINE.fullmatch(line)
        if found is None:
            yield None
        else:
            number = int(found["number"])
            yield number, found["line"], found["previous"], found["hash"]


def _summary(data: bytes) -> dict[str, object]:
    try:
        parsed = json.loads(data)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _digests(summary: dict[str, object]) -> dict[str, str]:
    """Return the SHA-256 of each attachment that the report names, empty where it names none."""
    named = summary.get("files")
    files = named if isinstance(named, dict) else {}
    return {name: str(files.get(name, "")) for name in (ENTRIES, README)}


def _is_foot(text: str, report_id: str, head: str) -> bool:
    return bool(report_id) and report_id in text and grouped(head, groups=_GROUPS) in text
