"""Work folders beside what is being made; those that a dead process left are found and removed."""

from __future__ import annotations

import errno
import json
import secrets
import shutil
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.ports.storage import Lease
    from app.services.signed_in import SignedIn

_PREFIX = ".sandglass-"


class Scratch:
    """Private folders for half-made documents, which hold personal data in clear.

    ``records`` is a folder of this machine that says where they are: one file for each place that
    is taken, with a lease that ends with its process. So a place that is free and still has its
    record is what a crash left.
    """

    def __init__(self, here: SignedIn, *, records: Path) -> None:
        self._here = here
        self._records = records

    @contextmanager
    def beside(self, target: Path) -> Iterator[Path]:
        """Yield a new folder on the file system of ``target``; it goes in the end. ``OSError``."""
        self.sweep()
        place, lease = self._take_place()
        record = self._record(place)
        work = target.parent.absolute() / f"{_PREFIX}{secrets.token_hex(6)}"
        try:
            self._records.mkdir(mode=0o700, parents=True, exist_ok=True)
            record.write_text(json.dumps({"folder": str(work)}), encoding="utf-8")
            work.parent.mkdir(parents=True, exist_ok=True)
            work.mkdir(mode=0o700)
            yield work
        finally:
            _remove(work, record)
            lease.release()

    def sweep(self) -> None:
        """Remove what processes of this workspace left on this machine when they died."""
        for record in sorted(self._records.glob(f"{self._here.workspace_id}-*.json")):
            lease = self._here.workspace.lease(_lease_name(record.stem.rpartition("-")[2]))
            if lease is None:
                continue
            try:
                _remove(_folder_in(record), record)
            finally:
                lease.release()

    def _take_place(self) -> tuple[int, Lease]:
        for place in count(1):
            if lease := self._here.workspace.lease(_lease_name(place)):
                return place, lease
        raise AssertionError("numbers do not end")

    def _record(self, place: int) -> Path:
        return self._records / f"{self._here.workspace_id}-{place}.json"


@contextmanager
def exporting() -> Iterator[None]:
    """Say it in our words when a document cannot be written: export.disk_full, export.failed."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            raise StorageError("export.disk_full") from None
        raise StorageError("export.failed", what=error.strerror or "") from None


def _lease_name(place: int | str) -> str:
    return f"work folder {place}"


def _folder_in(record: Path) -> Path | None:
    """Return the folder that a record names, if it is one of ours."""
    try:
        folder = Path(json.loads(record.read_bytes())["folder"])
    except (OSError, ValueError, TypeError, KeyError):
        return None
    is_ours = folder.is_absolute() and folder.name.startswith(_PREFIX)
    return folder if is_ours and not folder.is_symlink() else None


def _remove(work: Path | None, record: Path) -> None:
    """Remove a folder, then its record; what cannot be removed stays on record."""
    if work is not None:
        shutil.rmtree(work, ignore_errors=True)
        if work.exists():
            return
    with suppress(OSError):
        record.unlink(missing_ok=True)
