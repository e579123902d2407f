"""What a command is, and the terminal it talks to."""

from __future__ import annotations

import json
import signal
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, TextIO

from app.ports.progress import QuietTask

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from app.bootstrap import App


class OpenWindow(Protocol):
    """Opens the window, returns its exit code once it is closed."""

    def __call__(self, build: Callable[[], App], /, *, demo: bool, on_servers: bool = False) -> int:
        """``demo``: begin with the made company, ``on_servers`` with databases started for it.

        The window is there before ``build`` ends.
        """
        ...


@dataclass(frozen=True)
class Console:
    """Where a command reads and writes, and the wired application it works with."""

    build: Callable[[], App]
    stdin_stream: TextIO = field(default_factory=lambda: sys.stdin)
    stdout: TextIO = field(default_factory=lambda: sys.stdout)
    stderr: TextIO = field(default_factory=lambda: sys.stderr)
    open_window: OpenWindow = field(kw_only=True)

    @cached_property
    def app(self) -> App:
        """The wired application, from the first time it is asked for."""
        return self.build()

    def out(self, text: str = "") -> None:
        """Write one line of result."""
        print(text, file=self.stdout)

    def err(self, text: str) -> None:
        """Write one line about a problem."""
        print(text, file=self.stderr)

    def json(self, value: object) -> None:
        """Write ``value`` as JSON that people can read too."""
        self.out(json.dumps(value, ensure_ascii=False, indent=2))

    @contextmanager
    def stoppable(self) -> Iterator[QuietTask]:
        """Give long work a task that Ctrl+C cancels, so that it ends where nothing is half done.

        A second Ctrl+C ends the process where it stands.
        """
        task = QuietTask()

        def stop(*_: object) -> None:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            task.cancel()

        before = signal.getsignal(signal.SIGINT)
        if before is signal.default_int_handler:
            signal.signal(signal.SIGINT, stop)
        try:
            yield task
        finally:
            if before is signal.default_int_handler:
                signal.signal(signal.SIGINT, before)

    def stdin(self) -> str:
        """Return all that comes in."""
        return self.stdin_stream.read()


@dataclass(frozen=True)
class Command:
    """One subcommand of ``sandglass``; ``run`` returns the exit code."""

    name: str
    help: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace, Console], int]
