"""Fakes for ports: quick, honest about what they are asked, steered by the test."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self, override

from app.domain.errors import SecurityError, SourceError
from app.ports.security import Authority, CertificateFacts, PublicKeys, SignatureFacts
from app.ports.sources import Column, Enforcement, Rows, SourceType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from app.domain.datamap import SourceMap
    from app.domain.plan import Selection
    from app.domain.secrets import Secret
    from app.ports.security import UnlockedKeys
    from app.ports.sources import Batch, Capability, Cell, Difference, Row, Settings

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


class FakeClock:
    """Stands still until the test moves it; the monotonic clock moves with it and by itself."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now
        self._moved = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return time.monotonic() + self._moved

    def move(self, **by: float) -> None:
        """Move both clocks; a negative step moves only the wall clock, as a person does."""
        step = timedelta(**by)
        self._now += step
        if step > timedelta():
            self._moved += step.total_seconds()


class FakeKeys:
    """``UnlockedKeys`` that sign by HMAC and unseal what ``FakeSealing`` sealed."""

    def __init__(self, member: str, key: str = "") -> None:
        self._member, self._key = member, key or member

    @property
    def member(self) -> str:
        return self._member

    def sign(self, data: bytes) -> bytes:
        return _mac(self._key, data)

    def unseal(self, sealed: bytes, *, context: str) -> bytes:
        to, bound, secret = sealed.split(b"|", 2)
        if to.decode() != self._key or bound != _digest(context):
            raise SecurityError("seal.broken")
        return secret


class FakeMemberKeys:
    """``MemberKeys`` in memory, with the passphrase checked."""

    def __init__(self, _folder: object = None) -> None:
        self._passphrases: dict[tuple[str, str], Secret | None] = {}
        self._made: dict[tuple[str, str], int] = {}

    def keyring_usable(self) -> bool:
        return True

    def create(self, workspace: str, member: str, *, passphrase: Secret | None) -> PublicKeys:
        if (workspace, member) in self._passphrases:
            raise SecurityError("keys.already_here")
        self._passphrases[workspace, member] = passphrase
        self._made[workspace, member] = self._made.get((workspace, member), 0) + 1
        key = self._key(workspace, member).encode()
        return PublicKeys(key, key)

    def unlock(self, workspace: str, member: str, *, passphrase: Secret | None) -> FakeKeys:
        if (workspace, member) not in self._passphrases:
            raise SecurityError("keys.not_here")
        if self._passphrases[workspace, member] != passphrase:
            raise SecurityError("keys.wrong_passphrase")
        return FakeKeys(member, self._key(workspace, member))

    def _key(self, workspace: str, member: str) -> str:
        number = self._made[workspace, member]
        return member if number == 1 else f"{member} {number}"

    def relock(
        self, workspace: str, member: str, *, passphrase: Secret | None, new: Secret | None
    ) -> None:
        self.unlock(workspace, member, passphrase=passphrase)
        self._passphrases[workspace, member] = new

    def where(self, workspace: str, member: str) -> str:
        return "file" if (workspace, member) in self._passphrases else ""

    def forget(self, workspace: str, member: str) -> None:
        self._passphrases.pop((workspace, member), None)


class FakeCertificates:
    """``Certificates`` that are the key, the member's id, her roles, and a number."""

    def __init__(self) -> None:
        self._issued = 0

    def make_authority(self, workspace: str, title: str, *, at: datetime) -> Authority:
        del title, at
        return Authority(b"authority " + workspace.encode(), b"private")

    def issue(
        self,
        authority: Authority,
        keys: PublicKeys,
        *,
        member: str,
        name: str,
        email: str,
        roles: Sequence[str],
        at: datetime,
    ) -> tuple[bytes, bytes]:
        del authority, name, email, at
        self._issued += 1
        signing, encryption = (
            "|".join((key.decode(), member, ",".join(roles), str(self._issued))).encode()
            for key in (keys.signing, keys.encryption)
        )
        return signing, encryption

    def read(self, certificate: bytes) -> CertificateFacts:
        _key, member, roles, serial = certificate.decode().split("|")
        until, print_ = START + timedelta(days=365), self.fingerprint(certificate)
        had = tuple(roles.split(","))
        return CertificateFacts(member, member, "", had, serial, print_, START, until)

    def fingerprint(self, certificate: bytes) -> str:
        return hashlib.sha256(certificate).hexdigest().upper()

    def verify(
        self, signature: bytes, data: bytes, *, certificate: bytes, authority: bytes, at: datetime
    ) -> None:
        del authority, at
        if not hmac.compare_digest(signature, _mac(_key_in(certificate), data)):
            raise SecurityError("signature.wrong")

    def check_issued(self, certificate: bytes, *, authority: bytes) -> None:
        del authority
        if certificate.count(b"|") != 3:
            raise SecurityError("certificate.not_ours")

    def public_keys(self, signing: bytes, encryption: bytes) -> PublicKeys:
        return PublicKeys(_key_in(signing).encode(), _key_in(encryption).encode())

    def sign(self, authority: Authority, data: bytes) -> bytes:
        return _mac(authority.private.decode(), data)

    def check_signed(self, signature: bytes, data: bytes, *, authority: bytes) -> None:
        del authority
        if not hmac.compare_digest(signature, _mac("private", data)):
            raise SecurityError("signature.wrong")

    def shortened(self, authority: Authority) -> bytes:
        return authority.private.ljust(192, b"\0")

    def restored(self, certificate: bytes, short: bytes) -> Authority:
        if short.rstrip(b"\0") != b"private":
            raise SecurityError("recovery.other_workspace")
        return Authority(certificate, b"private")


class FakeSignatures:
    """``DocumentSignatures`` that write who signed behind the file; ``failure`` is of stamps."""

    def __init__(self) -> None:
        self.failure: SecurityError | None = None

    def stamper(self, address: str) -> str:
        if self.failure is not None:
            raise self.failure
        return f"stamps of {address}"

    def sign(
        self,
        path: Path,
        *,
        keys: UnlockedKeys,
        certificate: bytes,
        authority: bytes,
        at: datetime,
        stamps_from: str = "",
    ) -> None:
        del certificate, authority, at
        with path.open("ab") as file:
            file.write(f"% signed by {keys.member}, stamped by {stamps_from!r}\n".encode())

    def check(self, data: bytes) -> SignatureFacts:
        found = data.rpartition(b"% signed by ")[2].decode(errors="replace").partition(",")[0]
        return SignatureFacts(member=found, name=found, level="B-B")


class FakeSealing:
    """``Sealing`` without secrecy, with the context checked."""

    def new_key(self) -> bytes:
        return secrets.token_bytes(32)

    def seal(self, secret: bytes, *, to: bytes, context: str) -> bytes:
        return _key_in(to).encode() + b"|" + _digest(context) + b"|" + secret

    def encrypt(self, key: bytes, plain: bytes, *, context: str) -> bytes:
        return _mac(key.hex(), _digest(context)) + plain

    def decrypt(self, key: bytes, sealed: bytes, *, context: str) -> bytes:
        if sealed[:32] != _mac(key.hex(), _digest(context)):
            raise SecurityError("vault.damaged")
        return sealed[32:]


def _key_in(certificate: bytes) -> str:
    return certificate.decode().partition("|")[0]


def _mac(key: str, data: bytes) -> bytes:
    return hmac.digest(key.encode(), data, "sha256")


def _digest(context: str) -> bytes:
    return hashlib.sha256(context.encode()).hexdigest().encode()


@dataclass
class FakeTable:
    """Rows of one collection; ``before_batch`` is called with the number of each batch."""

    columns: tuple[str, ...]
    rows: list[Row]
    batch_rows: int = 2
    before_batch: Callable[[int], None] = lambda _number: None


@dataclass
class FakeSource:
    """``Source`` in memory. It keeps the deadline and ``stop`` as every source must."""

    tables: dict[str, FakeTable]
    differences: tuple[Difference, ...] = ()
    opened: list[FakeReader] = field(default_factory=list)
    monotonic: Callable[[], float] = time.monotonic

    def now(self) -> datetime:
        return START

    def check(self, source_map: SourceMap) -> tuple[Difference, ...]:
        del source_map
        return self.differences

    def open(self, capability: Capability) -> FakeReader:
        reader = FakeReader(self, capability)
        self.opened.append(reader)
        return reader


class FakeReader:
    """``Reader`` over ``FakeSource``."""

    def __init__(self, source: FakeSource, capability: Capability) -> None:
        self._source = source
        self._capability = capability
        self._stopped = threading.Event()
        self.closed = False
        self.asked: list[Selection] = []

    def read(self, selection: Selection, *, batch_rows: int = 1000) -> Rows:
        del batch_rows
        self._check()
        self.asked.append(selection)
        allowed = self._capability.disclosed.get(selection.collection, frozenset())
        if not set(selection.fields) <= allowed:
            raise SourceError("source.not_granted", collection=selection.collection, field="")
        table = self._source.tables[selection.collection]
        places = [table.columns.index(name) for name in selection.fields]
        columns = tuple(Column(name, "TEXT") for name in selection.fields)
        return Rows(columns, self._batches(table, places))

    def count_shared(
        self, selection: Selection, holder: Selection, *, pairs: tuple[tuple[str, str], ...]
    ) -> int:
        del selection, holder, pairs
        return 0

    def stop(self) -> None:
        self._stopped.set()

    def close(self) -> None:
        self.closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _batches(self, table: FakeTable, places: list[int]) -> Iterator[Batch]:
        for number, at in enumerate(range(0, len(table.rows), table.batch_rows)):
            table.before_batch(number)
            self._check()
            some = table.rows[at : at + table.batch_rows]
            yield [tuple(row[place] for place in places) for row in some]

    def _check(self) -> None:
        if self.closed or self._stopped.is_set():
            raise SourceError("source.window_closed", reason="stopped")
        deadline = self._capability.deadline
        if deadline is not None and self._source.monotonic() >= deadline:
            raise SourceError("source.window_closed", reason="expired")

    def wait_until_stopped(self) -> None:
        """Block as a slow query does, until somebody stops the reader."""
        assert self._stopped.wait(10)


def fake_source_type(
    sources: dict[str, FakeSource], *, enforcement: Enforcement = Enforcement.SANDGLASS
) -> SourceType:
    """Return a source type whose setting ``name`` chooses one of ``sources``."""

    def connect(settings: Settings, _secret: Secret | None) -> FakeSource:
        return sources[settings["name"]]

    def decode(_type: str, cell: Cell) -> object:
        return cell

    return SourceType("fake", "Fake", (), enforcement, connect, decode)


def no_window(built: object, /, *, demo: bool, on_servers: bool = False) -> int:
    """Stand for the window where a command must not open one."""
    raise AssertionError((built, demo, on_servers))


class RealClock(FakeClock):
    """This machine's time, for real servers that have the same."""

    @override
    def now(self) -> datetime:
        return datetime.now(UTC)

    @override
    def monotonic(self) -> float:
        return time.monotonic()


class FakePasswords:
    """``LoginPasswords`` in memory; a desktop without a keyring is not ``usable``."""

    def __init__(self, *, is_usable: bool = True) -> None:
        self.kept: dict[str, Secret] = {}
        self._is_usable = is_usable

    def usable(self) -> bool:
        return self._is_usable

    def get(self, address: str) -> Secret | None:
        return self.kept.get(address)

    def keep(self, address: str, password: Secret) -> None:
        self.kept[address] = password

    def forget(self, address: str) -> None:
        self.kept.pop(address, None)


class FakeMemory:
    """``Remembered`` that forgets with the test."""

    def __init__(self) -> None:
        self._facts: dict[str, dict[str, str]] = {}

    def get(self, key: str) -> dict[str, str] | None:
        return self._facts.get(key)

    def all(self) -> dict[str, dict[str, str]]:
        return dict(self._facts)

    def put(self, key: str, facts: Mapping[str, str]) -> None:
        self._facts[key] = dict(facts)

    def drop(self, key: str) -> None:
        self._facts.pop(key, None)
