"""A window in a process of its own, used by hands that do what is told on standard input.

Each line is a list in JSON, a verb and its words; each answer is a line too.
"""

from __future__ import annotations

import json
import os
import select
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit

from app.bootstrap import build
from app.ui.shell.main_window import MainWindow
from app.ui.shell.preferences import PreferenceFile
from app.ui.theme import Scheme, apply_theme
from tests.ui.hands import Mouse
from tests.ui.play import respond, review
from tests.ui.windows import finish_work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LISTEN_SECONDS = 0.02


class Verbs:
    """What can be told; a public method is a verb."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._hands = Mouse(window)

    def press(self, name: str) -> None:
        self._hands.press(name)

    def write(self, name: str, text: str) -> None:
        self._hands.write(name, text)

    def choose(self, name: str, option: str) -> None:
        self._hands.choose(name, option)

    def sees(self, name: str) -> bool:
        finish_work(self._window)
        return self._hands.sees(name)

    def wait_for(self, name: str) -> None:
        self._hands.wait(lambda: self._hands.sees(name))

    def wait_to_read(self, text: str) -> None:
        self._hands.wait(lambda: any(text in each for each in self.texts()))

    def texts(self) -> list[str]:
        """Return everything that is written in the window now."""
        return self._hands.texts()

    def names(self) -> list[str]:
        """Return what everything is called that can be used now."""
        return self._hands.names()

    def value(self, name: str) -> str:
        """Return what stands in an input."""
        self.wait_for(name)
        found = self._hands.find(name)
        if isinstance(found, QLineEdit):
            return found.text()
        assert isinstance(found, QPlainTextEdit)
        return found.toPlainText()

    def review(self) -> None:
        review(self._hands, self._window)

    def respond(self, archive: str) -> None:
        respond(self._hands, Path(archive))

    def picture(self, file: str) -> None:
        finish_work(self._window)
        self._hands.front.grab().save(file)


def _lines() -> Iterator[str]:
    """Yield what is told; the window lives on in between."""
    told = b""
    while True:
        QApplication.processEvents()
        if not select.select([sys.stdin], [], [], _LISTEN_SECONDS)[0]:
            continue
        part = os.read(sys.stdin.fileno(), 65536)
        if not part:
            return
        *lines, told = (told + part).split(b"\n")
        yield from (each.decode() for each in lines)


def main() -> None:
    """Open the window and obey until nobody tells anything more."""
    qt = QApplication(["sandglass"])
    apply_theme(qt, Scheme.LIGHT)
    home = Path.home()
    window = MainWindow(preferences=PreferenceFile(home / "window.json"))
    window.resize(1360, 860)
    window.use(build(home / "sandglass"))
    window.show()
    window.activateWindow()
    verbs = Verbs(window)
    for line in _lines():
        verb, *words = json.loads(line)
        act: Callable[..., Any] = getattr(verbs, verb)
        try:
            answer = {"value": act(*words)}
        except AssertionError as error:
            answer = {"failed": f"{error}; in the window: {verbs.texts()}"}
        sys.stdout.write(f"{json.dumps(answer)}\n")
        sys.stdout.flush()
    window.leave()
    finish_work(window)
    window.close()


if __name__ == "__main__":
    main()
