"""What this machine remembers of workspaces, outside of them, so that what was cut is found."""

from __future__ import annotations

import json
import os
import zlib
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from threading import Lock, get_ident
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from app.domain.audit import ChainState, Verified

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BYTES = 512
"""Every memory has the same length and is written over the last one: it costs one write for each
commit. A disk writes as much whole or not at all; who reads meanwhile sees that it does not fit.
"""
_LOOKS = 5
_BINARY = getattr(os, "O_BINARY", 0)  # Windows
_VERIFIED, _REVOKED = ".verified", ".revoked"


class RememberedHeads:
    """The last head seen of each workspace, how far it was verified, who was seen to be taken back:
    small files in ``folder``.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()

    def last_seen(self, workspace: str) -> ChainState | None:
        """Return number and hash of the last entry seen of the workspace with this id."""
        try:
            descriptor = os.open(self._file(workspace), os.O_RDONLY | _BINARY)
        except OSError:
            return None
        try:
            return _read(descriptor)
        finally:
            os.close(descriptor)

    @contextmanager
    def memory(self, workspace: str) -> Iterator[Memory]:
        """Open what is remembered of a workspace, to look and to keep what comes next."""
        try:
            descriptor = self._open(workspace)
        except OSError:
            # What is committed stands: a memory that cannot be written must not undo the commit.
            yield Memory(workspace, None, self._lock)
            return
        try:
            yield Memory(workspace, descriptor, self._lock)
        finally:
            os.close(descriptor)

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
        facts = {
            "workspace": workspace,
            "entries": verified.state.entries,
            "head": verified.state.head,
            "at": verified.at.isoformat(),
            "whole_at": verified.whole_at.isoformat(),
        }
        with self._lock, suppress(OSError):
            self._write(workspace, _VERIFIED, facts)

    def revoked(self, workspace: str) -> frozenset[str]:
        """Return the fingerprints of the certificates that were taken back, as was ever seen."""
        try:
            found = json.loads(self._file(workspace, _REVOKED).read_bytes())
            return frozenset(map(str, found["revoked"]))
        except (OSError, ValueError, TypeError, KeyError):
            return frozenset()

    def remember_revoked(self, workspace: str, fingerprints: frozenset[str]) -> None:
        """Keep these as well; none is ever forgotten."""
        with self._lock, suppress(OSError):
            known = sorted(self.revoked(workspace) | fingerprints)
            self._write(workspace, _REVOKED, {"workspace": workspace, "revoked": known})

    def _open(self, workspace: str) -> int:
        file, how = self._file(workspace), os.O_RDWR | os.O_CREAT | _BINARY
        try:
            return os.open(file, how, 0o600)
        except FileNotFoundError:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return os.open(file, how, 0o600)

    def _write(self, workspace: str, kind: str, facts: dict[str, Any]) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = self._file(workspace, kind)
        part = file.with_name(f"{file.name}.{os.getpid()}-{get_ident()}.part")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as out:
            json.dump(facts, out, indent=1)
        part.replace(file)

    def _file(self, workspace: str, kind: str = "") -> Path:
        return self._folder / f"{quote(workspace, safe='')}{kind}.json"


class Memory:
    """The open memory of one workspace."""

    def __init__(self, workspace: str, descriptor: int | None, lock: Lock) -> None:
        self._workspace = workspace
        self._descriptor = descriptor
        self._lock = lock

    def seen(self) -> ChainState | None:
        """Return the last head seen."""
        return None if self._descriptor is None else _read(self._descriptor)

    def keep(self, state: ChainState) -> None:
        """Keep ``state`` unless a later one is known."""
        if self._descriptor is None:
            return
        with self._lock, suppress(OSError):
            seen = _read(self._descriptor)
            if seen is None or seen.entries < state.entries:
                os.lseek(self._descriptor, 0, os.SEEK_SET)
                os.write(self._descriptor, _written(self._workspace, state))


def _written(workspace: str, state: ChainState) -> bytes:
    facts: dict[str, Any] = {
        "workspace": workspace, "entries": state.entries, "head": state.head,
        "check": _check(state.entries, state.head),
    }  # fmt: skip
    return json.dumps(facts, indent=1).encode("ascii").ljust(_BYTES)


def _read(descriptor: int) -> ChainState | None:
    for _ in range(_LOOKS):
        os.lseek(descriptor, 0, os.SEEK_SET)
        with suppress(OSError, ValueError, TypeError, KeyError):
            found = json.loads(os.read(descriptor, 2 * _BYTES))
            state = ChainState(int(found["entries"]), str(found["head"]))
            if found.get("check") in {None, _check(state.entries, state.head)}:
                return state
    return None


def _check(entries: int, head: str) -> int:
    return zlib.crc32(f"{entries} {head}".encode())
