"""Which database servers are installed on this machine, and as whom they may run."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.domain.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT = Path("/")
_FOLDERS = (
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "usr/bin",
    "usr/sbin",
    "usr/libexec",
    "usr/local/sbin",
    "opt/homebrew/opt/postgresql*/bin",
    "opt/homebrew/opt/mariadb*/bin",
    "usr/local/opt/postgresql*/bin",
    "usr/local/opt/mariadb*/bin",
)
"""Where systems put servers, which are not on everybody's PATH."""


@dataclass(frozen=True)
class Programs:
    """The programs that make and run both servers."""

    initdb: Path
    postgres: Path
    install_db: Path
    mariadbd: Path


def find_programs(root: Path = _ROOT) -> Programs:
    """Return what is installed below ``root``, or on the PATH where that is the whole machine.

    ``StorageError``: demo.no_servers, demo.no_postgresql, demo.no_mariadb.
    """
    postgresql = next((each for each in _folders(root) if _has(each, "initdb", "postgres")), None)
    install_db, mariadbd = _find("mariadb-install-db", root), _find("mariadbd", root)
    if postgresql is None:
        has_mariadb = install_db is not None and mariadbd is not None
        raise StorageError("demo.no_postgresql" if has_mariadb else "demo.no_servers")
    if install_db is None or mariadbd is None:
        raise StorageError("demo.no_mariadb")
    return Programs(postgresql / "initdb", postgresql / "postgres", install_db, mariadbd)


def _folders(root: Path) -> Iterator[Path]:
    """Yield where programs may be: a system's own folders first, the newest version first."""
    for pattern in _FOLDERS:
        yield from sorted(root.glob(pattern), key=_version, reverse=True)
    if root == _ROOT:
        yield from map(Path, os.get_exec_path())


def _version(folder: Path) -> list[int]:
    return [int(each) for each in re.findall(r"\d+", str(folder))]


def _find(name: str, root: Path) -> Path | None:
    return next((each / name for each in _folders(root) if _has(each, name)), None)


def _has(folder: Path, *names: str) -> bool:
    return all(os.access(folder / each, os.X_OK) for each in names)


def whose_processes() -> dict[str, Any]:
    """Return as whom servers run, for ``subprocess``: they refuse to be root's.

    ``StorageError``: demo.no_other_user, demo.servers_not_here.
    """
    if os.name == "nt":
        raise StorageError("demo.servers_not_here")
    if os.geteuid() != 0:
        return {}
    import pwd  # noqa: PLC0415 - not on every system

    known = {each.pw_name: each for each in pwd.getpwall()}
    for name in ("postgres", "nobody"):
        if name in known:
            user, group = known[name].pw_uid, known[name].pw_gid
            return {"user": user, "group": group, "extra_groups": []}
    raise StorageError("demo.no_other_user")
