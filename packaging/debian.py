"""Installs Debian and Ubuntu packages where this user may, and says how where not."""

import os
import shutil
import subprocess
from collections.abc import Sequence

_APT = ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq")
# Tests start a directory of their own: the system's must not listen on the network.
_ANSWERS = "slapd slapd/no_configuration boolean true\n"
WAIT = ("-o", "DPkg::Lock::Timeout=120", "-o", "Acquire::http::Timeout=30")


def may_install() -> bool:
    """Say whether this user may install packages without being asked anything."""
    return _permitted() is not None


def install(packages: Sequence[str]) -> bool:
    """Install packages as root or by sudo without a password; say whether all are there now."""
    prefix = _permitted()
    if prefix is None:
        return False
    _run([*prefix[: -len(_APT)], "env", "debconf-set-selections"], said=_ANSWERS)
    command = [*prefix, "install", "-y", "--no-install-recommends", *WAIT]
    # A fresh machine has no package lists yet; one that has them need not fetch them.
    if _run([*command, *packages]) or (
        _run([*prefix, "update", *WAIT]) and _run([*command, *packages])
    ):
        return True
    # A name unknown to this release must not cost the others.
    installed = [name for name in packages if _run([*command, name])]
    return len(installed) == len(packages)


def advice(packages: Sequence[str]) -> str:
    """Say what a person may type."""
    names = " ".join(packages)
    if shutil.which("apt-get") is None:
        return f"install what your system calls {names}"
    return f"run: sudo apt-get install --no-install-recommends {names}"


def _permitted() -> list[str] | None:
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return [*_APT]
    if shutil.which("sudo") and _run(["sudo", "-n", "true"]):
        return ["sudo", "-n", *_APT]
    return None


def _run(command: list[str], said: str = "") -> bool:
    return not subprocess.run(
        command,
        input=said.encode(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    ).returncode
