from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

import pytest

from app.security.whole_files import appearing, is_disk_full, reason

if TYPE_CHECKING:
    from pathlib import Path

    from tests.security.conftest import Start

both_ways = pytest.mark.parametrize("nameless", [True, False], ids=["nameless", "part"])


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@both_ways
def test_a_file_is_there_when_the_block_has_ended(tmp_path: Path, *, nameless: bool) -> None:
    target = tmp_path / "file"

    with appearing(target, nameless=nameless) as file:
        file.write(b"new")
        assert not target.exists()

    assert target.read_bytes() == b"new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert names(tmp_path) == ["file"]


@both_ways
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path, *, nameless: bool) -> None:
    target = tmp_path / "file"
    target.write_bytes(b"old")

    with pytest.raises(ZeroDivisionError), appearing(target, nameless=nameless) as file:
        file.write(b"%d" % (1 // 0))

    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


@both_ways
def test_a_target_that_cannot_be_replaced_leaves_nothing_behind(
    tmp_path: Path, *, nameless: bool
) -> None:
    target = tmp_path / "folder"
    (target / "kept").mkdir(parents=True)

    with pytest.raises(OSError, match="folder"), appearing(target, nameless=nameless) as file:
        file.write(b"new")

    assert names(tmp_path) == ["folder"]


KILLED = """
import sys
from pathlib import Path
from app.security.whole_files import appearing
with appearing(Path(sys.argv[1]), nameless=sys.argv[2] == "True") as file:
    file.write(bytes(1_000_000))
    file.flush()
    print("half way", flush=True)
    sys.stdin.readline()
"""


@both_ways
def test_a_killed_process_leaves_the_old_file(
    start: Start, tmp_path: Path, *, nameless: bool
) -> None:
    target = tmp_path / "file"
    target.write_bytes(b"old")
    process = start(KILLED, target, nameless)
    assert process.stdout.readline() == "half way\n"

    process.kill()
    process.wait(timeout=60)

    assert target.read_bytes() == b"old"


def has_nameless_files(folder: Path) -> bool:
    try:
        os.close(os.open(folder, os.O_TMPFILE | os.O_RDWR))
    except (AttributeError, OSError):
        return False
    return True


def test_a_killed_process_leaves_no_trace_where_files_can_be_nameless(
    start: Start, tmp_path: Path
) -> None:
    if not has_nameless_files(tmp_path):
        pytest.skip("this file system knows no nameless files")
    process = start(KILLED, tmp_path / "file", "True")
    assert process.stdout.readline() == "half way\n"

    process.kill()
    process.wait(timeout=60)

    assert names(tmp_path) == []


WRITER = """
import sys
from pathlib import Path
from app.security.whole_files import appearing
for _ in range(50):
    with appearing(Path(sys.argv[1]), nameless=sys.argv[3] == "True") as file:
        for _ in range(20):
            file.write(sys.argv[2].encode() * 10_000)
"""


@both_ways
def test_two_processes_that_write_the_same_file_never_mix(
    start: Start, tmp_path: Path, *, nameless: bool
) -> None:
    target = tmp_path / "file"
    target.write_bytes(b"a" * 200_000)
    processes = [start(WRITER, target, letter, nameless) for letter in "ab"]

    seen = set()
    while any(process.poll() is None for process in processes):
        seen.add(target.read_bytes())

    assert seen <= {b"a" * 200_000, b"b" * 200_000}
    assert [process.returncode for process in processes] == [0, 0]
    assert names(tmp_path) == ["file"]


def test_a_full_disk_is_told_from_other_failures_without_the_systems_text() -> None:
    full = OSError(errno.ENOSPC, "No space left on device", "/home/ana/secret")
    denied = OSError(errno.EACCES, "Permission denied", "/home/ana/secret")

    assert is_disk_full(full)
    assert not is_disk_full(denied)
    assert reason(denied) == "EACCES"
    assert reason(OSError("ana")) == "OSError"
