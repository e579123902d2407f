"""Reads the command line, runs the command, and turns every error into its sentence."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

import app.cli.commands
from app import __version__
from app.cli.command import Command, Console
from app.domain.errors import AppError, InputError
from app.i18n import _
from app.plugins import load
from app.ports.progress import Cancelled
from app.wording.errors import error_in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.bootstrap import App
    from app.cli.command import OpenWindow

_FAILED = 1
_BAD_INPUT = 2
_INTERRUPTED = 130


def parser(commands: Sequence[Command]) -> argparse.ArgumentParser:
    """Return the parser of ``sandglass``."""
    main = argparse.ArgumentParser(
        prog="sandglass",
        description=_("Answers data subject requests with access that closes by itself."),
    )
    main.add_argument("--version", action="version", version=f"sandglass {__version__}")
    subparsers = main.add_subparsers(dest="command", metavar=_("COMMAND"))
    for command in commands:
        each = subparsers.add_parser(command.name, help=command.help, description=command.help)
        command.add_arguments(each)
        each.set_defaults(run=command.run)
    return main


def run(words: Sequence[str], build: Callable[[], App], open_window: OpenWindow) -> int:
    """Run one command, or the window without one, and return the exit code: 0 fine, 1 not sound
    or failed, 2 bad input.
    """
    try:
        try:
            return _run(words, build, open_window)
        finally:
            sys.stdout.flush()
    except (KeyboardInterrupt, Cancelled):
        stopped = _("Stopped. What was recorded stays recorded; open access was closed.")
        print(stopped, file=sys.stderr)
        return _INTERRUPTED
    except BrokenPipeError:
        # Whoever read has seen enough; what is still buffered must not fail again at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _FAILED


def _run(words: Sequence[str], build: Callable[[], App], open_window: OpenWindow) -> int:
    commands = load(app.cli.commands, "COMMAND", Command)
    main = parser(commands)
    arguments = main.parse_args(words)
    if arguments.command is None:
        return open_window(build, demo=False)
    console = Console(build, open_window=open_window)
    try:
        code: int = arguments.run(arguments, console)
    except AppError as error:
        console.err(error_in_words(error).text())
        return _BAD_INPUT if isinstance(error, InputError) else _FAILED
    return code
