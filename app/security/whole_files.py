"""Files that appear whole or not at all, readable by their owner alone."""

from __future__ import annotations

import errno
import os
import secrets
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_OPEN_FILES = Path("/proc/self/fd")


@contextmanager
def appearing(target: Path, *, nameless: bool = True) -> Iterator[BinaryIO]:
    """Yield a file that replaces ``target`` when the block ends well and leaves no trace otherwise.

    On Linux the file has no name until it is complete, so that a killed process leaves nothing
    either; elsewhere (and without ``nameless``) it can leave a hidden ``.part`` beside ``target``.
    ``OSError``.
    """
    part = _part_name(target)
    descriptor = _open_nameless(target.parent) if nameless else None
    has_name = descriptor is None
    try:
        with os.fdopen(_open_part(part) if descriptor is None else descriptor, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            if not has_name:
                _give_name(file.fileno(), part)
        part.replace(target)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def is_disk_full(error: OSError) -> bool:
    """Say whether ``error`` means that no more can be written here."""
    return error.errno in _FULL


def reason(error: OSError) -> str:
    """Return the error's symbol (``EACCES``): its text could hold a name."""
    return errno.errorcode.get(error.errno or 0, type(error).__name__)


def _part_name(target: Path) -> Path:
    return target.with_name(f".{secrets.token_hex(8)}.part")


def _open_nameless(folder: Path) -> int | None:
    """Return a file without a name, or None where the system has no such thing."""
    flag = getattr(os, "O_TMPFILE", None)
    if flag is None or not _OPEN_FILES.is_dir():
        return None
    try:
        return os.open(folder, flag | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno in {errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL}:
            return None
        raise


def _open_part(part: Path) -> int:
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    return os.open(part, flags | getattr(os, "O_CLOEXEC", 0), 0o600)


def _give_name(descriptor: int, part: Path) -> None:
    # Only linkat() follows /proc/self/fd, and Python calls it only when a folder is given.
    folder = os.open(part.parent, os.O_RDONLY)
    try:
        source = _OPEN_FILES / str(descriptor)
        os.link(source, part, src_dir_fd=folder, follow_symlinks=True)
    finally:
        os.close(folder)


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power cut, where folders can be synchronised."""
    with suppress(OSError):  # Windows cannot open folders
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
