"""Locks on files that the system frees when the process that holds them dies."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, override

from filelock import FileLock, Timeout

from app.domain.errors import StorageError
from app.ports.storage import Lease

if TYPE_CHECKING:
    from pathlib import Path


class FileLease(Lease):
    """A lock on a file that stays behind, empty."""

    def __init__(self, lock: FileLock) -> None:
        self._lock = lock

    @override
    def release(self) -> None:
        self._lock.release()


def take_lease(folder: Path, name: str) -> FileLease | None:
    """Take the lease ``name``, or return None while a living process, this one too, holds it.

    ``StorageError("workspace.not_writable")`` where ``folder`` cannot hold locks.
    """
    file = folder / f"{hashlib.sha256(name.encode()).hexdigest()[:40]}.lock"
    # Never the fallback to a file that merely exists: that one survives its process.
    lock = FileLock(
        file, timeout=0, mode=0o600, thread_local=False, is_singleton=False, fallback_to_soft=False
    )
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        lock.acquire()
    except Timeout:
        return None
    except OSError:
        raise StorageError("workspace.not_writable") from None
    return FileLease(lock)
