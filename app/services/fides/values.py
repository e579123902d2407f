"""Values of the format that mean something of their own: types, categories, directions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.categories import nearest, trouble_with
from app.domain.datamap import Direction
from app.services.fides import format_keys as known

if TYPE_CHECKING:
    from app.domain.datamap import Extra
    from app.services.fides.keys import Keys
    from app.services.fides.nodes import Findings


def categories(keys: Keys, found: Findings) -> tuple[str, ...]:
    """Return the data categories, with a warning for those of nobody else."""
    placed = keys.placed_texts("data_categories")
    for category, place in placed:
        if trouble := trouble_with(category):
            code = "map.custom_category" if trouble == "custom" else "map.unknown_category"
            where, near = keys.where, nearest(category)
            found.warn(code, place, category=category, where=where, near=near)
    return tuple(category for category, _place in placed)


def data_type(meta: Keys, found: Findings) -> tuple[str, bool]:
    """Return the data type, and whether it is a list of it."""
    place, written = meta.at("data_type"), meta.text("data_type")
    name = written.removesuffix("[]")
    if written and name not in known.DATA_TYPES:
        types = ", ".join(known.DATA_TYPES)
        found.error("map.unknown_type", place, name=written, where=meta.where, known=types)
        return "", False
    return name, written.endswith("[]")


def all_elements(meta: Keys, found: Findings, *, is_array: bool) -> bool:
    """Say whether all elements of a list are wanted."""
    place, wanted = meta.at("return_all_elements"), meta.flag("return_all_elements")
    if wanted and not is_array:
        found.error("map.not_an_array", place, where=meta.where)
        return False
    return wanted


def redact(meta: Keys, found: Findings) -> bool:
    """Say whether the name itself must not be shown."""
    place, written = meta.at("redact"), meta.text("redact")
    if written not in ("", "name"):
        found.error("map.unknown_redact", place, where=meta.where, text=written)
    return written == "name"


def masking(meta: Keys, found: Findings) -> Extra | None:
    """Return how the map wants something to be erased, as written."""
    key = "masking_strategy_override"
    there, place = meta.has(key), meta.at(key)
    written = as_written(meta, key)
    if there and written and not isinstance(written.get("strategy"), str):
        found.error("map.missing_key", place, key=f"{key}.strategy", where=meta.where)
    return written or None


def as_written(meta: Keys, key: str) -> Extra:
    """Return a mapping as plain data, empty where there is none."""
    if not meta.has(key):
        return {}
    value = meta.anything(key)
    if isinstance(value, dict):
        return value
    meta.wrong(key, "mapping")
    return {}


def direction(keys: Keys, found: Findings) -> Direction:
    """Return the direction of a reference."""
    place, written = keys.at("direction"), keys.text("direction")
    if written in ("", Direction.FROM, Direction.TO):
        return Direction(written) if written else Direction.EITHER
    found.error("map.unknown_direction", place, where=keys.where, text=written)
    return Direction.EITHER
