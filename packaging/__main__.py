"""Sets Sandglass up and starts it: python3 packaging demo | test | run | bench."""

# This file and interpreters.py parse on Python 3.6, so that an old one gets a sentence.

import os
import subprocess
import sys
from pathlib import Path
from typing import List

import interpreters

SET_UP_FAILED = 3


def main(words: List[str]) -> int:
    """Go on with a Python that is new enough, or say in one sentence that there is none."""
    folder = Path(__file__).resolve().parent
    search = interpreters.Search(root=folder.parent, environ=dict(os.environ))
    found = search.best()
    if found is None:
        sys.stderr.write(search.refusal() + "\n")
        return SET_UP_FAILED
    if not interpreters.is_running(found):
        return start_again(found, folder, words)
    os.environ.pop(interpreters.CHOSEN, None)
    # Only now: these modules are written for a Python that is new enough.
    import commands  # noqa: PLC0415

    return commands.main(words)


def start_again(python: interpreters.Python, folder: Path, words: List[str]) -> int:
    """Run this folder with another interpreter, which then need not search."""
    environ = dict(os.environ, **{interpreters.CHOSEN: python.path})
    command = [python.path, str(folder)] + words  # noqa: RUF005
    if os.name == "nt":
        return subprocess.call(command, env=environ)
    sys.stdout.flush()
    os.execve(python.path, command, environ)  # noqa: S606
    return SET_UP_FAILED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
