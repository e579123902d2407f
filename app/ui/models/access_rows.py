"""A scope as the rows that an approver reads: source, collection, fields, what they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.datamap import category_within
from app.wording.categories import categories_in_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from app.domain.datamap import SourceMap
    from app.domain.policy import Policy
    from app.domain.scope import Scope


@dataclass(frozen=True)
class AccessRow:
    """What becomes readable of one collection. ``stands_out``: the policy wants it looked at."""

    source: str
    kind: str
    collection: str
    fields: str
    categories: str
    stands_out: bool = False


def access_rows(
    scope: Scope, maps: Iterable[SourceMap], *, kinds: Mapping[str, str], policy: Policy
) -> tuple[AccessRow, ...]:
    """Return a row for each collection; a source is named on its first row only."""
    by_key = {each.key: each for each in maps}
    rows = []
    named = ""
    for address, paths in scope.collections.items():
        source_map = by_key.get(address.dataset)
        collection = source_map.find(address.collection) if source_map else None
        fields = [collection.find(path) for path in paths] if collection else []
        known = [each for each in fields if each is not None]
        categories = tuple(category for each in known for category in each.categories)
        is_first = address.dataset != named
        named = address.dataset
        title = source_map.title() if source_map else address.dataset
        rows.append(
            AccessRow(
                source=title if is_first else "",
                kind=kinds.get(address.dataset, "") if is_first else "",
                collection=(collection.label or collection.name)
                if collection
                else address.collection,
                fields=", ".join(each.label or each.name for each in known) or ", ".join(paths),
                categories=categories_in_words(categories),
                stands_out=any(
                    category_within(category, each)
                    for category in categories
                    for each in policy.stands_out
                ),
            )
        )
    return tuple(rows)
