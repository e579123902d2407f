"""Another process that works at the same place, and can be watched, stopped and killed.

It is forked from a server that has loaded Sandglass already, which saves seconds for each of many.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from app.__main__ import main
from app.domain.errors import AppError, NotAllowedError
from app.domain.secrets import Secret
from app.ports.progress import QuietTask
from app.wording.errors import error_in_words
from tests.end_to_end.ground import PATIENCE_SECONDS, REQUEST, Place, Run

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from typing import Self

    from app.services.desk import Desk

SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(["tests.end_to_end.other_process", "app.bootstrap"])
PARTS = {"grant": "approver", "deny": "approver"}


class OtherProcess:
    """A process with its streams in files. Whoever leaves the ``with`` ends it, if it lives."""

    def __init__(self, work: Callable[..., int], *details: object) -> None:
        self._streams = tempfile.TemporaryDirectory(prefix="streams-")
        self._pipe, theirs = SERVER.Pipe()
        self._is_ready = False
        self._process = SERVER.Process(
            target=_run, args=(theirs, self._streams.name, work, details), daemon=True
        )
        self._process.start()
        theirs.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self._process.close()
        self._pipe.close()
        self._streams.cleanup()

    def go(self) -> None:
        """Give the word, once it is signed in."""
        self.wait_until_ready()
        self._pipe.send("go")

    def wait_until_ready(self) -> None:
        """Wait until it stands at the barrier."""
        if not self._is_ready:
            assert self._pipe.poll(PATIENCE_SECONDS), "the process is stuck"
            try:
                self._is_ready = self._pipe.recv() == "ready"
            except EOFError:
                raise AssertionError(self.finish()) from None

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Watch until ``condition`` holds; it must hold before the process ends."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            self._process.join(0.002)
            if self._process.exitcode is not None and not condition():
                raise AssertionError(self.finish())
            if time.monotonic() > give_up:
                raise AssertionError("the process is stuck")

    def tell(self, signal_number: signal.Signals) -> None:
        """Send a signal."""
        assert self._process.pid is not None
        os.kill(self._process.pid, signal_number)

    def kill(self) -> None:
        """End it as a power cut does."""
        self._process.kill()
        self._process.join()

    def finish(self) -> Run:
        """Wait for its end."""
        self._process.join(PATIENCE_SECONDS)
        code = self._process.exitcode
        if code is None:
            raise AssertionError("the process is stuck")
        out, err = (Path(self._streams.name, name).read_text("utf-8") for name in ("out", "err"))
        return Run(code, out, err)


def play(
    folder: Path,
    home: Path,
    *words: str,
    temporary: Path | None = None,
    most_bytes: int | None = None,
) -> OtherProcess:
    """Start ``sandglass demo``; with ``most_bytes`` no file can grow beyond it."""
    where = str(temporary) if temporary else None
    return OtherProcess(_play, str(folder), str(home), words, where, most_bytes)


def work(place: Place, what: str, *, most_bytes: int | None = None) -> OtherProcess:
    """Start somebody who signs in, waits for the word, and works."""
    return OtherProcess(_work, place.folder, what, most_bytes)


def _run(
    pipe: Connection, streams: str, work: Callable[..., int], details: tuple[object, ...]
) -> None:
    for number, name in enumerate(("out", "err"), 1):
        descriptor = os.open(Path(streams, name), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(descriptor, number)
    # Tests may be started with Ctrl+C ignored, as in the background; a terminal would not.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(work(pipe, *details))


def _play(
    _pipe: Connection,
    folder: str,
    home: str,
    words: tuple[str, ...],
    temporary: str | None,
    most_bytes: int | None,
) -> int:
    os.environ["SANDGLASS_HOME"] = home
    tempfile.tempdir = temporary
    sys.argv = ["sandglass", "demo", "--headless", "--out", folder, *words]
    _limit(most_bytes)
    return main()


def _work(pipe: Connection, folder: Path, what: str, most_bytes: int | None) -> int:
    """Do one thing; end as a command does, with the error's code on standard output."""

    def wait_for_the_word() -> None:
        pipe.send("ready")
        pipe.recv()
        _limit(most_bytes)

    place = Place(folder)
    try:
        _do(what, folder, place.desk(PARTS.get(what, "officer")), wait_for_the_word)
    except AppError as error:
        print(error.code)  # noqa: T201 - it is how this process speaks
        print(error_in_words(error).text(), file=sys.stderr)  # noqa: T201
        return 1
    finally:
        place.close()
    return 0


def _do(what: str, folder: Path, desk: Desk, wait_for_the_word: Callable[[], None]) -> None:
    with desk.here.workspace.read() as unit:
        asked = unit.access.of_request(REQUEST)[-1].asked
    wait_for_the_word()
    if what == "grant":
        desk.granting.grant(asked.id, seen_hash=asked.scope_hash, minutes=20)
    elif what == "deny":
        desk.granting.deny(asked.id, seen_hash=asked.scope_hash, note="Too wide.")
    elif what == "pull":
        task = QuietTask()
        signal.signal(signal.SIGINT, lambda *_: task.cancel())  # as commands do
        result = desk.pulling.run(asked.id, task)
        if not result.is_complete and result.failure is None:
            raise NotAllowedError("access.already_ended")
        if result.failure is not None:
            raise result.failure
    elif what == "package":
        desk.packages.make(
            REQUEST,
            folder=folder / "package",
            archive=folder / "package.zip",
            passphrase=Secret("made up for this test"),
            task=QuietTask(),
        )
    elif what == "report":
        desk.auditing.report(REQUEST, folder / "audit-report.pdf")


def _limit(most_bytes: int | None) -> None:
    if most_bytes is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
