"""ZIP files that only the person can open."""

from __future__ import annotations

import hashlib
import lzma
import math
import os
import secrets
import shutil
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections import deque
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast, final

import pyzipper

from app.domain.errors import InputError, NotFoundError, SecurityError, StorageError
from app.domain.secrets import Secret
from app.security.whole_files import appearing, is_disk_full, reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

_OLDEST = (1980, 1, 1, 0, 0, 0)  # what ZIP can say
_PIECE = 2**20
_LARGEST_ENTRY = 2**30
_ENCRYPTED = 0x1
_UNIX = 3
_TURNS = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
_FILE_ATTRIBUTES = (stat.S_IFREG | 0o600) << 16

# No letter or digit that looks or sounds like another: no 0 o q d, 1 i l, 2 z, 5 s, 6 g, 8 b, m n,
# u v. Small letters, because a telephone types them without a shift key.
_LETTERS = "acefhjkmprtuwxy34679"
_GROUPS = 7
_GROUP_LETTERS = 3
PASSPHRASE_BITS = int(_GROUPS * _GROUP_LETTERS * math.log2(len(_LETTERS)))

_SUM_LABEL = b"sandglass-sha256:"
_SUM_DIGITS = 64
_SUM_BYTES = len(_SUM_LABEL) + _SUM_DIGITS

_BROKEN = (
    zipfile.BadZipFile,
    pyzipper.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    KeyError,
    IndexError,
    ValueError,
    OverflowError,
    OSError,
)


@final
class ZipArchives:
    """ZIP as everybody opens it: plain, or AES-256 as WinZip, 7-Zip, macOS and Linux tools read it.

    The names of the entries stay readable in both: the format has no way to hide them. All times
    are ``at`` (1980-01-01 unless given), so equal folders make equal plain archives.
    """

    def __init__(
        self, *, at: datetime | None = None, largest_entry_bytes: int = _LARGEST_ENTRY
    ) -> None:
        self._time = (at.year, at.month, at.day, at.hour, at.minute, at.second) if at else _OLDEST
        self._largest = largest_entry_bytes

    def write(self, folder: Path, out: Path, *, passphrase: Secret | None) -> None:
        """Pack the files of ``folder`` with its name as the root; whole or not at all.

        ``StorageError``: export.disk_full, and export.failed with a reason: ``link`` or ``special``
        (only files and folders are packed), ``name`` (one that is a trick on some system),
        ``inside`` (``out`` lies in ``folder``), else the system's symbol.
        """
        if passphrase is not None and not passphrase.reveal():
            raise InputError("export.passphrase_empty")
        root = folder.resolve()
        try:
            if out.resolve().is_relative_to(root):
                raise StorageError("export.failed", reason="inside")
            entries = _entries(root)
            with appearing(out) as file, _writer(file, passphrase) as archive:
                for name, path in entries:
                    self._add(archive, name, path=path)
                archive.comment = _SUM_LABEL + b"0" * _SUM_DIGITS
                archive.close()
                digest = _sum(file)
                file.seek(-_SUM_DIGITS, os.SEEK_END)
                file.write(digest)
        except OSError as error:
            if is_disk_full(error):
                raise StorageError("export.disk_full") from None
            raise StorageError("export.failed", reason=reason(error)) from None

    def names(self, archive: Path, *, passphrase: Secret | None) -> tuple[str, ...]:
        """Return the entries' names, once the passphrase has proved right.

        ``SecurityError``: archive.wrong_passphrase, archive.damaged (also for names that point
        outside or occur twice); ``StorageError("archive.unreadable")``.
        """
        with _reader(archive, passphrase) as opened:
            infos = _checked(opened)
            locked = [info for info in infos if info.flag_bits & _ENCRYPTED]
            if locked:
                smallest = min(locked, key=lambda info: info.compress_size)
                deque(_pieces(opened, smallest), maxlen=0)
            return tuple(info.filename for info in infos)

    def read(self, archive: Path, name: str, *, passphrase: Secret | None) -> bytes:
        """Return one entry's bytes.

        ``SecurityError`` as for ``names`` and archive.too_large;
        ``NotFoundError("archive.no_entry")``.
        """
        with _reader(archive, passphrase) as opened:
            for info in _checked(opened):
                if info.filename != name:
                    continue
                if info.file_size > self._largest:
                    raise SecurityError("archive.too_large", limit=self._largest)
                return b"".join(_pieces(opened, info))
        raise NotFoundError("archive.no_entry")

    def is_whole(self, archive: Path) -> bool:
        """Say whether not a byte changed since ``write``: the comment holds SHA-256 of the rest.

        It finds accidents and clumsy hands; whoever can compute a sum can forge it.
        """
        try:
            with archive.open("rb") as file:
                file.seek(-_SUM_BYTES, os.SEEK_END)
                comment = file.read()
                return comment.startswith(_SUM_LABEL) and comment.endswith(_sum(file))
        except OSError:
            return False

    def outside(self, archive: Path) -> tuple[int, bool]:
        """Return how many entries there are, and whether opening them takes a passphrase."""
        with _reader(archive, None) as opened:
            infos = _checked(opened)
            return len(infos), any(info.flag_bits & _ENCRYPTED for info in infos)

    def new_passphrase(self) -> Secret:
        """Return seven groups of three from 20 letters and digits: 90 bits, easy to read out."""
        groups = (
            "".join(secrets.choice(_LETTERS) for _ in range(_GROUP_LETTERS)) for _ in range(_GROUPS)
        )
        return Secret("-".join(groups))

    def _add(self, archive: zipfile.ZipFile, name: str, *, path: Path) -> None:
        kind = getattr(archive, "zipinfo_cls", zipfile.ZipInfo)  # pyzipper wants its own
        info: zipfile.ZipInfo = kind(name, self._time)
        info.create_system = _UNIX
        info.external_attr = _FILE_ATTRIBUTES
        info.compress_type = zipfile.ZIP_DEFLATED
        with path.open("rb") as source:
            info.file_size = path.stat().st_size  # decides about ZIP64
            with archive.open(info, "w") as target:
                shutil.copyfileobj(source, target, _PIECE)


def _sum(file: BinaryIO) -> bytes:
    """Return SHA-256, in hex, of an archive as if the digits of its sum were zeros."""
    digest = hashlib.sha256()
    left = file.seek(0, os.SEEK_END) - _SUM_DIGITS
    file.seek(0)
    while left and (piece := file.read(min(_PIECE, left))):
        digest.update(piece)
        left -= len(piece)
    digest.update(b"0" * _SUM_DIGITS)
    return digest.hexdigest().encode("ascii")


def _entries(root: Path) -> Sequence[tuple[str, Path]]:
    """Return (name, path) of every file, in the order of the names' bytes."""
    found: list[tuple[str, Path]] = []
    for path in (root, *_below(root)):
        name = (Path(root.name) / path.relative_to(root)).as_posix()
        if not _is_plain(name):
            raise StorageError("export.failed", reason="name")
        if path.is_symlink():
            raise StorageError("export.failed", reason="link")
        if path.is_file():
            found.append((name, path))
        elif not path.is_dir():
            raise StorageError("export.failed", reason="special")
    return sorted(found, key=lambda entry: entry[0].encode())


def _below(root: Path) -> Iterator[Path]:
    """Yield everything in ``root``; what cannot be listed is an error, never left out."""

    def fail(error: OSError) -> None:
        raise error

    for folder, folders, files in os.walk(root, onerror=fail):
        yield from (Path(folder) / name for name in (*folders, *files))


def _is_plain(name: str) -> bool:
    """Say whether ``name`` is, and looks like, the same harmless relative path on every system."""
    parts = name.removesuffix("/").split("/")
    if any(part in {"", ".", ".."} or part.endswith((" ", ".")) for part in parts):
        return False  # Windows drops the last two
    return not any(
        letter in '\\:*?"<>|'
        or unicodedata.category(letter) in {"Cc", "Cs"}
        or unicodedata.bidirectional(letter) in _TURNS
        for letter in name
    )


@contextmanager
def _writer(file: BinaryIO, passphrase: Secret | None) -> Iterator[zipfile.ZipFile]:
    if passphrase is None:
        archive = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED)
    else:
        archive = pyzipper.AESZipFile(
            file, "w", compression=zipfile.ZIP_DEFLATED, encryption=pyzipper.WZ_AES
        )
        archive.setpassword(_encoded(passphrase))
    try:
        yield archive
        archive.close()
    except BaseException:
        # After a failed write it can neither be closed nor collected without another error.
        archive.fp = None
        raise


@contextmanager
def _reader(path: Path, passphrase: Secret | None) -> Iterator[zipfile.ZipFile]:
    """Open an archive that may come from anywhere, and translate what can be wrong with it."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise StorageError("archive.unreadable", reason=reason(error)) from None
    try:
        with file, pyzipper.AESZipFile(file) as opened:
            if passphrase is not None:
                opened.setpassword(_encoded(passphrase))
            yield cast("zipfile.ZipFile", opened)
    except NotImplementedError:  # a way of packing that we do not write
        raise SecurityError("archive.damaged") from None
    except RuntimeError:  # how both libraries say "password"; the text holds the entry's name
        raise SecurityError("archive.wrong_passphrase") from None
    except _BROKEN:
        raise SecurityError("archive.damaged") from None


def _checked(opened: zipfile.ZipFile) -> Sequence[zipfile.ZipInfo]:
    infos = opened.infolist()
    names = [info.filename for info in infos]
    is_plain = len(set(names)) == len(names) and all(_is_plain(name) for name in names)
    # We write no comments: one that is there swallows the entries behind it.
    is_cut = 0 < len(opened.comment) < _SUM_BYTES
    if not is_plain or is_cut or any(info.comment for info in infos):
        raise SecurityError("archive.damaged")
    return infos


def _pieces(opened: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield an entry's bytes, and refuse it at the end unless they are as many as it claims.

    What the directory claims is not covered by the AES checksum, and the libraries cut there in
    silence: so one byte more is allowed, which never comes if the entry is whole.
    """
    claimed, info.file_size = info.file_size, info.file_size + 1
    size = 0
    with opened.open(info) as entry:
        while piece := entry.read(_PIECE):
            size += len(piece)
            yield piece
    if size != claimed:
        raise SecurityError("archive.damaged")


def _encoded(passphrase: Secret) -> bytes:
    return unicodedata.normalize("NFC", passphrase.reveal()).encode()
