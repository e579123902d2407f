"""Revisions of the schema: fresh is migrated, up and down, older files, killed on the way."""

from __future__ import annotations

import shutil
import sqlite3
import stat
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import URL, create_engine, insert, select

from app.domain.audit import Action, chain, verify
from app.domain.errors import StorageError
from app.ports.storage import EntryFilter
from app.services.fides import map_hash, map_says, read_maps, write_maps
from app.storage import migrations
from app.storage.engine import embedded
from app.storage.rows import values_of
from app.storage.tables import METADATA, log
from tests.builders import NOON, a_request, a_source, an_event, workspace_facts
from tests.contracts.workspace_ground import REQUEST, ROOT, told
from tests.office import MAP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from tests.servers import PostgresqlServer
    from tests.storage.embedded import EmbeddedGround

SAVED = ROOT / "tests" / "data" / "workspace-0001.sqlite"

type Schema = set[tuple[str, str, str]]


def schema(path: Path) -> Schema:
    """Return kind, name and statement of everything in a database but alembic's own table."""
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute("SELECT type, name, sql FROM sqlite_schema").fetchall()
    return {
        (kind, name, " ".join((sql or "").split()))
        for kind, name, sql in rows
        if "alembic" not in name
    }


def revision(path: Path) -> str:
    with closing(sqlite3.connect(path)) as database:
        found: str = database.execute("SELECT version_num FROM alembic_version").fetchone()[0]
    return found


@contextmanager
def migrating(path: Path) -> Iterator[Connection]:
    """Give a connection as upgrades have it, committed at the end."""
    maintenance = embedded.writer(path, busy_seconds=1, keys_checked=False)
    with maintenance.begin() as connection:
        yield connection
    maintenance.dispose()


@pytest.fixture
def old(ground: EmbeddedGround) -> EmbeddedGround:
    """A file that an older program made and used."""
    shutil.copy(SAVED, ground.path)
    ground.path.chmod(0o600)
    return ground


def copies(ground: EmbeddedGround) -> list[Path]:
    return sorted(ground.path.parent.glob("*.before-*"))


def test_a_new_file_has_exactly_the_tables_that_the_program_knows(
    ground: EmbeddedGround, tmp_path: Path
) -> None:
    direct = tmp_path / "direct"
    made_at_once = create_engine(f"sqlite:///{direct}")
    METADATA.create_all(made_at_once)
    made_at_once.dispose()
    assert schema(ground.path) == schema(direct)
    assert revision(ground.path) == migrations.NEWEST


def test_the_newest_revision_is_the_last_one() -> None:
    scripts = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert scripts.get_heads() == [migrations.NEWEST]


def test_revisions_go_up_and_down_and_up(ground: EmbeddedGround) -> None:
    newest = schema(ground.path)
    with migrating(ground.path) as connection:
        migrations.downgrade(connection, "0001")
    older = schema(ground.path)
    assert revision(ground.path) == "0001"
    assert older != newest
    with migrating(ground.path) as connection:
        migrations.downgrade(connection, "base")
    assert schema(ground.path) == set()
    with migrating(ground.path) as connection:
        migrations.upgrade(connection, "0001")
    assert schema(ground.path) == older
    with migrating(ground.path) as connection:
        migrations.upgrade(connection)
    assert schema(ground.path) == newest


def test_a_revision_that_is_not_committed_leaves_no_trace(ground: EmbeddedGround) -> None:
    before = schema(ground.path)
    maintenance = embedded.writer(ground.path, busy_seconds=1, keys_checked=False)
    with maintenance.connect() as connection:
        with pytest.raises(RuntimeError, match="commit"):
            migrations.downgrade(connection, "base")
        connection.begin()
        migrations.downgrade(connection, "base")
    maintenance.dispose()
    assert schema(ground.path) == before
    assert revision(ground.path) == migrations.NEWEST


def test_an_older_file_is_upgraded_with_everything_in_it(old: EmbeddedGround) -> None:
    with closing(sqlite3.connect(SAVED)) as database:
        entries_before = database.execute("SELECT count(*) FROM log").fetchone()[0]
    workspace = old.open()
    assert revision(old.path) == migrations.NEWEST
    with workspace.write() as unit:
        assert unit.workspace.facts() == workspace_facts()
        assert unit.requests.get(REQUEST) == a_request()
        assert [each.id for each in unit.members.all()] == ["adam", "anna", "olga"]
        assert unit.access.get("ar-1").window is not None
        (upgraded,) = unit.log.find(EntryFilter(actions=(Action.WORKSPACE_UPGRADED,))).rows
        assert upgraded.facts()["details"] == {"from": "0001", "to": migrations.NEWEST}
        assert verify(unit.log.stored()).entries == entries_before + 1
        seen = unit.log.checkpoint()
        assert seen is not None
        assert seen.entries == entries_before + 1
        unit.responses.add_report(
            "r", request="", sha256="", head="", by="olga", at=old.clock.now()
        )
        unit.commit()
    workspace.close()
    old.open().close()
    assert len(copies(old)) == 1


def test_an_upgrade_says_of_a_map_what_it_says_now(ground: EmbeddedGround) -> None:
    (source_map,) = read_maps(MAP, file="shop.yml")
    sources = METADATA.tables["sources"]
    right = a_source("right", map_text=write_maps([source_map]), map_hash=map_hash(source_map))
    with migrating(ground.path) as connection:
        for each in (right, replace(right, key="other", map_hash="0" * 64)):
            connection.execute(insert(sources), values_of(each))
        migrations.downgrade(connection, "0009")
    with migrating(ground.path) as connection:
        migrations.upgrade(connection)
        says = dict(connection.execute(select(sources.c.key, sources.c.map_says)).all())  # type: ignore[arg-type]
    assert says == {"right": map_says(source_map), "other": None}


def test_a_copy_of_the_older_file_is_kept_and_never_overwritten(old: EmbeddedGround) -> None:
    for count in (1, 2):
        shutil.copy(SAVED, old.path)
        old.open().close()
        assert len(copies(old)) == count
    for copy in copies(old):
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
        assert copy.suffix == ".bak"
        assert revision(copy) == "0001"
        assert schema(copy) == schema(SAVED)


def test_a_program_killed_in_an_upgrade_leaves_the_older_file(old: EmbeddedGround) -> None:
    before = schema(old.path)
    with old.elsewhere("upgrade") as other:
        assert told(other) == "asked for the time"
        other.kill()
        other.wait()
    assert revision(old.path) == "0001"
    assert schema(old.path) == before
    workspace = old.open()
    with workspace.read() as unit:
        assert unit.requests.get(REQUEST) == a_request()
    workspace.close()
    assert revision(old.path) == migrations.NEWEST


def test_without_a_copy_there_is_no_upgrade(old: EmbeddedGround) -> None:
    in_the_way = old.path.with_name(f"{old.path.name}.before-{migrations.NEWEST}.part")
    in_the_way.mkdir()
    with pytest.raises(StorageError, match=r"workspace\.not_writable"):
        old.open()
    assert revision(old.path) == "0001"


def test_an_older_file_with_broken_references_is_not_upgraded(old: EmbeddedGround) -> None:
    with closing(sqlite3.connect(old.path)) as database:
        database.execute(
            "INSERT INTO pauses VALUES ('none', 1, '', '2026-01-01', NULL, '', '', '')"
        )
        database.commit()
    with pytest.raises(StorageError, match=r"workspace\.damaged"):
        old.open()
    assert revision(old.path) == "0001"


@pytest.mark.server
def test_the_tables_hold_in_postgresql_too(postgresql_server: PostgresqlServer) -> None:
    server = postgresql_server
    shared = create_engine(
        URL.create(
            "postgresql+psycopg",
            username=server.user,
            password=server.password,
            host=server.host,
            port=server.port,
            database=server.database,
        )
    )
    entry = chain(None, an_event(object='back\\slash "é"'), NOON)
    with shared.connect() as connection, connection.begin() as undone:
        METADATA.create_all(connection)
        connection.execute(insert(log), vars(entry))
        columns = (log.c.at, log.c.action, log.c.actor, log.c.request, log.c.line)
        (found,) = connection.execute(select(*columns)).all()
        undone.rollback()
    shared.dispose()
    facts = entry.facts()
    assert found[:4] == tuple(facts[each] for each in ("at", "action", "actor", "request"))
    assert found[4] == entry.line
