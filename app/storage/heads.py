"""What this machine remembers of logs, outside the workspaces, so that a cut tail is found."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from threading import Lock, get_ident
from typing import TYPE_CHECKING
from urllib.parse import quote

from app.domain.audit import ChainState

if TYPE_CHECKING:
    from pathlib import Path


class RememberedHeads:
    """The last head seen of each workspace: one small file in ``folder`` for each."""

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

    def _write(self, workspace: str, state: ChainState) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = self._file(workspace)
        part = file.with_name(f"{file.name}.{os.getpid()}-{get_ident()}.part")
        text = json.dumps(
            {"workspace": workspace, "entries": state.entries, "head": state.head}, indent=1
        )
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as out:
            out.write(text)
        part.replace(file)

    def _file(self, workspace: str) -> Path:
        return self._folder / f"{quote(workspace, safe='')}.json"
