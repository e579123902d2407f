"""Keeps servers for as long as whoever started it lives, and leaves nothing of them behind.

It runs as a process of its own, by its path: the plan comes as one line of JSON on standard input,
and the end of that input is the end of the servers, also when the other side was killed.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

FALLEN = "fallen"
"""The file in a server's home that says it did not start, or ended by itself."""
LOG = "log"
_PATIENCE_SECONDS = 10


class _Keeper:
    """Starts the servers side by side, and ends them."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self._plan = plan
        self._lock = threading.Lock()
        self._running: dict[int, tuple[subprocess.Popen[bytes], signal.Signals]] = {}
        self._is_over = False
        self._threads = [
            threading.Thread(target=self._keep, args=(each,), daemon=True)
            for each in plan["servers"]
        ]

    def start(self) -> None:
        for each in self._threads:
            each.start()

    def _keep(self, server: dict[str, Any]) -> None:
        try:
            self._serve(server, Path(server["home"]))
        finally:
            if not self._is_over:
                Path(server["home"], FALLEN).touch()

    def _serve(self, server: dict[str, Any], home: Path) -> None:
        end = signal.Signals[server["end"]]
        with (home / LOG).open("ab") as log:
            for step in server["steps"]:
                if self._run(step, home=home, log=log, end=signal.SIGKILL):
                    break
            else:
                self._run(server["line"], home=home, log=log, end=end)

    def _run(self, line: list[str], *, home: Path, log: Any, end: signal.Signals) -> int:  # noqa: ANN401 - a file
        with self._lock:
            if self._is_over:
                return -1
            process = subprocess.Popen(  # noqa: S603 - the program's own lines
                line,
                cwd=home,
                env={**os.environ, "TMPDIR": str(home)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # A group of its own: set-up programs are scripts that start others.
                start_new_session=True,
                **self._plan["user"],
            )
            self._running[process.pid] = (process, end)
        code = process.wait()
        with self._lock:
            del self._running[process.pid]
        return code

    def end(self) -> None:
        """End everything and remove every home."""
        with self._lock:
            self._is_over = True
            for process, how in self._running.values():
                _send(process, how)
        for each in self._threads:
            each.join(_PATIENCE_SECONDS)
        with self._lock:
            for process, _how in self._running.values():
                _send(process, signal.SIGKILL)
        shutil.rmtree(self._plan["home"], ignore_errors=True)


def _send(process: subprocess.Popen[bytes], how: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, how)


def main() -> None:
    """Keep what the plan says until the input ends."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    keeper = _Keeper(json.loads(sys.stdin.readline()))
    try:
        keeper.start()
        sys.stdin.read()
    finally:
        keeper.end()


if __name__ == "__main__":
    main()
