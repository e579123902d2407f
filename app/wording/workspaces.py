"""Workspaces as the window names them: where they are, what guards them, what a file cannot."""

from __future__ import annotations

import shlex
from pathlib import PurePath
from typing import TYPE_CHECKING

from app.domain.addresses import WorkspaceAddress
from app.domain.errors import AppError
from app.i18n import _, ngettext

if TYPE_CHECKING:
    from datetime import timedelta

_KILO = 1000
_UNITS = ("B", "kB", "MB", "GB", "TB")


def short_place(place: str) -> str:
    """Return a file's name, or ``database@host`` of an address."""
    if "://" not in place:
        return PurePath(place).name
    try:
        address = WorkspaceAddress.read(place)
    except AppError:
        return place
    return f"{address.database}@{address.host}"


def recent_in_words(title: str, place: str) -> str:
    """Return how a workspace is offered that was open before: a shared one with its place."""
    return f"{title}, {short_place(place)}" if "://" in place else title


def clock_in_words(ahead: timedelta) -> str:
    """Return by how much this machine's clock differs from the server's."""
    seconds = round(ahead.total_seconds())
    if abs(seconds) <= 1:
        return _("as the server's")
    n = abs(seconds)
    if seconds > 0:
        return ngettext(
            "{n} second ahead of the server's", "{n} seconds ahead of the server's", n
        ).format(n=f"{n:,}")
    return ngettext("{n} second behind the server's", "{n} seconds behind the server's", n).format(
        n=f"{n:,}"
    )


def size_in_words(size: int) -> str:
    """Return how large a file is: ``1.4 MB``."""
    amount, unit = float(size), _UNITS[0]
    for unit in _UNITS:  # noqa: B007 - the last one is wanted
        if amount < _KILO:
            break
        amount /= _KILO
    return f"{amount:.0f} {unit}" if unit == _UNITS[0] else f"{amount:.1f} {unit}"


def promises_of_a_file() -> tuple[str, ...]:
    """Return what a workspace in a file cannot keep, in plain words."""
    return (
        _(
            "Nobody approves her own request: here Sandglass sees to it, not the database. Whoever "
            "may write the file could write a decision into it; without the approver's key its "
            "signature would not hold, and checking the log says so."
        ),
        _(
            "The log cannot be rewritten quietly: here nothing refuses the rewriting. What was "
            "changed, inserted or taken out is found when the log is checked, and a cut end on "
            "every machine that saw more of it."
        ),
        _(
            "Each sees what is hers: whoever may read the file reads requests, notes and names in "
            "it. What was pulled stays encrypted, and sealed to those who work on it."
        ),
        _("Times cannot be made up: here they are this machine's, and as right as its clock."),
    )


def backup_in_words(*, is_shared: bool, with_commands: bool) -> str:
    """Return what a backup holds, and what nobody here can know of it."""
    parts = [
        _(
            "A backup holds what was pulled as ciphertext, its keys sealed to members, and "
            "everything else as it is: requests, names, the log. Members' own keys are not in it. "
            "One from before data was destroyed still holds their ciphertext and sealed keys: keep "
            "backups no longer than the data."
        )
    ]
    if is_shared:
        parts.append(
            _(
                "Whether and how often the server is backed up the workspace cannot know: ask who "
                "runs it."
            )
        )
    else:
        parts.append(
            _(
                "Do not copy the file by hand while it is open: “Copy to…” takes its last state as "
                "a whole."
            )
        )
    if with_commands:
        parts.append(_("These commands, run by a superuser, save the workspace and its logins."))
    return " ".join(parts)


def backup_commands(place: str) -> str:
    """Return what a DBA runs to back a shared workspace up."""
    address = WorkspaceAddress.read(place)
    where = f"--host={shlex.quote(address.host)} --port={address.port}"
    file = shlex.quote(f"{address.database}.dump")
    return (
        f"pg_dumpall {where} --roles-only --file=roles.sql\n"
        f"pg_dump {where} --format=custom --file={file} {shlex.quote(address.database)}"
    )
