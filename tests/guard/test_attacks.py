"""What an insider with psql and her own login tries, by who she is; each is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from app.domain.people import Role
from tests.guard.attacks_by_role import (
    ADMINISTRATOR,
    APPROVER,
    AUDITOR,
    BOTH,
    NOT_HER_VAULT,
    OFFICER,
    TWICE,
)
from tests.guard.attacks_of_anybody import ANYBODY
from tests.guard.insider import refusal
from tests.guard.office import SOMEBODY

if TYPE_CHECKING:
    from tests.guard.scene import Attack, Scene

pytestmark = pytest.mark.server

TRIED = [
    *(("olga", what, *attack) for what, attack in {**ANYBODY, **OFFICER}.items()),
    *(("otto", what, *attack) for what, attack in NOT_HER_VAULT.items()),
    *(("anna", what, *attack) for what, attack in {**ANYBODY, **APPROVER, **TWICE}.items()),
    *(("bea", what, *attack) for what, attack in BOTH.items()),
    *(("audra", what, *attack) for what, attack in {**ANYBODY, **AUDITOR}.items()),
    *(("ines", what, *attack) for what, attack in {**ANYBODY, **ADMINISTRATOR}.items()),
]


@pytest.mark.parametrize(
    ("login", "what", "refused_as", "attack"),
    TRIED,
    ids=[f"{who} {what}" for who, what, *_ in TRIED],
)
def test_an_insider_is_refused(
    scene: Scene, login: str, what: str, refused_as: str, attack: Attack
) -> None:
    found = refusal(scene.office.connect(login), scene.id_of(login), lambda her: attack(her, scene))
    assert found, f"{login} {what}, and nothing refused it"
    assert found in refused_as.split("|")


UNSEEN = {
    "drafts of others": "SELECT * FROM drawer WHERE member <> me()",
    "drafts of others, by a filter that tells": (
        "SELECT 1 FROM drawer WHERE 1 / (CASE WHEN member = me() THEN 1 ELSE 0 END) = 0"
    ),
    "ciphertext of others": (
        "SELECT sealed FROM vault_chunks c JOIN pulled p ON p.id = c.pulled"
        " JOIN requests r ON r.id = p.request WHERE r.closed_at IS NULL"
    ),
    "files of others": "SELECT * FROM vault_files",
    "statistics of the requests": "SELECT * FROM pg_stats WHERE tablename = 'requests'",
    "statistics of the drawers": "SELECT * FROM pg_stats WHERE tablename = 'drawer'",
    "what others run at this moment": (
        "SELECT query FROM pg_stat_activity WHERE usename <> session_user"
        " AND query NOT IN ('<insufficient privilege>', '')"
    ),
    "large objects": "SELECT * FROM pg_largeobject_metadata",
}


@pytest.mark.parametrize("login", ["otto", "anna", "audra", "ines"])
@pytest.mark.parametrize("what", list(UNSEEN))
def test_what_is_anothers_is_not_seen(scene: Scene, login: str, what: str) -> None:
    with scene.office.as_superuser() as superuser:
        superuser.execute("ANALYZE requests, drawer")
    with scene.office.connect(login) as connection:
        assert connection.execute(UNSEEN[what].encode()).fetchall() == []


@pytest.mark.parametrize("login", ["anna", "ines"])
def test_a_request_is_not_seen_before_access_is_asked_for(scene: Scene, login: str) -> None:
    with scene.office.connect(login) as connection:
        for table, column in (("requests", "id"), ("request_identities", "request")):
            query = f"SELECT * FROM {table} WHERE {column} = %s"
            assert connection.execute(query.encode(), [scene.quiet]).fetchall() == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE drawer SET sealed = 'mine' WHERE key = 'draft'",
        "DELETE FROM drawer WHERE key = 'draft'",
        "DELETE FROM vault_keys",
        "UPDATE vault_keys SET sealed = 'mine'",
        "DELETE FROM vault_chunks",
        "UPDATE vault_files SET sealed = 'mine'",
    ],
)
def test_what_is_anothers_is_not_changed(scene: Scene, change: str) -> None:
    table = change.replace("DELETE FROM", "UPDATE").split()[1]
    rows = f"SELECT t FROM {table} t WHERE EXISTS (SELECT 1) ORDER BY 1"
    with scene.office.as_superuser() as superuser:
        before = superuser.execute(rows.encode()).fetchall()
        refusal(scene.office.connect("otto"), scene.id_of("otto"), lambda her: her.run(change))
        assert superuser.execute(rows.encode()).fetchall() == before


def test_an_administrator_removes_no_key_of_who_handles_requests(scene: Scene) -> None:
    with scene.office.as_superuser() as superuser:
        before = superuser.execute("SELECT * FROM vault_keys ORDER BY 1, 2").fetchall()
        attack = "DELETE FROM vault_keys"
        refusal(scene.office.connect("ines"), scene.id_of("ines"), lambda her: her.run(attack))
        assert superuser.execute("SELECT * FROM vault_keys ORDER BY 1, 2").fetchall() == before
        assert before


def test_who_listens_hears_a_number_and_who_sends_changes_nothing(scene: Scene) -> None:
    office = scene.office
    with (
        office.connect("audra", autocommit=True) as listening,
        office.connect("otto", autocommit=True) as sending,
    ):
        channel = listening.execute("SELECT channel()").fetchone()
        assert channel is not None
        listening.execute(f"LISTEN {channel[0]}".encode())
        office.officer.casework.add_note(scene.quiet, "Nobody hears this text.")
        (heard,) = listening.notifies(timeout=5, stop_after=1)
        assert heard.payload.isdecimal()
        before = office.approver.granting.get(scene.waiting)
        sending.execute(f"NOTIFY {channel[0]}, 'access.granted'".encode())
        assert office.approver.granting.get(scene.waiting) == before


def test_who_is_no_member_does_not_come_in(scene: Scene) -> None:
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        scene.office.connect(SOMEBODY)


def test_nobody_logs_in_as_the_owner_or_a_group(scene: Scene) -> None:
    with scene.office.as_superuser() as superuser:
        rows = superuser.execute(
            "SELECT r.rolcanlogin OR r.rolsuper OR r.rolcreaterole OR r.rolbypassrls"
            " FROM pg_roles o, pg_namespace n, pg_roles r"
            " WHERE n.nspname = 'sandglass' AND o.oid = n.nspowner"
            # Other workspaces and airlocks of the same server have names of their own.
            " AND starts_with(r.rolname, left(o.rolname, -length('owner')))"
        ).fetchall()
    assert len(rows) == 2 + len(Role)
    assert set(rows) == {(False,)}
