"""The program in docs/log.md, as anybody would copy it."""

from __future__ import annotations

import csv
import io
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.office import open_office

PAGE = Path(__file__).parents[2] / "docs" / "log.md"
README = Path(__file__).parents[2] / "README.md"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, int]:
    """Return a workspace's file, its head and how many entries it has."""
    folder = tmp_path_factory.mktemp("office")
    office = open_office(folder)
    office.granted()
    with office.workspace.read() as unit:
        entries, head, _at = unit.log.head()
    office.workspace.close()
    return folder / "workspace.sqlite", head, entries


def program() -> str:
    (found,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    return str(found)


def run(*arguments: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", "-c", program(), *arguments],
        input=given, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip


def test_it_is_short_and_linked_from_the_front_page() -> None:
    assert len([line for line in program().splitlines() if line.strip()]) <= 20
    assert "docs/log.md" in README.read_text("utf-8")


def test_it_recomputes_the_chain_of_a_file(workspace: tuple[Path, str, int]) -> None:
    path, head, entries = workspace
    done = run(str(path))
    assert done.stdout == f"{entries} entries, head {head}\n", done.stderr


def test_it_recomputes_the_chain_of_an_export(workspace: tuple[Path, str, int]) -> None:
    path, head, entries = workspace
    with closing(sqlite3.connect(path)) as store:
        rows = store.execute("SELECT number, line, previous, hash FROM log").fetchall()
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    assert run(given=out.getvalue()).stdout == f"{entries} entries, head {head}\n"
    rows[4] = (rows[4][0], rows[4][1].replace("T", "U", 1), *rows[4][2:])
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    done = run(given=out.getvalue())
    assert done.returncode == 1
    assert "entry 5 is missing, was changed" in done.stderr
