"""``sandglass workspace``, as whoever sets a shared workspace up uses it in a terminal."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.ground import Run, here
from tests.reports.reading import text_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.servers import PostgresqlServer

pytestmark = pytest.mark.server

DATABASE = "by_command"
LOGIN_PASSWORD = "maple orbit"


@pytest.fixture
def workspace(
    tmp_path: Path, postgresql_server: PostgresqlServer, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Run]:
    """Return what runs the command on an empty database."""
    with postgresql_server.connect() as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)".encode())
        connection.execute(f"CREATE DATABASE {DATABASE}".encode())
    monkeypatch.setenv("SANDGLASS_OWNER_PASSWORD", postgresql_server.password)
    monkeypatch.setenv("SANDGLASS_LOGIN_PASSWORD", LOGIN_PASSWORD)
    monkeypatch.setenv("SANDGLASS_PASSPHRASE", "river candle orbit maple")

    def run(action: str, *more: str, login: str) -> Run:
        place = f"{postgresql_server.host}:{postgresql_server.port}/{DATABASE}"
        address = f"postgresql://{login}@{place}?sslmode=disable"
        return here("workspace", action, address, *more, home=tmp_path / "home")

    return run


def test_it_is_made_checked_and_upgraded(
    workspace: Callable[..., Run], postgresql_server: PostgresqlServer
) -> None:
    owner = postgresql_server.user
    words = (
        "--title", "Northwind", "--controller", "Northwind GmbH", "--name", "Inés",
        "--email", "ines@example.org", "--login", "ines_by_command",
    )  # fmt: skip
    made = workspace("create", *words, login=owner)
    assert made.code == 0, made.err
    assert "Fingerprint of its authority:" in made.out
    assert workspace("create", *words, login=owner).code == 1
    checked = workspace("check", login="ines_by_command")
    assert checked.code == 0, checked.err
    assert "guard as this version of Sandglass makes it" in checked.out
    with postgresql_server.connect(DATABASE) as superuser:
        superuser.execute("ALTER TABLE sandglass.log DISABLE TRIGGER USER")
    broken = workspace("check", login="ines_by_command")
    assert broken.code == 1
    assert "is not as this version of Sandglass makes it: table log." in broken.err
    assert workspace("upgrade", login=owner).code == 0
    assert workspace("check", login="ines_by_command").code == 0
    for run in (made, checked, broken):
        assert LOGIN_PASSWORD not in run.out + run.err
        assert postgresql_server.password not in run.out + run.err


def test_an_administrator_comes_back_with_the_kit_that_was_made_with_the_workspace(
    workspace: Callable[..., Run], postgresql_server: PostgresqlServer, tmp_path: Path
) -> None:
    kit, typed = tmp_path / "kit.pdf", tmp_path / "typed.txt"
    made = workspace(
        "create", "--title", "Northwind", "--controller", "Northwind GmbH", "--name", "Inés",
        "--email", "ines@example.org", "--login", "ines_with_kit", "--kit", str(kit),
        login=postgresql_server.user,
    )  # fmt: skip
    assert made.code == 0, made.err
    typed.write_text(text_of(kit, layout=True), encoding="utf-8")
    shutil.rmtree(tmp_path / "home" / "keys")
    back = workspace("recover", "--kit", str(typed), login="ines_with_kit")
    assert back.code == 0, back.err
    assert "You have new keys on this machine" in back.out
    checked = workspace("check", login="ines_with_kit")
    assert checked.code == 0, checked.err
    with postgresql_server.connect() as superuser:
        superuser.execute("DROP ROLE IF EXISTS ines_again")
        superuser.execute(f"CREATE ROLE ines_again LOGIN PASSWORD '{LOGIN_PASSWORD}'".encode())
        superuser.execute("ALTER ROLE ines_with_kit NOLOGIN")
    given = workspace(
        "login", "--email", "INES@example.org", "--login", "ines_again",
        login=postgresql_server.user,
    )  # fmt: skip
    assert given.code == 0, given.err
    checked = workspace("check", login="ines_again")
    assert checked.code == 0, checked.err
    assert "given another login by who owns the database" in checked.out
    back = workspace("recover", "--kit", str(typed), login="ines_again")
    assert back.code == 0, back.err
    wrong = typed.read_text(encoding="utf-8").replace("07 ", "07 ZZZZ ")
    typed.write_text(wrong, encoding="utf-8")
    refused = workspace("recover", "--kit", str(typed), login="ines_again")
    assert refused.code == 2
    assert "Line 7 is not as it is printed." in refused.err


def test_who_may_not_enter_is_told_so(workspace: Callable[..., Run]) -> None:
    refused = workspace("check", login="nobody_here")
    assert refused.code == 1
    assert "The server refused the login “nobody_here” or its password." in refused.err
