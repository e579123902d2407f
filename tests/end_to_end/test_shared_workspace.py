"""The main job over a shared workspace: each member with her own login, real keys, an airlock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from app.domain.audit import verify
from app.domain.people import Role
from app.domain.requests import Outcome
from app.domain.responses import Answered, LetterKind
from app.domain.review import Target, Verdict
from app.domain.verification import Method
from app.ports.progress import QuietTask
from tests.airlock.store import DATABASE, add_store, dba
from tests.guard.office import open_shared_office, password_of
from tests.office import PASSPHRASE, airlock_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.guard.office import SharedOffice
    from tests.servers import PostgresqlServer

pytestmark = pytest.mark.server

ORIGINAL = "Please send me whatever you hold about me."
PEOPLE = {
    "ines": frozenset({Role.ADMINISTRATOR}),
    "olga": frozenset({Role.OFFICER}),
    "otto": frozenset({Role.OFFICER}),
    "anna": frozenset({Role.APPROVER}),
    "abel": frozenset({Role.APPROVER}),
    "audra": frozenset({Role.AUDITOR}),
}


@pytest.fixture(scope="module")
def office(
    postgresql_server: PostgresqlServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SharedOffice]:
    office = open_shared_office(
        postgresql_server,
        "company",
        tmp_path_factory.mktemp("company"),
        people=PEOPLE,
        real_keys=True,
    )
    add_store(office, postgresql_server)
    assert office.administrator.airlocks.install("store", dba(postgresql_server)).state == "ready"
    yield office
    office.close()


def everybody_signs_in(office: SharedOffice, *, but: str = "") -> None:
    for _ in range(3):
        for login, desk in office.desks.items():
            if login != but:
                desk.airlocks.catch_up()


def held_by(office: SharedOffice, login: str) -> dict[str, bytes]:
    desk = office.desks[login]
    secrets = airlock_secrets(desk, office.adapters)
    with desk.here.workspace.read() as unit:
        kinds = [kind for _, kind, member in unit.airlocks.holders() if member == desk.here.member]
        return {kind: secrets.key(unit, "store", kind) for kind in kinds}


def pulled(office: SharedOffice) -> str:
    """Return a request whose data olga pulled through the airlock, with anna's yes."""
    asks = office.record(original=ORIGINAL.encode(), original_name="message.txt")
    verifying = office.officer.verifying
    verifying.decide(asks.id, method=Method.EMAIL_LOOP, verified=True, facts_matched=2)
    scope = office.officer.scoping.suggest(asks.id)
    asked = office.officer.scoping.ask(asks.id, scope, purpose="Answer the request", minutes=30)
    case = office.approver.granting.grant(
        asked.asked.id, seen_hash=asked.asked.scope_hash, minutes=20
    )
    assert office.officer.pulling.run(case.asked.id, QuietTask()).is_complete
    return case.asked.request


def answer(office: SharedOffice, request: str, folder: Path) -> None:
    officer, kind = office.officer, LetterKind.FULL_ANSWER
    officer.reviewing.prepare(request, QuietTask())
    for notice in officer.reviewing.notices(request):
        officer.reviewing.settle(request, notice.id, how="Looked at.")
    targets = [Target(each.id) for each in officer.reviewing.collections(request)]
    officer.reviewing.mark(request, targets, verdict=Verdict.DISCLOSE)
    officer.reviewing.finish(request)
    for line in officer.responding.checklist(request):
        if line.state is Answered.OPEN and line.item.key != "leak_test":
            officer.responding.answer(
                request, line.item.key, state=Answered.NOT_APPLICABLE, text="None there is."
            )
    text = officer.responding.draft_letter(request, kind).replace("[…]", "privacy@example.org")
    letter = officer.responding.save_letter(request, kind, text)
    made = officer.packages.make(
        request,
        folder=folder / "package",
        archive=folder / "package.zip",
        passphrase=None,
        task=QuietTask(),
    )
    assert made.package is not None
    officer.responding.release(request, made.package.id, channel="By hand")
    officer.responding.letter_sent(request, letter.id, how="with the package")


def check_what_is_in_clear(office: SharedOffice) -> None:
    """Read every table as who administers the database does.

    In clear is what officers write about a request; the letter to the person is not.
    """
    with office.as_superuser() as superuser:
        read = {
            name: "\n".join(
                " ".join(bytes(each).decode("latin-1") if isinstance(each, bytes) else str(each)
                         for each in row)
                for row in superuser.execute(f'SELECT * FROM "{name}"'.encode()).fetchall()
            )
            for (name,) in superuser.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'sandglass'"
            ).fetchall()
        }  # fmt: skip

    def found(value: str) -> set[str]:
        return {name for name, text in read.items() if value in text}

    secret = held_by(office, "olga") | held_by(office, "anna")
    for sealed in (
        "Person 7", "item 206", "line 206", "An unfinished thought", ORIGINAL,
        PASSPHRASE.reveal(), password_of("olga"), password_of("ines"),
        secret["gatekeeper"].decode(), secret["watchman"].decode(),
        secret["officers"].decode("latin-1"), secret["approvers"].decode("latin-1"),
        secret["officers"].hex(), secret["approvers"].hex(),
    ):  # fmt: skip
        assert found(sealed) == set()
    assert found("Mara Köhler") == {"requests"}
    assert found("Mara@example.org") == {"request_identities"}
    assert found("mara@example.org") == {"source_grants"}
    assert found("privacy@example.org") == set()  # in the letter


def test_a_request_is_answered_by_people_with_logins_of_their_own(
    office: SharedOffice, tmp_path: Path
) -> None:
    everybody_signs_in(office)
    office.officer.drawer.put("draft", "An unfinished thought")
    request = pulled(office)
    answer(office, request, tmp_path)
    check_what_is_in_clear(office)
    office.officer.casework.close(request, Outcome.ANSWERED)
    for login, desk in office.desks.items():
        desk.auditing.report(request, tmp_path / f"{login}.pdf")
    office.officer.retention.destroy(request)
    (state, *_) = office.administrator.airlocks.grants("store")
    assert (state.state, state.has_role) == ("closed", False)
    with office.desks["audra"].here.workspace.read() as unit:
        assert verify(unit.log.stored()).is_sound


@pytest.mark.parametrize("leaver", ["abel", "otto"])
def test_after_a_departure_each_with_her_own_login_replaces_what_was_known(
    office: SharedOffice, postgresql_server: PostgresqlServer, leaver: str
) -> None:
    everybody_signs_in(office)
    known = held_by(office, leaver)
    assert known
    office.administrator.changes.leave(office.id_of(leaver))
    everybody_signs_in(office, but=leaver)
    office.desks.pop(leaver).here.workspace.close()
    record = office.administrator.airlocks.check("store")
    assert (record.state, record.renewal) == ("ready", None)
    for login, desk in office.desks.items():
        held = held_by(office, login)
        assert not set(held.values()) & set(known.values())
        assert not held.keys() >= {"officers", "approvers"}
        assert desk.airlocks.find("store") == record
    for login, kind in (("gate", "gatekeeper"), ("watch", "watchman")):
        if kind in known:
            with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
                psycopg.connect(
                    host=postgresql_server.host,
                    port=postgresql_server.port,
                    dbname=DATABASE,
                    user=f"sandglass_store_{login}",
                    password=known[kind].decode(),
                )
    pulled(office)
