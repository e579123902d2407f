"""Joining with real keys: two machines, each with its own, one database, a decision that counts."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from app.bootstrap import App, build
from app.domain.addresses import WorkspaceAddress
from app.domain.errors import AppError, InputError, NotAllowedError, NotFoundError, SecurityError
from app.domain.joining import Answer, Invitation
from app.domain.people import Role
from app.domain.secrets import Secret
from app.domain.workspace import Controller
from app.ports.servers import FirstLogin
from app.services.membership import NewMember, NewPlace, NewWorkspace
from app.services.trusting import TrustedAuthorities
from app.storage.remembered import RememberedFacts
from tests.guard.office import BOSS, PEOPLE, make_logins, password_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.services.desk import Desk
    from tests.servers import PostgresqlServer

pytestmark = pytest.mark.server

PASSPHRASE = Secret("river candle orbit maple")
OLGA = NewMember("Olga", "olga@example.org", frozenset({Role.OFFICER}))


@dataclass
class Machines:
    """The administrator's machine, at work, and one on which nobody ever was."""

    server: PostgresqlServer
    database: str
    here: App
    administrator: Desk
    there: App

    def invite(self, who: NewMember = OLGA, login: str = "olga") -> Invitation:
        text = self.administrator.inviting.invite(who, login=login).text()
        return Invitation.read(text)

    def answer(self, invitation: Invitation) -> Answer:
        return self.there.joining.answer(invitation, passphrase=PASSPHRASE)


@pytest.fixture
def machines(postgresql_server: PostgresqlServer, tmp_path: Path) -> Iterator[Machines]:
    server, database = postgresql_server, f"joining_{secrets.token_hex(4)}"
    make_logins(server, PEOPLE)
    server.make_database(database, owner=BOSS)
    here, there = build(tmp_path / "here"), build(tmp_path / "there")
    address = WorkspaceAddress(server.host, database, BOSS, server.port, {"sslmode": "disable"})
    first = FirstLogin(f"{database}_first", Secret("a word"))
    signed = here.membership.create_shared(
        NewPlace(address, Secret(password_of(BOSS)), first),
        NewWorkspace("Northwind", Controller("Northwind GmbH"), "Europe/Berlin", "DE"),
        first=NewMember("Ines", "ines@example.org", frozenset({Role.ADMINISTRATOR}), PASSPHRASE),
    )
    yield Machines(server, database, here, here.desk(signed), there)
    signed.workspace.close()
    with server.connect() as connection:
        connection.execute(f"DROP DATABASE {database} WITH (FORCE)".encode())


def test_who_was_invited_answers_is_let_in_and_works_with_her_own_keys(
    machines: Machines, tmp_path: Path
) -> None:
    invitation = machines.invite()
    answer = machines.answer(invitation)
    assert invitation.code not in answer.text()
    with pytest.raises(AppError):  # not yet
        machines.there.joining.enter(invitation, Secret(password_of("olga")), passphrase=PASSPHRASE)
    seen = machines.administrator.inviting.look(answer.text())
    assert (seen.name, seen.roles) == ("Olga", OLGA.roles)
    assert seen.words == answer.words(invitation.fingerprint, address=invitation.address)
    elsewhere = invitation.address.replace("@", "@evil.example:5432/")
    assert seen.words != answer.words(invitation.fingerprint, address=elsewhere)
    member = machines.administrator.inviting.confirm(answer.text()).member
    memory = RememberedFacts(tmp_path / "there" / "authorities")
    TrustedAuthorities(memory).trust(
        WorkspaceAddress.read(invitation.address), workspace="another", fingerprint="AB12"
    )
    with pytest.raises(SecurityError, match=r"workspace\.other_authority"):
        machines.there.joining.enter(invitation, Secret(password_of("olga")), passphrase=PASSPHRASE)
    memory.drop(*memory.all())
    here = machines.there.joining.enter(
        invitation, Secret(password_of("olga")), passphrase=PASSPHRASE
    )
    assert here.member == member.id
    assert machines.here.membership.keys_rest_in(here.workspace_id, member.id) == ""
    machines.there.desk(here).drawer.put("draft", "Hers.")
    with here.workspace.read() as unit:
        assert unit.members.login(member.id) == "olga"
    here.workspace.close()


def test_an_invitation_is_worth_one_answer(machines: Machines) -> None:
    answer = machines.answer(machines.invite())
    machines.administrator.inviting.confirm(answer.text())
    with pytest.raises(InputError, match=r"invitation\.unknown"):
        machines.administrator.inviting.confirm(answer.text())


def test_who_read_along_cannot_answer_with_other_keys(machines: Machines) -> None:
    answer = machines.answer(machines.invite())
    forged = replace(answer, signing=answer.signing[:-1] + b"\0")
    with pytest.raises(SecurityError, match=r"invitation\.forged"):
        machines.administrator.inviting.look(forged.text())
    with pytest.raises(SecurityError, match=r"invitation\.forged"):
        machines.administrator.inviting.confirm(forged.text())


def test_an_invitation_lasts_a_week(machines: Machines) -> None:
    invitation = machines.invite()
    answer, drawer = machines.answer(invitation), machines.administrator.drawer
    kept = drawer.get(f"invitation.{invitation.member}")
    assert isinstance(kept, dict)
    drawer.put(
        f"invitation.{invitation.member}",
        {**kept, "until": datetime(2020, 1, 1, tzinfo=UTC).isoformat()},
    )
    with pytest.raises(InputError, match=r"invitation\.expired"):
        machines.administrator.inviting.confirm(answer.text())


def test_only_administrators_invite_and_nobody_in_a_file(
    machines: Machines, tmp_path: Path
) -> None:
    invitation = machines.invite()
    machines.administrator.inviting.confirm(machines.answer(invitation).text())
    olga = machines.there.joining.enter(
        invitation, Secret(password_of("olga")), passphrase=PASSPHRASE
    )
    anna = NewMember("Anna", "anna@example.org", frozenset({Role.APPROVER}), PASSPHRASE)
    with pytest.raises(NotAllowedError, match=r"member\.not_allowed"):
        machines.there.desk(olga).inviting.invite(anna, login="anna")
    olga.workspace.close()
    alone = machines.here.membership.create(
        tmp_path / "workspace.sandglass",
        NewWorkspace("Alone", Controller("Alone"), "Europe/Berlin", "DE"),
        first=NewMember("Ines", "ines@example.org", frozenset({Role.ADMINISTRATOR}), PASSPHRASE),
    )
    with pytest.raises(NotAllowedError, match=r"invitation\.not_shared"):
        machines.here.desk(alone).inviting.invite(anna, login="anna")
    alone.workspace.close()


def test_a_newcomer_enters_only_the_workspace_that_invited_her(machines: Machines) -> None:
    invitation = machines.invite()
    machines.administrator.inviting.confirm(machines.answer(invitation).text())
    for changed in (
        replace(invitation, fingerprint="0000"),
        replace(invitation, workspace="another"),
    ):
        with pytest.raises(SecurityError, match=r"invitation\.other_workspace"):
            machines.there.joining.enter(
                changed, Secret(password_of("olga")), passphrase=PASSPHRASE
            )
    with pytest.raises(NotFoundError):
        machines.there.joining.enter(
            replace(invitation, member="nobody"),
            Secret(password_of("olga")),
            passphrase=PASSPHRASE,
        )


def test_a_member_who_lost_her_keys_makes_new_ones_on_another_machine(
    machines: Machines, tmp_path: Path
) -> None:
    inviting = machines.administrator.inviting
    invitation = machines.invite()
    member = inviting.confirm(machines.answer(invitation).text()).member
    again = Invitation.read(inviting.invite_again(member.id).text())
    assert again.is_for_new_keys
    assert [each.member for each in inviting.waiting()] == [member.id]
    elsewhere = build(tmp_path / "elsewhere")
    answer = elsewhere.joining.answer(again, passphrase=PASSPHRASE)
    assert inviting.look(answer.text()).is_for_new_keys
    assert not inviting.confirm(answer.text()).lost
    assert inviting.waiting() == ()
    word = Secret(password_of("olga"))
    here = elsewhere.joining.enter(again, word, passphrase=PASSPHRASE)
    assert here.member == member.id
    here.workspace.close()
    with pytest.raises(SecurityError, match=r"keys\.replaced"):
        machines.there.joining.enter(invitation, word, passphrase=PASSPHRASE)


def test_an_answer_whose_words_differ_is_refused_and_so_is_a_withdrawn_one(
    machines: Machines,
) -> None:
    inviting = machines.administrator.inviting
    for end in (inviting.refuse, lambda text: inviting.withdraw(Answer.read(text).member)):
        answer = machines.answer(machines.invite()).text()
        end(answer)
        with pytest.raises(InputError, match=r"invitation\.unknown"):
            inviting.confirm(answer)
    with pytest.raises(InputError, match=r"invitation\.login_missing"):
        inviting.invite(OLGA, login=" ")
