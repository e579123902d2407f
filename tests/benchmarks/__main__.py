"""Runs the benchmarks, each in a process of its own, and holds the ratios against the table.

``python tests/benchmarks [NAME ...]``. A ratio is ours against the floor, measured in one run; a
benchmark that lost more than a quarter against ``table.json`` is reported, and the exit code is 1.
``--write`` puts the new figures into the table.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TABLE = HERE / "table.json"
NAMES = (
    "vault_from_sqlite",
    "audit_report",
    "airlock",
    "airlock_subject",
    "airlock_mariadb",
    "verification",
    "verification_shared",
    "workspace_appends",
    "workspace_load",
    "whole_job",
    "first_paint",
    "requests_list",
    "review_list",
    "event_loop",
    "live",
    "memory",
)
LOST = 1.25


def run(name: str) -> dict[str, object]:
    """Return the figures of one benchmark; each is a module that prints one JSON object."""
    script = f"from tests.benchmarks.{name} import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True
    )
    figures: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return figures


def main(words: list[str]) -> int:
    """Run the benchmarks named, or all."""
    write = "--write" in words
    names = [each for each in words if not each.startswith("--")] or list(NAMES)
    table = json.loads(TABLE.read_text(encoding="utf-8")) if TABLE.is_file() else {}
    code = 0
    for name in names:
        figures = run(name)
        before = table.get(name, {}).get("cost")
        lost = bool(before) and float(str(figures["cost"])) > float(before) * LOST
        code |= lost
        print(f"{name}: {figures['words']}" + (f"  LOST: was {before}" if lost else ""))
        table[name] = figures
    if write:
        table["machine"] = f"{platform.machine()}, Python {platform.python_version()}"
        TABLE.write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
