"""Many requests at once: counters, what needs whom, what is due, and the list as a file."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

from app.domain.people import Role
from app.domain.requests import Outcome, Right
from app.ports.progress import QuietTask
from app.ports.storage import RequestFilter
from app.services.overview import Step, Words
from tests.office import Office, open_office

if TYPE_CHECKING:
    from pathlib import Path

_WORDS = Words(("Request", "Step"), lambda row, _page: (row.request.id, row.step.value))


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return open_office(tmp_path)


def test_a_waiting_request_counts_for_the_approver_and_not_for_who_asked(office: Office) -> None:
    case = office.asked()
    assert office.approver.overview.glance().waiting_for_me == 1
    assert office.officer.overview.glance().waiting_for_me == 0
    needs = office.approver.overview.today().needs_me
    assert [(each.request.id, each.step) for each in needs.rows] == [
        (case.asked.request, Step.DECIDE)
    ]


def test_who_decides_and_handles_requests_sees_what_she_decides_before_her_own(
    office: Office,
) -> None:
    case = office.asked()
    changes, approver = office.administrator.changes, office.approver
    changes.change_roles(approver.here.member, frozenset({Role.OFFICER, Role.APPROVER}))
    office.officer = approver
    own = office.record().id
    needs = approver.overview.today().needs_me
    assert [(each.request.id, each.is_to_decide) for each in needs.rows] == [
        (case.asked.request, True),
        (own, False),
    ]
    assert needs.total == 2


def test_each_request_says_what_it_needs_next(office: Office) -> None:
    begun = office.record()
    granted = office.granted()
    page = office.officer.overview.requests(RequestFilter(order="id"))
    steps = {each.request.id: each.step for each in page.rows}
    assert steps == {begun.id: Step.BEGIN, granted.asked.request: Step.PULL}


def test_the_first_page_counts_what_is_open_new_and_closed(office: Office) -> None:
    first, second = office.record(rights=(Right.ACCESS, Right.ERASURE)), "DSR-2026-0002"
    office.officer.casework.close(second, Outcome.WITHDRAWN)
    today = office.officer.overview.today()
    assert today.glance.open_requests == 1
    assert today.new_this_week == 2
    assert today.closed[-1][1] == 1
    assert sum(count for _monday, count in today.closed[:-1]) == 0
    assert [each.request.id for each in today.needs_me.rows] == [first.id]


def test_an_open_session_is_in_sight_until_it_ends(office: Office) -> None:
    session, _result = office.pulled()
    assert session
    assert office.officer.overview.glance().open_access == ()


def test_the_whole_list_becomes_a_file_that_spreadsheets_read(
    office: Office, tmp_path: Path
) -> None:
    office.record(rights=(Right.ACCESS, Right.ERASURE, Right.OBJECTION))
    out = tmp_path / "requests.csv"
    count = office.officer.overview.export(RequestFilter(order="id"), out, QuietTask(), _WORDS)
    content = out.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(content.decode("utf-8-sig").splitlines()))
    assert count == 3
    assert lines == [
        ["Request", "Step"],
        ["DSR-2026-0001", "begin"],
        ["DSR-2026-0002", "begin"],
        ["DSR-2026-0003", "begin"],
    ]


def test_something_is_found_by_reference_or_name(office: Office) -> None:
    request = office.record()
    for text in (request.id, request.subject.name.split()[0].upper()):
        found = office.officer.overview.find(text)
        assert [each.request.id for each in found.rows] == [request.id]
    assert office.officer.overview.find("nobody at all").rows == ()
