"""Finds a Python that is new enough for Sandglass; parses on Python 3.6."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple, Optional, Tuple

NEEDED = (3, 12)
NEWEST_TRIED = 15
CHOSEN = "SANDGLASS_PYTHON"
PROBE = "import sys; print('%d.%d.%d' % sys.version_info[:3]); print(sys.executable)"

Version = Tuple[int, ...]
Python = NamedTuple("Python", [("path", str), ("version", Version)])


def running() -> Python:
    """Say which interpreter runs this file."""
    return Python(sys.executable, tuple(sys.version_info[:3]))


def is_running(python: Python) -> bool:
    """Say whether this process is already what was found."""
    return python == running()


def probe(path: str) -> Optional[Python]:
    """Ask an interpreter for its version and where it really is, past any launcher."""
    try:
        answer = subprocess.run(
            [path, "-IS", "-c", PROBE],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            universal_newlines=True,
            timeout=30,
            check=False,
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    lines = answer.stdout.split("\n")
    found = re.match(r"(\d+)\.(\d+)\.(\d+)$", lines[0].strip())
    if answer.returncode or not found:
        return None
    real = lines[1].strip() if len(lines) > 1 else ""
    return Python(real or path, tuple(int(part) for part in found.groups()))


class Search:
    """Looks where Pythons live, nearest first, and remembers those that were too old."""

    def __init__(self, root: Path, environ: Dict[str, str], first: Optional[Python] = None) -> None:
        self._root = root
        self._environ = environ
        self._first = first or running()
        self._too_old = []  # type: List[Version]

    def best(self) -> Optional[Python]:
        """Return the chosen interpreter, else the running one, else the first that will do."""
        chosen = self._environ.get(CHOSEN, "")
        if chosen:
            mine = chosen == self._first.path
            return self._if_new_enough(self._first if mine else probe(chosen))
        return self._if_new_enough(self._first) or self._elsewhere()

    def refusal(self) -> str:
        """Say in one sentence that there is none, and what would help."""
        needed = "{}.{}".format(*NEEDED)
        seen = ", ".join("{}.{}.{}".format(*version) for version in sorted(set(self._too_old)))
        return (
            "Sandglass needs Python {} or newer and found {}: install one (for example "
            "python{} by your system's packages, pyenv or uv), then start this again."
        ).format(needed, "only " + seen if seen else "none", needed)

    def _if_new_enough(self, python: Optional[Python]) -> Optional[Python]:
        if python is None:
            return None
        if python.version[:2] >= NEEDED:
            return python
        self._too_old.append(python.version)
        return None

    def _elsewhere(self) -> Optional[Python]:
        for path in self._places():
            python = self._if_new_enough(probe(path))
            if python is not None:
                return python
        return None

    def _places(self) -> Iterator[str]:
        for name in self._names():
            path = shutil.which(name, path=self._environ.get("PATH", ""))
            if path:
                yield path
        for path in self._from_pyenv():
            yield path
        for path in self._from_uv():
            yield path

    def _names(self) -> List[str]:
        # Upwards from the preferred one: the newest Pythons are the last to get wheels.
        minors = range(NEEDED[1], NEWEST_TRIED + 1)
        names = ["python3.{}".format(minor) for minor in minors]
        preferred = "python{}.{}".format(*self._preferred())
        names.sort(key=lambda name: name != preferred)
        return [*names, "python3", "python"]

    def _preferred(self) -> Version:
        try:
            text = (self._root / ".python-version").read_text(encoding="ascii")
        except (OSError, ValueError):
            return NEEDED
        found = re.match(r"(\d+)\.(\d+)", text)
        return tuple(int(part) for part in found.groups()) if found else NEEDED

    def _from_pyenv(self) -> List[str]:
        home = self._environ.get("HOME")
        default = (Path(home) if home else Path.home()) / ".pyenv"
        base = Path(self._environ.get("PYENV_ROOT") or default)
        preferred = self._preferred()
        found = []
        for folder in (base / "versions").glob("3.*"):
            name = re.match(r"(\d+)\.(\d+)\.(\d+)$", folder.name)
            version = tuple(int(part) for part in name.groups()) if name else ()
            if version[:2] >= NEEDED:
                found.append((version[:2] != preferred, version, folder))
        return [str(folder / "bin" / "python") for _, _, folder in sorted(found)]

    def _from_uv(self) -> List[str]:
        uv = shutil.which("uv", path=self._environ.get("PATH", ""))
        if not uv:
            return []
        try:
            answer = subprocess.run(
                [uv, "python", "find", "--no-python-downloads", ">={}.{}".format(*NEEDED)],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                universal_newlines=True,
                timeout=30,
                check=False,
            )
        except (OSError, subprocess.SubprocessError):
            return []
        return [answer.stdout.strip()] if answer.stdout.strip() else []
