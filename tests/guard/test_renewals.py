"""Nobody brings a key of her own into an airlock while its secrets are replaced."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app.domain.airlock import Proof
from app.domain.audit import Action, Event
from app.domain.renewal import KEYS, PASSWORDS, Renewal
from tests.guard.insider import refusal
from tests.guard.scene import NOT_PERMITTED
from tests.office import airlock_secrets
from tests.services.memory_airlock import MemoryAirlock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.guard.insider import Insider
    from tests.guard.office import SharedOffice
    from tests.guard.scene import Scene

pytestmark = pytest.mark.server

NOT_YOUR_STEP = "airlock.not_your_step"


@pytest.fixture(scope="module")
def renewing(scene: Scene) -> Iterator[SharedOffice]:
    """The office, where all secrets of an airlock are to be replaced and one key is made.

    Afterwards it has no airlock: who is officer and approver decides for her again.
    """
    office = scene.office
    secrets = airlock_secrets(office.administrator, office.adapters)
    airlock = MemoryAirlock().type().airlock
    assert airlock is not None
    with office.administrator.here.workspace.write() as unit:
        record = secrets.prepare(unit, "shop", airlock, linked=())
        unit.airlocks.put(replace(record, state="ready", renewal=Renewal((*KEYS, *PASSWORDS))))
        unit.commit()
    mine = airlock_secrets(office.officer, office.adapters)
    with office.officer.here.workspace.write() as unit:
        found = unit.airlocks.find("shop")
        assert found is not None
        assert found.renewal is not None
        mine.put_next(unit, "shop", "officers", b"a new officers' key")
        made = replace(found.renewal, made={"officers": "its hash"})
        unit.airlocks.put(replace(found, renewal=made))
        unit.commit()
    yield office
    with office.as_superuser() as superuser:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute("ALTER TABLE airlocks DISABLE TRIGGER airlocks_on_record")
        for table in ("source_grants", "airlock_secrets", "airlock_renewals", "airlocks"):
            superuser.execute(f"DELETE FROM {table} WHERE source = 'shop'".encode())
        superuser.execute("ALTER TABLE airlocks ENABLE ALWAYS TRIGGER airlocks_on_record")


def change(table: str, what: str, kind: str = "") -> str:
    return f"UPDATE {table} SET {what} WHERE source = 'shop'" + (kind and f" AND kind = '{kind}'")


def seal(her: Insider, kind: str, *, to: str) -> object:
    return her.insert("airlock_secrets", source="shop", kind=kind, member=to, sealed=b"mine")


@pytest.mark.parametrize(
    ("login", "table", "what", "kind"),
    [
        ("olga", "airlock_renewals", "made = 'mine'", "approvers"),
        ("olga", "airlock_renewals", "made = 'mine'", "gatekeeper"),
        ("olga", "airlock_renewals", "made = 'another'", "officers"),
        ("olga", "airlock_renewals", "made = ''", "officers"),
        ("olga", "airlock_renewals", "mac = 'mine'", "approvers"),
        ("olga", "airlock_renewals", "mac = 'too early'", "officers"),
        ("anna", "airlock_renewals", "made = 'mine', again = true", "officers"),
        ("anna", "airlock_renewals", "mac = 'mine'", "officers"),
        ("audra", "airlock_renewals", "made = 'mine'", "officers"),
        ("ines", "airlock_renewals", "made = 'mine'", "approvers"),
        ("olga", "airlocks", 'keys = \'{"officers":"its hash"}\'', ""),
        ("olga", "airlocks", "gatekeeper_verifier = 'mine'", ""),
        ("olga", "airlocks", "watchman_verifier = 'mine'", ""),
        ("olga", "airlocks", "state = 'missing'", ""),
        ("anna", "airlocks", 'keys = \'{"approvers":"mine"}\'', ""),
        ("anna", "airlocks", "gatekeeper_verifier = 'mine'", ""),
    ],
)
def test_a_step_is_for_those_whose_secret_it_replaces(
    renewing: SharedOffice, login: str, table: str, what: str, kind: str
) -> None:
    me, statement = renewing.id_of(login), change(table, what, kind)
    found = refusal(renewing.connect(login), me, lambda her: her.run(statement))
    assert found == NOT_YOUR_STEP


@pytest.mark.parametrize(
    ("login", "kind", "to"),
    [
        ("olga", "approvers", "olga"),
        ("olga", "next:approvers", "anna"),
        ("olga", "gatekeeper", "olga"),
        ("anna", "officers", "anna"),
        ("anna", "next:officers", "anna"),
        ("audra", "next:officers", "audra"),
    ],
)
def test_who_does_not_hold_a_secret_seals_none_of_its_kind(
    renewing: SharedOffice, login: str, kind: str, to: str
) -> None:
    me, whom = renewing.id_of(login), renewing.id_of(to)
    found = refusal(renewing.connect(login), me, lambda her: seal(her, kind, to=whom))
    assert found == NOT_PERMITTED


@pytest.mark.parametrize(
    "what", ["entrance = 'direct'", "map_hash = 'x'", "prepared_by = 'x'", "cautions = NULL"]
)
def test_what_was_installed_an_administrator_says(renewing: SharedOffice, what: str) -> None:
    me = renewing.id_of("olga")
    found = refusal(renewing.connect("olga"), me, lambda her: her.run(change("airlocks", what)))
    assert found == NOT_PERMITTED


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM airlock_secrets",
        "DELETE FROM airlock_renewals",
        "DELETE FROM airlocks",
        "UPDATE airlock_secrets SET kind = 'next:watchman' WHERE kind = 'watchman'",
    ],
)
@pytest.mark.parametrize("login", ["olga", "anna"])
def test_what_is_not_replaced_yet_stays(renewing: SharedOffice, login: str, statement: str) -> None:
    with renewing.as_superuser() as superuser:

        def rows() -> list[object]:
            return [
                superuser.execute(f"SELECT t FROM {table} t ORDER BY 1".encode()).fetchall()
                for table in ("airlock_secrets", "airlock_renewals", "airlocks")
            ]

        before = rows()
        me = renewing.id_of(login)
        refusal(renewing.connect(login), me, lambda her: her.run(statement))
        assert rows() == before


@pytest.fixture(scope="module")
def opened(renewing: SharedOffice, scene: Scene) -> str:
    """Return an access request of olga's, granted, whose source is open."""
    row = "(%s, 'shop', %s, '', '', '', 'yes', '', now(), NULL, 'airlock')"
    with renewing.as_superuser() as superuser:
        superuser.execute(
            f"INSERT INTO source_grants VALUES {row}".encode(),
            [scene.granted, "grant"],
        )
    return scene.granted


@pytest.mark.parametrize(
    ("what", "refused_as"),
    [
        ("closed_at = now()", "access.still_open"),
        ("opened_at = NULL", "workspace.insert_only"),
        ("allowed = ''", "workspace.insert_only"),
    ],
)
def test_an_officer_does_not_hide_that_her_source_is_open(
    renewing: SharedOffice, opened: str, what: str, refused_as: str
) -> None:
    statement = f"UPDATE source_grants SET {what} WHERE access_request = '{opened}'"
    me = renewing.id_of("olga")
    assert refusal(renewing.connect("olga"), me, lambda her: her.run(statement)) == refused_as


@pytest.mark.parametrize(
    "changes",
    [{}, {"sessions": "none"}, {"failure": None}, {"source": "other"}],
)
def test_nobody_says_that_what_is_open_is_dead(
    renewing: SharedOffice, opened: str, changes: dict[str, object]
) -> None:
    """What a proof does not say in its own way would be read as if it counted for it."""
    proof = Proof("shop", refused=True, role_absent=True).as_data()
    details = {**proof, "access_request": opened, **changes}

    def attack(her: Insider) -> object:
        request = her.value("SELECT request FROM access_requests WHERE id = %(id)s", id=opened)
        said = Event(Action.SOURCE_CLOSED, her.me, request, "shop", details=details)  # type: ignore[arg-type]
        return her.insert("log", **vars(her.entry(said)))

    for login in ("olga", "anna"):
        found = refusal(renewing.connect(login), renewing.id_of(login), attack)
        assert found == "log.never_happened"


def test_nobody_changes_what_a_colleague_was_granted(renewing: SharedOffice, opened: str) -> None:
    with renewing.connect("otto") as connection:
        changed = connection.execute(
            "UPDATE source_grants SET sealed = '', closed_at = now() WHERE access_request = %s",
            [opened],
        )
    assert changed.rowcount == 0


def test_nobody_says_yes_for_a_source_whose_key_she_does_not_hold(
    renewing: SharedOffice, scene: Scene
) -> None:
    bea = (renewing.connect("bea"), renewing.id_of("bea"))
    found = refusal(*bea, lambda her: her.decide(scene.waiting))
    assert found == "access.not_a_decider"
