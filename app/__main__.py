"""Starts Sandglass."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command on the command line and return its exit code."""
    from app.bootstrap import build  # noqa: PLC0415 - help must not wait for every adapter
    from app.cli.arguments import run  # noqa: PLC0415

    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character shows a substitute instead of failing.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # real streams have it
    return run(sys.argv[1:], build)


if __name__ == "__main__":
    sys.exit(main())
