"""Every entry of the log that belongs to the request, with its hash."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from app.i18n import _
from app.reports.layout.evidence import Column
from app.reports.layout.fonts import MONO
from app.reports.layout.tokens import CELL_SIZE
from app.wording.actions import actor_in_words, entry_in_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.reports.audit.facts import Facts
    from app.reports.layout.evidence import Evidence

_SIZE = CELL_SIZE - 0.4
_DAY_LENGTH, _TIME_LENGTH = 10, 19


def set_entries(page: Evidence, facts: Facts) -> None:
    """Set the table of entries, streamed."""
    page.heading(_("Every entry"))
    columns = (
        Column(_("No."), 42, size=_SIZE),
        Column(_("When, UTC"), 103, size=_SIZE),
        Column(_("Who"), 88, size=_SIZE),
        Column(_("What happened"), 201.3, size=_SIZE),
        Column(_("Hash, first 8"), 59, MONO, 7.6),
    )
    if not page.table(columns, _rows(facts)):
        page.paragraph(_("The log has no entry for this request."))


def _rows(facts: Facts) -> Iterator[tuple[str, ...]]:
    import orjson  # noqa: PLC0415 - costs start-up time

    names = {**facts.names, **facts.report.titles}
    months = _months()
    for entry in facts.report.entries():
        parsed = orjson.loads(entry.line)
        line: Mapping[str, object] = parsed if isinstance(parsed, Mapping) else {}
        yield (
            str(entry.number),
            _when(str(line.get("at", "")), months),
            actor_in_words(str(line.get("actor", "")), names),
            entry_in_words(line, facts.names),
            entry.hash[:8],
        )


def _months() -> dict[str, str]:
    from datetime import date  # noqa: PLC0415 - once a report

    from app.reports.audit.facts import day_short  # noqa: PLC0415

    days = [date(2000, month, 1) for month in range(1, 13)]
    return {f"{day:%m}": day_short(day).split(" ")[1] for day in days}


def _when(at: str, months: Mapping[str, str]) -> str:
    """Return an entry's own text of its moment (UTC, RFC 3339) as ``20 Nov 2026 09:14:00``."""
    month = months.get(at[5:7])
    if len(at) < _TIME_LENGTH or month is None:
        return at
    return f"{at[8:_DAY_LENGTH].lstrip('0')} {month} {at[:4]} {at[11:_TIME_LENGTH]}"
