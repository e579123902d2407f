"""What this machine remembers of logs, outside the workspaces, so that a cut tail is found."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from datetime import UTC, datetime
from threading import Lock, get_ident
from typing import TYPE_CHECKING
from urllib.parse import quote

from app.domain.audit import ChainState, Verified

if TYPE_CHECKING:
    from pathlib import Path

_VERIFIED = ".verified"


class RememberedHeads:
    """The last head seen of each workspace, how far it was verified: small files in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()

    def last_seen(self, workspace: str) -> ChainState | None:
        """Return number and hash of the last entry seen of the workspace with this id."""
        try:
            found = json.loads(self._file(workspace).read_bytes())
            return ChainState(int(found["entries"]), str(found["head"]))
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def remember(self, workspace: str, state: ChainState) -> None:
        """Keep ``state`` unless a later one is known."""
        with self._lock:
            seen = self.last_seen(workspace)
            if seen is not None and seen.entries >= state.entries:
                return
            # What was committed stands: a memory that cannot be written must not undo the commit.
            with suppress(OSError):
                self._write(workspace, state)

    def verified(self, workspace: str) -> Verified | None:
        """Return how far this machine found the log of a workspace sound, if it ever looked."""
        try:
            found = json.loads(self._file(workspace, _VERIFIED).read_bytes())
            at, whole_at = (datetime.fromisoformat(found[key]) for key in ("at", "whole_at"))
            state = ChainState(int(found["entries"]), str(found["head"]))
            return Verified(state, at.astimezone(UTC), whole_at.astimezone(UTC))
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def remember_verified(self, workspace: str, verified: Verified) -> None:
        """Keep from where the next look at the log goes on."""
        facts = {"at": verified.at.isoformat(), "whole_at": verified.whole_at.isoformat()}
        with self._lock, suppress(OSError):
            self._write(workspace, verified.state, facts, kind=_VERIFIED)

    def _write(
        self,
        workspace: str,
        state: ChainState,
        more: dict[str, str] | None = None,
        *,
        kind: str = "",
    ) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = self._file(workspace, kind)
        part = file.with_name(f"{file.name}.{os.getpid()}-{get_ident()}.part")
        facts = {"workspace": workspace, "entries": state.entries, "head": state.head}
        text = json.dumps(facts | (more or {}), indent=1)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as out:
            out.write(text)
        part.replace(file)

    def _file(self, workspace: str, kind: str = "") -> Path:
        return self._folder / f"{quote(workspace, safe='')}{kind}.json"
