"""What the engine says when it refuses or fails, as our codes and without any values."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.domain.errors import AppError, ConflictError, InputError, NotAllowedError, StorageError
from app.storage.tables.guards import TAKEN
from app.storage.tables.metadata import METADATA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_KNOWN: dict[str, tuple[Callable[[str], AppError], str]] = {
    "access.against_policy": (NotAllowedError, "access.against_policy"),
    "access.already_begun": (ConflictError, "access.already_begun"),
    "access.already_decided": (ConflictError, "access.already_decided"),
    "access.already_ended": (ConflictError, "access.already_ended"),
    "access.already_revoked": (ConflictError, "access.already_revoked"),
    "access.already_withdrawn": (ConflictError, "access.already_withdrawn"),
    "access.exists": (ConflictError, "access.exists"),
    "access.not_a_decider": (NotAllowedError, "access.not_a_decider"),
    "access.not_granted": (NotAllowedError, "access.not_granted"),
    "access.not_waiting": (NotAllowedError, "access.not_waiting"),
    "access.other_map": (ConflictError, "access.other_map"),
    "access.still_open": (NotAllowedError, "access.still_open"),
    "access.too_few_approvers": (NotAllowedError, "access.too_few_approvers"),
    "airlock.not_your_step": (NotAllowedError, "airlock.not_your_step"),
    "approver_is_not_requester": (NotAllowedError, "access.own_request"),
    "certificate.already_revoked": (ConflictError, "certificate.already_revoked"),
    "certificate.exists": (ConflictError, "certificate.exists"),
    "decision_is_needed": (ConflictError, "access.already_decided"),
    "denial_has_note": (InputError, "access.denial_needs_note"),
    "grant_has_start_by": (InputError, "access.start_by_passed"),
    "log.never_happened": (NotAllowedError, "log.never_happened"),
    "log.not_a_continuation": (ConflictError, "log.not_a_continuation"),
    "logins_member_key": (ConflictError, "member.has_login"),
    "logins_pkey": (ConflictError, "member.login_taken"),
    "member.login_unfit": (NotAllowedError, "member.login_unfit"),
    "member.not_certified": (NotAllowedError, "member.not_certified"),
    "member.own_roles": (NotAllowedError, "member.own_roles"),
    "members.id": (ConflictError, "member.exists"),
    "note.exists": (ConflictError, "note.exists"),
    "only_a_grant_opens_a_window": (NotAllowedError, "access.not_granted"),
    "report.exists": (ConflictError, "report.exists"),
    "request.access_asked": (NotAllowedError, "request.access_asked"),
    "requests.id": (ConflictError, "request.exists"),
    "review.already_undone": (ConflictError, "review.already_undone"),
    "scope.unreadable": (InputError, "scope.unreadable"),
    "source.map_differs": (InputError, "source.map_differs"),
    "verification.exists": (ConflictError, "verification.exists"),
    "workspace.insert_only": (NotAllowedError, "workspace.insert_only"),
    "workspace.not_now": (NotAllowedError, "workspace.not_now"),
    "workspace.not_recorded": (NotAllowedError, "workspace.not_recorded"),
    "workspace.not_you": (NotAllowedError, "workspace.not_you"),
    "workspace.turn_not_ours": (NotAllowedError, "workspace.turn_not_ours"),
    "workspace.unreadable": (InputError, "workspace.unreadable"),
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

_NOT_PERMITTED = "42501"
_STATES = {
    "": "workspace.gone",
    "22021": "text.not_storable",
    "22P05": "text.not_storable",
    "25006": "workspace.read_only",
    "25P03": "workspace.too_slow",
    "3F000": "workspace.not_a_workspace",
    "40001": "workspace.busy",
    "40P01": "workspace.busy",
    "42883": "workspace.not_a_workspace",
    "42P01": "workspace.not_a_workspace",
    "53100": "workspace.server_full",
    "53200": "workspace.server_full",
    "53300": "workspace.too_many_connections",
    "53400": "workspace.server_full",
    "54000": "workspace.value_too_big",
    "55P03": "workspace.busy",
    "57014": "workspace.too_slow",
    "57P03": "workspace.not_ready",
    "XX001": "workspace.server_damaged",
    "XX002": "workspace.server_damaged",
}
_CLASSES = {
    "08": "workspace.gone",
    "57": "workspace.gone",
    "58": "workspace.server_damaged",
}
"""What PostgreSQL says besides refusing: by its SQLSTATE, else by the class of it."""


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
    except PoolTimeoutError:
        raise StorageError("workspace.locked", reason="another thread writes") from None
    except Exception as error:
        found = _translate(error)
        if found is error:
            raise
        raise found from None


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
    if isinstance(error, sqlite3.Error):
        return _of_sqlite(error)
    if hasattr(error, "sqlstate") and hasattr(error, "diag"):  # psycopg's, which only engines know
        return _of_postgresql(error)
    return error


def _of_sqlite(error: sqlite3.Error) -> BaseException:
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return error
    if code & 0xFF == sqlite3.SQLITE_CONSTRAINT:
        return _refusal(_rule(error, code))
    if code in _NO_ROOM:
        return StorageError("workspace.disk_full")
    if code == sqlite3.SQLITE_ERROR:  # a bug of ours: SQL in its text, never a bound value
        return StorageError("workspace.failed", reason=str(error))
    return StorageError(_CODES.get(code & 0xFF, "workspace.failed"), reason=error.sqlite_errorname)


def _of_postgresql(error: Any) -> AppError:  # noqa: ANN401 - psycopg's, which only engines know
    state: str = error.sqlstate or ""
    if state in _REFUSED_AS:
        return _refusal(_REFUSED_AS[state](error.diag))
    if state == _NOT_PERMITTED:
        return NotAllowedError("workspace.not_permitted", table=error.diag.table_name or "")
    # Without a state it is libpq's own: the connection is gone, or never did what it should.
    code = _STATES.get(state) or _CLASSES.get(state[:2], "workspace.failed")
    if code == "text.not_storable":
        return InputError(code)
    return StorageError(code, reason=f"{state} {type(error).__name__}".strip())


def _second_of(diag: Any) -> str:  # noqa: ANN401 - psycopg's
    """Return the rule that a second row with the same key breaks."""
    known = METADATA.tables.get(diag.table_name or "")
    if known is None:
        return str(diag.constraint_name)
    if TAKEN in known.info:
        return str(known.info[TAKEN])
    return f"{known.name}.{next(iter(known.primary_key.columns)).name}"


_REFUSED_AS: dict[str, Callable[[Any], str]] = {
    "SG100": lambda diag: str(diag.message_primary),
    "23502": lambda diag: str(diag.column_name),
    "23503": lambda _diag: FOREIGN_KEY,
    "23505": _second_of,
    "23514": lambda diag: str(diag.constraint_name),
}
"""Which rule was broken, by SQLSTATE; the first is what the guard raises itself."""


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
