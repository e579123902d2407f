"""The guard lets people do their work: each step by whom it is for, and not by others."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from app.domain.access import AccessState
from app.domain.audit import verify
from app.domain.errors import NotAllowedError, SecurityError
from app.domain.requests import Outcome, Stage
from app.domain.responses import Answered, LetterKind
from app.domain.review import RevealReason, Target, Verdict
from app.domain.workspace import Controller
from app.ports.progress import QuietTask
from app.ports.storage import EntryFilter, RequestFilter
from tests.contracts.workspace_ground import soon
from tests.office import NOTES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.guard.office import SharedOffice

pytestmark = pytest.mark.server


def reviewed(office: SharedOffice) -> str:
    request, _ = office.pulled()
    reviewing = office.officer.reviewing
    (place,) = reviewing.find_text(request, "Brandt")
    covered = Target(place.pulled, place.row, place.field, place.start, place.end)
    (mark, *_) = reviewing.mark(request, [covered], verdict=Verdict.REDACT, why="TP-ID")
    reviewing.undo(request, mark.id)
    reviewing.mark(request, [covered], verdict=Verdict.REDACT, why="TP-ID")
    notes = next(each for each in reviewing.collections(request) if each.rows == len(NOTES))
    reviewing.reveal(request, notes.id, ["text"], why=RevealReason.REVIEW)
    others = [Target(notes.id, row) for row in range(len(NOTES)) if row != place.row]
    reviewing.mark(request, others, verdict=Verdict.DISCLOSE)
    reviewing.finish(request)
    return request


def answered(office: SharedOffice, request: str, folder: Path) -> None:
    officer, kind = office.officer, LetterKind.FULL_ANSWER
    officer.responding.answer(
        request, "automated_decisions", state=Answered.NOT_APPLICABLE, text="None was made."
    )
    text = officer.responding.draft_letter(request, kind).replace("[…]", "privacy@x.org")
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


def test_a_request_goes_from_its_message_to_its_end(office: SharedOffice, tmp_path: Path) -> None:
    request = reviewed(office)
    answered(office, request, tmp_path)
    office.officer.casework.close(request, Outcome.ANSWERED)
    for login in ("olga", "anna", "ines", "audra"):
        office.desks[login].auditing.report(request, tmp_path / f"{login}.pdf")
        assert (tmp_path / f"{login}.pdf").exists()
    office.officer.retention.destroy(request)
    with office.as_superuser() as superuser:
        left = superuser.execute(
            "SELECT (SELECT count(*) FROM vault_keys WHERE request = %s),"
            " (SELECT count(*) FROM vault_chunks c JOIN pulled p ON p.id = c.pulled"
            "   WHERE p.request = %s)",
            [request, request],
        ).fetchone()
    assert left == (0, 0)
    with office.desks["audra"].here.workspace.read() as unit:
        assert verify(unit.log.stored()).is_sound


def test_an_officer_leads_a_request_with_notes_pauses_and_a_colleague(office: SharedOffice) -> None:
    desk, request = office.officer, office.verified()
    desk.casework.add_note(request.id, "Called back.")
    subject = request.subject
    changed = desk.casework.get(request.id)
    desk.casework.change_subject(request.id, subject, version=changed.version)
    kind = "clarification"
    desk.clocks.pause(request.id, kind=kind, asked=date.today(), reason="Which shop?")  # noqa: DTZ011
    desk.clocks.resume(request.id, answered=date.today())  # noqa: DTZ011
    desk.clocks.extend(request.id, reason="Many shops.")
    desk.casework.assign(request.id, office.id_of("otto"))
    otto = office.desks["otto"]
    otto.casework.add_note(request.id, "Mine now.")
    otto.casework.close(request.id, Outcome.WITHDRAWN)
    otto.casework.reopen(request.id, Stage.INTAKE)
    assert [each.by for each in otto.casework.notes(request.id)] == [
        office.id_of("olga"),
        office.id_of("otto"),
    ]


def test_an_approver_says_no_and_an_officer_takes_back(office: SharedOffice) -> None:
    case = office.asked()
    office.approver.granting.deny(case.asked.id, seen_hash=case.asked.scope_hash, note="Too much.")
    other = office.asked()
    office.officer.granting.withdraw(other.asked.id, reason="Mistaken.")
    with office.workspace.read() as unit:
        assert unit.access.get(case.asked.id).state(unit.now()) is AccessState.DENIED
        assert unit.access.get(other.asked.id).state(unit.now()) is AccessState.WITHDRAWN


@pytest.mark.parametrize("login", ["anna", "ines", "otto"])
def test_whoever_may_end_access_revokes_a_grant(office: SharedOffice, login: str) -> None:
    case = office.granted()
    office.desks[login].granting.revoke(case.asked.id, reason="Not now.")
    with office.workspace.read() as unit:
        assert unit.access.get(case.asked.id).state(unit.now()) is AccessState.REVOKED


def test_who_is_officer_and_approver_decides_for_others_only(office: SharedOffice) -> None:
    case = office.asked()
    bea = office.desks["bea"]
    assert case.asked.id in [each.case.asked.id for each in bea.granting.queue()]
    bea.granting.grant(case.asked.id, seen_hash=case.asked.scope_hash)


def test_an_administrator_sets_up_and_an_officer_does_not(office: SharedOffice) -> None:
    settings = office.administrator.settings
    settings.set_controller(Controller("Northwind AG", authority="DPA Hamburg"))
    policy = settings.facts().policy
    settings.set_policy(replace(policy, version=policy.version + 1, retention_days=10))
    settings.change_day("DE", date(2027, 3, 1), name="Works day", is_holiday=True, reason="Ours")
    office.administrator.sourcing.check("shop")
    for desk in (office.officer, office.approver, office.desks["audra"]):
        with pytest.raises(NotAllowedError):
            desk.settings.set_controller(Controller("Mine"))


def test_everybody_has_a_drawer_of_her_own(office: SharedOffice) -> None:
    for login, desk in office.desks.items():
        desk.drawer.put("view.requests", login)
    for login, desk in office.desks.items():
        assert desk.drawer.get("view.requests") == login
        desk.drawer.drop("view.requests")


def test_each_sees_what_is_hers_to_see(office: SharedOffice) -> None:
    quiet, asked = office.record(), office.asked()
    everything, both = RequestFilter(limit=1000), {quiet.id, asked.asked.request}
    seen = {
        login: {each.id for each in desk.casework.find(everything).rows} & both
        for login, desk in office.desks.items()
    }
    assert seen == {
        "olga": both,
        "otto": both,
        "bea": both,
        "audra": both,
        "anna": {asked.asked.request},
        "ines": {asked.asked.request},
        "adam": {asked.asked.request},
    }


def test_the_vault_opens_to_those_it_is_sealed_to(office: SharedOffice) -> None:
    request, _ = office.pulled()
    (pulled, *_) = office.officer.reviewing.collections(request)
    assert office.officer.reviewing.page(request, pulled.id)
    for login in ("otto", "bea", "audra", "anna", "ines"):
        with pytest.raises(SecurityError, match=r"vault\.not_sealed_to_you"):
            office.desks[login].reviewing.page(request, pulled.id)
    office.officer.casework.assign(request, office.id_of("otto"))
    assert office.desks["otto"].reviewing.page(request, pulled.id)


def test_a_decision_reaches_the_officer_at_once(office: SharedOffice) -> None:
    case = office.asked()
    workspace = office.officer.here.workspace
    before = workspace.changes()
    office.approver.granting.grant(case.asked.id, seen_hash=case.asked.scope_hash)
    soon(lambda: workspace.changes() != before)


def test_who_left_can_do_nothing_more(office: SharedOffice) -> None:
    office.administrator.changes.leave(office.id_of("adam"))
    adam = office.desks["adam"]
    with pytest.raises(NotAllowedError, match=r"workspace\.not_permitted"):
        adam.settings.set_controller(Controller("Mine"))
    with office.desks["audra"].here.workspace.read() as unit:
        (entry, *_) = unit.log.find(EntryFilter(actions=("member.left",))).rows
    assert entry.facts()["object"] == office.id_of("adam")
