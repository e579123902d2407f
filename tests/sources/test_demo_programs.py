"""What the demo finds of database servers, and what it says is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.domain.errors import StorageError
from app.sources._demo_programs import find_programs

if TYPE_CHECKING:
    from pathlib import Path

POSTGRESQL = ("usr/lib/postgresql/{}/bin/initdb", "usr/lib/postgresql/{}/bin/postgres")
MARIADB = ("usr/bin/mariadb-install-db", "usr/sbin/mariadbd")


def install(root: Path, *names: str) -> None:
    for name in names:
        program = root / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.touch(mode=0o755)


def test_the_newest_version_that_is_whole_is_taken(tmp_path: Path) -> None:
    install(tmp_path, *MARIADB)
    for version in ("9.6", "15", "17"):
        install(tmp_path, *(name.format(version) for name in POSTGRESQL))
    install(tmp_path, POSTGRESQL[0].format("18"))  # the client's package alone
    found = find_programs(tmp_path)
    assert found.postgres == tmp_path / "usr/lib/postgresql/17/bin/postgres"
    assert found.initdb.parent == found.postgres.parent
    assert found.mariadbd == tmp_path / "usr/sbin/mariadbd"


@pytest.mark.parametrize(
    ("installed", "code"),
    [
        ((), "demo.no_servers"),
        ((MARIADB[0],), "demo.no_servers"),
        (MARIADB, "demo.no_postgresql"),
        ((*MARIADB, POSTGRESQL[0].format("15")), "demo.no_postgresql"),
        (tuple(name.format("15") for name in POSTGRESQL), "demo.no_mariadb"),
        ((MARIADB[1], *(name.format("15") for name in POSTGRESQL)), "demo.no_mariadb"),
    ],
)
def test_what_is_missing_is_named(installed: tuple[str, ...], code: str, tmp_path: Path) -> None:
    install(tmp_path, *installed)
    with pytest.raises(StorageError) as caught:
        find_programs(tmp_path)
    assert caught.value.code == code
