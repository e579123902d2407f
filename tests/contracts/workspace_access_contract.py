"""What every workspace must hold about access: facts are only added, and bind each other."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from app.domain.access import AccessCase, EndReason
from app.domain.errors import (
    AppError,
    ConflictError,
    InputError,
    NotAllowedError,
)
from app.domain.policy import Finding, FindingLevel
from app.domain.review import Target
from tests.builders import (
    NOON,
    a_decision,
    a_mark,
    a_note,
    a_request,
    a_source,
    a_source_grant,
    a_verdict,
    a_verification,
    a_window,
    an_access_request,
    an_airlock,
    an_ended_window,
    an_ending,
    an_event,
    minutes,
)
from tests.contracts.workspace_ground import (
    SettledContract,
    commit,
    open_access,
    pull,
    refused,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.domain.access import Window
    from app.ports.storage import UnitOfWork, Workspace
    from tests.contracts.workspace_ground import WorkspaceGround

ONLY_ADDED = {
    "access_requests": "purpose",
    "decisions": "note",
    "withdrawals": "reason",
    "revocations": "reason",
    "windows": "officer",
    "window_ends": "reason",
    "log": "hash",
    "notes": "text",
    "verifications": "note",
    "marks": "reason",
    "mark_undos": "by",
    "reports": "head",
}
"""Tables to which rows are only added, and what somebody might want to change in them."""

RAW_DECISION = (
    "INSERT INTO decisions (id, access_request, requester, approver, granted, scope_hash, minutes,"
    " asked_minutes, start_by, note, decided_at, signature, number, approvers_needed, follows,"
    " follows_a_grant) VALUES"
    " ('{id}', 'ar-1', '{requester}', '{approver}', {granted}, '{scope_hash}', {minutes}, {asked},"
    " {start_by}, '{note}', '2026-03-02 12:00:00.000000', '', {number}, {needed}, {follows},"
    " {follows_a_grant})"
)
RAW_WINDOW = (
    'INSERT INTO windows (session, access_request, "grant", granted, officer, opened_at, deadline,'
    " approvers_needed) VALUES ('raw', 'ar-1', '{grant}', {granted}, 'olga',"
    " '2026-03-02 12:10:00.000000', '2026-03-02 12:30:00.000000', {needed})"
)

RAW_AROUND: tuple[dict[str, object], ...] = (
    {"approver": "olga"},
    {"requester": "anna", "approver": "olga"},
    {"requester": "OLGA", "approver": "olga"},
    {"scope_hash": "00" * 32},
    {"minutes": 31},
    {"minutes": 60, "asked": 60},
    {"minutes": 0},
    {"start_by": "NULL"},
    {"approver": "somebody"},
    {"needed": 2},
    {"number": 0},
    {"number": 2, "needed": 2, "follows": 1},
)
"""Decisions that somebody might make up."""
RAW_TWICE: tuple[dict[str, object], ...] = (
    {"approver": "anna", "number": 2, "follows": 1},
    {"approver": "olga", "number": 2, "follows": 1},
    {"number": 2},
    {"number": 3, "follows": 2},
    {"number": 3, "follows": 1},
    {"number": 2, "follows": 1, "follows_a_grant": "false"},
    {"number": 1},
    {"number": 1, "needed": 1},
)
"""A second yes that is none, where two must say yes and one did."""
WRONG_DECISIONS: tuple[tuple[type[AppError], str, dict[str, object]], ...] = (
    (NotAllowedError, "access.own_request", {"approver": "olga"}),
    (ConflictError, "access.scope_changed", {"scope_hash": "00" * 32}),
    (ConflictError, "access.scope_changed", {"requester": "adam"}),
    (InputError, "access.minutes_beyond_asked", {"minutes": 31}),
    (InputError, "access.minutes_beyond_asked", {"minutes": 0}),
    (InputError, "access.start_by_passed", {"start_by": None}),
    (InputError, "access.start_by_passed", {"start_by": NOON + minutes(5)}),
    (InputError, "access.denial_needs_note", {"granted": False}),
)


def raw_decision(**changes: object) -> str:
    """Return SQL that a modified client might send, well-formed but for ``changes``."""
    usual = {
        "id": "raw",
        "note": "",
        "number": 1,
        "needed": 1,
        "follows": "NULL",
        "follows_a_grant": "true",
        "requester": "olga",
        "approver": "anna",
        "granted": "true",
        "scope_hash": "5c" * 32,
        "minutes": 20,
        "asked": 30,
        "start_by": "'2026-03-03 12:00:00.000000'",
    }
    return RAW_DECISION.format(**(usual | changes))


def record_everything(unit: UnitOfWork) -> None:
    """Add one row to every table of facts."""
    pulled = pull(unit)
    unit.access.end_window(an_ended_window())
    unit.access.add_withdrawal("ar-1", an_ending())
    unit.access.add_revocation("ar-1", an_ending(by="anna"))
    unit.requests.add_note("DSR-2026-0001", a_note())
    unit.requests.add_verification(a_verification())
    (mark,) = unit.review.add_marks([a_mark(target=Target(pulled))])
    unit.review.undo(mark.id, by="olga", at=NOON)
    unit.responses.add_report("report-1", request="", sha256="", head="", by="olga", at=NOON)
    unit.record(an_event())


class AccessContract(SettledContract):
    """Access requests, decisions, windows and their ends."""

    def test_a_case_grows_fact_by_fact(self, unit: UnitOfWork) -> None:
        case = AccessCase(an_access_request(purpose="for “Zoë” 👩‍⚕️"))
        unit.access.add(case.asked, a_verdict())
        assert unit.access.get("ar-1") == case
        decision = a_decision(note="quick\nplease", signature=bytes(range(256)))
        case = replace(case, decisions=(decision,))
        unit.access.add_decision(decision)
        assert unit.access.get("ar-1") == case
        case = replace(case, window=a_window())
        unit.access.add_window("ar-1", case.window)
        assert unit.access.get("ar-1") == case
        assert unit.access.unended() == (case,)
        case = replace(case, revocation=an_ending(by="anna"), window=an_ended_window())
        unit.access.add_revocation("ar-1", case.revocation)
        unit.access.end_window(case.window)
        assert unit.access.get("ar-1") == unit.access.by_session("session-1") == case
        assert unit.access.unended() == ()

    def test_a_verdict_is_kept_as_it_was_shown(self, unit: UnitOfWork) -> None:
        verdict = a_verdict(
            findings=(
                Finding(FindingLevel.UNUSUAL, "policy.special_category", "crm.people.é", "user.x"),
                Finding(FindingLevel.RULE, "policy.approvers_needed", value="1"),
            ),
            approvers=("anna", "zoë"),
        )
        unit.access.add(an_access_request(), verdict)
        assert unit.access.verdict("ar-1") == verdict

    def test_a_denial_keeps_its_note(self, unit: UnitOfWork) -> None:
        denial = a_decision(granted=False, minutes=0, start_by=None, note="why all fields?")
        unit.access.add(an_access_request(), a_verdict())
        unit.access.add_decision(denial)
        assert unit.access.get("ar-1").decisions == (denial,)

    def test_cases_are_listed_oldest_first(self, unit: UnitOfWork) -> None:
        unit.requests.add(a_request("DSR-2026-0002"))
        for number, after in (("3", 0), ("1", 20), ("2", 10)):
            asked_at = NOON + minutes(after)
            unit.access.add(an_access_request(f"ar-{number}", asked_at=asked_at), a_verdict())
        unit.access.add(an_access_request("other", request="DSR-2026-0002"), a_verdict())
        cases = unit.access.of_request("DSR-2026-0001")
        assert [each.asked.id for each in cases] == ["ar-3", "ar-2", "ar-1"]
        unit.access.add_decision(a_decision(access_request="ar-2"))
        unit.access.add_withdrawal("ar-3", an_ending())
        assert [each.asked.id for each in unit.access.undecided()] == ["other", "ar-1"]
        unit.access.add_decision(a_decision("second", access_request="ar-1"))
        assert [each.asked.id for each in unit.access.decided()] == ["ar-2", "ar-1"]

    def test_what_is_not_there_is_not_found(self, workspace: Workspace) -> None:
        asks: list[Callable[[UnitOfWork], object]] = [
            lambda unit: unit.access.get("none"),
            lambda unit: unit.access.verdict("none"),
            lambda unit: unit.access.by_session("none"),
            lambda unit: unit.access.add_decision(a_decision(access_request="none")),
            lambda unit: unit.access.end_window(an_ended_window("none")),
        ]
        for ask in asks:
            assert refused(workspace, ask).code == "access.not_found"
        nowhere = an_access_request(request="none")
        error = refused(workspace, lambda unit: unit.access.add(nowhere, a_verdict()))
        assert error.code == "request.not_found"

    def test_somebody_is_first_and_what_she_did_stands(self, workspace: Workspace) -> None:
        with workspace.write() as unit:
            open_access(unit)
            unit.access.end_window(an_ended_window())
            unit.access.add_withdrawal("ar-1", an_ending())
            unit.access.add_revocation("ar-1", an_ending(by="anna"))
            before = unit.access.get("ar-1")
            unit.commit()
        denial = a_decision("later", approver="adam", granted=False, note="no")
        later = an_ended_window(ended_by="anna", reason=EndReason.REVOKED)
        again = an_ending()
        asks: list[tuple[str, Callable[[UnitOfWork], object]]] = [
            ("exists", lambda unit: unit.access.add(an_access_request(), a_verdict())),
            ("already_decided", lambda unit: unit.access.add_decision(denial)),
            ("already_begun", lambda unit: unit.access.add_window("ar-1", a_window("second"))),
            ("already_ended", lambda unit: unit.access.end_window(later)),
            ("already_withdrawn", lambda unit: unit.access.add_withdrawal("ar-1", again)),
            ("already_revoked", lambda unit: unit.access.add_revocation("ar-1", again)),
        ]
        for code, ask in asks:
            error = refused(workspace, ask)
            assert isinstance(error, ConflictError)
            assert error.code == f"access.{code}"
        with workspace.read() as unit:
            assert unit.access.get("ar-1") == before

    def test_the_tables_refuse_a_decision_that_must_not_be(self, workspace: Workspace) -> None:
        commit(workspace, lambda unit: unit.access.add(an_access_request(), a_verdict()))
        for kind, code, changes in WRONG_DECISIONS:
            wrong = a_decision(**changes)
            error = refused(workspace, lambda unit, wrong=wrong: unit.access.add_decision(wrong))
            assert isinstance(error, kind), changes
            assert error.code == code, changes
        with workspace.read() as unit:
            assert unit.access.get("ar-1").decisions == ()

    def test_only_a_grant_to_the_officer_opens_a_window(self, workspace: Workspace) -> None:
        def opens(window: Window) -> AppError:
            return refused(workspace, lambda unit: unit.access.add_window("ar-1", window))

        commit(workspace, lambda unit: unit.access.add(an_access_request(), a_verdict()))
        assert opens(a_window()).code == "access.not_granted"
        denial = a_decision(granted=False, note="no")
        commit(workspace, lambda unit: unit.access.add_decision(denial))
        for window in (a_window(), a_window(officer="anna")):
            assert opens(window).code == "access.not_granted"

    def test_a_grant_opens_a_window_for_its_own_request_only(self, unit: UnitOfWork) -> None:
        open_access(unit)
        unit.access.add(an_access_request("ar-2"), a_verdict())
        with pytest.raises(NotAllowedError, match=r"access\.not_granted"):
            unit.access.add_window("ar-2", a_window("session-2"))

    def test_only_the_requester_withdraws(self, unit: UnitOfWork) -> None:
        unit.access.add(an_access_request(), a_verdict())
        with pytest.raises(NotAllowedError, match=r"access\.not_yours"):
            unit.access.add_withdrawal("ar-1", an_ending(by="anna"))

    def test_nobody_gets_around_the_tables_with_a_shell(
        self, workspace: Workspace, ground: WorkspaceGround
    ) -> None:
        commit(workspace, lambda unit: unit.access.add(an_access_request(), a_verdict()))
        for changes in RAW_AROUND:
            assert ground.refuses(raw_decision(**changes)), changes
        ground.execute(raw_decision())
        assert ground.refuses(raw_decision(id="second", approver="adam"))

    def test_nobody_makes_two_people_of_one_with_a_shell(
        self, workspace: Workspace, ground: WorkspaceGround
    ) -> None:
        commit(workspace, lambda unit: unit.access.add(an_access_request(approvers_needed=2),
                                                       a_verdict()))  # fmt: skip
        ground.execute(raw_decision(needed=2))
        for changes in RAW_TWICE:
            tries = {"id": "second", "approver": "adam", "needed": 2} | changes
            assert ground.refuses(raw_decision(**tries)), changes
            for grant, needed in (("raw", 2), ("raw", 1), ("second", 2)):
                window = RAW_WINDOW.format(grant=grant, granted="true", needed=needed)
                assert ground.refuses(window), changes

    def test_a_shell_says_yes_neither_after_a_no_nor_once_all_have_said_yes(
        self, workspace: Workspace, ground: WorkspaceGround
    ) -> None:
        commit(workspace, lambda unit: unit.access.add(an_access_request(approvers_needed=2),
                                                       a_verdict()))  # fmt: skip
        second = {"id": "second", "approver": "adam", "needed": 2, "number": 2, "follows": 1}
        ground.execute(raw_decision(granted="false", note="no", needed=2))
        for granted in ("true", "false"):
            assert ground.refuses(raw_decision(**second, follows_a_grant=granted))

    def test_as_many_people_as_are_needed_open_a_window_and_no_fewer(
        self, workspace: Workspace
    ) -> None:
        asked = an_access_request(approvers_needed=2)
        commit(workspace, lambda unit: unit.access.add(asked, a_verdict()))
        first = a_decision(approvers_needed=2)
        commit(workspace, lambda unit: unit.access.add_decision(first))

        def allows(unit: UnitOfWork) -> None:
            unit.sources.put(a_source())
            unit.airlocks.put(an_airlock())
            unit.airlocks.put_grant(a_source_grant(allowed="yes"))

        for early in (
            lambda unit: unit.access.add_window("ar-1", a_window()),
            lambda unit: unit.access.add_window("ar-1", replace(a_window(), grant="second")),
            allows,
        ):
            assert refused(workspace, early).code == "access.not_granted"
        with workspace.write() as unit:
            assert unit.access.undecided() == (AccessCase(asked, (first,)),)
            again = a_decision("again", number=2, approvers_needed=2)
            with pytest.raises(ConflictError, match=r"access\.already_decided"):
                unit.access.add_decision(again)
        second = replace(again, id="second", approver="adam")
        with workspace.write() as unit:
            unit.access.add_decision(second)
            allows(unit)
            assert unit.access.undecided() == ()
            assert unit.access.get("ar-1").decisions == (first, second)
            assert list(unit.access.decided()) == [AccessCase(asked, (first, second))]
            third = replace(second, id="third", number=3)
            with pytest.raises(ConflictError, match=r"access\.already_decided"):
                unit.access.add_decision(third)
        with workspace.write() as unit:
            unit.access.add_decision(second)
            with pytest.raises(NotAllowedError, match=r"access\.not_granted"):
                unit.access.add_window("ar-1", a_window())  # the first one's yes alone
        with workspace.write() as unit:
            unit.access.add_decision(second)
            unit.access.add_window("ar-1", replace(a_window(), grant="second"))
            assert unit.access.get("ar-1").window is not None

    def test_facts_are_neither_changed_nor_removed_with_a_shell(
        self, workspace: Workspace, ground: WorkspaceGround
    ) -> None:
        commit(workspace, record_everything)
        for table, column in ONLY_ADDED.items():
            rows = ground.execute(f"SELECT * FROM {table}")
            assert len(rows) == 1, table
            for sql in (f"UPDATE {table} SET {column} = 'x'", f"DELETE FROM {table}"):
                assert ground.refuses(sql), sql
            assert ground.execute(f"SELECT * FROM {table}") == rows, table

    def test_a_window_cannot_close_before_it_opens(self, unit: UnitOfWork) -> None:
        unit.access.add(an_access_request(), a_verdict())
        unit.access.add_decision(a_decision())
        backwards = a_window(deadline=a_window().opened_at - timedelta(seconds=1))
        with pytest.raises(AppError, match=r"window_has_time"):
            unit.access.add_window("ar-1", backwards)
