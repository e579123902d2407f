"""The bar above every page while access is open."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from app.services.overview import OpenAccess
from app.ui.models.countdown import Countdown
from app.ui.shell.session_bar import SessionBar, SessionBars
from tests.fakes import START

if TYPE_CHECKING:
    from app.domain.access import AccessCase
    from tests.office import Office


class Watch:
    """A clock that never jumps, until the test moves it."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def case(office: Office) -> AccessCase:
    """Access that was opened for ten minutes."""
    case = office.granted(minutes=10)
    with office.workspace.write() as unit:
        opened = office.officer.sessions.begin(unit, case.asked.id, enforcement={})
        unit.commit()
    opened.lease.release()
    return opened.case


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def bar(case: AccessCase, watch: Watch) -> SessionBar:
    bar = SessionBar()
    countdown = Countdown(START, START + timedelta(minutes=10), START, watch)
    bar.show_access(_access(case), now=START, countdown=countdown)
    return bar


def _access(case: AccessCase) -> OpenAccess:
    return OpenAccess(case, officer="Nadia", approver="Omar", sources=2)


def test_it_says_who_opened_what_and_who_granted_it(bar: SessionBar) -> None:
    told = bar.accessibleName()
    assert "2 sources" in told
    assert "Nadia, granted by Omar for 10 min" in told


def test_it_warns_at_five_minutes_and_at_one_and_turns_red_at_two(
    bar: SessionBar, watch: Watch
) -> None:
    warned: list[int] = []
    bar.warned.connect(lambda _request, minutes: warned.append(minutes))
    tones = {}
    for left in (301, 300, 299, 121, 120, 61, 60, 1):
        watch.seconds = 600 - left
        bar.tick()
        tones[left] = bar.property("tone")
    assert warned == [5, 1]
    assert tones[121] == "amber"
    assert tones[120] == "red"


def test_it_says_once_that_the_deadline_has_come(bar: SessionBar, watch: Watch) -> None:
    over: list[bool] = []
    bar.ran_out.connect(lambda: over.append(True))
    for seconds in (599, 600, 601, 700):
        watch.seconds = seconds
        bar.tick()
    assert over == [True]


def test_a_bar_goes_with_its_window(case: AccessCase) -> None:
    bars = SessionBars()
    bars.show_open((_access(case),), now=START)
    assert not bars.isHidden()
    assert bars.first_request == case.asked.request
    bars.show_open((), now=START)
    assert bars.isHidden()
    assert bars.first_request == ""
