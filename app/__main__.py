"""Starts Sandglass."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from app.i18n import use_language

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.bootstrap import App

_INTERRUPTED = 130


def _build() -> App:
    from app.bootstrap import build  # noqa: PLC0415 - help must not wait for every adapter

    return build()


def _open_window(build: Callable[[], App], *, demo: bool, on_servers: bool = False) -> int:
    from app.ui.shell.application import open_window  # noqa: PLC0415 - commands need no Qt

    return open_window(build, demo=demo, on_servers=on_servers)


def main() -> int:
    """Run the command on the command line and return its exit code."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started us
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
        # A terminal that cannot show a character shows a substitute instead of failing.
        getattr(sys, name).reconfigure(errors="backslashreplace")
    use_language()
    try:
        if not sys.argv[1:]:
            return _open_window(_build, demo=False)  # and no command is looked for
        from app.cli.arguments import run  # noqa: PLC0415 - importing can be interrupted too

        return run(sys.argv[1:], _build, _open_window)
    except KeyboardInterrupt:
        return _INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
