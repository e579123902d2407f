"""Several people at once: what others do is seen, and takes nothing from one's hands."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QWidget

from app.bootstrap import make_desk
from app.domain.people import Role
from app.domain.requests import Stage
from app.services.membership import NewMember
from app.ui.dialogs.ask import Ask, ask
from app.ui.page import Place
from app.ui.pages.approvals import ApprovalsPage
from app.ui.pages.request import RequestPage
from app.ui.pages.requests import RequestsPage
from app.ui.stages.scope import ScopeStage
from tests.office import PASSPHRASE, Office
from tests.ui.studio import open_dialogs
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


def words_of(widget: QWidget | None) -> str:
    """Return all that is written on ``widget`` where it can be seen."""
    assert widget is not None
    return "\n".join(each.text() for each in widget.findChildren(QLabel) if each.isVisible())


def press(seat: Seat, key: str) -> None:
    """Press a key in somebody's own window."""
    seat.workbench.activateWindow()
    QTest.qWaitForWindowActive(seat.workbench)
    assert seat.workbench.page is not None
    seat.workbench.page.setFocus()
    QTest.keyClick(seat.workbench.page, key)
    finish_work(seat.room)


def button(widget: QWidget, text: str) -> QPushButton:
    return next(each for each in widget.findChildren(QPushButton) if each.text() == text)


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


def test_other_roles_are_seen_at_once_and_take_nothing_from_ones_hands(
    office: Office, sit: Sit
) -> None:
    request = office.verified()
    office.officer.casework.move(request.id, Stage.SCOPE)
    seat = sit(office.officer, "request", request.id)
    before = seat.workbench
    seat.retaken.connect(QWidget.deleteLater)
    panel = before.findChild(ScopeStage)
    assert isinstance(panel, ScopeStage)
    panel.purpose.setFocus()
    panel.purpose.clear()
    QTest.keyClicks(panel.purpose, "Answer her")
    both = frozenset({Role.OFFICER, Role.APPROVER})
    office.administrator.changes.change_roles(seat.me.id, both)
    look(seat)
    until(seat.room, lambda: seat.workbench is not before)
    seat.workbench.show()
    finish_work(seat.room)
    assert seat.workbench.place == Place("request", request.id, "scope")
    panel = seat.workbench.findChild(ScopeStage)
    assert isinstance(panel, ScopeStage)
    assert panel.purpose.text() == "Answer her"
    assert "approvals" in [each.key for each in seat.workbench.listed_pages]
    assert seat.toasts.accessibleName() == "Your roles are now: approver, privacy officer."
    seat.workbench.go(Place("approvals"))
    before = seat.workbench
    office.administrator.changes.change_roles(seat.me.id, frozenset({Role.OFFICER}))
    look(seat)
    until(seat.room, lambda: seat.workbench is not before)
    assert seat.workbench.place.page == "today"


def test_roles_change_under_an_open_question_once_it_is_answered(office: Office, sit: Sit) -> None:
    seat = sit(office.approver, "today")
    before = seat.workbench
    seat.retaken.connect(QWidget.deleteLater)
    assert before.page is not None
    question = ask(
        before.page, seat.room, title="Sure?", confirm="Yes", work=lambda _values, _work: None
    )
    office.administrator.changes.change_roles(seat.me.id, frozenset({Role.AUDITOR}))
    look(seat)
    QTest.qWait(120)
    assert seat.workbench is before
    question.reject()
    until(seat.room, lambda: seat.workbench is not before)
    assert seat.me.roles == {Role.AUDITOR}


@pytest.mark.parametrize("why", ["member.has_left", "keys.replaced"])
def test_who_may_not_go_on_is_told_why(office: Office, sit: Sit, why: str) -> None:
    seat = sit(office.approver, "approvals")
    told: list[str] = []
    seat.ended.connect(lambda sentence: told.append(sentence.code))
    office.record()
    look(seat)
    assert told == []
    if why == "keys.replaced":
        office.administrator.changes.renew_here(seat.me.id, passphrase=PASSPHRASE)
    else:
        office.administrator.changes.leave(seat.me.id)
    look(seat)
    assert set(told) == {why}


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


def test_two_people_grant_by_key_and_the_officer_is_told(office: Office, sit: Sit) -> None:
    settings = office.administrator.settings
    policy = replace(settings.facts().policy, version=2, approvers_needed=2)
    ada = _second_approver(office)
    settings.set_policy(policy)
    case = office.asked()
    officer = sit(office.officer, "request", case.asked.request, "approval")
    seats = [sit(desk, "approvals") for desk in (office.approver, ada)]
    pages = [seat.workbench.page for seat in seats]
    press(seats[0], "A")
    assert office.approver.granting.queue() == ()
    look(officer)
    assert "1 of 2 have granted: Omar; waits for 1 more" in words_of(officer.workbench)
    assert not officer.news.isVisible()
    look(seats[1])
    assert "1 of 2 have granted: Omar; waits for 1 more" in words_of(pages[1])
    press(seats[1], "A")
    look(officer)
    assert officer.news.isVisible()
    assert case.asked.request in officer.news.text
    QTest.mouseClick(button(officer.news, "Go to session"), Qt.MouseButton.LeftButton)
    finish_work(officer.room)
    assert isinstance(officer.workbench.page, RequestPage)
    assert not officer.news.isVisible()


def test_who_may_decide_is_told_at_once_and_who_asked_is_not(office: Office, sit: Sit) -> None:
    seats = {name: sit(getattr(office, name), "today") for name in ("officer", "approver")}
    told: dict[str, list[str]] = {name: [] for name in seats}
    for name, seat in seats.items():
        seat.notified.connect(told[name].append)
    case = office.asked()
    until(seats["approver"].room, lambda: bool(told["approver"]))  # nobody looked: it was heard
    (text,) = told["approver"]
    assert text == f"{case.asked.id} for {case.asked.request} waits for your decision."
    look(seats["officer"])
    assert told["officer"] == []


@pytest.mark.parametrize(
    ("end", "says"),
    [("deny", "was denied"), ("revoke", "was taken back"), ("grant", "is granted")],
)
def test_who_asked_is_told_how_it_ended(office: Office, sit: Sit, end: str, says: str) -> None:
    case = office.asked()
    seat = sit(office.officer, "today")
    told: list[str] = []
    seat.notified.connect(told.append)
    granting = office.approver.granting
    if end == "deny":
        granting.deny(case.asked.id, seen_hash=case.asked.scope_hash, note="About Mara: no.")
    else:
        granting.grant(case.asked.id, seen_hash=case.asked.scope_hash)
    if end == "revoke":
        granting.revoke(case.asked.id, reason="About Mara: no.")
    look(seat)
    until(seat.room, lambda: bool(told) and says in told[-1])
    assert not any("Mara" in each for each in told)


def test_a_request_that_nobody_decided_says_what_to_do(office: Office, sit: Sit) -> None:
    case = office.asked()
    office.clock.move(hours=73)
    seat = sit(office.officer, "request", case.asked.request, "approval")
    assert "not decided in time. Ask again" in words_of(seat.workbench)


@pytest.mark.parametrize("whose", ["Keep mine", "Take theirs"])
def test_of_two_who_correct_a_request_one_is_told_and_says_whose_it_is(
    office: Office, sit: Sit, whose: str
) -> None:
    request = office.record()
    seat = sit(office.officer, "request", request.id, "intake")
    QTest.mouseClick(button(seat.workbench, "Correct who asks…"), Qt.MouseButton.LeftButton)
    (dialog,) = open_dialogs()
    assert isinstance(dialog, Ask)
    name = dialog.form.findChildren(QLineEdit)[0]
    name.selectAll()
    QTest.keyClicks(name, "Mara Mine")
    theirs = replace(request.subject, name="Mara Theirs")
    office.officer.casework.change_subject(request.id, theirs, version=request.version)
    look(seat)
    dialog.confirm.click()
    finish_work(seat.room)
    assert "Somebody changed the request while you worked on it." in dialog.notice.text
    assert name.text() == "Mara Mine"
    QTest.mouseClick(button(dialog, whose), Qt.MouseButton.LeftButton)
    finish_work(seat.room)
    kept = office.officer.casework.get(request.id).subject.name
    assert kept == ("Mara Mine" if whose == "Keep mine" else "Mara Theirs")
    assert open_dialogs() == []


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
