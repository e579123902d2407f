"""The desktop's own keyring, run for real on a private D-Bus."""

from __future__ import annotations

import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ("dbus-run-session", "gnome-keyring-daemon")
MISSING = [program for program in PROGRAMS if not shutil.which(program)]

pytestmark = pytest.mark.skipif(
    bool(MISSING), reason=f"not installed: {', '.join(MISSING)} (apt install gnome-keyring dbus)"
)

# The daemon goes to the background and takes its name on the bus when it is first called.
DESKTOP = """
printf 'login password' | gnome-keyring-daemon --unlock --components=secrets >/dev/null
"$@"
"""

PREPARED = """
import sys
from pathlib import Path
import secretstorage
from app.domain.errors import AppError
from app.security.keys import RestingKeys

def attempt(action):
    try:
        return action()
    except AppError as error:
        return error.code

def collection():
    return secretstorage.get_default_collection(secretstorage.dbus_init())

keys = RestingKeys(Path(sys.argv[1]))
"""


@pytest.fixture
def on_desktop(tmp_path: Path) -> Callable[[str], list[str]]:
    """Run Python code on a desktop of its own; what it started has ended afterwards."""
    home, runtime = tmp_path / "home", tmp_path / "runtime"
    for folder in (home, runtime):
        folder.mkdir(mode=0o700)
    environment = {
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(runtime),
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
    }

    def run(code: str) -> list[str]:
        program = [sys.executable, "-c", PREPARED + code, str(tmp_path / "keys")]
        process = subprocess.Popen(
            ["dbus-run-session", "--", "bash", "-c", DESKTOP, "desktop", *program],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            output, errors = process.communicate(timeout=120)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
            end_daemon(runtime / "keyring" / "control")
        assert process.returncode == 0, errors
        return output.splitlines()

    return run


def end_daemon(control: Path) -> None:
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


def test_keys_rest_in_a_real_secret_service(on_desktop: Callable[[str], list[str]]) -> None:
    lines = on_desktop("""
print(keys.keyring_usable())
made = keys.create("ws-1", "m-1", passphrase=None)
print(keys.where("ws-1", "m-1"))
print(RestingKeys(Path(sys.argv[1])).unlock("ws-1", "m-1", passphrase=None).public() == made)
print(len(list(collection().get_all_items())))
keys.forget("ws-1", "m-1")
print(attempt(lambda: keys.unlock("ws-1", "m-1", passphrase=None)))
print(len(list(collection().get_all_items())))
""")

    assert lines == ["True", "keyring", "True", "1", "keys.not_here", "0"]


def test_a_locked_secret_service_is_told_and_nothing_is_lost(
    on_desktop: Callable[[str], list[str]],
) -> None:
    lines = on_desktop("""
made = keys.create("ws-1", "m-1", passphrase=None)
collection().lock()
print(attempt(lambda: keys.unlock("ws-1", "m-1", passphrase=None)))
print(keys.keyring_usable())
print(attempt(lambda: keys.create("ws-1", "m-2", passphrase=None)))
print(keys.where("ws-1", "m-1"), repr(keys.where("ws-1", "m-2")))
""")

    assert lines == ["keys.keyring_locked", "False", "keys.keyring_locked", "keyring ''"]


def test_a_secret_service_that_was_reset_no_longer_opens_the_file(
    on_desktop: Callable[[str], list[str]],
) -> None:
    lines = on_desktop("""
keys.create("ws-1", "m-1", passphrase=None)
for item in collection().get_all_items():
    item.delete()
print(attempt(lambda: keys.unlock("ws-1", "m-1", passphrase=None)))
""")

    assert lines == ["keys.keyring_empty"]


def test_keys_outlive_the_desktop_session(on_desktop: Callable[[str], list[str]]) -> None:
    made = on_desktop('print(keys.create("ws-1", "m-1", passphrase=None).signing.hex())')
    found = on_desktop('print(keys.unlock("ws-1", "m-1", passphrase=None).public().signing.hex())')

    assert found == made
