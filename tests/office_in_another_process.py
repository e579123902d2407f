"""What a second process does in tests that kill it: opens a window, reads a part, and hangs."""

from __future__ import annotations

import sys
import threading
from dataclasses import replace
from pathlib import Path

from app.bootstrap import make_desk, real_adapters
from app.ports.progress import QuietTask
from app.services.signed_in import SignedIn
from app.storage.workspaces import EmbeddedWorkspaces
from tests.fakes import (
    FakeCertificates,
    FakeClock,
    FakeKeys,
    FakeMemberKeys,
    FakeSealing,
    FakeSignatures,
    fake_source_type,
)
from tests.office import shop


def pull_and_hang(folder: str, member: str, access_request: str) -> None:
    """Say ``reading`` once the second collection is being read, then wait for ever."""
    clock, source = FakeClock(), shop()
    source.monotonic = clock.monotonic
    home = Path(folder)
    adapters = replace(
        real_adapters(home / "home"),
        clock=clock,
        workspaces=EmbeddedWorkspaces(clock=clock, heads=home / "heads"),
        certificates=FakeCertificates(),
        signatures=FakeSignatures(),
        sealing=FakeSealing(),
        source_types={"fake": fake_source_type({"shop": source})},
    )
    workspace = adapters.workspaces.open(home / "workspace.sqlite")
    with workspace.read() as unit:
        workspace_id = unit.workspace.facts().id
    desk = make_desk(
        SignedIn(workspace, workspace_id, member, FakeKeys(member), FakeMemberKeys()), adapters
    )

    def hang(_number: int) -> None:
        sys.stdout.write("reading\n")
        sys.stdout.flush()
        threading.Event().wait()

    source.tables["notes"].before_batch = hang
    desk.pulling.run(access_request, QuietTask())
