"""Makes .venv from the lock, remembers what it holds, and remakes it when that is not so."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO

import installers
import interpreters
from console import Trouble, say, step

STAMP = "sandglass.json"
UNFINISHED = "sandglass.unfinished"
PROBE = "import sys; print('%d.%d.%d' % sys.version_info[:3]); print(sys.prefix)"


@dataclass(frozen=True)
class Stamp:
    """What a finished .venv was made from, and what was looked at on this computer."""

    lock: str = ""
    project: str = ""
    python: str = ""
    root: str = ""
    libraries_found: bool = False
    tried: tuple[str, ...] = ()


class Environment:
    """The project's .venv."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / ".venv"
        self.python = self.program("python")

    def program(self, name: str) -> Path:
        """Say where a program of this environment is."""
        if os.name == "nt":
            return self.folder / "Scripts" / f"{name}.exe"
        return self.folder / "bin" / name

    def stamp(self) -> Stamp:
        """Read what was remembered; an unreadable stamp is an empty one."""
        try:
            known = json.loads((self.folder / STAMP).read_text("utf-8"))
            return Stamp(**known | {"tried": tuple(known["tried"])})
        except (OSError, ValueError, TypeError, KeyError):
            return Stamp()

    def remember(self, stamp: Stamp) -> None:
        """Replace the stamp in one go, so that no half of one is ever read."""
        new = self.folder / f"{STAMP}.new"
        new.write_text(json.dumps(asdict(stamp), indent=1), "utf-8")
        new.replace(self.folder / STAMP)

    def prepare(self) -> None:
        """Bring .venv to what the lock and pyproject.toml say; quick when it is there already."""
        version = self._version()
        wanted = self._wanted(version)
        known = self.stamp()
        if version and replace(known, libraries_found=False, tried=()) == wanted:
            return
        if not version or known.root not in {"", wanted.root}:
            self._make()
            known, wanted = Stamp(), self._wanted(self._version())
        self._install(known, wanted)

    def _wanted(self, version: str) -> Stamp:
        return Stamp(
            lock=_digest(self.root / "requirements.lock"),
            project=_digest(self.root / "pyproject.toml"),
            python=version,
            root=str(self.root),
        )

    def _version(self) -> str:
        """Ask .venv for its version; empty when it is missing, half made, moved or too old."""
        if (self.folder / UNFINISHED).exists() or not (self.folder / "pyvenv.cfg").exists():
            return ""
        try:
            answer = subprocess.run(
                [self.python, "-I", "-c", PROBE],
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
        except (OSError, subprocess.SubprocessError):
            return ""
        version, _, prefix = answer.stdout.strip().partition("\n")
        is_here = bool(prefix) and Path(prefix).resolve() == self.folder.resolve()
        numbers = tuple(int(part) for part in version.split(".") if part.isdigit())
        return version if is_here and numbers[:2] >= interpreters.NEEDED else ""

    def _make(self) -> None:
        number = ".".join(str(part) for part in sys.version_info[:3])
        again = "again " if self.folder.exists() else ""
        with step(f"Making .venv {again}with Python {number}"):
            # First what makes it count as an environment, so that a kill from here on is noticed.
            (self.folder / "pyvenv.cfg").unlink(missing_ok=True)
            if self.folder.is_dir():
                shutil.rmtree(self.folder)
            installers.run(
                [_base_python(), "-m", "venv", "--without-pip", str(self.folder)],
                log=self._log(),
            )

    def _install(self, known: Stamp, wanted: Stamp) -> None:
        unfinished = self.folder / UNFINISHED
        unfinished.touch()
        try:
            is_lock_met = (known.lock, known.python) == (wanted.lock, wanted.python)
            self._install_with_any(with_lock=not is_lock_met)
        except installers.NothingFetched:
            # It failed before it changed anything: what was there still works next time.
            unfinished.unlink()
            raise
        self.remember(replace(wanted, tried=known.tried))
        unfinished.unlink()

    def _install_with_any(self, *, with_lock: bool) -> None:
        failure = Trouble("There is neither uv nor pip.")
        for installer in installers.offers(self.python, self._log()):
            try:
                if with_lock:
                    with step(f"Installing the locked packages with {installer.name}"):
                        installer.install_lock(self.root / "requirements.lock")
                with step("Installing Sandglass itself"):
                    installer.install_project(self.root)
            except installers.NothingFetched as trouble:
                failure = trouble
            else:
                return
        raise failure

    def _log(self) -> Path:
        return self.root / "build" / "set-up.log"


@contextmanager
def only_one(root: Path) -> Iterator[None]:
    """Let one start at a time set things up; the lock dies with its process."""
    folder = root / "build"
    folder.mkdir(exist_ok=True)
    with (folder / "set-up.lock").open("w") as file:
        if not _lock(file, wait=False):
            say("Another start is setting things up; waiting for it.")
            _lock(file, wait=True)
        yield


def _lock(file: IO[str], *, wait: bool) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - exists there only

            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - exists there only

            fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        if wait:
            raise
        return False
    return True


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        message = f"{path.name} is missing: this copy of Sandglass is incomplete."
        raise Trouble(message) from None


def _base_python() -> str:
    """Name the interpreter behind any environment, which outlives the .venv that is remade."""
    if sys.prefix != sys.base_prefix and os.name != "nt":
        return os.path.realpath(sys.executable)
    return sys.executable
