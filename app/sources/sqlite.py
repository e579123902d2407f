"""SQLite files: Sandglass itself holds a reader to its fields and its deadline."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from app.domain.errors import InputError, SourceError
from app.domain.fields import FieldKind, FormField
from app.ports.sources import Enforcement, SourceType
from app.sources._differences import differences
from app.sources._sqlite_errors import guarded
from app.sources._sqlite_reader import SqliteReader, connect
from app.sources._sqlite_schema import find_tables, fits, names_in
from app.sources._window import Window

if TYPE_CHECKING:
    from app.domain.datamap import SourceMap
    from app.domain.secrets import Secret
    from app.ports.sources import Capability, Cell, Difference, Settings


class SqliteSource:
    """One file. Whoever may read the file may read all of it without us: the window says so."""

    def __init__(self, path: Path, *, patience_seconds: float = 5.0) -> None:
        self._path = path
        self._patience_seconds = patience_seconds

    def now(self) -> datetime:
        """Return the time of this machine, which is the only one that a file has, in UTC."""
        return datetime.now(UTC)

    def check(self, source_map: SourceMap) -> tuple[Difference, ...]:
        """Compare the file's schema with the map; reads no row."""
        self._require_file()
        work = partial(self._check, source_map)
        return guarded(work, path=self._path, window=Window(None))

    def open(self, capability: Capability) -> SqliteReader:
        """Open a reader that can do no more than ``capability`` says."""
        self._require_file()
        return SqliteReader(self._path, capability, patience_seconds=self._patience_seconds)

    def _check(self, source_map: SourceMap) -> tuple[Difference, ...]:
        connection = connect(
            self._path, window=Window(None), patience_seconds=self._patience_seconds
        )
        try:
            wanted = [collection.name for collection in source_map.collections]
            tables = find_tables(connection, wanted)
            mapped = {table.name for table in tables.values()}
            others = [name for name in names_in(connection) if name not in mapped]
        finally:
            connection.close()
        return differences(source_map, tables, others=others, fits=fits)

    def _require_file(self) -> None:
        try:
            if not self._path.exists():
                raise SourceError("source.not_found", path=str(self._path))
            if not self._path.is_file():
                raise SourceError("source.not_a_file", path=str(self._path))
            # Asked, not tried: closing a file drops this process's locks on it, SQLite's too.
            if not os.access(self._path, os.R_OK):
                raise SourceError("source.not_permitted", path=str(self._path), error="EACCES")
        except (OSError, ValueError) as error:
            failure = _unopened(error, self._path)
        else:
            return
        raise failure


def _unopened(error: OSError | ValueError, path: Path) -> SourceError:
    if isinstance(error, PermissionError):
        return SourceError("source.not_permitted", path=str(path), error=type(error).__name__)
    if isinstance(error, (FileNotFoundError, NotADirectoryError, ValueError)):
        return SourceError("source.not_found", path=str(path))
    return SourceError("source.unreadable", path=str(path), error=type(error).__name__)


def _connect(settings: Settings, _secret: Secret | None) -> SqliteSource:
    path = settings.get("path", "").strip()
    if not path:
        raise InputError("source.setting_missing", setting="path")
    return SqliteSource(Path(path).expanduser())


def _from_url(url: str) -> tuple[Settings, Secret | None]:
    """Read ``sqlite:///relative.db`` and ``sqlite:////absolute.db``, as SQLAlchemy writes them."""
    parts = urlsplit(url)
    path = unquote(parts.path)
    if parts.netloc or len(path) < len("/x"):
        raise InputError("source.url_unreadable", scheme=parts.scheme)
    return {"path": path.removeprefix("/")}, None


def _decode(_column_type: str, cell: Cell) -> object:
    """Return the cell: SQLite types values, not columns, so what is stored is what it is."""
    return cell


SOURCE = SourceType(
    key="sqlite",
    title="SQLite file",
    fields=(FormField("path", "Database file", kind=FieldKind.FILE),),
    enforcement=Enforcement.SANDGLASS,
    connect=_connect,
    decode=_decode,
    schemes=("sqlite",),
    from_url=_from_url,
)
