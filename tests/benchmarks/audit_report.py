"""An audit report of 100,000 entries, against the same lines by bare ``drawString``."""

from __future__ import annotations

import dataclasses
import itertools
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from app.reports import audit_report
from app.wording.actions import entry_in_words
from tests.benchmarks.figures import peak_megabytes, seconds, tell
from tests.reports import samples

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.domain.audit import Entry, StoredEntry

ENTRIES = 100_000
_TOP, _STEP, _LINES = 780, 24, 29
_COLUMNS = (60, 100, 220, 300, 500)


def lines_of(listed: list[Entry], names: dict[str, str]) -> list[tuple[str, ...]]:
    """Return the columns of each line, made before anything is measured."""
    return [
        (
            str(entry.number),
            str(entry.facts()["at"]),
            names.get(str(entry.facts()["actor"]), ""),
            entry_in_words(entry.facts(), names),
            entry.hash[:8],
        )
        for entry in listed
    ]


def bare(lines: list[tuple[str, ...]], out: Path) -> None:
    """Draw the same five columns of the same lines, a page every 29, with the same fonts."""
    from reportlab.pdfbase import pdfmetrics  # noqa: PLC0415 - as the product does
    from reportlab.pdfbase.ttfonts import TTFont  # noqa: PLC0415
    from reportlab.pdfgen.canvas import Canvas  # noqa: PLC0415

    from app.paths import resource  # noqa: PLC0415

    pdfmetrics.registerFont(TTFont("bare", resource("fonts", "Inter-Regular.ttf")))
    canvas = Canvas(str(out))
    for number, line in enumerate(itertools.islice(itertools.cycle(lines), ENTRIES)):
        if number % _LINES == 0:
            if number:
                canvas.showPage()
            canvas.setFont("bare", 8)
        y = _TOP - _STEP * (number % _LINES)
        for x, text in zip(_COLUMNS, line, strict=True):
            canvas.drawString(x, y, text)
    canvas.save()


def main() -> None:
    """Measure and tell."""
    listed = samples.entries()

    def entries() -> Iterator[Entry]:
        return itertools.islice(itertools.cycle(listed), ENTRIES)

    def stored() -> Iterator[StoredEntry]:
        return (each.stored() for each in entries())

    content = dataclasses.replace(
        samples.audit(), entries=entries, stored=stored, request_entries=ENTRIES
    )
    names = {each.id: each.name for each in content.members.values()}
    with tempfile.TemporaryDirectory() as name:
        ours = seconds(lambda: audit_report.render(content, Path(name) / "ours.pdf"))
        megabytes = peak_megabytes()
        lines = lines_of(listed, names)
        floor = seconds(lambda: bare(lines, Path(name) / "bare.pdf"))
    tell(
        ours=ours,
        floor=floor,
        megabytes=megabytes,
        words="an audit report of 100,000 entries, PDF/A and attachment included, in {cost} of the "
        "time of bare drawString ({ours_s} s against {floor_s} s), {megabytes} MB at most",
    )


if __name__ == "__main__":
    main()
