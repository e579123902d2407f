"""A filter of requests as SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import case, false, func, or_, select

from app.domain.requests import Request, Stage
from app.storage.columns import is_storable
from app.storage.rows import fold
from app.storage.tables import notes, request_identities, requests

if TYPE_CHECKING:
    from sqlalchemy import Column, ColumnElement, Select

    from app.ports.storage import RequestFilter

SEARCHED_AT_MOST = 1000
"""Characters; no reference or name is as long, and SQLite refuses patterns of 50,000."""

_NOT_IN_ORDER = {"subject", "pauses", "linked"}
_ORDERS: dict[str, ColumnElement[Any]] = {
    "subject": requests.c.subject_folded,
    "due": requests.c.due,
    **{
        name: requests.c[name] for name in Request.__dataclass_fields__ if name not in _NOT_IN_ORDER
    },
    "stage": case(
        {stage.value: place for place, stage in enumerate(Stage)}, value=requests.c.stage
    ),
}


def conditions(which: RequestFilter) -> list[ColumnElement[bool]]:
    """Return what must hold for a request to be in the list."""
    found: list[ColumnElement[bool]] = [
        column.in_(values)
        for column, values in (
            (requests.c.stage, _known(requests.c.stage, which.stages)),
            (requests.c.right, _known(requests.c.right, which.rights)),
            (requests.c.regime, which.regimes),
        )
        if values
    ]
    if which.owner:
        found.append(requests.c.owner == which.owner)
    if which.is_open is not None:
        closed_at = requests.c.closed_at
        found.append(closed_at.is_(None) if which.is_open else closed_at.is_not(None))
    if which.due_from is not None:
        found.append(requests.c.due >= which.due_from)
    if which.due_until is not None:
        found.append(requests.c.due <= which.due_until)
    if which.is_paused is not None:
        found.append(requests.c.is_paused.is_(which.is_paused))
    if which.text:
        found.append(_holds(which.text))
    return found


def ordering(order: str) -> tuple[ColumnElement[Any], ...]:
    """Return how to sort; requests that are equal in it are sorted by their reference."""
    by = _ORDERS.get(order.removeprefix("-"))
    if by is None:
        raise ValueError(f"requests have no order {order!r}")
    in_turn = [by] if by is requests.c.id else [by, requests.c.id]
    # The same direction for both, so that an index serves either way.
    turned = [each.desc() if order.startswith("-") else each.asc() for each in in_turn]
    if getattr(by, "nullable", False):
        turned[0] = turned[0].nulls_last()
    return tuple(turned)


def count(wanted: list[ColumnElement[bool]]) -> Select[int]:
    """Return the question how many requests there are."""
    return select(func.count()).select_from(requests).where(*wanted)


def _known(column: Column[Any], values: tuple[str, ...]) -> list[Any]:
    return [column.type.kind(value) for value in values]  # type: ignore[attr-defined]  # Choice


def _holds(text: str) -> ColumnElement[bool]:
    if len(text) > SEARCHED_AT_MOST or not is_storable(text):
        return false()
    plain = text.lower()
    known = select(request_identities.c.request).where(
        func.lower(request_identities.c.value).contains(plain, autoescape=True)
    )
    noted = select(notes.c.request).where(func.lower(notes.c.text).contains(plain, autoescape=True))
    return or_(
        requests.c.id.contains(text.upper(), autoescape=True),  # references have no small letters
        requests.c.subject_folded.contains(fold(text), autoescape=True),
        requests.c.id.in_(known),
        requests.c.id.in_(noted),
    )
