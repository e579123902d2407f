"""What services need of an airlock: its script, the verbs of its logins, and a way through it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, override, runtime_checkable

from app.domain.airlock import Entrance
from app.ports.sources import Enforcement, Reader, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from app.domain.airlock import Blueprint, Proof
    from app.domain.cautions import Caution
    from app.domain.plan import Key
    from app.domain.secrets import Secret
    from app.ports.sources import Capability, Settings


@dataclass(frozen=True)
class Verifiers:
    """What a script says of the secrets of an airlock without holding one.

    ``gatekeeper`` and ``watchman`` verify passwords; ``keys`` gives the SHA-256 of each key by its
    kind: ``officers``, ``approvers``, ``link:DATASET``.
    """

    gatekeeper: str
    watchman: str
    keys: Mapping[str, bytes]


@dataclass(frozen=True)
class ScriptPart:
    """One part of a script; ``key`` names its explanation."""

    key: str
    sql: str


@dataclass(frozen=True)
class Script:
    """What a DBA reads and runs. ``definition`` is the part that follows from the map.

    ``before`` and ``after`` make one transaction of a script that a DBA runs from a file.
    """

    parts: tuple[ScriptPart, ...]
    definition: str
    before: str = ""
    after: str = ""

    def text(self) -> str:
        """Return the whole script."""
        return "\n".join(part.sql.rstrip("\n") + "\n" for part in self.parts)

    def file_text(self) -> str:
        """Return the script as a DBA runs it with the server's own client."""
        return self.before + self.text() + self.after


@dataclass(frozen=True)
class Installed:
    """What a source says of its airlock. ``is_as_installed`` is false when somebody changed it.

    ``keys`` has the SHA-256 in hex that each key must have; ``waits_for`` the keys not set yet.
    """

    format: int
    map_sha256: str
    definition: str
    installed_at: datetime
    is_as_installed: bool
    keys: Mapping[str, str]
    waits_for: tuple[str, ...]
    is_standby: bool = False
    """Whether this is a copy that cannot be written to, so that nothing can be opened there."""
    has_fuse: bool = True
    """Whether the server closes by itself what is due, though every client be dead."""
    cautions: tuple[Caution, ...] = ()
    """What everybody may do there beside the airlock, and what may hide rows from it."""


@dataclass(frozen=True)
class GrantState:
    """Where a grant stands, as the source has it; times are the source's own.

    ``state``: ready (waits for ``begin``), open, closing (sessions or login not gone yet), closed.
    """

    grant: str
    reference: str
    state: str
    start_by: datetime
    deadline: datetime | None = None
    closed_at: datetime | None = None
    reason: str = ""
    gone_at: datetime | None = None
    ended_sessions: int = 0
    sessions: int = 0
    has_role: bool = False

    @property
    def overshoot_ms(self) -> int | None:
        """By how much the last session outlived the deadline; None while it is not gone."""
        if self.gone_at is None or self.deadline is None:
            return None
        return max(0, round((self.gone_at - self.deadline).total_seconds() * 1000))


class Watchman(Protocol):
    """The login that every member may use: it can close what is due, and sees no row.

    Every method of it and of ``Gatekeeper`` raises ``SourceError``.
    """

    def installed(self) -> Installed:
        """Return what is installed; ``airlock.not_installed`` when nothing is."""
        ...

    def now(self) -> datetime:
        """Return the source's own time, in UTC."""
        ...

    def set_key(self, kind: str, key: bytes) -> bool:
        """Hand over a key; False when the airlock was made for another one."""
        ...

    def set_password(self, verifier: str) -> None:
        """Replace this login's own password by the one that ``verifier`` verifies."""
        ...

    def status(self) -> tuple[GrantState, ...]:
        """Return the grants in the ledger, closed ones too."""
        ...

    def close(self, grant: str, *, token: str, reason: str) -> GrantState:
        """Close a grant with the token of its officer; repeatable."""
        ...

    def light(self, grant: str) -> None:
        """Light the fuse: a statement on the server that closes the grant at its deadline."""
        ...

    def sweep(self) -> None:
        """Close everything that is due."""
        ...


class Gatekeeper(Watchman, Protocol):
    """The login of approvers: it can open and close, and sees no row either.

    A source without functions of ours (``Entrance.DIRECT``) cannot check what it is handed, nor
    count for somebody who may not read: there this object checks what it can, and ``count`` is
    empty.
    """

    def open(self, asked: str, asked_mac: bytes, *, allowed: str, allowed_mac: bytes) -> datetime:
        """Open a grant, or find it open; return until when it must begin."""
        ...

    def count(self, asked: str, asked_mac: bytes) -> Mapping[str, int]:
        """Return how many rows each collection would give, without a value."""
        ...

    def end(self, grant: str, *, reason: str) -> GrantState:
        """Close any grant, now; repeatable."""
        ...

    def rekey(self, digests: Mapping[str, bytes], macs: Mapping[str, bytes]) -> None:
        """Let go of the officers' and the approvers' key, and wait for those with these SHA-256.

        ``macs`` are over ``rekey_text`` under the old ones. The new keys come by ``set_key``, each
        from who holds it: nobody has both.
        """
        ...


@dataclass(frozen=True)
class Attested:
    """Keys that lead into another source, as the source they come from wrote and signed them."""

    keys: tuple[Key, ...]
    text: str
    mac: bytes


@runtime_checkable
class AirlockReader(Reader, Protocol):
    """A reader through an airlock: the source itself decides what it gives."""

    def attest(self, origin: str) -> Attested:
        """Return the keys called ``origin`` that lead from here into another source."""
        ...

    def bring(self, text: str, mac: bytes | None) -> None:
        """Hand over keys of another source; what is read from now on sees them."""
        ...


class GrantedSource(Source, Protocol):
    """A source as one grant opens it; what reads it may or may not be an ``AirlockReader``."""

    def end(self, reason: str) -> Proof:
        """Close the grant, try its dead login, and say what is left; repeatable, never raises."""
        ...


class AirlockedSource(GrantedSource, Protocol):
    """A source as one grant opens it through its airlock."""

    @override
    def open(self, capability: Capability) -> AirlockReader: ...


@dataclass(frozen=True)
class SessionKeys:
    """What opens one grant: the officer's own password, the token that closes it, the watchman."""

    grant: str
    password: Secret
    token: str
    watchman: Secret


class Installer(Protocol):
    """A login of a DBA, given for this very moment."""

    def script(self, plan: Blueprint, *, map_sha256: str, verifiers: Verifiers) -> Script:
        """Return the script for the database as it is now; reads its schema, no row."""
        ...

    def run(self, script: str) -> None:
        """Run a script, whole or not at all."""
        ...

    def uninstall_script(self, source: str) -> str:
        """Return what takes the airlock away again."""
        ...


@dataclass(frozen=True)
class AirlockType:
    """How one kind of source is given an airlock, or a weaker way in.

    ``session`` returns the source as one grant opens it: with the login that the grant made.
    ``identities`` brings values of ``search_values`` to the form in which the views compare them.
    ``enforces`` says what the source itself keeps of a grant that enters like this.
    """

    installer: Callable[[Settings, str, Secret | None], Installer]
    gatekeeper: Callable[[Settings, str, Secret], Gatekeeper]
    watchman: Callable[[Settings, str, Secret], Watchman]
    session: Callable[[Settings, str, SessionKeys], GrantedSource]
    verifier: Callable[[Secret], str]
    identities: Callable[[Mapping[str, tuple[str, ...]]], Mapping[str, tuple[str, ...]]]
    entrance: str = Entrance.AIRLOCK.value
    enforces: Enforcement = Enforcement.SOURCE
