"""The workspace itself: who the controller is, what holds for all its requests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.domain.calendars import DayChange
from app.domain.policy import Policy

if TYPE_CHECKING:
    from datetime import date, datetime


@dataclass(frozen=True)
class DayOverride:
    """A day that a calendar of this workspace has or has not, whatever the package says."""

    calendar: str
    day: date
    name: str
    is_holiday: bool
    reason: str

    def as_change(self) -> DayChange:
        """Return what this does to its calendar."""
        return DayChange(self.day, self.name, self.reason, is_holiday=self.is_holiday)


@dataclass(frozen=True)
class Controller:
    """The organisation that answers, as its documents name it."""

    name: str
    address: tuple[str, ...] = ()
    place: str = ""
    contact: str = ""
    """The data protection officer or privacy contact, as one line."""
    authority: str = ""
    """The supervisory authority for complaints, with its address."""
    country: str = ""


@dataclass(frozen=True)
class WorkspaceFacts:
    """What every member can read of the workspace. ``authority_certificate`` is DER."""

    id: str
    title: str
    controller: Controller
    timezone: str
    calendar: str
    created_at: datetime
    authority_certificate: bytes
    policy: Policy = field(default_factory=Policy)
    overrides: tuple[DayOverride, ...] = ()


@dataclass(frozen=True)
class SourceRecord:
    """A source of the workspace: what kind, how it is reached (no secrets), and its map as text.

    ``map_says`` is what the map says in one form only, as JSON; ``map_hash`` is its SHA-256 in hex.
    The guard of a shared workspace reads it. None: an older program stored it, and nobody since.
    """

    key: str
    type: str
    title: str
    settings: dict[str, str]
    map_text: str
    map_hash: str
    added_by: str
    added_at: datetime
    checked_at: datetime | None = None
    check_result: str = ""
    is_active: bool = True
    map_says: str | None = None
