"""A desktop of one account: a D-Bus of its own with a real Secret Service, its own home."""

from __future__ import annotations

import os
import select
import shutil
import signal
import socket
import struct
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS = ("dbus-run-session", "gnome-keyring-daemon")
MISSING = [program for program in PROGRAMS if not shutil.which(program)]
NOT_INSTALLED = f"not installed: {', '.join(MISSING)} (apt install gnome-keyring dbus)"

# The daemon goes to the background and takes its name on the bus when it is first called.
_LOGIN = """
printf 'login password' | gnome-keyring-daemon --unlock --components=secrets >/dev/null
"$@"
"""


@dataclass(frozen=True)
class Desktop:
    """An account of this machine: ``folder`` keeps what it keeps between two sessions."""

    folder: Path

    @contextmanager
    def run(self, *program: str) -> Iterator[subprocess.Popen[str]]:
        """Run a program in a session of the account; what the session started has ended after."""
        home, runtime = self.folder / "home", self.folder / "runtime"
        for folder in (home, runtime):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        process = subprocess.Popen(
            ["dbus-run-session", "--", "bash", "-c", _LOGIN, "desktop", *program],
            cwd=ROOT,
            env={
                "HOME": str(home),
                "XDG_RUNTIME_DIR": str(runtime),
                "PATH": os.environ["PATH"],
                "LANG": "C.UTF-8",
                "QT_QPA_PLATFORM": "offscreen",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
            _end_daemon(runtime / "keyring" / "control")


def _end_daemon(control: Path) -> None:
    """End the daemon that listens there, if it did not end with its bus."""
    with socket.socket(socket.AF_UNIX) as caller:
        try:
            caller.connect(str(control))
        except OSError:
            return
        credentials = caller.getsockopt(
            socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")
        )
    pid, _, _ = struct.unpack("3i", credentials)
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        if not select.select([watched], [], [], 5)[0]:
            signal.pidfd_send_signal(watched, signal.SIGKILL)
            assert select.select([watched], [], [], 10)[0]
    finally:
        os.close(watched)
