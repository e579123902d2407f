"""Coming into a shared workspace: which authority is trusted, what an answered invitation keeps."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest

from app.domain.addresses import WorkspaceAddress
from app.domain.audit import ChainState
from app.domain.errors import SecurityError
from app.domain.joining import Invitation
from app.domain.secrets import Secret
from app.ports.security import SignatureFacts
from app.services.joining import Joining
from app.services.proving import Proving
from app.services.trusting import TrustedAuthorities
from tests.fakes import FakeCertificates, FakeMemberKeys, FakeMemory

if TYPE_CHECKING:
    from pathlib import Path

    from app.ports.security import PublicKeys

HERE = WorkspaceAddress("db.example", "privacy", "olga")
ELSEWHERE = WorkspaceAddress("new.example", "privacy", "olga")
INVITED = Invitation(HERE.text, "workspace-1", "AB12", "member-1", "once")
PHRASE = Secret("river candle orbit maple")


@pytest.fixture
def trusted() -> TrustedAuthorities:
    trusted = TrustedAuthorities(FakeMemory())
    trusted.trust(HERE, workspace="workspace-1", fingerprint="AB12")
    return trusted


def test_an_authority_is_known_once_it_was_trusted_whoever_logs_in(
    trusted: TrustedAuthorities,
) -> None:
    for address in (HERE, HERE.for_login("otto"), ELSEWHERE):
        assert trusted.knows(address, workspace="workspace-1", fingerprint="AB12")
    assert not TrustedAuthorities(FakeMemory()).knows(
        HERE, workspace="workspace-1", fingerprint="AB12"
    )


@pytest.mark.parametrize(
    ("address", "workspace", "fingerprint"),
    [
        (HERE, "workspace-1", "CD34"),
        (HERE, "workspace-2", "CD34"),
        (HERE, "workspace-2", "AB12"),
        (ELSEWHERE, "workspace-1", "CD34"),
    ],
)
def test_another_authority_is_refused_there_and_for_the_same_workspace_elsewhere(
    trusted: TrustedAuthorities, address: WorkspaceAddress, workspace: str, fingerprint: str
) -> None:
    with pytest.raises(SecurityError, match=r"workspace\.other_authority"):
        trusted.knows(address, workspace=workspace, fingerprint=fingerprint)


class Machine:
    """A newcomer's machine; ``restart`` is a program that knows only what was put to rest."""

    def __init__(self) -> None:
        self.keys = FakeMemberKeys()
        self.memory = FakeMemory()

    def restart(self, keys: FakeMemberKeys | None = None) -> Joining:
        return Joining(
            servers=None,  # type: ignore[arg-type]  # nobody is reached
            membership=None,  # type: ignore[arg-type]
            keys=keys or self.keys,
            certificates=FakeCertificates(),
            remembered=self.memory,
            trusted=TrustedAuthorities(FakeMemory()),
        )


def test_an_answer_is_the_same_after_a_restart_and_keeps_no_code() -> None:
    machine = Machine()
    answer = machine.restart().answer(INVITED, passphrase=PHRASE)
    again = machine.restart()
    (pending,) = again.pending()
    assert (pending.answer, pending.words) == (answer, answer.words("AB12", address=HERE.text))
    assert again.answer(INVITED, passphrase=Secret("another")) == answer
    assert again.pending_to(INVITED) == pending
    assert machine.keys.unlock("workspace-1", "member-1", passphrase=PHRASE)
    kept = str(machine.memory.all())
    assert "once" not in kept
    assert INVITED.text() not in kept


def test_a_program_that_died_while_it_made_keys_begins_again() -> None:
    class Dying(FakeMemberKeys):
        def create(self, workspace: str, member: str, *, passphrase: Secret | None) -> PublicKeys:
            machine.keys.create(workspace, member, passphrase=passphrase)
            raise KeyboardInterrupt

    machine = Machine()
    with pytest.raises(KeyboardInterrupt):
        machine.restart(Dying()).answer(INVITED, passphrase=Secret("lost with the program"))
    assert machine.restart().pending() == ()
    machine.restart().answer(INVITED, passphrase=PHRASE)
    assert machine.keys.unlock("workspace-1", "member-1", passphrase=PHRASE)


def test_keys_with_which_somebody_works_are_never_made_anew() -> None:
    machine = Machine()
    machine.keys.create("workspace-1", "member-1", passphrase=PHRASE)
    with pytest.raises(SecurityError, match=r"keys\.already_here"):
        machine.restart().answer(INVITED, passphrase=Secret("another"))
    assert machine.keys.unlock("workspace-1", "member-1", passphrase=PHRASE)


def test_an_invitation_that_is_given_up_takes_its_keys_along() -> None:
    machine = Machine()
    joining = machine.restart()
    other = replace(INVITED, member="member-2")
    joining.answer(INVITED, passphrase=PHRASE)
    joining.answer(other, passphrase=PHRASE)
    pending = joining.pending_to(INVITED)
    assert pending is not None
    joining.drop(pending)
    assert [each.invitation.member for each in joining.pending()] == ["member-2"]
    assert machine.keys.where("workspace-1", "member-1") == ""


def test_an_invitation_is_read_from_a_file_and_an_answer_written_to_one(tmp_path: Path) -> None:
    joining = Machine().restart()
    (tmp_path / "invitation.txt").write_text(f"\n{INVITED.text()}\n", encoding="utf-8")
    assert Invitation.read(joining.read(tmp_path / "invitation.txt")) == INVITED
    answer = joining.answer(INVITED, passphrase=PHRASE)
    (pending,) = joining.pending()
    joining.save(pending, tmp_path / "answer.txt")
    assert (tmp_path / "answer.txt").read_text(encoding="utf-8").strip() == answer.text()


class Named:
    """A report of workspace-1 that an authority of the same name signed, and says so rightly."""

    id, made_by, authority, head, entries = "AR-1", "m", "CD34", "0", 0
    state, problems = ChainState(0, "0"), ()

    def check(self, data: bytes) -> SignatureFacts:
        del data
        return SignatureFacts(member="m", workspace="workspace-1", authority="CD34")


def test_a_report_under_another_authority_than_this_machine_knows_of_its_workspace_is_named(
    trusted: TrustedAuthorities, tmp_path: Path
) -> None:
    nothing: Any = None
    found = []
    for memory in (trusted, TrustedAuthorities(FakeMemory())):
        proving = Proving(
            workspaces=nothing, servers=nothing, certificates=nothing, archives=nothing,
            signatures=cast("Any", Named()), check_report=lambda _path: Named(), trusted=memory,
        )  # fmt: skip
        (tmp_path / "report.pdf").write_bytes(b"%PDF-1.7")
        found.append([each.code for each in proving.check(tmp_path / "report.pdf").faults])
    assert found == [["proof.report_authority_not_yours"], []]
