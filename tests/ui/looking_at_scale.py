"""Says as JSON what is cut at the scale with which this process was started."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from PySide6.QtWidgets import QApplication

from app.ui.theme import Scheme, apply_theme
from tests.ui.looking import cut_off, outside
from tests.ui.studio import (
    World,
    open_dialogs,
    open_studio,
    page_scenes,
    shell_scenes,
    stage_scenes,
)

LEAST = (1024, 700)


def main() -> None:
    """Open everything in the smallest window and look; the first argument is a world's folder."""
    qt = QApplication([])
    apply_theme(qt, Scheme.LIGHT)
    studio = open_studio(World.at(Path(sys.argv[1])))
    studio.window.resize(*LEAST)
    wrong = {}
    for scene in (*page_scenes(), *stage_scenes(), *shell_scenes()):
        root = scene.show(studio).window()
        root.grab()  # lays out what was not drawn yet
        studio.settle()
        if found := [*cut_off(root), *outside(root)]:
            wrong[scene.name] = found
        for dialog in open_dialogs():
            dialog.reject()
    sys.stdout.write(json.dumps({"scale": qt.devicePixelRatio(), "wrong": wrong}) + "\n")
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
