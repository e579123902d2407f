"""The servers of a demo, looked at from outside: by the process table, as who runs it would."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import socket
import sqlite3
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pytest

from app.domain.errors import StorageError
from app.sources._made_servers import CompanyOnServers
from app.wording.errors import error_in_words
from tests.end_to_end.ground import PATIENCE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator


def need_servers() -> None:
    """Skip where the demo's servers cannot be started, with what the demo would say."""
    if not sys.platform.startswith("linux"):
        pytest.skip("looks at processes through /proc")
    try:
        CompanyOnServers().require()
    except StorageError as error:
        pytest.skip(error_in_words(error).text())


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder for temporary files that nobody else uses, and that root's servers may enter."""
    folder = Path(tempfile.mkdtemp(prefix="sandglass-test-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def ports_in(workspace: Path) -> list[int]:
    """Return the ports of the sources of a workspace that has them; none while there are none."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{workspace}?mode=ro", uri=True)) as reader:
            settings = reader.execute("SELECT settings FROM sources").fetchall()
    except sqlite3.Error:
        return []
    found = [json.loads(each) for (each,) in settings]
    return sorted(int(each["port"]) for each in found if "port" in each)


def processes_at(ports: list[int]) -> list[int]:
    """Return the processes that were started for these ports."""
    wanted = {f"--port={port}".encode() for port in ports}
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if wanted & set((each / "cmdline").read_bytes().split(b"\0")):
                found.append(int(each.name))
    return sorted(found)


def is_listening(port: int) -> bool:
    """Say whether somebody takes connections there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Watched:
    """Processes whose ends are waited for, though they are nobody's children here."""

    def __init__(self, numbers: list[int]) -> None:
        """Watch these, and whoever started them: the one who is to end them."""
        parents = {_parent_of(each) for each in numbers}
        self._stack = ExitStack()
        self._open = {os.pidfd_open(each): each for each in {*numbers, *parents}}
        for each in self._open:
            self._stack.callback(os.close, each)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def wait_until_gone(self) -> None:
        """Wait until every one has ended."""
        waiting = dict(self._open)
        while waiting:
            ended, _, _ = select.select(list(waiting), [], [], PATIENCE_SECONDS)
            assert ended, f"still there: {sorted(waiting.values())}"
            for each in ended:
                del waiting[each]


def _parent_of(number: int) -> int:
    after_name = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2]
    return int(after_name.split()[1])
