"""Appends to the log of a shared workspace, by 1 and by 8 writers, against a bare row lock."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.figures import tell
from tests.guard.office import open_shared_office
from tests.servers import Mortal, home_of_a_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.guard.office import SharedOffice
    from tests.servers import PostgresqlServer

ROOT = Path(__file__).resolve().parents[2]
ROUNDS, SECONDS = 4, 4.0
SETTINGS: dict[str, object] = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on",
            "max_connections": 300}  # fmt: skip
"""The server as people run it; the tests' own keeps nothing."""


@contextmanager
def helper(what: str, facts: dict[str, object]) -> Iterator[subprocess.Popen[str]]:
    """Start a process of ``workspace_clients``, and end it."""
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("workspace_clients.py")), what],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            order(process, json.dumps(facts))
            yield process
        finally:
            process.kill()


def order(process: subprocess.Popen[str], word: str) -> None:
    """Say a word to a process."""
    assert process.stdin is not None
    process.stdin.write(f"{word}\n")
    process.stdin.flush()


def answer(process: subprocess.Popen[str]) -> object:
    """Return what a process says next."""
    assert process.stdout is not None
    return json.loads(process.stdout.readline())


def make_bare(server: PostgresqlServer, database: str) -> str:
    """Make the tables of the floor; return how to reach them."""
    with server.connect(database) as owner:
        owner.execute("CREATE TABLE public.bare_head (number bigint, hash text)")
        owner.execute("INSERT INTO public.bare_head VALUES (0, repeat('0', 64))")
        owner.execute(
            "CREATE TABLE public.bare_log"
            " (number bigint PRIMARY KEY, previous text, line text, hash text)"
        )
    return (
        f"host={server.host} port={server.port} dbname={database} user={server.user}"
        f" password='{server.password}'"
    )


def rates(office: SharedOffice, bare: str, writers: int) -> tuple[float, float]:
    """Return appends per second, ours and bare, each the best of some rounds done in turn."""
    place = f"postgresql://{office.server.host}:{office.server.port}/{office.database}"
    facts = {"address": place, "login": "olga", "member": office.id_of("olga"),
             "seconds": SECONDS, "bare": bare}  # fmt: skip
    with ExitStack() as stack:
        teams = [
            [stack.enter_context(helper(what, facts)) for _ in range(writers)]
            for what in ("append", "append_bare")
        ]
        for each in (*teams[0], *teams[1]):
            assert answer(each) == "ready"
        found: list[list[float]] = [[], []]
        for _ in range(ROUNDS):
            for team, column in zip(teams, found, strict=True):
                for each in team:
                    order(each, "go")
                column.append(sum(int(str(answer(each))) for each in team) / SECONDS)
    return max(found[0]), max(found[1])


def main() -> None:
    """Measure and tell."""
    with tempfile.TemporaryDirectory() as name, home_of_a_server() as (home, as_user):
        mortal = Mortal(home, as_user)
        mortal.start(**SETTINGS)
        try:
            office = open_shared_office(mortal.server, "office", Path(name))
            bare = make_bare(mortal.server, "office")
            one, one_bare = rates(office, bare, 1)
            eight, eight_bare = rates(office, bare, 8)
            office.close()
        finally:
            mortal.stop()
    tell(
        ours=1000 / one,
        floor=1000 / one_bare,
        one=round(one),
        eight=round(eight),
        share_one=round(one / one_bare, 2),
        share_eight=round(eight / eight_bare, 2),
        words="{one} appends/s by one writer, {share_one} of a bare row lock's; {eight} by eight, "
        "{share_eight} of a bare row lock's",
    )
