"""Sandglass as its users start it, and a place of work that has come to a certain point."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.bootstrap import build
from app.cli import arguments
from app.domain.people import Role
from app.domain.requests import Channel, Right, Subject, SubjectIdentity
from app.domain.responses import LetterKind
from app.domain.review import Target, Verdict
from app.domain.secrets import Secret
from app.domain.verification import Method
from app.ports.progress import QuietTask
from app.services.intake import NewRequest
from tests.fakes import no_window

if TYPE_CHECKING:
    from app.bootstrap import App
    from app.domain.access import AccessCase
    from app.ports.storage import Workspace
    from app.services.desk import Desk

ROOT = Path(__file__).resolve().parents[2]
REQUEST = "DSR-2026-0001"
PATIENCE_SECONDS = 120.0
"""After which a process that is watched counts as stuck."""


@dataclass(frozen=True)
class Run:
    """What a command did."""

    code: int
    out: str
    err: str


def environment(home: Path, **more: str) -> dict[str, str]:
    """Return this process's environment with Sandglass at home in ``home``."""
    others = ("SANDGLASS_PASSPHRASE", "PYTHONUNBUFFERED")
    kept = {name: value for name, value in os.environ.items() if name not in others}
    return {**kept, "SANDGLASS_HOME": str(home), **more}


def sandglass(*words: str | Path, home: Path, stdin: str = "", **more: str) -> Run:
    """Run a command as its users do: ``python -m app``."""
    done = subprocess.run(
        [sys.executable, "-m", "app", *map(str, words)],
        input=stdin,
        cwd=ROOT,
        env=environment(home, **more),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    return Run(done.returncode, done.stdout, done.stderr)


def here(*words: str | Path, home: Path, stdin: str = "") -> Run:
    """Run a command in this process, which is quicker; nothing but the streams differs."""
    out, err = io.StringIO(), io.StringIO()
    before, sys.stdin = sys.stdin, io.StringIO(stdin)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = arguments.run([str(each) for each in words], lambda: build(home), no_window)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    finally:
        sys.stdin = before
    return Run(code, out.getvalue(), err.getvalue())


def entries(workspace: Path, action: str = "") -> int:
    """Return how many entries a log has; 0 while there is none."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{workspace}?mode=ro", uri=True)) as reader:
            query = "SELECT count(*) FROM log WHERE ? IN ('', action)"
            return int(reader.execute(query, (action,)).fetchone()[0])
    except sqlite3.Error:
        return 0


def is_sound(workspace: Path, home: Path) -> bool:
    """Say whether ``sandglass verify`` finds nothing wrong."""
    return here("verify", workspace, home=home).code == 0


def scratch_in(folder: Path) -> list[str]:
    """Return what is half-made in a folder: hidden files and folders."""
    return sorted(each.name for each in folder.iterdir() if each.name.startswith("."))


class Place:
    """A folder with a workspace, its sources and the keys of its members."""

    def __init__(self, folder: Path, home: Path | None = None) -> None:
        self.folder = folder
        self.home = home or folder / "home"
        self.workspace = folder / "workspace.sqlite"
        self._opened: list[Workspace] = []

    @property
    def app(self) -> App:
        """Sandglass as it starts here."""
        return build(self.home)

    def open(self) -> Workspace:
        """Open the workspace; it is closed with the place."""
        self._opened.append(self.app.membership.open(self.workspace))
        return self._opened[-1]

    def desk(self, part: str, *, passphrase: str = "") -> Desk:
        """Sign in as officer, approver or administrator, as whoever starts anew does."""
        app, workspace = self.app, self.open()
        role = Role(part)
        member = next(each for each in app.membership.members(workspace) if role in each.roles)
        phrases = json.loads((self.folder / "sandglass-demo.json").read_bytes())["passphrases"]
        phrase = Secret(passphrase or phrases[part])
        return app.desk(app.membership.sign_in(workspace, member.id, passphrase=phrase))

    def source(self, key: str) -> Path:
        """Return the file of a source."""
        return self.folder / "sources" / f"{key}.sqlite"

    def change(self, key: str, script: str) -> None:
        """Run SQL on a source."""
        with contextlib.closing(sqlite3.connect(self.source(key))) as source:
            source.executescript(script)

    def change_workspace(self, script: str) -> None:
        """Run SQL on the workspace's file, as only somebody with the file can."""
        with contextlib.closing(sqlite3.connect(self.workspace)) as workspace:
            workspace.executescript(script)

    def case(self) -> AccessCase:
        """Return the last access request."""
        with self.open().read() as unit:
            return unit.access.of_request(REQUEST)[-1]

    def is_sound(self) -> bool:
        """Say whether ``sandglass verify`` finds nothing wrong with the workspace."""
        return is_sound(self.workspace, self.home)

    def copy(self, to: Path) -> Place:
        """Return a copy with sources of its own."""
        shutil.copytree(self.folder, to)
        place = Place(to)
        place.change_workspace(
            f"UPDATE sources SET settings = replace(settings, '{self.folder}/', '{to}/')"
        )
        return place

    def close(self) -> None:
        """Let go of the workspace."""
        while self._opened:
            self._opened.pop().close()


def make_place(folder: Path) -> Place:
    """Make the demo's company and workspace, with nothing done yet."""
    place = Place(folder)
    _, cast, _ = build(folder.with_name(f"{folder.name}-stage")).demo.prepare(folder)
    cast.administrator.workspace.close()
    shutil.copytree(folder / "keys", place.home / "keys")
    return place


def ask(officer: Desk, request: str = REQUEST) -> AccessCase:
    """Verify the person and ask for everything."""
    officer.verifying.decide(request, method=Method.EMAIL_LOOP, verified=True, facts_matched=2)
    scope = officer.scoping.suggest(request)
    return officer.scoping.ask(request, scope, purpose="Answer the access request", minutes=30)


def grant(place: Place, case: AccessCase) -> AccessCase:
    """Say yes."""
    granting = place.desk("approver").granting
    return granting.grant(case.asked.id, seen_hash=case.asked.scope_hash, minutes=20)


def answer(officer: Desk) -> None:
    """Review what was pulled, disclose it all, and write the letter."""
    reviewing, responding = officer.reviewing, officer.responding
    reviewing.prepare(REQUEST, QuietTask())
    for notice in reviewing.notices(REQUEST):
        reviewing.settle(REQUEST, notice.id, how="Looked at, and in order.")
    targets = [Target(each.id) for each in reviewing.collections(REQUEST)]
    reviewing.mark(REQUEST, targets, verdict=Verdict.DISCLOSE)
    for each in reviewing.collections(REQUEST):
        rows = reviewing.page(REQUEST, each.id, limit=max(1, each.rows))
        undecided = [Target(each.id, row.number) for row in rows if row.review.verdict is None]
        reviewing.mark(REQUEST, undecided, verdict=Verdict.DISCLOSE)
    reviewing.finish(REQUEST)
    kind = LetterKind.FULL_ANSWER
    responding.save_letter(REQUEST, kind, responding.draft_letter(REQUEST, kind))


def record(officer: Desk, *identities: tuple[str, str]) -> str:
    """Record another request and return its reference."""
    subject = Subject(
        "Ada Somebody",
        country="DE",
        identities=tuple(SubjectIdentity(kind, value) for kind, value in identities),
    )
    rights, channel = (Right.ACCESS,), Channel.EMAIL
    with officer.here.workspace.read() as unit:
        now = unit.now()
    new = NewRequest("gdpr", rights, subject, received_at=now, channel=channel)
    return officer.intake.record(new)[0].id
