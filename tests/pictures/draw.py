"""Draws all scenes in one scheme and at one scale; Qt's scale is set when a process starts."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QApplication

from app.ui.theme import Scheme, apply_theme
from tests.pictures.shared import shared_pictures
from tests.ui.studio import (
    empty_world,
    full_world,
    open_dialogs,
    open_studio,
    opened_from,
    page_scenes,
    shell_scenes,
    stage_scenes,
    welcome_scenes,
)
from tests.ui.windows import finish_work

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from app.ui.shell.main_window import MainWindow
    from tests.ui.studio import Studio

WORLDS = ("full", "empty", "error", "shared")
LEFT_OUT = "left-out.txt"
"""The file that says why a world is not drawn."""
_FRAMES_MS = 320


def main() -> None:
    """Draw into ``folder`` in ``scheme`` at ``scale``, in a window of ``size``."""
    folder, scheme, scale, size = sys.argv[1:5]
    worlds = sys.argv[5:] or WORLDS
    qt = QApplication([])
    apply_theme(qt, Scheme(scheme))
    width, height = (int(each) for each in size.split("x"))
    for world in worlds:
        place = Path(folder) / f"{world}-{scheme}-{scale}"
        place.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory() as home:
            os.environ["SANDGLASS_HOME"] = str(Path(home) / "home")
            if world == "shared":
                _draw_shared(Path(home), place, size=(width, height))
                continue
            make = full_world if world == "full" else empty_world
            studio = open_studio(make(Path(home)))
            studio.workspace.is_lost = world == "error"
            studio.window.resize(width, height)
            _draw(studio, place, with_dialogs=world == "full")
            studio.close()


def _draw_shared(home: Path, place: Path, *, size: tuple[int, int]) -> None:
    left_out = place / LEFT_OUT
    left_out.unlink(missing_ok=True)
    try:
        for name, window in shared_pictures(home, size):
            dialogs = open_dialogs()
            _save(window, dialogs[-1] if dialogs else window, place / f"{name}.png")
    except pytest.skip.Exception as reason:
        left_out.write_text(str(reason), encoding="utf-8")


def _draw(studio: Studio, place: Path, *, with_dialogs: bool) -> None:
    seen: set[str] = set()
    scenes = (*page_scenes(), *stage_scenes())
    for scene in scenes:
        page = scene.show(studio)
        _save(studio.window, studio.window, place / f"{scene.name}.png")
        if not with_dialogs:
            continue
        for name, dialog in opened_from(studio, page):
            key = f"{type(dialog).__name__}-{name}"
            if key not in seen:
                seen.add(key)
                _save(studio.window, dialog, place / f"{scene.name}--{name}.png")
    if not with_dialogs:
        return
    for scene in (*shell_scenes(), *welcome_scenes()):
        shown = scene.show(studio)
        whole = studio.window if shown.window() is studio.window else shown.window()
        _save(studio.window, whole, place / f"{scene.name}.png")
        for dialog in open_dialogs():
            dialog.reject()


def _save(window: MainWindow, widget: QWidget, path: Path) -> None:
    finish_work(window)
    window.thread().msleep(_FRAMES_MS)  # what moves comes to rest
    finish_work(window)
    widget.grab().save(str(path))
