"""``sandglass demo --servers``: the shop in PostgreSQL, the help desk in MariaDB, and no trace."""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import sqlite3
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.bootstrap import build
from app.domain.errors import SourceError, StorageError
from app.domain.secrets import Secret
from app.sources import mariadb, postgresql
from app.sources._demo_programs import find_programs
from app.sources._made_servers import CompanyOnServers
from tests.end_to_end.demo_servers import (
    Watched,
    is_listening,
    need_servers,
    ports_in,
    processes_at,
    temporary_folder,
)
from tests.end_to_end.ground import Run, entries, here, is_sound, sandglass
from tests.end_to_end.other_process import play
from tests.fakes import START

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.end_to_end.conftest import Played

pytestmark = pytest.mark.server

ENFORCED = {"shop": "source", "helpdesk": "source", "newsletter": "sandglass"}
TYPES = {each.key: each for each in (mariadb.SOURCE, postgresql.SOURCE)}


@dataclass(frozen=True)
class Left:
    """What a demo with servers said, and what it left."""

    run: Run
    folder: Path
    home: Path
    temporary: Path


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Left]:
    need_servers()
    base = tmp_path_factory.mktemp("servers")
    folder, home = base / "out", base / "home"
    with temporary_folder() as temporary:
        words = ("demo", "--servers", "--headless", "--out", folder)
        run = sandglass(*words, home=home, TMPDIR=str(temporary))
        yield Left(run, folder, home, temporary)


def test_it_plays_to_the_end_and_says_who_kept_what_and_how_each_end_was_proved(
    left: Left,
) -> None:
    assert (left.run.code, left.run.err) == (0, "")
    dead = "proof of death: dead login refused, its role gone, no session left."
    for source in ("Our shop (PostgreSQL)", "Our help desk (MariaDB)"):
        (line,) = [each for each in left.run.out.splitlines() if source in each]
        assert "itself kept rows, fields and deadline" in line
        assert line.endswith(dead)
    assert "Our newsletter (SQLite file): Sandglass's reader kept them" in left.run.out
    assert "as the sources themselves counted" in left.run.out


def test_the_session_was_kept_by_the_sources_that_can(left: Left) -> None:
    with contextlib.closing(sqlite3.connect(left.folder / "workspace.sqlite")) as database:
        began = "SELECT line FROM log WHERE action = 'session.opened'"
        (line,) = database.execute(began).fetchone()
        airlocks = dict(database.execute("SELECT source, state FROM airlocks").fetchall())
        states = database.execute("SELECT DISTINCT state FROM pulled").fetchall()
    assert json.loads(line)["details"]["enforcement"] == ENFORCED
    assert airlocks == {"shop": "ready", "helpdesk": "ready"}
    assert states == [("complete",)]


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs pdftotext")
def test_the_audit_report_names_the_proof_of_death_of_both(left: Left) -> None:
    report = str(left.folder / "audit-report.pdf")
    done = subprocess.run(["pdftotext", "-raw", report, "-"], capture_output=True, check=True)
    text = " ".join(done.stdout.decode().split())
    for source in ("Our shop", "Our help desk"):
        assert f"Proof of death {source}: dead login refused, its role is gone, 0 sess" in text


def test_what_it_leaves_is_sound_and_the_same_person_s_as_without_servers(
    left: Left, played: Played
) -> None:
    names = ("workspace.sqlite", "audit-report.pdf", "package", "package.zip")
    done = here("verify", *(left.folder / name for name in names), home=left.home)
    assert (done.code, done.err) == (0, "")
    for name in ("shop/orders", "shop/customers", "helpdesk/messages", "helpdesk/tickets"):
        ours, theirs = (
            json.loads((folder / "package" / "data" / f"{name}.json").read_bytes())
            for folder in (left.folder, played.folder)
        )
        assert len(ours["records"]) == len(theirs["records"]) > 0, name


def test_afterwards_no_server_and_none_of_its_files_are_left(left: Left) -> None:
    ports = ports_in(left.folder / "workspace.sqlite")
    assert len(ports) == 2
    assert processes_at(ports) == []
    assert not any(is_listening(port) for port in ports)
    assert sorted(each.name for each in (left.folder / "sources").iterdir()) == [
        "newsletter.sqlite"
    ]
    assert list(left.temporary.iterdir()) == []


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_however_the_program_ends_its_servers_end_with_it(
    how: signal.Signals, tmp_path: Path
) -> None:
    need_servers()
    folder, home = tmp_path / "out", tmp_path / "home"
    workspace = folder / "workspace.sqlite"
    with (
        temporary_folder() as temporary,
        play(folder, home, "--servers", temporary=temporary) as process,
    ):
        process.wait_until(lambda: entries(workspace, "access.granted") > 0)
        ports = ports_in(workspace)
        servers = processes_at(ports)
        assert len(servers) == 2
        with Watched(servers) as watched:
            process.tell(how)
            watched.wait_until_gone()
        run = process.finish()
        assert list(temporary.iterdir()) == []
    assert run.code == (130 if how is signal.SIGINT else -how)
    assert "Traceback" not in run.err
    assert not (folder / "sources" / "servers").exists()
    assert is_sound(workspace, home)


def test_the_made_databases_let_nobody_in_without_the_owner_s_password(tmp_path: Path) -> None:
    need_servers()
    made = build(tmp_path / "home")
    company, cast, _ = made.demo.prepare(tmp_path / "out", on_servers=True)
    with contextlib.closing(company), contextlib.closing(cast.administrator.workspace):
        airlocks = made.desk(cast.administrator).airlocks
        for source in ("shop", "helpdesk"):
            found = airlocks.find(source)
            assert found is not None
            assert found.state == "ready"
        for made_source in company.sources.values():
            if made_source.owner is None:
                continue
            settings = {**made_source.settings, "user": made_source.owner.user}
            for password in (None, Secret("a guess")):
                door = TYPES[made_source.type].connect(settings, password)
                with pytest.raises(SourceError, match=r"source\.login_refused"):
                    door.now()


def test_a_server_that_does_not_start_is_said_to_be_one_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need_servers()
    installed = find_programs()
    broken = replace(installed, initdb=Path("/bin/false"))
    with temporary_folder() as temporary:
        monkeypatch.setattr("tempfile.tempdir", str(temporary))
        with pytest.raises(StorageError) as caught:
            CompanyOnServers(lambda: broken).make(tmp_path / "made", now=START)
        assert list(temporary.iterdir()) == []
    assert caught.value.code == "demo.server_not_started"
    assert caught.value.values["server"] == "PostgreSQL"
    assert not (tmp_path / "made" / "servers").exists()
