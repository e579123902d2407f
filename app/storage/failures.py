"""What the engine says when it refuses or fails, as our codes and without any values."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.domain.errors import AppError, ConflictError, InputError, NotAllowedError, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_KNOWN: dict[str, tuple[Callable[[str], AppError], str]] = {
    "access.already_begun": (ConflictError, "access.already_begun"),
    "access.already_decided": (ConflictError, "access.already_decided"),
    "access.already_ended": (ConflictError, "access.already_ended"),
    "access.already_revoked": (ConflictError, "access.already_revoked"),
    "access.already_withdrawn": (ConflictError, "access.already_withdrawn"),
    "access.exists": (ConflictError, "access.exists"),
    "approver_is_not_requester": (NotAllowedError, "access.own_request"),
    "denial_has_note": (InputError, "access.denial_needs_note"),
    "grant_has_start_by": (InputError, "access.start_by_passed"),
    "log.not_a_continuation": (ConflictError, "log.not_a_continuation"),
    "members.id": (ConflictError, "member.exists"),
    "note.exists": (ConflictError, "note.exists"),
    "only_a_grant_opens_a_window": (NotAllowedError, "access.not_granted"),
    "report.exists": (ConflictError, "report.exists"),
    "requests.id": (ConflictError, "request.exists"),
    "review.already_undone": (ConflictError, "review.already_undone"),
    "verification.exists": (ConflictError, "verification.exists"),
    "workspace.insert_only": (NotAllowedError, "workspace.insert_only"),
    "workspace.only_one": (ConflictError, "workspace.already_set_up"),
}
"""What the rules of the tables mean; the others become ``workspace.refused`` with their name."""

FOREIGN_KEY = "foreign_key"

_CODES = {
    sqlite3.SQLITE_BUSY: "workspace.locked",
    sqlite3.SQLITE_LOCKED: "workspace.locked",
    sqlite3.SQLITE_CORRUPT: "workspace.damaged",
    sqlite3.SQLITE_NOTADB: "workspace.damaged",
    sqlite3.SQLITE_FORMAT: "workspace.damaged",
    sqlite3.SQLITE_IOERR: "workspace.damaged",
    sqlite3.SQLITE_FULL: "workspace.disk_full",
    sqlite3.SQLITE_READONLY: "workspace.not_writable",
    sqlite3.SQLITE_CANTOPEN: "workspace.not_writable",
    sqlite3.SQLITE_PERM: "workspace.not_writable",
    sqlite3.SQLITE_AUTH: "workspace.not_writable",
    sqlite3.SQLITE_TOOBIG: "workspace.value_too_big",
}
# SQLite says "disk is full" for ENOSPC only; a quota or a limit on file size fails to write.
_NO_ROOM = {
    sqlite3.SQLITE_IOERR_WRITE,
    sqlite3.SQLITE_IOERR_FSYNC,
    sqlite3.SQLITE_IOERR_TRUNCATE,
    sqlite3.SQLITE_IOERR_SHMSIZE,
}


class RefusedError(StorageError):
    """A rule of the tables was broken; ``rule`` names it."""

    def __init__(self, rule: str) -> None:
        super().__init__("workspace.refused", rule=rule)
        self.rule = rule


@contextmanager
def translated() -> Iterator[None]:
    """Raise errors of engine and driver as ours, without what hangs on them: values, statements."""
    try:
        yield
    except StatementError as error:
        raise _translate(error.orig or error) from None
    except sqlite3.Error as error:
        raise _translate(error) from None
    except PoolTimeoutError:
        raise StorageError("workspace.locked", reason="another thread writes") from None


@contextmanager
def meaning(rules: Mapping[str, AppError]) -> Iterator[None]:
    """Say what it means here that one of ``rules`` was broken."""
    try:
        yield
    except RefusedError as error:
        if error.rule not in rules:
            raise
        raise rules[error.rule] from None


def _translate(error: BaseException) -> BaseException:
    code = getattr(error, "sqlite_errorcode", None)
    if not isinstance(error, sqlite3.Error) or code is None:
        return error
    if code & 0xFF == sqlite3.SQLITE_CONSTRAINT:
        return _refusal(_rule(error, code))
    if code in _NO_ROOM:
        return StorageError("workspace.disk_full")
    if code == sqlite3.SQLITE_ERROR:  # a bug of ours: SQL in its text, never a bound value
        return StorageError("workspace.failed", reason=str(error))
    return StorageError(_CODES.get(code & 0xFF, "workspace.failed"), reason=error.sqlite_errorname)


def _refusal(rule: str) -> AppError:
    if rule in _KNOWN:
        make, code = _KNOWN[rule]
        return make(code)
    return RefusedError(rule)


def _rule(error: sqlite3.Error, code: int) -> str:
    """Return the name of a constraint, a trigger's own words, or the first column of a key."""
    text = str(error)
    if code == sqlite3.SQLITE_CONSTRAINT_TRIGGER:
        return text
    if code == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
        return FOREIGN_KEY
    return text.partition(": ")[2].partition(",")[0]
