"""Sources of the workspace: adding one with its map, checking it, trying it, changing the map."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.domain.audit import Action, Details, Event
from app.domain.errors import InputError, NotAllowedError, NotFoundError
from app.domain.people import Verb
from app.domain.planning import make_plan
from app.domain.scope import everything
from app.domain.workspace import SourceRecord
from app.ports.sources import Enforcement
from app.services.enforcing import enforcement_of
from app.services.fides import inspect_maps
from app.services.mapping import (
    map_hash,
    map_says,
    normalised,
    read_maps,
    read_stored_map,
    try_maps,
    write_maps,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from app.domain.airlock import AirlockRecord
    from app.domain.datamap import SourceMap
    from app.domain.fields import FormField
    from app.domain.plan import Plan
    from app.ports.sources import Difference, SourceType
    from app.ports.storage import UnitOfWork
    from app.services.mapping import Inspected, TryResult
    from app.services.signed_in import SignedIn

TRIAL_SECONDS = 60
"""A trial never reads longer than this."""


@dataclass(frozen=True)
class SourceView:
    """A source with its map, and who keeps its rows, fields and deadline."""

    record: SourceRecord
    map: SourceMap
    kind: str
    enforcement: Enforcement
    airlock: AirlockRecord | None = None
    has_airlock: bool = False
    has_weaker_way: bool = False
    """Whether sources of this kind can have one."""
    settings: tuple[tuple[str, str], ...] = ()
    """What was filled in, by the label of each form field, in the form's order."""


@dataclass(frozen=True)
class SourcesView:
    """All sources; ``plan`` is what every identity that their maps know would reach."""

    sources: tuple[SourceView, ...]
    plan: Plan
    names: Mapping[str, str]


class Sourcing:
    """Connects sources."""

    def __init__(self, here: SignedIn, *, source_types: Mapping[str, SourceType]) -> None:
        self._here = here
        self._source_types = source_types

    def all(self) -> tuple[SourceRecord, ...]:
        """Return the sources."""
        with self._here.workspace.read() as unit:
            return unit.sources.all()

    def types(self) -> tuple[SourceType, ...]:
        """Return the kinds of source that a grant can open, once they have what it takes."""
        return tuple(
            each
            for each in self._source_types.values()
            if each.enforcement is not Enforcement.NOBODY or each.airlock is not None
        )

    def view(self) -> SourcesView:
        """Return the sources with their maps, in the order in which they were added."""
        with self._here.workspace.read() as unit:
            records = sorted(unit.sources.all(), key=lambda each: (each.added_at, each.key))
            names = {each.id: each.name for each in unit.members.all()}
            sources = tuple(self._view(unit, each) for each in records)
        maps = [each.map for each in sources if each.record.is_active]
        kinds = {
            kind
            for each in maps
            for collection in each.collections
            for kind in collection.identities()
        }
        plan = make_plan(maps, identities=kinds, scope=everything(maps))
        return SourcesView(sources, plan, names)

    def _view(self, unit: UnitOfWork, record: SourceRecord) -> SourceView:
        known = self._source_types.get(record.type)
        return SourceView(
            record,
            read_stored_map(record.map_text, key=record.key),
            known.title if known is not None else record.type,
            enforcement_of(unit, record, self._source_types),
            unit.airlocks.find(record.key),
            has_airlock=known is not None and known.airlock is not None,
            has_weaker_way=known is not None and known.direct is not None,
            settings=_filled_in(record.settings, known.fields if known is not None else ()),
        )

    def inspect(self, text: str | bytes, *, file: str) -> Inspected:
        """Return the maps of a file, as far as it could be understood, with all its problems."""
        return inspect_maps(text, file=file)

    def add(
        self, type_key: str, settings: Mapping[str, str], *, map_text: str | bytes, map_file: str
    ) -> tuple[SourceRecord, ...]:
        """Add a source for each dataset of a map; a source that is there gets the new map."""
        if type_key not in self._source_types:
            raise NotFoundError("source.unknown_type", type=type_key)
        missing = [
            each.key
            for each in self._source_types[type_key].fields
            if each.required and not settings.get(each.key)
        ]
        if missing:
            raise InputError("source.settings_missing", fields=", ".join(missing))
        maps = read_maps(map_text, file=map_file)
        with self._here.workspace.write() as unit:
            self._must_manage(unit)
            there = {each.key: each for each in unit.sources.all()}
            added = []
            for source_map in maps:
                before = there.get(source_map.key)
                record = SourceRecord(
                    key=source_map.key,
                    type=type_key,
                    title=source_map.title(),
                    settings=dict(settings),
                    map_text=write_maps([source_map]),
                    map_hash=map_hash(source_map),
                    map_says=map_says(source_map),
                    added_by=before.added_by if before else self._here.member,
                    added_at=before.added_at if before else unit.now(),
                )
                unit.sources.put(record)
                action = Action.SOURCE_CHANGED if before else Action.SOURCE_ADDED
                details: Details = {"type": type_key, "map_sha256": record.map_hash}
                unit.record(Event(action, self._here.member, object=record.key, details=details))
                added.append(record)
            unit.commit()
            return tuple(added)

    def set_in_use(self, key: str, *, is_active: bool) -> SourceRecord:
        """Take a source out of use, so that no pull can be asked for, or into use again."""
        with self._here.workspace.write() as unit:
            self._must_manage(unit)
            record = unit.sources.get(key)
            if record.is_active is is_active:
                return record
            changed = replace(record, is_active=is_active)
            unit.sources.put(changed)
            details: Details = {"what": "in_use" if is_active else "retired"}
            unit.record(
                Event(Action.SOURCE_CHANGED, self._here.member, object=key, details=details)
            )
            unit.commit()
            return changed

    def check(self, key: str) -> tuple[Difference, ...]:
        """Compare a source with its map, now."""
        with self._here.workspace.read() as unit:
            record = unit.sources.get(key)
        source_map = read_stored_map(record.map_text, key=key)
        source = self._source_types[record.type].connect(record.settings, None)
        differences = source.check(source_map)
        faults = [each for each in differences if each.kind != "not_in_map"]
        with self._here.workspace.write() as unit:
            checked = replace(
                unit.sources.get(key),
                checked_at=unit.now(),
                check_result="differs" if faults else "as_mapped",
            )
            unit.sources.put(checked)
            details: Details = {
                "differences": len(faults),
                "not_in_map": len(differences) - len(faults),
            }
            unit.record(
                Event(Action.SOURCE_CHECKED, self._here.member, object=key, details=details)
            )
            unit.commit()
        return differences

    def try_out(self, key: str, *, kind: str, value: str, region: str = "") -> TryResult:
        """Count what the map of a source reaches from one identity; no value leaves the source.

        Nobody granted it, so it counts only, for a minute at most, and it is on record.
        """
        with self._here.workspace.read() as unit:
            self._must_manage(unit)
            record = unit.sources.get(key)
        source_type = self._source_types[record.type]
        if source_type.enforcement is Enforcement.NOBODY:
            raise NotAllowedError("source.no_airlock", source=record.title)
        result = try_maps(
            [read_stored_map(record.map_text, key=key)],
            source_type.connect(record.settings, None),
            source_type,
            identities=normalised({kind: [value]}, region),
            on_rows=lambda _collection, _rows: None,
            deadline=time.monotonic() + TRIAL_SECONDS,
        )
        with self._here.workspace.write() as unit:
            details: Details = {
                "identity": kind,
                "collections": len(result.collections),
                "rows": sum(result.collections.values()),
            }
            unit.record(Event(Action.SOURCE_TRIED, self._here.member, object=key, details=details))
            unit.commit()
        return result

    def _must_manage(self, unit: UnitOfWork) -> None:
        unit.members.get(self._here.member).must(Verb.MANAGE_SOURCES)


def _filled_in(
    settings: Mapping[str, str], fields: Iterable[FormField]
) -> tuple[tuple[str, str], ...]:
    return tuple((field.label, settings[field.key]) for field in fields if settings.get(field.key))
