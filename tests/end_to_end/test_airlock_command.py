"""``sandglass airlock``, as an administrator uses it in a terminal."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from app.bootstrap import build
from app.domain.people import Role
from app.domain.secrets import Secret
from app.domain.workspace import Controller
from app.services.membership import NewMember, NewWorkspace
from tests.airlock.store import DATABASE, MAP, make_database
from tests.end_to_end.ground import Run, here

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.servers import PostgresqlServer

pytestmark = pytest.mark.server

PASSPHRASE = Secret("river candle orbit maple")


@pytest.fixture
def airlock(
    tmp_path: Path, postgresql_server: PostgresqlServer, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Run]:
    """Return what runs the command in a workspace with three people and a source."""
    make_database(postgresql_server)
    home, path = tmp_path / "home", tmp_path / "workspace.sqlite"
    made = build(home)
    first = made.membership.create(
        path,
        NewWorkspace("Northwind", Controller("Northwind GmbH"), "Europe/Berlin", "DE"),
        first=NewMember("Inés", "ines@example.org", frozenset({Role.ADMINISTRATOR}), PASSPHRASE),
    )
    for name, role in (("nadia", Role.OFFICER), ("omar", Role.APPROVER)):
        made.membership.add(
            first, NewMember(name, f"{name}@example.org", frozenset({role}), PASSPHRASE)
        )
    settings = postgresql_server.settings(DATABASE, sslmode="disable")
    del settings["user"]
    made.desk(first).sourcing.add("postgresql", settings, map_text=MAP, map_file="store.yml")
    first.workspace.close()
    monkeypatch.setenv("SANDGLASS_PASSPHRASE", PASSPHRASE.reveal())
    monkeypatch.setenv("SANDGLASS_DBA_PASSWORD", postgresql_server.password)

    def run(action: str, *more: str, member: str = "ines@example.org") -> Run:
        words = ["airlock", action, "store", "--workspace", str(path), "--member", member]
        if action != "check":
            words += ["--login", postgresql_server.user]
        return here(*words, *more, home=home)

    return run


def test_it_is_installed_checked_and_taken_away(
    airlock: Callable[..., Run], postgresql_server: PostgresqlServer
) -> None:
    assert airlock("check").code == 1
    script = airlock("script")
    assert script.code == 0
    assert script.out.startswith("BEGIN;")
    assert postgresql_server.password not in script.out
    # The keys were made by the command before, which is gone: their holders hand them over.
    assert airlock("install").code == 1
    assert airlock("check", member="nadia@example.org").code == 1
    assert airlock("check", member="omar@example.org").code == 0
    checked = airlock("check")
    assert (checked.code, checked.out.strip()) == (0, "Airlock of store: ready.")
    assert airlock("uninstall").code == 0
    with closing(postgresql_server.connect(DATABASE)) as owner:
        found = owner.execute(
            "SELECT FROM pg_namespace WHERE nspname = 'sandglass_store'"
        ).fetchall()
    assert found == []


def test_installed_at_once_it_is_ready_at_once(airlock: Callable[..., Run]) -> None:
    done = airlock("install")
    assert (done.code, done.out.strip()) == (0, "Airlock of store: ready.")


def test_the_weaker_way_is_named_in_script_install_and_check(
    airlock: Callable[..., Run], postgresql_server: PostgresqlServer
) -> None:
    script = airlock("script", "--direct")
    assert script.code == 0
    assert "NEARLY A SUPERUSER'S RIGHT" in script.out
    assert "What is lost" in script.err
    done = airlock("install", "--direct")
    assert (done.code, done.out.strip()) == (0, "Weaker way into store: ready.")
    checked = airlock("check")
    assert (checked.code, checked.out.strip()) == (0, "Weaker way into store: ready.")
    assert airlock("uninstall").code == 0
    with closing(postgresql_server.connect(DATABASE)) as owner:
        found = owner.execute(
            "SELECT FROM pg_roles WHERE rolname LIKE 'sandglass_store%'"
        ).fetchall()
    assert found == []


def test_only_an_administrator_installs(airlock: Callable[..., Run]) -> None:
    done = airlock("install", member="nadia@example.org")
    assert done.code != 0
    assert "BEGIN" not in done.out


def test_somebody_unknown_is_said_to_be(airlock: Callable[..., Run]) -> None:
    done = airlock("check", member="nobody@example.org")
    assert done.code != 0
    assert "no such member" in done.err


def test_a_check_says_what_everybody_may_do_beside_the_airlock(
    airlock: Callable[..., Run], postgresql_server: PostgresqlServer
) -> None:
    assert airlock("install").code == 0
    with closing(postgresql_server.connect(DATABASE)) as owner:
        owner.execute("GRANT SELECT ON customers TO PUBLIC")
    checked = airlock("check")
    assert checked.code == 0
    assert "may read public.customers" in checked.out
