"""A source as one grant opens it: what is the same for every engine with an airlock."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING

from app.domain.airlock import Proof
from app.domain.errors import SourceError

if TYPE_CHECKING:
    from datetime import datetime

    from _typeshed import DataclassInstance

    from app.domain.datamap import SourceMap
    from app.ports.airlocks import AirlockReader, SessionKeys, Watchman
    from app.ports.sources import Capability, Difference
    from app.sources._airlock_script import Names
    from app.sources._window import Patience

_ENDED_LOOKS_LIKE = frozenset(
    {
        "airlock.not_open",
        "source.gone",
        "source.login_refused",
        "source.not_permitted",
        "source.refused",
        "source.unreachable",
    }
)
_TRIES = 3
_PAUSE_SECONDS = 0.2


class SessionSource[Place: DataclassInstance](ABC):
    """One grant's way into a database at an engine's own kind of address."""

    def __init__(
        self,
        address: Place,
        names: Names,
        keys: SessionKeys,
        *,
        source: str,
        patience: Patience,
    ) -> None:
        self._source = source
        self._keys = keys
        self._names = names
        self._patience = patience
        self._address = replace(address, user=names.session(keys.grant), secret=keys.password)
        watch = replace(address, user=names.watchman, secret=keys.watchman)
        self._watchman = self._keeper(watch)

    def now(self) -> datetime:
        """Return the server's own time, in UTC."""
        return self._watchman.now()

    def check(self, source_map: SourceMap) -> tuple[Difference, ...]:
        """Raise ``airlock.missing_view`` where the airlock does not know a collection; no row."""
        del source_map  # the airlock was made from it: the service compares the hashes
        return ()

    def open(self, capability: Capability) -> AirlockReader:
        """Begin, or go on; the deadline is the server's own."""
        try:
            theirs = self._begin() + time.monotonic()
            ours = capability.deadline
            capability = replace(capability, deadline=theirs if ours is None else min(ours, theirs))
            self._watchman.light(self._keys.grant)
            return self._reader(capability)
        except SourceError as error:
            failure = self._explain(error)
        raise failure

    def end(self, reason: str) -> Proof:
        """Close the grant, try its dead login, and say what is left."""
        failure = ""
        for attempt in range(_TRIES):
            if attempt:
                time.sleep(_PAUSE_SECONDS)
            try:
                state = self._watchman.close(
                    self._keys.grant, token=self._keys.token, reason=reason
                )
            except SourceError as error:
                failure = error.code
                continue
            if state.has_role or state.sessions:
                continue
            return Proof(
                self._source,
                refused=self._is_refused(),
                role_absent=not state.has_role,
                sessions=state.sessions,
                overshoot_ms=state.overshoot_ms,
            )
        return Proof(self._source, refused=self._is_refused(), failure=failure or "airlock.stuck")

    @abstractmethod
    def _keeper(self, address: Place) -> Watchman:
        """Return the watchman's login there."""

    @abstractmethod
    def _begin(self) -> float:
        """Begin, or find it begun; return the seconds that are left by the server's clock."""

    @abstractmethod
    def _reader(self, capability: Capability) -> AirlockReader:
        """Return a reader that logs in with the password of this grant."""

    @abstractmethod
    def _knock(self) -> None:
        """Log in with the password of this grant, and leave."""

    def _explain(self, failure: SourceError) -> SourceError:
        """Say whether the source ended this access: a login taken away is refused like a wrong one,
        and a session that was ended looks like a server that is gone.
        """
        if failure.code not in _ENDED_LOOKS_LIKE:
            return failure
        try:
            grants = self._watchman.status()
        except SourceError:
            return failure
        for each in grants:
            if each.grant == self._keys.grant and each.state in {"closing", "closed"}:
                reason = "expired" if each.reason == "expired" else "stopped"
                return SourceError("source.window_closed", reason=reason)
        return failure

    def _is_refused(self) -> bool:
        try:
            self._knock()
        except SourceError as error:
            return error.code == "source.login_refused"
        return False
