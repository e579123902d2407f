"""The whole main job of two people on two accounts, each with her own keyring, on PostgreSQL."""

from __future__ import annotations

import zipfile
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from app.domain.addresses import WorkspaceAddress
from app.domain.secrets import Secret
from app.ports.storage import EntryFilter
from app.storage.heads import RememberedHeads
from app.storage.servers import ServerWorkspaces
from tests.airlock.store import DATABASE, MAP, make_database
from tests.desktop import MISSING, NOT_INSTALLED
from tests.end_to_end.accounts import account

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.end_to_end.accounts import Account
    from tests.servers import PostgresqlServer

pytestmark = [pytest.mark.server, pytest.mark.skipif(bool(MISSING), reason=NOT_INSTALLED)]

TEAM, OWNER = "two_accounts", "two_accounts_owner"
NADIA, OMAR = "two_accounts_nadia", "two_accounts_omar"
WORD = "a word of theirs"


@dataclass
class Two:
    """Nadia, privacy officer and administrator, and Omar, approver, at their windows."""

    server: PostgresqlServer
    folder: Path
    nadia: Account
    omar: Account


@pytest.fixture
def two(tmp_path: Path, postgresql_server: PostgresqlServer) -> Iterator[Two]:
    make_database(postgresql_server)
    with closing(postgresql_server.connect()) as dba:
        dba.execute(f"CREATE ROLE {OWNER} LOGIN CREATEROLE PASSWORD '{WORD}'".encode())
        dba.execute(f"CREATE ROLE {OMAR} LOGIN PASSWORD '{WORD}'".encode())
    postgresql_server.make_database(TEAM, owner=OWNER)
    (tmp_path / "store.yml").write_text(MAP)
    with account(tmp_path / "nadia") as nadia, account(tmp_path / "omar") as omar:
        yield Two(postgresql_server, tmp_path, nadia, omar)


def test_two_people_on_two_accounts_play_the_main_job(two: Two) -> None:
    nadia, omar = two.nadia, two.omar
    start(two)
    join(two)
    connect_source(two)

    nadia.press("Today", "New request")
    nadia.write(
        What_arrived="Please send me everything that you hold about me.",
        Country="DE",
        Name="Mara Brandt",
    )
    nadia.put("E-mail", "mara@example.org")
    nadia.press("Record", "Go on to identity", "Identity verified", "Ask for access")

    omar.press("Approvals, 1 waiting", "Approve for 30 minutes")
    omar.wait_to_read("0 waiting for you")

    nadia.press("Go to session", "Open access and pull")
    nadia.wait_for("Finish review")
    nadia.review()
    nadia.press("Finish review")
    archive = two.folder / "answer.zip"
    nadia.respond(archive)
    assert zipfile.ZipFile(archive).namelist()
    nadia.press("Release package", "Release", "Go on to close", "Answered in full")
    nadia.press("Close request…", "Close request")
    report = two.folder / "report.pdf"
    nadia.press("Audit report…")
    nadia.write(Save_as=str(report))
    nadia.press("Make the report")
    nadia.wait_for("Close")
    assert report.read_bytes().startswith(b"%PDF")

    assert decided_by(two) == {"access.requested": NADIA, "access.granted": OMAR}


def start(two: Two) -> None:
    """Nadia makes the workspace; she remembers nothing of the owner's login."""
    nadia = two.nadia
    nadia.press("Create…", "For a team: on a PostgreSQL server")
    nadia.write(
        Address_of_an_empty_database=f"postgresql://{OWNER}@127.0.0.1:{two.server.port}/{TEAM}",
        Password_of_that_login=WORD,
        Your_own_login=NADIA,
        Password_of_your_login=WORD,
        Name_of_the_workspace="Northwind",
        Controller="Northwind GmbH",
        Your_name="Nadia Roth",
    )
    nadia.put("Your e-mail address", "nadia@northwind.example")
    nadia.put("Save the recovery kit as", str(two.folder / "kit.pdf"))
    nadia.press("Create", "Settings", "Change…")
    nadia.write(
        Privacy_contact="Nadia Roth, privacy officer", Authority_for_complaints="DPA Hamburg"
    )
    nadia.press("Save", "People")


def join(two: Two) -> None:
    """Nadia invites Omar, he answers, they compare six words, and he enters with his login."""
    nadia, omar = two.nadia, two.omar
    nadia.press("Invite…")
    nadia.write(Name="Omar Haddad", Login_on_the_server=OMAR)
    nadia.put("E-mail address", "omar@northwind.example")
    nadia.press("Privacy officer", "Approver", "Make the invitation")

    omar.press("Paste the invitation…")
    omar.write(Invitation=nadia.value("Text of the invitation"))
    omar.press("Continue", "Make my keys")

    nadia.press("Done", "Answer…")
    nadia.write(Answer=omar.value("Your answer"))
    nadia.press("Show the words")
    assert words_at(omar) == words_at(nadia)
    nadia.press("The words are the same")

    omar.put(f"Password of the login {OMAR}", WORD)
    omar.press("Enter", "Approvals")


def words_at(somebody: Account) -> list[str]:
    """Return the six words that her window shows, as a screen reader says them."""
    (said,) = [each for each in somebody.texts() if each.startswith(("Six words: ", "Words: "))]
    words = said.partition(": ")[2].replace(",", "").split()
    assert len(words) == 6
    return words


def connect_source(two: Two) -> None:
    """Nadia adds the store and installs its airlock with the DBA's login."""
    nadia = two.nadia
    nadia.press("Sources", "Add source…")
    nadia.choose("Kind of source", "PostgreSQL")
    nadia.write(Server="127.0.0.1", Port=str(two.server.port), Database=DATABASE)
    nadia.put("Map, in the Fides dataset format", str(two.folder / "store.yml"))
    nadia.press("Add source", "Install airlock…")
    nadia.put("Login of a DBA", two.server.user)
    nadia.write(Password=two.server.password)
    nadia.press("Show the script", "Run it with this login", "Check now")


def decided_by(two: Two) -> dict[str, str]:
    """Return the logins of who asked and who granted, as the workspace has them."""
    address = WorkspaceAddress("127.0.0.1", TEAM, NADIA, two.server.port)
    heads = RememberedHeads(two.folder / "heads")
    workspace = ServerWorkspaces(heads).open(address, Secret(WORD))
    with closing(workspace), workspace.read() as unit:
        entries = unit.log.find(EntryFilter(actions=("access.requested", "access.granted"))).rows
        facts = [each.facts() for each in entries]
        return {str(each["action"]): unit.members.login(str(each["actor"])) for each in facts}
