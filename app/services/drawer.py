"""A member's own small things in the workspace: drafts, saved views, choices of columns."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

from app.domain.errors import InputError, SecurityError

if TYPE_CHECKING:
    from app.services.certified_sealing import CertifiedSealing
    from app.services.signed_in import SignedIn

_BYTES_AT_MOST = 1_000_000

type JsonValue = bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None


class Drawer:
    """Keeps things sealed to the member, so that nobody else reads a draft.

    What was sealed to keys that she lost is as if it were not there.

    It is unfinished work and leaves no entry in the log; what comes of it does. Keys hold no
    personal data.
    """

    def __init__(self, here: SignedIn, sealing: CertifiedSealing) -> None:
        self._here = here
        self._sealing = sealing

    def put(self, key: str, value: JsonValue) -> None:
        """Keep ``value``; ``InputError("drawer.too_large")`` beyond a megabyte."""
        plain = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
        if len(plain) > _BYTES_AT_MOST:
            raise InputError("drawer.too_large")
        with self._here.workspace.write() as unit:
            me = unit.members.get(self._here.member)
            sealed = self._sealing.seal(unit, plain, to=me, context=self._context(key))
            unit.drawer.put(self._here.member, key, sealed, at=unit.now())
            unit.commit()

    def get(self, key: str) -> JsonValue:
        """Return what was kept, or None."""
        with self._here.workspace.read() as unit:
            sealed = unit.drawer.get(self._here.member, key)
        try:
            return self._open(key, sealed) if sealed is not None else None
        except SecurityError:
            return None

    def all(self, prefix: str) -> dict[str, JsonValue]:
        """Return everything whose key begins with ``prefix``."""
        with self._here.workspace.read() as unit:
            found = unit.drawer.all(self._here.member, prefix)
        values: dict[str, JsonValue] = {}
        for key, sealed in found:
            with suppress(SecurityError):
                values[key] = self._open(key, sealed)
        return values

    def drop_unreadable(self) -> int:
        """Drop what was sealed to keys that are lost, and return how many things that were."""
        with self._here.workspace.read() as unit:
            found = dict(unit.drawer.all(self._here.member, ""))
        for key in self.all(""):
            del found[key]
        for key in found:
            self.drop(key)
        return len(found)

    def drop(self, key: str) -> None:
        """Keep it no longer."""
        with self._here.workspace.write() as unit:
            unit.drawer.drop(self._here.member, key)
            unit.commit()

    def _open(self, key: str, sealed: bytes) -> JsonValue:
        plain = self._here.keys.unseal(sealed, context=self._context(key))
        value: JsonValue = json.loads(plain.decode("utf-8", "surrogatepass"))
        return value

    def _context(self, key: str) -> str:
        return f"sandglass drawer {self._here.workspace_id} {self._here.member} {key}"
