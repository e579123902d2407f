"""Several people at once: what others do is seen, and takes nothing from one's hands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtTest import QTest

from app.bootstrap import make_desk
from app.domain.people import Role
from app.domain.requests import Stage
from app.services.membership import NewMember
from app.ui.pages.approvals import ApprovalsPage
from app.ui.pages.request import RequestPage
from app.ui.pages.requests import RequestsPage
from app.ui.stages.scope import ScopeStage
from tests.office import PASSPHRASE, Office
from tests.ui.windows import finish_work, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.services.desk import Desk
    from app.ui.shell.seat import Seat

    Sit = Callable[..., Seat]


def look(seat: Seat) -> None:
    """Do now what a seat does twice a second."""
    seat.feed.look()
    finish_work(seat.room)


def test_a_list_shows_what_somebody_else_recorded(office: Office, sit: Sit) -> None:
    office.record()
    seat = sit(office.officer, "requests")
    page = seat.workbench.page
    assert isinstance(page, RequestsPage)
    page.table.setFocus()
    chosen = page.table.key
    office.record()
    look(seat)
    assert page.model.total == 2
    assert page.table.key == chosen
    assert page.table.hasFocus()


def test_what_is_being_typed_stays_when_somebody_else_changes_something(
    office: Office, sit: Sit
) -> None:
    request = office.verified()
    office.officer.casework.move(request.id, Stage.SCOPE)
    seat = sit(office.officer, "request", request.id)
    panel = seat.workbench.findChild(ScopeStage)
    assert isinstance(panel, ScopeStage)
    panel.purpose.setFocus()
    panel.purpose.clear()
    QTest.keyClicks(panel.purpose, "Answer her")
    panel.purpose.setCursorPosition(4)
    office.record()
    office.officer.casework.add_note(request.id, "Somebody called.")
    look(seat)
    assert panel.purpose.text() == "Answer her"
    assert panel.purpose.cursorPosition() == 4
    assert panel.purpose.hasFocus()


def test_a_grant_reaches_the_officer_who_waits(office: Office, sit: Sit) -> None:
    case = office.asked()
    seat = sit(office.officer, "request", case.asked.request)
    office.approver.granting.grant(case.asked.id, seen_hash=case.asked.scope_hash, minutes=20)
    look(seat)
    page = seat.workbench.page
    assert isinstance(page, RequestPage)
    assert "Omar moved this request to Pull" in page.notice.text


def test_a_denial_goes_back_to_scope_with_its_note(office: Office, sit: Sit) -> None:
    case = office.asked()
    seat = sit(office.officer, "request", case.asked.request, "approval")
    office.approver.granting.deny(
        case.asked.id, seen_hash=case.asked.scope_hash, note="Too many fields."
    )
    look(seat)
    view = office.officer.views.get(case.asked.request)
    assert view.request.stage is Stage.SCOPE
    assert view.case is not None
    assert view.case.denial is not None
    assert view.case.denial.note == "Too many fields."


def _second_approver(office: Office) -> Desk:
    new = NewMember("Ada", "ada@example.org", frozenset({Role.APPROVER}), PASSPHRASE)
    here = office.administrator.here
    member = office.membership.add(here, new)
    return make_desk(
        office.membership.sign_in(here.workspace, member.id, passphrase=PASSPHRASE),
        office.adapters,
    )


def test_two_approvers_decide_at_once_and_one_is_told(office: Office, sit: Sit) -> None:
    case = office.asked()
    seats = [sit(desk, "approvals") for desk in (office.approver, _second_approver(office))]
    first, second = (seat.workbench.page for seat in seats)
    assert isinstance(first, ApprovalsPage)
    assert isinstance(second, ApprovalsPage)
    second.note.setText("Looks right to me.")
    second.note.textEdited.emit(second.note.text())
    first.approve.click()
    finish_work(seats[0].room)
    second.approve.click()  # what she sees still waits
    finish_work(seats[1].room)
    assert office.officer.granting.get(case.asked.id).grant is not None
    assert second.notice.isVisible()
    assert "decided" in second.notice.text


def test_a_note_that_was_typed_is_given_back_when_somebody_else_decides(
    office: Office, sit: Sit
) -> None:
    case = office.asked()
    seat = sit(office.approver, "approvals")
    page = seat.workbench.page
    assert isinstance(page, ApprovalsPage)
    page.note.setFocus()
    QTest.keyClicks(page.note, "Why all of it?")
    office.officer.granting.withdraw(case.asked.id, reason="Too broad.")
    look(seat)
    assert "Why all of it?" in page.notice.text


@pytest.mark.parametrize("who", ["officer", "approver"])
def test_open_access_is_seen_on_every_page_and_ends_by_itself(
    who: str, office: Office, sit: Sit
) -> None:
    case = office.granted(minutes=10)
    with office.workspace.write() as unit:
        opened = office.officer.sessions.begin(unit, case.asked.id, enforcement={})
        unit.commit()
    seat = sit(getattr(office, who), "today")
    for page in seat.workbench.listed_pages:
        seat.room.go(page.key)
        assert seat.bars.isVisible()
    opened.lease.release()  # the process that reads is dead: nobody closes the window
    office.clock.move(minutes=10, seconds=1)
    seat.bars.ran_out.emit()  # the bar's own clock says so, see test_session_bar.py
    until(seat.room, lambda: not seat.bars.isVisible())
    window = office.officer.granting.get(case.asked.id).window
    assert window is not None
    assert window.ended_at is not None
