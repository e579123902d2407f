"""The commands as people and scripts use them: streams, exit codes, and never a traceback."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from app import __version__
from tests.end_to_end.ground import (
    ROOT,
    Run,
    entries,
    environment,
    here,
    is_sound,
    sandglass,
    scratch_in,
)
from tests.end_to_end.other_process import play

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS = ("deadline", "demo", "map", "verify")
MAP = """\
dataset:
- fides_key: shop
  name: Shop
  collections:
  - name: people
    fields:
    - {name: id, data_categories: [user.unique_id], fides_meta: {primary_key: true}}
    - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email}}
    - {name: name, data_categories: [user.name]}
  - name: things
    fields:
    - name: person
      data_categories: [user.unique_id]
      fides_meta: {references: [{dataset: shop, field: people.id, direction: from}]}
    - {name: whole, data_categories: [user.content]}
    - {name: broken, data_categories: [user.content]}
    - {name: raw, data_categories: [user.content]}
    - {name: words, data_categories: [user.content]}
"""
WORDS = 'Ünïcode, "quotes",\nlines and a \U0001f511'
EVERYBODY = ("--identity", "email=ann@example.org")


@pytest.fixture
def shop(tmp_path: Path) -> tuple[Path, str]:
    """A map, and the address of a database with one Ann, one Bob and their things."""
    file = tmp_path / "shop.db"
    with contextlib.closing(sqlite3.connect(file)) as database, database:
        database.executescript(
            """
            CREATE TABLE people(id INTEGER PRIMARY KEY, email TEXT, name TEXT);
            CREATE TABLE things(person INTEGER, whole INTEGER, broken REAL, raw BLOB, words TEXT);
            INSERT INTO people VALUES (1, 'Ann@Example.org', 'Ann'), (2, 'bob@example.org', 'Bob');
            """
        )
        things = [
            (1, 2**63 - 1, 0.1, b"\x00\xff", WORDS),
            (1, None, float("inf"), None, ""),
            (2, 1, 1.0, b"", "Bob's own"),
        ]
        database.executemany("INSERT INTO things VALUES (?, ?, ?, ?, ?)", things)
    (tmp_path / "shop.yml").write_text(MAP, encoding="utf-8")
    return tmp_path / "shop.yml", f"sqlite:///{file}"


def must_be_a_sentence(run: Run) -> None:
    """Whatever went wrong is told in words, to the end of a sentence."""
    assert "Traceback" not in run.err + run.out
    assert "Error:" not in run.err.replace("error: ", "")
    assert run.err.strip(), run


# Help


def test_help_lists_the_commands(tmp_path: Path) -> None:
    run = sandglass("--help", home=tmp_path / "home")
    assert (run.code, run.err) == (0, "")
    for name in COMMANDS:
        assert f"\n    {name} " in run.out
    assert not (tmp_path / "home").exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="has a desktop always")
@pytest.mark.parametrize("words", [(), ("demo",)])
def test_without_a_desktop_the_window_says_so(words: tuple[str, ...], tmp_path: Path) -> None:
    none = {"DISPLAY": "", "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": ""}
    run = sandglass(*words, home=tmp_path / "home", **none)
    assert (run.code, run.out) == (1, "")
    must_be_a_sentence(run)
    assert "sandglass --help" in run.err


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str, tmp_path: Path) -> None:
    run = here(name, "--help", home=tmp_path)
    assert (run.code, run.err) == (0, "")
    assert run.out.startswith(f"usage: sandglass {name}")


def test_the_version_is_told(tmp_path: Path) -> None:
    run = here("--version", home=tmp_path)
    assert run == Run(0, f"sandglass {__version__}\n", "")


@pytest.mark.parametrize(
    "words",
    [["sing"], ["verify"], ["demo", "--loud"], ["map"], ["map", "check"], ["deadline", "--pause"],
     ["--home", "x"], ["demo", "--out"], ["map", "test", "x.yml"], [""]],
)  # fmt: skip
def test_what_is_no_command_ends_with_2_and_usage(words: list[str], tmp_path: Path) -> None:
    run = here(*words, home=tmp_path)
    assert (run.code, run.out) == (2, "")
    assert run.err.startswith("usage: sandglass")


# verify


def test_verify_says_of_each_file_what_it_is_not(tmp_path: Path) -> None:
    empty, binary, folder = tmp_path / "empty", tmp_path / "binary", tmp_path / "folder"
    empty.touch()
    binary.write_bytes(bytes(range(256)) * 64)
    folder.mkdir()
    other = tmp_path / "other.sqlite"
    with contextlib.closing(sqlite3.connect(other)) as database, database:
        database.execute("CREATE TABLE t(a)")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    files = {
        tmp_path / "missing": "cannot be read (No such file or directory)",
        empty: "is neither a workspace, nor an audit report, nor a package",
        binary: "is neither a workspace, nor an audit report, nor a package",
        pipe: "is neither a workspace, nor an audit report, nor a package",
        folder: "holds no manifest.json",
        other: "is no Sandglass workspace",
    }
    run = here("verify", *files, home=tmp_path / "home")
    assert (run.code, run.out) == (1, "")
    for line, (file, said) in zip(run.err.splitlines(), files.items(), strict=True):
        assert line.startswith(f"{file}: ")
        assert said in line


@pytest.mark.parametrize("start_of", [b"%PDF-1.7", b"PK\x03\x04", b"SQLite format 3\0", b"%PDF"])
@pytest.mark.parametrize("rest", [b"", b"\n" * 200, b"\xff\x00" * 3000])
def test_what_only_begins_like_one_of_ours_is_not_sound(
    tmp_path: Path, start_of: bytes, rest: bytes
) -> None:
    (tmp_path / "file").write_bytes(start_of + rest)
    run = here("verify", tmp_path / "file", home=tmp_path / "home")
    assert (run.code, run.out) == (1, "")
    must_be_a_sentence(run)


@pytest.mark.parametrize(
    "manifest",
    ["", "{", "[]", "null", '{"files": 7, "request": "x"}', '{"files": [{"path": "a"}]}',
     '{"files": [{"path": {}, "sha256": []}], "request": "x"}', '{"files": [null], "request": 1}',
     "[" * 100_000, "9" * 10_000, "\ufeff{}", '{"files": [], "request": "\\ud800"}'],
)  # fmt: skip
def test_a_broken_manifest_is_said_to_be_broken(manifest: str, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(manifest, encoding="utf-8", errors="surrogatepass")
    (tmp_path / "more.txt").touch()
    run = here("verify", tmp_path, home=tmp_path / "home")
    assert (run.code, run.out) == (1, "")
    must_be_a_sentence(run)


def test_names_from_a_strange_package_cannot_steer_the_terminal(tmp_path: Path) -> None:
    manifest = {"files": [{"path": "\x1b[2J", "sha256": ""}], "request": "\u202ex"}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    run = here("verify", tmp_path, home=tmp_path / "home")
    assert run.err == f"{tmp_path}: NOT sound. \\x1b[2J is missing.\n"
    manifest["files"] = []
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert "Package of \\u202ex: 0 files" in here("verify", tmp_path, home=tmp_path / "home").out


def test_one_bad_file_among_good_ones_is_enough_for_1(played: Any, tmp_path: Path) -> None:
    report = played.folder / "audit-report.pdf"
    run = here("verify", report, tmp_path / "none", report, home=played.home)
    assert run.code == 1
    assert run.out.count("sound.") == 2
    assert len(run.err.splitlines()) == 1


# map


def test_map_check_names_file_line_and_column_of_each_error(tmp_path: Path) -> None:
    file = tmp_path / "bad.yml"
    file.write_text(MAP.replace("people.id", "people.no").replace("user.name", "user.nam"))
    run = here("map", "check", file, home=tmp_path / "home")
    assert run.code == 1
    errors = [line for line in run.out.splitlines() if ": error: " in line]
    assert errors
    for line in errors:
        path, at, column = line.split(": error: ")[0].rsplit(":", 2)
        assert path == str(file)
        assert 1 <= int(at) <= len(MAP.splitlines())
        assert int(column) >= 1
    assert "cannot be used" in run.out.splitlines()[-1]


def test_map_check_of_a_good_file_ends_with_0(shop: tuple[Path, str], tmp_path: Path) -> None:
    run = sandglass("map", "check", shop[0], home=tmp_path / "home")
    assert run.code == 0
    assert f"{shop[0]} can be used" in run.out


def test_map_test_counts_one_persons_rows_and_nobody_elses(
    shop: tuple[Path, str], tmp_path: Path
) -> None:
    run = sandglass("map", "test", shop[0], "--source", shop[1], *EVERYBODY, home=tmp_path / "h")
    assert run.code == 0
    counted = dict(line.split() for line in run.out.splitlines() if line.startswith("shop."))
    assert counted == {"shop.people": "1", "shop.things": "2"}


def test_map_test_hands_out_every_type_exactly(shop: tuple[Path, str], tmp_path: Path) -> None:
    words = ["map", "test", shop[0], "--source", shop[1], *EVERYBODY, "--json"]
    run = sandglass(*words, home=tmp_path / "home")
    assert run.code == 0
    rows = json.loads(run.out)["collections"]
    assert rows["shop.people"] == [{"id": 1, "email": "Ann@Example.org", "name": "Ann"}]
    first, second = rows["shop.things"]
    assert first == {"person": 1, "whole": 2**63 - 1, "broken": 0.1, "raw": "AP8=", "words": WORDS}
    assert second == {
        "person": 1, "whole": None, "broken": "Infinity", "raw": None, "words": "",
    }  # fmt: skip
    assert "Bob" not in run.out + run.err


def test_map_test_leaves_the_source_as_it_is(shop: tuple[Path, str], tmp_path: Path) -> None:
    file = tmp_path / "shop.db"
    before = file.read_bytes()
    here("map", "test", shop[0], "--source", shop[1], *EVERYBODY, home=tmp_path / "home")
    assert file.read_bytes() == before
    assert sorted(each.name for each in tmp_path.iterdir()) == ["shop.db", "shop.yml"]


@pytest.mark.parametrize(
    "url",
    ["", "shop.db", "oracle://x", "sqlite://", "sqlite:///", "sqlite:////none/such.db",
     "sqlite://host/x", "sqlite:///%00", "postgresql://", "postgresql://localhost:1/x",
     "postgresql://u:hunter2@127.0.0.1:1/x?connect_timeout=2", "sqlite:///" + "a" * 5000,
     "://", "sqlite:////tmp", "postgresql://[::1", "\udcff://"],
)  # fmt: skip
def test_a_source_that_is_none_gets_a_sentence_without_its_password(
    shop: tuple[Path, str], tmp_path: Path, url: str
) -> None:
    run = here("map", "test", shop[0], "--source", url, *EVERYBODY, home=tmp_path / "home")
    assert run.code in {1, 2}
    assert run.out == ""
    must_be_a_sentence(run)
    assert "hunter2" not in run.err


# deadline


def test_a_case_comes_in_through_a_pipe(tmp_path: Path) -> None:
    case = {"id": "A", "rule": "eu.dsr", "calendar": "DE", "received": "2026-03-05"}
    run = sandglass("deadline", "--from", "-", home=tmp_path, stdin=json.dumps(case))
    assert (run.code, run.err) == (0, "")
    assert json.loads(run.out)["due"] == "2026-04-07"


# Whatever comes in


HOSTILE = [
    "a" * 5000, "-", "--", "\udcff\udcfe", "\x1b[2J", "%s{0}{path}", "../../../etc/passwd", "/",
    "/proc/self/mem", "\u202egnp.exe", "x\ny", " ", "/dev/null/x", "/proc/none", "~",
]  # fmt: skip
PLACES: list[list[str]] = [
    ["verify", "{}"],
    ["verify", "./{}"],
    ["map", "check", "{}"],
    ["map", "test", "{}", "--source", "sqlite:///x", "--identity", "email=a@b.c"],
    ["deadline", "--from", "{}"],
    ["deadline", "--rule", "{}", "--calendar", "DE", "--received", "2026-03-05"],
    ["deadline", "--rule", "eu.dsr", "--calendar", "{}", "--received", "2026-03-05"],
    ["deadline", "--rule", "eu.dsr", "--calendar", "DE", "--received", "{}"],
    ["{}"],
]


@pytest.mark.parametrize("words", PLACES, ids=" ".join)
@pytest.mark.parametrize("value", HOSTILE, ids=[f"{number}" for number in range(len(HOSTILE))])
def test_hostile_words_get_a_sentence(
    words: list[str], value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = here(*(each.replace("{}", value) for each in words), home=tmp_path / "home")
    assert run.code in {1, 2}
    must_be_a_sentence(run)


@pytest.mark.parametrize(
    "folder",
    ["/dev/null", "/dev/null/x", "/proc/none", "a" * 5000, "x/" + "a" * 300, "file", "file/under"],
)
def test_a_demo_that_cannot_be_left_anywhere_says_so(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    run = here("demo", "--out", folder, home=tmp_path / "home")
    assert (run.code, run.out) == (1, "")
    must_be_a_sentence(run)
    assert len(run.err.splitlines()) == 1
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"


def test_words_that_are_no_text_are_shown_harmless(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable.encode(), b"-m", b"app", b"verify", b"/none/\xff\xfe\x1b[2J"],
        cwd=ROOT, env=environment(tmp_path), capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert b"\xff" not in done.stderr
    assert b"\x1b" not in done.stderr


# Streams


@pytest.mark.parametrize(
    "words",
    [["--help"], ["--version"], ["deadline", "--list-calendars"], ["verify", "README.md"]],
    ids=" ".join,
)
def test_a_reader_that_goes_early_is_no_failure_to_talk_about(
    words: list[str], tmp_path: Path
) -> None:
    reads, writes = os.pipe()
    os.close(reads)  # as `| head` does, but surely before the first line
    try:
        done = subprocess.run(
            [sys.executable, "-m", "app", *words],
            cwd=ROOT, env=environment(tmp_path), stdout=writes, stderr=subprocess.PIPE,
            text=True, check=False,
        )  # fmt: skip
    finally:
        os.close(writes)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_only_the_lines_that_are_wanted_are_read(tmp_path: Path) -> None:
    script = f"{sys.executable} -m app deadline --list-calendars | head -1"
    done = subprocess.run(
        ["sh", "-c", script], cwd=ROOT, env=environment(tmp_path), capture_output=True, check=False
    )
    assert (done.stdout.count(b"\n"), done.stderr) == (1, b"")


def test_a_closed_standard_output_is_no_traceback(tmp_path: Path) -> None:
    script = f"exec {sys.executable} -m app deadline --list-rules >&-"
    done = subprocess.run(
        ["sh", "-c", script], cwd=ROOT, env=environment(tmp_path), capture_output=True, check=False
    )
    assert b"Traceback" not in done.stderr


def test_a_terminal_that_knows_ascii_only_shows_substitutes(
    shop: tuple[Path, str], tmp_path: Path
) -> None:
    words = ["map", "test", shop[0], "--source", shop[1], *EVERYBODY, "--json"]
    run = sandglass(*words, home=tmp_path / "home", PYTHONIOENCODING="ascii")
    assert (run.code, "Traceback" in run.err) == (0, False)


# Ctrl+C

_IN_THE_PULL = 42
"""So many entries has a demo's log by then."""


def test_ctrl_c_ends_a_demo_with_one_sentence_and_nothing_half_made(tmp_path: Path) -> None:
    folder, home = tmp_path / "out", tmp_path / "home"
    workspace = folder / "workspace.sqlite"
    with play(folder, home) as process:
        process.wait_until(lambda: entries(workspace) >= _IN_THE_PULL)
        process.tell(signal.SIGINT)
        run = process.finish()
    assert (run.code, run.out) == (130, "")
    assert run.err.startswith("Stopped. ")
    assert len(run.err.splitlines()) == 1
    assert scratch_in(folder) == []
    assert (folder / "package").exists() == (folder / "package.zip").exists()
    assert is_sound(workspace, home)
    with contextlib.closing(sqlite3.connect(workspace)) as database:
        query = "SELECT (SELECT count(*) FROM windows) - (SELECT count(*) FROM window_ends)"
        assert database.execute(query).fetchone() == (0,)
        running = "SELECT count(*) FROM pulled WHERE state = 'running'"
        assert database.execute(running).fetchone() == (0,)
