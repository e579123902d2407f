"""Reads a deadline case from a plain mapping, as a file or a command gives it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from app.domain.clock import Pause, PauseKind, find_zone
from app.domain.errors import InputError

FIELDS = frozenset(
    {
        "id",
        "rule",
        "calendar",
        "received",
        "received_at",
        "tz",
        "identity_received",
        "fee_paid",
        "costs_notified",
        "pauses",
        "extended",
        "as_of",
    }
)
PAUSE_FIELDS = frozenset({"kind", "asked", "answered", "approved"})
COMMENTS = frozenset({"why", "note", "expect"})

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class CaseReader:
    """Hands out the fields of one case with their types checked; InputError names the field."""

    def __init__(self, case: object, *, fields: frozenset[str] = FIELDS, prefix: str = "") -> None:
        if not isinstance(case, Mapping):
            raise InputError("clock.case_malformed", field=prefix.rstrip("."))
        for name in case:
            if name not in fields | COMMENTS:
                raise InputError("clock.field_unknown", field=f"{prefix}{name}")
        self._case = case
        self._prefix = prefix

    @property
    def zone(self) -> str | None:
        """Return the time zone's name if one is given."""
        return self.text("tz") if self._case.get("tz") is not None else None

    def text(self, name: str) -> str:
        """Return a text that has to be there."""
        value = self._case.get(name)
        if value is None or value == "":
            raise InputError("clock.field_missing", field=self._prefix + name)
        if not isinstance(value, str):
            raise self._malformed(name, "text")
        return value

    def flag(self, name: str) -> bool:
        """Return a yes or no; no when it is left out."""
        value = self._case.get(name)
        if value is None:
            return False
        if not isinstance(value, bool):
            raise self._malformed(name, "flag")
        return value

    def gives(self, name: str) -> bool:
        """Say whether ``name`` is there at all."""
        return self._case.get(name) is not None

    def day(self, name: str) -> date | None:
        """Return a day; None when it is left out."""
        if self._case.get(name) is None:
            return None
        return self.needed_day(name)

    def needed_day(self, name: str) -> date:
        """Return a day that has to be there."""
        value = self.text(name)
        if _DAY.fullmatch(value) is None:
            raise self._malformed(name, "day")
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise self._malformed(name, "day") from None

    def received(self) -> date | datetime:
        """Return the day of ``received`` or the instant of ``received_at``; one must be there."""
        given = [name for name in ("received", "received_at") if self._case.get(name) is not None]
        if len(given) > 1:
            raise InputError("clock.received_twice")
        if not given:
            raise InputError("clock.field_missing", field="received")
        value = self.text(given[0])
        if given[0] == "received" and _DAY.fullmatch(value):
            return self.needed_day("received")
        return self._instant(given[0], value)

    def pauses(self) -> tuple[Pause, ...]:
        """Return the pauses; a pause left unanswered is open."""
        value = self._case.get("pauses")
        if value is None:
            return ()
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise self._malformed("pauses", "list")
        return tuple(
            _pause(CaseReader(each, fields=PAUSE_FIELDS, prefix=f"pauses[{place}]."))
            for place, each in enumerate(value)
        )

    def _instant(self, name: str, value: str) -> datetime:
        """Return an instant; without an offset it is the controller's own time."""
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            raise self._malformed(name, "instant") from None
        if _DAY.fullmatch(value) or len(value) < len("2026-03-05T00"):
            raise self._malformed(name, "instant")
        zone = self.zone
        if zone is None:
            raise InputError("clock.zone_missing")
        return instant if instant.tzinfo is not None else instant.replace(tzinfo=find_zone(zone))

    def _malformed(self, name: str, wanted: str) -> InputError:
        return InputError("clock.field_malformed", field=self._prefix + name, wanted=wanted)


def _pause(fields: CaseReader) -> Pause:
    kind = fields.text("kind")
    if kind not in PauseKind:
        raise InputError("clock.unknown_pause_kind", known=", ".join(PauseKind))
    return Pause(
        PauseKind(kind),
        fields.needed_day("asked"),
        fields.day("answered"),
        # A pause that a case lists is one that was taken, so it counts unless the case says no.
        approved=fields.flag("approved") if fields.gives("approved") else True,
    )
