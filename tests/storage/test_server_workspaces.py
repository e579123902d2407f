"""Shared workspaces made, opened, upgraded: as a whole or not at all, and by whom it is for."""

from __future__ import annotations

import secrets
import threading
from typing import TYPE_CHECKING

import pytest

from app.domain.addresses import WorkspaceAddress
from app.domain.audit import Action, verify
from app.domain.errors import AppError, ConflictError, InputError, NotAllowedError, StorageError
from app.domain.secrets import Secret
from app.ports.servers import FirstLogin
from app.ports.storage import EntryFilter
from app.storage import migrations
from app.storage.engine import shared as engine
from app.storage.heads import RememberedHeads
from app.storage.servers import ServerWorkspaces
from tests.contracts.workspace_ground import soon

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.ports.servers import Flaw
    from app.storage.shared import SharedWorkspace
    from tests.servers import PostgresqlServer

pytestmark = pytest.mark.server

WORD = Secret("a login's pass word")


class Place:
    """An empty database that belongs to a login of its own, which may make roles."""

    def __init__(self, server: PostgresqlServer, folder: Path) -> None:
        self.server = server
        self.name = f"made_{secrets.token_hex(4)}"
        self.servers = ServerWorkspaces(RememberedHeads(folder / "heads"))
        self.first = FirstLogin(f"{self.name}_first", WORD)
        self.run(f"CREATE ROLE {self.name} LOGIN CREATEROLE PASSWORD '{WORD.reveal()}'"
                 .replace("login's", "login''s"))  # fmt: skip
        server.make_database(self.name, owner=self.name)

    @property
    def address(self) -> WorkspaceAddress:
        return WorkspaceAddress(self.server.host, self.name, self.name, self.server.port)

    def run(self, statement: str, database: str = "") -> list[tuple[object, ...]]:
        with self.server.connect(database) as superuser:
            cursor = superuser.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def create(self) -> SharedWorkspace:
        return self.servers.create(self.address, WORD, first=self.first)

    def open(self) -> SharedWorkspace:
        return self.servers.open(self.address.for_login(self.first.name), WORD)

    def flaws(self) -> tuple[Flaw, ...]:
        workspace = self.open()
        try:
            return workspace.flaws()
        finally:
            workspace.close()

    def refused(self, **changes: object) -> AppError:
        values = {"address": self.address, "owner": WORD, "first": self.first, **changes}
        with pytest.raises(AppError) as caught:
            self.servers.create(values["address"], values["owner"], first=values["first"])  # type: ignore[arg-type]
        return caught.value

    def set_revision(self, revision: str) -> None:
        self.run(f"UPDATE sandglass.alembic_version SET version_num = '{revision}'", self.name)


@pytest.fixture
def place(postgresql_server: PostgresqlServer, tmp_path: Path) -> Iterator[Place]:
    place = Place(postgresql_server, tmp_path)
    yield place
    place.run(f"DROP DATABASE {place.name} WITH (FORCE)")


def test_a_new_workspace_is_empty_guarded_and_on_record(place: Place) -> None:
    workspace = place.create()
    assert workspace.is_shared
    assert WORD.reveal() not in workspace.place
    with workspace.read() as unit:
        assert unit.members.all() == ()
        (entry,) = unit.log.find(EntryFilter()).rows
        assert entry.facts()["action"] == Action.GUARD_INSTALLED
        assert verify(unit.log.stored()).is_sound
    workspace.close()


def test_the_owner_keeps_no_part_in_it(place: Place) -> None:
    place.create().close()
    owner = place.server.connect(
        place.name, options=f"-c role={place.name} -c search_path=sandglass"
    )
    with owner, pytest.raises(Exception, match="does not exist"):
        owner.execute("SELECT * FROM log")


def test_a_password_never_reaches_the_server_in_clear(place: Place) -> None:
    place.create().close()
    ((verifier,),) = place.run(
        f"SELECT rolpassword FROM pg_authid WHERE rolname = '{place.first.name}'"
    )
    assert str(verifier).startswith("SCRAM-SHA-256$")


def test_a_database_holds_one_workspace(place: Place) -> None:
    place.create().close()
    assert place.refused().code == "workspace.exists"


def test_only_who_owns_the_database_and_may_make_roles_makes_one(place: Place) -> None:
    place.run(f"CREATE ROLE {place.name}_guest LOGIN PASSWORD 'word'")
    error = place.refused(address=place.address.for_login(f"{place.name}_guest"),
                          owner=Secret("word"))  # fmt: skip
    assert isinstance(error, NotAllowedError)
    assert error.code == "workspace.owner_needed"


def test_a_database_that_cannot_hold_every_name_is_refused(place: Place) -> None:
    place.run(f"DROP DATABASE {place.name}")
    place.run(f"CREATE DATABASE {place.name} OWNER {place.name} ENCODING 'LATIN1'"
              " LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")  # fmt: skip
    assert place.refused().code == "workspace.not_utf8"


@pytest.mark.parametrize(
    ("first", "kind", "code"),
    [
        (FirstLogin("nobody_of_that_name", WORD, exists=True), StorageError, "failed"),
        (FirstLogin("owner", WORD), ConflictError, "login_exists"),
        (FirstLogin("new", None), InputError, "login_needs_password"),
    ],
    ids=["who is not there", "who is there", "without a password"],
)
def test_what_cannot_be_made_whole_leaves_nothing_behind(
    place: Place, first: FirstLogin, kind: type[AppError], code: str
) -> None:
    roles = place.run("SELECT count(*) FROM pg_roles")
    error = place.refused(first=first)
    assert isinstance(error, kind)
    assert error.code == f"workspace.{code}"
    assert place.run("SELECT count(*) FROM pg_roles") == roles
    assert place.run("SELECT 1 FROM pg_namespace WHERE nspname = 'sandglass'", place.name) == []


def test_where_no_workspace_is_none_is_opened(place: Place) -> None:
    with pytest.raises(StorageError, match=r"workspace\.not_a_workspace"):
        place.servers.open(place.address, WORD)
    with pytest.raises(StorageError, match=r"workspace\.not_a_workspace"):
        place.servers.upgrade(place.address, WORD)


def test_an_older_workspace_waits_for_its_upgrade(place: Place) -> None:
    place.create().close()
    maintenance = engine.plain(
        WorkspaceAddress(place.server.host, place.name, place.server.user, place.server.port),
        Secret(place.server.password),
    )
    with maintenance.begin() as connection:
        migrations.downgrade(connection, "0003")
    maintenance.dispose()
    for table, name in (("requests", "goes_over"), ("access_requests", "enough")):  # of its guard
        place.run(
            f"CREATE TRIGGER {table}_{name} AFTER UPDATE ON sandglass.{table}"
            " FOR EACH ROW EXECUTE FUNCTION sandglass.tell()",
            place.name,
        )
    with pytest.raises(StorageError) as caught:
        place.open()
    assert caught.value.code == "workspace.older"
    place.servers.upgrade(place.address, WORD)
    workspace = place.open()
    with workspace.read() as unit:
        (upgraded,) = unit.log.find(EntryFilter(actions=(Action.WORKSPACE_UPGRADED,))).rows
        assert upgraded.facts()["details"] == {"from": "0003", "to": migrations.NEWEST}
        assert verify(unit.log.stored()).is_sound
    workspace.close()
    kinds = {each.kind for each in place.flaws()}
    assert kinds == {"stranger"}  # nobody has set the workspace up yet


def test_a_guard_that_was_changed_is_made_anew_by_an_upgrade(place: Place) -> None:
    place.create().close()
    place.run("DROP TRIGGER log_continues ON sandglass.log", place.name)
    place.run("GRANT ALL ON sandglass.log TO PUBLIC", place.name)
    assert "table log" in {each.what for each in place.flaws()}
    place.servers.upgrade(place.address, WORD)
    assert {each.kind for each in place.flaws()} == {"stranger"}


@pytest.mark.parametrize(
    ("change", "item"),
    [
        ("CREATE TABLE sandglass.mine (x int)", "table mine"),
        ("GRANT UPDATE ON sandglass.log TO {first}", "table log"),
        ("CREATE POLICY more ON sandglass.mark_undos USING (true)", ""),
        (
            "CREATE FUNCTION sandglass.lie() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "function lie",
        ),
        (
            "CREATE RULE quiet AS ON INSERT TO sandglass.notes DO INSTEAD NOTHING",
            "table notes",
        ),
    ],
)
def test_an_upgrade_does_not_bless_what_was_added(place: Place, change: str, item: str) -> None:
    place.create().close()
    place.run(change.format(first=place.first.name), place.name)
    if not item:  # policies are made anew as a whole
        place.servers.upgrade(place.address, WORD)
        return
    with pytest.raises(StorageError) as caught:
        place.servers.upgrade(place.address, WORD)
    assert caught.value.code == "workspace.guard_differs"
    assert caught.value.values["what"] == item


@pytest.mark.parametrize("writes", [True, False], ids=["writes", "reads"])
def test_an_upgrade_waits_for_whoever_is_at_work(place: Place, *, writes: bool) -> None:
    client = place.create()
    failed: list[AppError] = []

    def upgrade() -> None:
        try:
            place.servers.upgrade(place.address, WORD)
        except AppError as error:
            failed.append(error)

    waits = (
        "SELECT 1 FROM pg_stat_activity"
        f" WHERE wait_event_type = 'Lock' AND usename = '{place.name}'"
    )
    thread = threading.Thread(target=upgrade)
    with client.write() if writes else client.read() as unit:
        before = unit.members.all(), unit.log.head()
        thread.start()
        soon(lambda: bool(place.run(waits)))
        assert (unit.members.all(), unit.log.head()) == before
    thread.join()
    assert failed == []
    with client.read() as unit:
        assert unit.log.head()[0] == 2  # made, and made anew
        assert verify(unit.log.stored()).is_sound
    client.close()


def test_a_newer_workspace_is_neither_opened_nor_touched(place: Place) -> None:
    workspace = place.create()
    place.set_revision("9999")
    for attempt in (
        workspace.read().__enter__,
        workspace.write().__enter__,
        place.open,
        lambda: place.servers.upgrade(place.address, WORD),
    ):
        with pytest.raises(StorageError) as caught:
            attempt()
        assert caught.value.code == "workspace.newer"
    place.set_revision(migrations.NEWEST)
    with workspace.read() as unit:
        assert unit.log.head()[0] == 1
    workspace.close()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("CONNECTION LIMIT 0", "too_many_connections"),
        ("VALID UNTIL '2020-01-01'", "login_refused"),
        ("PASSWORD 'another'", "login_refused"),
        ("NOLOGIN", "login_refused"),
    ],
)
def test_a_login_that_may_not_enter_is_told_why(place: Place, change: str, code: str) -> None:
    place.create().close()
    place.run(f"ALTER ROLE {place.first.name} {change}")
    with pytest.raises(StorageError) as caught:
        place.open()
    assert caught.value.code == f"workspace.{code}"
