"""Killed, full, locked, broken, replaced: what was recorded stays, and nothing stays half done."""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import sqlite3
from typing import TYPE_CHECKING

import pytest

from app.domain.access import EndReason
from app.domain.errors import AppError, InputError, StorageError
from app.domain.pulls import PullState
from app.domain.requests import Stage
from app.ports.progress import QuietTask
from app.wording.errors import error_in_words
from tests.end_to_end.ground import (
    REQUEST,
    Place,
    Run,
    answer,
    ask,
    entries,
    grant,
    here,
    is_sound,
    record,
    scratch_in,
)
from tests.end_to_end.other_process import play, work

if TYPE_CHECKING:
    from pathlib import Path

    from app.services.pull_session import PullResult

MANY_ORDERS = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 150000)
INSERT INTO orders SELECT 100000 + i, 1, '2026-01-01', 'S', i / 100.0, 'invoice' FROM n;
"""
OTHER_ITEMS = """
CREATE TABLE order_items(order_id INTEGER, article TEXT, quantity TEXT, price NUMERIC(10,2))
"""


def pull(place: Place) -> PullResult:
    """Pull what was granted last, as the officer who signs in now."""
    return place.desk("officer").pulling.run(place.case().asked.id, QuietTask())


def refusal(place: Place) -> AppError:
    """Return why a pull could not even begin; its window is as closed as before."""
    with pytest.raises(AppError) as caught:
        pull(place)
    assert place.case().window is None
    assert error_in_words(caught.value).text().endswith(".")
    return caught.value


def states(place: Place) -> dict[str, PullState]:
    """Return the state of each collection of the last session."""
    window = place.case().window
    assert window is not None
    with place.open().read() as unit:
        pulled = unit.pulls.of_session(window.session)
    return {str(each.collection): each.state for each in pulled}


def make_package(place: Place) -> None:
    """Make the package, as the officer who signs in now."""
    made = place.desk("officer").packages.make(
        REQUEST,
        folder=place.folder / "package",
        archive=place.folder / "package.zip",
        passphrase=None,
        task=QuietTask(),
    )
    assert made.package is not None
    files = (place.folder / "package", place.folder / "package.zip")
    assert here("verify", *files, home=place.home).code == 0


def at_once(place: Place, *what: str) -> list[Run]:
    """Let several processes do something at the same moment."""
    with contextlib.ExitStack() as all_of_them:
        processes = [all_of_them.enter_context(work(place, each)) for each in what]
        for each in processes:
            each.wait_until_ready()
        for each in processes:
            each.go()
        return [each.finish() for each in processes]


# Killed


@pytest.mark.parametrize("after", [1, 18, 28, 47])
def test_whenever_the_job_is_killed_its_record_is_whole_and_nothing_stays_open(
    after: int, tmp_path: Path
) -> None:
    folder, home = tmp_path / "out", tmp_path / "home"
    workspace = folder / "workspace.sqlite"
    with play(folder, home) as process:
        process.wait_until(lambda: entries(workspace) >= after)
        process.kill()
    recorded = entries(workspace)
    assert recorded >= after
    assert is_sound(workspace, home)
    assert ready_to_sign_in(folder) or recorded < 11  # passphrases are told once all have joined
    if ready_to_sign_in(folder):
        shutil.copytree(folder / "keys", home / "keys")
        place = Place(folder, home)
        place.desk("officer")
        with place.open().read() as unit:
            assert unit.access.unended() == ()
            pulled = unit.pulls.of_request(REQUEST)
        assert PullState.RUNNING not in {each.state for each in pulled}
        place.close()
        assert scratch_in(folder) == []
        assert entries(workspace) > recorded
        assert is_sound(workspace, home)


def ready_to_sign_in(folder: Path) -> bool:
    return "passphrases" in json.loads((folder / "sandglass-demo.json").read_bytes())


def test_a_pull_that_is_killed_in_the_middle_is_closed_and_known_to_be_incomplete(
    granted: Place,
) -> None:
    granted.change("shop", MANY_ORDERS)

    def reads_orders() -> bool:
        watched = f"file:{granted.workspace}?mode=ro"
        with contextlib.closing(sqlite3.connect(watched, uri=True)) as it:
            query = "SELECT rows FROM pulled WHERE collection = 'orders' AND rows > 0"
            return it.execute(query).fetchone() is not None

    with work(granted, "pull") as process:
        process.go()
        process.wait_until(reads_orders)
        process.kill()
    case = granted.case()
    assert case.window is not None
    assert case.window.ended_at is None  # nobody could write it down
    assert granted.is_sound()
    granted.desk("approver")  # whoever comes next closes it
    window = granted.case().window
    assert window is not None
    assert window.reason is EndReason.PROCESS_ENDED
    found = states(granted)
    assert found["shop.orders"] is PullState.INCOMPLETE
    assert found["shop.customers"] is PullState.COMPLETE
    assert PullState.RUNNING not in found.values()
    assert granted.is_sound()


def test_after_a_killed_pull_the_work_goes_on_to_the_whole_answer(granted: Place) -> None:
    granted.change("shop", MANY_ORDERS)
    with work(granted, "pull") as process:
        process.go()
        process.wait_until(lambda: entries(granted.workspace, "data.read") >= 2)
        process.kill()
    granted.change("shop", "DELETE FROM orders WHERE id > 100000")
    officer = granted.desk("officer")
    scope = granted.case().asked.scope
    again = officer.scoping.ask(REQUEST, scope, purpose="The rest of it", minutes=20)
    grant(granted, again)
    assert pull(granted).is_complete
    answer(granted.desk("officer"))
    make_package(granted)
    assert granted.is_sound()


@pytest.mark.parametrize("what", ["package", "report"])
def test_what_a_killed_process_was_making_is_gone_after_the_next_sign_in(
    answered: Place, what: str
) -> None:
    with work(answered, what) as process:
        process.go()
        process.wait_until(lambda: bool(scratch_in(answered.folder)))
        process.kill()
    left = scratch_in(answered.folder)
    assert left
    assert all(not (answered.folder / each).stat().st_mode & 0o077 for each in left)
    assert not (answered.folder / "package").exists()
    assert not (answered.folder / "audit-report.pdf").exists()
    assert answered.is_sound()
    answered.desk("approver")
    assert scratch_in(answered.folder) == []
    assert list((answered.home / "unfinished").iterdir()) == []
    make_package(answered)


def test_the_next_package_too_removes_what_was_left(answered: Place) -> None:
    officer = answered.desk("officer")  # signed in before the other one dies
    with work(answered, "package") as process:
        process.go()
        process.wait_until(lambda: bool(scratch_in(answered.folder)))
        process.kill()
    elsewhere = answered.folder / "elsewhere"
    officer.packages.make(
        REQUEST, folder=elsewhere / "package", archive=answered.folder / "package.zip",
        passphrase=None, task=QuietTask(),
    )  # fmt: skip
    assert scratch_in(answered.folder) == []
    assert scratch_in(elsewhere) == []


def test_what_a_living_process_is_making_is_left_alone(answered: Place) -> None:
    with work(answered, "package") as process:
        process.go()
        process.wait_until(lambda: bool(scratch_in(answered.folder)))
        process.tell(signal.SIGSTOP)
        before = scratch_in(answered.folder)
        answered.desk("approver")
        assert scratch_in(answered.folder) == before
        process.tell(signal.SIGCONT)
        assert process.finish().code == 0
    files = (answered.folder / "package", answered.folder / "package.zip")
    assert here("verify", *files, home=answered.home).code == 0


def test_a_record_of_unfinished_work_never_leads_to_anything_else(answered: Place) -> None:
    precious = answered.folder / "precious"
    precious.mkdir()
    link = answered.folder / ".sandglass-link"
    link.symlink_to(precious)
    with answered.open().read() as unit:
        workspace = unit.workspace.facts().id
    records = answered.home / "unfinished"
    records.mkdir()
    for number, text in enumerate(
        (json.dumps({"folder": str(precious)}), json.dumps({"folder": str(link)}), "{", "[]", "7",
         json.dumps({"folder": 7}), json.dumps({"folder": ".sandglass-relative"})), 1
    ):  # fmt: skip
        (records / f"{workspace}-{number}.json").write_text(text, encoding="utf-8")
    answered.desk("officer")
    assert precious.is_dir()
    assert list(records.iterdir()) == []


def test_ctrl_c_in_the_middle_of_a_pull_closes_the_window(granted: Place) -> None:
    granted.change("shop", MANY_ORDERS)
    with work(granted, "pull") as process:
        process.go()
        process.wait_until(lambda: entries(granted.workspace, "data.read") >= 3)
        process.tell(signal.SIGINT)
        run = process.finish()
    assert run.code != 0
    window = granted.case().window
    assert window is not None
    assert window.reason is EndReason.CANCELLED, run.err
    assert PullState.RUNNING not in states(granted).values()
    assert granted.is_sound()


# Full


@pytest.mark.parametrize("kilobytes", [100, 420, 600])
def test_a_job_that_runs_out_of_disk_says_so_and_leaves_a_sound_workspace(
    kilobytes: int, tmp_path: Path
) -> None:
    folder, home = tmp_path / "out", tmp_path / "home"
    with play(folder, home, most_bytes=kilobytes * 1000) as process:
        run = process.finish()
    assert (run.code, run.out) == (1, "")
    assert "Traceback" not in run.err
    assert len(run.err.splitlines()) == 1
    assert "disk is full" in run.err
    assert scratch_in(folder) == []
    assert (folder / "package").exists() == (folder / "package.zip").exists()
    workspace = folder / "workspace.sqlite"
    if workspace.exists() and entries(workspace):
        assert is_sound(workspace, home)


def test_a_disk_that_fills_up_during_a_pull_loses_nothing_that_was_recorded(
    granted: Place,
) -> None:
    granted.change("shop", MANY_ORDERS)
    with work(granted, "pull", most_bytes=1_000_000) as process:
        process.go()
        run = process.finish()
    assert (run.code, run.out) == (1, "workspace.disk_full\n")
    assert run.err.startswith("The disk is full, so this could not be recorded.")
    assert len(run.err.splitlines()) == 1
    recorded = entries(granted.workspace)
    assert granted.is_sound()
    granted.desk("officer")
    assert entries(granted.workspace) > recorded
    found = states(granted)
    assert found["shop.orders"] is PullState.INCOMPLETE
    assert PullState.RUNNING not in found.values()
    window = granted.case().window
    assert window is not None
    assert window.ended_at is not None
    assert granted.is_sound()


@pytest.mark.parametrize("limit", [2_000, 30_000, 100_000])
def test_a_disk_that_fills_up_during_the_export_leaves_nothing_half_made(
    answered: Place, limit: int
) -> None:
    with work(answered, "package", most_bytes=limit) as process:
        process.go()
        run = process.finish()
    assert run.code == 1
    assert run.out in {"export.disk_full\n", "workspace.disk_full\n"}
    assert run.err.startswith("The disk is full")
    assert len(run.err.splitlines()) == 1
    assert scratch_in(answered.folder) == []
    assert not (answered.folder / "package").exists()
    assert not (answered.folder / "package.zip").exists()
    assert answered.is_sound()
    make_package(answered)


@pytest.mark.parametrize("limit", [2_000, 30_000])
def test_a_disk_that_fills_up_during_the_report_leaves_nothing_half_made(
    answered: Place, limit: int
) -> None:
    (answered.folder / "audit-report.pdf").write_bytes(b"an older one")
    with work(answered, "report", most_bytes=limit) as process:
        process.go()
        run = process.finish()
    assert run.code == 1
    assert run.out in {"export.disk_full\n", "workspace.disk_full\n"}
    assert len(run.err.splitlines()) == 1
    assert scratch_in(answered.folder) == []
    assert (answered.folder / "audit-report.pdf").read_bytes() == b"an older one"
    assert answered.is_sound()


def test_an_archive_that_cannot_be_put_in_its_place_takes_the_folder_back(
    answered: Place,
) -> None:
    # A folder appears where the ZIP belongs while the package is being made.
    with work(answered, "package") as process:
        process.go()
        process.wait_until(lambda: bool(scratch_in(answered.folder)))
        process.tell(signal.SIGSTOP)
        (answered.folder / "package.zip").mkdir()
        process.tell(signal.SIGCONT)
        run = process.finish()
    assert (run.code, run.out) == (1, "export.failed\n")
    assert scratch_in(answered.folder) == []
    assert not (answered.folder / "package").exists()
    assert list((answered.folder / "package.zip").iterdir()) == []
    assert answered.is_sound()


# Not ours, not whole, not today's


def test_a_wrong_passphrase_opens_nothing_and_is_not_guessed_at(granted: Place) -> None:
    recorded = entries(granted.workspace)
    for wrong in ("a guess", "4fh-wxw-xhr-jr9-t9f-3m4-t4h", " ", "\u202e" * 50):
        with pytest.raises(AppError) as caught:
            granted.desk("officer", passphrase=wrong)
        assert caught.value.code == "keys.wrong_passphrase"
        assert wrong.strip() == "" or wrong not in repr(caught.value)
    assert entries(granted.workspace) == recorded


def test_another_members_passphrase_opens_nothing_either(granted: Place) -> None:
    phrases = json.loads((granted.folder / "sandglass-demo.json").read_bytes())["passphrases"]
    with pytest.raises(AppError) as caught:
        granted.desk("approver", passphrase=phrases["officer"])
    assert caught.value.code == "keys.wrong_passphrase"


def test_a_workspace_of_a_newer_sandglass_is_not_touched(granted: Place) -> None:
    granted.change_workspace("UPDATE alembic_version SET version_num = '9999'")
    before = granted.workspace.read_bytes()
    with pytest.raises(StorageError) as caught:
        granted.open()
    assert caught.value.code == "workspace.newer"
    assert "newer Sandglass (9999" in error_in_words(caught.value).text()
    assert granted.workspace.read_bytes() == before
    assert scratch_in(granted.folder) == []


def test_a_damaged_workspace_says_so_wherever_the_damage_is(granted: Place) -> None:
    whole = granted.workspace.read_bytes()
    pages = len(whole) // 4096
    said = set()
    for page in range(1, pages, max(1, pages // 10)):
        content = bytearray(whole)
        content[page * 4096 : (page + 1) * 4096] = b"\xa5" * 4096
        granted.workspace.write_bytes(content)
        run = here("verify", granted.workspace, home=granted.home)
        assert "Traceback" not in run.err
        if run.code:
            said.add(run.err.partition(": ")[2].strip())
        with contextlib.suppress(AppError):
            granted.desk("officer")
        granted.close()
        for journal in granted.folder.glob("workspace.sqlite-*"):
            journal.unlink()
    assert any("The workspace file is damaged." in each for each in said), said


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0", b"\0" * 8192, b"%PDF-1.7\n" * 900])
def test_a_file_in_place_of_the_workspace_is_no_workspace(granted: Place, content: bytes) -> None:
    granted.workspace.write_bytes(content)
    with pytest.raises(StorageError) as caught:
        granted.open()
    assert caught.value.code == "workspace.not_a_workspace"
    assert granted.workspace.read_bytes() == content


# Sources


def test_a_source_that_somebody_else_locks_is_waited_for_and_then_named(granted: Place) -> None:
    with contextlib.closing(sqlite3.connect(granted.source("shop"))) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert refusal(granted).code == "source.locked"
    assert pull(granted).is_complete  # the grant is still good


@pytest.mark.parametrize("content", [b"garbage" * 5000, b"SQLite format 3\0" + b"\xa5" * 9000])
def test_a_source_that_was_replaced_by_garbage_is_found_before_the_window_opens(
    granted: Place, content: bytes
) -> None:
    granted.source("shop").write_bytes(content)
    assert refusal(granted).code in {"source.corrupt", "source.failed"}


@pytest.mark.parametrize("content", [None, b""])
def test_a_source_that_is_gone_or_empty_is_found_before_the_window_opens(
    granted: Place, content: bytes | None
) -> None:
    granted.source("shop").unlink()
    if content is not None:
        granted.source("shop").write_bytes(content)
    assert refusal(granted).code in {"source.not_found", "source.changed"}


@pytest.mark.parametrize(
    ("script", "field"),
    [
        ("ALTER TABLE orders DROP COLUMN paid_with", "paid_with"),
        ("ALTER TABLE orders RENAME COLUMN total TO sum", "total"),
        ("DROP TABLE order_items", "order_items"),
        ("DROP TABLE order_items; " + OTHER_ITEMS, "quantity"),
    ],
    ids=["dropped column", "renamed column", "dropped table", "other type"],
)  # fmt: skip
def test_a_source_that_is_not_as_its_map_says_is_found_before_the_window_opens(
    granted: Place, script: str, field: str
) -> None:
    granted.change("shop", script)
    error = refusal(granted)
    assert error.code == "source.changed"
    assert field in error_in_words(error).text()


def test_a_source_that_somebody_changes_during_the_pull_gives_one_state_of_things(
    granted: Place,
) -> None:
    granted.change("shop", "PRAGMA journal_mode = WAL")
    granted.change("shop", MANY_ORDERS)
    with work(granted, "pull") as process:
        process.go()
        process.wait_until(lambda: entries(granted.workspace, "data.read") >= 4)
        granted.change("shop", "DELETE FROM orders; DELETE FROM customers")
        run = process.finish()
    assert (run.code, run.err) == (0, "")
    with granted.open().read() as unit:
        pulled = {str(each.collection): each.rows for each in unit.pulls.of_request(REQUEST)}
    assert pulled["shop.orders"] == 150_000 + 28
    assert pulled["shop.customers"] == 1


# People


def test_somebody_whom_nobody_knows_is_a_question_not_an_answer(granted: Place) -> None:
    officer = granted.desk("officer")
    request = record(officer, ("email", "nobody@example.org"), ("phone_number", "+49 30 000"))
    case = ask(officer, request)
    grant(granted, case)
    result = officer.pulling.run(case.asked.id, QuietTask())
    assert result.rows == 0
    assert [each.code for each in result.notices] == ["nobody_found"]
    officer.reviewing.prepare(request, QuietTask())
    with pytest.raises(AppError) as caught:
        officer.reviewing.finish(request)
    assert caught.value.code == "review.notices_open"


def test_several_people_behind_one_identity_are_a_question_too(granted: Place) -> None:
    granted.change(
        "shop",
        "INSERT INTO customers(id, email, name, phone) "
        "VALUES (9001, 'MARA.KOEHLER@example.org ', 'Mara K. the other', '+49 40 000')",
    )
    result = pull(granted)
    assert result.is_complete
    people = [(each.collection, each.count) for each in result.notices
              if each.code == "several_people"]  # fmt: skip
    assert people == [("shop.customers", 2)]


@pytest.mark.parametrize(
    "value", ["'OR/**/1=1--@example.org", "%@example.org", "_@%", "*@*", "mara.koehler@example.or_",
              '"mara.koehler"@example.org', "\u212a@x.y", "mara\u2024koehler@example.org"],
)  # fmt: skip
def test_an_identity_full_of_tricks_matches_nobody(granted: Place, value: str) -> None:
    officer = granted.desk("officer")
    request = record(officer, ("email", value))
    case = ask(officer, request)
    grant(granted, case)
    assert officer.pulling.run(case.asked.id, QuietTask()).rows == 0


@pytest.mark.parametrize(
    ("kind", "value"),
    [("email", "' OR 1=1 --"), ("email", "*"), ("email", "a\x00@b.c"), ("email", " "),
     ("phone_number", "one two three"), ("phone_number", "+49" + "9" * 400)],
)  # fmt: skip
def test_what_cannot_be_an_identity_is_refused_before_anything_is_recorded(
    granted: Place, kind: str, value: str
) -> None:
    officer = granted.desk("officer")
    recorded = entries(granted.workspace)
    with pytest.raises(InputError) as caught:
        record(officer, (kind, value))
    assert caught.value.code.startswith("identity.")
    assert entries(granted.workspace) == recorded


# At once


@pytest.mark.parametrize(("one", "other"), [("grant", "grant"), ("grant", "deny")])
def test_of_two_decisions_at_once_one_stands_and_the_other_is_told(
    asked: Place, one: str, other: str
) -> None:
    runs = at_once(asked, one, other)
    assert sorted(run.code for run in runs) == [0, 1]
    lost = next(run for run in runs if run.code)
    assert lost.out in {"access.wrong_state\n", "access.already_decided\n"}
    assert len(lost.err.splitlines()) == 1
    case = asked.case()
    won = (one, other)[runs.index(next(run for run in runs if run.code == 0))]
    assert [each.granted for each in case.decisions] == [won == "grant"]
    with asked.open().read() as unit:
        assert len(tuple(unit.access.decided())) == 1
        stage = unit.requests.get(REQUEST).stage
    assert stage is (Stage.PULL if won == "grant" else Stage.SCOPE)
    assert asked.is_sound()


def test_of_two_pulls_of_one_grant_at_once_one_reads_and_the_other_is_told(
    granted: Place,
) -> None:
    runs = at_once(granted, "pull", "pull")
    assert sorted(run.code for run in runs) == [0, 1]
    lost = next(run for run in runs if run.code)
    assert lost.out in {"access.wrong_state\n", "access.already_begun\n", "request.wrong_stage\n"}
    assert len(lost.err.splitlines()) == 1
    assert entries(granted.workspace, "session.opened") == 1
    assert entries(granted.workspace, "session.ended") == 1
    assert set(states(granted).values()) == {PullState.COMPLETE}
    assert granted.is_sound()


def test_two_packages_at_once_do_not_disturb_each_other(answered: Place) -> None:
    runs = at_once(answered, "package", "package")
    assert 0 in [run.code for run in runs]
    for run in runs:
        assert run.code == 0 or run.out in {"export.exists\n", "export.failed\n"}
    assert scratch_in(answered.folder) == []
    files = (answered.folder / "package", answered.folder / "package.zip")
    assert here("verify", *files, home=answered.home).code == 0
    assert answered.is_sound()
