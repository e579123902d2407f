"""Sources of the workspace: adding one with its map, checking it, changing the map."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app.domain.audit import Action, Details, Event
from app.domain.errors import InputError, NotFoundError
from app.domain.people import Verb
from app.domain.workspace import SourceRecord
from app.services.mapping import map_hash, read_maps, read_stored_map, write_maps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.ports.sources import Difference, SourceType
    from app.services.signed_in import SignedIn


class Sourcing:
    """Connects sources."""

    def __init__(self, here: SignedIn, *, source_types: Mapping[str, SourceType]) -> None:
        self._here = here
        self._source_types = source_types

    def all(self) -> tuple[SourceRecord, ...]:
        """Return the sources."""
        with self._here.workspace.read() as unit:
            return unit.sources.all()

    def add(
        self, type_key: str, settings: Mapping[str, str], *, map_text: str, map_file: str
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
            unit.members.get(self._here.member).must(Verb.MANAGE_SOURCES)
            there = {each.key: each for each in unit.sources.all()}
            added = []
            for source_map in maps:
                record = SourceRecord(
                    key=source_map.key,
                    type=type_key,
                    title=source_map.title(),
                    settings=dict(settings),
                    map_text=write_maps([source_map]),
                    map_hash=map_hash(source_map),
                    added_by=self._here.member,
                    added_at=unit.now(),
                )
                unit.sources.put(record)
                action = Action.SOURCE_CHANGED if record.key in there else Action.SOURCE_ADDED
                details: Details = {"type": type_key, "map_sha256": record.map_hash}
                unit.record(Event(action, self._here.member, object=record.key, details=details))
                added.append(record)
            unit.commit()
            return tuple(added)

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
