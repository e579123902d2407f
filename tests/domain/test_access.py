"""Access: states, who may do what, and invariants that no order of events can break."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from app.domain.access import (
    AccessCase,
    AccessRequest,
    AccessState,
    Decision,
    Ending,
    EndReason,
)
from app.domain.errors import AppError, ConflictError, InputError, NotAllowedError
from app.domain.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PEOPLE = ("nadia", "omar", "ines")


def asked(minutes: int = 30, *, approvers_needed: int = 1) -> AccessCase:
    return AccessCase(
        AccessRequest(
            id="A-0001",
            request="DSR-2026-0001",
            requester="nadia",
            purpose="Answer access request",
            minutes=minutes,
            scope=Scope({}),
            scope_hash="a" * 64,
            asked_at=START,
            not_after=START + timedelta(hours=72),
            approvers_needed=approvers_needed,
        )
    )


def decision(*, granted: bool = True, approver: str = "omar", minutes: int = 20) -> Decision:
    return Decision(
        id="G-0001",
        access_request="A-0001",
        requester="nadia",
        approver=approver,
        granted=granted,
        scope_hash="a" * 64,
        minutes=minutes,
        start_by=START + timedelta(hours=24) if granted else None,
        note="" if granted else "Too wide.",
        decided_at=START + timedelta(minutes=4),
    )


def granted() -> AccessCase:
    return asked().decide(decision())


def opened() -> AccessCase:
    return granted().begin(session="S-1", officer="nadia", at=START + timedelta(minutes=10))


def test_nobody_decides_on_their_own_request() -> None:
    with pytest.raises(NotAllowedError) as caught:
        asked().decide(decision(approver="nadia"))
    assert caught.value.code == "access.own_request"


def test_a_decision_on_another_scope_than_the_one_asked_is_void() -> None:
    with pytest.raises(ConflictError) as caught:
        asked().decide(replace(decision(), scope_hash="b" * 64))
    assert caught.value.code == "access.scope_changed"


@pytest.mark.parametrize("minutes", [0, -1, 31, 10_000])
def test_no_more_minutes_are_granted_than_were_asked(minutes: int) -> None:
    with pytest.raises(InputError) as caught:
        asked().decide(decision(minutes=minutes))
    assert caught.value.code == "access.minutes_beyond_asked"


def test_a_denial_needs_a_note() -> None:
    with pytest.raises(InputError) as caught:
        asked().decide(replace(decision(granted=False), note="  "))
    assert caught.value.code == "access.denial_needs_note"


def test_a_grant_whose_start_by_has_passed_is_refused() -> None:
    with pytest.raises(InputError):
        asked().decide(replace(decision(), start_by=START))


def test_a_second_decision_is_refused() -> None:
    with pytest.raises(NotAllowedError):
        granted().decide(decision())


def test_a_request_that_nobody_decided_lapses() -> None:
    assert asked().state(START + timedelta(hours=71)) is AccessState.WAITING
    assert asked().state(START + timedelta(hours=72)) is AccessState.LAPSED


def test_a_grant_that_nobody_used_in_time_lapses() -> None:
    late = START + timedelta(hours=24, seconds=1)
    assert granted().state(late) is AccessState.LAPSED
    with pytest.raises(NotAllowedError):
        granted().begin(session="S-1", officer="nadia", at=late)


def test_the_window_is_as_long_as_granted_not_as_asked() -> None:
    window = opened().window
    assert window is not None
    assert window.deadline - window.opened_at == timedelta(minutes=20)


def test_only_who_asked_opens_the_window() -> None:
    with pytest.raises(NotAllowedError):
        granted().begin(session="S-1", officer="omar", at=START + timedelta(minutes=10))


def test_a_window_opens_once() -> None:
    ended = opened().end(at=START + timedelta(minutes=12), by="nadia", reason=EndReason.FINISHED)
    with pytest.raises(NotAllowedError):
        ended.begin(session="S-2", officer="nadia", at=START + timedelta(minutes=13))


def test_the_clock_closes_a_window_that_nobody_closed() -> None:
    assert opened().state(START + timedelta(minutes=30)) is AccessState.ENDED


def test_an_end_stays_as_it_was_recorded() -> None:
    at = START + timedelta(minutes=12)
    ended = opened().end(at=at, by="nadia", reason=EndReason.FINISHED)
    again = ended.end(at=at + timedelta(minutes=1), by="omar", reason=EndReason.REVOKED)
    assert again == ended


def test_revoking_an_open_window_closes_it() -> None:
    at = START + timedelta(minutes=11)
    revoked = opened().revoke(Ending("omar", at, "mistake"))
    assert revoked.window is not None
    assert revoked.window.reason is EndReason.REVOKED
    assert revoked.state(at) is AccessState.ENDED


def test_only_who_asked_withdraws() -> None:
    with pytest.raises(NotAllowedError):
        asked().withdraw(Ending("omar", START, "no"))
    withdrawn = asked().withdraw(Ending("nadia", START, "not needed"))
    assert withdrawn.state(START) is AccessState.WITHDRAWN


def test_what_an_approver_signs_names_the_scope_and_hides_the_note() -> None:
    signed = replace(decision(), note="about Mara").signed_bytes()
    assert b"a" * 64 in signed
    assert b"Mara" not in signed
    assert signed != replace(decision(), minutes=19).signed_bytes()


def half_granted() -> AccessCase:
    """A case that two people must grant, and one has."""
    return asked(approvers_needed=2).decide(replace(decision(), approvers_needed=2))


def second(**changes: Any) -> Decision:
    made = replace(decision(approver="ines"), id="G-0002", number=2, approvers_needed=2)
    return replace(made, **changes)


def test_one_of_two_opens_nothing() -> None:
    case = half_granted()
    assert case.state(START) is AccessState.WAITING
    assert case.yes_missing == 1
    assert case.grant is None
    with pytest.raises(NotAllowedError):
        case.begin(session="S-1", officer="nadia", at=START + timedelta(minutes=10))


def test_two_people_open_it_for_the_least_that_either_allows() -> None:
    later = START + timedelta(hours=48)
    case = half_granted().decide(second(minutes=7, start_by=later))
    assert case.grant is not None
    assert case.grant.approvers == ("omar", "ines")
    assert case.grant.minutes == 7
    assert case.grant.start_by == START + timedelta(hours=24)
    window = case.begin(session="S-1", officer="nadia", at=START + timedelta(minutes=10)).window
    assert window is not None
    assert window.grant == "G-0002"
    assert window.deadline - window.opened_at == timedelta(minutes=7)


def test_nobody_has_two_votes() -> None:
    with pytest.raises(ConflictError, match=r"access\.decided_by_you"):
        half_granted().decide(second(approver="omar"))


def test_one_no_of_two_ends_it() -> None:
    case = half_granted().decide(second(granted=False, minutes=0, start_by=None, note="Too wide."))
    assert case.state(START) is AccessState.DENIED
    assert case.grant is None
    with pytest.raises(NotAllowedError):
        case.decide(replace(second(), approver="iris", number=3))


def test_a_yes_that_still_waits_for_others_can_be_taken_back() -> None:
    ending = Ending("omar", START + timedelta(minutes=5), "I looked at another one.")
    case = half_granted().revoke(ending)
    assert case.state(START) is AccessState.REVOKED
    with pytest.raises(NotAllowedError):
        case.decide(second())
    with pytest.raises(NotAllowedError):
        asked(approvers_needed=2).revoke(ending)


def test_a_yes_that_comes_after_another_ones_start_by_opens_nothing() -> None:
    late = START + timedelta(hours=25)
    with pytest.raises(InputError, match=r"access\.start_by_passed"):
        half_granted().decide(second(decided_at=late, start_by=late + timedelta(hours=1)))


def test_what_is_signed_names_how_many_must_agree_where_it_is_more_than_one() -> None:
    one = decision().signed_bytes()
    assert b"approvers_needed" not in one
    assert b'"approvers_needed":2' in second().signed_bytes()
    assert second().signed_bytes() != second(approvers_needed=3).signed_bytes()


class Life(RuleBasedStateMachine):
    """Whatever is tried in whatever order by whomever, access stays within what was granted."""

    needed = 1

    def __init__(self) -> None:
        super().__init__()
        self.case = asked(approvers_needed=self.needed)
        self.now = START
        self.was_final: AccessState | None = None

    @rule(minutes=st.integers(0, 60 * 80))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(
        who=st.sampled_from(PEOPLE),
        yes=st.booleans(),
        minutes=st.integers(-1, 40),
        hours=st.integers(-1, 48),
        digest=st.sampled_from(["a" * 64, "b" * 64]),
        note=st.sampled_from(["", "because"]),
    )
    def somebody_decides(
        self, *, who: str, yes: bool, minutes: int, hours: int, digest: str, note: str
    ) -> None:
        start_by = self.now + timedelta(hours=hours) if yes else None
        tried = Decision(
            "G-1", "A-0001", "nadia", who, yes, digest, minutes, start_by, note, self.now,
            number=len(self.case.decisions) + 1, approvers_needed=self.needed,
        )  # fmt: skip
        self._try(lambda: self.case.decide(tried))

    @rule(who=st.sampled_from(PEOPLE))
    def somebody_withdraws(self, who: str) -> None:
        self._try(lambda: self.case.withdraw(Ending(who, self.now, "x")))

    @rule(who=st.sampled_from(PEOPLE))
    def somebody_revokes(self, who: str) -> None:
        self._try(lambda: self.case.revoke(Ending(who, self.now, "x")))

    @rule(who=st.sampled_from(PEOPLE))
    def somebody_begins(self, who: str) -> None:
        self._try(lambda: self.case.begin(session="S-1", officer=who, at=self.now))

    @precondition(lambda self: self.case.window is not None)
    @rule(reason=st.sampled_from(list(EndReason)))
    def somebody_ends(self, reason: EndReason) -> None:
        self._try(lambda: self.case.end(at=self.now, by="omar", reason=reason))

    def _try(self, step: Callable[[], AccessCase]) -> None:
        try:
            self.case = step()
        except AppError:
            return

    @invariant()
    def what_is_final_stays_final(self) -> None:
        state = self.case.state(self.now)
        if self.was_final is not None:
            assert state is self.was_final
        elif state.is_final:
            self.was_final = state

    @invariant()
    def an_open_window_rests_on_somebody_elses_grant_of_this_scope(self) -> None:
        window = self.case.window
        if window is None:
            return
        assert len({each.approver for each in self.case.decisions}) == self.needed
        assert window.officer == self.case.asked.requester
        for made in self.case.decisions:
            assert made.granted
            assert made.approver != self.case.asked.requester
            assert made.scope_hash == self.case.asked.scope_hash
            assert window.deadline - window.opened_at <= timedelta(minutes=made.minutes)
            assert made.start_by is not None
            assert window.opened_at <= made.start_by

    @invariant()
    def nothing_is_open_after_its_deadline_or_its_end(self) -> None:
        window = self.case.window
        if window and (self.now >= window.deadline or window.ended_at is not None):
            assert self.case.state(self.now) is AccessState.ENDED


Life.TestCase.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)
TestLife = Life.TestCase


class LifeOfTwo(Life):
    """The same where two people must agree."""

    needed = 2


LifeOfTwo.TestCase.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)
TestLifeOfTwo = LifeOfTwo.TestCase
