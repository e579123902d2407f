"""The commands: what runs once .venv stands."""

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import libraries
from console import Trouble, say, warn
from environment import Environment, only_one

SET_UP_FAILED = 3
INTERRUPTED = 130
USAGE = """\
python3 packaging demo [--servers] [--headless] [--out DIR]
                                                  show the main job on made-up data
python3 packaging run [WORDS]                     start Sandglass, or one of its commands
python3 packaging test [PYTEST WORDS]             run every check, or only these tests
python3 packaging bench [WORDS]                   run the benchmarks
python3 packaging pictures DIR                    draw every page and dialog into a folder

The first start makes .venv and installs what is needed; the following ones need no network."""


def main(words: list[str]) -> int:
    """Set up what is missing, run one command and return its exit code."""
    if not words or words[0] in {"-h", "--help", "help"}:
        say(USAGE)
        return 0
    command, *rest = words
    if command not in {"demo", "run", "test", "bench", "pictures"}:
        warn(f"There is no command {command!r}.\n{USAGE}")
        return 2
    environment = Environment(Path(__file__).resolve().parent.parent)
    try:
        _set_up(environment, command, rest)
        if command == "test":
            return _test(environment, rest)
        return _become(environment, command, rest)
    except Trouble as trouble:
        warn(str(trouble))
    except OSError as error:
        warn(_sentence(error))
    except KeyboardInterrupt:
        warn("Stopped.")
        return INTERRUPTED
    return SET_UP_FAILED


def _set_up(environment: Environment, command: str, rest: list[str]) -> None:
    with only_one(environment.root):
        environment.prepare()
        can_draw = libraries.check_window(environment)
        if command == "test":
            libraries.add_test_programs(environment)
    if not can_draw and _wants_window(command, rest):
        raise Trouble("Sandglass cannot open its window before they are installed.")


def _wants_window(command: str, rest: list[str]) -> bool:
    has_screen = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    asks = "--headless" not in rest if command == "demo" else command == "run" and not rest
    return has_screen and asks


def _become(environment: Environment, command: str, rest: list[str]) -> int:
    """Turn into the program, so that signals and exit code are its own."""
    # -P: an "app" in the folder where the person happens to be must not be taken for ours.
    targets = {
        "demo": ["-P", "-m", "app", "demo"],
        "run": ["-P", "-m", "app"],
        "bench": [str(environment.root / "tests" / "benchmarks")],
        "pictures": [str(environment.root / "tests" / "pictures")],
    }
    line = [str(environment.python), *targets[command], *rest]
    if os.name == "nt":
        return subprocess.call(line)
    sys.stdout.flush()
    return os.execv(line[0], line)  # noqa: S606 - no shell is wanted


def _test(environment: Environment, rest: list[str]) -> int:
    python = str(environment.python)
    pytest = [python, "-m", "pytest", *rest]
    if rest:
        return _pass_on(subprocess.call(pytest, cwd=environment.root))
    # Tests wait for servers, disks and other processes about as long as they compute.
    workers = str((os.cpu_count() or 1) * 3 // 2)
    steps = {
        "ruff check": [python, "-m", "ruff", "check", "."],
        "ruff format": [python, "-m", "ruff", "format", "--check", "."],
        "mypy": [python, "-m", "mypy"],
        "lint-imports": [str(environment.program("lint-imports"))],
        # In the order of the folders: by their number of tests, files of a few long ones come last.
        "pytest": [*pytest, "-n", workers, "--dist", "loadfile", "--no-loadscope-reorder"],
    }
    failed = [name for name, line in steps.items() if not _passes(name, line, environment.root)]
    say(f"Failed: {', '.join(failed)}." if failed else "Everything passed.")
    return 1 if failed else 0


def _passes(name: str, line: list[str], root: Path) -> bool:
    begun = time.perf_counter()
    if name == "pytest":
        returncode, said = subprocess.call(line, cwd=root), ""
    else:
        done = subprocess.run(line, cwd=root, capture_output=True, text=True, check=False)
        returncode, said = done.returncode, done.stdout + done.stderr
    if returncode and said:
        say(said.rstrip())
    verdict = "FAILED" if returncode else "passed"
    say(f"{name:<13} {verdict} in {time.perf_counter() - begun:.1f} s")
    return not returncode


def _pass_on(returncode: int) -> int:
    """Say it as a shell does when a signal ended the program."""
    return returncode if returncode >= 0 else 128 - returncode


def _sentence(error: OSError) -> str:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return "The disk is full: free about 1 GB, then start this again."
    return f"The set-up failed, {error.strerror}: {error.filename}."
