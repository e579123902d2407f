"""Opens the window and keeps it until it is closed."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.i18n import _
from app.ui.shell.main_window import MainWindow, preference_file
from app.ui.shell.memory import share_what_is_freed
from app.ui.theme import Scheme, apply_theme
from app.ui.theme.icons import app_icon

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.bootstrap import App

_HEARTBEAT_MS = 250
_PAINTED_MS = 20
"""Loading the services takes a second: the window is drawn before."""


def open_window(build: Callable[[], App], *, demo: bool = False, on_servers: bool = False) -> int:
    """Run the window until it is closed and return the exit code.

    ``demo`` begins with the demo, ``on_servers`` with databases that are started for it.
    """
    if not _has_display():
        sentence = _("There is no desktop to open a window on.")
        sentence += " " + _("Commands work without one: sandglass --help.")
        sys.stderr.write(f"{sentence}\n")
        return 1
    share_what_is_freed()
    qt = QApplication.instance() or QApplication(sys.argv[:1])
    if not isinstance(qt, QApplication):
        raise TypeError(qt)
    qt.setApplicationName("Sandglass")
    qt.setDesktopFileName("sandglass")
    qt.setWindowIcon(app_icon())
    preferences = preference_file()
    apply_theme(qt, Scheme(preferences.current.scheme))
    window = MainWindow(preferences=preferences)
    window.watch(qt)
    window.show()
    if demo:
        window.open_demo(on_servers=on_servers)
    QTimer.singleShot(_PAINTED_MS, window, lambda: window.prepare(build))
    # Python sees signals only while it runs: the heartbeat lets Ctrl+C and SIGTERM close access.
    heartbeat = QTimer(window)
    heartbeat.start(_HEARTBEAT_MS)
    heartbeat.timeout.connect(lambda: None)
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: qt.quit())
    return qt.exec()


def _has_display() -> bool:
    """Say whether Qt finds a desktop; without one it would abort."""
    if not sys.platform.startswith("linux"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
