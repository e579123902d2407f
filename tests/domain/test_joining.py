"""Invitations and answers: whole or refused, bound to their code, and six words for the keys."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InputError
from app.domain.joining import Answer, Invitation

PLACE = "postgresql://olga@db/privacy"
INVITATION = Invitation(PLACE, "f00d", "ABCD 1234", "olga", "a code")


@given(address=st.text(), code=st.text(), signing=st.binary(), encryption=st.binary())
def test_what_is_sent_comes_back(
    address: str, code: str, signing: bytes, encryption: bytes
) -> None:
    invitation = replace(INVITATION, address=address, code=code) if _fits(address + code) else None
    if invitation is None:
        return
    assert Invitation.read(invitation.text()) == invitation
    answer = Answer.to(invitation, signing=signing, encryption=encryption)
    assert Answer.read(answer.text()) == answer
    assert answer.is_by(code)


def _fits(text: str) -> bool:
    return text.encode("utf-8", "replace") == text.encode("utf-8", "surrogatepass")


def test_a_mail_may_break_lines() -> None:
    text = INVITATION.text()
    broken = "\n  ".join(text[at : at + 20] for at in range(0, len(text), 20))
    assert Invitation.read(broken) == INVITATION


@given(text=st.text())
def test_what_is_none_is_refused(text: str) -> None:
    for kind in (Invitation, Answer):
        for each in (text, f"sandglass-invitation:{text}", f"sandglass-answer:{text}"):
            with pytest.raises(InputError, match=r"invitation\.unreadable"):
                kind.read(each)


def test_an_invitation_is_no_answer() -> None:
    with pytest.raises(InputError):
        Answer.read(INVITATION.text())
    answer = Answer.to(INVITATION, signing=b"s", encryption=b"e")
    with pytest.raises(InputError):
        Invitation.read(answer.text())


@pytest.mark.parametrize(
    "change", [{"signing": b"x"}, {"encryption": b"x"}, {"member": "otto"}, {"proof": b""}]
)
def test_an_answer_that_was_changed_on_its_way_proves_nothing(change: dict[str, object]) -> None:
    answer = Answer.to(INVITATION, signing=b"s", encryption=b"e")
    assert not replace(answer, **change).is_by(INVITATION.code)  # type: ignore[arg-type]
    assert not answer.is_by("another code")


def test_other_keys_another_workspace_or_another_place_have_other_words() -> None:
    answer = Answer.to(INVITATION, signing=b"s", encryption=b"e")
    words = answer.words("ABCD", address=PLACE)
    assert len(words) == 6
    assert all(len(word) == 5 and word.isalpha() for word in words)
    assert Answer.read(answer.text()).words("ABCD", address=PLACE) == words
    assert answer.words("ABCE", address=PLACE) != words
    assert answer.words("ABCD", address=f"{PLACE}2") != words
    assert replace(answer, encryption=b"x").words("ABCD", address=PLACE) != words
    # Where one key ends and the next begins is part of it.
    assert replace(answer, signing=b"se", encryption=b"").words("ABCD", address=PLACE) != words
