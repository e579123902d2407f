"""What a list of requests is filtered by: as it is chosen, as it is saved, as SQL gets it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from app.domain.requests import Stage
from app.i18n import _
from app.ports.storage import RequestFilter

if TYPE_CHECKING:
    from collections.abc import Mapping

WEEK_DAYS = 7
MONTH_DAYS = 30
_DAY = "day:"


@dataclass(frozen=True)
class Filters:
    """Keys of what was chosen; the empty text is any.

    ``stage`` is open, closed or a stage. ``owner`` is a member's id or "me". ``due`` is overdue,
    week, month, paused, or ``day:`` with an ISO date.
    """

    text: str = ""
    stage: str = "open"
    right: str = ""
    law: str = ""
    owner: str = ""
    due: str = ""

    @classmethod
    def from_data(cls, data: object) -> Filters:
        """Return what ``as_data`` wrote; what cannot be read is as if it was never chosen."""
        known = data if isinstance(data, dict) else {}
        names = {each.name for each in fields(cls)}
        return cls(**{name: str(value) for name, value in known.items() if name in names})

    def as_data(self) -> dict[str, str]:
        """Return plain data to save."""
        return asdict(self)

    def as_filter(self, *, today: date, me: str) -> RequestFilter:
        """Return what the database is asked for."""
        is_open = None if self.stage == "" else self.stage != "closed"
        stages = () if self.stage in {"", "open", "closed"} else (self.stage,)
        which = RequestFilter(
            text=self.text.strip(),
            stages=stages,
            rights=(self.right,) if self.right else (),
            regimes=(self.law,) if self.law else (),
            owner=me if self.owner == "me" else self.owner,
            is_open=is_open,
        )
        return _with_due(which, self.due, today)


def _with_due(which: RequestFilter, due: str, today: date) -> RequestFilter:
    if due.startswith(_DAY):
        try:
            day = date.fromisoformat(due.removeprefix(_DAY))
        except ValueError:
            return which
        return replace(which, due_from=day, due_until=day)
    match due:
        case "overdue":
            return replace(which, due_until=today - timedelta(days=1))
        case "week" | "month":
            days = WEEK_DAYS if due == "week" else MONTH_DAYS
            return replace(which, due_from=today, due_until=today + timedelta(days=days))
        case "paused":
            return replace(which, is_paused=True)
        case _:
            return which


def ready_views() -> Mapping[str, tuple[str, Filters]]:
    """Return the views that everybody has: key to title and filters."""
    return {
        "open": (_("All open"), Filters()),
        "mine": (_("Mine"), Filters(owner="me")),
        "overdue": (_("Overdue"), Filters(due="overdue")),
        "week": (_("Due in 7 days"), Filters(due="week")),
        "paused": (_("Clock paused"), Filters(due="paused")),
        "approval": (_("Waiting for approval"), Filters(stage=Stage.APPROVAL.value)),
        "closed": (_("Closed"), Filters(stage="closed")),
        "all": (_("All"), Filters(stage="")),
    }


def filters_of(item: str) -> Filters | None:
    """Return the filters that a place on this page names: a view's key, or a day."""
    if item in {"day:overdue", "overdue"}:
        return Filters(due="overdue")
    if item.startswith(_DAY):
        return Filters(due=item)
    view = ready_views().get(item)
    return view[1] if view is not None else None
