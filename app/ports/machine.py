"""What services need of this machine's own memory, outside the workspaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


class Remembered(Protocol):
    """Small facts by key, for this account's eyes only. What cannot be read is not there."""

    def get(self, key: str) -> dict[str, str] | None: ...

    def all(self) -> dict[str, dict[str, str]]: ...

    def put(self, key: str, facts: Mapping[str, str]) -> None:
        """Keep ``facts``, whole or not at all; ``StorageError("machine.not_written")``."""
        ...

    def drop(self, key: str) -> None:
        """Keep them no longer; ``StorageError("machine.not_written")``."""
        ...
