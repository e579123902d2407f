"""People at windows of their own: each an account with its own keyring, home and process."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tests.desktop import Desktop

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path


class Account:
    """Somebody at her window; each verb waits until it is done."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def press(self, *names: str) -> None:
        """Press buttons, or choose lines, one after the other."""
        for name in names:
            self._tell("press", name)

    def write(self, **texts: str) -> None:
        """Fill in inputs: ``Your_name="Nadia"``."""
        for name, text in texts.items():
            self._tell("write", name.replace("_", " "), text)

    def put(self, name: str, text: str) -> None:
        """Fill in one input, whatever it is called."""
        self._tell("write", name, text)

    def choose(self, name: str, option: str) -> None:
        self._tell("choose", name, option)

    def sees(self, name: str) -> bool:
        return bool(self._tell("sees", name))

    def wait_for(self, name: str) -> None:
        """Wait until something that is called ``name`` can be used."""
        self._tell("wait_for", name)

    def wait_to_read(self, text: str) -> None:
        """Wait until ``text`` stands somewhere in the window."""
        self._tell("wait_to_read", text)

    def texts(self) -> list[str]:
        return list(self._tell("texts"))

    def names(self) -> list[str]:
        """Return what everything is called that can be used now."""
        return list(self._tell("names"))

    def value(self, name: str) -> str:
        return str(self._tell("value", name))

    def review(self) -> None:
        """Decide what is to be decided, as in the demo."""
        self._tell("review")

    def respond(self, archive: Path) -> None:
        """Write the answer and make the package."""
        self._tell("respond", str(archive))

    def picture(self, file: Path) -> None:
        self._tell("picture", str(file))

    def _tell(self, *words: str) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{json.dumps(words)}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, self._process.communicate()[1][-4000:]
        answer = json.loads(line)
        assert "failed" not in answer, f"{words}: {answer['failed']}"
        return answer["value"]


@contextmanager
def account(folder: Path) -> Iterator[Account]:
    """Open the window of an account of this machine."""
    program = (sys.executable, "-m", "tests.end_to_end.window_of_account")
    with Desktop(folder).run(*program) as process:
        yield Account(process)
