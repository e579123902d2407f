"""The deadline rules that ship with the product, read from one file."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from app.domain.clock import (
    ClockStart,
    Extension,
    PauseCount,
    PauseRule,
    Period,
    Roll,
    Rule,
    Unit,
)
from app.domain.errors import InputError
from app.paths import resource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

type _Entry = Mapping[str, Any]


class ShippedRules:
    """The rules of ``resources/deadlines/rules.json``."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = {rule.id: rule for rule in rules}

    def all(self) -> Sequence[Rule]:
        """Return every rule, in the order of the file."""
        return tuple(self._rules.values())

    def get(self, rule_id: str) -> Rule:
        """Return one rule; InputError if there is none of that id."""
        if rule_id not in self._rules:
            raise InputError("clock.unknown_rule", rule=rule_id)
        return self._rules[rule_id]


@cache
def shipped_rules() -> ShippedRules:
    """Return the rules that came with this version."""
    return ShippedRules(read_rules(resource("deadlines", "rules.json")))


def read_rules(path: Path) -> tuple[Rule, ...]:
    """Read a file of rules; every rule takes the version and the day of checking of the file."""
    content: _Entry = json.loads(path.read_text(encoding="utf-8"))
    version, checked_on = content["version"], date.fromisoformat(content["checked_on"])
    return tuple(_rule(entry, version=version, checked_on=checked_on) for entry in content["rules"])


def _rule(entry: _Entry, *, version: str, checked_on: date) -> Rule:
    in_force = entry.get("in_force")
    return Rule(
        id=entry["id"],
        regime=entry["regime"],
        right=entry["right"],
        period=_period(entry["period"]),
        extension=_extension(entry["extension"]),
        roll=Roll(entry["roll"]),
        clock_start=ClockStart(entry["clock_start"]),
        pause=_pause(entry["pause"]),
        strict_reading_counts_receipt_day=entry["strict_reading_counts_receipt_day"],
        authority=tuple(entry["authority"]),
        confidence=entry["confidence"],
        note=entry.get("note", ""),
        version=version,
        checked_on=checked_on,
        in_force=date.fromisoformat(in_force) if in_force else None,
        cites=entry.get("cites", {}),
    )


def _period(entry: _Entry) -> Period:
    return Period(entry["n"], Unit(entry["unit"]))


def _extension(entry: _Entry | None) -> Extension | None:
    if entry is None:
        return None
    return Extension(_period(entry["total"]), ground=entry["ground"], notice=entry["notice"])


def _pause(entry: _Entry | None) -> PauseRule | None:
    if entry is None:
        return None
    return PauseRule(
        kinds=frozenset(entry["kinds"]),
        count=PauseCount(entry["count"]),
        needs_approval=entry["needs_approval"],
        is_relied_on_for_safe_by=entry["relied_on_for_safe_by"],
        basis=entry["basis"],
    )
