"""Members vouch for the log: an entry of their own with their signature on all that stands before.

Whoever rewrites the log from an entry on contradicts every signature that comes after it, and has
no key to make another.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from app.domain.audit import Action, Details, Event, checkpoint_bytes
from app.domain.errors import SecurityError
from app.ports.storage import EntryFilter
from app.services.signatures import check_signed_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.domain.audit import Entry
    from app.ports.security import Certificates
    from app.ports.storage import UnitOfWork
    from app.services.signed_in import SignedIn

_AT_ONCE = 1000
_SIGNED = EntryFilter(actions=(Action.LOG_SIGNED.value,), limit=_AT_ONCE)
_AFTER_MINUTES = 30


def sign_log(unit: UnitOfWork, here: SignedIn, *, about: str = "") -> None:
    """Sign the log as it is now, in the transaction of what has just been recorded.

    ``about`` is the decision, session or report that it was signed for.
    """
    entries, head, _at = unit.log.head()
    data = checkpoint_bytes(here.workspace_id, entries, head, by=here.member)
    signature = here.keys.sign(data).hex()
    details: Details = {"entries": entries, "signature": signature}
    unit.record(Event(Action.LOG_SIGNED, here.member, object=about, details=details))


class Checkpoints:
    """Signs what its member wrote and has not signed yet."""

    def __init__(self, here: SignedIn) -> None:
        self._here = here

    def sign_if_due(self) -> bool:
        """Sign when the first entry that is not signed is half an hour old; say whether it was."""
        with self._here.workspace.read() as unit:
            first = self._first_unsigned(unit)
            now = unit.now()
        if first is None or now - first.at < timedelta(minutes=_AFTER_MINUTES):
            return False
        return self.sign()

    def sign(self) -> bool:
        """Sign what is left at the end of the work; say whether anything was."""
        with self._here.workspace.write() as unit:
            if unit.members.get(self._here.member).left_at is not None:
                return False
            if self._first_unsigned(unit) is None:
                return False
            sign_log(unit, self._here)
            unit.commit()
        return True

    def _first_unsigned(self, unit: UnitOfWork) -> Entry | None:
        """Return the first entry of this member after her last signature."""
        mine = EntryFilter(actors=(self._here.member,), limit=1)
        signed = unit.log.find(replace(mine, actions=_SIGNED.actions)).rows
        if not signed:
            found = unit.log.find(replace(mine, newest_first=False)).rows
            return found[0] if found else None
        last = unit.log.find(mine).rows[0]
        if last.number == signed[0].number:
            return None
        since = replace(mine, newest_first=False, since=signed[0].at, limit=_AT_ONCE)
        later = (each for each in unit.log.find(since).rows if each.number > signed[0].number)
        return next(later, last)


def signed_for(unit: UnitOfWork) -> tuple[int | None, frozenset[str]]:
    """Return the number of the first signature on the log, and what signatures were made for."""
    first, about = None, set()
    for entry in _signatures(unit, after=0):
        first = entry.number
        about.add(str(entry.facts()["object"]))
    return first, frozenset(about)


def last_signed(unit: UnitOfWork) -> Entry | None:
    """Return the last entry that signs the log, if any does."""
    return next(_signatures(unit, after=0), None)


def first_wrong(unit: UnitOfWork, certificates: Certificates, *, after: int) -> int | None:
    """Return the number of the first signature on the log that does not hold, if any."""
    workspace = unit.workspace.facts().id
    wrong = None
    for entry in _signatures(unit, after=after):
        facts = entry.facts()
        details, member = facts["details"], str(facts["actor"])
        data = checkpoint_bytes(workspace, entry.number - 1, entry.previous, by=member)
        try:
            written = details["signature"] if isinstance(details, dict) else ""
            signature = bytes.fromhex(str(written))
            check_signed_by(unit, member, signature, data, at=entry.at, certificates=certificates)
        except (SecurityError, ValueError, KeyError):
            wrong = entry.number
    return wrong


def _signatures(unit: UnitOfWork, *, after: int) -> Iterator[Entry]:
    """Yield the entries that sign the log, newest first, down to ``after``."""
    which = _SIGNED
    while rows := unit.log.find(which).rows:
        for entry in rows:
            if entry.number <= after:
                return
            yield entry
        which = replace(which, offset=which.offset + _AT_ONCE)
