"""What the server's superuser does to a workspace: it cannot be refused, so it is named."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from app.bootstrap import build
from app.domain.addresses import WorkspaceAddress
from app.domain.audit import NO_HASH, Action, Event, hash_entry, verify
from app.domain.errors import SecurityError
from app.domain.people import Role
from app.domain.secrets import Secret
from app.ports.servers import Flaw, FlawKind
from app.services.trusting import TrustedAuthorities
from app.storage.guard import inventory
from app.storage.guard.names import Names
from app.wording.proofs import proof_in_words
from tests.guard.insider import Insider
from tests.guard.make_digests import DIGESTS, made_from
from tests.guard.office import approvers_needed, open_shared_office, password_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.services.proving import Proof
    from tests.guard.office import SharedOffice
    from tests.guard.scene import Scene
    from tests.servers import PostgresqlServer

pytestmark = pytest.mark.server

ITEMS = {
    "a trigger that sleeps": (
        "ALTER TABLE decisions DISABLE TRIGGER decisions_is_by", "table decisions",
    ),
    "foreign keys that sleep": ("ALTER TABLE decisions DISABLE TRIGGER ALL", "table decisions"),
    "a trigger that sleeps in replicas": (
        "ALTER TABLE log ENABLE TRIGGER log_continues", "table log",
    ),
    "rows from elsewhere": (
        "CREATE TABLE public.more () INHERITS (decisions)", "table decisions",
    ),
    "a table that a crash empties": (
        "ALTER TABLE sealed_authorities SET UNLOGGED", "table sealed_authorities",
    ),
    "an index that runs a function": (
        "CREATE INDEX spy ON notes (lower(text))", "table notes",
    ),
    "a trigger that is gone": ("DROP TRIGGER log_as_herself ON log", "table log"),
    "a trigger more": (
        "CREATE TRIGGER aaa BEFORE INSERT ON log FOR EACH ROW EXECUTE FUNCTION stay()", "table log",
    ),
    "a rule that is gone": (
        "ALTER TABLE decisions DROP CONSTRAINT approver_is_not_requester", "table decisions",
    ),
    "a rule more": (
        "CREATE RULE quiet AS ON INSERT TO notes DO INSTEAD NOTHING", "table notes",
    ),
    "a function that lies": (
        "CREATE OR REPLACE FUNCTION me() RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'x' $$",
        "function me",
    ),
    "a function that looks elsewhere": ("ALTER FUNCTION me() RESET search_path", "function me"),
    "row policies that are lifted": (
        "ALTER TABLE drawer DISABLE ROW LEVEL SECURITY", "table drawer",
    ),
    "a policy more": ("CREATE POLICY mine ON drawer USING (true)", "table drawer"),
    "a right more": ("GRANT UPDATE ON decisions TO PUBLIC", "table decisions"),
    "a right to one column": ("GRANT UPDATE (line) ON log TO anna", "table log"),
    "a right to the schema": ("GRANT CREATE ON SCHEMA sandglass TO PUBLIC", "schema"),
    "a table with another owner": ("ALTER TABLE notes OWNER TO anna", "table notes"),
}  # fmt: skip


def names_of(her: Insider) -> Names:
    return Names(her.value("SELECT channel()"))


def flaws(her: Insider) -> set[Flaw]:
    return set(inventory.flaws(her.run, names_of(her)))


@pytest.fixture
def superuser(scene: Scene) -> Iterator[Insider]:
    """A transaction of the superuser, which is undone."""
    with scene.office.connect_as_superuser() as connection:
        yield Insider(connection, "")
        connection.rollback()


def test_a_guard_that_nobody_touched_has_no_flaw(superuser: Insider) -> None:
    assert flaws(superuser) == set()


@pytest.mark.parametrize("what", list(ITEMS))
def test_a_changed_guard_is_named(superuser: Insider, what: str) -> None:
    statement, item = ITEMS[what]
    superuser.run(statement)
    assert flaws(superuser) == {Flaw(FlawKind.CHANGED, item)}


def test_nothing_in_the_workspace_answers_for_the_server(superuser: Insider) -> None:
    superuser.run("ALTER TABLE log DISABLE TRIGGER log_continues")
    superuser.run(  # fits better than the server's own, which takes whatever it is given
        """CREATE FUNCTION json_build_array(text, "char", text) RETURNS json LANGUAGE sql
           AS $$ SELECT pg_catalog.json_build_array($1, 'A'::text, $3) $$"""
    )
    assert flaws(superuser) == {
        Flaw(FlawKind.ADDED, "function json_build_array"), Flaw(FlawKind.CHANGED, "table log"),
    }  # fmt: skip


def test_what_was_added_or_taken_away_is_named(superuser: Insider) -> None:
    superuser.run("CREATE TABLE hidden (x int)")
    superuser.run("CREATE DOMAIN mine AS text")
    superuser.run("CREATE OPERATOR = (LEFTARG = text, RIGHTARG = name, FUNCTION = texteqname)")
    superuser.run("CREATE FUNCTION more() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    superuser.run("DROP FUNCTION counts() CASCADE")
    assert flaws(superuser) == {
        Flaw(FlawKind.ADDED, "table hidden"),
        Flaw(FlawKind.ADDED, "function more"),
        Flaw(FlawKind.ADDED, "type mine"),
        Flaw(FlawKind.ADDED, "operator ="),
        Flaw(FlawKind.MISSING, "function counts"),
        Flaw(FlawKind.CHANGED, "table counters"),
    }


def test_a_guard_that_the_log_says_was_installed_so_is_named_nevertheless(
    superuser: Insider,
) -> None:
    names = names_of(superuser)
    superuser.run("ALTER TABLE decisions DISABLE TRIGGER decisions_is_by")
    superuser.run("DROP FUNCTION counts() CASCADE")
    superuser.run("CREATE TABLE hidden (x int)")
    items = inventory.digests(superuser.run, names)
    superuser.run(f"GRANT {names.owner} TO CURRENT_USER")
    installed = Event(Action.GUARD_INSTALLED, "sandglass", details={"items": items})
    superuser.insert("log", **vars(superuser.entry(installed)))
    superuser.run(f"REVOKE {names.owner} FROM CURRENT_USER")
    assert flaws(superuser) == {
        Flaw(FlawKind.OF_ANOTHER_VERSION, "table decisions"),
        Flaw(FlawKind.OF_ANOTHER_VERSION, "table hidden"),
        Flaw(FlawKind.OF_ANOTHER_VERSION, "table counters"),
        Flaw(FlawKind.MISSING, "function counts"),
    }


def test_what_a_version_of_the_server_prints_in_its_own_way_is_not_called_sound(
    superuser: Insider,
) -> None:
    superuser.run("ALTER TABLE notes DISABLE TRIGGER notes_stays")

    def ask(query: str) -> list[tuple[Any, ...]]:
        return [(99,)] if "server_version_num')::int / 10000" in query else superuser.run(query)

    found = inventory.flaws(ask, names_of(superuser))
    assert found == (Flaw(FlawKind.NOT_COMPARED, "table notes, PostgreSQL 99"),)


def test_what_the_digests_were_made_from_is_what_is_there() -> None:
    made = json.loads(DIGESTS.read_bytes())
    assert made["made_from"] == made_from()
    assert made["servers"] == [14, 15, 16, 17, 18]


BESIDE = {
    "an event trigger": (
        """CREATE FUNCTION public.spy() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
           CREATE EVENT TRIGGER spy ON ddl_command_end EXECUTE FUNCTION public.spy()""",
        FlawKind.ACTS_BESIDE, "event trigger spy",
    ),
    "a publication": (
        "CREATE PUBLICATION copies FOR ALL TABLES", FlawKind.ACTS_BESIDE, "publication copies",
    ),
    "a subscription": (
        "CREATE SUBSCRIPTION fills CONNECTION 'dbname=x' PUBLICATION x WITH (connect = false)",
        FlawKind.ACTS_BESIDE, "subscription fills",
    ),
    "a foreign server": (
        "CREATE FOREIGN DATA WRAPPER away; CREATE SERVER elsewhere FOREIGN DATA WRAPPER away",
        FlawKind.ACTS_BESIDE, "foreign server elsewhere",
    ),
    "a cast": (
        "CREATE CAST (text AS int) WITH INOUT AS IMPLICIT",
        FlawKind.ACTS_BESIDE, "cast from text to integer",
    ),
    "a function among the server's own": (
        "CREATE FUNCTION pg_catalog.sha256(text) RETURNS text LANGUAGE sql AS 'SELECT $1'",
        FlawKind.ACTS_BESIDE, "function sha256(text)",
    ),
    "rights to whatever comes": (
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT SELECT ON TABLES TO anna",
        FlawKind.ACTS_BESIDE, "default rights of {owner}",
    ),
    "an owner who can log in": ("ALTER ROLE {owner} LOGIN", FlawKind.GROUP_ENTERS, "{owner}"),
    "foreign keys that sleep for one login": (
        "ALTER ROLE olga SET session_replication_role = replica",
        FlawKind.SETTING, "session_replication_role=replica for olga",
    ),
    "foreign keys that sleep for all": (
        "ALTER DATABASE office SET session_replication_role = replica",
        FlawKind.SETTING, "session_replication_role=replica for all",
    ),
    "a log of all that one login says": (
        "ALTER ROLE anna IN DATABASE office SET log_statement = 'all'",
        FlawKind.SETTING, "log_statement=all for anna",
    ),
    "names that are looked up elsewhere": (
        "ALTER ROLE ALL SET search_path = public", FlawKind.SETTING, "search_path=public for all",
    ),
    "a member who owns the database": (
        "ALTER DATABASE office OWNER TO audra",
        FlawKind.UNFIT_LOGIN, "audra as owner of the database",
    ),
    "a member who may set what the server does": (
        "GRANT SET ON PARAMETER session_replication_role TO {approver}",
        FlawKind.UNFIT_LOGIN, "{approver}: SET session_replication_role",
    ),
    "a member who may write the server's settings": (
        "GRANT ALTER SYSTEM ON PARAMETER shared_preload_libraries TO PUBLIC",
        FlawKind.UNFIT_LOGIN, "PUBLIC: ALTER SYSTEM shared_preload_libraries",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", list(BESIDE))
def test_what_acts_on_a_workspace_from_outside_is_named(superuser: Insider, what: str) -> None:
    statement, kind, item = BESIDE[what]
    if "PARAMETER" in statement and superuser.connection.info.server_version < 150000:
        pytest.skip("PostgreSQL grants parameters since version 15")
    names = names_of(superuser)
    given = {"owner": names.owner, "approver": names.group(Role.APPROVER)}
    superuser.run(statement.format(**given))
    assert flaws(superuser) == {Flaw(kind, item.format(**given))}


def test_a_member_who_could_let_herself_in_is_named(superuser: Insider) -> None:
    if superuser.connection.info.server_version < 160000:
        pytest.skip("PostgreSQL grants that by itself since version 16")
    group = names_of(superuser).group(Role.APPROVER)
    superuser.run(f"GRANT {group} TO olga WITH ADMIN TRUE, INHERIT FALSE, SET FALSE")
    assert flaws(superuser) == {Flaw(FlawKind.STRANGER, f"olga in {group}")}


def test_logins_where_they_do_not_belong_are_named(superuser: Insider) -> None:
    names = names_of(superuser)
    superuser.run(f"GRANT {names.prefix}_approver TO olga")
    superuser.run(f"GRANT {names.owner} TO otto")
    superuser.run(f"REVOKE {names.prefix}_approver FROM bea GRANTED BY {names.owner}")
    superuser.run("ALTER ROLE audra CREATEROLE")
    assert flaws(superuser) == {
        Flaw(FlawKind.STRANGER, f"olga in {names.prefix}_approver"),
        Flaw(FlawKind.STRANGER, f"otto in {names.owner}"),
        Flaw(FlawKind.NOT_IN_GROUP, f"bea in {names.prefix}_approver"),
        Flaw(FlawKind.UNFIT_LOGIN, "audra"),
    }


def test_a_login_that_may_read_the_server_s_files_is_named(superuser: Insider) -> None:
    superuser.run("GRANT pg_read_server_files TO audra")
    assert flaws(superuser) == {Flaw(FlawKind.UNFIT_LOGIN, "audra")}


def test_a_database_that_is_open_to_all_is_named(superuser: Insider) -> None:
    superuser.run("GRANT TEMPORARY ON DATABASE office TO PUBLIC")
    assert flaws(superuser) == {Flaw(FlawKind.OPEN_TO_ALL, "TEMPORARY")}


def stored(her: Insider) -> list[Any]:
    rows = her.run("SELECT number, line, previous, hash FROM log ORDER BY number")
    return [(number, *(each.encode() for each in rest)) for number, *rest in rows]


@pytest.mark.parametrize(
    ("change", "fault", "at"),
    [
        ("UPDATE log SET line = replace(line, '\"at\"', '\"at\" ') WHERE number = 5", "changed", 5),
        ("DELETE FROM log WHERE number = 5", "missing", 5),
        ("UPDATE log SET number = 0 WHERE number = 5", "reordered", 1),
        ("UPDATE log SET previous = repeat('f', 64) WHERE number = 5", "not_linked", 5),
    ],
)
def test_a_log_that_was_changed_is_named_by_its_first_bad_entry(
    superuser: Insider, change: str, fault: str, at: int
) -> None:
    superuser.run("ALTER TABLE log DISABLE TRIGGER ALL")
    superuser.run(change)
    state = verify(stored(superuser))
    assert (state.fault, state.broken_at) == (fault, at)


def test_a_log_whose_end_was_cut_off_contradicts_its_head(superuser: Insider) -> None:
    superuser.run("ALTER TABLE log DISABLE TRIGGER ALL")
    superuser.run("DELETE FROM log WHERE number > 9")
    assert verify(stored(superuser)).is_sound
    assert any(each.kind is FlawKind.HEAD_DIFFERS for each in flaws(superuser))


@pytest.fixture
def victim(postgresql_server: PostgresqlServer, tmp_path: Path) -> Iterator[SharedOffice]:
    """An office of this test's own, with a grant in it."""
    office = open_shared_office(postgresql_server, "victim", tmp_path)
    office.granted()
    yield office
    office.close()
    with postgresql_server.connect() as connection:
        connection.execute("DROP DATABASE victim WITH (FORCE)")


def trust_on_machine_of_audra(office: SharedOffice) -> None:
    address = WorkspaceAddress(office.server.host, office.database, "audra", office.server.port)
    with office.workspace.read() as unit:
        facts = unit.workspace.facts()
    TrustedAuthorities(office.adapters.authorities).trust(
        address,
        workspace=facts.id,
        fingerprint=office.adapters.certificates.fingerprint(facts.authority_certificate),
    )


def check(office: SharedOffice, folder: Path) -> Proof:
    """Check as audra does on her machine, which was here all the time."""
    server = office.server
    address = WorkspaceAddress(server.host, office.database, "audra", server.port)
    proving = build(folder / "home", adapters=office.adapters).proving
    return proving.check_shared(address, Secret(password_of("audra")))


def test_what_a_superuser_forges_cuts_and_rewrites_is_found(
    victim: SharedOffice, tmp_path: Path
) -> None:
    trust_on_machine_of_audra(victim)
    sound = check(victim, tmp_path)
    assert sound.is_sound
    assert "guard as this version of Sandglass makes it" in " ".join(proof_in_words(sound))
    case = victim.asked()
    with approvers_needed(victim, 2):
        half = victim.asked()
    with victim.as_superuser() as superuser:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute("ALTER TABLE decisions DISABLE TRIGGER USER")
        superuser.execute("ALTER TABLE log DISABLE TRIGGER USER")
        her = Insider(superuser, victim.id_of("anna"))
        her.run("DELETE FROM decisions")
        her.decide(case.asked.id)
        her.decide(half.asked.id)
        superuser.execute("ALTER TABLE windows DISABLE TRIGGER USER")
        Insider(superuser, victim.id_of("olga")).open(half.asked.id, approvers_needed=1)
        superuser.execute("ALTER TABLE decisions ENABLE TRIGGER ALL")
    found = {each.code for each in check(victim, tmp_path).faults}
    assert {
        "proof.decision_signature", "proof.decision_not_logged", "proof.decision_gone",
        "proof.window_not_granted", "guard.changed",
    } <= found  # fmt: skip
    with victim.as_superuser() as superuser:
        her = Insider(superuser, "")
        # The whole log anew, as one who knows how it is made would: each hash fits the next.
        previous = NO_HASH
        for number, line, *_ in stored(her):
            text = line.decode().replace("access.granted", "access.denied")
            digest = hash_entry(previous, number, text.encode())
            superuser.execute(
                "UPDATE log SET line = %s, previous = %s, hash = %s WHERE number = %s",
                [text, previous, digest, number],
            )
            previous = digest
        superuser.execute("UPDATE log_head SET hash = %s", [previous])
        assert verify(stored(her)).is_sound
    found = {each.code for each in check(victim, tmp_path).faults}
    # The approver's signature on the log is the first entry that does not fit the rest.
    assert "proof.log_signature" in found
    assert "guard.head_differs" not in found
    with victim.as_superuser() as superuser:
        superuser.execute("DELETE FROM log WHERE number > 9")
    assert "proof.log_cut" in {each.code for each in check(victim, tmp_path).faults}
    before = victim.officer.settings.facts()
    with victim.as_superuser() as superuser:
        superuser.execute("ALTER TABLE workspace DISABLE TRIGGER USER")
        superuser.execute("UPDATE workspace SET authority_certificate = 'mine'")
    with pytest.raises(SecurityError, match=r"workspace\.other_authority"):
        check(victim, tmp_path)
    with pytest.raises(SecurityError, match=r"workspace\.other_authority"):
        victim.officer.settings.facts()  # of a window that was open all the time
    assert before.authority_certificate != b"mine"
