"""A team's workspace on a real server: its pages, and the doors that lead into it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPlainTextEdit

from app.bootstrap import build
from app.domain.joining import Invitation
from app.domain.people import Role
from app.ports.progress import QuietTask
from app.services.membership import NewMember
from app.ui.page import Place
from app.ui.pages.people import PeoplePage
from app.ui.pages.request.readers import Readers
from app.ui.pages.workspace import WorkspacePage
from app.ui.widgets.form import Form
from tests.guard.office import SOMEBODY, approvers_needed, open_shared_office
from tests.office import PASSPHRASE
from tests.pictures.doors import DATABASE, NEWCOMER, Shown, close, door_pictures, open_window
from tests.servers import Mortal, home_of_a_server
from tests.ui.studio import named, open_dialogs
from tests.ui.windows import finish_work, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from app.ui.shell.main_window import MainWindow
    from app.ui.shell.seat import Seat
    from tests.guard.office import SharedOffice


@dataclass
class Team:
    """People of one workspace, who take turns at ``window``; other machines' files are in
    ``home``.
    """

    office: SharedOffice
    window: MainWindow
    home: Path

    def at(self, login: str, page: str, item: str = "", *, stage: str = "") -> QWidget:
        """Let somebody open a page; return the page when all of it is there."""
        seat = self.seat(login)
        self.window.sit(seat)
        seat.room.go(page, item, stage=stage)
        finish_work(self.window)
        shown = seat.workbench.page
        assert shown is not None
        return shown

    def seat(self, login: str) -> Seat:
        """Return where somebody sits; she sits down if she did not yet."""
        member = self.office.id_of(login)
        for each in self.window.seats:
            if each.me.id == member:
                return each
        seat = self.window.take_seat(self.office.desks[login])
        seat.begin(Place("today"))
        return seat


def shared_pictures(home: Path, size: tuple[int, int]) -> Iterator[Shown]:
    """Yield everything as it is to be drawn; raises ``pytest.skip.Exception`` without a server."""
    with home_of_a_server() as (place, as_user):
        mortal = Mortal(place, as_user)
        mortal.start()
        try:
            office = open_shared_office(mortal.server, DATABASE, home, real_keys=True)
            team = Team(office, open_window(home / "window", size), home)
            for scene in (_approvals, _readers, _news, _audit, _people):
                for name in scene(team):
                    yield name, team.window
            yield from door_pictures(office, home, size)
            for name in _workspace(team):
                yield name, team.window
            close(team.window)
            office.close()
        finally:
            mortal.stop()


def _approvals(team: Team) -> Iterator[str]:
    office = team.office
    with approvers_needed(office, 2):
        case = office.asked()
        office.desks["anna"].granting.grant(
            case.asked.id, seen_hash=case.asked.scope_hash, minutes=20, note="Fits the request."
        )
    team.at("bea", "approvals", case.asked.id)
    yield "approvals-one-of-two-said-yes"
    team.at("anna", "approvals")
    yield "approvals-of-who-said-yes"
    team.at("olga", "request", case.asked.request, stage="approval")
    yield "request-waits-for-a-second-yes"


def _readers(team: Team) -> Iterator[str]:
    office = team.office
    case = office.granted()
    request = case.asked.request
    office.officer.pulling.run(case.asked.id, QuietTask())
    team.at("olga", "request", request, stage="review")
    yield "request-read-by-its-owner"
    office.officer.sharing.share(request, office.id_of("bea"))
    page = team.at("olga", "request", request, stage="close")
    yield "request-read-by-a-colleague-too"
    for name, button in (("share", "share"), ("unshare", "unshare")):
        card = page.findChild(Readers)
        assert isinstance(card, Readers)
        getattr(card, button).click()
        finish_work(team.window)
        yield f"request-{name}"
        for dialog in open_dialogs():
            dialog.reject()
    team.at("bea", "request", request)
    yield "request-of-a-colleague"


def _news(team: Team) -> Iterator[str]:
    office = team.office
    team.at("olga", "today")
    case = office.asked()
    office.approver.granting.grant(case.asked.id, seen_hash=case.asked.scope_hash, minutes=20)
    seat = team.seat("olga")
    until(team.window, lambda: not seat.news.isHidden())
    yield "today-access-was-granted"
    team.at("anna", "approvals")
    office.asked()
    page = team.at("anna", "today")
    page.repaint()
    yield "today-of-an-approver"
    team.at("ines", "today")
    yield "today-of-an-administrator"
    team.at("audra", "today")
    yield "today-of-an-auditor"


def _audit(team: Team) -> Iterator[str]:
    page = team.at("audra", "audit")
    yield "audit"
    named(page, "Check all").click()
    finish_work(team.window)
    yield "audit-checked"


def _people(team: Team) -> Iterator[str]:
    office, window = team.office, team.window
    desk, joins = office.administrator, build(team.home / "newcomer").joining
    again = desk.inviting.invite_again(office.id_of("otto"))
    desk.inviting.confirm(joins.answer(again, passphrase=PASSPHRASE).text())
    desk.changes.leave(office.id_of("adam"))
    waits = NewMember("Theo Lund", "theo@northwind.example", frozenset({Role.AUDITOR}))
    desk.inviting.invite(waits, login="theo")
    page = team.at("ines", "people")
    yield "people"
    for login in ("otto", "adam"):
        team.at("ines", "people", office.id_of(login))
        yield f"people-{'new-keys' if login == 'otto' else 'departed'}"
    named(page, "Invite…").click()
    form = _form()
    for key, text in {"name": NEWCOMER.name, "email": NEWCOMER.email, "login": SOMEBODY}.items():
        form.set_text(key, text)
    yield "people-invite"
    named(open_dialogs()[-1], "Make the invitation").click()
    finish_work(window)
    yield "people-an-invitation-to-send"
    assert isinstance(page, PeoplePage)
    (sent,) = page.invitation.findChildren(QPlainTextEdit)
    invitation = Invitation.read(sent.toPlainText())
    page.invitation.hide()
    named(page, "Answer…").click()
    _form().set_text("answer", joins.answer(invitation, passphrase=PASSPHRASE).text())
    yield "people-answer"
    named(open_dialogs()[-1], "Show the words").click()
    finish_work(window)
    yield "people-six-words-to-compare"
    page.answer.no.click()
    finish_work(window)
    yield "people-the-words-differed"
    team.at("audra", "people")
    yield "people-of-an-auditor"


def _form() -> Form:
    (form,) = open_dialogs()[-1].findChildren(Form)
    return form


def _workspace(team: Team) -> Iterator[str]:
    office = team.office
    page = team.at("ines", "workspace")
    assert isinstance(page, WorkspacePage)
    until(team.window, lambda: "as it should be" in page.guard.status.text)
    yield "workspace-sound"
    earlier = "SELECT setval('sandglass.turn_taken', last_value - (60::bigint << 22))"
    with office.as_superuser() as superuser, superuser.transaction():
        superuser.execute("SELECT sandglass.take_turn()")
        superuser.execute(f"{earlier} FROM sandglass.turn_taken".encode())
        page.refresh()
        until(team.window, lambda: not page.turn.isHidden())
        yield "workspace-somebody-holds-the-turn"
    page.refresh()
    with office.as_superuser() as superuser:
        superuser.execute("ALTER TABLE sandglass.log DISABLE TRIGGER USER")
        superuser.execute("GRANT DELETE ON sandglass.log TO PUBLIC")
    named(page, "Check now").click()
    until(team.window, lambda: "not as" in page.guard.status.text)
    yield "workspace-with-findings"
    team.at("olga", "workspace")
    yield "workspace-of-an-officer"
