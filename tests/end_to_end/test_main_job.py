"""``sandglass demo`` plays the whole job; what it leaves behind keeps every promise."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pikepdf
import pytest
import pyzipper

from app.domain.audit import NO_HASH
from tests.end_to_end.ground import REQUEST, Run, here, sandglass, scratch_in

if TYPE_CHECKING:
    from pathlib import Path

    from tests.end_to_end.conftest import Played

COVERED = ("Brandt", "Okafor", "Leyla", "+49 40 5550 977", "5550 977", "4940 5550977")
PERSONAL = (
    "Mara", "Köhler", "K\\u00f6hler", "Koehler", "koehler", "+49 40 5550 142", "+49405550142",
    "5550 142", "5550142", "Lindenweg",
)  # fmt: skip
PULLED = ("Desk lamp", "Wool blanket", "card ending", "House and garden", "Driver note", "192.0.2.")
"""Values that only a pull knows: neither the request nor a letter holds them."""
LEFT = ("workspace.sqlite", "audit-report.pdf", "package", "package.zip")


def texts_of(package: Path) -> dict[str, str]:
    """Return the text of every file of a package: what people read, and what programs read."""
    found = {}
    for path in sorted(each for each in package.rglob("*") if each.is_file()):
        name = path.relative_to(package).as_posix()
        found[name] = path.read_bytes().decode("utf-8", "replace")
        if path.suffix == ".pdf":
            found[f"{name} as read"] = text_of_pdf(path)
    return found


def text_of_pdf(path: Path) -> str:
    if shutil.which("pdftotext"):
        done = subprocess.run(
            ["pdftotext", "-raw", str(path), "-"], capture_output=True, check=True, text=True
        )
        return " ".join(done.stdout.split())
    with pikepdf.open(path) as pdf:
        return " ".join(str(page.Contents.read_bytes()) for page in pdf.pages)


def log_lines(workspace: Path) -> list[tuple[int, str, str, str]]:
    with contextlib.closing(sqlite3.connect(workspace)) as database:
        query = "SELECT number, line, previous, hash FROM log ORDER BY number"
        return database.execute(query).fetchall()


def tampered(played: Played, to: Path, script: str) -> Run:
    """Change a copy of the workspace as whoever has the file can, and check it."""
    copy = shutil.copyfile(played.folder / "workspace.sqlite", to / "workspace.sqlite")
    with contextlib.closing(sqlite3.connect(copy)) as database:
        guards = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in guards.fetchall():
            database.execute(f"DROP TRIGGER {name}")
        database.executescript(f"PRAGMA foreign_keys = OFF; {script}")
    return here("verify", copy, home=played.home)


def flipped(original: Path, copy: Path, at: int) -> Path:
    """Copy a file with one bit changed at ``at``."""
    content = bytearray(original.read_bytes())
    content[at] ^= 1
    copy.write_bytes(content)
    return copy


def spread(path: Path, count: int) -> list[int]:
    """Return places all over a file, the first and the last byte among them."""
    last = path.stat().st_size - 1
    return [last * each // (count - 1) for each in range(count)]


# What it says and leaves


def test_the_demo_ends_well_and_tells_the_job_in_about_ten_lines(played: Played) -> None:
    assert (played.run.code, played.run.err) == (0, "")
    lines = played.run.out.splitlines()
    assert 9 <= len(lines) <= 13
    assert [line.split(".")[0] for line in lines[:10]] == [str(n) for n in range(1, 11)]
    assert REQUEST in played.run.out


def test_report_package_and_workspace_are_left_for_their_owner_alone(played: Played) -> None:
    modes = {name: stat.S_IMODE((played.folder / name).stat().st_mode) for name in LEFT}
    assert modes == {
        "workspace.sqlite": 0o600,
        "audit-report.pdf": 0o600,
        "package": 0o700,
        "package.zip": 0o600,
    }
    for secret in ("keys", "workspace.sqlite.leases", "sandglass-demo.json"):
        assert not (played.folder / secret).stat().st_mode & 0o077, secret
    assert all(not each.stat().st_mode & 0o077 for each in played.home.iterdir())


def test_the_package_holds_letter_data_and_manifest(played: Played) -> None:
    names = set(texts_of(played.folder / "package"))
    wanted = {"letter.pdf", "your-data.pdf", "your-data.html", "start-here.html", "manifest.json",
              "data/shop/orders.json", "data/shop/orders.csv"}  # fmt: skip
    assert wanted <= names


def test_nothing_half_made_is_left(played: Played) -> None:
    assert scratch_in(played.folder) == []
    assert list((played.home / "unfinished").iterdir()) == []
    assert not list(played.folder.glob("workspace.sqlite-*"))


def test_the_request_is_closed_as_answered_and_its_window_closed_by_itself(played: Played) -> None:
    with contextlib.closing(sqlite3.connect(played.folder / "workspace.sqlite")) as database:
        query = "SELECT id, stage, outcome FROM requests"
        assert database.execute(query).fetchall() == [(REQUEST, "close", "answered")]
        query = "SELECT count(*), min(reason), max(reason) FROM window_ends"
        assert database.execute(query).fetchone() == (1, "finished", "finished")
        states = database.execute("SELECT DISTINCT state FROM pulled").fetchall()
    assert states == [("complete",)]


# What it must not hold


@pytest.mark.parametrize("name", COVERED)
def test_what_was_covered_is_nowhere_in_the_package_and_not_in_the_log(
    played: Played, name: str
) -> None:
    inside = texts_of(played.folder / "package")
    assert [file for file, text in inside.items() if name.casefold() in text.casefold()] == []
    lines = [line for _, line, _, _ in log_lines(played.folder / "workspace.sqlite")]
    assert [line for line in lines if name.casefold() in line.casefold()] == []


def test_the_package_says_where_something_was_covered(played: Played) -> None:
    inside = texts_of(played.folder / "package")
    assert "TP-ID" in inside["data/helpdesk/messages.json"]
    assert len(inside["redactions.pdf as read"]) > 100


@pytest.mark.parametrize("value", PERSONAL)
def test_no_personal_value_is_in_the_log_or_in_what_machines_remember(
    played: Played, value: str
) -> None:
    lines = [line for _, line, _, _ in log_lines(played.folder / "workspace.sqlite")]
    assert [line for line in lines if value in line] == []
    remembered = [*played.home.rglob("*"), *(played.folder / "workspace.sqlite.leases").iterdir()]
    for path in remembered:
        assert value not in path.name
        assert path.is_dir() or value.encode() not in path.read_bytes()


def test_the_vault_holds_no_pulled_value_in_clear(played: Played) -> None:
    content = (played.folder / "workspace.sqlite").read_bytes()
    package = "".join(texts_of(played.folder / "package").values())
    for value in PULLED[:4]:
        assert value in package
    for value in PULLED:
        assert value.encode() not in content
        assert value.encode("utf-16-le") not in content


def test_the_report_for_auditors_tells_no_pulled_value(played: Played) -> None:
    text = text_of_pdf(played.folder / "audit-report.pdf")
    assert REQUEST in text
    for value in (*PULLED, *COVERED, "mara.koehler", "5550 142", "Lindenweg"):
        assert value not in text


def test_nobody_elses_row_came_along(played: Played) -> None:
    data = played.folder / "package" / "data"
    records = {
        path.relative_to(data).as_posix(): json.loads(path.read_text(encoding="utf-8"))["records"]
        for path in data.rglob("*.json")
    }
    (customer,) = records["shop/customers.json"]
    assert customer["email"] == "mara.koehler@example.org"
    assert records["shop/staff.json"] == []
    assert len(records["shop/addresses.json"]) == 1
    assert {each["customer_id"] for each in records["shop/orders.json"]} == {customer["id"]}
    everything = " ".join(texts_of(played.folder / "package").values())
    found = set(re.findall(r"[\w.+-]+@[\w-]+\.[\w.]*\w", everything.casefold()))
    ours = {each for each in found if each.endswith("northwind.example")}
    assert found - ours == {"mara.koehler@example.org"}
    assert ours <= {"privacy@northwind.example"}


def test_the_other_resident_of_the_address_is_not_in_the_package(played: Played) -> None:
    with contextlib.closing(sqlite3.connect(played.folder / "sources" / "shop.sqlite")) as shop:
        query = "SELECT name, email, phone FROM customers WHERE address_id = 1 AND id <> 1"
        ((name, email, phone),) = shop.execute(query).fetchall()
    everything = " ".join(texts_of(played.folder / "package").values())
    for value in (name, email, phone):
        assert value not in everything


def test_what_the_map_never_discloses_was_not_even_read(played: Played) -> None:
    lines = "".join(line for _, line, _, _ in log_lines(played.folder / "workspace.sqlite"))
    assert "password_hash" not in lines
    assert "argon2id" not in "".join(texts_of(played.folder / "package").values())


# Checking it


def test_verify_calls_everything_sound_with_one_line_each(played: Played) -> None:
    files = [played.folder / name for name in LEFT]
    run = sandglass("verify", *files, home=played.home)
    assert (run.code, run.err) == (0, "")
    lines = run.out.splitlines()
    assert len(lines) == len(files)
    for line, file in zip(lines, files, strict=True):
        assert line.startswith(f"{file}: sound. ")
    assert "want of the passphrase" in lines[-1]


def test_with_its_passphrase_verify_looks_into_the_archive(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = played.folder / "package.zip"
    run = sandglass("verify", archive, home=played.home, SANDGLASS_PASSPHRASE=played.passphrase)
    assert (run.code, run.err) == (0, "")
    assert "each as listed" in run.out
    monkeypatch.setenv("SANDGLASS_PASSPHRASE", "not this one")
    wrong = here("verify", archive, home=played.home)
    assert (wrong.code, wrong.out) == (1, "")
    assert len(wrong.err.splitlines()) == 1
    assert "Traceback" not in wrong.err


def test_the_archive_holds_what_the_folder_holds(played: Played) -> None:
    with pyzipper.AESZipFile(played.folder / "package.zip") as archive:
        archive.setpassword(played.passphrase.encode())
        packed = {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}
    package = played.folder / "package"
    there = {
        each.relative_to(package).as_posix(): each.read_bytes()
        for each in package.rglob("*")
        if each.is_file()
    }
    assert packed == there


def test_the_archive_opens_with_nothing_else(played: Played) -> None:
    with zipfile.ZipFile(played.folder / "package.zip") as archive:
        assert all(each.flag_bits & 1 for each in archive.infolist())
        for each in archive.infolist():
            assert "Mara" not in each.filename


def test_a_machine_that_never_saw_the_workspace_can_check_it_too(
    played: Played, tmp_path: Path
) -> None:
    files = [played.folder / name for name in LEFT]
    assert here("verify", *files, home=tmp_path).code == 0
    assert list(tmp_path.iterdir()) == []


def test_checking_changes_nothing(played: Played) -> None:
    def state() -> dict[str, bytes]:
        return {
            str(path): hashlib.sha256(path.read_bytes()).digest()
            for path in sorted(played.folder.rglob("*"))
            if path.is_file()
        }

    before = state()
    here("verify", *(played.folder / name for name in LEFT), home=played.home)
    assert state() == before


CHAIN = """
CREATE TEMP TABLE kept AS SELECT number, previous, line, hash FROM log;
DELETE FROM log;
INSERT INTO log(number, previous, line, hash) SELECT {columns} FROM kept {where};
"""


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("UPDATE log SET line = replace(line, '\"minutes\":20', '\"minutes\":90')",
         r"Entry \d+ of the log was changed"),
        ("UPDATE log SET line = line || ' ' WHERE number = 1", "Entry 1 of the log was changed"),
        ("UPDATE log SET hash = substr(hash, 2) || 'a' WHERE number = 9", "Entry 9 of the log"),
        ("UPDATE log SET previous = hash WHERE number = 9", r"[Ee]ntry 9 "),
        ("DELETE FROM log WHERE number = 30", "Entry 30 of the log is missing"),
        ("DELETE FROM log WHERE number = 1", "Entry 1 of the log is missing"),
        ("DELETE FROM log WHERE number = (SELECT max(number) FROM log)", "its end was cut off"),
        ("DELETE FROM log WHERE number > 12", "The log ends before entry 13"),
        ("DELETE FROM log", "The log ends before entry 1,"),
        (CHAIN.format(columns="CASE number WHEN 20 THEN 21 WHEN 21 THEN 20 ELSE number END, "
                      "previous, line, hash", where=""), r"[Ee]ntry 2[01] "),
        (CHAIN.format(columns="number - (number > 20), previous, line, hash",
                      where="WHERE number <> 20"), r"[Ee]ntry 2\d "),
        (CHAIN.format(columns="number + 1, previous, line, hash", where=""), "Entry 1 "),
    ],
    ids=["changed", "longer", "hash", "previous", "removed", "first removed", "last removed",
         "cut", "emptied", "swapped", "renumbered", "shifted"],
)  # fmt: skip
def test_whatever_is_done_to_the_log_is_found_and_named(
    played: Played, tmp_path: Path, script: str, said: str
) -> None:
    run = tampered(played, tmp_path, script)
    assert (run.code, run.out) == (1, "")
    assert ": NOT sound. " in run.err
    assert re.search(said, run.err), run.err
    assert "Traceback" not in run.err


def test_a_log_that_was_written_anew_is_found_by_what_members_signed(
    played: Played, tmp_path: Path
) -> None:
    previous, anew = NO_HASH, []
    for number, line, _, _ in log_lines(played.folder / "workspace.sqlite"):
        entry = line.replace("access.granted", "access.denied")
        parts = (previous, str(number), entry)
        text = b"".join(b"%d:%b," % (len(part.encode()), part.encode()) for part in parts)
        found = hashlib.sha256(text).hexdigest()
        quoted = entry.replace("'", "''")
        anew.append(
            f"UPDATE log SET line = '{quoted}', previous = '{previous}', hash = '{found}' "
            f"WHERE number = {number};"
        )
        previous = found
    run = tampered(played, tmp_path, "".join(anew))
    assert run.code == 1
    assert "signature on the log up to there" in run.err


@pytest.mark.parametrize(
    "script",
    [
        "UPDATE decisions SET signature = zeroblob(length(signature))",
        "UPDATE decisions SET signature = x''",
        "UPDATE decisions SET minutes = minutes + 1",
        "UPDATE decisions SET note = note || '!'",
        "UPDATE decisions SET decided_at = datetime(decided_at, '-1 day')",
        "UPDATE decisions SET approver = (SELECT id FROM members WHERE roles LIKE '%admin%')",
    ],
    ids=["wrong signature", "no signature", "minutes", "note", "day", "approver"],
)
def test_a_decision_that_its_approver_did_not_sign_is_found_and_named(
    played: Played, tmp_path: Path, script: str
) -> None:
    run = tampered(played, tmp_path, script)
    assert (run.code, run.out) == (1, "")
    assert "Decision G-0001 is not signed by its approver." in run.err


def test_one_changed_bit_anywhere_in_the_report_is_found(played: Played, tmp_path: Path) -> None:
    report = played.folder / "audit-report.pdf"
    for at in spread(report, 24):
        copy = flipped(report, tmp_path / "copy.pdf", at)
        run = here("verify", copy, home=played.home)
        assert (run.code, run.out) == (1, ""), at
        assert run.err.startswith(f"{copy}: "), at


def test_one_changed_bit_in_a_file_of_the_package_is_found_and_the_file_named(
    played: Played, tmp_path: Path
) -> None:
    package = shutil.copytree(played.folder / "package", tmp_path / "package")
    for path in sorted(each for each in package.rglob("*") if each.is_file()):
        if path.name == "manifest.json":
            continue
        whole = path.read_bytes()
        flipped(path, path, len(whole) // 2)
        run = here("verify", package, home=played.home)
        assert (run.code, run.out) == (1, "")
        assert run.err.splitlines() == [
            f"{package}: NOT sound. {path.relative_to(package).as_posix()} was changed."
        ]
        path.write_bytes(whole)
    assert here("verify", package, home=played.home).code == 0


def test_files_that_are_missing_or_too_many_in_the_package_are_named(
    played: Played, tmp_path: Path
) -> None:
    package = shutil.copytree(played.folder / "package", tmp_path / "package")
    (package / "letter.pdf").unlink()
    (package / "data" / "more.csv").write_text("x", encoding="utf-8")
    run = here("verify", package, home=played.home)
    assert run.code == 1
    assert "letter.pdf is missing." in run.err
    assert "data/more.csv is not listed in the manifest." in run.err
    (package / "manifest.json").write_text("{", encoding="utf-8")
    assert "manifest.json cannot be read." in here("verify", package, home=played.home).err


def test_one_changed_bit_anywhere_in_the_archive_is_found(played: Played, tmp_path: Path) -> None:
    archive = played.folder / "package.zip"
    for at in spread(archive, 24):
        copy = flipped(archive, tmp_path / "copy.zip", at)
        run = here("verify", copy, home=played.home)
        assert (run.code, run.out) == (1, ""), at
        assert run.err.startswith(f"{copy}: "), at


def test_what_is_cut_short_is_found(played: Played, tmp_path: Path) -> None:
    for name in ("audit-report.pdf", "package.zip", "workspace.sqlite"):
        content = (played.folder / name).read_bytes()
        for size in (len(content) - 1, len(content) // 2, 100):
            (tmp_path / name).write_bytes(content[:size])
            run = here("verify", tmp_path / name, home=played.home)
            assert (run.code, run.out) == (1, ""), (name, size)
            assert "Traceback" not in run.err


# The report's own proof


def test_the_entries_in_the_report_hold_by_the_program_that_it_brings(
    played: Played, tmp_path: Path
) -> None:
    with pikepdf.open(played.folder / "audit-report.pdf") as pdf:
        attached = {name: each.get_file().read_bytes() for name, each in pdf.attachments.items()}
    program = attached["README.txt"].decode()
    (tmp_path / "check.py").write_text(program[program.index("import hashlib") :], encoding="utf-8")
    entries = tmp_path / "entries.jsonl"
    entries.write_bytes(attached["entries.jsonl"])
    facts = json.loads(attached["report.json"])

    def check() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-I", "check.py", "entries.jsonl"],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip

    done = check()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{facts['entries']} entries hold; ")
    assert facts["head"] in done.stdout
    text = entries.read_text(encoding="utf-8")
    entries.write_text(text.replace('"minutes":20', '"minutes":25', 1), encoding="utf-8")
    assert check().returncode == 1
    first, second, *rest = text.splitlines(keepends=True)
    entries.write_text("".join([second, first, *rest]), encoding="utf-8")
    assert check().returncode == 1


def test_the_entries_in_the_report_are_those_of_the_workspace(played: Played) -> None:
    with pikepdf.open(played.folder / "audit-report.pdf") as pdf:
        lines = pdf.attachments["entries.jsonl"].get_file().read_bytes().splitlines()
    stored = {
        number: (line, previous, found)
        for number, line, previous, found in log_lines(played.folder / "workspace.sqlite")
    }
    for line in lines:
        entry = json.loads(line)
        text, previous, found = stored[entry["number"]]
        assert (entry["entry"], entry["previous"], entry["hash"]) == (
            json.loads(text),
            previous,
            found,
        )
    of_request = [text for text, _, _ in stored.values() if f'"request":"{REQUEST}"' in text]
    assert len(lines) == len(of_request) - 1  # all but the entry about the report itself


# Where it may play


def test_a_second_demo_takes_the_place_of_the_first_and_of_nothing_else(
    played: Played, tmp_path: Path
) -> None:
    folder = shutil.copytree(played.folder, tmp_path / "out")
    (folder / "my notes.txt").write_text("mine", encoding="utf-8")
    (folder / ".sandglass-0123456789ab").mkdir()
    (folder / ".workspace.sqlite.17.part").write_bytes(b"left by a demo that was killed")
    before = {name: (folder / name).read_bytes() for name in ("workspace.sqlite", "package.zip")}
    run = here("demo", "--headless", "--out", folder, home=played.home)
    assert (run.code, run.err) == (0, "")
    assert (folder / "my notes.txt").read_text(encoding="utf-8") == "mine"
    assert all((folder / name).read_bytes() != content for name, content in before.items())
    assert scratch_in(folder) == []
    files = [folder / name for name in LEFT]
    assert here("verify", *files, home=played.home).code == 0


def test_a_folder_with_other_things_in_it_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "package").mkdir()
    (folder / "package" / "thesis.txt").write_text("years of work", encoding="utf-8")
    run = here("demo", "--headless", "--out", folder, home=tmp_path / "home")
    assert (run.code, run.out) == (1, "")
    assert run.err.startswith(f"{folder} holds other things than a demo.")
    assert len(run.err.splitlines()) == 1
    assert [str(each.relative_to(folder)) for each in sorted(folder.rglob("*"))] == [
        "package",
        "package/thesis.txt",
    ]
    assert not (tmp_path / "home").exists()
