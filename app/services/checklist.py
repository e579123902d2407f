"""The checklist of an answer: what the map already answers, what is left to a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.pulls import PulledCollection, PullState, in_effect
from app.domain.responses import Answered, ChecklistItem, ChecklistLine
from app.services.scoping import active_maps
from app.wording.categories import categories_in_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.domain.datamap import Collection
    from app.domain.requests import Request
    from app.ports.regimes import Regime
    from app.ports.storage import UnitOfWork

LEAK_TEST = ChecklistItem("leak_test", "Leak test of everything that leaves", "", derived=True)


@dataclass(frozen=True)
class Held:
    """A pulled collection with what the map says of it."""

    pulled: PulledCollection
    mapped: Collection | None

    @property
    def title(self) -> str:
        """What people call it."""
        return (self.mapped and self.mapped.label) or self.pulled.collection.collection


def held(unit: UnitOfWork, request_id: str) -> tuple[Held, ...]:
    """Return the collections that count for the answer, with their map and in its order."""
    maps = {each.key: each for each in active_maps(unit)}
    order = {
        source_map.address(collection.name): (number, at)
        for number, source_map in enumerate(maps.values())
        for at, collection in enumerate(source_map.collections)
    }
    found = []
    last = (len(maps), 0)
    pulls = in_effect(unit.pulls.of_request(request_id))
    for pulled in sorted(pulls, key=lambda each: order.get(each.collection, last)):
        source_map = maps.get(pulled.collection.dataset)
        mapped = source_map.find(pulled.collection.collection) if source_map else None
        found.append(Held(pulled, mapped))
    return tuple(found)


def checklist_of(unit: UnitOfWork, request: Request, regime: Regime) -> tuple[ChecklistLine, ...]:
    """Return every line as it stands: answered by a person, by the map, or open."""
    answers = {each.item.key: each for each in unit.responses.answers(request.id)}
    collections = held(unit, request.id)
    lines = []
    for item in (*regime.checklist, LEAK_TEST):
        if item.key in answers and not item.derived:
            given = answers[item.key]
            lines.append(ChecklistLine(item, given.state, given.text, given.by))
        else:
            lines.append(_derive(unit, request, regime, item=item, collections=collections))
    return tuple(lines)


def _derive(
    unit: UnitOfWork,
    request: Request,
    regime: Regime,
    *,
    item: ChecklistItem,
    collections: tuple[Held, ...],
) -> ChecklistLine:
    if item.derived:
        return _line(item, is_done=_is_done(unit, request, item.key, collections))
    if item.key == "complaint":
        authority = unit.workspace.facts().controller.authority or regime.authority
        return _line(item, is_done=bool(authority), text=authority)
    if item.key == "categories":
        text = _categories(collections, request.subject.language)
        return _line(item, is_done=bool(text), text=text)
    if item.key in _FACTS:
        return _from_map(item, _FACTS[item.key], collections)
    return _line(item, is_done=False)


def _from_map(
    item: ChecklistItem, fact: Callable[[Collection], str], collections: tuple[Held, ...]
) -> ChecklistLine:
    """Take a fact from the map of every collection with records; name those that lack it."""
    with_records = [each for each in collections if each.pulled.rows]
    texts = {each.title: fact(each.mapped) if each.mapped else "" for each in with_records}
    missing = sorted(title for title, text in texts.items() if not text)
    if missing:
        return _line(item, is_done=False, text=", ".join(missing))
    return _line(item, is_done=True, text="; ".join(dict.fromkeys(texts.values())))


def _is_done(unit: UnitOfWork, request: Request, key: str, collections: tuple[Held, ...]) -> bool:
    finished = unit.review.finished(request.id)
    if finished is None:
        return False
    if key == "copy":
        notices = unit.pulls.notices(request.id)
        whole = all(each.pulled.state is PullState.COMPLETE for each in collections)
        return whole or not any(each.is_open for each in notices)
    if key == LEAK_TEST.key:
        # A package is kept only when its leak test found nothing.
        return any(each.made_at >= finished[1] for each in unit.responses.packages(request.id))
    return True


def _line(item: ChecklistItem, *, is_done: bool, text: str = "") -> ChecklistLine:
    return ChecklistLine(item, Answered.DONE if is_done else Answered.OPEN, text)


def _categories(collections: tuple[Held, ...], language: str) -> str:
    found: set[str] = set()
    for each in collections:
        if each.mapped and each.pulled.rows:
            found.update(each.mapped.categories)
            found.update(name for _, field in each.mapped.all_fields() for name in field.categories)
    return categories_in_words(tuple(found), language)


_FACTS: dict[str, Callable[[Collection], str]] = {
    "purposes": lambda each: each.purpose,
    "recipients": lambda each: ", ".join(each.recipients),
    "retention": lambda each: each.retention,
    "origin": lambda each: each.origin,
    "transfers": lambda each: each.transfers,
}
