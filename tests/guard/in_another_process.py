"""What a colleague does on her own machine: ``in_another_process.py LOGIN MEMBER REQUEST``.

Where the workspace is and her password come from the environment. Each line that comes in is added
to the request as a note; each number that is heard of a change is said.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from app.bootstrap import make_desk, real_adapters
from app.domain.addresses import WorkspaceAddress
from app.domain.secrets import Secret
from app.services.signed_in import SignedIn
from tests.fakes import FakeKeys, FakeMemberKeys


def main(login: str, member: str, request: str) -> None:
    home = Path(tempfile.mkdtemp(prefix="sandglass-colleague-"))
    adapters = real_adapters(home)
    address = WorkspaceAddress.read(os.environ["WORKSPACE_ADDRESS"]).for_login(login)
    workspace = adapters.servers.open(address, Secret(os.environ["WORKSPACE_PASSWORD"]))
    with workspace.read() as unit:
        workspace_id = unit.workspace.facts().id
    desk = make_desk(
        SignedIn(workspace, workspace_id, member, FakeKeys(member), FakeMemberKeys()), adapters
    )
    say("ready")
    for line in sys.stdin:
        desk.casework.add_note(request, line.strip())
        say(str(len(desk.casework.notes(request))))


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
