"""What the program holds after the demo was played in a loop, against what it held at first.

``SANDGLASS_LOOP_MINUTES`` says for how long; each round is a new demo in the same window.
"""

from __future__ import annotations

import gc
import os
import tempfile
import time
from pathlib import Path

from app.ui.shell.memory import share_what_is_freed
from tests.benchmarks.figures import megabytes, tell
from tests.benchmarks.window import start

MINUTES = float(os.environ.get("SANDGLASS_LOOP_MINUTES", "5"))
_SETTLING = 1 / 6
"""The part of the time after which every page, font, library and thread has had its turn."""


def main() -> None:
    """Measure and tell."""
    share_what_is_freed()
    qt = start()
    with tempfile.TemporaryDirectory() as name:
        os.environ["SANDGLASS_HOME"] = name
        from app.bootstrap import build  # noqa: PLC0415 - the home first
        from app.ui.shell.main_window import MainWindow, PreferenceFile  # noqa: PLC0415
        from tests.ui.hands import Mouse  # noqa: PLC0415
        from tests.ui.play import play  # noqa: PLC0415
        from tests.ui.windows import finish_work  # noqa: PLC0415

        window = MainWindow(preferences=PreferenceFile(Path(name) / "window.json"))
        window.use(build())
        window.show()
        held: list[int] = []
        settled = 0
        begun = time.monotonic()
        while (passed := time.monotonic() - begun) < MINUTES * 60:
            if passed < MINUTES * 60 * _SETTLING:
                settled = len(held)
            folder = Path(name) / f"round-{len(held)}"
            folder.mkdir()
            play(Mouse(window), window, folder)
            window.leave()
            finish_work(window)
            qt.processEvents()
            gc.collect()
            held.append(megabytes())
        window.close()
    tell(
        ours=held[-1],
        floor=held[settled],
        rounds=len(held),
        minutes=MINUTES,
        words="after {minutes:g} minutes, {rounds} demos answered in one window, it held "
        "{ours_s:g} MB; {floor_s:g} MB when it had settled",
    )
