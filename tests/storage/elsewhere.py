"""What tests let another process do with a workspace: ``elsewhere.py WHAT PLACE [WORDS]``."""

from __future__ import annotations

import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.addresses import WorkspaceAddress
from app.domain.errors import StorageError
from app.domain.secrets import Secret
from app.storage.heads import RememberedHeads
from app.storage.shared import SharedWorkspace
from app.storage.workspaces import EmbeddedWorkspaces
from tests.builders import a_request, an_event

if TYPE_CHECKING:
    from app.ports.storage import Workspace


class MachineClock:
    """The machine's own time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return 0.0


class StoppingClock(MachineClock):
    """A clock that, when asked, says so and waits for ever."""

    def now(self) -> datetime:
        tell_and_wait("asked for the time")
        return super().now()


def tell(words: str) -> None:
    """Say something to the test."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def tell_and_wait(words: str) -> None:
    """Say something to the test and wait until it answers or kills us."""
    tell(words)
    sys.stdin.readline()


def workspaces(clock: MachineClock | None = None) -> EmbeddedWorkspaces:
    """Return where workspaces are opened, with a memory beside the workspace."""
    heads = Path(sys.argv[2]).parent / "heads-elsewhere"
    return EmbeddedWorkspaces(clock or MachineClock(), heads=heads)


def open_workspace(place: str) -> Workspace:
    """Open a workspace where the test says it is, in a file or on a server."""
    if not place.startswith("postgresql:"):
        return workspaces().open(Path(place))
    address, password = WorkspaceAddress.read(place), Secret(os.environ["WORKSPACE_PASSWORD"])
    heads = RememberedHeads(Path(tempfile.mkdtemp(prefix="sandglass-heads-")))
    clock = MachineClock()
    return SharedWorkspace(address, password, heads=heads, clock=clock)


def append(workspace: Workspace, actor: str, count: str) -> None:
    """Write entries, each in a transaction of its own, once the test says go."""
    tell_and_wait("ready")
    for number in range(int(count)):
        with workspace.write() as unit:
            unit.record(an_event(actor=actor, details={"number": number}))
            unit.commit()


def hang(workspace: Workspace, lease: str) -> None:
    """Stop in the middle of a transaction, with a lease."""
    held = workspace.lease(lease)
    with workspace.write() as unit:
        unit.requests.add(a_request("DSR-2026-9999"))
        unit.record(an_event())
        tell_and_wait("in the middle" if held else "somebody has the lease")


def leave_journal(workspace: Workspace) -> None:
    """Commit, and stay with the write-ahead log open."""
    with workspace.write() as unit:
        unit.requests.add(a_request("DSR-2026-9999"))
        unit.commit()
    tell_and_wait("committed")


def fill_up(workspace: Workspace, limit: str) -> None:
    """Put files into the vault until there is no room for more."""
    import resource  # noqa: PLC0415 - not on Windows

    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
    for number in range(100):
        with workspace.write() as unit:
            sealed = os.urandom(400_000)
            unit.vault.put_file("DSR-2026-0001", f"{number}", sealed, bytes_=1, sha256="")
            unit.commit()
        tell(str(number))


def upgrade(path: Path) -> None:
    """Stop in the middle of an upgrade: the schema is new, the entry about it not yet written."""
    workspaces(StoppingClock()).open(path)


def create_without_room(path: Path) -> None:
    """Make a workspace where files may not grow."""
    import resource  # noqa: PLC0415 - not on Windows

    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    workspaces().create(path)


def open_as_somebody_else(path: Path) -> None:
    """Open a workspace without being its owner."""
    become_nobody()
    workspaces().open(path)


def create_as_somebody_else(path: Path) -> None:
    """Make a workspace where only somebody else may."""
    become_nobody()
    workspaces().create(path)


def become_nobody() -> None:
    """Give up the rights of root, for whom nothing is read-only."""
    if os.geteuid() == 0:
        os.setuid(65534)


def main(what: str, place: str, *words: str) -> None:
    in_workspace = {each.__name__: each for each in (append, hang, leave_journal, fill_up)}
    at_path = {
        each.__name__: each
        for each in (upgrade, create_without_room, open_as_somebody_else, create_as_somebody_else)
    }
    try:
        if what in in_workspace:
            in_workspace[what](open_workspace(place), *words)
        else:
            at_path[what](Path(place))
    except StorageError as error:
        tell(error.code)


if __name__ == "__main__":
    main(*sys.argv[1:])
