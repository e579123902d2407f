"""Two members, each in a process of her own: what one does the other hears at once."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.contracts.workspace_ground import ROOT, soon, told
from tests.guard.office import password_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.guard.scene import Scene

pytestmark = pytest.mark.server


@contextmanager
def colleague(scene: Scene, login: str, request: str) -> Iterator[subprocess.Popen[str]]:
    """Start the process of a colleague, and end it."""
    server, script = scene.office.server, ROOT / "tests" / "guard" / "in_another_process.py"
    place = f"postgresql://{server.host}:{server.port}/{scene.office.database}"
    process = subprocess.Popen(
        [sys.executable, str(script), login, scene.id_of(login), request],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "WORKSPACE_ADDRESS": place,
            "WORKSPACE_PASSWORD": password_of(login),
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert told(process) == "ready"
            yield process
        finally:
            process.kill()


def test_what_a_colleague_does_elsewhere_is_here_at_once(scene: Scene) -> None:
    office = scene.office
    desk, workspace = office.officer, office.officer.here.workspace
    already = len(desk.casework.notes(scene.quiet))
    with colleague(scene, "otto", scene.quiet) as otto:
        assert otto.stdin is not None
        before = workspace.changes()
        otto.stdin.write("From elsewhere.\n")
        otto.stdin.flush()
        soon(lambda: workspace.changes() != before)
        assert told(otto) == str(already + 1)
        desk.casework.add_note(scene.quiet, "And from here.")
        otto.stdin.write("From elsewhere again.\n")
        otto.stdin.flush()
        assert told(otto) == str(already + 3)
    assert [each.by for each in desk.casework.notes(scene.quiet)][-3:] == [
        office.id_of("otto"),
        office.id_of("olga"),
        office.id_of("otto"),
    ]
