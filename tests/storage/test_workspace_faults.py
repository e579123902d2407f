"""What survives: no room, no right to write, killed processes, files moved away."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.domain.errors import StorageError
from app.storage.workspaces import EmbeddedWorkspaces
from tests.builders import a_request, an_event
from tests.contracts.workspace_ground import told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.storage.embedded import EmbeddedGround


@pytest.fixture
def for_everybody() -> Iterator[Path]:
    """A folder that other users reach, unlike those that pytest makes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.mark.parametrize("read_only", ["file", "folder"])
def test_what_cannot_be_written_is_not_opened(
    settled: EmbeddedGround, for_everybody: Path, read_only: str
) -> None:
    path = settled.path = Path(shutil.copy(settled.path, for_everybody / "workspace"))
    path.chmod(0o444 if read_only == "file" else 0o666)
    for_everybody.chmod(0o777 if read_only == "file" else 0o555)
    with settled.elsewhere("open_as_somebody_else") as other:
        assert told(other) == "workspace.not_writable"
    for_everybody.chmod(0o755)


def test_a_workspace_is_not_made_where_nothing_can_be_written(
    ground: EmbeddedGround, for_everybody: Path
) -> None:
    for_everybody.chmod(0o555)
    ground.path = for_everybody / "workspace"
    with ground.elsewhere("create_as_somebody_else") as other:
        assert told(other) == "workspace.not_writable"
    for_everybody.chmod(0o755)
    assert list(for_everybody.iterdir()) == []


def test_a_full_disk_loses_nothing_that_was_committed(settled: EmbeddedGround) -> None:
    said = []
    with settled.elsewhere("fill_up", "3000000") as other:
        while (line := told(other)) != "workspace.disk_full":
            said.append(line)
            assert line
        assert other.wait() == 0
    assert said
    workspace = settled.open()
    with workspace.write() as unit:
        kept = {name for name, _, _ in unit.vault.files("DSR-2026-0001")}
        assert kept == set(said)
        assert len(unit.vault.file("DSR-2026-0001", said[-1])) == 400_000
        unit.record(an_event())
        unit.commit()
    workspace.close()
    assert settled.execute("PRAGMA integrity_check") == [("ok",)]


def test_no_room_for_a_new_workspace_leaves_nothing_behind(
    ground: EmbeddedGround, tmp_path: Path
) -> None:
    ground.path = tmp_path / "new" / "workspace"
    with ground.elsewhere("create_without_room") as other:
        assert told(other) == "workspace.disk_full"
    assert list(ground.path.parent.iterdir()) == []


def test_what_a_killed_process_committed_is_taken_from_the_journal(
    settled: EmbeddedGround,
) -> None:
    with settled.elsewhere("leave_journal") as other:
        assert told(other) == "committed"
        other.kill()
        other.wait()
    assert Path(f"{settled.path}-wal").stat().st_size > 0
    workspace = settled.open()
    with workspace.read() as unit:
        assert unit.requests.get("DSR-2026-9999") == a_request("DSR-2026-9999")
    workspace.close()


def test_who_waits_too_long_for_her_turn_is_told(settled: EmbeddedGround) -> None:
    impatient = EmbeddedWorkspaces(
        settled.clock, heads=settled.path.with_name("heads"), busy_seconds=0.05
    )
    first, second = impatient.open(settled.path), impatient.open(settled.path)
    with first.write() as unit:
        for workspace in (first, second):
            with pytest.raises(StorageError, match=r"workspace\.locked"):
                workspace.write().__enter__()
        with second.read() as reader:
            assert reader.log.head()[0] == 1
        unit.record(an_event())
        unit.commit()
    with second.write() as unit:
        assert unit.log.head()[0] == 2
    first.close()
    second.close()


def test_a_file_that_was_replaced_or_removed_is_not_written_any_more(
    settled: EmbeddedGround,
) -> None:
    workspace = settled.open()
    moved = settled.path.rename(settled.path.with_name("moved"))
    for ask in (workspace.write, workspace.read, workspace.changes):
        with pytest.raises(StorageError, match=r"workspace\.not_found"):
            ask()
    shutil.copy(moved, settled.path)
    with pytest.raises(StorageError, match=r"workspace\.replaced"):
        workspace.write()
    workspace.close()
    with pytest.raises(StorageError, match=r"workspace\.closed"):
        workspace.write()
