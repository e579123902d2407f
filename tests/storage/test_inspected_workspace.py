"""A workspace's file that is only looked at: everything can be read, nothing changes."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.domain.audit import verify
from app.domain.errors import StorageError
from tests.builders import a_request, workspace_facts
from tests.contracts.workspace_ground import REQUEST, ROOT, told

if TYPE_CHECKING:
    from tests.storage.embedded import EmbeddedGround

SAVED = ROOT / "tests" / "data" / "workspace-0001.sqlite"


def folder_of(ground: EmbeddedGround) -> dict[str, bytes]:
    """Return every file beside the workspace; the index of a journal is but a cache."""
    files = (each for each in ground.path.parent.iterdir() if each.is_file())
    return {each.name: each.read_bytes() for each in files if not each.name.endswith("-shm")}


def requests_in(ground: EmbeddedGround, *ids: str) -> bool:
    """Look whether these requests are in the workspace, and its log is sound."""
    workspace = ground.workspaces.inspect(ground.path)
    try:
        with workspace.read() as unit:
            assert unit.workspace.facts() == workspace_facts()
            assert verify(unit.log.stored()).is_sound
            return all(unit.requests.get(each) == a_request(each) for each in ids)
    finally:
        workspace.close()


def test_looking_at_a_file_changes_nothing(settled: EmbeddedGround) -> None:
    settled.path.chmod(0o444)
    before = sorted(settled.path.parent.rglob("*"))
    bytes_before = folder_of(settled)
    assert requests_in(settled, REQUEST)
    assert sorted(settled.path.parent.rglob("*")) == before
    assert folder_of(settled) == bytes_before
    assert settled.path.stat().st_mode & 0o777 == 0o444


def test_what_others_have_just_committed_is_seen(settled: EmbeddedGround) -> None:
    with settled.elsewhere("leave_journal") as other:
        assert told(other) == "committed"
        before = folder_of(settled)
        assert requests_in(settled, REQUEST, "DSR-2026-9999")
        assert folder_of(settled) == before


@pytest.mark.parametrize("index", ["there", "gone"])
def test_what_a_crash_left_in_the_journal_is_seen_and_left_there(
    settled: EmbeddedGround, index: str
) -> None:
    with settled.elsewhere("leave_journal") as other:
        assert told(other) == "committed"
        other.kill()
        other.wait()
    if index == "gone":
        Path(f"{settled.path}-shm").unlink()
    before = folder_of(settled)
    assert requests_in(settled, REQUEST, "DSR-2026-9999")
    assert folder_of(settled) == before
    assert Path(f"{settled.path}-shm").exists() == (index == "there")


def test_an_older_file_is_read_as_it_is(ground: EmbeddedGround) -> None:
    shutil.copy(SAVED, ground.path)
    before = folder_of(ground)
    assert requests_in(ground, REQUEST)
    assert folder_of(ground) == before


def test_a_newer_file_is_read_as_far_as_we_know_it(settled: EmbeddedGround) -> None:
    settled.execute("UPDATE alembic_version SET version_num = '9999'")
    assert requests_in(settled, REQUEST)


def test_nothing_can_be_done_to_what_is_looked_at(settled: EmbeddedGround) -> None:
    workspace = settled.workspaces.inspect(settled.path)
    assert workspace.place == str(settled.path)
    assert workspace.changes() == workspace.changes()
    for ask in (workspace.write, lambda: workspace.lease("session")):
        with pytest.raises(StorageError, match=r"workspace\.not_writable"):
            ask()
    workspace.close()


def test_what_is_no_workspace_is_not_looked_at(ground: EmbeddedGround, tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("Dear Sir or Madam, " * 100)
    with pytest.raises(StorageError, match=r"workspace\.not_a_workspace"):
        ground.workspaces.inspect(text)
    with pytest.raises(StorageError, match=r"workspace\.not_found"):
        ground.workspaces.inspect(tmp_path / "missing")


def test_damage_is_said_to_be_damage(settled: EmbeddedGround) -> None:
    whole = settled.path.read_bytes()
    settled.path.write_bytes(whole[:8192])
    with pytest.raises(StorageError, match=r"workspace\.damaged"):
        requests_in(settled)
