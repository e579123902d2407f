"""What this machine remembers besides log heads: authorities that it trusts, invitations."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from threading import get_ident
from typing import TYPE_CHECKING, override
from urllib.parse import quote, unquote

from app.domain.errors import StorageError
from app.ports.machine import Remembered

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_ENDING = ".json"


class RememberedFacts(Remembered):
    """One small file in ``folder`` for each key."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @override
    def get(self, key: str) -> dict[str, str] | None:
        try:
            found = json.loads(self._file(key).read_bytes())
            return {str(name): str(value) for name, value in found.items()}
        except (OSError, ValueError, AttributeError):
            return None

    @override
    def all(self) -> dict[str, dict[str, str]]:
        found = {}
        with suppress(OSError):
            for file in sorted(self._folder.glob(f"*{_ENDING}")):
                key = unquote(file.name.removesuffix(_ENDING))
                if (facts := self.get(key)) is not None:
                    found[key] = facts
        return found

    @override
    def put(self, key: str, facts: Mapping[str, str]) -> None:
        file = self._file(key)
        part = file.with_name(f"{file.name}.{os.getpid()}-{get_ident()}.part")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as out:
                out.write(json.dumps(dict(facts), indent=1))
                out.flush()
                os.fsync(out.fileno())
            part.replace(file)
        except OSError:
            with suppress(OSError):
                part.unlink()
            raise StorageError("machine.not_written", path=str(self._folder)) from None

    @override
    def drop(self, key: str) -> None:
        try:
            self._file(key).unlink(missing_ok=True)
        except OSError:
            raise StorageError("machine.not_written", path=str(self._folder)) from None

    def _file(self, key: str) -> Path:
        return self._folder / f"{quote(key, safe='')}{_ENDING}"
