"""From rows to the domain's dataclasses and back."""

from __future__ import annotations

import unicodedata
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from app.domain.datamap import CollectionAddress
from app.domain.pulls import PulledCollection
from app.domain.requests import PauseRecord, Request, RequestDates, Subject, SubjectIdentity
from app.domain.review import Mark, Target

if TYPE_CHECKING:
    from _typeshed import DataclassInstance
    from sqlalchemy import Column, Row, Table

DATES = ("due", "safe_by", "is_paused")
_SUBJECT = ("name", "language", "country", "address", "salutation")
_TARGET = ("pulled", "row", "field", "start", "end")


def columns_of(table: Table, kind: type[DataclassInstance]) -> list[Column[Any]]:
    """Return the columns of ``table`` in the order of the fields of ``kind``."""
    return [table.c[field.name] for field in fields(kind)]


def values_of(item: DataclassInstance) -> dict[str, Any]:
    """Return the fields of ``item`` by name, as they are."""
    return {field.name: getattr(item, field.name) for field in fields(item)}


def fold(text: str) -> str:
    """Return ``text`` as it is searched and sorted: without case and accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in apart if not unicodedata.combining(each))


def from_request(request: Request) -> dict[str, Any]:
    """Return the row of ``request``; identities and pauses have rows of their own."""
    row = values_of(request)
    for elsewhere in ("subject", "pauses"):
        del row[elsewhere]
    row.update({f"subject_{name}": getattr(request.subject, name) for name in _SUBJECT})
    row["subject_folded"] = fold(request.subject.name)
    return row


def from_identities(request: Request) -> list[dict[str, Any]]:
    """Return the rows of the subject's identities."""
    return [
        {"request": request.id, "position": position, **values_of(each)}
        for position, each in enumerate(request.subject.identities)
    ]


def to_request(
    row: Row[*tuple[Any, ...]],
    *,
    identities: tuple[SubjectIdentity, ...],
    pauses: tuple[PauseRecord, ...],
) -> Request:
    """Return the request of ``row``."""
    found = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    subject = {name: found.pop(f"subject_{name}") for name in _SUBJECT}
    for elsewhere in ("subject_folded", *DATES):
        found.pop(elsewhere, None)
    return Request(**found, subject=Subject(**subject, identities=identities), pauses=pauses)


def to_dates(row: Row[*tuple[Any, ...]]) -> RequestDates:
    """Return when the request of ``row`` is due."""
    return RequestDates(row.due, row.safe_by, bool(row.is_paused))


def from_pulled(pulled: PulledCollection) -> dict[str, Any]:
    """Return the row of ``pulled`` without its id."""
    row = values_of(pulled)
    del row["id"]
    return row | values_of(pulled.collection)


def to_pulled(row: Row[*tuple[Any, ...]]) -> PulledCollection:
    """Return what was pulled."""
    found = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    address = CollectionAddress(found.pop("dataset"), found.pop("collection"))
    return PulledCollection(**found, collection=address)


def from_mark(mark: Mark) -> dict[str, Any]:
    """Return the row of ``mark`` without its id and without its undoing."""
    row = values_of(mark)
    for elsewhere in ("id", "target", "undone_by", "undone_at"):
        del row[elsewhere]
    return row | values_of(mark.target)


def to_mark(row: Row[*tuple[Any, ...]]) -> Mark:
    """Return the mark of ``row``, which holds ``undone_by`` and ``undone_at`` too."""
    found = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    target = Target(**{name: found.pop(name) for name in _TARGET})
    return Mark(**{**found, "undone_by": found["undone_by"] or ""}, target=target)
