"""What services need of the workspace database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date, datetime
    from pathlib import Path

    from app.domain.access import AccessCase, AccessRequest, Decision, Ending, Window
    from app.domain.airlock import AirlockRecord, SourceGrant
    from app.domain.audit import ChainState, Entry, Event, StoredEntry, Verified
    from app.domain.certificates import Issued, Revocation
    from app.domain.people import Member
    from app.domain.policy import Policy, Verdict
    from app.domain.pulls import Notice, NotReached, PulledCollection
    from app.domain.requests import Note, PauseRecord, Request, RequestDates
    from app.domain.responses import ChecklistLine, Letter, LetterKind, Package
    from app.domain.review import Flag, Mark
    from app.domain.verification import Verification
    from app.domain.workspace import Controller, DayOverride, SourceRecord, WorkspaceFacts
    from app.ports.servers import Flaw, ServerFacts, TurnHolder


@dataclass(frozen=True)
class RequestFilter:
    """Which requests, in what order, which part of them. Empty means any.

    ``text`` is searched in reference, subject's name, identities and notes. ``due_from`` and
    ``due_until`` are both within. ``order`` is a field name of ``Request``, ``due`` or ``subject``,
    with ``-`` before it for descending.
    """

    text: str = ""
    stages: tuple[str, ...] = ()
    rights: tuple[str, ...] = ()
    regimes: tuple[str, ...] = ()
    owner: str = ""
    is_open: bool | None = None
    due_from: date | None = None
    due_until: date | None = None
    is_paused: bool | None = None
    order: str = "-received_at"
    offset: int = 0
    limit: int = 200


@dataclass(frozen=True)
class Listed:
    """A request with when it is due."""

    request: Request
    dates: RequestDates


@dataclass(frozen=True)
class EntryFilter:
    """Which log entries; empty means any. Newest first for a page, oldest first for evidence.

    ``since`` is within, ``until`` is not; ``text`` is searched in the lines. ``source`` is the key
    of a source that an entry is about.
    """

    text: str = ""
    actors: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    request: str = ""
    source: str = ""
    since: datetime | None = None
    until: datetime | None = None
    newest_first: bool = True
    offset: int = 0
    limit: int = 200


@dataclass(frozen=True)
class Page[T]:
    """A part of a list, and how long the whole is."""

    rows: tuple[T, ...]
    total: int


class WorkspaceStore(Protocol):
    """The workspace's own facts."""

    def facts(self) -> WorkspaceFacts: ...
    def create(self, facts: WorkspaceFacts) -> None: ...
    def set_controller(self, controller: Controller) -> None: ...
    def set_policy(self, policy: Policy) -> None: ...
    def set_overrides(self, overrides: Iterable[DayOverride]) -> None: ...
    def next_number(self, counter: str) -> int:
        """Return 1, 2, 3 … for each ``counter``; never the same number twice."""
        ...

    def seal_authority(self, member: str, sealed: bytes) -> None:
        """Keep the authority's private key sealed to an administrator."""
        ...

    def sealed_authority(self, member: str) -> bytes | None: ...
    def drop_authority(self, member: str) -> None: ...
    def authority_holders(self) -> tuple[str, ...]:
        """Return to whom the authority's private key is sealed."""
        ...


class MemberStore(Protocol):
    """The members."""

    def add(self, member: Member) -> None: ...
    def get(self, member_id: str) -> Member:
        """Return the member; ``NotFoundError("member.not_found")``."""
        ...

    def all(self) -> tuple[Member, ...]:
        """Return every member ever, by name."""
        ...

    def replace(self, member: Member) -> None: ...
    def entered(self) -> Member | None:
        """Return whose login this is; None where it is no member's, or nobody logs in."""
        ...

    def set_login(self, member_id: str, login: str) -> None:
        """Let the member enter a shared workspace with a login of the server."""
        ...

    def login(self, member_id: str) -> str:
        """Return with which login a member enters a shared workspace, or the empty text."""
        ...

    def add_certificates(self, issued: Issued) -> None:
        """Keep a pair of certificates for ever."""
        ...

    def certificates(self, member_id: str) -> tuple[Issued, ...]:
        """Return every pair that a member ever had, oldest first."""
        ...

    def revoke(self, revocation: Revocation) -> None:
        """Record a revocation, once for each pair."""
        ...

    def revocations(self, member_id: str) -> tuple[Revocation, ...]:
        """Return the revocations of a member's certificates, oldest first."""
        ...


class RequestStore(Protocol):
    """Requests and what belongs to each."""

    def add(self, request: Request) -> None: ...
    def get(self, request_id: str) -> Request:
        """Return the request; ``NotFoundError("request.not_found")``."""
        ...

    def replace(self, request: Request) -> Request:
        """Write ``request`` if nobody else did since it was read, and return it with its new
        version; ``ConflictError("request.changed_meanwhile")`` otherwise. Pauses are written by
        their own verbs.
        """
        ...

    def find(self, which: RequestFilter) -> Page[Request]: ...
    def listed(self, which: RequestFilter) -> Page[Listed]:
        """Return requests as ``find`` does, with when they are due."""
        ...

    def count(self, which: RequestFilter) -> int: ...
    def count_closed(self, since: datetime, until: datetime) -> int:
        """Return how many were closed from ``since`` up to but not including ``until``."""
        ...

    def put_dates(self, request_id: str, dates: RequestDates) -> None:
        """Keep when a request is due; no change of the request itself."""
        ...

    def undated(self) -> tuple[Request, ...]:
        """Return open requests whose dates were never kept."""
        ...

    def known_by(self, values: Iterable[str]) -> tuple[Request, ...]:
        """Return requests whose subject has one of these identities, newest first."""
        ...

    def add_note(self, request_id: str, note: Note) -> None: ...
    def notes(self, request_id: str) -> tuple[Note, ...]: ...
    def put_pause(self, request_id: str, pause: PauseRecord) -> None:
        """Add a pause, or the answer to the one with the same number."""
        ...

    def add_verification(self, verification: Verification) -> None: ...
    def verifications(self, request_id: str) -> tuple[Verification, ...]: ...


class SourceStore(Protocol):
    """Sources and their maps."""

    def put(self, source: SourceRecord) -> None: ...
    def get(self, key: str) -> SourceRecord:
        """Return the source; ``NotFoundError("source.not_in_workspace")``."""
        ...

    def all(self) -> tuple[SourceRecord, ...]: ...


class AccessStore(Protocol):
    """Access requests and all that follows; rows are only ever added.

    ``ConflictError("access.already_decided" | "access.already_begun" | "access.already_ended")``
    when somebody was first. The tables themselves refuse a decision whose approver is the
    requester, whose scope is another one, or that is the person's second.
    """

    def add(self, asked: AccessRequest, verdict: Verdict) -> None: ...
    def get(self, access_request_id: str) -> AccessCase:
        """Return the case; ``NotFoundError("access.not_found")``."""
        ...

    def verdict(self, access_request_id: str) -> Verdict: ...
    def of_request(self, request_id: str) -> tuple[AccessCase, ...]:
        """Return the cases of a request, oldest first."""
        ...

    def undecided(self) -> tuple[AccessCase, ...]:
        """Return cases without decision or withdrawal, oldest first; some may have lapsed."""
        ...

    def decided(self) -> Iterator[AccessCase]:
        """Yield every case that has a decision, oldest first."""
        ...

    def unended(self) -> tuple[AccessCase, ...]:
        """Return cases whose window was opened and has no recorded end."""
        ...

    def by_session(self, session: str) -> AccessCase: ...
    def add_decision(self, decision: Decision) -> None: ...
    def add_withdrawal(self, access_request_id: str, ending: Ending) -> None: ...
    def add_revocation(self, access_request_id: str, ending: Ending) -> None: ...
    def add_window(self, access_request_id: str, window: Window) -> None: ...
    def end_window(self, window: Window) -> None:
        """Record the end of a window, once."""
        ...


class PullStore(Protocol):
    """What sessions read."""

    def start(self, pulled: PulledCollection) -> PulledCollection:
        """Add a collection that is being read and return it with its id."""
        ...

    def replace(self, pulled: PulledCollection) -> None: ...
    def of_request(self, request_id: str) -> tuple[PulledCollection, ...]:
        """Return all that was ever read for a request, oldest first."""
        ...

    def of_session(self, session: str) -> tuple[PulledCollection, ...]: ...
    def add_notices(self, notices: Iterable[Notice]) -> None: ...
    def notices(self, request_id: str) -> tuple[Notice, ...]: ...
    def settle(self, notice: Notice) -> None: ...
    def add_not_reached(self, session: str, items: Iterable[NotReached]) -> None: ...
    def not_reached(self, session: str) -> tuple[NotReached, ...]: ...


class AirlockStore(Protocol):
    """Airlocks of sources, their secrets sealed to members, and what was asked of them."""

    def put(self, record: AirlockRecord) -> None:
        """Add an airlock, or write what differs from what is known of it."""
        ...

    def find(self, source: str) -> AirlockRecord | None: ...
    def all(self) -> tuple[AirlockRecord, ...]: ...
    def remove(self, source: str) -> None:
        """Forget an airlock with its secrets and grants."""
        ...

    def put_secret(self, source: str, kind: str, member: str, sealed: bytes) -> None: ...
    def secret(self, source: str, kind: str, member: str) -> bytes | None: ...
    def drop_secret(self, source: str, kind: str, member: str) -> None: ...
    def follow_on(self, source: str, kind: str, following: str) -> None:
        """Put the secrets of the kind ``following`` in the place of those of ``kind``."""
        ...

    def holders(self) -> tuple[tuple[str, str, str], ...]:
        """Return (source, kind, member) of every sealed secret."""
        ...

    def put_grant(self, grant: SourceGrant) -> None: ...
    def grants(self, access_request: str) -> tuple[SourceGrant, ...]: ...
    def unclosed(self) -> tuple[SourceGrant, ...]:
        """Return the grants that were opened at their source and are not known to be closed."""
        ...


class VaultStore(Protocol):
    """Ciphertext only: chunks of rows, files, and the keys sealed to members."""

    def put_key(self, request_id: str, member: str, sealed: bytes) -> None: ...
    def sealed_key(self, request_id: str, member: str) -> bytes | None: ...
    def key_holders(self, request_id: str) -> tuple[str, ...]: ...
    def held_by(self, member: str) -> tuple[str, ...]:
        """Return the requests whose key is sealed to a member."""
        ...

    def drop_key(self, request_id: str, member: str) -> None: ...
    def await_key(self, request_id: str, member: str) -> None:
        """Forget what is sealed to a member's lost key, and not that a key was hers: somebody who
        holds it seals it to her anew.
        """
        ...

    def awaited_keys(self) -> tuple[tuple[str, str], ...]:
        """Return (request, member) of the keys that wait to be sealed anew."""
        ...

    def add_chunk(
        self, pulled: int, number: int, *, first_row: int, rows: int, sealed: bytes
    ) -> None: ...
    def chunks(self, pulled: int, *, from_row: int = 0) -> Iterator[tuple[int, int, int, bytes]]:
        """Yield (number, first row, rows, sealed) from the chunk that holds ``from_row`` on."""
        ...

    def put_file(
        self, request_id: str, name: str, sealed: bytes, *, bytes_: int, sha256: str
    ) -> None:
        """Keep a file of a request: the original message, a letter, evidence."""
        ...

    def file(self, request_id: str, name: str) -> bytes:
        """Return a sealed file; ``NotFoundError("vault.no_such_file")``."""
        ...

    def files(self, request_id: str) -> tuple[tuple[str, int, str], ...]:
        """Return (name, bytes, sha256) of every file of a request."""
        ...

    def destroy_keys(self, request_id: str) -> int: ...
    def destroy_data(self, request_id: str) -> int: ...


class ReviewStore(Protocol):
    """Flags and marks."""

    def add_flags(self, flags: Iterable[Flag]) -> None: ...
    def flags(
        self, pulled: int, *, from_row: int = 0, to_row: int | None = None
    ) -> tuple[Flag, ...]:
        """Return flags of rows from ``from_row`` up to but not including ``to_row``."""
        ...

    def flagged_rows(self, pulled: int) -> tuple[int, ...]:
        """Return the rows that have flags, in order."""
        ...

    def add_marks(self, marks: Iterable[Mark]) -> tuple[Mark, ...]:
        """Add marks and return them with their ids."""
        ...

    def undo(self, mark_id: int, *, by: str, at: datetime) -> Mark: ...
    def marks(
        self, request_id: str, *, pulled: int | None = None, span: tuple[int, int] | None = None
    ) -> tuple[Mark, ...]:
        """Return marks in the order in which they were made, undone ones too.

        ``span``: only those on rows from the first up to but not including the second, and those
        on every row.
        """
        ...

    def finish(self, request_id: str, *, by: str, at: datetime) -> None: ...
    def reopen(self, request_id: str) -> None: ...
    def finished(self, request_id: str) -> tuple[str, datetime] | None: ...


class ResponseStore(Protocol):
    """Letters, checklist, packages, reports."""

    def put_letter(self, letter: Letter) -> None: ...
    def letters(self, request_id: str) -> tuple[Letter, ...]: ...
    def last_letter(self, request_id: str, kind: LetterKind) -> Letter | None: ...
    def answer(self, request_id: str, line: ChecklistLine, *, at: datetime) -> None: ...
    def answers(self, request_id: str) -> tuple[ChecklistLine, ...]: ...
    def put_package(self, package: Package) -> None: ...
    def packages(self, request_id: str) -> tuple[Package, ...]: ...
    def add_report(
        self, report_id: str, *, request: str, sha256: str, head: str, by: str, at: datetime
    ) -> None: ...


class DrawerStore(Protocol):
    """Each member's own small things, sealed to her."""

    def put(self, member: str, key: str, sealed: bytes, *, at: datetime) -> None: ...
    def get(self, member: str, key: str) -> bytes | None: ...
    def all(self, member: str, prefix: str) -> tuple[tuple[str, bytes], ...]:
        """Return (key, sealed) of everything whose key begins with ``prefix``, by key."""
        ...

    def drop(self, member: str, key: str) -> None: ...


class Log(Protocol):
    """The audit record."""

    def append(self, event: Event, at: datetime) -> Entry:
        """Continue the chain with ``event``, inside the transaction of its unit of work."""
        ...

    def find(self, which: EntryFilter) -> Page[Entry]: ...
    def get(self, number: int) -> Entry | None: ...
    def stored(self, *, after: int = 0, request: str = "") -> Iterator[StoredEntry]:
        """Yield entries as stored, in order, streamed."""
        ...

    def head(self) -> tuple[int, str, datetime | None]:
        """Return number, hash and time of the last entry."""
        ...

    def checkpoint(self) -> ChainState | None:
        """Return the last head that this machine saw, kept outside the workspace, if any.

        Nobody verified it then; a log that does not hold it was cut or rewritten.
        """
        ...

    def verified(self) -> Verified | None:
        """Return how far this machine found the log sound, kept outside the workspace, if ever."""
        ...

    def remember_verified(self, verified: Verified) -> None:
        """Keep how far this machine found the log sound; nothing in the workspace changes."""
        ...

    def revoked(self) -> frozenset[str]:
        """Return the fingerprints of the encryption certificates that this machine ever saw taken
        back.
        """
        ...

    def remember_revoked(self, fingerprints: frozenset[str]) -> None:
        """Keep these, too; nothing in the workspace changes."""
        ...


class UnitOfWork(Protocol):
    """One use case's transaction, in its own thread. Without ``commit`` nothing stays."""

    workspace: WorkspaceStore
    members: MemberStore
    requests: RequestStore
    sources: SourceStore
    access: AccessStore
    airlocks: AirlockStore
    pulls: PullStore
    vault: VaultStore
    review: ReviewStore
    responses: ResponseStore
    drawer: DrawerStore
    log: Log

    def now(self) -> datetime:
        """Return the workspace's time, never earlier than the last entry of the log."""
        ...

    def clock_behind_seconds(self) -> int:
        """Return by how much the machine's clock is behind the last entry; 0 when it is not."""
        ...

    def record(self, event: Event) -> Entry:
        """Write an entry in this transaction, at ``now``."""
        ...

    def commit(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *_: object) -> None: ...


class Lease(Protocol):
    """Held as long as this process lives and wants it."""

    def release(self) -> None: ...


@dataclass(frozen=True)
class Condition:
    """Where a workspace is, right now. ``revision`` is that of its tables, ``size`` in bytes that
    of its file; a file has no ``server``. ``turn`` is who writes into it at this moment.
    """

    revision: str
    size: int = 0
    server: ServerFacts | None = None
    turn: TurnHolder | None = None


class Workspace(Protocol):
    """An open workspace database."""

    @property
    def place(self) -> str:
        """Where it is: a path or an address without a password."""
        ...

    @property
    def is_shared(self) -> bool: ...

    def write(self) -> UnitOfWork:
        """Open a unit of work that may change things (one writer at a time)."""
        ...

    def read(self) -> UnitOfWork:
        """Open a unit of work on one snapshot, for reading."""
        ...

    def changes(self) -> int:
        """Return a number that differs after anybody changed anything."""
        ...

    def wait_for_change(self, seen: int, *, seconds: float) -> int:
        """Return ``changes()`` as soon as it is not ``seen``, or after so many seconds as it is.

        It blocks; several threads may wait at once.
        """
        ...

    def lease(self, name: str) -> Lease | None:
        """Take the lease ``name``, or return None while a living process holds it."""
        ...

    def condition(self) -> Condition:
        """Look at where the workspace is now."""
        ...

    def end_turn(self) -> tuple[str, int] | None:
        """Cut off whoever has kept others from writing for some seconds; an administrator may.

        Return her login and for how many seconds, or None where nobody does, or in a file.
        ``NotAllowedError("workspace.turn_not_ours")``: only the server's DBA may.
        """
        ...

    def flaws(self) -> tuple[Flaw, ...]:
        """Compare the guard with this program's own, and the groups with the members; a file has
        none, and no flaws of it.
        """
        ...

    def close(self) -> None: ...


class Workspaces(Protocol):
    """Where workspaces are made and opened. Errors are ``StorageError``: workspace.exists,
    workspace.not_found, workspace.not_a_workspace, workspace.newer, workspace.locked,
    workspace.damaged, workspace.disk_full, workspace.not_writable.
    """

    def create(self, path: Path) -> Workspace:
        """Make an empty embedded workspace database, mode 0600, at the newest schema."""
        ...

    def inspect(self, path: Path) -> Workspace:
        """Open it for reading only, as it is, whatever its schema; nothing is written."""
        ...

    def open(self, path: Path, *, moving_to: str = "") -> Workspace:
        """Open it, upgrading an older schema after a copy was put aside.

        One that a dead program was moving opens only for who says where to:
        ``StorageError("workspace.moving")``.
        """
        ...

    def copy(self, path: Path, to: Path) -> None:
        """Copy the last committed state of an embedded workspace, whole or not at all, while
        others go on working in it.
        """
        ...
