"""The whole job, headless, as ``sandglass demo --headless`` plays it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from app.bootstrap import build
from app.ports.progress import QuietTask
from tests.benchmarks.figures import peak_megabytes, seconds, tell


def main() -> None:
    """Measure and tell; there is no floor but the goal of 10 s."""
    with tempfile.TemporaryDirectory() as name:
        app = build(Path(name) / "home")
        ours = seconds(lambda: app.demo.play(Path(name) / "out", QuietTask()))
        tell(
            ours=ours,
            floor=0,
            megabytes=peak_megabytes(),
            words="the whole job in {ours_s} s (goal 10 s), {megabytes} MB at most",
        )
