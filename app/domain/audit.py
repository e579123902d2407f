"""The log: entries, their canonical bytes, the chain, and what breaks it.

An entry's hash is SHA-256 over three netstrings (``length:bytes,``), one after the other: the
previous entry's hash (64 hex digits; 64 zeros before the first), the entry's number in decimal, and
the entry's line, which is canonical JSON (RFC 8785) in UTF-8. Lengths are in bytes, in decimal.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

_BEFORE_TIME = b'","at":"'
_TIME_BYTES = len("2026-11-20T09:00:00.000000Z")
_THOUSAND = 1000
_FIRST_NUMBERS = tuple(b",%d:%d," % (len(str(each)), each) for each in range(_THOUSAND))
_LAST_DIGITS = tuple(b"%03d," % each for each in range(_THOUSAND))
_SIZES = tuple(b"%d:" % each for each in range(2048))
NO_HASH = "0" * 64
"""What stands before the first entry."""

type Detail = str | int | bool | Sequence[Detail] | Mapping[str, Detail] | None

type Details = dict[str, Detail]


class Action(StrEnum):
    """What an entry records; the sentence for each is in ``app.wording.actions``."""

    WORKSPACE_CREATED = "workspace.created"
    WORKSPACE_CHANGED = "workspace.changed"
    WORKSPACE_MOVED = "workspace.moved"
    MEMBER_LOGIN = "member.login_given"
    WORKSPACE_UPGRADED = "workspace.upgraded"
    GUARD_INSTALLED = "guard.installed"
    MEMBER_JOINED = "member.joined"
    MEMBER_CHANGED = "member.changed"
    MEMBER_LEFT = "member.left"
    LOGIN_REPLACED = "login.replaced"
    TURN_ENDED = "turn.ended"
    KEYS_UNLOCKED = "keys.unlocked"
    KEYS_RELOCKED = "keys.relocked"
    KEYS_REPLACED = "keys.replaced"
    RECOVERY_PRINTED = "recovery.printed"
    SOURCE_ADDED = "source.added"
    SOURCE_CHANGED = "source.changed"
    SOURCE_CHECKED = "source.checked"
    SOURCE_TRIED = "source.tried"
    SOURCE_OPENED = "source.opened"
    SOURCE_CLOSED = "source.closed"
    AIRLOCK_INSTALLED = "airlock.installed"
    AIRLOCK_REMOVED = "airlock.removed"
    AIRLOCK_OUTDATED = "airlock.outdated"
    AIRLOCK_RENEWED = "airlock.renewed"
    POLICY_CHANGED = "policy.changed"
    CALENDAR_CHANGED = "calendar.changed"
    REQUEST_RECORDED = "request.recorded"
    REQUEST_CHANGED = "request.changed"
    REQUEST_MOVED = "request.moved"
    REQUEST_CLOSED = "request.closed"
    REQUEST_REOPENED = "request.reopened"
    NOTE_ADDED = "note.added"
    CLOCK_PAUSED = "clock.paused"
    CLOCK_RESUMED = "clock.resumed"
    CLOCK_EXTENDED = "clock.extended"
    IDENTITY_VERIFIED = "identity.verified"
    IDENTITY_NOT_VERIFIED = "identity.not_verified"
    POLICY_EVALUATED = "policy.evaluated"
    ACCESS_REQUESTED = "access.requested"
    ACCESS_WITHDRAWN = "access.withdrawn"
    ACCESS_GRANTED = "access.granted"
    ACCESS_DENIED = "access.denied"
    ACCESS_REVOKED = "access.revoked"
    SESSION_OPENED = "session.opened"
    SESSION_ENDED = "session.ended"
    DATA_READ = "data.read"
    DATA_REFUSED = "data.refused"
    PULL_INCOMPLETE = "pull.incomplete"
    PULL_COMPLETED = "pull.completed"
    REVIEW_REVEALED = "review.revealed"
    REVIEW_MARKED = "review.marked"
    REVIEW_UNDONE = "review.undone"
    REVIEW_FINISHED = "review.finished"
    NOTICE_SETTLED = "notice.settled"
    CHECKLIST_ANSWERED = "checklist.answered"
    LETTER_WRITTEN = "letter.written"
    LETTER_SENT = "letter.sent"
    LEAK_TESTED = "leak.tested"
    PACKAGE_MADE = "package.made"
    PACKAGE_RELEASED = "package.released"
    REPORT_MADE = "report.made"
    VAULT_SHARED = "vault.shared"
    VAULT_UNSHARED = "vault.unshared"
    LOG_SIGNED = "log.signed"
    DATA_DESTROYED = "data.destroyed"


@dataclass(frozen=True)
class Event:
    """What happened, before it has its place in the log. ``details`` never hold personal data."""

    action: Action
    actor: str
    request: str = ""
    object: str = ""
    details: Mapping[str, Detail] | None = None


@dataclass(frozen=True)
class Entry:
    """One line of the log, as stored: ``line`` is what is hashed."""

    number: int
    line: str
    previous: str
    hash: str

    @property
    def at(self) -> datetime:
        """When it was written, in UTC."""
        return datetime.fromisoformat(str(self.facts()["at"])).astimezone(UTC)

    def stored(self) -> StoredEntry:
        """Return the entry as stores and attachments hold it."""
        return self.number, self.line.encode(), self.previous.encode(), self.hash.encode()

    def facts(self) -> dict[str, object]:
        """Return the line as a mapping: action, actor, at, details, object, request."""
        facts: dict[str, object] = json.loads(self.line)
        return facts


def write_line(event: Event, at: datetime) -> str:
    """Return the canonical JSON line of ``event``.

    RFC 8785 for what entries may hold: ASCII keys, no floats, integers below 2^53.
    """
    _check(event.details or {})
    return json.dumps(
        {
            "action": event.action.value,
            "actor": event.actor,
            "at": at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "details": event.details or {},
            "object": event.object,
            "request": event.request,
        },
        ensure_ascii=False,
        separators=(",", ":"),
        sort_keys=True,
    )


def hash_entry(previous: str, number: int, line: bytes) -> str:
    """Return the hash of an entry as 64 hex digits."""
    return hashlib.sha256(
        b"64:%b,%d:%d,%d:%b," % (previous.encode(), len(str(number)), number, len(line), line)
    ).hexdigest()


def chain(entry_before: Entry | None, event: Event, at: datetime) -> Entry:
    """Return the entry that continues the log after ``entry_before`` (None: the first)."""
    if entry_before is None:
        return follow(0, NO_HASH, event, at)
    return follow(entry_before.number, entry_before.hash, event, at)


def follow(number: int, previous: str, event: Event, at: datetime) -> Entry:
    """Return the entry after the one with this number and hash."""
    line = write_line(event, at)
    return Entry(number + 1, line, previous, hash_entry(previous, number + 1, line.encode()))


def checkpoint_bytes(workspace: str, entries: int, head: str, *, by: str) -> bytes:
    """Return what a member signs who vouches for the log up to an entry: RFC 8785 JSON."""
    facts = {"by": by, "entries": entries, "head": head, "workspace": workspace}
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


@dataclass(frozen=True)
class ChainState:
    """How far a chain is sound; ``broken_at`` and ``fault`` (a code) name the first bad entry.

    ``at`` is when the last entry was written, as lines hold it, where it was looked at.
    """

    entries: int
    head: str
    broken_at: int | None = None
    fault: str = ""
    at: bytes = field(default=b"", compare=False)

    @property
    def is_sound(self) -> bool:
        """Whether nothing is missing or changed."""
        return self.broken_at is None


@dataclass(frozen=True)
class Verified:
    """How far a log was found sound, when, and when every entry was last looked at."""

    state: ChainState
    at: datetime
    whole_at: datetime


type StoredEntry = tuple[int, bytes, bytes, bytes]
"""Number, line, previous hash, hash, as a store or an attachment holds them: a million entries are
checked a tenth sooner without making texts of them (measured).
"""


def verify(stored: Iterable[StoredEntry], *, start: ChainState | None = None) -> ChainState:
    """Check entries in their stored order, going on from ``start``; stops at the first bad one."""
    start = start or ChainState(0, NO_HASH)
    number, head, latest = start.entries, start.head.encode(), start.at
    begin, ends = _numbers_like(number)
    # Of the last line: where its time begins and ends, and what all up to there stays below.
    place, until, beyond = 0, 0, b""
    sha256, join, sizes, many = hashlib.sha256, b"".join, _SIZES, len(_SIZES)
    # The hot loop of a million entries: ``hash_entry`` written out, with the numbers from tables.
    for found, line, before, claimed in stored:
        number += 1
        end = number % _THOUSAND
        if not end:
            begin, ends = _numbers_like(number)
        is_linked, fault = before == head, ""
        if found == number and is_linked:
            size = len(line)
            counted = sizes[size] if size < many else b"%d:" % size
            data = join((b"64:", head, begin, ends[end], counted, line, b","))
            if sha256(data).hexdigest().encode() == claimed:
                # Entries come in runs that begin alike; their times need not be looked for.
                if not latest <= (now := line[:until]) < beyond:
                    who, mark, rest = line.partition(_BEFORE_TIME)
                    at, now = rest[:_TIME_BYTES], who + mark + rest[:_TIME_BYTES]
                    fault = "back_in_time" if at < latest[place:] else ""
                    place, until, beyond = len(who + mark), len(now), who + mark + b":"
                if not fault:
                    head, latest = claimed, now
                    continue
        fault = fault or _fault(found, number, is_linked=is_linked)
        return ChainState(number - 1, head.decode(), number, fault)
    return ChainState(number, head.decode(), at=latest[place:])


def _numbers_like(number: int) -> tuple[bytes, Sequence[bytes]]:
    """Return how the netstrings of the numbers of a thousand begin, and by their last digits how
    they end.
    """
    if number < _THOUSAND:
        return b"", _FIRST_NUMBERS
    return b",%d:%d" % (len(str(number)), number // _THOUSAND), _LAST_DIGITS


def time_in(line: bytes) -> bytes:
    """Return when the entry of a line was written: the first key of that name is its own, for what
    texts hold is escaped.
    """
    return line.partition(_BEFORE_TIME)[2][:_TIME_BYTES]


def verify_extract(stored: Iterable[StoredEntry]) -> ChainState:
    """Check entries that are a part of a log, so that numbers may skip: each hash on its own, and
    each link between neighbours. ``entries`` counts what was sound.
    """
    count, head, last = 0, NO_HASH, 0
    for number, line, previous, claimed in stored:
        before = previous.decode("ascii", "replace")
        fault = ""
        if hash_entry(before, number, line).encode() != claimed:
            fault = "changed"
        elif number <= last:
            fault = "reordered"
        elif number == last + 1 and before != head:
            fault = "not_linked"
        if fault:
            return ChainState(count, head, number, fault)
        count, head, last = count + 1, claimed.decode(), number
    return ChainState(count, head)


def _fault(found: int, expected: int, *, is_linked: bool) -> str:
    if found > expected:
        return "missing"
    if found < expected:
        return "reordered"
    return "changed" if is_linked else "not_linked"


def _check(value: object) -> None:
    for each in _walk(value):
        if isinstance(each, float):
            raise TypeError("the log holds no floats: RFC 8785 and others write them differently")
        if isinstance(each, int) and abs(each) >= 1 << 53:
            raise TypeError("the log holds no integers beyond 2^53")


def _walk(value: object) -> Iterator[object]:
    yield value
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if not (isinstance(key, str) and key.isascii()):
                raise TypeError("keys of details are ASCII")
            yield from _walk(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _walk(inner)
