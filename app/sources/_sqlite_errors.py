"""SQLite's errors as ours; what the driver says stays out, it quotes values."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from app.domain.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.sources._window import Window

_PRIMARY = 0xFF
_CODES = {
    sqlite3.SQLITE_BUSY: "source.locked",
    sqlite3.SQLITE_LOCKED: "source.locked",
    sqlite3.SQLITE_NOTADB: "source.corrupt",
    sqlite3.SQLITE_CORRUPT: "source.corrupt",
    sqlite3.SQLITE_PERM: "source.not_permitted",
    sqlite3.SQLITE_READONLY: "source.unrecovered",
    sqlite3.SQLITE_CANTOPEN: "source.unreadable",
    sqlite3.SQLITE_IOERR: "source.unreadable",
    sqlite3.SQLITE_FULL: "source.disk_full",
    sqlite3.SQLITE_AUTH: "source.not_granted",
}


def translated(error: sqlite3.Error, *, path: Path, window: Window) -> SourceError:
    """Return the error to raise for what the driver raised, without any of its text."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return SourceError("source.failed", path=str(path), error=type(error).__name__)
    if code & _PRIMARY == sqlite3.SQLITE_INTERRUPT:
        return window.error()
    name = str(getattr(error, "sqlite_errorname", "SQLITE_ERROR"))
    ours = _CODES.get(code & _PRIMARY, "source.failed")
    if ours == "source.not_granted":
        return SourceError(ours, collection="", field="")
    return SourceError(ours, path=str(path), error=name)


def guarded[T](work: Callable[[], T], *, path: Path, window: Window) -> T:
    """Return what ``work`` returns; what SQLite raises comes out as ours, without a context."""
    try:
        return work()
    except sqlite3.Error as error:
        failure = translated(error, path=path, window=window)
    raise failure
