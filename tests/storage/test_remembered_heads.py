"""What this machine remembers of a log, outside the workspace."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from app.domain.audit import ChainState, verify
from app.ports.storage import EntryFilter
from app.storage.heads import RememberedHeads
from tests.builders import an_event

if TYPE_CHECKING:
    from pathlib import Path

    from tests.storage.embedded import EmbeddedGround


def cut_the_log(ground: EmbeddedGround, after: int) -> None:
    """Do what the file's owner can: drop the triggers and remove the tail."""
    ground.execute("DROP TRIGGER log_no_delete")
    ground.execute("DELETE FROM log WHERE number > ?", after)


def test_a_cut_log_contradicts_what_this_machine_remembers(settled: EmbeddedGround) -> None:
    workspace = settled.open()
    for _ in range(5):
        with workspace.write() as unit:
            last = unit.record(an_event())
            unit.commit()
    cut_the_log(settled, after=3)
    with workspace.read() as unit:
        seen = unit.log.checkpoint()
        assert seen is not None
        assert (seen.entries, seen.head) == (6, last.hash)
        assert verify(unit.log.stored()).entries == 3
    for _ in range(10):
        with workspace.write() as unit:
            unit.record(an_event(actor="somebody"))
            unit.commit()
    with workspace.read() as unit:
        assert unit.log.head()[0] == 13
        assert unit.log.checkpoint() == seen
        (sixth,) = unit.log.find(EntryFilter(newest_first=False, offset=5, limit=1)).rows
        assert sixth.hash != seen.head
    workspace.close()


@pytest.mark.parametrize(
    "memory",
    [
        "",
        "{}",
        "[]",
        '{"entries": "x", "head": 1}',
        "\xff",
        '{"entries": 7, "head": "half of one, half of another", "check": 1}',
    ],
)
def test_a_memory_that_cannot_be_read_is_none(settled: EmbeddedGround, memory: str) -> None:
    (file,) = settled.path.with_name("heads").iterdir()
    file.write_bytes(memory.encode("latin-1"))
    workspace = settled.open()
    with workspace.read() as unit:
        assert unit.log.checkpoint() is None
    with workspace.write() as unit:
        unit.record(an_event())
        unit.commit()
        seen = unit.log.checkpoint()
        assert seen is not None
        assert seen.entries == 2
    workspace.close()


def test_a_memory_that_cannot_be_written_does_not_undo_the_commit(
    settled: EmbeddedGround,
) -> None:
    heads = settled.path.with_name("heads")
    shutil.rmtree(heads)
    heads.write_text("in the way")
    workspace = settled.open()
    with workspace.write() as unit:
        unit.record(an_event())
        unit.commit()
    with workspace.read() as unit:
        assert unit.log.head()[0] == 2
        assert unit.log.checkpoint() is None
    workspace.close()


def test_a_memory_of_an_older_version_counts(tmp_path: Path) -> None:
    (tmp_path / "ws-1.json").write_text('{"workspace": "ws-1", "entries": 7, "head": "ab"}')
    heads = RememberedHeads(tmp_path)
    assert heads.last_seen("ws-1") == ChainState(7, "ab")
    for entries, head, seen in ((6, "cd", (7, "ab")), (8, "ef", (8, "ef"))):
        with heads.memory("ws-1") as memory:
            memory.keep(ChainState(entries, head))
        assert heads.last_seen("ws-1") == ChainState(*seen)
