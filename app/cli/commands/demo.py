"""``sandglass demo``: the whole main job, played with a made company."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.command import Command
from app.i18n import _
from app.paths import user_data
from app.wording.demo import played_in_words

if TYPE_CHECKING:
    import argparse

    from app.cli.command import Console


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--headless", action="store_true", help=_("play without a window and say what was done")
    )
    parser.add_argument(
        "--out", metavar="DIR", help=_("where documents, package and workspace are left")
    )


def _run(arguments: argparse.Namespace, console: Console) -> int:
    # There is no window yet: with or without --headless the job is played here.
    if arguments.out:
        folder = Path(arguments.out)
    else:
        folder = user_data() / "demo" / datetime.now().astimezone().strftime("%Y-%m-%d-%H%M%S")
    with console.stoppable() as task:
        played = console.app.demo.play(folder.resolve(), task)
    for line in played_in_words(played):
        console.out(line)
    return 0


COMMAND = Command(
    name="demo",
    help=_("Play a whole request with a made company, from intake to closed"),
    add_arguments=_add_arguments,
    run=_run,
)
