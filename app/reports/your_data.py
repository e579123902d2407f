"""What we do with the person's data, and a copy of it, as your-data.pdf."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.ports.reports import PersonDocument, ReportType
from app.reports.layout.data_document import data_of
from app.reports.layout.typesetting import typeset

if TYPE_CHECKING:
    from pathlib import Path


def render(content: PersonDocument, out: Path) -> None:
    """Write part 1, Article 15(1)(a) to (h) and 15(2), and part 2, the data."""
    typeset("your-data", data_of(content), out=out, made_at=content.envelope.made_at)


REPORT = ReportType("your-data", "your-data.pdf", render)
