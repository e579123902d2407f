"""What is on the screen can be read, reached by Tab, told by a screen reader, at any size."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.ui.looking import (
    against_reading_order,
    cut_off,
    nameless,
    out_of_reach,
    outside,
    without_visible_focus,
)
from tests.ui.looking_at_scale import LEAST
from tests.ui.studio import (
    Scene,
    Studio,
    World,
    open_dialogs,
    opened_from,
    page_scenes,
    shell_scenes,
    stage_scenes,
    welcome_scenes,
)

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

_ROOT = Path(__file__).resolve().parents[2]
_INSIDE = (*page_scenes(), *stage_scenes(), *shell_scenes())
_LOOKS = (nameless, out_of_reach, against_reading_order, without_visible_focus, cut_off, outside)


@pytest.fixture(scope="module")
def small(full: Studio) -> Studio:
    """The window as small as it may be."""
    full.window.resize(*LEAST)
    full.settle()
    return full


def _faults(root: QWidget) -> dict[str, list[str]]:
    return {look.__name__: found for look in _LOOKS if (found := look(root))}


@pytest.mark.parametrize("scene", [pytest.param(each, id=each.name) for each in _INSIDE])
def test_everything_on_a_page_can_be_used_by_everybody(scene: Scene, small: Studio) -> None:
    shown = scene.show(small)
    assert _faults(shown.window()) == {}
    for dialog in open_dialogs():
        dialog.reject()


@pytest.mark.parametrize(
    "scene", [pytest.param(each, id=each.name) for each in (*page_scenes(), *stage_scenes())]
)
def test_everything_in_a_dialog_can_be_used_by_everybody(scene: Scene, small: Studio) -> None:
    page = scene.show(small)
    wrong = {
        name: faults for name, dialog in opened_from(small, page) if (faults := _faults(dialog))
    }
    assert wrong == {}


def test_what_is_seen_before_signing_in_can_be_used_by_everybody(studio: Studio) -> None:
    studio.window.resize(*LEAST)
    wrong = {}
    for scene in welcome_scenes():
        if faults := _faults(scene.show(studio).window()):
            wrong[scene.name] = faults
    assert wrong == {}


@pytest.mark.parametrize("scene", [pytest.param(each, id=each.name) for each in page_scenes()])
def test_an_empty_page_can_be_used_by_everybody(scene: Scene, empty: Studio) -> None:
    empty.window.resize(*LEAST)
    assert _faults(scene.show(empty).window()) == {}


def test_at_two_hundred_percent_nothing_is_cut(full_once: World, tmp_path: Path) -> None:
    """Qt takes its scale when a process starts: another process looks and tells what it saw."""
    environment = {
        **os.environ,
        "QT_SCALE_FACTOR": "2",
        "QT_QPA_PLATFORM": "offscreen",
        "SANDGLASS_HOME": str(tmp_path / "world" / "home"),
    }
    world = full_once.copy(tmp_path / "world")
    done = subprocess.run(
        [sys.executable, "-m", "tests.ui.looking_at_scale", str(world.root)],
        cwd=_ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {"scale": 2.0, "wrong": {}}
