"""What the set-up says: one line per step with its seconds, one sentence per trouble."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Trouble(Exception):  # noqa: N818 - it is shown to people as it stands
    """Stops the set-up; its text is one sentence for the person at the keyboard."""


def say(text: str) -> None:
    """Print a line at once, also into a pipe."""
    print(text, flush=True)


def warn(text: str) -> None:
    """Print a line on the error stream that does not stop anything."""
    sys.stdout.flush()
    print(text, file=sys.stderr, flush=True)


@contextmanager
def step(text: str) -> Iterator[None]:
    """Announce a step and add, on the same line, how long it took."""
    print(f"{text} …", end=" ", flush=True)
    begun = time.perf_counter()
    try:
        yield
    except BaseException:
        print("stopped", flush=True)
        raise
    print(f"{time.perf_counter() - begun:.1f} s", flush=True)
