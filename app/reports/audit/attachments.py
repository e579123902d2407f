"""What is attached to an audit report: its entries as written, and how to check them."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from app.paths import resource

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from app.ports.reports import AuditReport

ENTRIES, README, REPORT = "entries.jsonl", "README.txt", "report.json"
DESCRIPTIONS = {
    ENTRIES: ("application/x-ndjson", "Every entry of the request, as written, with its hash"),
    README: ("text/plain", "How to recompute the chain of hashes"),
    REPORT: ("application/json", "Number of the report, head and length of the log"),
}


def write_entries(report: AuditReport, path: Path) -> int:
    """Write one line per entry and return how many; the stored line stands in it byte by byte."""
    count = 0
    with path.open("wb") as file:
        for number, line, previous, digest in report.stored():
            file.write(
                b'{"entry":%b,"hash":"%b","number":%d,"previous":"%b"}\n'
                % (line, digest, number, previous)
            )
            count += 1
    return count


def readme() -> bytes:
    """Return the explanation with its program."""
    return resource("documents", "README-entries.txt").read_bytes()


def summary(report: AuditReport, *, entries: int, files: Mapping[str, bytes | Path]) -> bytes:
    """Return the facts of the report that a program checks; ``files`` are those beside it."""
    facts = {
        "authority": report.seal.authority,
        "entries": entries,
        "files": {name: _sha256(content) for name, content in files.items()},
        "head": report.chain.head,
        "log_entries": report.chain.entries,
        "made_at": report.made_at.isoformat(),
        "made_by": report.made_by.id,
        "report": report.id,
        "request": report.request.id,
        "workspace": report.workspace.id,
    }
    return json.dumps(facts, sort_keys=True, indent=1).encode() + b"\n"


def _sha256(content: bytes | Path) -> str:
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    with content.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
