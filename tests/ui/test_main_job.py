"""The demo's request, from the welcome to the audit report, by hand."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.bootstrap import build
from app.ui.shell.main_window import MainWindow, PreferenceFile
from tests.end_to_end.demo_servers import Watched, need_servers, ports_in, processes_at
from tests.end_to_end.ground import entries
from tests.ui.hands import Keyboard, Mouse
from tests.ui.play import answer, play
from tests.ui.windows import finish_work

if TYPE_CHECKING:
    from collections.abc import Iterator

MISSING = [each for each in ("Xvfb", "openbox") if shutil.which(each) is None]
"""What a desktop of the tests' own needs and this machine lacks."""


@pytest.fixture
def window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MainWindow]:
    monkeypatch.setenv("SANDGLASS_HOME", str(tmp_path / "home"))
    window = MainWindow(preferences=PreferenceFile(tmp_path / "window.json"))
    window.use(build())
    window.show()
    window.activateWindow()
    yield window
    window.leave()
    finish_work(window)
    window.close()
    window.deleteLater()


@pytest.mark.skipif(
    not MISSING and os.environ["QT_QPA_PLATFORM"] == "offscreen",
    reason="played where a window manager moves the focus, see test_on_a_desktop",
)
def test_the_demo_is_answered_with_nothing_but_keys(window: MainWindow, tmp_path: Path) -> None:
    play(Keyboard(window), window, tmp_path)


@pytest.mark.server
def test_on_its_servers_it_is_answered_by_mouse_and_they_end_when_it_is_left(
    window: MainWindow, tmp_path: Path
) -> None:
    need_servers()
    window.open_demo(on_servers=True)
    answer(Mouse(window), window, tmp_path)
    workspace = Path(window.seats[0].desk.here.workspace.place)
    assert entries(workspace, "source.opened") == 2
    assert entries(workspace, "source.closed") == 2
    servers = processes_at(ports_in(workspace))
    assert len(servers) == 2
    with Watched(servers) as watched:
        window.leave()
        finish_work(window)
        watched.wait_until_gone()
