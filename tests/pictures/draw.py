"""Draws all scenes in one scheme and at one scale; Qt's scale is set when a process starts."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from app.ui.theme import Scheme, apply_theme
from tests.ui.studio import (
    Studio,
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

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

_FRAMES_MS = 320


def main() -> None:
    """Draw into ``folder`` in ``scheme`` at ``scale``, in a window of ``size``."""
    folder, scheme, scale, size = sys.argv[1:]
    qt = QApplication([])
    apply_theme(qt, Scheme(scheme))
    width, height = (int(each) for each in size.split("x"))
    for world in ("full", "empty", "error"):
        place = Path(folder) / f"{world}-{scheme}-{scale}"
        place.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory() as home:
            os.environ["SANDGLASS_HOME"] = str(Path(home) / "home")
            make = full_world if world == "full" else empty_world
            studio = open_studio(make(Path(home)))
            studio.workspace.is_lost = world == "error"
            studio.window.resize(width, height)
            _draw(studio, place, with_dialogs=world == "full")
            studio.close()


def _draw(studio: Studio, place: Path, *, with_dialogs: bool) -> None:
    seen: set[str] = set()
    scenes = (*page_scenes(), *stage_scenes())
    for scene in scenes:
        page = scene.show(studio)
        _save(studio, studio.window, place / f"{scene.name}.png")
        if not with_dialogs:
            continue
        for name, dialog in opened_from(studio, page):
            key = f"{type(dialog).__name__}-{name}"
            if key not in seen:
                seen.add(key)
                _save(studio, dialog, place / f"{scene.name}--{name}.png")
    if not with_dialogs:
        return
    for scene in (*shell_scenes(), *welcome_scenes()):
        shown = scene.show(studio)
        whole = studio.window if shown.window() is studio.window else shown.window()
        _save(studio, whole, place / f"{scene.name}.png")
        for dialog in open_dialogs():
            dialog.reject()


def _save(studio: Studio, widget: QWidget, path: Path) -> None:
    studio.settle()
    studio.window.thread().msleep(_FRAMES_MS)  # what moves comes to rest
    studio.settle()
    widget.grab().save(str(path))
