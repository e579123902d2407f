"""What the demo needs of a made company: its sources, where they are, and who asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from app.domain.secrets import Secret
    from app.ports.sources import Settings


@dataclass(frozen=True)
class Owner:
    """The login of whoever owns a made database: the DBA of the demo."""

    user: str
    password: Secret


@dataclass(frozen=True)
class MadeSource:
    """Where a source of the made company is; with an ``owner`` it is given its airlock."""

    type: str
    settings: Settings
    owner: Owner | None = None


class Company(Protocol):
    """A made company, and who in it asks; it is there until it is closed."""

    @property
    def sources(self) -> Mapping[str, MadeSource]:
        """The sources by their key; the map of each is in ``resources/demo/<key>.yml``."""
        ...

    @property
    def people(self) -> int:
        """How many people the company knows."""
        ...

    @property
    def subject_name(self) -> str:
        """Who asks."""
        ...

    @property
    def subject_email(self) -> str:
        """Her e-mail address."""
        ...

    @property
    def subject_phone(self) -> str:
        """Her telephone number."""
        ...

    @property
    def subject_address(self) -> tuple[str, ...]:
        """Her postal address, a line each."""
        ...

    def close(self) -> None:
        """End what was started for it; repeatable."""
        ...


class CompanyMaker(Protocol):
    """Makes companies of one kind."""

    def require(self) -> None:
        """Raise ``StorageError`` where this machine lacks something that it takes."""
        ...

    def make(self, folder: Path, *, now: datetime) -> Company:
        """Write a company into ``folder``, dates before ``now``; what fails leaves nothing running.

        Raises ``StorageError``.
        """
        ...
