"""Key files in their folder, for their owner's eyes only."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, final

from filelock import FileLock, Timeout

from app.domain.errors import SecurityError, StorageError
from app.security.key_files import KeyFile, read_key_file
from app.security.whole_files import appearing, is_disk_full, reason

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LARGEST_FILE = 64 * 1024
_PATIENCE_SECONDS = 60  # somebody may be typing into the keyring's prompt
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")


@final
class FileStore:
    """Key files below one folder: ``<workspace>/<member>.keys``, for their owner's eyes only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, workspace: str, member: str) -> KeyFile | None:
        """Return the file, or None where there is none.

        ``SecurityError``: keys.damaged, keys.too_new; ``StorageError("keys.unreadable")``.
        """
        try:
            with self._path(workspace, member).open("rb") as file:
                data = file.read(_LARGEST_FILE)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StorageError("keys.unreadable", reason=reason(error)) from None
        key_file = read_key_file(data)
        if not key_file.is_of(workspace, member):
            raise SecurityError("keys.damaged")
        return key_file

    def write(self, workspace: str, member: str, *, data: bytes) -> None:
        """Put the file in its place, whole or not at all.

        ``StorageError``: keys.disk_full, keys.not_written.
        """
        with _written(), appearing(self._path(workspace, member)) as file:
            file.write(data)

    def delete(self, workspace: str, member: str) -> None:
        """Delete the file, if there is one; ``StorageError("keys.not_written")``."""
        with _written():
            self._path(workspace, member).unlink(missing_ok=True)

    @contextmanager
    def changing(self, workspace: str, member: str) -> Iterator[None]:
        """Keep other processes from changing the same file; makes the folder.

        ``StorageError``: keys.busy, keys.not_written.
        """
        path = self._path(workspace, member)
        with _written():
            for folder in (self._folder, path.parent):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                folder.chmod(0o700)
            lock = FileLock(path.with_suffix(".lock"), timeout=_PATIENCE_SECONDS, mode=0o600)
            lock.acquire()
        try:
            yield
        finally:
            lock.release()

    def _path(self, workspace: str, member: str) -> Path:
        if not all(_PLAIN_NAME.fullmatch(name) for name in (workspace, member)):
            raise SecurityError("keys.bad_name")  # it may come from an invitation
        return self._folder / workspace / f"{member}.keys"


@contextmanager
def _written() -> Iterator[None]:
    try:
        yield
    except Timeout:
        raise StorageError("keys.busy") from None
    except OSError as error:
        code = "keys.disk_full" if is_disk_full(error) else "keys.not_written"
        raise StorageError(code, reason=reason(error)) from None
