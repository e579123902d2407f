"""Workspace files: who may read them, what is refused, what survives."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import traceback
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete

from app.domain.audit import verify
from app.domain.errors import ConflictError, NotAllowedError, StorageError
from app.ports.storage import RequestFilter
from app.storage.migrations import NEWEST
from app.storage.tables import log
from app.storage.workspaces import EmbeddedWorkspaces
from tests.builders import a_request, a_subject, an_event
from tests.contracts.workspace_access_contract import record_everything
from tests.contracts.workspace_ground import SetClock, settle_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.storage.embedded import EmbeddedGround

KEY = bytes(range(7, 247)) * 2


@pytest.fixture
def open_umask() -> Iterator[None]:
    """A process that would let everybody read its files."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def refused(ground: EmbeddedGround, path: Path) -> str:
    """Return the code with which opening ``path`` is refused."""
    with pytest.raises(StorageError) as caught:
        ground.workspaces.open(path)
    return caught.value.code


def everything_in(folder: Path) -> bytes:
    return b"".join(each.read_bytes() for each in folder.rglob("*") if each.is_file())


@pytest.mark.usefixtures("open_umask")
def test_only_the_owner_can_read_any_of_the_files(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "workspace"
    heads = tmp_path / "heads"
    workspace = EmbeddedWorkspaces(SetClock(), heads=heads).create(path)
    workspace.lease("session")
    with workspace.write() as unit:
        settle_in(unit)
        unit.record(an_event())
        unit.commit()
    for file in (path, Path(f"{path}-wal"), Path(f"{path}-shm"), *heads.iterdir()):
        assert mode(file) == 0o600
    leases = Path(f"{path}.leases")
    assert [mode(each) for each in leases.iterdir()] == [0o600]
    assert [mode(each) for each in (path.parent, leases, heads)] == [0o700] * 3
    workspace.close()


def test_a_file_that_others_can_read_is_taken_back(settled: EmbeddedGround) -> None:
    settled.path.chmod(0o644)
    settled.open().close()
    assert mode(settled.path) == 0o600


@pytest.mark.parametrize("what", ["workspace", "empty file", "folder", "dangling link"])
def test_a_workspace_is_not_made_where_something_is(
    ground: EmbeddedGround, tmp_path: Path, what: str
) -> None:
    path = tmp_path / "taken"
    if what == "workspace":
        shutil.copy(ground.path, path)
    elif what == "empty file":
        path.touch()
    elif what == "folder":
        path.mkdir()
    else:
        path.symlink_to(tmp_path / "nowhere")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(StorageError, match=r"workspace\.exists"):
        ground.workspaces.create(path)
    assert sorted(tmp_path.rglob("*")) == before


def test_names_with_odd_characters_are_only_names(ground: EmbeddedGround, tmp_path: Path) -> None:
    path = tmp_path / "a?mode=memory&cache=shared#x %41 é.db"
    ground.workspaces.create(path).close()
    ground.workspaces.open(path).close()
    assert path.stat().st_size > 0


def test_what_is_no_workspace_is_said_to_be_none(ground: EmbeddedGround, tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("Dear Sir or Madam, " * 100)
    empty = tmp_path / "empty"
    empty.touch()
    other = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(other)) as database:
        database.execute("CREATE TABLE alembic_version (version_num TEXT)")
        database.execute("INSERT INTO alembic_version VALUES ('0002')")
        database.commit()
    before = [each.read_bytes() for each in (text, empty, other)]
    for path in (text, empty, other, tmp_path):
        assert refused(ground, path) == "workspace.not_a_workspace"
    assert refused(ground, tmp_path / "missing") == "workspace.not_found"
    assert refused(ground, text / "below") == "workspace.not_found"
    assert not (tmp_path / "missing").exists()
    assert [each.read_bytes() for each in (text, empty, other)] == before


def test_a_cut_file_is_damaged(settled: EmbeddedGround) -> None:
    whole = settled.path.read_bytes()
    settled.path.write_bytes(whole[: len(whole) // 3])
    assert refused(settled, settled.path) == "workspace.damaged"


def test_an_overwritten_file_is_damaged(settled: EmbeddedGround) -> None:
    whole = settled.path.read_bytes()
    settled.path.write_bytes(whole[:4096] + b"\xa5" * (len(whole) - 4096))
    assert refused(settled, settled.path) == "workspace.damaged"


def test_damage_in_a_table_is_found_when_it_is_read(settled: EmbeddedGround) -> None:
    (page,) = settled.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'requests'")[0]
    with settled.path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xa5" * 4096)
    workspace = settled.open()
    with workspace.read() as unit, pytest.raises(StorageError, match=r"workspace\.damaged"):
        unit.requests.find(RequestFilter())
    with workspace.read() as unit:
        assert verify(unit.log.stored()).entries == 1
    workspace.close()


def test_a_file_of_a_newer_program_is_left_alone(settled: EmbeddedGround) -> None:
    settled.execute("UPDATE alembic_version SET version_num = '9999'")
    before = settled.path.read_bytes()
    with pytest.raises(StorageError) as caught:
        settled.open()
    assert caught.value.code == "workspace.newer"
    assert caught.value.values == {"found": "9999", "known": NEWEST}
    assert settled.path.read_bytes() == before


def test_a_newer_program_that_upgraded_the_file_meanwhile_is_noticed(
    settled: EmbeddedGround,
) -> None:
    workspace = settled.open()
    settled.execute("UPDATE alembic_version SET version_num = '9999'")
    for begin in (workspace.read, workspace.write):
        with pytest.raises(StorageError, match=r"workspace\.newer"):
            begin().__enter__()
    workspace.close()


def test_errors_hold_no_personal_data(settled: EmbeddedGround) -> None:
    workspace = settled.open()
    twice = a_request(subject=a_subject(name="Marie Curie-Skłodowska"))
    with workspace.write() as unit:
        with pytest.raises(ConflictError) as caught:
            unit.requests.add(twice)
        said = "".join(traceback.format_exception(caught.value)) + repr(caught.value.values)
    assert "Curie" not in said
    assert "INSERT" not in said
    workspace.close()


def test_destroyed_keys_are_gone_from_the_file(settled: EmbeddedGround) -> None:
    workspace = settled.open()
    with workspace.write() as unit:
        unit.vault.put_key("DSR-2026-0001", "olga", KEY)
        unit.vault.put_file("DSR-2026-0001", "letter", KEY, bytes_=1, sha256="")
        unit.commit()
    assert KEY in everything_in(settled.path.parent)
    with workspace.write() as unit:
        unit.vault.destroy_keys("DSR-2026-0001")
        unit.vault.destroy_data("DSR-2026-0001")
        unit.commit()
    assert KEY not in everything_in(settled.path.parent)
    workspace.close()


@pytest.mark.parametrize("table", ["decisions", "notes", "access_requests", "window_ends"])
def test_replacing_a_fact_with_a_shell_is_refused(settled: EmbeddedGround, table: str) -> None:
    workspace = settled.open()
    with workspace.write() as unit:
        record_everything(unit)
        unit.commit()
    with pytest.raises(sqlite3.IntegrityError):
        settled.execute(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")
    workspace.close()


def test_facts_that_are_only_added_say_so_to_the_program_too(settled: EmbeddedGround) -> None:
    workspace = settled.open()
    with workspace.write() as unit, pytest.raises(NotAllowedError, match=r"insert_only"):
        unit.log._run.run(delete(log))
    workspace.close()
