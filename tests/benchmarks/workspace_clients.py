"""Members at work on one server, many in one process: ``workspace_clients.py WHAT`` with JSON in.

What they did, and when they heard of it, comes out as one line of JSON for each process.
"""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
import threading
import time
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from app.bootstrap import make_desk, real_adapters
from app.domain.addresses import WorkspaceAddress
from app.domain.audit import Action, Event, follow
from app.domain.errors import AppError
from app.domain.requests import Channel, Right, Subject, SubjectIdentity
from app.domain.secrets import Secret
from app.domain.verification import Method
from app.ports.storage import RequestFilter
from app.services.intake import NewRequest
from app.services.signed_in import SignedIn
from tests.fakes import FakeCertificates, FakeKeys, FakeMemberKeys, FakeSealing, fake_source_type
from tests.guard.office import password_of
from tests.office import shop

if TYPE_CHECKING:
    from app.bootstrap import Adapters
    from app.ports.storage import Workspace
    from app.services.desk import Desk

LOOKS_AGAIN_SECONDS = 10.0
"""How often somebody's window asks again, though more has changed."""


def say(what: object) -> None:
    """Tell the benchmark."""
    sys.stdout.write(f"{json.dumps(what)}\n")
    sys.stdout.flush()


def told() -> str:
    """Wait for a word of the benchmark."""
    return sys.stdin.readline().strip()


def adapters() -> Adapters:
    """Return what desks are made of, with keys that cost nothing: the server is measured."""
    return replace(
        real_adapters(Path(tempfile.mkdtemp(prefix="sandglass-bench-"))),
        keys=FakeMemberKeys,
        certificates=FakeCertificates(),
        sealing=FakeSealing(),
        source_types={"fake": fake_source_type({"shop": shop()})},
    )


def enter(tools: Adapters, address: str, login: str) -> Workspace:
    """Open the workspace as a member does."""
    here = WorkspaceAddress.read(address).for_login(login)
    return tools.servers.open(here, Secret(password_of(login)))


# Appends


def what_anybody_may_say(member: str) -> Event:
    """Return what needs nothing else in its transaction."""
    return Event(Action.KEYS_UNLOCKED, member, "", member, {"kept_in": "keyring"})


def append(facts: dict[str, Any]) -> None:
    """Append entries, each in a unit of its own, for as long as it is said."""
    workspace = enter(adapters(), facts["address"], facts["login"])
    event = what_anybody_may_say(facts["member"])

    def once() -> None:
        with workspace.write() as unit:
            unit.record(event)
            unit.commit()

    _over_and_over(once, facts["seconds"])
    workspace.close()


def append_bare(facts: dict[str, Any]) -> None:
    """Do the least: lock the head, insert, move the head, commit."""
    event = what_anybody_may_say(facts["member"])
    with closing(psycopg.connect(facts["bare"])) as connection:

        def once() -> None:
            number, digest, now = connection.execute(
                "SELECT number, hash, clock_timestamp() FROM bare_head FOR UPDATE"
            ).fetchall()[0]
            entry = follow(number, digest, event, now)
            connection.execute(
                "INSERT INTO bare_log (number, previous, line, hash)"
                " VALUES (%(number)s, %(previous)s, %(line)s, %(hash)s)",
                vars(entry),
            )
            connection.execute(
                "UPDATE bare_head SET number = %s, hash = %s", [entry.number, entry.hash]
            )
            connection.commit()

        _over_and_over(once, facts["seconds"])


def _over_and_over(once: Any, seconds: float) -> None:
    for _ in range(10):
        once()
    say("ready")
    while told() == "go":
        done, until = 0, time.monotonic() + seconds
        while time.monotonic() < until:
            once()
            done += 1
        say(done)


# A working day


@dataclass
class Crowd:
    """The clients of one process, and what they did and heard."""

    tools: Adapters
    facts: dict[str, Any]
    over: threading.Event = field(default_factory=threading.Event)
    deaf: threading.Event = field(default_factory=threading.Event)
    listening: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    heard: list[list[tuple[int, float]]] = field(default_factory=list)
    done: dict[str, list[Any]] = field(
        default_factory=lambda: {"notes": [], "requests": [], "decisions": []}
    )
    refused: dict[str, int] = field(default_factory=dict)

    def watch(self, workspace: Workspace, looks: random.Random) -> None:
        """Hear of every change; look again from time to time."""
        heard: list[tuple[int, float]] = []
        self.heard.append(heard)
        first = seen = workspace.changes()
        self.listening.release()
        look_at = time.monotonic() + looks.uniform(0, LOOKS_AGAIN_SECONDS)
        while not self.deaf.is_set():
            found = workspace.wait_for_change(seen, seconds=1.0)
            if found != seen:
                heard.append((found - first, time.time()))
                seen = found
                if time.monotonic() > look_at:
                    with workspace.read() as unit:
                        unit.requests.find(RequestFilter(limit=50))
                    look_at = time.monotonic() + LOOKS_AGAIN_SECONDS

    def act(self, desk: Desk, login: str, who: random.Random) -> None:
        """Work as an officer or approver does, with time to think."""
        work = self._approve if login == "anna" else self._handle
        while not self.over.wait(who.uniform(0.2, 1.8) * self.facts["thinks"]):
            try:
                work(desk, who)
            except AppError as error:
                self.refused[error.code] = self.refused.get(error.code, 0) + 1

    def _handle(self, desk: Desk, who: random.Random) -> None:
        mine = self.done["requests"]
        if who.random() < 0.6 and mine:
            text = f"note {who.getrandbits(64):x}"
            desk.casework.add_note(who.choice(mine), text)
            self.done["notes"].append(text)
            return
        subject = Subject("Mara", country="DE",
                          identities=(SubjectIdentity("email", "mara@example.org"),))  # fmt: skip
        with desk.here.workspace.read() as unit:
            now = unit.now()
        (request, *_) = desk.intake.record(
            NewRequest("gdpr", (Right.ACCESS,), subject, now, Channel.EMAIL)
        )
        mine.append(request.id)
        desk.verifying.decide(request.id, method=Method.EMAIL_LOOP, verified=True, facts_matched=2)
        scope = desk.scoping.suggest(request.id)
        desk.scoping.ask(request.id, scope, purpose="To answer", minutes=20)

    def _approve(self, desk: Desk, who: random.Random) -> None:
        waiting = desk.granting.queue()
        if waiting:
            case = who.choice(waiting[:5]).case
            desk.granting.grant(case.asked.id, seen_hash=case.asked.scope_hash)
            self.done["decisions"].append(case.asked.id)


def work(facts: dict[str, Any]) -> None:
    """Open as many workspaces as it is said; some of their members act, all others watch."""
    crowd = Crowd(adapters(), facts)
    watching, acting, opened = [], [], []
    for number, login in enumerate(facts["logins"]):
        who = random.Random(number)  # noqa: S311 - who does what, and when
        workspace = enter(crowd.tools, facts["address"], login)
        opened.append(workspace)
        if number >= facts["acting"]:
            watching.append(threading.Thread(target=crowd.watch, args=(workspace, who)))
            continue
        member = facts["members"][login]
        with workspace.read() as unit:
            workspace_id = unit.workspace.facts().id
        here = SignedIn(workspace, workspace_id, member, FakeKeys(member), FakeMemberKeys())
        desk = make_desk(here, crowd.tools)
        acting.append(threading.Thread(target=crowd.act, args=(desk, login, who)))
    say("ready")
    told()
    for each in watching:
        each.start()
    for _ in watching:
        crowd.listening.acquire()
    say("started")
    told()
    for each in acting:
        each.start()
    say("acting")
    told()
    crowd.over.set()
    for each in acting:
        each.join()
    say("done")
    told()
    crowd.deaf.set()
    for each in watching:
        each.join()
    say({"heard": crowd.heard, "done": crowd.done, "refused": crowd.refused, "pid": os.getpid()})
    for each in opened:
        each.close()


def main(what: str) -> None:
    """Do it."""
    facts = json.loads(told())
    {"append": append, "append_bare": append_bare, "work": work}[what](facts)


if __name__ == "__main__":
    main(sys.argv[1])
