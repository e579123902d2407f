"""What a command is, and the terminal it talks to."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from app.bootstrap import App


@dataclass(frozen=True)
class Console:
    """Where a command reads and writes, and the wired application it works with."""

    app: App
    stdin_stream: TextIO = field(default_factory=lambda: sys.stdin)
    stdout: TextIO = field(default_factory=lambda: sys.stdout)
    stderr: TextIO = field(default_factory=lambda: sys.stderr)

    def out(self, text: str = "") -> None:
        """Write one line of result."""
        print(text, file=self.stdout)

    def err(self, text: str) -> None:
        """Write one line about a problem."""
        print(text, file=self.stderr)

    def json(self, value: object) -> None:
        """Write ``value`` as JSON that people can read too."""
        self.out(json.dumps(value, ensure_ascii=False, indent=2))

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
