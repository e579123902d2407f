"""What is masked in review, and what of a record is put before a person."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app.domain.datamap import category_within
from app.domain.review import MASKED_CATEGORIES, Flag
from app.services.detecting import Detector, forbidden, forbidden_by_map

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from app.domain.datamap import Collection, Field
    from app.domain.pulls import PulledCollection

MASK = "•••"


def is_masked(field: Field) -> bool:
    """Say whether values of ``field`` are hidden until somebody reveals them."""
    return field.may_hold_others or any(
        category_within(category, each)
        for category in field.categories
        for each in MASKED_CATEGORIES
    )


def flags_of(
    pulled: PulledCollection,
    row: int,
    values: Sequence[object],
    *,
    collection: Collection | None,
    detector: Detector,
    kinds: tuple[str, ...],
) -> Iterator[Flag]:
    """Yield what a person must look at in one record; ``kinds`` may not leave at all."""
    for (name, _), value in zip(pulled.columns, values, strict=True):
        if value is None or value == "":
            continue
        field = collection.find(name) if collection else None
        flag = Flag(pulled.request, pulled.id, row, name, "")
        for kind in forbidden_by_map(field, kinds):
            yield replace(flag, kind=f"forbidden:{kind}")
        if not isinstance(value, str):
            continue
        if field is not None and field.may_hold_others:
            yield replace(flag, kind="free_text")
        is_own = field is not None and bool(field.identity)
        hits = [] if is_own else [*detector.others(value)]
        for hit in [*hits, *forbidden(value, kinds)]:
            yield replace(flag, kind=hit.kind, start=hit.start, end=hit.end)


def mask_spans(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Return ``text`` with the passages of ``spans`` (in order) masked."""
    shown, at = [], 0
    for start, end in spans:
        if start >= at:
            shown += [text[at:start], MASK]
            at = end
    return "".join([*shown, text[at:]])
