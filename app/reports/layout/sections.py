"""The data of a person as sections to be set: columns that hold something, numbered covers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.clock import local_day
from app.domain.errors import InputError
from app.domain.review import reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from app.domain.review import Piece
    from app.ports.regimes import Regime
    from app.ports.reports import DataCell, DataColumn, DataSection, PersonDocument
    from app.reports.layout.scripts import Visible
    from app.reports.layout.words import Words

_TABLE_COLUMNS_AT_MOST = 6

type Value = str | list[str | int]
"""A text, or texts and the numbers of covered places."""


@dataclass(frozen=True)
class SetSection:
    """One section as it is set; ``reasons`` explains the numbers of its covered places."""

    title: str
    about: str
    columns: tuple[DataColumn, ...]
    labels: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    reasons: tuple[tuple[int, str], ...]
    notes: tuple[str, ...]
    records: int

    @property
    def is_table(self) -> bool:
        """Whether rows stand below each other; else each record is a card."""
        return len(self.rows) > 1 and len(self.columns) <= _TABLE_COLUMNS_AT_MOST


def set_sections(
    content: PersonDocument,
    *,
    words: Words,
    visible: Visible,
    letters_at_most: int,
    cells_at_most: int | None = None,
) -> Iterator[SetSection]:
    """Yield the sections in order, with at most ``cells_at_most`` cells in all of them."""
    limits = [min(len(each.rows), content.row_limit) for each in content.sections]
    if cells_at_most is not None:
        limits = _fair(content.sections, limits, cells=cells_at_most)
    for section, limit in zip(content.sections, limits, strict=True):
        setter = _Setter(content, words=words, visible=visible, letters_at_most=letters_at_most)
        yield setter.set_section(section, limit=limit)


def _fair(sections: Sequence[DataSection], limits: list[int], *, cells: int) -> list[int]:
    """Return rows per section within ``cells``: small sections whole, large ones share the rest."""
    given = list(limits)
    left = cells
    order = sorted(range(len(limits)), key=lambda at: limits[at] * len(sections[at].columns))
    for count, at in enumerate(order):
        share = left // (len(order) - count)
        per_row = max(1, len(sections[at].columns))
        given[at] = min(limits[at], max(1, share // per_row))
        left -= given[at] * per_row
    return given


def reason_text(code: str, *, words: Words, regime: Regime) -> tuple[str, str]:
    """Return why something is covered and the law for it, in the words of the document."""
    try:
        known = reason(code)
        label, law = known.label, regime.laws.get(code, "")
        if not law:
            law = f"{known.law} {regime.title}" if known.law.startswith("Art.") else known.law
    except InputError:
        label, law = code, regime.laws.get(code, regime.title)
    return words.find(f"reason.{code}") or label, law


class _Setter:
    """Sets one section."""

    def __init__(
        self, content: PersonDocument, *, words: Words, visible: Visible, letters_at_most: int
    ) -> None:
        self._envelope = content.envelope
        self._words = words
        self._visible = visible
        self._letters_at_most = letters_at_most
        self._numbers: dict[str, int] = {}

    def set_section(self, section: DataSection, *, limit: int) -> SetSection:
        kept = [
            at
            for at in range(len(section.columns))
            if any(not _is_empty(row[at]) for row in section.rows[:limit])
        ]
        rows = tuple(
            tuple(self._value(row[at], file=section.file) for at in kept)
            for row in section.rows[:limit]
        )
        columns = tuple(section.columns[at] for at in kept)
        return SetSection(
            title=self._visible(section.title),
            about=self._about(section),
            columns=columns,
            labels=tuple(self._visible(each.label or each.key) for each in columns),
            rows=rows if kept else (),
            reasons=tuple((number, self._because(code)) for code, number in self._numbers.items()),
            notes=tuple(self._notes(section, shown=len(rows), has_fields=bool(kept))),
            records=section.records,
        )

    def _about(self, section: DataSection) -> str:
        words, zone = self._words, self._envelope.workspace.timezone
        day = words.day(local_day(section.collected_at, zone))
        parts = [words("from_source", source=self._visible(section.source), day=day)]
        if section.purpose:
            parts.append(words("purpose_is", purpose=self._visible(section.purpose).rstrip(".")))
        if section.records:
            parts.append(words.count("records", section.records))
        return " ".join(parts)

    def _notes(self, section: DataSection, *, shown: int, has_fields: bool) -> Iterator[str]:
        words = self._words
        if section.records == 0 and section.withheld == 0:
            yield words("no_data_in", title=self._visible(section.title))
        if shown and not has_fields:
            yield words("everything_empty")
        if shown < section.records:
            yield words(
                "first_rows",
                shown=words.number(shown),
                all=words.number(section.records),
                file=self._visible(section.file),
            )
        if section.withheld:
            yield words.count("withheld", section.withheld)

    def _because(self, code: str) -> str:
        label, law = reason_text(code, words=self._words, regime=self._envelope.regime)
        return self._words("covered_because", reason=label, law=self._visible(law))

    def _value(self, cell: DataCell, *, file: str) -> Value:
        if isinstance(cell, str):
            return self._text(cell, left=self._letters_at_most, file=file)
        left = self._letters_at_most
        value: list[str | int] = []
        for piece in cell:
            value.append(self._piece(piece, left=max(left, 0), file=file))
            left -= len(piece.text)
            if left <= 0 and piece.text:
                break
        return value

    def _piece(self, piece: Piece, *, left: int, file: str) -> str | int:
        if piece.covered:
            return self._numbers.setdefault(piece.covered, len(self._numbers) + 1)
        return self._text(piece.text, left=left, file=file)

    def _text(self, text: str, *, left: int, file: str) -> str:
        if len(text) <= left:
            return self._visible(text)
        return self._visible(text[:left]) + self._words("cut", file=self._visible(file))


def _is_empty(cell: DataCell) -> bool:
    if isinstance(cell, str):
        return not cell.strip()
    return all(not piece.covered and not piece.text.strip() for piece in cell)
