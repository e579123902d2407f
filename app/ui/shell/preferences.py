"""What this machine remembers of the window: looks, place, recent workspaces.

Nothing personal but the login with which somebody entered a server from here, never its password.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from app.domain.addresses import WorkspaceAddress
from app.domain.errors import InputError
from app.ui.theme import Scheme

if TYPE_CHECKING:
    from pathlib import Path

_RECENT_AT_MOST = 5


@dataclass(frozen=True)
class Recent:
    """A workspace that was open here; ``path`` is its file or its address, ``member`` the id of who
    signed in last, ``is_passwordless`` whether the server let her login in by itself.
    """

    path: str
    title: str
    member: str
    is_passwordless: bool = False

    @property
    def is_shared(self) -> bool:
        """Whether it is on a server."""
        return "://" in self.path

    @property
    def place(self) -> str:
        """Its file, or its address whatever certificate was shown there."""
        with suppress(InputError):
            return WorkspaceAddress.read(self.path).without_files().text
        return self.path


@dataclass(frozen=True)
class Preferences:
    """``geometry`` is Qt's own, in hexadecimal digits."""

    scheme: str = Scheme.AUTO.value
    geometry: str = ""
    is_guide_closed: bool = False
    recent: tuple[Recent, ...] = ()

    def with_recent(self, recent: Recent) -> Preferences:
        """Return these with ``recent`` as the newest."""
        others = tuple(each for each in self.recent if each.place != recent.place)
        return replace(self, recent=(recent, *others)[:_RECENT_AT_MOST])


class PreferenceFile:
    """Reads and writes them; a file that cannot be read or written costs looks, nothing else."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.current = self._read()

    def change(self, preferences: Preferences) -> None:
        """Keep ``preferences``."""
        self.current = preferences
        beside = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            beside.write_text(json.dumps(asdict(preferences), indent=1), encoding="utf-8")
            beside.replace(self._path)
        except OSError:
            return

    def _read(self) -> Preferences:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
            recent = tuple(
                Recent(
                    str(each["path"]),
                    str(each["title"]),
                    str(each["member"]),
                    bool(each.get("is_passwordless", False)),
                )
                for each in found.get("recent", ())
            )
            return Preferences(
                scheme=Scheme(found.get("scheme", Scheme.AUTO)).value,
                geometry=str(found.get("geometry", "")),
                is_guide_closed=bool(found.get("is_guide_closed", False)),
                recent=recent[:_RECENT_AT_MOST],
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return Preferences()
