"""Two people on two machines: both must say yes, whoever is second opens, one no ends it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

import pytest

from app.domain.access import AccessState
from app.domain.errors import AppError, ConflictError
from app.domain.requests import Stage
from app.ports.progress import QuietTask
from tests.guard.office import approvers_needed

if TYPE_CHECKING:
    from app.domain.access import AccessCase
    from app.services.desk import Desk
    from tests.guard.office import SharedOffice

pytestmark = pytest.mark.server


def asked_of_two(office: SharedOffice) -> AccessCase:
    with approvers_needed(office, 2):
        return office.asked()


def grant(desk: Desk, case: AccessCase, **more: int) -> AccessCase:
    return desk.granting.grant(case.asked.id, seen_hash=case.asked.scope_hash, **more)


def test_two_people_grant_and_the_pull_runs_for_the_least_that_either_allows(
    office: SharedOffice,
) -> None:
    anna, bea, olga = (office.desks[each] for each in ("anna", "bea", "olga"))
    case = asked_of_two(office)
    assert grant(anna, case, minutes=20).state(case.asked.asked_at) is AccessState.WAITING
    request = case.asked.request
    assert olga.casework.get(request).stage is Stage.APPROVAL
    assert case.asked.id not in [each.case.asked.id for each in anna.granting.queue()]
    (waiting,) = [each for each in bea.granting.queue() if each.case.asked.id == case.asked.id]
    assert list(waiting.approvers.values()) == ["Anna"]
    with pytest.raises(AppError):
        olga.pulling.run(case.asked.id, QuietTask())
    granted = grant(bea, case, minutes=15).grant
    assert granted is not None
    assert granted.minutes == 15
    olga.pulling.run(case.asked.id, QuietTask())
    kept = olga.granting.get(case.asked.id)
    assert [each.approver for each in kept.decisions] == [anna.here.member, bea.here.member]
    assert office.actions(request).count("access.granted") == 2


def test_nobody_says_yes_twice_and_one_no_ends_it(office: SharedOffice) -> None:
    anna, bea = office.desks["anna"], office.desks["bea"]
    case = asked_of_two(office)
    grant(anna, case)
    with pytest.raises(ConflictError, match=r"access\.decided_by_you"):
        grant(anna, case)
    bea.granting.deny(case.asked.id, seen_hash=case.asked.scope_hash, note="Too wide.")
    stands = anna.granting.get(case.asked.id)
    assert stands.state(case.asked.asked_at) is AccessState.DENIED
    assert office.officer.casework.get(case.asked.request).stage is Stage.SCOPE


def test_the_yes_of_one_is_taken_back_before_the_other_comes(office: SharedOffice) -> None:
    anna, bea = office.desks["anna"], office.desks["bea"]
    case = asked_of_two(office)
    grant(anna, case)
    anna.granting.revoke(case.asked.id, reason="I looked at the wrong one.")
    with pytest.raises(AppError):
        grant(bea, case)


def test_two_who_say_yes_at_the_same_moment_are_one_and_two(office: SharedOffice) -> None:
    case = asked_of_two(office)
    together = Barrier(2)

    def decide(login: str) -> int:
        together.wait()
        return len(grant(office.desks[login], case).decisions)

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(decide, ["anna", "bea"])) == [1, 2]
    assert office.officer.granting.get(case.asked.id).grant is not None
