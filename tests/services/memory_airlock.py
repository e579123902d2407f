"""The keys and logins of an airlock in memory: it checks what the source itself would check."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from app.domain.airlock import mac
from app.domain.errors import SourceError
from app.domain.renewal import KEYS, rekey_text
from app.ports.airlocks import AirlockType, GrantState, Installed
from app.ports.sources import Enforcement, SourceType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.airlock import AirlockRecord
    from app.domain.secrets import Secret
    from app.ports.sources import Cell, Settings

SOURCE = "store"
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def verifier(password: Secret) -> str:
    return hashlib.sha256(password.reveal().encode()).hexdigest()


@dataclass
class MemoryAirlock:
    """What the source knows."""

    verifiers: dict[str, str] = field(default_factory=dict)
    wanted: dict[str, str] = field(default_factory=dict)
    keys: dict[str, bytes] = field(default_factory=dict)
    map_hash: str = ""
    grants: tuple[GrantState, ...] = ()
    is_away: bool = False

    def install(self, record: AirlockRecord) -> None:
        self.verifiers = {
            "gatekeeper": record.gatekeeper_verifier,
            "watchman": record.watchman_verifier,
        }
        self.wanted = dict(record.keys)

    def type(self) -> SourceType:
        made = AirlockType(
            installer=cast("Any", None),
            gatekeeper=lambda _settings, _source, secret: MemoryKeeper(self, "gatekeeper", secret),
            watchman=lambda _settings, _source, secret: MemoryKeeper(self, "watchman", secret),
            session=cast("Any", None),
            verifier=verifier,
            identities=dict,
        )

        def connect(_settings: Settings, _secret: Secret | None) -> Any:
            raise AssertionError

        def decode(_type: str, cell: Cell) -> object:
            return cell

        return SourceType("memory", "Memory", (), Enforcement.NOBODY, connect, decode, airlock=made)


class MemoryKeeper:
    """A login; every call looks at its password again, as a connection does."""

    def __init__(self, airlock: MemoryAirlock, login: str, secret: Secret) -> None:
        self._airlock = airlock
        self._login = login
        self._secret = secret

    def _enter(self) -> MemoryAirlock:
        if self._airlock.is_away:
            raise SourceError("source.unreachable", host="h", port="1", error="")
        if self._airlock.verifiers.get(self._login) != verifier(self._secret):
            raise SourceError("source.login_refused", host="h", port="1", error="")
        return self._airlock

    def installed(self) -> Installed:
        airlock = self._enter()
        waits = tuple(sorted(airlock.wanted.keys() - airlock.keys.keys()))
        return Installed(
            1,
            airlock.map_hash,
            "",
            NOW,
            is_as_installed=True,
            keys=dict(airlock.wanted),
            waits_for=waits,
        )

    def now(self) -> datetime:
        self._enter()
        return NOW

    def set_key(self, kind: str, key: bytes) -> bool:
        airlock = self._enter()
        if airlock.wanted.get(kind) != hashlib.sha256(key).hexdigest():
            return False
        airlock.keys[kind] = key
        return True

    def set_password(self, verifier: str) -> None:
        self._enter().verifiers[self._login] = verifier

    def status(self) -> tuple[GrantState, ...]:
        return self._enter().grants

    def rekey(self, digests: Mapping[str, bytes], macs: Mapping[str, bytes]) -> None:
        airlock = self._enter()
        text = rekey_text(SOURCE, digests)
        for kind in KEYS:
            if kind not in airlock.keys or mac(airlock.keys[kind], text) != macs[kind]:
                raise SourceError("airlock.not_genuine")
        for kind in KEYS:
            airlock.wanted[kind] = digests[kind].hex()
            del airlock.keys[kind]
