"""Puts locked packages into an environment, with uv where it is there, else with pip."""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import debian
import interpreters
from console import Trouble

NO_NETWORK = (
    "name resolution",
    "failed to resolve",
    "could not resolve",
    "dns error",
    "getaddrinfo",
    "error sending request",
    "newconnectionerror",
    "connection refused",
    "connection reset",
    "connection broken",
    "connecttimeout",
    "network is unreachable",
    "network connectivity is disabled",
    "network was disabled",
    "timed out",
    "max retries exceeded",
    "failed to fetch",
    "client error (connect)",
)


class NothingFetched(Trouble):
    """The packages could not be had, and nothing was changed."""


def run(command: Sequence[str | Path], *, log: Path) -> None:
    """Run a program, keep what it says in a log, and turn a failure into one sentence."""
    log.parent.mkdir(exist_ok=True)
    with log.open("a", encoding="utf-8") as file:
        begun = file.tell()
        file.write(f"\n$ {' '.join(str(word) for word in command)}\n")
        file.flush()
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        with log.open("rb") as file:
            file.seek(begun)
            said = file.read().decode("utf-8", "replace")
        raise _trouble(said, log)


def _trouble(said: str, log: Path) -> Trouble:
    text = said.lower()
    if "no space left" in text or "disk quota exceeded" in text:
        return Trouble("The disk is full: free about 1 GB, then start this again.")
    if "do not match the hashes" in text or "hash mismatch" in text:
        return NothingFetched(
            "A package is not the one that requirements.lock names (its hash differs), so nothing "
            f"was installed: see {log}."
        )
    if "ssl module is not available" in text:
        return NothingFetched(
            f"The Python at {sys.executable} was built without SSL and cannot fetch packages: "
            f"set {interpreters.CHOSEN} to the path of another one."
        )
    if any(sign in text for sign in NO_NETWORK):
        return NothingFetched(
            "The packages could not be fetched: check the network (or the proxy and index that "
            "pip uses), then start this again."
        )
    if "no solution found" in text or "no matching distribution" in text:
        return NothingFetched(
            "The package index in use does not have what requirements.lock names for this Python: "
            f"see {log}."
        )
    lines = [line for line in said.splitlines() if line.strip()]
    return Trouble(f"The set-up failed, {lines[-1].strip()!r}: see {log}.")


@dataclass(frozen=True)
class Installer:
    """A program that installs into one environment."""

    name: str
    command: tuple[str, ...]
    log: Path

    def install_lock(self, lock: Path) -> None:
        """Install exactly what the lock names, each file checked against its hash."""
        # The lock names everything, so there is nothing to resolve.
        run([*self.command, "--no-deps", "--require-hashes", "-r", lock], log=self.log)

    def install_project(self, root: Path) -> None:
        """Install the project itself in place, without fetching anything."""
        options = ("--no-build-isolation", "--no-deps", "-e", str(root))
        run([*self.command, *options], log=self.log)


def offers(python: Path, log: Path) -> Iterator[Installer]:
    """Offer uv where it works, then pip, which may know another index or proxy."""
    uv = shutil.which("uv")
    if uv and _works([uv, "--version"]):
        yield Installer("uv", (uv, "pip", "install", "--quiet", "--python", str(python)), log)
    if not _works([str(python), "-m", "pip", "--version"]):
        _add_pip(python, log)
    quiet = ("--quiet", "--no-compile", "--disable-pip-version-check", "--no-input", "--retries=2")
    yield Installer("pip", (str(python), "-m", "pip", "install", *quiet), log)


def _add_pip(python: Path, log: Path) -> None:
    if importlib.util.find_spec("ensurepip") is None:
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        if not debian.install([package]):
            message = f"This Python cannot install packages: {debian.advice([package])}."
            raise Trouble(message)
    run([python, "-m", "ensurepip", "--default-pip"], log=log)


def _works(command: list[str]) -> bool:
    """Try a program: a launcher may be on PATH without anything behind it."""
    try:
        return not subprocess.run(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            timeout=60,
            env=os.environ,
            check=False,
        ).returncode
    except (OSError, subprocess.SubprocessError):
        return False
