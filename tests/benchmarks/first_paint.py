"""The window from the start of the process to its first paint, warm, against a bare Qt window."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.figures import fastest, tell

ROOT = Path(__file__).resolve().parents[2]
BARE = """
import sys
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow
qt = QApplication([])
class Window(QMainWindow):
    def paintEvent(self, event):
        super().paintEvent(event)
        import os; os._exit(0)
window = Window()
window.setCentralWidget(QLabel("Sandglass"))
window.resize(1360, 860)
window.show()
qt.exec()
"""
OURS = """
import os, sys
from PySide6.QtWidgets import QApplication
from app.ui.shell.main_window import MainWindow, preference_file
from app.ui.theme import Scheme, apply_theme
class Window(MainWindow):
    def paintEvent(self, event):
        super().paintEvent(event)
        os._exit(0)
qt = QApplication([])
preferences = preference_file()
apply_theme(qt, Scheme(preferences.current.scheme))
window = Window(preferences=preferences)
window.show()
qt.exec()
"""


def main() -> None:
    """Measure and tell."""
    with tempfile.TemporaryDirectory() as home:
        environment = {
            **os.environ,
            "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen"),
            "SANDGLASS_HOME": home,
        }

        def start(script: str) -> None:
            subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment, check=True)

        ours, floor = fastest(lambda: start(OURS), lambda: start(BARE), rounds=7)
    tell(
        ours=ours,
        floor=floor,
        words="the window painted {cost} times as late as a bare Qt window, from the start of "
        "the process ({ours_s} s against {floor_s} s)",
    )
