"""``sandglass demo``: a made company in the window, or the whole main job played without one."""

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
        "--out",
        metavar="DIR",
        help=_("play without a window and leave documents, package and workspace there"),
    )

    parser.add_argument(
        "--servers",
        action="store_true",
        help=_(
            "with the shop in PostgreSQL and the help desk in MariaDB, started on this machine "
            "for the demo and ended with it"
        ),
    )


def _run(arguments: argparse.Namespace, console: Console) -> int:
    if not arguments.headless and not arguments.out:
        return console.open_window(console.build, demo=True, on_servers=arguments.servers)
    if arguments.out:
        folder = Path(arguments.out)
    else:
        folder = user_data() / "demo" / datetime.now().astimezone().strftime("%Y-%m-%d-%H%M%S")
    with console.stoppable() as task:
        played = console.app.demo.play(folder.resolve(), task, on_servers=arguments.servers)
    for line in played_in_words(played):
        console.out(line)
    return 0


COMMAND = Command(
    name="demo",
    help=_("Open the window on a made company with a waiting request"),
    add_arguments=_add_arguments,
    run=_run,
)
