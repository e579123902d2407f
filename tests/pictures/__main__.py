"""Draws every page and dialog, so that anybody can look at them all.

``python tests/pictures DIR`` leaves PNG files in a folder for each world (with the demo's data,
empty, in error, shared on a server), colours and scale, and ``index.html`` with all of them.
Nothing appears on the screen. A team's pictures need PostgreSQL's server programs; where they are
missing the index says so. What is drawn is made up, and goes away with the temporary folder in
which it is made.
"""

from __future__ import annotations

import html
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCHEMES = ("light", "dark")
SCALES = {"100": ("1", "1440x900"), "200": ("2", "1024x700")}
"""What each scale sets for Qt, and the size of the window in pixels that do not depend on it."""


def main(words: list[str]) -> int:
    """Draw everything into the folder that is named."""
    if len(words) != 1 or words[0].startswith("-"):
        print(__doc__)
        return 2
    folder = Path(words[0]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    running = []
    for scheme in SCHEMES:
        for scale, (factor, size) in SCALES.items():
            # -P: an "app" in the temporary folder must not be taken for ours.
            script = "from tests.pictures.draw import main; main()"
            line = [sys.executable, "-P", "-c", script, str(folder), scheme, scale, size]
            environment = {
                **os.environ,
                "QT_QPA_PLATFORM": "offscreen",
                "QT_SCALE_FACTOR": factor,
                "QT_LOGGING_RULES": "qt.qpa.*=false",
                "PYTHONPATH": str(ROOT),
            }
            running.append(subprocess.Popen(line, cwd=tempfile.gettempdir(), env=environment))
    code = max(each.wait() for each in running)
    drawn = sorted(folder.glob("*/*.png"))
    (folder / "index.html").write_text(_index(folder, drawn), encoding="utf-8")
    print(f"{len(drawn)} pictures: {folder / 'index.html'}")
    return code


def _index(folder: Path, drawn: list[Path]) -> str:
    parts = [
        (
            "<!doctype html><meta charset=utf-8><title>Sandglass</title><style>"
            "body{font:14px sans-serif;margin:24px;background:#ddd}figure{display:inline-block;"
            "margin:8px;vertical-align:top}img{width:460px;display:block}</style>"
        )
    ]
    for reason in sorted(folder.glob("*/*.txt")):
        why = html.escape(reason.read_text(encoding="utf-8"))
        parts.append(f"<p>Left out: {html.escape(reason.parent.name)}. {why}.</p>")
    group = ""
    for path in drawn:
        if path.parent.name != group:
            group = path.parent.name
            parts.append(f"<h2>{html.escape(group)}</h2>")
        place = html.escape(path.relative_to(folder).as_posix())
        parts.append(
            f'<figure><a href="{place}"><img src="{place}" loading=lazy alt="{place}"></a>'
            f"<figcaption>{html.escape(path.stem)}</figcaption></figure>"
        )
    return "\n".join(parts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
