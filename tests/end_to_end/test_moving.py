"""A workspace moves from a file to a server: all of it, with an unbroken log, or not at all."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from app.bootstrap import make_desk
from app.domain.addresses import WorkspaceAddress
from app.domain.audit import verify
from app.domain.errors import AppError, ConflictError, StorageError
from app.domain.secrets import Secret
from app.services.moving import Moving
from app.services.trusting import TrustedAuthorities
from app.storage.tables import METADATA
from tests.airlock.ground import until
from tests.contracts.workspace_ground import ROOT
from tests.fakes import RealClock
from tests.guard.office import password_of
from tests.office import PASSPHRASE, open_office

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.ports.storage import Workspace
    from app.services.desk import Desk
    from tests.office import Office
    from tests.servers import PostgresqlServer

pytestmark = pytest.mark.server

DATABASE = "moved_here"
LOGINS = {"ines@example.org": "mona", "Nadia@example.org": "nadia"}


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return open_office(tmp_path, clock=RealClock())


@pytest.fixture
def server(postgresql_server: PostgresqlServer) -> Iterator[PostgresqlServer]:
    with postgresql_server.connect() as superuser:
        superuser.execute(f"CREATE DATABASE {DATABASE}".encode())
        for login in (*LOGINS.values(), "omar"):
            superuser.execute(f"CREATE ROLE {login} LOGIN PASSWORD '{login}''s pass word'".encode())
    yield postgresql_server
    with postgresql_server.connect() as superuser:
        superuser.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)".encode())
        for login in (*LOGINS.values(), "omar"):
            superuser.execute(f"DROP ROLE {login}".encode())


def address(server: PostgresqlServer, login: str = "owner") -> WorkspaceAddress:
    return WorkspaceAddress(server.host, DATABASE, login, server.port)


def moving_in(office: Office) -> Moving:
    adapters = office.adapters
    return Moving(
        workspaces=adapters.workspaces,
        servers=adapters.servers,
        certificates=adapters.certificates,
        trusted=TrustedAuthorities(adapters.authorities),
    )


def move(office: Office, server: PostgresqlServer, **logins: str) -> str:
    moved = moving_in(office).move(
        file_of(office), address(server), Secret(server.password), logins=logins or LOGINS
    )
    return moved.chain.head


def file_of(office: Office) -> Path:
    return office.adapters.unfinished.parent.parent / "workspace.sqlite"


def enter(office: Office, server: PostgresqlServer, desk: Desk, login: str) -> Desk:
    own = office.adapters.servers.open(address(server, login), Secret(password_of(login)))
    signed = office.membership.sign_in(own, desk.here.member, passphrase=PASSPHRASE)
    return make_desk(signed, office.adapters)


def head_of(workspace: Workspace) -> str:
    with workspace.read() as unit:
        chain = verify(unit.log.stored())
    assert chain.is_sound
    return chain.head


def plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    if isinstance(value, date):
        return value.isoformat()
    return int(value) if isinstance(value, bool) else value


def rows_of(run: Any, table: str, columns: list[str]) -> list[tuple[Any, ...]]:
    listed = ", ".join(f'"{each}"' for each in columns)
    found = run(f'SELECT {listed} FROM "{table}"').fetchall()
    return sorted((tuple(map(plain, row)) for row in found), key=repr)


def is_empty(server: PostgresqlServer) -> bool:
    with server.connect(DATABASE) as superuser:
        places = superuser.execute("SELECT FROM pg_namespace WHERE nspname = 'sandglass'").rowcount
    return places == 0


def test_everything_goes_along_and_work_goes_on(office: Office, server: PostgresqlServer) -> None:
    request, _ = office.pulled()
    office.officer.casework.add_note(request, "Kept “as it is”, 東京.")
    office.officer.drawer.put("draft", "Half a sentence")
    before = head_of(office.workspace)
    assert move(office, server) == before

    with (
        contextlib.closing(sqlite3.connect(file_of(office))) as file,
        server.connect(DATABASE, options="-c search_path=sandglass") as superuser,
    ):
        for table in METADATA.sorted_tables:
            columns = [each.name for each in table.columns]
            old, new = (
                rows_of(run, table.name, columns)
                for run in (file.execute, lambda text: superuser.execute(text.encode()))
            )
            assert (old == new) or (table.name == "log" and set(old) < set(new))
    facts = office.membership.facts(office.adapters.workspaces.inspect(file_of(office)))
    known = office.adapters.certificates.fingerprint(facts.authority_certificate)
    trusted = TrustedAuthorities(office.adapters.authorities)
    assert trusted.knows(address(server, "mona"), workspace=facts.id, fingerprint=known)
    ines = enter(office, server, office.administrator, "mona")
    nadia = enter(office, server, office.officer, "nadia")
    with ines.here.workspace.read() as unit:
        stored = list(unit.log.stored())
        assert before.encode() in {digest for *_, digest in stored}
        assert verify(stored).is_sound
    assert nadia.drawer.get("draft") == "Half a sentence"
    (people, *_) = nadia.reviewing.collections(request)
    assert nadia.reviewing.page(request, people.id)
    office.membership.give_login(ines.here, office.approver.here.member, "omar")
    omar = enter(office, server, office.approver, "omar")
    desks = {"administrator": ines, "officer": nadia, "approver": omar}
    there = replace(office, workspace=ines.here.workspace, **desks)
    again, result = there.pulled()
    assert again != request
    assert result.is_complete
    for desk in desks.values():
        desk.here.workspace.close()


def test_the_file_says_where_it_went_and_can_still_be_checked(
    office: Office, server: PostgresqlServer
) -> None:
    head = move(office, server)
    for use in (
        lambda: office.adapters.workspaces.open(file_of(office)),
        lambda: office.officer.casework.notes("any"),  # who had it open
    ):
        with pytest.raises(StorageError) as caught:
            use()
        assert caught.value.code == "workspace.moved"
        assert caught.value.values["place"] == address(server, "").text
    assert office.proof().is_sound
    assert head_of(office.adapters.workspaces.inspect(file_of(office))) == head


def test_what_does_not_move_stays_whole(office: Office, server: PostgresqlServer) -> None:
    before = head_of(office.workspace)

    def refused(**logins: str) -> str:
        with pytest.raises(AppError) as caught:
            move(office, server, **logins)
        assert is_empty(server)
        assert head_of(office.workspace) == before
        return caught.value.code

    assert refused(**{"nobody@example.org": "mona"}) == "workspace.move_unknown_member"
    assert refused(**{"nadia@example.org": "nadia"}) == "workspace.move_needs_administrator"
    assert refused(**{"ines@example.org": "owner"}) == "member.login_unfit"
    case = office.granted()
    with office.workspace.write() as unit:
        opened = office.officer.sessions.begin(unit, case.asked.id, enforcement={})
        unit.commit()
    before = head_of(office.workspace)
    assert refused() == "workspace.move_window_open"
    office.officer.sessions.end(opened.window.session)
    opened.lease.release()
    with server.connect(DATABASE) as superuser:
        superuser.execute("CREATE SCHEMA sandglass")
        with pytest.raises(StorageError, match=r"workspace\.exists"):
            move(office, server)
        superuser.execute("DROP SCHEMA sandglass")
    office.officer.casework.notes("any")


def test_killed_on_the_way_it_begins_anew_or_not_at_all(
    office: Office, server: PostgresqlServer
) -> None:
    before = head_of(office.workspace)
    words = ("-m", "app", "workspace", "move", str(file_of(office)), address(server).text,
             "--login", "ines@example.org=mona")  # fmt: skip
    with server.connect() as blocking, blocking.transaction():
        # The last thing but one that a move does waits for this.
        blocking.execute(f"GRANT CONNECT ON DATABASE {DATABASE} TO owner".encode())
        process = subprocess.Popen(
            [sys.executable, *words],
            cwd=ROOT,
            env={**os.environ, "SANDGLASS_OWNER_PASSWORD": server.password},
        )
        with process, server.connect() as superuser:
            waits = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = %s"
            until(lambda: superuser.execute(waits, [DATABASE]).rowcount, seconds=60)
            process.kill()
    with server.connect() as superuser:
        there = "SELECT FROM pg_stat_activity WHERE datname = %s AND usename = 'owner'"
        until(lambda: not superuser.execute(there, [DATABASE]).rowcount)
    assert is_empty(server)
    assert says_it_is_moving(office, server)
    moving_in(office).take_back(file_of(office), address(server), Secret(server.password))
    assert head_of(office.workspace) == before
    assert move(office, server) == before


def test_killed_when_all_had_arrived_it_goes_on_there_and_nowhere_else(
    office: Office, server: PostgresqlServer
) -> None:
    before = head_of(office.workspace)
    place = address(server)
    owner = Secret(server.password)
    workspace = office.adapters.workspaces.open(file_of(office), moving_to=place.for_login("").text)
    with workspace.write() as unit:
        whose = {office.administrator.here.member: "mona"}
        office.adapters.servers.move_in(unit, place, owner, logins=whose)
    workspace.close()  # the file never heard of it
    assert says_it_is_moving(office, server)
    with pytest.raises(ConflictError, match=r"workspace\.has_moved"):
        moving_in(office).take_back(file_of(office), place, owner)
    mona = office.adapters.servers.open(address(server, "mona"), Secret(password_of("mona")))
    signed = office.membership.sign_in(
        mona, office.administrator.here.member, passphrase=PASSPHRASE
    )
    make_desk(signed, office.adapters).drawer.put("draft", "Work goes on there.")
    mona.close()
    assert move(office, server) == before
    with pytest.raises(StorageError, match=r"workspace\.moved"):
        office.adapters.workspaces.open(file_of(office))


def says_it_is_moving(office: Office, server: PostgresqlServer) -> bool:
    for use in (
        lambda: office.adapters.workspaces.open(file_of(office)),
        lambda: office.officer.casework.notes("any"),  # who had it open
    ):
        with pytest.raises(StorageError, match=r"workspace\.moving") as caught:
            use()
        assert caught.value.values["place"] == address(server, "").text
    return True
