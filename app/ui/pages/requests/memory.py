"""What the list of requests remembers for one member: her views, her columns, how she left it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from app.ui.pages.requests.filters import Filters

if TYPE_CHECKING:
    from app.services.drawer import JsonValue

KEY = "list.requests"
DUE_FIRST = "due"
_SHOWN = ("id", "right", "regime", "stage", "due", "subject", "owner", "step")
_VIEWS_AT_MOST = 30


@dataclass(frozen=True)
class View:
    """Filters and order under a name of her own."""

    name: str
    filters: Filters
    order: str


@dataclass(frozen=True)
class Memory:
    """``columns`` are the keys of those that are shown."""

    views: tuple[View, ...] = ()
    columns: tuple[str, ...] = _SHOWN
    filters: Filters = field(default_factory=Filters)
    order: str = DUE_FIRST

    @classmethod
    def from_data(cls, data: JsonValue) -> Memory:
        """Return what ``as_data`` wrote; of another version as much as can be read."""
        if not isinstance(data, dict):
            return cls()
        views, columns = data.get("views"), data.get("columns")
        return cls(
            tuple(
                View(str(each["name"]), Filters.from_data(each.get("filters")), _order(each))
                for each in (views if isinstance(views, list) else ())
                if isinstance(each, dict) and each.get("name")
            ),
            tuple(map(str, columns)) if isinstance(columns, list) and columns else _SHOWN,
            Filters.from_data(data.get("filters")),
            _order(data),
        )

    def as_data(self) -> JsonValue:
        """Return plain data to keep in her drawer."""
        return {
            "views": [
                {"name": each.name, "filters": dict(each.filters.as_data()), "order": each.order}
                for each in self.views
            ],
            "columns": list(self.columns),
            "filters": dict(self.filters.as_data()),
            "order": self.order,
        }

    def view(self, name: str) -> View | None:
        """Return a view of hers."""
        return next((each for each in self.views if each.name == name), None)

    def with_view(self, view: View) -> Memory:
        """Return this with a view, in place of one of the same name."""
        return replace(self, views=(*self.without(view.name).views, view)[-_VIEWS_AT_MOST:])

    def without(self, name: str) -> Memory:
        """Return this without a view."""
        return replace(self, views=tuple(each for each in self.views if each.name != name))


def _order(data: dict[str, JsonValue]) -> str:
    order = data.get("order")
    return order if isinstance(order, str) and order else DUE_FIRST
